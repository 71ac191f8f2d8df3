"""Jetstream: every post of the network as it is written, as JSON over a websocket.

https://github.com/bluesky-social/jetstream-legacy#consuming-jetstream and
https://docs.bsky.app/blog/jetstream. No login; topics are matched by us. A cursor is a moment in microseconds, and it
is inclusive; events do not stand strictly in its order, so a new connection begins a few seconds before it, and what
comes twice is known by its name. A cursor that is older than what the server keeps is moved forward without a word:
only the time of the first event tells, and what lies between is for somebody else to fill (see ``Gap``).

Identity and account events come whatever collections are asked for. Of an account only its end is news: what is
suspended or deactivated may come back.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from bot.net.errors import SourceUnavailable
from bot.net.websocket import MAX_MESSAGE, WebSocket, open_websocket
from bot.sources.base import Batch
from bot.sources.kinds.bluesky.posts import COLLECTION, DID, RKEY, at_uri, read_record, writer
from bot.sources.kit.build import author_gone, deleted
from bot.sources.kit.json import mapping, string
from handlers.base.events import Event

BATCH = 100
BATCH_SECONDS = 1.0
REWIND_US = 5_000_000
# The network is never silent for so long, unless the first event is not where we left off.
GAP_US = 60_000_000
# What we ask the server to leave out; a post with all its facets has a few KB.
LARGEST_EVENT = 256 * 1024

_GONE = frozenset({"deleted", "takendown"})


@dataclass(frozen=True, slots=True)
class Gap:
    """What the server no longer had: from where we left off to its first event, in microseconds since 1970."""

    since_us: int
    until_us: int


@dataclass(frozen=True, slots=True)
class Heard:
    """One event of the stream: its time, and what it means to us, if anything."""

    time_us: int
    event: Event | None


async def listen(url: str, checkpoint: str, *, allow_private: bool = False) -> AsyncGenerator[Batch | Gap, None]:
    """Yield batches of at most 100 events or a second, each with its checkpoint; a gap comes before the first batch.

    Without a checkpoint an empty batch comes first: we are listening from now on.

    Raises:
        SourceUnavailable: The connection was lost.
        SourceRefused: The server does not let us in, or is not public.
    """
    since = read_cursor(checkpoint)
    address = _address(url, since)
    async with open_websocket(address, allow_private=allow_private, max_message=MAX_MESSAGE) as stream:
        gathered = _Gathered(since)
        if not checkpoint:
            yield gathered.batch()
        async with aclosing(_messages(stream)) as messages:
            async for message in messages:
                if message is not None:
                    heard = read_event(message)
                    if heard is None and not gathered.begun:
                        raise SourceUnavailable("The stream does not speak as Jetstream does.")
                    if heard is None:  # one that we do not understand must not stop all that come after it
                        continue
                    if since and heard.time_us - since > GAP_US:
                        yield Gap(since, heard.time_us)
                    since = 0
                    gathered.add(heard)
                if gathered.full or (message is None and gathered.begun):
                    yield gathered.batch()


class _Gathered:
    """Events on their way into a batch."""

    def __init__(self, newest: int) -> None:
        self._newest = newest
        self._events: list[Event] = []
        self.begun = False

    def add(self, heard: Heard) -> None:
        self.begun = True
        self._newest = max(self._newest, heard.time_us)
        if heard.event is not None:
            self._events.append(heard.event)

    @property
    def full(self) -> bool:
        return len(self._events) >= BATCH

    def batch(self) -> Batch:
        events, self._events = tuple(self._events), []
        return Batch(events=events, checkpoint=json.dumps({"time_us": self._newest}))


async def _messages(stream: WebSocket) -> AsyncGenerator[str | None, None]:
    """Yield messages as they come, and None a second after the first since the last None."""
    loop = asyncio.get_running_loop()
    deadline: float | None = None
    # One task outlives the waits, because a receive that is cancelled may take a message with it.
    receiving = asyncio.ensure_future(stream.receive())
    try:
        while True:
            left = None if deadline is None else max(deadline - loop.time(), 0.0)
            await asyncio.wait({receiving}, timeout=left)
            if deadline is not None and loop.time() >= deadline:
                deadline = None
                yield None
            if receiving.done():
                try:
                    message = receiving.result()
                except SourceUnavailable:
                    if deadline is not None:  # what was heard before the end is not thrown away
                        yield None
                    raise
                receiving = asyncio.ensure_future(stream.receive())
                deadline = deadline or loop.time() + BATCH_SECONDS
                yield message
    finally:
        receiving.cancel()
        await asyncio.gather(receiving, return_exceptions=True)


def _address(url: str, since: int) -> str:
    query = {"wantedCollections": COLLECTION, "maxMessageSizeBytes": str(LARGEST_EVENT)}
    if since:
        query["cursor"] = str(max(since - REWIND_US, 0))
    return f"{url}{'&' if '?' in url else '?'}{urlencode(query)}"


def read_event(message: str) -> Heard | None:
    """Read one message; what means nothing to us is an event all the same, for its time. None = none of Jetstream's."""
    try:
        event = json.loads(message)
        time_us, did = event["time_us"], event["did"]
        usable = type(time_us) is int and 0 < time_us < 1 << 62 and DID.fullmatch(did)
    except (ValueError, RecursionError, KeyError, TypeError):
        return None
    return Heard(time_us, _meaning(did, event)) if usable else None


def _meaning(did: str, event: Mapping[str, Any]) -> Event | None:
    kind = event.get("kind")
    if kind == "account":
        account = mapping(event.get("account"))
        gone = account.get("active") is False and account.get("status") in _GONE
        return author_gone(did) if gone else None
    commit = mapping(event.get("commit"))
    rkey = string(commit, "rkey")
    if kind != "commit" or commit.get("collection") != COLLECTION or not RKEY.fullmatch(rkey):
        return None
    uri = at_uri(did, rkey)
    if commit.get("operation") == "delete":
        return deleted(uri)
    return read_record(uri, mapping(commit.get("record")), writer(did))


def read_cursor(checkpoint: str) -> int:
    """Read our own text; 0 = begin with what comes now."""
    try:
        found = json.loads(checkpoint)["time_us"]
    except (ValueError, TypeError, KeyError):
        return 0
    return found if type(found) is int and found > 0 else 0
