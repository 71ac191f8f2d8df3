"""A talk on a service that is played here: the source of a real kind listens and answers, and dies where a test says.

What dies is the process, as its database and its service see it: from that moment on nothing is written, a lease is not
given back, and what it had in memory is gone: the next one has a source of its own.
"""

import asyncio
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from random import Random
from typing import Any, Literal, TypeVar

from bot.net.client import Fetcher
from bot.outbox.publishing import Publishing
from bot.runtime.async_database import AsyncDatabase
from bot.runtime.ids import Ids
from bot.settings.sources import read_sources
from bot.sources.base import SourceSettings
from bot.sources.kit.accounts import Accounts
from bot.sources.kit.sandbox import Isolation
from bot.sources.kit.seals import Seal
from bot.sources.kit.tools import SourceTools
from bot.sources.registry import build
from bot.toml.environment import Environment
from bot.toml.problems import Problems
from bot.toml.table import Table
from handlers.base.command import ByToken
from handlers.base.talk import Talk, read_talk
from handlers.reply.draft import DraftReply
from storage.engine.database import Database, Session
from storage.own import mentions
from storage.own.mentions import MentionRow
from storage.reply import publications
from storage.reply.publications import PublicationRow
from storage.tables.states import PublicationState
from tests.fakes.gate import Fault, Moment
from tests.fakes.sites.base import Site
from tests.fakes.sites.served import serve
from tests.harness.accounts import KEY
from tests.harness.installation import Installation
from tests.harness.patience import HANG_SECONDS
from tests.harness.scene import ORGANISATION, Scene

CHARTER = 'publish = ["anyone"]\nreview = "none"'
UNDER_WAY = (PublicationState.DUE, PublicationState.SENDING)

T = TypeVar("T")


@dataclass(frozen=True)
class Point:
    """Where a process dies, once: beside one of its transactions since it began, or at a moment of its request."""

    name: str
    side: Literal["before", "after", "arrived", "accepted"]
    number: int = 0


# A life that sends takes the reply, marks it, and settles it; one that looks takes it and settles it.
POINTS = (
    Point("leased", "after", 1),
    Point("before the mark, or what a look-up found is settled", "before", 2),
    Point("sending written, or settled by a look-up", "after", 2),
    Point("request on the wire", "arrived"),
    Point("accepted before the answer", "accepted"),
    Point("answered before settled", "before", 3),
    Point("settled", "after", 3),
)


class Dead(Exception):
    """The process is dead."""


class MortalDatabase(AsyncDatabase):
    """The database of a process that dies at a point."""

    def __init__(self, database: Database, point: Point | None) -> None:
        super().__init__(database)
        self._point, self._done, self.dead = point, 0, False

    async def tx(
        self, work: Callable[[Session], T], *, urgent: bool = False, source: str = "", behind: bool = False
    ) -> T:
        self._done += 1
        self._pass("before")
        answer = await super().tx(work, urgent=urgent, source=source, behind=behind)
        self._pass("after")
        return answer

    async def read(self, work: Callable[[Session], T]) -> T:
        self._pass("")
        return await super().read(work)

    def die(self) -> Fault:
        """Die while a request is under way; its connection is cut, whatever becomes of it there."""
        self.dead = True
        return Fault()

    def _pass(self, side: str) -> None:
        point = self._point
        self.dead = self.dead or (point is not None and (point.side, point.number) == (side, self._done))
        if self.dead:
            raise Dead


def settings_of(site: Site) -> SourceSettings:
    """Read the table of a site in dibs.toml."""
    problems = Problems()
    root = Table(problems, (), "", tomllib.loads(site.toml()))
    (found,) = read_sources(root, Environment(site.secrets(), problems))
    return found


@contextmanager
def talking(scene: Scene, name: str) -> Iterator["Talking"]:
    """Serve a site, on which somebody began to talk with us."""
    with serve([name], CHARTER) as sites:
        settings = settings_of(sites[name])
        scene.organisation = replace(ORGANISATION, sources=(replace(settings.rules, baseline=False),))
        scene.__post_init__()
        scene.person("Ana", "ana@acme.example")
        with asyncio.Runner() as runner:
            talk = Talking(scene, site=sites[name], settings=settings, runner=runner)
            talk.site.keep_time(talk.a_second_later)
            try:
                yield talk
            finally:
                talk.end()


@dataclass
class Talking(Installation):
    """Ana talks with somebody on a site."""

    site: Site
    settings: SourceSettings
    runner: asyncio.Runner
    checkpoint: str = ""

    def __post_init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        self._fetcher = Fetcher(self.clock)
        accounts = Accounts(AsyncDatabase(self.scene.database), Seal.of(KEY), self.clock, Ids())
        tools = SourceTools(fetcher=self._fetcher, isolation=Isolation(), clock=self.clock, accounts=accounts)
        self.source: Any = build(self.settings.config, tools)

    def end(self) -> None:
        """Close what the process has open."""
        self.runner.run(self._fetcher.aclose())

    def listen(self) -> None:
        """Let the source show what is new there."""
        more = True
        while more:
            batch = self.runner.run(self.source.poll(self.checkpoint))
            self.scene.ingest(*batch.events, source=self.site.name)
            self.checkpoint, more = batch.checkpoint, batch.more

    @property
    def mentions(self) -> list[MentionRow]:
        """All mentions that there are."""
        return self.read(lambda session: mentions.listed(session, mentions.Filter(), limit=20, newest=True))

    def a_second_later(self) -> datetime:
        """Return the moment of the scene, in which a second passes: nobody answers within the one in which we wrote."""
        self.scene.pass_time(seconds=1)
        return self.scene.now

    def talk(self, mention: MentionRow) -> Talk:
        """Return what was said."""
        return self.read(lambda session: read_talk(session, mention.id))

    def reply(self, mention: MentionRow, text: str) -> PublicationRow:
        """Let Ana write and send a reply, a minute after what she read; returns it on its way."""
        self.scene.pass_time(minutes=1)
        ana, reference = self.scene.who("UANA", "Ana"), ByToken(mention.token)
        said = self.scene.do(DraftReply(who=ana, reference=reference, text=text, then="publish"))
        assert "on its way" in said.text, said.text
        row = self.read(lambda session: publications.in_flight(session, mention.id))
        assert row is not None
        return row

    def look(self, row: PublicationRow) -> PublicationRow:
        """Return a publication as it stands."""
        return self.read(lambda session: publications.get(session, row.id))

    def live(self, row: PublicationRow, point: Point | None = None) -> bool:
        """Let the process take the next step of a reply; returns whether it died of it, and there is another one.

        Then time passes.
        """
        died = self.runner.run(self._live(self.look(row), point))
        if died:
            self.end()
            self._begin()
        self.scene.pass_time(minutes=20)
        return died

    async def _live(self, before: PublicationRow, point: Point | None) -> bool:
        database = MortalDatabase(self.scene.database, point)
        self.site.gate.hook = None
        if point is not None and point.side in ("arrived", "accepted"):
            moment: Moment = "arrived" if point.side == "arrived" else "accepted"
            self.site.gate.hook = (moment, database.die)
        publishing = Publishing(
            database=database,
            sources={self.site.name: self.source},
            organisation=self.scene.organisation,
            clock=self.clock,
            ids=Ids(Random(1)),
        )
        running = asyncio.create_task(publishing.run())
        deadline = asyncio.get_running_loop().time() + HANG_SECONDS
        while not database.dead and not self._moved(before):
            assert asyncio.get_running_loop().time() < deadline, self.look(before)
            publishing.ring()
            await asyncio.sleep(0.01)
        running.cancel()
        await publishing.stop(HANG_SECONDS)
        return database.dead

    def _moved(self, before: PublicationRow) -> bool:
        row = self.look(before)
        steps = [(one.state, one.next_at, one.attempts) for one in (row, before)]
        return row.lease is None and steps[0] != steps[1]

    def settle(self, row: PublicationRow) -> PublicationState:
        """Let the process take the steps that are due, until none is."""
        for _ in range(8):
            state = PublicationState(self.look(row).state)
            if state not in UNDER_WAY:
                return state
            self.live(row)
        raise AssertionError(self.look(row))
