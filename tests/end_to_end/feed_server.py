"""Feeds on loopback for tests that are not async: what a feed shows is set from the test's own thread."""

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html import escape
from typing import Self

from tests.fakes.http import Reply, ScriptedServer
from tests.harness.loops import loop_in_thread, run_in

PUBLISHED = datetime(2026, 3, 2, 8, 58, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Item:
    """One entry of a feed; its ``id`` is the post's external id."""

    id: str
    text: str = "Acme charged me and I want a refund, please."
    title: str = "A remark"
    published: datetime = PUBLISHED

    def as_rss(self) -> str:
        """Return the entry as it stands in the document."""
        link = f"https://blog.example/{self.id}"
        date = self.published.strftime("%a, %d %b %Y %H:%M:%S +0000")
        return (
            f'<item><guid isPermaLink="false">{self.id}</guid><title>{escape(self.title)}</title><link>{link}</link>'
            f"<description>{escape(escape(self.text))}</description><pubDate>{date}</pubDate></item>"
        )


def rss(items: Iterable[Item]) -> bytes:
    """Return an RSS document; the newest entry stands first, as feeds have it."""
    inside = "".join(item.as_rss() for item in items)
    head = "<title>Remarks</title><link>https://blog.example/</link><description>Sample</description>"
    return f'<?xml version="1.0"?><rss version="2.0"><channel>{head}{inside}</channel></rss>'.encode()


@dataclass
class FeedServer:
    """A ``ScriptedServer`` in a thread of its own."""

    server: ScriptedServer
    loop: asyncio.AbstractEventLoop
    shown: dict[str, list[Item]] = field(default_factory=dict)

    @classmethod
    @contextmanager
    def run(cls) -> Iterator[Self]:
        """Serve until the block ends; every path is 404 until it is set."""
        server = ScriptedServer()
        with loop_in_thread("feeds") as loop:
            run_in(loop, server.__aenter__())
            try:
                yield cls(server, loop)
            finally:
                run_in(loop, server.__aexit__())

    def url(self, path: str = "/feed") -> str:
        """Return the address of a feed."""
        return self.server.url(path)

    def show(self, items: Iterable[Item], path: str = "/feed") -> None:
        """Let a feed show these from now on, the first first."""
        self.shown[path] = list(items)
        self.play(Reply(body=rss(self.shown[path]), headers={"Content-Type": "application/rss+xml"}), path=path)

    def add(self, *items: Item, path: str = "/feed") -> None:
        """Put newer entries on top of a feed."""
        self.show([*reversed(items), *self.shown.get(path, [])], path)

    def play(self, *replies: Reply, path: str = "/feed") -> None:
        """Let a path answer so from now on."""
        self.loop.call_soon_threadsafe(self.server.on, path, *replies)

    def asked(self, path: str = "/feed") -> int:
        """Return how often a path was asked for."""
        return sum(request.path.partition("?")[0] == path for request in list(self.server.requests))
