"""Recorded feeds, where they lie beside the checkout: each is read as its own first comment expects."""

import ast
import json
import re
from calendar import timegm
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.sources.kinds.feed.reader import NotAFeed, read
from bot.sources.kinds.feed.source import _posts
from bot.sources.kit.html import read_markup
from handlers.base.events import Posted

FEEDS = Path(__file__).resolve().parents[6] / "shared" / "recorded" / "feeds"
FILES = sorted(FEEDS.glob("*/*")) if FEEDS.is_dir() else []


def expectations(document: str) -> list[tuple[int, str, Any]]:
    """Return (entry, field, value) for what the first comment says of fields that a post has, too."""
    told = re.search(r"Expect:\s*(.+?)\s*(?:-->|$)", document, re.MULTILINE)
    if told is None:
        return []
    found = []
    for node in ast.walk(ast.parse(told.group(1), mode="eval")):
        if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.Eq):
            path = re.fullmatch(r"entries\[(\d+)\](?:\.(\w+)|((?:\['?\w+'?\])+))", ast.unparse(node.left))
            if path and isinstance(node.comparators[-1], ast.Constant | ast.Tuple):
                value = ast.literal_eval(node.comparators[-1])
                found.append((int(path[1]), path[2] or path[3].replace("'", ""), value))
    return found


def told_by(post: Posted, field: str) -> Any:
    """Return what our post says under feedparser's name of a field."""
    return {
        "[title]": post.title,
        "[summary]": post.text,
        "[description]": post.text.partition("\n\n")[0],
        "[content][0][value]": post.text.rpartition("\n\n")[2],
        "[link]": post.url,
        "link": post.url,
        "[links][0][href]": post.url,
        "[id]": post.external_id,
        "[author]": post.author.name,
        "[author_detail][name]": post.author.name,
        "[published]": post.published_at,
        "[published_parsed]": post.published_at,
        "[created_parsed]": post.published_at,
    }.get(field)


def meant(value: Any) -> Any:
    """Return feedparser's value as we would say it: markup stripped, times as moments."""
    if isinstance(value, tuple):
        return datetime.fromtimestamp(timegm(value), UTC)
    if re.match(r"\d{4}-\d\d-\d\dT", str(value)):
        return datetime.fromisoformat(value)
    return read_markup(value).text


@pytest.mark.skipif(not FILES, reason="the recorded feeds are not beside the checkout")
@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_recorded_feed_is_read_as_its_comment_expects(path: Path) -> None:
    document = path.read_bytes()
    try:
        entries = read(document, "", "https://feeds.example/feed")
    except NotAFeed:
        assert path.name == "rss_empty_document.xml"
        return
    posts = list(reversed(_posts_of(entries)))
    for index, field, value in expectations(document.decode("latin-1")):
        told = told_by(posts[index], field) if index < len(posts) else None
        if told is not None:
            assert told == meant(value), field
    for post in posts:
        assert 1 <= len(post.external_id) <= 512
        assert post.published_at is None or post.published_at.tzinfo is not None


def _posts_of(entries: list[dict[str, Any]]) -> list[Posted]:
    return list(_posts(json.dumps({"entries": entries}).encode()))


@pytest.mark.skipif(not FILES, reason="the recorded feeds are not beside the checkout")
def test_enough_of_what_the_comments_say_is_compared() -> None:
    probe = Posted(external_id="1", text="t", published_at=datetime.now(UTC))
    told = [item for path in FILES for item in expectations(path.read_bytes().decode("latin-1"))]
    assert sum(told_by(probe, field) is not None for _, field, _ in told) >= 12
