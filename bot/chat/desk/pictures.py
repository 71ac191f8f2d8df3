"""Pictures: the faces and media of others on our own pages.

No page of the desk asks another's server, which would learn who looks at what: we fetch the picture, without a cookie
or a referrer, and serve it as ours. What comes is at most 1 MiB and an image by its first bytes, whatever the server
calls it; it goes out under that kind alone, and may do nothing where it is something else beside. SVG is a document,
and no picture here.

A page of many cards asks for many pictures at once: each is fetched once for all who wait for it, a few at a time, and
kept for a while, as is that one could not be had.
"""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

from aiohttp import hdrs, web

from bot.net.answers import INERT
from bot.net.errors import SourceError
from bot.net.fetching import Fetches, Request
from bot.runtime.clock import Clock

MAX_PICTURE = 1024 * 1024
SECONDS = 5.0
# So many are fetched at once, and so many wait for that; who comes then goes without.
AT_ONCE, MOST_WAITING = 6, 96
# Bytes that are kept, and how many that could not be had.
MOST_KEPT, MOST_REFUSED = 16 * 1024 * 1024, 1_000
KEPT_FOR, REFUSED_FOR = timedelta(hours=1), timedelta(minutes=1)
_A_DAY = "private, max-age=86400, immutable"
_A_MINUTE = "private, max-age=60"
_BEGINNINGS = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
}
_ACCEPT = "image/png, image/jpeg, image/gif, image/webp"


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that may be served: its bytes, and what they are."""

    body: bytes
    kind: str


def kind_of(body: bytes) -> str:
    """Return what an image is by its first bytes; empty for anything that is none of the four kinds."""
    if body[:4] == b"RIFF" and body[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for beginning, kind in _BEGINNINGS.items() if body.startswith(beginning)), "")


def served(picture: Picture | None) -> web.Response:
    """Return the answer to who asked for a picture; None is 404."""
    if picture is None:
        return web.Response(status=404, headers={hdrs.CACHE_CONTROL: _A_MINUTE})
    headers = {hdrs.CACHE_CONTROL: _A_DAY, "Content-Security-Policy": INERT}
    return web.Response(body=picture.body, content_type=picture.kind, headers=headers)


class Pictures:
    """Fetches pictures and keeps them for a while; ``stop`` ends what is under way."""

    def __init__(self, fetcher: Fetches, clock: Clock, *, seconds: float = SECONDS) -> None:
        """Take the guarded client, the clock, and how long one may take."""
        self._fetcher = fetcher
        self._clock = clock
        self._seconds = seconds
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._under_way: dict[str, asyncio.Task[Picture | None]] = {}
        self._kept: OrderedDict[str, tuple[Picture, datetime]] = OrderedDict()
        self._refused: OrderedDict[str, datetime] = OrderedDict()
        self._size = 0

    async def get(self, address: str) -> Picture | None:
        """Return the picture at an address; None where there is none to be had now."""
        now = self._clock.now()
        if (kept := self._kept.get(address)) is not None and kept[1] > now:
            self._kept.move_to_end(address)
            return kept[0]
        if self._refused.get(address, now) > now:
            return None
        task = self._under_way.get(address)
        if task is None:
            if len(self._under_way) >= MOST_WAITING:
                return None
            task = self._under_way[address] = asyncio.create_task(self._fetch_in_turn(address))
            task.add_done_callback(lambda _: self._under_way.pop(address, None))
        return await asyncio.shield(task)  # who leaves the page takes it from nobody else

    async def stop(self) -> None:
        """End what is being fetched."""
        tasks = list(self._under_way.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _fetch_in_turn(self, address: str) -> Picture | None:
        try:
            async with asyncio.timeout(self._seconds):
                await self._slots.acquire()
        except TimeoutError:
            return None  # that others are slow says nothing of this one
        try:
            picture = await self._fetch(address)
        finally:
            self._slots.release()
        self._keep(address, picture)
        return picture

    async def _fetch(self, address: str) -> Picture | None:
        asked = Request(method="GET", url=address, headers={"Accept": _ACCEPT}, most=MAX_PICTURE)
        try:
            async with asyncio.timeout(self._seconds):
                fetched = await self._fetcher.fetch(asked)
        except (SourceError, TimeoutError):
            return None
        kind = kind_of(fetched.body)
        return Picture(fetched.body, kind) if kind and fetched.url.startswith("https://") else None

    def _keep(self, address: str, picture: Picture | None) -> None:
        now = self._clock.now()
        self._forget(address)
        if picture is None:
            self._refused[address] = now + REFUSED_FOR
            while len(self._refused) > MOST_REFUSED:
                self._refused.popitem(last=False)
            return
        self._kept[address] = (picture, now + KEPT_FOR)
        self._size += len(picture.body)
        while self._size > MOST_KEPT:
            self._forget(next(iter(self._kept)))

    def _forget(self, address: str) -> None:
        self._refused.pop(address, None)
        if (old := self._kept.pop(address, None)) is not None:
            self._size -= len(old[0].body)
