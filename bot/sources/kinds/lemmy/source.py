"""Lemmy: who mentions or answers our account, what a search finds on its instance, and replies from that account.

Lists come newest first and are walked (``bot.sources.kit.walk``), an hour behind where the last walk began: what other
instances send comes late, dated by their clocks. A search is asked for comments and for posts, each by itself. What is
shown again was edited, or taken away, perhaps; older things are seen so when they are answered.

What was said to fewer than everybody is not heard, and no private message.
"""

import re
from functools import partial
from urllib.parse import urlsplit

from bot.sources.base import Batch, Capabilities, SourceConfig
from bot.sources.kinds.lemmy.api import LemmyApi
from bot.sources.kinds.lemmy.options import LemmyOptions
from bot.sources.kinds.lemmy.posts import View, above, address_of, is_spoken, read_event, seconds, view_of
from bot.sources.kinds.lemmy.replies import RULES, LemmyReplies
from bot.sources.kit.html import web_link
from bot.sources.kit.json import mapping, whole
from bot.sources.kit.own_replies import OwnReplies
from bot.sources.kit.remembered import Asked
from bot.sources.kit.tools import SourceTools
from bot.sources.kit.walk import NewestFirst, Page
from bot.sources.proof import Proof
from handlers.base.events import Event, Posted

BACK_SECONDS = 3_600
MOST_PAGES = 40
# Version 4 has one list of mentions and replies.
_SPOKEN_TO, _SEARCHED = ("mentions", "replies"), ("comments", "posts")
# How Lemmy writes addresses; an instance is asked to fetch nothing else. "/post/1/2" is the comment 2.
_PLACE = re.compile(r"/(?:post/[0-9]{1,18}(?=/[0-9])|(?P<what>post|comment))/(?P<number>[0-9]{1,18})/?")


class Lemmy:
    """One instance that is listened to, and answered on."""

    capabilities = Capabilities(polls=True, finds=True, reply=RULES, network="Lemmy")

    def __init__(self, config: SourceConfig[LemmyOptions], tools: SourceTools) -> None:
        """Take the instance; nothing is asked yet.

        Raises:
            OptionError: There is a name without a password, or the other way round, or they would go out in the clear.
        """
        self._api = LemmyApi(config, tools)
        self._words = config.options.query.strip()
        # What a page shows is known, so that only comments are asked for that are older than what is heard.
        self._names = Asked[int, str](self._api.name)
        self._clock = tools.clock
        # 1: a list that was empty at first is known, too.
        self._walk = NewestFirst(1, lambda since: max(since - BACK_SECONDS, 1), whole_pages=True, most_pages=MOST_PAGES)
        self.replies = OwnReplies(LemmyReplies(self._api))

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
        names = [*(_SPOKEN_TO if self._api.has_account else ()), *(_SEARCHED if self._words else ())]
        known = (await self._api.version()).lists
        return await self._walk.poll(checkpoint, {one: partial(self._page, one) for one in names if one in known})

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
            view = await self._api.one(found["what"] or "comment", int(found["number"]))
        else:
            view = await self._api.resolve(link) if self._api.has_account else None
        event = await self._event(view, ask=True) if view is not None else None
        return event if isinstance(event, Posted) else None

    async def _page(self, name: str, cursor: str, since: int) -> Page[int]:
        """Take a page of a list; what a comment answers is asked for where that comment is news."""
        items, following = await self._api.listed(name, cursor, self._words)
        for comment in (mapping(view_of(one).get("comment")) for one in items):
            self._names.keep(whole(comment, "id"), address_of(comment))
        # Other instances date what they send: what says that it comes from the future comes from now.
        now = int(self._clock.now().timestamp())
        entries: list[tuple[int, Event | None]] = []
        for one in items:
            ask = 0 < since <= seconds(one)
            event = await self._event(view_of(one), ask=ask) if is_spoken(one) else None
            entries.append((min(seconds(one), now), event))
        return Page(entries, following)

    async def _event(self, view: View, *, ask: bool) -> Event | None:
        """Return what a post or a comment means to us."""
        comment = mapping(view.get("comment"))
        number, top = above(comment), address_of(mapping(view.get("post"))) if comment else ""
        known = await self._names.find(number) if number and ask else self._names.get(number)
        return read_event(view, self._api.home, self._api.files, reply_to=(known or "") if number else top)
