"""Feeds: RSS, Atom and JSON Feed, asked politely.

A server that knows conditional requests answers 304 and nothing is read. One that does not sends the same bytes
again, which the checkpoint recognises by their hash, so that only a document that has changed is parsed, in a process
of its own (``bot.sources.kit.sandbox``). What a feed shows again is no new post: the runner knows posts by their names
(``handlers.listen.entries``). A feed is a window: when an entry is deleted, one may slide in that is older than all
that stood there when we first looked. It was no news then, and is none now.
"""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from hashlib import sha256
from typing import Annotated, Any

from bot.net.errors import SourceUnavailable
from bot.net.fetching import Fetched
from bot.sources.base import Batch, Capabilities, SourceConfig
from bot.sources.kinds.feed.names import name_entries
from bot.sources.kit.build import author, iso_moment, moment, post
from bot.sources.kit.kept import kept
from bot.sources.kit.options import Options, web_address
from bot.sources.kit.pictures import Hosts, PictureHosts, media
from bot.sources.kit.tools import SourceTools
from handlers.base.events import Entry, Posted
from handlers.base.media import MediaKind

_ACCEPT = "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5"
_MAX_VALIDATOR = 1_000
# Before our first look: what is dated later may have come late, or be back-dated.
LONG_BEFORE = timedelta(days=14)

# What is dated behind this day is no date: it is the last one of a calendar, or a slip of the keyboard.
FAR = timedelta(days=366)


_OF_A_FEED = partial(web_address, sentence="is the http or https address of a feed.")


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedOptions(Options):
    """Options of a feed.

    Attributes:
        url: Its address.
        picture_hosts: From where its pictures are shown; without it, from nowhere, for a feed may name any address.
    """

    url: Annotated[str, _OF_A_FEED]
    picture_hosts: PictureHosts = ()


@dataclass(frozen=True, slots=True)
class _Seen:
    """The checkpoint: what the last document was, when we first looked, and the oldest date that we saw then."""

    etag: str = ""
    modified: str = ""
    digest: str = ""
    first: str = ""
    oldest: str = ""

    def looked(self, now: datetime, shown: Sequence[Posted]) -> "_Seen":
        """Return what is remembered after a document was read; the first one is remembered for good."""
        if self.first:
            return self
        oldest = min((one.published_at for one in shown if one.published_at), default=None)
        return replace(self, first=now.isoformat(), oldest=oldest.isoformat() if oldest else "")

    def stale(self, shown: Sequence[Posted]) -> frozenset[str]:
        """Return what was old news when we first looked: long past by then, and older than all that stood there."""
        first, oldest = iso_moment(self.first), iso_moment(self.oldest)
        if first is None:
            return frozenset()
        before = min(first - LONG_BEFORE, oldest or first)
        return frozenset(one.external_id for one in shown if one.published_at is not None and one.published_at < before)


class Feed:
    """A feed that is polled."""

    capabilities = Capabilities(polls=True)
    replies = None

    def __init__(self, config: SourceConfig[FeedOptions], tools: SourceTools) -> None:
        """Take the address; nothing is fetched yet."""
        self._url = config.options.url
        self._hosts = config.options.picture_hosts
        self._allow_private = config.allow_private
        self._tools = tools

    async def poll(self, checkpoint: str) -> Batch:
        """Fetch the feed and return all of its entries, oldest first, or none when it has not changed.

        Raises:
            SourceUnavailable: The server is not well, asks for a rest, or sends something that is not a feed.
            SourceRefused: It refuses, is not public, or is gone for good (410, ``final``).
        """
        seen = kept(_Seen, checkpoint)
        fetched = await self._tools.fetcher.get(
            self._url,
            headers=_conditions(seen),
            allow_private=self._allow_private,
            accept_status=frozenset({200, 304}) if seen.etag or seen.modified else frozenset({200}),
        )
        if fetched.status == 304:
            fresh = _freshened(seen, fetched)
            return Batch(events=(), checkpoint=checkpoint if fresh == seen else json.dumps(asdict(fresh)))
        now_seen = replace(seen, **_state(fetched))
        if now_seen.digest == seen.digest:
            return Batch(events=(), checkpoint=json.dumps(asdict(now_seen)))
        events = await self._events(fetched)
        now_seen = now_seen.looked(self._tools.clock.now(), events)
        return Batch(events=events, checkpoint=json.dumps(asdict(now_seen)), stale=seen.stale(events))

    async def _events(self, fetched: Fetched) -> tuple[Posted, ...]:
        head = {
            "url": fetched.url,
            "content_type": fetched.headers.get("content-type", "")[:200],
            "latest": (self._tools.clock.now() + FAR).timestamp(),
        }
        document = json.dumps(head).encode() + b"\n" + fetched.body
        answer = await self._tools.isolation.read("bot.sources.kinds.feed.reader", document)
        return await asyncio.to_thread(_posts, answer, self._hosts)


def _posts(answer: bytes, hosts: Hosts = ()) -> tuple[Posted, ...]:
    read: dict[str, Any] = json.loads(answer)
    if "error" in read:
        raise SourceUnavailable(read["error"])
    entries: list[dict[str, Any]] = read["entries"]
    entries.reverse()  # feeds stand newest first
    if all(entry["published"] is not None for entry in entries):
        entries.sort(key=lambda entry: float(entry["published"]))
    return tuple(
        _post(entry, name, called, hosts) for entry, (name, called) in zip(entries, name_entries(entries), strict=True)
    )


def _post(entry: dict[str, Any], external_id: str, called: Entry, hosts: Hosts) -> Posted:
    posted = post(
        external_id=external_id,
        text=entry["text"],
        title=entry["title"],
        url=entry["url"],
        writer=author(
            name=entry["author"],
            url=entry["author_url"],
            external_id=entry["author_url"],
            avatar=entry.get("avatar", ""),
            hosts=hosts,
        ),
        published_at=None if entry["published"] is None else moment(entry["published"]),
        lang=entry["lang"],
        links=entry["links"],
        media=(media(MediaKind(one["kind"]), one["url"], alt=one["alt"], hosts=hosts) for one in entry["media"]),
    )
    return replace(posted, entry=called)


def _conditions(seen: _Seen) -> dict[str, str]:
    headers = {"Accept": _ACCEPT, "If-None-Match": seen.etag, "If-Modified-Since": seen.modified}
    return {name: value for name, value in headers.items() if value}


def _freshened(seen: _Seen, fetched: Fetched) -> _Seen:
    """Return what is remembered after a 304, whose validators go before those that we had (RFC 9111, 3.2)."""
    etag, modified = (_validator(fetched, name) for name in ("etag", "last-modified"))
    return replace(seen, etag=etag or seen.etag, modified=modified or seen.modified)


def _state(fetched: Fetched) -> dict[str, str]:
    return {
        "etag": _validator(fetched, "etag"),
        "modified": _validator(fetched, "last-modified"),
        "digest": sha256(fetched.body).hexdigest(),
    }


def _validator(fetched: Fetched, name: str) -> str:
    """Return a validator that can be sent back: short, and printable ASCII."""
    value = fetched.headers.get(name, "")
    return value if len(value) <= _MAX_VALIDATOR and value.isascii() and value.isprintable() else ""
