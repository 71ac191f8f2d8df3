"""What is held, and what goes out in two steps, while processes die: before and after each commit, and in each send."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random

import pytest

from bot.outbox.publishing import Publishing
from bot.runtime.ids import Ids
from handlers.base.replying import Outcome
from storage.reply.publications import PublicationRow
from storage.tables.states import Action, DraftState, PublicationState, Status
from tests.fakes.replies import FakeReplies
from tests.harness.patience import HANG_SECONDS
from tests.harness.replying import PublishingInstallation
from tests.harness.scene import Scene
from tests.harness.talking import POINTS, UNDER_WAY, Dead, MortalDatabase, Point

HELD, PUBLISHED, FAILED = PublicationState.HELD, PublicationState.PUBLISHED, PublicationState.FAILED


@dataclass
class DeadlyReplies(FakeReplies):
    """A place at which the process that sends dies, before what it sent is taken or after."""

    dies: str = ""
    database: MortalDatabase | None = None

    async def publish(self, prepared: str) -> Outcome:
        """Take one reply, of a process that may not live to hear of it."""
        if self.dies == "arrived":
            self._die()
        outcome = await super().publish(prepared)
        if self.dies == "accepted":
            self._die()
        return outcome

    def _die(self) -> None:
        assert self.database is not None
        self.database.dead = True
        raise Dead


@dataclass
class Mortal(PublishingInstallation):
    """Ana's replies, published by one process after another."""

    source: DeadlyReplies = field(default_factory=DeadlyReplies)

    def live(self, row: PublicationRow, point: Point | None = None) -> None:
        """Let a process take the step that is due, or die of it; then time passes."""
        asyncio.run(self._live(self.look(row), point))
        self.scene.pass_time(minutes=61)

    async def _live(self, before: PublicationRow, point: Point | None) -> None:
        database = MortalDatabase(self.scene.database, point)
        self.source.database, self.source.dies = database, point.side if point else ""
        publishing = Publishing(
            database=database,
            sources={"blog": self.source},
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

    def lives(self, row: PublicationRow, deaths: Sequence[Point], goes_on: Callable[[PublicationRow], bool]) -> None:
        """Let processes die one after another, and one live, as long as a reply goes on."""
        for point in [*deaths, *[None] * 8]:
            if goes_on(self.look(row)):
                self.live(row, point)


@pytest.fixture
def desk(scene: Scene) -> Mortal:
    return Mortal(scene)


def held(desk: Mortal, deaths: Sequence[Point], after: Sequence[Point], *, rejected: bool) -> None:
    """Let a reply wait for moderators, who decide then, while processes die before and after."""
    desk.source.moderated = True
    row = desk.on_its_way()
    desk.lives(row, deaths, _is_under_way)
    assert (desk.state(row), len(desk.source.queue)) == (HELD, 1)
    desk.live(row)
    if rejected:
        desk.source.reject("Off topic.")
    else:
        desk.source.let_through()
    desk.lives(row, after, lambda now: now.state == HELD)
    assert desk.state(row) == (FAILED if rejected else PUBLISHED)
    _is_told(desk, row, rejected=rejected)
    assert desk.scene.log(desk.mention(row)).count(Action.IN_MODERATION) == 1


def staged(desk: Mortal, deaths: Sequence[Point], after: Sequence[Point]) -> None:
    """Let a reply go out in two steps, while processes die in the first of them and in the second."""
    desk.source.staged, desk.source.pause = True, 30
    row = desk.on_its_way()
    desk.lives(row, deaths, lambda now: "container" not in (now.prepared or ""))
    assert desk.source.standing == []
    desk.lives(row, after, _is_under_way)
    assert (desk.state(row), len(desk.source.standing)) == (PUBLISHED, 1)
    _is_told(desk, row, rejected=False)


def _is_under_way(row: PublicationRow) -> bool:
    return row.state in UNDER_WAY


def _is_told(desk: Mortal, row: PublicationRow, *, rejected: bool) -> None:
    """Hold that it was sent once, and that log, mention, draft and messages say what became of it, once."""
    mention, log = desk.mention(row), desk.scene.log(desk.mention(row))
    counted = [log.count(one) for one in (Action.RESPONDED, Action.NOT_PUBLISHED, Action.UNCLEAR)]
    assert counted == ([0, 1, 0] if rejected else [1, 0, 0])
    assert (mention.status == Status.RESPONDED, mention.first_response_at is None) == (not rejected, rejected)
    assert desk.draft_of(row).state == (DraftState.FAILED if rejected else DraftState.PUBLISHED)
    said = "was not published" if rejected else "is published"
    assert len([one for one in desk.told() if said in one]) == 1
    assert len(desk.source.standing) + len(desk.source.queue) == (not rejected)


@pytest.mark.parametrize("rejected", [False, True], ids=["let through", "rejected"])
@pytest.mark.parametrize("point", POINTS, ids=lambda point: point.name)
def test_what_is_held_is_sent_once_wherever_a_process_dies(desk: Mortal, point: Point, rejected: bool) -> None:
    held(desk, [point], [point], rejected=rejected)


@pytest.mark.parametrize("point", POINTS, ids=lambda point: point.name)
def test_what_goes_out_in_two_steps_is_public_once_wherever_a_process_dies(desk: Mortal, point: Point) -> None:
    staged(desk, [point], [point])


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(40))
def test_it_is_sent_once_however_many_processes_die(desk: Mortal, seed: int) -> None:
    random = Random(seed)
    deaths, after = (random.choices(POINTS, k=random.randint(0, 4)) for _ in range(2))
    if seed % 3:
        held(desk, deaths, after, rejected=seed % 3 == 1)
    else:
        staged(desk, deaths, after)
