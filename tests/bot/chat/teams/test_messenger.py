"""Delivery to Teams over HTTP, with a real database: what Teams refuses, and what becomes of it."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from random import Random
from typing import Any

import pytest
from sqlmodel import Session

from bot.chat.backend import Backend
from bot.chat.base import PlaceRefused, TryLater
from bot.chat.teams.messenger import TeamsMessenger
from bot.chat.teams.rooms import UNINSTALLED, Rooms
from bot.chat.teams.sdk.client import Wall
from bot.chat.teams.wire.activity import read_incoming
from bot.outbox.delivery import Delivery
from bot.runtime.async_database import AsyncDatabase
from bot.runtime.clock import Clock
from bot.runtime.ids import Ids
from handlers.base.cards import Notice
from handlers.base.events import Author
from handlers.base.stored import to_json
from handlers.own.claim import ClaimMention
from storage.channels import lanes, messages
from storage.channels.messages import MessageRow
from storage.engine.database import Database
from storage.own.mentions import MentionRow
from storage.tables.states import MessageKind
from tests.bot.chat.teams.installation import FINANCE, TEAM, organisation, words
from tests.fakes.teams.activities import Room
from tests.fakes.teams.connector import Standing
from tests.fakes.teams.server import FakeTeams
from tests.harness.installation import Installation
from tests.harness.patience import HANG_SECONDS
from tests.harness.scene import Scene, at

KIM = Author(name="Kim", external_id="kim", avatar="https://pictures.example/kim.png")


@dataclass
class TeamsDeliveryInstallation(Installation):
    """Delivery with nothing but Teams to deliver to, and a clock that a test can push."""

    teams: FakeTeams
    finance: Room
    support: Room
    delivery: Delivery = field(init=False)
    messenger: TeamsMessenger = field(init=False)
    rooms: Rooms = field(init=False)

    async def until(self, holds: Callable[[], object]) -> None:
        """Let delivery work until something holds."""
        async with asyncio.timeout(HANG_SECONDS):
            while not holds():
                self.delivery.ring()
                await asyncio.sleep(0.01)

    async def quiet(self, seconds: float = 0.3) -> None:
        """Let delivery work for a moment in which nothing is to happen."""
        self.delivery.ring()
        await asyncio.sleep(seconds)

    async def all_shown(self) -> None:
        """Let delivery work until nothing waits in any lane."""
        await self.until(lambda: not self.scene.database.read(messages.backlogs))

    async def through(self, seconds: float, times: int = 200) -> None:
        """Let time pass in steps until nothing waits in any lane."""
        for _ in range(times):
            await self.quiet(0.1)
            if not self.scene.database.read(messages.backlogs):
                return
            self.wait(seconds=seconds)
        await self.all_shown()

    async def arrive(self, text: str = "Where is my refund?", **fields: object) -> MentionRow:
        """Let a mention arrive."""
        return await asyncio.to_thread(partial(self.scene.arrive, text, **fields))

    async def claim(self, row: MentionRow) -> None:
        """Let Ana claim a mention."""
        ana = await asyncio.to_thread(self.scene.person, "Ana")
        await asyncio.to_thread(self.scene.do, ClaimMention(who=ana, reference=at(row)))

    def cards(self, row: MentionRow, room: Room | None = None) -> list[Standing]:
        """Return the cards of a mention that stand in a channel."""
        return [one for one in self.teams.messages(room or self.finance) if f"#{row.token}" in words(one)]

    def message(self, row: MentionRow, channel: str = FINANCE) -> MessageRow:
        """Return what we know of the card of a mention."""
        found = self.scene.database.read(lambda session: messages.by_key(session, f"card:{row.id}:{channel}"))
        assert found is not None
        return found

    def parked(self, channel: str = FINANCE) -> bool:
        """Say whether the lane of a channel is parked."""
        return ("", channel) in self.scene.database.read(lambda session: messages.parked_channels(session, "teams"))


@asynccontextmanager
async def opened(
    database: Database, *, install: bool = True, **options: Any
) -> AsyncIterator[TeamsDeliveryInstallation]:
    """Open a bureau; ``options`` are those of the fake Teams."""
    async with FakeTeams(**options) as teams:
        support = teams.channel(TEAM)
        finance = replace(teams.channel(FINANCE), team=TEAM)
        scene = await asyncio.to_thread(Scene, database, organisation())
        bureau = TeamsDeliveryInstallation(scene, teams, finance, support)
        asynchronous = AsyncDatabase(database)
        office = Backend(database=asynchronous, dispatcher=scene.dispatcher, clock=bureau.clock, ids=Ids())

        async def hear(_incoming: object) -> None:
            return None

        wall = Wall(teams.settings(), hear, Clock())
        bureau.rooms = Rooms(office, wall, teams.settings())
        bureau.messenger = TeamsMessenger(
            wall,
            bureau.rooms,
            teams.settings(),
            Clock(monotonic=lambda: time.monotonic() + bureau.ahead.total_seconds()),
        )
        bureau.delivery = Delivery(
            database=asynchronous,
            messengers=[bureau.messenger],
            organisation=scene.organisation,
            clock=bureau.clock,
            ids=Ids(Random(1)),
        )
        if install:
            await bureau.rooms.hear(read_incoming(teams.build.install(teams.ana, support)))
        running = asyncio.create_task(bureau.delivery.run())
        try:
            yield bureau
        finally:
            await bureau.delivery.stop(0.2)
            await running
            await wall.close()


def run(database: Database, test: Callable[[TeamsDeliveryInstallation], Awaitable[None]], **options: Any) -> None:
    """Run a test in a bureau."""

    async def inside() -> None:
        async with opened(database, **options) as bureau:
            await test(bureau)

    asyncio.run(inside())


def test_a_card_is_a_thread_of_its_own_whose_id_is_kept(database: Database) -> None:
    async def test(bureau: TeamsDeliveryInstallation) -> None:
        row = await bureau.arrive()
        await bureau.all_shown()
        (card,) = bureau.cards(row)
        assert (card.thread, card.id) == ("", bureau.message(row).reference)
        assert f"#{row.token}" in card.activity["summary"]
        assert bureau.scene.look(row).carded_at is not None

    run(database, test)


def test_what_somebody_did_changes_the_card_that_stands(database: Database) -> None:
    async def test(bureau: TeamsDeliveryInstallation) -> None:
        row = await bureau.arrive()
        await bureau.all_shown()
        await bureau.claim(row)
        await bureau.all_shown()
        (card,) = bureau.cards(row)
        assert "Ana has it." in words(card)
        assert card.edits == 1

    run(database, test)


def test_what_is_for_one_person_stands_in_their_chat_which_is_opened_once(database: Database) -> None:
    async def test(bureau: TeamsDeliveryInstallation) -> None:
        for number in range(2):
            await asyncio.to_thread(_put_direct, bureau, number)
        await bureau.all_shown()
        chat = bureau.teams.memory.rooms[f"a:{bureau.teams.ana.id}"]
        assert [words(one).strip() for one in chat.messages.values()] == ["Hello 0", "Hello 1"]
        assert bureau.teams.count("POST conversations") == 1

    run(database, test)


def _put_direct(bureau: TeamsDeliveryInstallation, number: int) -> None:
    body = to_json(Notice(title=f"Hello {number}", text=f"Hello {number}"))

    def put(session: Session) -> None:
        lane = messages.lane_id(session, "teams", f"@{bureau.teams.ana.aad}")
        kind = MessageKind.NOTICE
        messages.put(session, key=f"hello:{number}", lane_id=lane, kind=kind, body=body, now=bureau.clock.now())

    bureau.scene.database.write(put)


@pytest.mark.parametrize("status", [412, 429, 502, 504])
def test_what_teams_asks_to_send_later_is_sent_later_until_exactly_one_stands(database: Database, status: int) -> None:
    async def test(bureau: TeamsDeliveryInstallation) -> None:
        bureau.teams.fault("POST activities", status=status, times=4)
        row = await bureau.arrive()
        await bureau.through(61)
        assert len(bureau.cards(row)) == 1
        assert bureau.teams.count("POST activities") == 5

    run(database, test)


def test_a_429_that_names_no_time_is_tried_less_and_less_often(database: Database) -> None:
    async def test(bureau: TeamsDeliveryInstallation) -> None:
        bureau.teams.fault("POST activities", status=429, times=100)
        await bureau.arrive()
        for _ in range(15):
            await bureau.quiet(0.2)
            bureau.wait(seconds=1.1)
        assert 4 <= bureau.teams.count("POST activities") <= 8
        bureau.teams.faults.clear()
        await bureau.through(61)

    run(database, test)


def test_nothing_is_said_in_a_channel_before_the_time_that_teams_asks_for_is_over(database: Database) -> None:
    async def test(bureau: TeamsDeliveryInstallation) -> None:
        first, second = await bureau.arrive(), await bureau.arrive()
        await bureau.all_shown()
        bureau.teams.fault("PUT activities", status=429, retry_after=30)
        await bureau.claim(first)
        await bureau.claim(second)
        third = await bureau.arrive()
        await bureau.until(lambda: bureau.teams.count("PUT activities"))
        await bureau.quiet()
        bureau.wait(seconds=28)
        await bureau.quiet()
        assert (bureau.teams.count("PUT activities"), bureau.teams.count("POST activities")) == (1, 2)
        bureau.wait(seconds=3)
        await bureau.through(31)
        assert (bureau.teams.count("PUT activities"), bureau.teams.count("POST activities")) == (3, 3)
        assert len(bureau.cards(third)) == 1

    run(database, test)


@pytest.mark.parametrize("refusal", ["BotNotInConversationRoster", "MessageWritesBlocked", "ConversationNotFound"])
def test_a_channel_that_refuses_is_parked_until_it_takes_messages_again(database: Database, refusal: str) -> None:
    async def test(bureau: TeamsDeliveryInstallation) -> None:
        memory = bureau.teams.memory
        taken = memory.rooms.pop(FINANCE)
        if refusal != "ConversationNotFound":
            memory.rooms[FINANCE] = replace(taken, blocked=refusal)
        row = await bureau.arrive()
        await bureau.until(lambda: bureau.cards(row, bureau.support))
        assert bureau.parked()
        bureau.wait(minutes=3)
        await bureau.quiet()
        assert bureau.parked()
        assert bureau.teams.count("GET members") >= 1
        memory.rooms[FINANCE] = taken
        bureau.wait(minutes=3)
        await bureau.until(lambda: not bureau.parked())
        await bureau.all_shown()
        (card,), (moved,) = bureau.cards(row), bureau.cards(row, bureau.support)
        assert "New." in words(card)
        assert "Moved to" in words(moved)

    run(database, test)


@pytest.mark.parametrize("times", [1, 2, 3])
def test_a_channel_that_worked_and_is_not_found_for_a_moment_is_tried_again(database: Database, times: int) -> None:
    async def test(bureau: TeamsDeliveryInstallation) -> None:
        row = await bureau.arrive()
        await bureau.all_shown()
        bureau.teams.fault("PUT activities", status=404, code="ConversationNotFound", times=times)
        await bureau.claim(row)
        for number in range(times):
            await bureau.until(lambda: bureau.teams.count("PUT activities") == number + 1)  # noqa: B023
            await bureau.quiet()
            bureau.wait(seconds=16)
        await bureau.all_shown()
        (card,) = bureau.cards(row)
        assert "has it" in words(card)
        bureau.teams.fault("POST activities", status=404, code="ConversationNotFound")
        other = await bureau.arrive()
        await bureau.until(lambda: bureau.teams.count("POST activities") == 2)
        await bureau.quiet()
        bureau.wait(seconds=16)
        await bureau.all_shown()
        assert len(bureau.cards(other)) == 1
        assert not bureau.parked()
        assert bureau.cards(row, bureau.support) == bureau.cards(other, bureau.support) == []

    run(database, test)


def test_a_channel_that_stays_away_is_parked_after_a_few_tries(database: Database) -> None:
    async def test(bureau: TeamsDeliveryInstallation) -> None:
        row = await bureau.arrive()
        await bureau.all_shown()
        del bureau.teams.memory.rooms[FINANCE]
        await bureau.claim(row)
        for number in range(4):
            await bureau.until(lambda: bureau.teams.count("PUT activities") == number + 1)  # noqa: B023
            await bureau.quiet()
            bureau.wait(seconds=16)
        await bureau.until(bureau.parked)
        await bureau.until(lambda: bureau.cards(row, bureau.support))

    run(database, test)


@pytest.mark.parametrize(("status", "code"), [(413, "MessageSizeTooBig"), (400, "BadSyntax")])
def test_a_card_that_is_refused_is_sent_once_as_plain_text(database: Database, status: int, code: str) -> None:
    async def test(bureau: TeamsDeliveryInstallation) -> None:
        bureau.teams.fault("POST activities", status=status, code=code)
        row = await bureau.arrive()
        await bureau.all_shown()
        (card,) = bureau.cards(row)
        assert "attachments" not in card.activity
        assert card.activity["textFormat"] == "plain"

    run(database, test)


def test_a_card_that_is_refused_with_its_pictures_is_sent_at_once_without_them(database: Database) -> None:
    async def test(bureau: TeamsDeliveryInstallation) -> None:
        bureau.teams.fault("POST activities", status=400, code="BadSyntax")
        bureau.teams.fault("PUT activities", status=400, code="BadSyntax", times=2)
        row = await bureau.arrive(author=KIM)
        await bureau.all_shown()
        (card,) = bureau.cards(row)
        assert KIM.avatar not in str(card.activity)
        assert "attachments" in card.activity
        assert bureau.teams.count("POST activities") == 2
        await bureau.claim(row)
        await bureau.all_shown()
        (card,) = bureau.cards(row)
        assert card.activity["textFormat"] == "plain"
        assert bureau.teams.count("PUT activities") == 3

    run(database, test)


def test_a_message_that_is_refused_as_plain_text_too_is_parked_alone(database: Database) -> None:
    async def test(bureau: TeamsDeliveryInstallation) -> None:
        bureau.teams.fault("POST activities", status=413, times=2)
        bad, good = await bureau.arrive(), await bureau.arrive()
        await bureau.until(lambda: bureau.cards(good))
        await bureau.all_shown()
        assert (bureau.message(bad).state, bureau.message(good).state) == ("parked", "shown")
        assert bureau.teams.count("POST activities") == 3
        assert not bureau.parked()

    run(database, test)


def test_a_card_that_was_deleted_is_posted_anew_once(database: Database) -> None:
    async def test(bureau: TeamsDeliveryInstallation) -> None:
        row = await bureau.arrive()
        await bureau.all_shown()
        bureau.teams.memory.rooms[FINANCE].messages.clear()
        await bureau.claim(row)
        await bureau.all_shown()
        (card,) = bureau.cards(row)
        assert "Ana has it." in words(card)
        assert card.id == bureau.message(row).reference

    run(database, test)


@pytest.mark.parametrize(
    "fault",
    [{"status": 500}, {"status": 503}, {"cut": True}, pytest.param({"hang": 10.5}, marks=pytest.mark.slow)],
    ids=str,
)
@pytest.mark.parametrize("accepted", [True, False])
def test_what_may_have_been_shown_is_sent_again_and_stands_twice_at_most(
    database: Database, fault: dict[str, Any], accepted: bool
) -> None:
    async def test(bureau: TeamsDeliveryInstallation) -> None:
        bureau.teams.fault("POST activities", accepted=accepted, **fault)
        row, after = await bureau.arrive(), await bureau.arrive()
        await bureau.quiet(fault.get("hang", 0.0))
        await bureau.through(6)
        standing = [one.id for one in bureau.cards(row)]
        assert len(standing) == 1 + accepted
        assert bureau.message(row).reference == standing[-1]
        assert len(bureau.cards(after)) == 1
        assert bureau.teams.count("POST activities") == 3

    run(database, test)


def test_what_a_killed_process_left_unclear_is_sent_again_without_asking_teams(database: Database) -> None:
    async def test(bureau: TeamsDeliveryInstallation) -> None:
        await bureau.delivery.stop()
        row = await bureau.arrive()
        await asyncio.to_thread(_leave_sending, bureau, row)
        bureau.delivery.worker.stopping = False
        running = asyncio.create_task(bureau.delivery.run())
        await bureau.quiet()
        assert bureau.cards(row) == []
        bureau.wait(seconds=9)
        await bureau.all_shown()
        assert len(bureau.cards(row)) == 1
        assert {one.what for one in bureau.teams.asked if one.what.startswith("GET")} == set()
        assert await bureau.messenger.find(FINANCE, ["any"], bureau.clock.now()) == {}
        await bureau.delivery.stop()
        await running

    run(database, test)


def _leave_sending(bureau: TeamsDeliveryInstallation, row: MentionRow) -> None:
    message = bureau.message(row)
    bureau.scene.database.write(lambda session: lanes.mark_sending(session, [message.id], bureau.clock.now()))


def test_two_channels_never_wait_for_each_other(database: Database) -> None:
    async def test(bureau: TeamsDeliveryInstallation) -> None:
        bureau.teams.fault("POST activities", hang=60)
        slow = await bureau.arrive()
        await bureau.until(lambda: bureau.teams.count("POST activities") == 1)
        quick = await bureau.arrive("Hello, nobody knows where this belongs.")
        await bureau.until(lambda: bureau.cards(quick, bureau.support))
        assert bureau.cards(slow) == []

    run(database, test)


def test_a_burst_keeps_teams_pace_and_what_people_did_shows_before_new_posts(database: Database) -> None:
    async def test(bureau: TeamsDeliveryInstallation) -> None:
        first = await bureau.arrive()
        await bureau.all_shown()
        rows = [await bureau.arrive() for _ in range(11)]
        await bureau.until(lambda: len(bureau.teams.messages(bureau.finance)) >= 7)
        await bureau.claim(first)
        await bureau.until(lambda: bureau.teams.count("PUT activities"))
        assert len(bureau.teams.messages(bureau.finance)) < 12
        await bureau.all_shown()
        assert all(len(bureau.cards(row)) == 1 for row in rows)
        # A request too fast would have been refused with 429 and asked again.
        assert (bureau.teams.count("POST activities"), bureau.teams.count("PUT activities")) == (12, 1)

    run(database, test)


def test_nothing_goes_out_before_teams_has_told_where_it_is_and_everything_after(database: Database) -> None:
    async def test(bureau: TeamsDeliveryInstallation) -> None:
        row = await bureau.arrive()
        await bureau.quiet()
        with pytest.raises(TryLater):
            await bureau.messenger.probe(FINANCE)
        assert bureau.teams.asked == []
        await bureau.rooms.hear(read_incoming(bureau.teams.build.install(bureau.teams.ana, bureau.support)))
        await bureau.through(61)
        assert len(bureau.cards(row)) == 1

    run(database, test, install=False)


def test_a_place_is_probed_without_a_word_in_it(database: Database) -> None:
    async def test(bureau: TeamsDeliveryInstallation) -> None:
        await bureau.messenger.probe(FINANCE)
        await bureau.messenger.probe(f"@{bureau.teams.ana.aad}")
        bureau.teams.fault("GET members", status=500)
        with pytest.raises(TryLater):
            await bureau.messenger.probe(FINANCE)
        bureau.teams.memory.rooms[FINANCE].blocked = "BotNotInConversationRoster"
        with pytest.raises(PlaceRefused):
            await bureau.messenger.probe(FINANCE)
        asked = bureau.teams.count("GET members")
        await bureau.rooms.hear(read_incoming(bureau.teams.build.install(bureau.teams.ana, bureau.support, "remove")))
        with pytest.raises(PlaceRefused, match=UNINSTALLED):
            await bureau.messenger.probe(TEAM)
        assert bureau.teams.count("GET members") == asked
        assert bureau.teams.messages(bureau.finance) == []

    run(database, test)
