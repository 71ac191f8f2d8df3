"""Khoros (Lithium): the posts of one community, and answers from one account of it.

Posts are asked for from a moment on, oldest first, up to the newest. Each walk begins two hours before where the last
one ended, since moderators let some through late, and authors edit: what is shown again is known by its number. What
the very first page does not show is no news.
"""

import json
from dataclasses import asdict, dataclass, replace

from bot.sources.base import Batch, Capabilities, SourceConfig
from bot.sources.kinds.khoros.api import KhorosApi
from bot.sources.kinds.khoros.options import KhorosOptions
from bot.sources.kinds.khoros.posts import id_in, milliseconds, read_message
from bot.sources.kinds.khoros.replies import RULES, KhorosReplies
from bot.sources.kit.kept import kept
from bot.sources.kit.own_replies import OwnReplies
from bot.sources.kit.tools import SourceTools
from bot.sources.proof import Proof
from handlers.base.events import Posted

PAGE = 100
OVERLAP_MS = 2 * 3_600_000
# A community that shows more than so many pages in one walk does not heed what was asked for.
MOST_PAGES = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """Where a community stands, as its checkpoint has it; moments are in milliseconds since 1970, and 0 is none.

    Attributes:
        since: The newest that was seen when the last walk was at its end.
        floor: The oldest that the very first page showed, where there were older ones.
        newest: The newest seen by now.
        at: From where on the next page of a walk under way is asked for.
        skip: How many that were posted at that very moment were seen.
        pages: How many pages it has behind it.
    """

    since: int = 0
    floor: int = 0
    newest: int = 0
    at: int = 0
    skip: int = 0
    pages: int = 0

    @property
    def begin(self) -> int:
        """From where on its next page is asked for."""
        return self.at or max(self.since - OVERLAP_MS, self.floor, 1)

    def gone_on(self, times: list[int], now: int) -> "Walk":
        """Return where it stands after a page."""
        last, newest = max(times, default=0), max([self.since, self.newest, *(min(one, now) for one in times)])
        if len(times) < PAGE or last < self.begin or self.pages >= MOST_PAGES:
            return Walk(since=newest, floor=self.floor)
        same = last == self.begin
        skip = self.skip + PAGE if same else times.count(last)
        return replace(self, newest=newest, at=last, skip=skip, pages=self.pages + 1)

    @classmethod
    def first(cls, times: list[int], now: int) -> "Walk":
        """Return where it stands after the newest page, which is all that is read of what was there before us."""
        newest = min(max(times, default=now), now)
        return cls(since=newest, floor=min(times) if len(times) == PAGE else 0)


class Khoros:
    """One community that is listened to, and answered in by one account."""

    capabilities = Capabilities(polls=True, finds=True, reply=RULES, network="Khoros")

    def __init__(self, config: SourceConfig[KhorosOptions], tools: SourceTools) -> None:
        """Take the community; nothing is asked yet.

        Raises:
            OptionError: There is a name without a password, or the other way round, or it would go out in the clear.
        """
        self._api = KhorosApi(config, tools)
        self._clock = tools.clock
        boards = ", ".join(f"'{one}'" for one in config.options.boards)
        self._within = [f"board.id IN ({boards})"] if boards else []
        self.replies = OwnReplies(KhorosReplies(self._api))

    async def poll(self, checkpoint: str) -> Batch:
        """Fetch one page, oldest first; ``more`` says that there is another.

        Raises:
            SourceUnavailable: The community is not well, or is none of Khoros.
            SourceRefused: It does not show us its posts, or does not take our account.
        """
        walk, now = kept(Walk, checkpoint), int(self._clock.now().timestamp() * 1_000)
        if not walk.since:
            page = (await self._api.messages(self._within, "ORDER BY post_time DESC", PAGE))[::-1]
            walk = Walk.first([*map(milliseconds, page)], now)
        else:
            where = [f"post_time >= {walk.begin}", *self._within]
            page = await self._api.messages(where, "ORDER BY post_time ASC", PAGE, walk.skip)
            walk = walk.gone_on([*map(milliseconds, page)], now)
        events = [post for one in page if (post := read_message(one, self._api.base)) is not None]
        return Batch(events=tuple(events), checkpoint=json.dumps(asdict(walk)), more=bool(walk.at))

    async def prove(self) -> Proof | None:
        """Ask who our account is.

        Raises:
            SourceUnavailable, SourceRefused: As ``poll`` does.
        """
        return await self._api.prove() if self._api.has_account else None

    async def find(self, url: str) -> Posted | None:
        """Return the message at its address; None for other addresses, and for what is not heard.

        Raises:
            SourceUnavailable, SourceRefused: As ``poll`` does.
        """
        number = id_in(url, self._api.base)
        message = await self._api.heard(number) if number else None
        return read_message(message, self._api.base) if message is not None else None
