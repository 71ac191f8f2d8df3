"""A Facebook Page: what its webhook tells at once, and what polls of its newest posts find.

The feed is sorted by when posts were made, and says nothing of new comments below old ones: these come by the webhook
alone. So each poll takes the newest posts with the newest comments below them, and goes further down only where there
is more that is new (``bot.sources.kit.walk``). What was written before we first listened stays old news.

Deliveries come in any order, so what is older than what was told of the same comment already says nothing; and each
rings for a poll, after which the newest words stand.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from bot.sources.base import Batch, Capabilities, Delivered, Greeting, SourceConfig
from bot.sources.kinds.facebook.api import FacebookApi
from bot.sources.kinds.facebook.options import FacebookOptions
from bot.sources.kinds.facebook.posts import (
    Thing,
    below,
    id_of,
    ids_in,
    is_hidden,
    read_comment,
    read_post,
    read_told,
    seconds,
    told_id,
    writer_id,
)
from bot.sources.kinds.facebook.replies import RULES, FacebookReplies
from bot.sources.kinds.facebook.watch import Watch
from bot.sources.kit.build import deleted
from bot.sources.kit.json import mapping, read_object, string
from bot.sources.kit.meta_hook import MetaHook, changes, known_by
from bot.sources.kit.meta_lists import following
from bot.sources.kit.own_replies import OwnReplies
from bot.sources.kit.remembered import Latest
from bot.sources.kit.talk import Talk, written_at
from bot.sources.kit.tools import SourceTools
from bot.sources.kit.walk import NewestFirst, Page
from bot.sources.proof import Proof
from bot.sources.registry import secret_variables
from handlers.base.events import Deleted, Event, Posted

OVERLAP_SECONDS = 600.0
# By so much Facebook's clock may be behind ours; it tells whole seconds.
SKEW_SECONDS = 60.0
# So long a comment is read again, since it may have been edited.
AGAIN_SECONDS = 2 * 86_400.0
# Of a post that is much commented on, so many pages more are read at once.
MORE_PAGES = 25
# Of so many comments it is remembered when they were told of last.
REMEMBERED = 2_000
_TOPICS = frozenset({"feed", "mention"})
_SAID = frozenset({"add", "edit", "edited", "unhide"})
_GONE = frozenset({"remove", "hide"})


@dataclass(slots=True)
class _Round:
    """One poll.

    Attributes:
        began: When we first listened, in seconds since 1970.
        heard: How new the newest comment was when the last walk ended; 0 before the first.
        newest: How new it is by now.
        watch: What was shown lately.
        found: Comments.
        gone: What is not there any more.
    """

    began: float
    heard: float
    newest: float
    watch: Watch
    found: list[Posted] = field(default_factory=list)
    gone: list[Deleted] = field(default_factory=list)


class Facebook:
    """One Page: rung by, asked, and answered on."""

    capabilities = Capabilities(
        polls=True, receives=True, finds=True, reply=RULES, network="Facebook", hosts=("facebook.com",)
    )

    def __init__(self, config: SourceConfig[FacebookOptions], tools: SourceTools) -> None:
        """Take which Page is heard; nothing is asked yet.

        Raises:
            OptionError: There is no token, or it would go out in the clear.
        """
        self._api = FacebookApi(config, tools)
        self._page = self._api.page
        self._now = tools.clock.now
        self._hook = MetaHook(config, secret_variables(config.kind, config.name))
        self._told_at = Latest[str, datetime](REMEMBERED)
        self._talk = Talk("thread", lambda one: one.author.external_id == self._page)
        self._walk = NewestFirst(1.0, lambda since: since - OVERLAP_SECONDS, cursor_may_die=True)
        self.replies = OwnReplies(FacebookReplies(self._api, self._talk, self._now))

    async def poll(self, checkpoint: str) -> Batch:
        """Fetch the newest posts with their newest comments, and those that name us elsewhere.

        Raises:
            SourceUnavailable: Facebook is not well, or asks for a rest.
            SourceRefused: It does not take the token, or that lacks a right.
        """
        stored = read_object(checkpoint)
        this = self._round(stored)
        lists = {edge: partial(self._listed, this, edge) for edge in ("feed", "tagged")}
        batch = await self._walk.poll(json.dumps(stored.get("lists")), lists)
        this.found.sort(key=written_at)
        events = [*batch.events, *self._talk.placed(this.found), *this.gone]
        heard = this.heard if batch.more else this.newest
        kept = {"lists": json.loads(batch.checkpoint), "began": this.began, "heard": heard, "newest": this.newest}
        kept["watch"] = this.watch.told()
        return self._talk.batch(events, kept, more=batch.more, began=this.began)

    def handshake(self, query: Mapping[str, str], now: datetime) -> Greeting | None:
        """Show Meta that the hook is ours.

        Raises:
            HookRefused: 403 where who asks does not know what was agreed, or nothing was.
        """
        return self._hook.handshake(query)

    def receive(self, headers: Mapping[str, str], raw: bytes, now: datetime) -> Delivered[Event]:
        """Verify and read one delivery; likes, and whatever else is no post or comment, are nothing.

        Raises:
            HookRefused: 401 when it is not signed with our secret, 400 when it is no JSON.
        """
        told = changes(self._hook.read(headers, raw, now), "page")
        ours = [one for one in told if one.node == self._page and one.topic in _TOPICS and told_id(one.value)]
        news = [one for one in ours if self._told_at.is_news(told_id(one.value), one.at)]
        latest = {told_id(one.value): self._event(one.value) for one in news}
        posts = sorted((one for one in latest.values() if isinstance(one, Posted)), key=written_at)
        said = self._talk.placed(posts)
        gone = [one for one in latest.values() if isinstance(one, Deleted)]
        return Delivered([*said, *gone], known_by=known_by(raw), poll_now=bool(ours))

    async def find(self, url: str) -> Posted | None:
        """Return the comment or the post at its address; None for what is not on our Page, or gone.

        Raises:
            SourceUnavailable, SourceRefused: As ``poll`` does.
        """
        post_id, comment_id = ids_in(url, self._page)
        thing = await self._api.thing(comment_id or post_id) if post_id else None
        return read_comment(thing, post_id) if thing is not None else None

    async def prove(self) -> Proof:
        """Ask which Page the token is of, what it may do, until when, and whether the hook is called.

        Raises:
            SourceUnavailable, SourceRefused: As ``poll`` does.
        """
        return await self._api.prove(rung=self._hook.agreed)

    # --- lists ---

    async def _listed(self, this: _Round, edge: str, cursor: str, _since: float) -> Page[float]:
        """Take a page of posts; what stands below those of the feed goes to ``this``."""
        posts, after = await self._api.listed(edge, cursor)
        if edge == "feed" and not cursor:
            this.gone += [deleted(one) for one in this.watch.look(posts, whole=not after) if await self._is_gone(one)]
        for one in posts:
            this.found += await self._below(this, one)
        theirs = {id_of(one): read_post(one) for one in posts if writer_id(one) != self._page}
        return Page([(seconds(one), theirs.get(id_of(one))) for one in posts], after)

    async def _below(self, this: _Round, one: Thing) -> Sequence[Posted]:
        """Return what is new below a post, or may have been edited; all of it at the first look."""
        shown, since = below(one), this.heard - OVERLAP_SECONDS
        cut = following(mapping(one.get("comments")))
        if this.heard and cut and min(map(seconds, shown), default=0.0) > since:
            shown += (await self._api.below(id_of(one), since, MORE_PAGES, nested=True))[0]
        edge = min(since, self._now().timestamp() - AGAIN_SECONDS)
        fresh = {id_of(each): each for each in shown if not this.heard or seconds(each) >= edge}
        this.newest = max([this.newest, *map(seconds, fresh.values())])
        return [told for each in fresh.values() if (told := read_comment(each, id_of(one))) is not None]

    async def _is_gone(self, name: str) -> bool:
        thing = await self._api.thing(name)
        return thing is None or is_hidden(thing)

    def _round(self, stored: Mapping[str, object]) -> _Round:
        self._talk.learn(stored)
        now = self._now().timestamp()
        began, heard, newest = (_number(stored.get(name)) for name in ("began", "heard", "newest"))
        began = min(began or now - SKEW_SECONDS, now)
        return _Round(began, heard, max(began, heard, newest), Watch(self._page, stored.get("watch")))

    # --- deliveries ---

    def _event(self, value: Thing) -> Event | None:
        verb, is_comment = string(value, "verb"), string(value, "item") == "comment"
        if verb in _GONE:
            return deleted(told_id(value))
        heard = is_comment or writer_id(value) != self._page
        return read_told(value) if verb in _SAID and heard else None


def _number(value: object) -> float:
    return value if isinstance(value, float) else 0.0
