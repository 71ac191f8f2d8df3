"""Threads: who mentions us, what is said below our own posts and replies, and what a search finds.

Mentions and our own replies are lists, newest first. What stands below our posts has a list for each, so these are
asked in turn (``bot.sources.kit.fan_out``), those with answers alone: a whole conversation below a post of ours, and
what answers us directly below a reply in another's thread. A webhook tells most of it at once, posts and all; of what
our own account published or took away it tells little, and the lists tell the rest. Threads lets authors edit for a
quarter of an hour, so lists are read again from an hour before where the last walk ended.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import partial

from bot.net.errors import SourceRefused
from bot.sources.base import Batch, Capabilities, Delivered, Greeting, SourceConfig
from bot.sources.kinds.threads.api import ThreadsApi
from bot.sources.kinds.threads.options import REPLIES, SEARCHING, ThreadsOptions
from bot.sources.kinds.threads.posts import (
    HOSTS,
    MENTION,
    Post,
    is_public,
    read_post,
    root,
    seconds,
)
from bot.sources.kinds.threads.replies import RULES, ThreadsReplies
from bot.sources.kit.build import deleted
from bot.sources.kit.fan_out import Branch, FanOut
from bot.sources.kit.json import mapping, string
from bot.sources.kit.meta import ident
from bot.sources.kit.meta_account import held_token
from bot.sources.kit.meta_hook import MetaHook, known_by
from bot.sources.kit.own_replies import OwnReplies
from bot.sources.kit.rest import Query
from bot.sources.kit.tools import SourceTools
from bot.sources.kit.walk import Ask, NewestFirst, Page
from bot.sources.proof import Lack, Proof
from bot.sources.registry import secret_variables
from handlers.base.events import Event

OVERLAP_SECONDS = 3_600.0
# Threads allows 33 requests a minute to whoever is hardly seen by anybody, and more to others.
BRANCHES = 10
_SEARCHED_AS = "search"


class Threads:
    """One account that is listened to, and answered with."""

    capabilities = Capabilities(
        polls=True, receives=True, reply=RULES, network="Threads", hosts=HOSTS, budgets=(REPLIES,)
    )

    def __init__(self, config: SourceConfig[ThreadsOptions], tools: SourceTools) -> None:
        """Take the account; nothing is asked yet.

        Raises:
            OptionError: A secret of the application is missing, or what is needed to keep its tokens.
        """
        self._now = tools.clock.now
        self._query = config.options.query.strip()
        self._api = ThreadsApi(config, tools)
        self._us = self._api.us
        variables = secret_variables(config.kind, config.name)
        self._hook = MetaHook(config, variables, signed_by=("client_secret", "app_secret"))
        walk = NewestFirst(1.0, lambda since: since - OVERLAP_SECONDS)
        self._fan_out = FanOut(walk, at_once=BRANCHES, in_turn=BRANCHES)
        self.replies = OwnReplies(ThreadsReplies(self._api))

    async def poll(self, checkpoint: str) -> Batch:
        """Fetch one page of each list, and of what stands below some posts; oldest first.

        Raises:
            SourceUnavailable: Threads is not well, or asks for a rest.
            SourceRefused: It does not let us in, or who signed in is another account.
        """
        await self._api.is_us()
        answered: list[Post] = []
        lists: dict[str, Ask[float]] = {
            "replies": partial(self._own, answered),
            "mentions": partial(self._listed, "/me/mentions", MENTION),
        }
        if self._query:
            lists["search"] = self._search
        return await self._fan_out.poll(checkpoint, lists, partial(self._branches, answered), self._below, self._now())

    async def prove(self) -> Proof:
        """Ask who we are, and for one thing of each kind that we need.

        Raises:
            SourceUnavailable, SourceRefused: As ``poll`` does.
        """
        await self._api.is_us()
        lacks = [
            await self._lack("/me/mentions", "mentions", "threads_manage_mentions", hears=True),
            await self._lack("/me/replies", "what is said below our posts", "threads_read_replies", hears=True),
            await self._lack(
                "/me/threads_publishing_limit", "replies", "threads_content_publish, threads_manage_replies"
            ),
        ]
        token = await held_token(self._api.rest)
        return Proof(
            who=f"@{self._us}",
            rights=token.rights,
            until=token.until,
            lacks=tuple(filter(None, lacks)),
        )

    def handshake(self, query: Mapping[str, str], now: datetime) -> Greeting | None:
        """Show that the hook is ours.

        Raises:
            HookRefused: Who asks does not know the token that was agreed.
        """
        return self._hook.handshake(query)

    def receive(self, headers: Mapping[str, str], raw: bytes, now: datetime) -> Delivered[Event]:
        """Take what is said, and ring for what is told by half.

        Raises:
            HookRefused: 401 where it is not signed with our secret, 400 where it is no JSON.
        """
        told = mapping(self._hook.read(headers, raw, now).get("values"))
        what, value = string(told, "field"), mapping(told.get("value"))
        events: list[Event] = []
        if what in ("replies", "mentions") and is_public(value):
            events = [read_post(value, self._us, MENTION if what == "mentions" else "")]
        elif what == "delete" and ident(value, "id"):
            events = [deleted(ident(value, "id"))]
        return Delivered(events, known_by=known_by(raw), poll_now=what in ("replies", "mentions", "publish"))

    # --- lists ---

    async def _listed(
        self, path: str, heard_as: str, cursor: str, _since: float, *, query: Query = (), bucket: str = ""
    ) -> Page[float]:
        shown, following = await self._api.page(path, query, cursor, bucket=bucket) or ([], "")
        return Page([(seconds(one), self._event(one, heard_as)) for one in shown], following)

    async def _search(self, cursor: str, since: float) -> Page[float]:
        """Take a page of what a search finds, as Threads finds it: all that is public, the newest first."""
        within = [("since", str(int(since)))] if since > OVERLAP_SECONDS else []
        query = [("q", self._query), ("search_type", "RECENT"), *within]
        return await self._listed("/keyword_search", _SEARCHED_AS, cursor, since, query=query, bucket=SEARCHING)

    async def _own(self, answered: list[Post], cursor: str, _since: float) -> Page[float]:
        """Take a page of our own replies; those that were ``answered`` are noted."""
        shown, following = await self._api.page("/me/replies", (), cursor) or ([], "")
        answered += [one for one in shown if one.get("has_replies") is True]
        return Page([(seconds(one), self._event(one)) for one in shown], following)

    async def _branches(self, replies: list[Post], begun: int) -> list[Branch]:
        """Return below what people write: our own posts, and our replies in the threads of others."""
        own, _ = await self._api.page("/me/threads") or ([], "")
        ours = {ident(one, "id") for one in own}
        answered = [(one, "conversation") for one in own if one.get("has_replies") is True]
        answered += [(one, "replies") for one in replies if root(one) not in ours]
        return [Branch(f"{ident(one, 'id')}/{below}", young=seconds(one) >= begun) for one, below in answered]

    async def _below(self, branch: str, cursor: str, _since: float) -> Page[float] | None:
        page = await self._api.page(f"/{branch}", (), cursor)
        if page is None:
            return None
        return Page([(seconds(one), self._event(one)) for one in page[0]], page[1])

    def _event(self, one: Post, heard_as: str = "") -> Event | None:
        return read_post(one, self._us, heard_as) if is_public(one) else None

    async def _lack(self, path: str, what: str, rights: str, *, hears: bool = False) -> Lack | None:
        try:
            await self._api.rest.find(path, [("limit", "1")] if hears else [("fields", "reply_quota_usage")])
        except SourceRefused as error:
            mend = f"Sign in again, and allow {rights}."
            return Lack(sentence=f"Threads does not let us have {what}: {error.reason}", mend=mend, hears=hears)
        return None
