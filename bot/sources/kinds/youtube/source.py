"""YouTube: what people say below our videos, and, where dibs.toml has a query, videos of others.

A poll takes a page of the channel's threads, newest first (``bot.sources.kit.walk``), and looks at some of the threads
in which something happened last (``bot.sources.kinds.youtube.watch``), since an answer in an old thread shows nowhere
else. What a thread shows of its answers is not always all; the rest costs a request, and is asked for where their
number has changed. What stood there before we first listened is no news.

A day has a hundred searches, for all that use the same project: they are made at even times, and one that cannot be
made leaves the comments alone.
"""

import re
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from functools import partial
from math import inf

from bot.net.errors import SourceUnavailable
from bot.sources.base import Batch, Capabilities, SourceConfig
from bot.sources.kinds.youtube.api import BUDGETS, TOGETHER, YouTubeApi
from bot.sources.kinds.youtube.options import YouTubeOptions
from bot.sources.kinds.youtube.posts import (
    count_of,
    id_of,
    inline_of,
    is_edited,
    is_public,
    is_shown,
    read_comment,
    read_replies,
    read_video,
    seconds,
    top_of,
)
from bot.sources.kinds.youtube.replies import RULES, YouTubeReplies
from bot.sources.kinds.youtube.watch import MOST, Watch
from bot.sources.kit.addresses import pasted
from bot.sources.kit.build import deleted
from bot.sources.kit.fields import Thing
from bot.sources.kit.kept import kept
from bot.sources.kit.own_replies import OwnReplies
from bot.sources.kit.remembered import old_news
from bot.sources.kit.tools import SourceTools
from bot.sources.kit.walk import NewestFirst, Page, keeping
from bot.sources.proof import Proof
from bot.sources.registry import secret_variables
from handlers.base.events import Event, Posted

OVERLAP_SECONDS = 3_600.0
# Ninety a day, so that a day of twenty-five hours has no more than a hundred.
SEARCH_SECONDS = 960
# At first so many pages are read, of at least twenty threads each.
_FIRST_PAGES = 5
# So many pages of answers are read of one thread, each of at least twenty; and of so many threads in one poll.
_PAGES_BELOW = 5
_THREADS_BELOW = 20
_COMMENT = re.compile(r"[A-Za-z0-9_-]{5,40}(?:\.[A-Za-z0-9_-]{5,40})?")
_HOSTS = ("youtu.be", "youtube.com", "www.youtube.com", "m.youtube.com", "music.youtube.com")


@dataclass(slots=True)
class _Round:
    """One poll: what is watched, and since when we listen, in seconds since 1970.

    Attributes:
        searched: When the last search was made.
        first: Nothing was heard before.
        room: Of so many more threads all answers may be asked for.
    """

    begun: float = 0.0
    searched: int = 0
    watch: Watch = field(default_factory=Watch)
    first: bool = False
    room: int = _THREADS_BELOW


class YouTube:
    """One channel that is polled, and answered on."""

    capabilities = Capabilities(
        polls=True,
        finds=True,
        reply=RULES,
        network="YouTube",
        hosts=("youtube.com", "youtu.be"),
        budgets=BUDGETS,
    )

    def __init__(self, config: SourceConfig[YouTubeOptions], tools: SourceTools) -> None:
        """Take what is heard; nothing is asked yet.

        Raises:
            OptionError: A secret of the application is missing, or what is needed to keep the account.
        """
        self._query = config.options.query.strip()
        self._now = tools.clock.now
        self._api = YouTubeApi(config, tools, secret_variables(config.kind, config.name))
        self._walk = NewestFirst(1.0, lambda since: since - OVERLAP_SECONDS, cursor_may_die=True)
        self.replies = OwnReplies(YouTubeReplies(self._api))

    async def poll(self, checkpoint: str) -> Batch:
        """Fetch a page of threads; and, where that was the last, what happened in others, and videos.

        Raises:
            SourceUnavailable: YouTube is not well, or the day's quota is spent.
            SourceRefused: It does not let us in, or the channel is not ours.
        """
        now, this = self._now(), kept(_Round, checkpoint)
        this.first = not this.begun
        this.begun = min(this.begun or inf, now.timestamp())
        beside: list[Event] = []
        batch = await self._walk.poll(checkpoint, {"threads": partial(self._page, this, beside)})
        events = [*batch.events, *beside]
        if not batch.more and not this.first:
            events += await self._look(this)
        if not batch.more and self._query:
            events += await self._search(this, now)
        batch = replace(batch, events=tuple(events), stale=old_news(events, this.begun))
        return keeping(batch, watch=asdict(this.watch.latest()), begun=this.begun, searched=this.searched)

    async def prove(self) -> Proof:
        """Ask which channel we are let in as.

        Raises:
            SourceUnavailable, SourceRefused: As ``poll`` does.
        """
        return await self._api.prove()

    async def find(self, url: str) -> Posted | None:
        """Return the comment at its address, below whomever's video; None for other addresses, and where it is gone.

        Raises:
            SourceUnavailable, SourceRefused: As ``poll`` does.
        """
        comment_id = _comment_in(url)
        found = await self._api.shown(comment_id.partition(".")[0], comment_id) if comment_id else None
        return read_comment(*found) if found is not None else None

    async def _page(self, this: _Round, beside: list[Event], cursor: str, _since: float) -> Page[float]:
        """Take a page of threads, at first as many as are watched; what stands below them goes ``beside``."""
        threads, following = await self._api.newest(cursor)
        for _ in range(_FIRST_PAGES - 1):
            if not (this.first and following and len(threads) < MOST):
                break
            page, following = await self._api.newest(following)
            threads += page
        for thread in reversed(threads):
            beside += await self._below(this, thread)
        return Page([(seconds(top_of(one)), _top(one)) for one in threads], following)

    async def _below(self, this: _Round, thread: Thing) -> list[Posted]:
        """Return what is new or edited below the first comment of a thread; with all that it takes to place it."""
        if not is_public(thread):
            return []
        count, shown = count_of(thread), inline_of(thread)
        latest = max(map(seconds, [top_of(thread), *shown]))
        grown = this.watch.has_grown(id_of(thread), count, latest)
        if grown and len(shown) < count and not this.first:
            if not this.room:
                this.watch.put_off(id_of(thread))
                return []
            this.room -= 1
            shown, _ = await self._api.below(id_of(thread), _PAGES_BELOW)
        elif len(shown) < count:
            return []
        found = read_replies(thread, shown, self._api.us)
        edited = {id_of(one) for one in shown if is_edited(one)}
        return found if grown else [one for one in found if one.external_id in edited]

    async def _look(self, this: _Round) -> list[Event]:
        """Look at the watched threads whose turn it is."""
        ids = this.watch.next(TOGETHER)
        found = await self._api.threads(ids) if ids else {}
        events: list[Event] = []
        for name in ids:
            if (thread := found.get(name)) is None:
                events += [deleted(name)] if this.watch.is_gone(name) else []
                continue
            if is_edited(top_of(thread)) and (top := _top(thread)) is not None:
                events.append(top)
            events += await self._below(this, thread)
        return events

    async def _search(self, this: _Round, now: datetime) -> list[Event]:
        """Search, if it is time."""
        if 0 <= now.timestamp() - this.searched < SEARCH_SECONDS:
            return []
        this.searched = int(now.timestamp())
        with suppress(SourceUnavailable):
            found = await self._api.search(self._query)
            return [post for one in reversed(found) if (post := read_video(one)) is not None]
        return []


def _top(thread: Thing) -> Posted | None:
    return read_comment(thread, top_of(thread)) if is_public(thread) and is_shown(top_of(thread)) else None


def _comment_in(url: str) -> str:
    """Return the id of the comment that an address of YouTube names, or nothing."""
    named = pasted(url, _HOSTS).query.get("lc", "")
    return named if _COMMENT.fullmatch(named) else ""
