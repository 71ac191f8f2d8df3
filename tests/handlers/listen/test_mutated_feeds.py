"""Recorded feeds, mutated: dates, guids, encodings, order and cuts; no exception, no flood, and nothing is lost.

Each sample gives the shape of a document, whose entries are written anew with names of their own. ``make test-slow``
plays all twenty thousand, ``make test`` some hundred of them, others each day.
"""

import json
import random
import re
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from pathlib import Path

import pytest

from bot.sources.kinds.feed.encoding import decode, without_declaration
from bot.sources.kinds.feed.reader import NotAFeed, read
from tests.harness.looks import ADDRESS, Looks
from tests.harness.scene import Scene

FEEDS = Path(__file__).resolve().parents[4] / "shared" / "recorded" / "feeds"
FILES = sorted(FEEDS.glob("*/*")) if FEEDS.is_dir() else []
ALL, SHARE = 20_000, 200
ENTRY = re.compile(r"<(item|entry)\b[^>]*?(?:/>|>(.*?)</\1\s*>)", re.DOTALL)
NAMES = re.compile(r"<((?:\w+:)?(?:title|link|guid|id|pubDate|updated|modified))\b(?:[^>]*/>|.*?</\1\s*>)", re.DOTALL)
DATES = [
    *("", "Mon, 02 Mar 2026 05:00:00 GMT", "2026-03-02T05:00:00Z", "2026/3/2 5:00", "Mon, 01 Jan 0001 00:00:00 +0000"),
    *("soon", "05:00", "2026-W10-1", "9999-12-31T23:59:59Z", "0", "1772427600", "31 Feb 2026", "2 Mar 26 05:00 CEST"),
]
ENCODINGS = [
    *(("utf-8", "utf-8"), ("utf-8", "utf-16"), ("utf-8", "iso-8859-1"), ("utf-8", ""), ("utf-8-sig", "ascii")),
    *(("utf-16", "utf-8"), ("utf-16-le", "utf-16"), ("utf-16-be", ""), ("cp1252", "iso-8859-1"), ("cp1252", "utf-8")),
]

pytestmark = pytest.mark.skipif(not FILES, reason="the recorded feeds are not beside the checkout")


class Document:
    """A document in the shape of a sample: its entries, and what each is called now."""

    def __init__(self, sample: str, site: str, chance: random.Random) -> None:
        self.sample, self.site, self.chance = sample, site, chance
        self.guids = chance.choice(["word", "address", "link", "none"])
        self.scheme, self.build, self.headline = "http", 0, ""
        self.dates = [""]
        self.entries = [0, 1, 2, 3]

    def change(self) -> int:
        """Change some of its ways; returns how many entries are new."""
        new = self.chance.choice([0, 0, 1, 2])
        self.entries = self.chance.sample(self.entries, self.chance.randint(1, 4)) + list(range(4, 4 + new))
        self.chance.shuffle(self.entries)
        self.dates = self.chance.choice([[""], DATES])
        how = self.chance.choice(["scheme", "anew", "nothing", "none", "headline", "as before"])
        if how == "scheme":
            self.scheme = "https"
        elif how == "headline":
            self.headline = ", edited"
        elif how != "as before":
            self.guids = how
        return new

    def written(self) -> str:
        """Write it, by the sample's own shape."""
        if self.sample.startswith("{"):
            feed = json.loads(self.sample)
            feed["items"] = [{**feed["items"][0], **self.named(one)} for one in self.entries]
            return json.dumps(feed)
        found = list(ENTRY.finditer(self.sample))
        rest = NAMES.sub("", found[0][2] or "")
        entries = "".join(self.entry(found[0][1], one, rest) for one in self.entries)
        return self.sample[: found[0].start()] + entries + self.sample[found[-1].end() :]

    def entry(self, tag: str, one: int, rest: str) -> str:
        told = self.named(one)
        name, when = ("guid", "pubDate") if tag == "item" else ("id", "updated")
        link = f"<link>{told['url']}</link>" if tag == "item" else f'<link rel="alternate" href="{told["url"]}"/>'
        guid = f"<{name}>{told['id']}</{name}>" if told["id"] else ""
        at = f"<{when}>{told['date_published']}</{when}>" if told["date_published"] else ""
        return f"<{tag}><title>{told['title']}</title>{link}{guid}{at}{rest}</{tag}>"

    def named(self, one: int) -> dict[str, str]:
        link = f"{self.scheme}://{self.site}.example/{one}"
        guids = {"word": f"entry-{one}", "address": f"{self.scheme}://{self.site}.example/?p={one}", "link": link}
        guids |= {"none": "", "nothing": "N/A", "anew": f"{self.chance.randrange(10**9)}f{one}"}
        title = f"acme {one}{self.headline}"
        return {"id": guids[self.guids], "url": link, "title": title, "date_published": self.chance.choice(self.dates)}


def shaped(path: Path) -> str:
    """Return the text of a sample that has entries to be written anew, else nothing."""
    text = without_declaration(decode(path.read_bytes(), ""))
    with suppress(NotAFeed):
        return text if read(path.read_bytes(), "", ADDRESS) and (text.startswith("{") or ENTRY.search(text)) else ""
    return ""


def encoded(text: str, chance: random.Random) -> bytes:
    """Write a document in some encoding that says something of itself, true or not."""
    encoding, declared = chance.choice(ENCODINGS)
    says = f'<?xml version="1.0" encoding="{declared}"?>' if declared and not text.startswith("{") else ""
    try:
        return (says + text).encode(encoding)
    except UnicodeEncodeError:
        return (says + text).encode("utf-8")


def cut(document: bytes, chance: random.Random) -> bytes:
    """Cut a document off, or put some bytes of chance into it."""
    at = chance.randrange(len(document))
    return document[:at] + chance.choice([b"", b"", chance.randbytes(chance.randint(1, 9)) + document[at + 1 :]])


def play(scene: Scene, number: int, samples: list[str]) -> None:
    """Look at a sample, at what became of it, at a cut of that, and at the whole again."""
    chance = random.Random(number)
    document = Document(samples[number % len(samples)], f"site-{number}", chance)
    looks = Looks(scene, source=f"site-{number}")
    assert looks.look(encoded(document.written(), chance), "") == 4
    new = document.change()
    whole = encoded(document.written(), chance)
    with suppress(NotAFeed):
        read(cut(whole, chance), "", ADDRESS)
    assert looks.look(whole, "") == new
    shown = {post.url: looks.post_of(post) for post in looks.shown}
    assert len(shown) == len(document.entries)
    assert all(row.mention_id and row.title.startswith("acme") for row in shown.values())


def cut_short(scene: Scene, number: int, samples: list[str]) -> None:
    """Look at a feed that breaks off: only the entry in which it does may be taken for another."""
    chance = random.Random(number)
    document = Document(samples[number % len(samples)], f"cut-{number}", chance)
    looks, whole = Looks(scene, source=f"cut-{number}"), document.written().encode()
    assert looks.look(whole, "") == 4
    with suppress(NotAFeed):
        assert looks.look(whole[: chance.randrange(len(whole))], "") <= 1
    assert looks.look(whole, "") == 0


def run(scene: Scene, numbers: range) -> None:
    samples = [text for text in map(shaped, FILES) if text]
    assert len(samples) > 20
    for number in numbers:
        how: Callable[[Scene, int, list[str]], None] = cut_short if number % 4 == 0 else play
        try:
            how(scene, number, samples)
        except Exception as error:
            raise AssertionError(f"{how.__name__} number {number}: {error!r}") from error


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_mutated_feeds_flood_nobody_and_lose_nothing(scene: Scene, request: pytest.FixtureRequest) -> None:
    day = date.fromisoformat(request.config.option.day).toordinal()
    start = day * SHARE % ALL
    run(scene, range(start, start + SHARE))


@pytest.mark.slow
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_twenty_thousand_mutated_feeds_flood_nobody_and_lose_nothing(scene: Scene) -> None:
    run(scene, range(ALL))
