"""Feeds: RSS, Atom and JSON Feed, asked politely.

A server that knows conditional requests answers 304 and nothing is read. One that does not sends the same bytes
again, which the checkpoint recognises by their hash, so that only a document that has changed is parsed, in a process
of its own (``bot.sources.kit.sandbox``). What a feed shows again is no new post: the runner knows posts by their ids.
"""

import asyncio
import json
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from typing import Any

from bot.net.errors import SourceUnavailable
from bot.net.fetching import Fetched
from bot.sources.base import Batch, Capabilities, SourceConfig
from bot.sources.kit.build import author, moment, post, stable_id
from bot.sources.kit.html import web_link
from bot.sources.kit.options import OptionError
from bot.sources.kit.tools import SourceTools
from handlers.base.events import Posted

_ACCEPT = "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5"
_MAX_VALIDATOR = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedOptions:
    """Options of a feed: its address."""

    url: str

    def __post_init__(self) -> None:
        if not web_link(self.url):
            raise OptionError("url", "is the http or https address of a feed.")


@dataclass(frozen=True, slots=True)
class _Seen:
    """The checkpoint: what the last document was."""

    etag: str = ""
    modified: str = ""
    digest: str = ""


class Feed:
    """A feed that is polled."""

    capabilities = Capabilities(polls=True)
    replies = None

    def __init__(self, config: SourceConfig[FeedOptions], tools: SourceTools) -> None:
        """Take the address; nothing is fetched yet."""
        self._url = config.options.url
        self._allow_private = config.allow_private
        self._tools = tools

    async def poll(self, checkpoint: str) -> Batch:
        """Fetch the feed and return all of its entries, oldest first, or none when it has not changed.

        Raises:
            SourceUnavailable: The server is not well, asks for a rest, or sends something that is not a feed.
            SourceRefused: It refuses, is not public, or is gone for good (410, ``final``).
        """
        seen = _read_checkpoint(checkpoint)
        fetched = await self._tools.fetcher.get(
            self._url,
            headers=_conditions(seen),
            allow_private=self._allow_private,
            accept_status=frozenset({200, 304}) if seen.etag or seen.modified else frozenset({200}),
        )
        if fetched.status == 304:
            return Batch(events=(), checkpoint=checkpoint)
        now_seen = _seen(fetched)
        events = () if now_seen.digest == seen.digest else await self._events(fetched)
        return Batch(events=events, checkpoint=json.dumps(asdict(now_seen)))

    async def _events(self, fetched: Fetched) -> tuple[Posted, ...]:
        head = {"url": fetched.url, "content_type": fetched.headers.get("content-type", "")[:200]}
        document = json.dumps(head).encode() + b"\n" + fetched.body
        answer = await self._tools.isolation.read("bot.sources.kinds.feed.reader", document)
        return await asyncio.to_thread(_posts, answer)


def _posts(answer: bytes) -> tuple[Posted, ...]:
    read: dict[str, Any] = json.loads(answer)
    if "error" in read:
        raise SourceUnavailable(read["error"])
    entries: list[dict[str, Any]] = read["entries"]
    entries.reverse()  # feeds stand newest first
    if all(entry["published"] is not None for entry in entries):
        entries.sort(key=lambda entry: float(entry["published"]))
    return tuple(_post(entry) for entry in entries)


def _post(entry: dict[str, Any]) -> Posted:
    link_and_title = f"{entry['url']} {entry['title']}".strip()
    all_else = "sha256:" + sha256(json.dumps(entry, sort_keys=True).encode()).hexdigest()
    return post(
        external_id=stable_id(entry["id"]) or stable_id(link_and_title) or all_else,
        text=entry["text"],
        title=entry["title"],
        url=entry["url"],
        writer=author(name=entry["author"], url=entry["author_url"], external_id=entry["author_url"]),
        published_at=None if entry["published"] is None else moment(entry["published"]),
        lang=entry["lang"],
        links=entry["links"],
    )


def _conditions(seen: _Seen) -> dict[str, str]:
    headers = {"Accept": _ACCEPT, "If-None-Match": seen.etag, "If-Modified-Since": seen.modified}
    return {name: value for name, value in headers.items() if value}


def _seen(fetched: Fetched) -> _Seen:
    return _Seen(
        etag=_validator(fetched, "etag"),
        modified=_validator(fetched, "last-modified"),
        digest=sha256(fetched.body).hexdigest(),
    )


def _validator(fetched: Fetched, name: str) -> str:
    """Return a validator that can be sent back: short, and printable ASCII."""
    value = fetched.headers.get(name, "")
    return value if len(value) <= _MAX_VALIDATOR and value.isascii() and value.isprintable() else ""


def _read_checkpoint(checkpoint: str) -> _Seen:
    """Read our own text; one that an older version wrote differently only costs a full answer."""
    try:
        held = json.loads(checkpoint)
        return replace(_Seen(), **{name: str(value) for name, value in held.items()})
    except (ValueError, TypeError, AttributeError):
        return _Seen()
