"""Mastodon: hashtags, searches, notifications and streams of one instance, and replies from one account of it.

Timelines are paged forward with ``min_id`` (``since_id`` would skip what does not fit one page,
https://docs.joinmastodon.org/api/guidelines/#pagination), until an empty page says that we are there. A search comes
newest first and is indexed late, so it is walked from its newest to where the last walk began, and a quarter of an
hour behind that. The first poll takes the newest page alone.

Direct messages are not heard: they are no public word (see ``mastodon_posts.is_heard``).
"""

import json
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any
from urllib.parse import quote, urlsplit

from bot.net.errors import SourceUnavailable
from bot.sources.base import Batch, Capabilities, SourceConfig
from bot.sources.kinds.mastodon.api import LINK_LENGTH, MAX_CHARACTERS, MastodonApi, Query
from bot.sources.kinds.mastodon.posts import is_heard, order, read_status, same_host
from bot.sources.kinds.mastodon.replies import MastodonReplies
from bot.sources.kinds.mastodon.stream import MastodonStream
from bot.sources.kit.html import web_link
from bot.sources.kit.json import mapping, string
from bot.sources.kit.options import OptionError
from bot.sources.kit.tools import SourceTools
from bot.sources.registry import secret_variables
from handlers.base.charter import ReplyRules
from handlers.base.events import Posted

PAGE = 40
# A status is found some minutes after it was written; ids of Mastodon hold milliseconds in their upper bits.
OVERLAP = 15 * 60 * 1_000 << 16
_SNOWFLAKE_DIGITS = 15
_TAG = re.compile(r"\w{1,200}")
_ID = re.compile(r"[A-Za-z0-9]{1,64}")
# How servers of this network write the addresses of statuses; an instance is not asked to fetch anything else.
_STATUS_PATH = re.compile(
    r"://[^/]+/(?:@[^/?#]+/(?:statuses/)?(?=\w*\d)\w{5,64}|(?:ap/)?users/[^/?#]+/statuses/\w+|p/[^/?#]+/\d+"
    r"|(?:notice|notes|objects|display)/[\w-]+)/?$"
)

Status = Mapping[str, Any]


class Listen(StrEnum):
    """What of an instance is heard."""

    HASHTAG = "hashtag"
    SEARCH = "search"
    NOTIFICATIONS = "notifications"
    STREAM = "stream"


@dataclass(frozen=True, slots=True, kw_only=True)
class MastodonOptions:
    """Options: the instance, what of it is heard, and the hashtag or the words.

    What is heard was chosen, or speaks to us, in streams too: so nothing is dropped unless dibs.toml says so.

    Attributes:
        listen: "stream" is the stream of the hashtag, or without one that of our own account.
    """

    base_url: str
    listen: Listen = Listen.HASHTAG
    hashtag: str = ""
    query: str = ""

    def __post_init__(self) -> None:
        if not web_link(self.base_url):
            raise OptionError("base_url", "is the http or https address of the instance.")
        if (self.hashtag or self.listen is Listen.HASHTAG) and not _TAG.fullmatch(self.hashtag.removeprefix("#")):
            raise OptionError("hashtag", 'is one hashtag, such as "acme".')
        if self.listen is Listen.SEARCH and not self.query.strip():
            raise OptionError("query", "is what to search for.")


@dataclass(frozen=True, slots=True)
class _Window:
    """The checkpoint.

    Attributes:
        since: The newest id that was seen; of a search, when the last walk was at its end.
        newest: Of a search: the newest seen by now.
        offset: Of a search: where the walk stands; 0 when none is under way.
        oldest: Of a search: the oldest id of the page before, by which a server is known that knows no offset.
    """

    since: str = ""
    newest: str = ""
    offset: int = 0
    oldest: str = ""


class Mastodon:
    """One instance that is listened to, and answered on with its access token."""

    capabilities = Capabilities(
        polls=True,
        streams=True,
        finds=True,
        reply=ReplyRules(by_api=True, limit=MAX_CHARACTERS, unit="graphemes", link_length=LINK_LENGTH),
    )

    def __init__(self, config: SourceConfig[MastodonOptions], tools: SourceTools) -> None:
        """Take the instance; nothing is asked yet.

        Raises:
            OptionError: There is no access token, and what is to be heard wants one.
        """
        self._options = config.options
        variable = secret_variables(config.kind, config.name)["access_token"]
        token = config.secrets.get("access_token", "").strip()
        if not token and self._options.listen is not Listen.HASHTAG:
            raise OptionError(variable, f'is not set; listen = "{self._options.listen}" wants an access token.')
        self._api = MastodonApi(
            self._options.base_url, token, variable, tools.fetcher, allow_private=config.allow_private
        )
        self.replies = MastodonReplies(self._api)
        self._stream = MastodonStream(self._api, self._options.hashtag.removeprefix("#"))

    @property
    def streaming(self) -> bool:
        """Say whether it keeps a connection open."""
        return self._options.listen is Listen.STREAM

    async def poll(self, checkpoint: str) -> Batch:
        """Fetch one page, oldest first; ``more`` says that there may be another.

        Raises:
            SourceUnavailable: The instance is not well, or is no Mastodon.
            SourceRefused: It does not take the token.
        """
        window = _read_checkpoint(checkpoint)
        if self._options.listen is Listen.SEARCH:
            return await self._walk(window)
        return await self._forward(window)

    async def stream(self, checkpoint: str) -> AsyncIterator[Batch]:
        """Open the stream, fetch what was missed since ``checkpoint``, and tell what comes.

        Raises:
            SourceUnavailable, SourceRefused: As ``poll`` does; also when the connection is lost or falls silent.
        """
        async with self._stream.open(await self._stream.address()) as received:
            batch = await self.poll(checkpoint)
            # Nothing was missed before we began to listen: of that first page, only its newest id counts.
            yield batch if _read_checkpoint(checkpoint).since else replace(batch, events=())
            while batch.more:
                batch = await self.poll(batch.checkpoint)
                yield batch
            window = _read_checkpoint(batch.checkpoint)
            async with aclosing(self._stream.events(received)) as events:
                async for event, seen in events:
                    window = replace(window, since=max(window.since, seen, key=order))
                    yield Batch(events=(event,), checkpoint=json.dumps(asdict(window)))

    async def find(self, url: str) -> Posted | None:
        """Return the status at ``url``, which our instance fetches from another where it has to.

        Raises:
            SourceUnavailable, SourceRefused: As ``poll`` does.
        """
        link = web_link(url)
        at_home = same_host(link, self._api.base_url)
        here = _id_in_path(link) if link and at_home else ""
        status = await self._api.status(here) if here else None
        if status is None and _STATUS_PATH.search(link) and self._api.has_token:
            status = await self._api.resolve(link)
            if status is not None and not any(same_host(link, string(status, name)) for name in ("url", "uri")):
                return None
        return read_status(status, self._api.home) if status is not None and is_heard(status) else None

    async def _forward(self, window: _Window) -> Batch:
        """Take the page that follows the newest id, or the newest page when nothing was seen yet."""
        path, query = self._timeline()
        if window.since:
            query = [*query, ("min_id", window.since)]
        page = self._items(await self._api.get(path, query))
        newest = max([window.since, *(string(item, "id") for item in page)], key=order)
        # "0" = it was empty at first, so that all of the next pages count.
        after = _Window(since=newest or "0")
        return _batch(after, self._posts(page), more=bool(window.since) and newest != window.since)

    async def _walk(self, window: _Window) -> Batch:
        """Take the next page of a search, which comes newest first."""
        begin = _earlier(window.since)
        query = [("q", self._options.query), ("type", "statuses"), ("limit", str(PAGE))]
        if begin:
            query.append(("min_id", begin))
        if window.offset:
            query.append(("offset", str(window.offset)))
        page = self._items(mapping(await self._api.get("/api/v2/search", query)).get("statuses"))
        ids = sorted((string(item, "id") for item in page), key=order)
        newest = max([window.since, window.newest, *ids], key=order)
        ended = not window.since or not ids or order(ids[-1]) <= order(begin) or ids[0] == window.oldest
        if ended:
            return _batch(_Window(since=newest or "0"), self._posts(page))
        # One back, for when another was deleted meanwhile and all moved up.
        offset = window.offset + max(len(page) - 1, 1)
        after = _Window(since=window.since, newest=newest, offset=offset, oldest=ids[0])
        return _batch(after, self._posts(page), more=True)

    def _timeline(self) -> tuple[str, Query]:
        """Return what is paged forward: a hashtag, or who spoke to our account."""
        if self._options.listen is Listen.NOTIFICATIONS or not self._options.hashtag:
            # Mentions that the account's own filters hold back are mentions all the same.
            return "/api/v1/notifications", [("types[]", "mention"), ("include_filtered", "true"), ("limit", "80")]
        tag = quote(self._options.hashtag.removeprefix("#"), safe="")
        return f"/api/v1/timelines/tag/{tag}", [("limit", str(PAGE))]

    def _items(self, answer: object) -> list[Status]:
        if not isinstance(answer, list) or not all(isinstance(one, dict) and string(one, "id") for one in answer):
            raise SourceUnavailable(self._api.not_mastodon)
        return answer

    def _posts(self, page: list[Status]) -> tuple[Posted, ...]:
        """Read statuses, or what notifications speak of, oldest first."""
        items = sorted(page, key=lambda item: order(string(item, "id")))
        statuses = [mapping(item.get("status")) if "status" in item else item for item in items]
        heard = [status for status in statuses if string(status, "id") and is_heard(status)]
        return tuple(read_status(status, self._api.home) for status in heard)


def _batch(window: _Window, posts: tuple[Posted, ...], *, more: bool = False) -> Batch:
    return Batch(events=posts, checkpoint=json.dumps(asdict(window)), more=more)


def _earlier(since: str) -> str:
    """Return an id a little older, where ids are Mastodon's own."""
    if len(since) < _SNOWFLAKE_DIGITS or not since.isdecimal():
        return since
    return str(max(int(since) - OVERLAP, 0))


def _id_in_path(link: str) -> str:
    last = urlsplit(link).path.rstrip("/").rpartition("/")[2]
    return last if _ID.fullmatch(last) else ""


def _read_checkpoint(checkpoint: str) -> _Window:
    """Read our own text; one that an older version wrote differently begins anew."""
    try:
        window = _Window(**json.loads(checkpoint))
        usable = all(isinstance(one, str) for one in (window.since, window.newest, window.oldest))
    except (ValueError, TypeError):
        return _Window()
    return window if usable and type(window.offset) is int else _Window()
