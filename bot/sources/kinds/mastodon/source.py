"""Mastodon: hashtags, searches, notifications and streams of one instance, and replies from one account of it.

Timelines are paged forward with ``min_id`` (``since_id`` would skip what does not fit one page,
https://docs.joinmastodon.org/api/guidelines/#pagination), until an empty page says that we are there; the first poll
takes the newest page alone. A search comes newest first and is indexed late, so it is walked
(``bot.sources.kit.walk``), and a quarter of an hour behind where the last walk began.

What was said to fewer than everybody is not heard (see ``bot.sources.kinds.mastodon.posts.is_heard``).
"""

import json
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, replace
from functools import partial
from typing import Annotated, Any, Literal
from urllib.parse import quote, urlsplit

from bot.net.errors import SourceUnavailable
from bot.sources.base import Batch, Capabilities, SourceConfig
from bot.sources.kinds.mastodon.api import MastodonApi
from bot.sources.kinds.mastodon.posts import is_heard, order, read_status, same_host
from bot.sources.kinds.mastodon.replies import RULES, MastodonReplies
from bot.sources.kinds.mastodon.stream import MastodonStream
from bot.sources.kit.html import web_link
from bot.sources.kit.json import mapping, read_object, string
from bot.sources.kit.options import WHAT_TO_SEARCH, Like, OptionError, Options, Wanted, not_in_the_clear, web_address
from bot.sources.kit.own_replies import OwnReplies
from bot.sources.kit.pictures import PictureHosts
from bot.sources.kit.rest import Query
from bot.sources.kit.tools import SourceTools
from bot.sources.kit.walk import NewestFirst, Page
from bot.sources.proof import NOTHING_HEARD, Proof, lacking
from bot.sources.registry import secret_variables
from handlers.base.cards import one_line
from handlers.base.events import Posted

PAGE = 40
# A status is found some minutes after it was written; ids of Mastodon hold milliseconds in their upper bits.
OVERLAP = 15 * 60 * 1_000 << 16
_SNOWFLAKE_DIGITS = 15
_OF_THE_INSTANCE = partial(web_address, sentence="is the http or https address of the instance.")
_TAG = 'is one hashtag, such as "acme".'
_ID = re.compile(r"[A-Za-z0-9]{1,64}")
# How servers of this network write the addresses of statuses; an instance is not asked to fetch anything else.
_STATUS_PATH = re.compile(
    r"://[^/]+/(?:@[^/?#]+/(?:statuses/)?(?=\w*\d)\w{5,64}|(?:ap/)?users/[^/?#]+/statuses/\w+|p/[^/?#]+/\d+"
    r"|(?:notice|notes|objects|display)/[\w-]+)/?$"
)

Status = Mapping[str, Any]


Listen = Literal["hashtag", "search", "notifications", "stream"]
# What a token has to be made for, as far as it is listened with.
_HEARS: Mapping[Listen, str] = {
    "hashtag": "read:statuses",
    "search": "read:search",
    "notifications": "read:notifications",
    "stream": "read:statuses",
}
_WRITES = "write:statuses"


@dataclass(frozen=True, slots=True, kw_only=True)
class MastodonOptions(Options):
    """Options: the instance, what of it is heard, and the hashtag or the words.

    What is heard was chosen, or speaks to us, in streams too: so nothing is dropped unless dibs.toml says so.

    Attributes:
        listen: "stream" is the stream of the hashtag, or without one that of our own account.
        picture_hosts: Where the instance keeps its pictures, where that is neither on itself nor below itself.
    """

    base_url: Annotated[str, _OF_THE_INSTANCE]
    listen: Listen = "hashtag"
    hashtag: Annotated[str, Like(r"|#?\w{1,200}", _TAG), Wanted("listen", "hashtag", _TAG)] = ""
    query: Annotated[str, Wanted("listen", "search", WHAT_TO_SEARCH)] = ""
    picture_hosts: PictureHosts = ()

    @property
    def instance(self) -> str:
        """The host of our instance; names of its own need none."""
        return urlsplit(self.base_url).hostname or ""


class Mastodon:
    """One instance that is listened to, and answered on with its access token."""

    capabilities = Capabilities(
        polls=True,
        streams=True,
        finds=True,
        reply=RULES,
        network="Mastodon",
    )

    def __init__(self, config: SourceConfig[MastodonOptions], tools: SourceTools) -> None:
        """Take the instance; nothing is asked yet.

        Raises:
            OptionError: There is no access token, and what is to be heard wants one; or it would go out in the clear.
        """
        self._options = config.options
        variable = secret_variables(config.kind, config.name)["access_token"]
        token = config.secrets.get("access_token", "").strip()
        if not token and self._options.listen != "hashtag":
            raise OptionError(variable, f'is not set; listen = "{self._options.listen}" wants an access token.')
        if token:
            not_in_the_clear("base_url", self._options.base_url, allow_private=config.allow_private)
        files = self._options.picture_hosts
        self._api = MastodonApi(self._options.base_url, token, variable, config, tools, files)
        self.replies = OwnReplies(MastodonReplies(self._api))
        # "0": a search that was empty at first is known, too.
        self._walk = NewestFirst("0", _earlier, order=order, whole_pages=True)
        self._stream = MastodonStream(self._api, self._options.hashtag.removeprefix("#"))

    @property
    def streaming(self) -> bool:
        """Say whether it keeps a connection open."""
        return self._options.listen == "stream"

    async def prove(self) -> Proof | None:
        """Ask whose token it is, and what its application may do.

        Raises:
            SourceUnavailable, SourceRefused: As ``poll`` does.
        """
        if not self._api.has_token:
            return None
        account, scopes = await self._api.account(), await self._api.scopes()
        wanted = ((_HEARS[self._options.listen], NOTHING_HEARD), (_WRITES, "replies fail")) if scopes else ()
        # "read" is all that begins so.
        have = {*scopes, *(scope for scope, _ in wanted if scope.partition(":")[0] in scopes)}
        mend = f"Make a new one with it there (Preferences, Development), and put it into {self._api.variable}."
        who = f"@{one_line(account.acct, 100)}@{self._api.home}"
        return Proof(who=who, rights=scopes, lacks=lacking("access token", have, wanted, mend))

    async def poll(self, checkpoint: str) -> Batch:
        """Fetch one page, oldest first; ``more`` says that there may be another.

        Raises:
            SourceUnavailable: The instance is not well, or is no Mastodon.
            SourceRefused: It does not take the token.
        """
        if self._options.listen == "search":
            return await self._walk.poll(checkpoint, {"search": self._found})
        return await self._forward(_read_checkpoint(checkpoint))

    async def stream(self, checkpoint: str) -> AsyncIterator[Batch]:
        """Open the stream, fetch what was missed since ``checkpoint``, and tell what comes.

        Raises:
            SourceUnavailable, SourceRefused: As ``poll`` does; also when the connection is lost or falls silent.
        """
        async with self._stream.open(await self._stream.address()) as received:
            batch = await self.poll(checkpoint)
            # Nothing was missed before we began to listen: of that first page, only its newest id counts.
            yield batch if _read_checkpoint(checkpoint) else replace(batch, events=())
            while batch.more:
                batch = await self.poll(batch.checkpoint)
                yield batch
            newest = _read_checkpoint(batch.checkpoint)
            async with aclosing(self._stream.events(received)) as events:
                async for event, seen in events:
                    newest = max(newest, seen, key=order)
                    yield Batch(events=(event,), checkpoint=_checkpoint(newest))

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
        return read_status(status, self._api.home, self._api.files) if status is not None and is_heard(status) else None

    async def _forward(self, since: str) -> Batch:
        """Take the page that follows the newest id, or the newest page when nothing was seen yet."""
        path, query = self._timeline()
        if since:
            query = [*query, ("min_id", since)]
        page = self._items(await self._api.get(path, query))
        newest = max([since, *(string(item, "id") for item in page)], key=order)
        posts = tuple(post for item in page if (post := self._post(item)) is not None)
        # "0" = it was empty at first, so that all of the next pages count.
        return Batch(events=posts, checkpoint=_checkpoint(newest or "0"), more=bool(since) and newest != since)

    async def _found(self, cursor: str, since: str) -> Page[str]:
        """Take a page of a search; its cursor is an offset, and the oldest id of the page before it."""
        offset, _, before = cursor.partition(" ")
        query = [("q", self._options.query), ("type", "statuses"), ("limit", str(PAGE))]
        query += [("min_id", since)] if since else []
        query += [("offset", offset)] if offset else []
        page = self._items(mapping(await self._api.get("/api/v2/search", query)).get("statuses"))
        oldest = string(page[0], "id") if page else ""
        # A server that knows no offset shows the same page again.
        known = not page or oldest == before
        # One back, for when another was deleted meanwhile and all moved up.
        following = "" if known else f"{int(offset or 0) + max(len(page) - 1, 1)} {oldest}"
        return Page([(string(item, "id"), self._post(item)) for item in reversed(page)], following)

    def _timeline(self) -> tuple[str, Query]:
        """Return what is paged forward: a hashtag, or who spoke to our account."""
        if self._options.listen == "notifications" or not self._options.hashtag:
            # Mentions that the account's own filters hold back are mentions all the same.
            return "/api/v1/notifications", [("types[]", "mention"), ("include_filtered", "true"), ("limit", "80")]
        tag = quote(self._options.hashtag.removeprefix("#"), safe="")
        return f"/api/v1/timelines/tag/{tag}", [("limit", str(PAGE))]

    def _items(self, answer: object) -> list[Status]:
        """Return statuses, or notifications that speak of them, oldest first."""
        if not isinstance(answer, list) or not all(isinstance(one, dict) and string(one, "id") for one in answer):
            raise SourceUnavailable(self._api.not_mastodon)
        return sorted(answer, key=lambda item: order(string(item, "id")))

    def _post(self, item: Status) -> Posted | None:
        status = mapping(item.get("status")) if "status" in item else item
        return (
            read_status(status, self._api.home, self._api.files) if string(status, "id") and is_heard(status) else None
        )


def _earlier(since: str) -> str:
    """Return an id a little older, where ids are Mastodon's own."""
    if len(since) < _SNOWFLAKE_DIGITS or not since.isdecimal():
        return since
    return str(max(int(since) - OVERLAP, 0))


def _id_in_path(link: str) -> str:
    last = urlsplit(link).path.rstrip("/").rpartition("/")[2]
    return last if _ID.fullmatch(last) else ""


def _checkpoint(newest: str) -> str:
    return json.dumps({"since": newest})


def _read_checkpoint(checkpoint: str) -> str:
    """Return the newest id that was seen, or nothing; a checkpoint that is not ours begins anew."""
    return string(read_object(checkpoint), "since")
