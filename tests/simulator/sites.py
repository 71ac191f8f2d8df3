"""The sites of the simulator: where posts come from and replies go, behind the interfaces of every source.

Two are asked, page by page, and repeat and shuffle what they showed before; one calls us, and calls again until it is
thanked. People answer each other there: of one site each post names its public thread, of the others it names the post
that it answers. A reply is kept as often as it is sent.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol

from bot.net.errors import SourceRefused, SourceUnavailable
from bot.net.permit import Withdrawn
from bot.sources.base import Batch, CannotLook, Capabilities, Delivered, SourceConfig
from bot.sources.kit.tools import SourceTools
from bot.sources.registry import KindEntry
from handlers.base.charter import ReplyRules
from handlers.base.events import Author, Deleted, Event, Posted
from handlers.base.replying import Alive, Allowed, Found, Handoff, Outcome, Parent, ParentState, Published, Unclear
from tests.simulator import network
from tests.simulator.network import Answered, NoConnection
from tests.simulator.plan import POLLS

LIMIT = 300
REPLY = ReplyRules(by_api=True, limit=LIMIT)
_PAGE = 2
# Of which site posts say how their public thread is called, how often one begins a thread, and among how many of the
# last whoever answers one chooses it.
_TELLS_THREADS = "forum"
_BEGINS, _NEAR = 0.4, 4
TEXTS = ("Where is my refund?", "The invoice is wrong.", "The anvil fell on my foot.", "How do I open the box?")


class World(network.Surroundings, Protocol):
    """What a site asks of the world."""

    def broken(self, promise: str, what: str) -> None:
        """Hear that a promise does not hold."""
        ...

    def note(self, what: str) -> None:
        """Write a line of the trace."""
        ...

    def may_stand(self, send_id: str, text: str) -> str:
        """Return why a reply may not be published, or nothing."""
        ...


@dataclass
class Reply:
    """One reply that stands there."""

    external_id: str
    send_id: str
    text: str
    came: float

    @property
    def url(self) -> str:
        """Where it stands."""
        return f"https://replies.example/{self.external_id}"


@dataclass
class Site:
    """The server's side of one place.

    Attributes:
        shown: What there is to be seen, in the order in which it came: posts, edited ones again, and deletions.
        began: With which post the public thread of each post began.
    """

    world: World
    name: str
    shown: list[Event] = field(default_factory=list)
    posts: dict[str, Posted] = field(default_factory=dict)
    replies: list[Reply] = field(default_factory=list)
    gone: set[str] = field(default_factory=set)
    began: dict[str, str] = field(default_factory=dict)

    def post(self, above: Posted | None = None) -> Posted:
        """Let somebody write something, in answer to a post, or to whichever they please."""
        number, random = len(self.posts) + 1, self.world.chance(f"posts of {self.name}")
        who, name = f"{self.name}-author-{number}", f"{self.name}-{number}"
        above = above or self._answered()
        self.began[name] = self.began[above.external_id] if above is not None else name
        tells = self.name == _TELLS_THREADS
        one = Posted(
            external_id=name,
            text=f"{random.choice(TEXTS)} Order {self.name} {number}.",
            url=f"https://{self.name}.example/{number}",
            author=Author(name=who, handle=who, external_id=who),
            reply_to=above.external_id if above is not None and not tells else "",
            thread=self.began[name] if tells else "",
        )
        self.posts[one.external_id] = one
        self.shown.append(one)
        self.world.note(f"{self.name} has {one.external_id}: {one.text}")
        return one

    def crowd(self, number: int) -> None:
        """Let so many people answer one post."""
        first = self.post()
        for _ in range(number):
            self.post(first)

    def _answered(self) -> Posted | None:
        """Return the post that somebody answers; None where they begin a thread."""
        chance = self.world.chance(f"threads of {self.name}")
        near = list(self.posts.values())[-_NEAR:]
        return chance.choice(near) if near and chance.random() > _BEGINS else None

    def edit(self, *, delete: bool) -> None:
        """Let somebody edit what they wrote, or take it away."""
        alive = [one for one in self.posts.values() if one.external_id not in self.gone]
        if not alive:
            return
        one = self.world.chance(f"posts of {self.name}").choice(alive)
        self.world.note(f"{one.external_id} is {'deleted' if delete else 'edited'}")
        if delete:
            self.gone.add(one.external_id)
            self.shown.append(Deleted(external_id=one.external_id))
            return
        self.posts[one.external_id] = edited = replace(one, text=f"{one.text} Edited.")
        self.shown.append(edited)

    def page(self, checkpoint: str) -> Batch:
        """Return what comes behind a checkpoint, and some of what was there before."""
        random, first = self.world.chance(f"pages of {self.name}"), int(checkpoint or 0)
        new = self.shown[first : first + _PAGE]
        old = random.sample(self.shown[:first], min(first, random.choice((0, 0, 1, 2))))
        again = [self.posts[one.external_id] for one in old if isinstance(one, Posted)]
        again = [one for one in again if one.external_id not in self.gone and one not in new]
        if random.random() < 0.3 and not any(isinstance(one, Deleted) for one in new) and _all_differ(new):
            random.shuffle(new)
        last = first + len(new)
        return Batch(events=(*again, *new), checkpoint=str(last), more=last < len(self.shown))

    def land(self, prepared: str) -> Published:
        """Take a reply."""
        asked = json.loads(prepared)
        if any(one.send_id == asked["send_id"] for one in self.replies):
            self.world.broken("a reply is published at most once", f"{asked['send_id']} stands at {self.name} twice")
        if why := self.world.may_stand(asked["send_id"], asked["text"]):
            self.world.broken("what goes out is what was approved", why)
        one = Reply(
            f"reply-{self.name}-{len(self.replies) + 1}", asked["send_id"], asked["text"], self.world.loop.time()
        )
        self.replies.append(one)
        self.world.note(f"{self.name} shows our reply {one.send_id}: {one.text}")
        return Published(one.external_id, one.url)


def _all_differ(events: list[Event]) -> bool:
    names = [one.external_id for one in events if isinstance(one, Posted)]
    return len(names) == len(set(names))


@dataclass(frozen=True, kw_only=True)
class SiteOptions:
    """What a source is built from."""

    site: Site
    base_url: str


class Answers:
    """The answering half."""

    def __init__(self, site: Site) -> None:
        """Take the server."""
        self._site = site

    def can_reply(self, parent: Parent) -> Allowed | Handoff:
        """Let everybody answer everything."""
        del parent
        return Allowed()

    async def check(self, parent: Parent) -> ParentState:
        """Look at the post."""
        await self._ask(lambda _until: None, network.HURTS_READING)
        return Alive(parent.external_id)

    def prepare(self, parent: Parent, text: str, send_id: str, context: str) -> str:
        """Return the request."""
        return json.dumps({"send_id": send_id, "parent": parent.external_id, "text": text, "context": context})

    async def publish(self, prepared: str) -> Outcome:
        """Send it."""
        try:
            return await network.send(self._site.world, "replies", "publish", lambda: self._site.land(prepared))
        except Withdrawn:
            raise
        except NoConnection as error:
            raise SourceUnavailable("It cannot be reached.") from error
        except Answered as error:
            if error.status == 429:
                raise SourceUnavailable("It asks us to wait.", error.retry_after) from error
            return Unclear(str(error))

    async def find_published(self, prepared: str) -> Found:
        """Look whether it stands there."""
        send_id = json.loads(prepared)["send_id"]

        def seen(until: float) -> Found:
            found = [one for one in self._site.replies if one.send_id == send_id and one.came <= until]
            return Published(found[0].external_id, found[0].url) if found else None

        found: Found = await self._ask(seen)
        return found

    async def _ask(self, seen: Any, heeds: Collection[str] = network.HURTS_READING | network.BLINDNESS) -> Any:
        try:
            return await network.look(self._site.world, "replies", seen, heeds)
        except NoConnection as error:
            raise SourceUnavailable("It cannot be reached.") from error
        except Answered as error:
            if error.status == 501:
                raise CannotLook("Nobody can look there.") from error
            raise SourceUnavailable(str(error), error.retry_after) from error


class PolledSite:
    """A source that is asked."""

    capabilities = Capabilities(polls=True, reply=REPLY)

    def __init__(self, config: SourceConfig[SiteOptions], tools: SourceTools) -> None:
        """Take the server."""
        del tools
        self._site = config.options.site
        self.replies = Answers(self._site)

    async def poll(self, checkpoint: str) -> Batch:
        """Ask for what is new."""
        try:
            batch: Batch = await network.look(
                self._site.world, "polls", lambda _until: self._site.page(checkpoint), POLLS
            )
        except NoConnection as error:
            raise SourceUnavailable("It cannot be reached.") from error
        except Answered as error:
            if error.status == 403:
                raise SourceRefused("It does not let us in.") from error
            raise SourceUnavailable(str(error), error.retry_after) from error
        await network.pass_by("after poll")
        return batch


class CallingSite:
    """A source that calls us."""

    capabilities = Capabilities(receives=True)
    replies = None

    def __init__(self, config: SourceConfig[SiteOptions], tools: SourceTools) -> None:
        """Take the server."""
        del tools
        self._site = config.options.site

    def receive(self, headers: Mapping[str, str], raw: bytes, now: datetime) -> Delivered[Event]:
        """Read a delivery: the names of posts."""
        del now
        return Delivered([self._site.posts[name] for name in json.loads(raw)], known_by=headers["id"])


POLLED = KindEntry(source=f"{__name__}:PolledSite", options=f"{__name__}:SiteOptions")
CALLING = KindEntry(source=f"{__name__}:CallingSite", options=f"{__name__}:SiteOptions", hook=True)
