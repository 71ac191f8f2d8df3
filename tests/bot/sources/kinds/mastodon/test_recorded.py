"""Recorded answers of a real Mastodon, where they lie beside the checkout.

They are YAML, which nothing here reads otherwise; each body is one quoted scalar that holds JSON, and the few rules of
such scalars (doubled quotes, folded lines) are written out below.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.sources.base import SourceConfig
from bot.sources.kinds.mastodon.posts import is_heard, read_status
from bot.sources.kinds.mastodon.source import Mastodon, MastodonOptions
from bot.sources.kit.tools import SourceTools
from handlers.base.replying import Alive, Published
from tests.bot.sources.scene import parent_of, played, posts_of
from tests.fakes.http import Reply, ScriptedServer

RECORDED = Path(__file__).resolve().parents[6] / "shared" / "recorded" / "mastodon"
FILES = sorted(RECORDED.glob("*.yaml")) if RECORDED.is_dir() else []
_EXCHANGE = re.compile(
    r"^    method: (\w+)\n    uri: (\S+)\n  response:\n    body:\n      string: '((?:[^']|'')*)'", re.M
)

pytestmark = pytest.mark.skipif(not FILES, reason="the recorded answers are not beside the checkout")


def exchanges(name: str) -> list[tuple[str, str, Any]]:
    """Return (method, path with query, body) of what was recorded."""
    text = (RECORDED / f"{name}.yaml").read_text("utf-8")
    found = []
    for method, uri, scalar in _EXCHANGE.findall(text):
        body = re.sub(r"\n\s+", " ", scalar).replace("''", "'")
        found.append((method, "/" + uri.split("/", 3)[3], json.loads(body)))
    return found


def statuses_in(value: Any) -> Iterator[dict[str, Any]]:
    """Yield every status in an answer, however deep."""
    if isinstance(value, dict):
        if "in_reply_to_id" in value and "content" in value:
            yield value
        for inner in value.values():
            yield from statuses_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from statuses_in(inner)


def source_on(server: ScriptedServer, tools: SourceTools, **options: Any) -> Mastodon:
    known = MastodonOptions(base_url=server.url(""), **options)
    secrets = {"access_token": "sample"}
    return Mastodon(
        SourceConfig(name="fedi", kind="mastodon", options=known, secrets=secrets, allow_private=True), tools
    )


def play(server: ScriptedServer, *found: tuple[str, str, Any]) -> None:
    """Let the server answer what was recorded, in the order in which it was."""
    replies: dict[str, list[Reply]] = {}
    for _, path, body in found:
        replies.setdefault(path.partition("?")[0].rstrip("/"), []).append(Reply(body=json.dumps(body).encode()))
    for path, answers in replies.items():
        server.on(path, *answers)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_recorded_status_is_read(path: Path) -> None:
    found = [status for _, _, body in exchanges(path.stem) for status in statuses_in(body)]
    for status in found:
        post = read_status(status, "localhost")
        assert post.external_id == status["id"]
        assert "<" not in post.text
        assert post.published_at is not None
        assert post.author.handle.count("@") == 1
        assert post.url in (status["url"], status["uri"])
        assert is_heard(status)
    assert found or path.stem in ("test_instance", "test_search")


def test_the_recorded_hashtag_is_heard() -> None:
    async def scene(server: ScriptedServer, tools: SourceTools) -> None:
        play(server, *(one for one in exchanges("test_hashtag_tl") if "timelines" in one[1]))
        (post,) = posts_of(await source_on(server, tools, hashtag="#hoot").poll(""))
        assert (post.text, post.links, post.author.handle) == (
            "#hoot (hashtag toot)",
            (),
            "mastodonpy_test_2@127.0.0.1",
        )

    played(scene)


def test_the_recorded_notification_is_heard() -> None:
    async def scene(server: ScriptedServer, tools: SourceTools) -> None:
        play(server, *exchanges("test_notifications_mentions_only"))
        batch = await source_on(server, tools, listen="notifications").poll("")
        assert [post.text for post in posts_of(batch)] == ["@mastodonpy_test hello!"]
        assert json.loads(batch.checkpoint)["since"] == "21"

    played(scene)


def test_the_recorded_search_without_statuses_is_empty() -> None:
    async def scene(server: ScriptedServer, tools: SourceTools) -> None:
        play(server, *exchanges("test_search")[-1:])
        batch = await source_on(server, tools, listen="search", query="acme").poll("")
        assert (batch.events, batch.more) == ((), False)

    played(scene)


def test_the_recorded_page_forward_is_the_one_that_follows() -> None:
    pages = [body for _, path, body in exchanges("test_fetch_next_previous_from_pagination_info") if "limit=5" in path]
    newest, older, forward = pages
    assert [one["id"] for one in forward] == [one["id"] for one in newest]
    assert max(one["id"] for one in older) < min(one["id"] for one in forward)


def test_the_recorded_reply_is_the_one_that_we_would_send() -> None:
    asked, me, reply = exchanges("test_status_reply")[:3]

    async def scene(server: ScriptedServer, tools: SourceTools) -> None:
        status = asked[2]
        context = exchanges("test_status_context")[1][2]
        play(
            server,
            me,
            ("GET", f"/api/v1/statuses/{status['id']}", status),
            ("GET", f"/api/v1/statuses/{status['id']}/context", context),
            ("GET", f"/api/v1/accounts/{me[2]['id']}/statuses", []),
            exchanges("test_instance")[0],
        )
        source = source_on(server, tools, hashtag="acme")
        parent = parent_of(read_status(status, "127.0.0.1"))
        state = await source.replies.check(parent)
        assert isinstance(state, Alive)
        stored = source.replies.prepare(parent, "@mastodonpy_test_2 same!", "s1", state.context)
        assert json.loads(stored)["request"] == {
            "status": "@mastodonpy_test_2 same!",
            "in_reply_to_id": reply[2]["in_reply_to_id"],
            "visibility": reply[2]["visibility"],
        }
        server.on(
            f"/api/v1/accounts/{me[2]['id']}/statuses", Reply(body=json.dumps([reply[2]]).encode()), Reply(body=b"[]")
        )
        found = await source.replies.find_published(stored)
        assert isinstance(found, Published)
        assert (found.external_id, found.url) == (reply[2]["id"], reply[2]["url"])

    played(scene)
