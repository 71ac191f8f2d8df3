"""Lemmy: who mentions or answers our account, what a search finds on its instance, and replies from that account.

Lists come newest first and are walked (``bot.sources.kit.walk``), an hour behind where the last walk began: what other
instances send comes late, dated by their clocks. A search is asked for comments and for posts, each by itself. What is
shown again was edited, or taken away, perhaps; older things are seen so when they are answered.

What was said to fewer than everybody is not heard, and no private message.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from urllib.parse import urlsplit

from bot.sources.base import Batch, Capabilities, SourceConfig
from bot.sources.kinds.lemmy.api import V4, LemmyApi, Listed
from bot.sources.kinds.lemmy.names import Names
from bot.sources.kinds.lemmy.posts import View, is_gone, is_public, read_event, read_view, seconds, thing_of, view_of
from bot.sources.kinds.lemmy.replies import RULES, LemmyReplies
from bot.sources.kit.html import web_link
from bot.sources.kit.json import mapping, string
from bot.sources.kit.options import OptionError, not_in_the_clear, web_address
from bot.sources.kit.own_replies import OwnReplies
from bot.sources.kit.pictures import Hosts, check_hosts
from bot.sources.kit.tools import SourceTools
from bot.sources.kit.walk import Ask, NewestFirst, Page
from bot.sources.proof import Proof
from bot.sources.registry import secret_variables
from handlers.base.events import Event, Posted

OVERLAP_SECONDS = 3_600
MOST_PAGES = 40
_NAME = re.compile(r"\w{1,60}", re.ASCII)
# How Lemmy writes addresses; an instance is asked to fetch nothing else. "/post/1/2" is the comment 2.
_PLACE = re.compile(r"/(?:post/[0-9]{1,18}/(?P<below>[0-9]{1,18})|(?P<what>post|comment)/(?P<number>[0-9]{1,18}))/?")
# What tells in a list of notifications that somebody spoke to us in public.
_KINDS = frozenset({"mention", "reply"})


@dataclass(frozen=True, slots=True, kw_only=True)
class LemmyOptions:
    """Options: the instance, our account there, and what else is searched for.

    Attributes:
        username: Our account; nothing = the instance is read as anybody reads it.
        query: What to search for beside the mentions; nothing = no search.
        picture_hosts: Where pictures lie, where that is neither on the instance nor below its host.
    """

    base_url: str
    username: str = ""
    query: str = ""
    picture_hosts: Hosts = ()

    @property
    def account(self) -> str:
        """What our account is called."""
        return f"@{self.username}@{urlsplit(self.base_url).hostname}" if self.username else ""

    @property
    def own_accounts(self) -> tuple[str, ...]:
        """Whose posts are never mentions."""
        return (self.account.removeprefix("@"),) if self.username else ()

    def __post_init__(self) -> None:
        web_address("base_url", self.base_url)
        check_hosts("picture_hosts", self.picture_hosts)
        if self.username and not _NAME.fullmatch(self.username):
            raise OptionError("username", 'is the name of our account, without its host, such as "acme_support".')
        if not self.username and not self.query.strip():
            raise OptionError("query", "is what to search for, where there is no `username` whose mentions are heard.")


class Lemmy:
    """One instance that is listened to, and answered on."""

    capabilities = Capabilities(polls=True, finds=True, reply=RULES, network="Lemmy")

    def __init__(self, config: SourceConfig[LemmyOptions], tools: SourceTools) -> None:
        """Take the instance; nothing is asked yet.

        Raises:
            OptionError: There is a name without a password, or the other way round, or they would go out in the clear.
        """
        options = self._options = config.options
        variable = secret_variables(config.kind, config.name)["password"]
        password = config.secrets.get("password", "")
        if bool(password) != bool(options.username):
            key, other = ("username", variable) if password else (variable, "username")
            raise OptionError(key, f"is missing: {other} is set.")
        if password:
            not_in_the_clear("base_url", options.base_url, allow_private=config.allow_private)
        self._api = LemmyApi(
            options.base_url,
            options.username,
            password,
            variable,
            tools.fetcher,
            tools.clock,
            allow_private=config.allow_private,
        )
        self._names = Names(self._api)
        self._clock = tools.clock
        # 1: a list that was empty at first is known, too.
        self._walk = NewestFirst(
            1, lambda since: max(since - OVERLAP_SECONDS, 1), whole_pages=True, most_pages=MOST_PAGES
        )
        self.replies = OwnReplies(LemmyReplies(self._api, options.picture_hosts))

    async def prove(self) -> Proof | None:
        """Ask who our account is.

        Raises:
            SourceUnavailable, SourceRefused: As ``poll`` does.
        """
        return await self._api.prove() if self._api.has_account else None

    async def poll(self, checkpoint: str) -> Batch:
        """Fetch one page of each list, oldest first; ``more`` says that a walk is not at its end.

        Raises:
            SourceUnavailable: The instance is not well, or is no Lemmy.
            SourceRefused: It does not take our account, or only its members may read it.
        """
        return await self._walk.poll(checkpoint, await self._lists())

    async def find(self, url: str) -> Posted | None:
        """Return the post or comment at an address, of our instance or, with an account, of any other.

        Raises:
            SourceUnavailable, SourceRefused: As ``poll`` does.
        """
        link = web_link(url)
        found = _PLACE.fullmatch(urlsplit(link).path) if link else None
        if found is None:
            return None
        if urlsplit(link).hostname == self._api.home:
            number = int(found["below"] or found["number"])
            view = await self._api.one("comment" if found["below"] else found["what"], number)
        else:
            view = await self._api.resolve(link) if self._api.has_account else None
        if view is None or is_gone(thing_of(view)) or not is_public(view):
            return None
        answered = await self._names.answered(view, ask=True)
        return read_view(view, self._api.home, self._options.picture_hosts, reply_to=answered)

    async def _lists(self) -> Mapping[str, Ask[int]]:
        names = ("mentions",) if await self._api.version() == V4 else ("mentions", "replies")
        lists = {name: partial(self._spoken_to, name) for name in names if self._api.has_account}
        words = self._options.query.strip()
        searches = {name: partial(self._found, words, name) for name in ("comments", "posts") if words}
        return {**lists, **searches}

    async def _spoken_to(self, name: str, cursor: str, since: int) -> Page[int]:
        return await self._page(await self._api.inbox(name, cursor), since)

    async def _found(self, words: str, what: str, cursor: str, since: int) -> Page[int]:
        return await self._page(await self._api.found(words, what, cursor), since)

    async def _page(self, listed: Listed, since: int) -> Page[int]:
        for one in listed.views:
            self._names.learn(view_of(one))
        # Other instances date what they send: what says that it comes from the future comes from now.
        now = int(self._clock.now().timestamp())
        entries = [(min(seconds(one), now), await self._event(one, since)) for one in listed.views]
        return Page(entries, listed.following)

    async def _event(self, item: View, since: int) -> Event | None:
        """Return what an entry of a list means to us; what it answers is asked for where the entry is news."""
        told = mapping(item.get("notification"))
        if told and string(told, "kind").casefold() not in _KINDS:
            return None
        view = view_of(item)
        answered = await self._names.answered(view, ask=0 < since <= seconds(item))
        return read_event(view, self._api.home, self._options.picture_hosts, reply_to=answered)
