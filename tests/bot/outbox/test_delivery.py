"""Delivery: every channel shows what its messages say, exactly once, whatever fails."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

import pytest
from sqlmodel import Session

from bot.chat.base import (
    Content,
    ContentRefused,
    DeliveryFailed,
    MessageGone,
    Pace,
    PlaceRefused,
    PlatformRefused,
    TryLater,
    Unclear,
)
from bot.outbox.delivery import Delivery
from bot.runtime.async_database import AsyncDatabase
from bot.runtime.ids import Ids
from handlers.base.cards import Notice
from handlers.base.stored import to_json
from handlers.own.claim import ClaimMention
from handlers.own.hand_off import HandOffMention
from storage.channels import lanes, messages
from storage.tables.states import MessageKind, Via
from storage.work import incidents
from tests.fakes.messenger import FakeMessenger
from tests.harness.installation import Installation
from tests.harness.patience import HANG_SECONDS
from tests.harness.scene import Scene, at


@dataclass
class DeliveryInstallation(Installation):
    """A delivery that works until nothing is left to do, with a clock that a test can push."""

    messenger: FakeMessenger = field(default_factory=FakeMessenger)

    def work(self, until: Callable[[], bool] | None = None, seconds: float = HANG_SECONDS) -> None:
        """Let delivery work until ``until`` holds (or all is shown)."""

        async def main() -> None:
            delivery = Delivery(
                database=AsyncDatabase(self.scene.database),
                messengers=[self.messenger],
                organisation=self.scene.organisation,
                clock=self.clock,
                ids=Ids(Random(1)),
            )
            running = asyncio.create_task(delivery.run())
            deadline = asyncio.get_running_loop().time() + seconds
            try:
                while not (until or self.all_shown)():
                    assert asyncio.get_running_loop().time() < deadline, self.messenger.sends
                    delivery.ring()
                    await asyncio.sleep(0.01)
            finally:
                await delivery.stop()
                await running

        asyncio.run(main())

    def all_shown(self) -> bool:
        """Nothing waits in any lane."""
        return not self.scene.database.read(messages.backlogs)

    def standing(self, channel: str = "C-FINANCE") -> Counter[str]:
        """Count the messages in a channel by key."""
        return Counter(one.key for one in self.messenger.channels.get(channel, []))


@pytest.fixture
def delivered(scene: Scene) -> DeliveryInstallation:
    return DeliveryInstallation(scene)


def test_a_mention_gets_one_card_in_its_home(delivered: DeliveryInstallation) -> None:
    mention = delivered.scene.arrive()
    delivered.work()
    (card,) = delivered.messenger.cards("C-FINANCE")
    assert card.token == mention.token
    assert delivered.scene.look(mention).carded_at is not None
    assert not delivered.messenger.cards("C-SUPPORT")


def test_ten_changes_become_one_update(delivered: DeliveryInstallation) -> None:
    mention = delivered.scene.arrive()
    delivered.work()
    for _ in range(10):
        delivered.scene.database.write(lambda session: messages.touch(session, mention.id, by_person=True))
    delivered.work()
    assert delivered.messenger.sends.count(f"update card:{mention.id}:C-FINANCE") == 1


@pytest.mark.parametrize("shown", [True, False])
def test_an_unclear_post_is_looked_up_before_it_is_sent_again(delivered: DeliveryInstallation, shown: bool) -> None:
    mention = delivered.scene.arrive()
    delivered.messenger.failures.append((Unclear("a time-out", 5), shown))
    delivered.work(until=lambda: len(delivered.messenger.sends) == 1)
    delivered.wait(seconds=9)
    delivered.work()
    key = f"card:{mention.id}:C-FINANCE"
    assert delivered.standing() == {key: 1}
    again = [] if shown else [f"post {key}"]
    assert delivered.messenger.sends == [f"post {key}", "find", *again]


def test_nothing_is_looked_up_sooner_than_five_seconds_after_it_was_sent(delivered: DeliveryInstallation) -> None:
    mention = delivered.scene.arrive()
    _leave_sending(delivered, mention.id)
    with pytest.raises(AssertionError):
        delivered.work(seconds=0.3)
    assert delivered.messenger.sends == []
    delivered.wait(seconds=9)
    delivered.work()
    assert delivered.messenger.sends[0] == "find"


def _leave_sending(delivered: DeliveryInstallation, mention_id: int) -> None:
    """Leave a message as a killed process would: marked as sending, its lane free."""

    def work(session: Session) -> None:
        row = messages.by_key(session, f"card:{mention_id}:C-FINANCE")
        assert row is not None
        lanes.mark_sending(session, [row.id], delivered.clock.now())

    delivered.scene.database.write(work)


def test_a_look_up_that_fails_changes_nothing_and_one_that_is_refused_parks_the_lane(
    delivered: DeliveryInstallation,
) -> None:
    mention = delivered.scene.arrive()
    _leave_sending(delivered, mention.id)
    delivered.wait(seconds=9)
    delivered.messenger.blind = TryLater("it does not answer", 1)
    delivered.work(until=lambda: "find" in delivered.messenger.sends)
    assert not delivered.messenger.channels
    delivered.messenger.blind = PlaceRefused("missing_scope")
    delivered.wait(seconds=9)
    delivered.work(until=lambda: _is_parked(delivered, "C-FINANCE"))
    assert not delivered.messenger.cards("C-FINANCE")


def _is_parked(delivered: DeliveryInstallation, channel: str) -> bool:
    lane = delivered.scene.database.read(lambda session: messages.lane_of(session, "slack", channel))
    return lane is not None and lane.state == "parked"


def test_a_lane_that_is_told_to_wait_posts_nothing_new_but_shows_what_people_did(
    delivered: DeliveryInstallation,
) -> None:
    ana = delivered.scene.person("Ana")
    first = delivered.scene.arrive()
    delivered.work()
    second = delivered.scene.arrive()
    delivered.messenger.failures.append((TryLater("ratelimited", 30), False))
    delivered.work(until=lambda: len(delivered.messenger.sends) == 2)
    delivered.scene.do(ClaimMention(who=ana, reference=at(first), via=Via.BUTTON))
    update = f"update card:{first.id}:C-FINANCE"
    delivered.work(until=lambda: update in delivered.messenger.sends)
    assert f"card:{second.id}:C-FINANCE" not in delivered.standing()
    delivered.wait(seconds=31)
    delivered.work()
    assert delivered.standing()[f"card:{second.id}:C-FINANCE"] == 1


def _reply_below(delivered: DeliveryInstallation, above: str) -> None:
    def work(session: Session) -> None:
        lane = messages.lane_id(session, "slack", "C-FINANCE")
        body = to_json(Notice(title="Read it", text="Read it"))
        now = delivered.scene.now
        messages.put(session, key="reply", lane_id=lane, kind=MessageKind.NOTICE, body=body, below=above, now=now)

    delivered.scene.database.write(work)


def test_a_reply_waits_for_what_it_is_a_reply_to_and_stands_in_its_thread(delivered: DeliveryInstallation) -> None:
    mention = delivered.scene.arrive()
    card = f"card:{mention.id}:C-FINANCE"
    _reply_below(delivered, card)  # the newest of a lane goes first, so it would stand before the card
    delivered.work()
    standing = delivered.messenger.channels["C-FINANCE"]
    assert [one.key for one in standing] == [card, "reply"]
    assert [one.thread for one in standing] == ["", standing[0].reference]


@pytest.mark.parametrize("above", ["parked", "not there"])
def test_a_reply_to_what_never_stands_stands_by_itself(delivered: DeliveryInstallation, above: str) -> None:
    mention = delivered.scene.arrive()
    if above == "parked":
        refused = ContentRefused("invalid_blocks")
        delivered.messenger.failures.extend([(refused, False), (refused, False)])
        delivered.work()
    _reply_below(delivered, f"card:{mention.id if above == 'parked' else 0}:C-FINANCE")
    delivered.work()
    standing = {one.key: one.thread for one in delivered.messenger.channels["C-FINANCE"]}
    assert standing["reply"] == ""


class SlowMessenger(FakeMessenger):
    """One whose answers take a moment, so that several are under way at once."""

    async def post(
        self, channel: str, content: Content, key: str, version: int, *, plain: bool, thread: str = ""
    ) -> str:
        """Post a message."""
        try:
            return await super().post(channel, content, key, version, plain=plain, thread=thread)
        finally:
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("in_flight", [1, 4])
def test_after_a_429_was_read_nothing_more_is_sent_before_its_moment(
    delivered: DeliveryInstallation, in_flight: int
) -> None:
    delivered.messenger = SlowMessenger(pace=Pace(in_flight=in_flight))
    for _ in range(40):
        delivered.scene.arrive()
    delivered.messenger.failures.append((TryLater("ratelimited", 30), False))

    def rests() -> bool:
        lane = delivered.scene.database.read(lambda session: messages.lane_of(session, "slack", "C-FINANCE"))
        return lane is not None and lane.next_at is not None

    delivered.work(until=rests)
    assert len(delivered.messenger.sends) <= in_flight
    delivered.wait(seconds=29)
    with pytest.raises(AssertionError):
        delivered.work(until=lambda: len(delivered.messenger.sends) > in_flight, seconds=0.3)
    delivered.wait(seconds=2)
    delivered.work()
    assert set(delivered.standing().values()) == {1}


@pytest.mark.parametrize("failure", [TryLater("ratelimited", 1), Unclear("500")])
def test_five_failures_in_a_row_lose_nothing_and_double_nothing(
    delivered: DeliveryInstallation, failure: DeliveryFailed
) -> None:
    tokens = {delivered.scene.arrive().token for _ in range(20)}
    delivered.messenger.failures.extend([(failure, isinstance(failure, Unclear))] * 5)
    while delivered.messenger.failures:
        left = len(delivered.messenger.failures)
        delivered.wait(seconds=61)
        delivered.work(until=lambda left=left: len(delivered.messenger.failures) < left)  # type: ignore[misc]
    delivered.wait(seconds=61)
    delivered.work()
    assert {card.token for card in delivered.messenger.cards("C-FINANCE")} == tokens
    assert set(delivered.standing().values()) == {1}


def test_a_message_that_is_refused_is_tried_once_as_plain_text_and_then_parked_alone(
    delivered: DeliveryInstallation,
) -> None:
    bad, good = delivered.scene.arrive(), delivered.scene.arrive()
    refusal = (ContentRefused("invalid_blocks"), False)
    delivered.messenger.pace = Pace(batch=1)
    delivered.messenger.failures.extend([refusal, refusal])
    delivered.work()
    assert [card.token for card in delivered.messenger.cards("C-FINANCE")] == [good.token]
    assert delivered.messenger.sends.count(f"post card:{bad.id}:C-FINANCE") == 2


def test_a_card_that_was_deleted_is_posted_anew_once(delivered: DeliveryInstallation) -> None:
    ana = delivered.scene.person("Ana")
    mention = delivered.scene.arrive()
    delivered.work()
    delivered.messenger.channels["C-FINANCE"].clear()
    delivered.scene.do(ClaimMention(who=ana, reference=at(mention)))
    delivered.work()
    (card,) = delivered.messenger.cards("C-FINANCE")
    assert card.state == "Ana has it."


def test_an_update_that_cannot_be_made_any_more_is_posted_anew(delivered: DeliveryInstallation) -> None:
    ana = delivered.scene.person("Ana")
    mention = delivered.scene.arrive()
    delivered.work()
    delivered.scene.do(ClaimMention(who=ana, reference=at(mention)))
    delivered.messenger.failures.append((MessageGone("edit_window_closed"), False))
    delivered.work()
    assert len(delivered.messenger.cards("C-FINANCE")) == 2


def test_a_dead_channel_is_parked_its_cards_stand_in_the_fallback_home_and_the_admins_hear_of_it_once(
    delivered: DeliveryInstallation,
) -> None:
    delivered.scene.person("Ana", "ana@acme.example")
    delivered.messenger.dead["C-FINANCE"] = PlaceRefused("is_archived")
    mention, later = delivered.scene.arrive(), delivered.scene.arrive()
    delivered.work(until=lambda: len(delivered.messenger.cards("C-SUPPORT")) == 2)
    third = delivered.scene.arrive()
    delivered.work(until=lambda: len(delivered.messenger.cards("C-SUPPORT")) == 3)
    delivered.work(until=lambda: "@UANA" in delivered.messenger.channels)
    cards = delivered.messenger.cards("C-SUPPORT")
    assert {card.token for card in cards} == {mention.token, later.token, third.token}
    assert all("cannot be reached" in card.mark and card.buttons for card in cards)
    assert len(delivered.messenger.channels["@UANA"]) == 1
    (incident,) = delivered.scene.database.read(incidents.all_of)
    assert incident.subject == incidents.lane("slack", "", "C-FINANCE")


def test_a_channel_that_works_again_gets_its_cards_back(delivered: DeliveryInstallation) -> None:
    delivered.messenger.dead["C-FINANCE"] = PlaceRefused("is_archived")
    mention = delivered.scene.arrive()
    delivered.work(until=lambda: bool(delivered.messenger.cards("C-SUPPORT")))
    delivered.messenger.dead.clear()
    delivered.wait(minutes=3)
    delivered.work()
    assert [card.token for card in delivered.messenger.cards("C-FINANCE")] == [mention.token]
    (moved,) = delivered.messenger.cards("C-SUPPORT")
    assert moved.moved
    assert not moved.buttons
    assert not delivered.scene.database.read(incidents.all_of)


def test_a_platform_that_refuses_us_stops_nothing_for_good(delivered: DeliveryInstallation) -> None:
    mention = delivered.scene.arrive()
    delivered.messenger.failures.append((PlatformRefused("token_revoked"), False))
    delivered.work(until=lambda: bool(delivered.scene.database.read(incidents.all_of)))
    delivered.wait(minutes=2)
    delivered.work()
    assert [card.token for card in delivered.messenger.cards("C-FINANCE")] == [mention.token]
    assert not delivered.scene.database.read(incidents.all_of)


def test_a_platform_that_refuses_us_is_left_alone_for_a_while_whatever_waits(delivered: DeliveryInstallation) -> None:
    for number in range(5):
        delivered.scene.arrive(f"Where is my refund {number}?")
    delivered.messenger.pace = Pace(batch=1)
    delivered.messenger.failures += [(PlatformRefused("token_revoked"), False)] * 5
    refused: list[float] = []

    def a_moment_later() -> bool:
        if len(delivered.messenger.failures) < 5:
            refused.append(time.monotonic())
        return bool(refused) and refused[-1] - refused[0] > 0.5

    delivered.work(until=a_moment_later)
    assert len(delivered.messenger.failures) == 4
    delivered.messenger.failures.clear()
    delivered.wait(minutes=2)
    delivered.work()
    assert len(delivered.messenger.cards("C-FINANCE")) == 5


def test_a_mention_that_moved_stands_in_its_new_home_and_says_so_in_the_old_one(
    delivered: DeliveryInstallation,
) -> None:
    ana = delivered.scene.person("Ana")
    mention = delivered.scene.arrive()
    delivered.work()
    delivered.scene.do(HandOffMention(who=ana, reference=at(mention), department="support"))
    delivered.work()
    (old,) = delivered.messenger.cards("C-FINANCE")
    (new,) = delivered.messenger.cards("C-SUPPORT")
    assert old.state == "Moved to Customer support (#support-social)."
    assert not old.buttons
    assert new.buttons


def test_lanes_never_wait_for_each_other(delivered: DeliveryInstallation) -> None:
    delivered.scene.arrive()
    slow = delivered.scene.arrive("hello, nobody knows where this belongs")
    delivered.messenger.dead["C-FINANCE"] = TryLater("slow", 60)
    delivered.work(until=lambda: len(delivered.messenger.cards("C-SUPPORT")) == 1)
    assert delivered.messenger.cards("C-SUPPORT")[0].token == slow.token


@pytest.mark.race
def test_two_deliveries_on_one_database_show_everything_once(delivered: DeliveryInstallation) -> None:
    tokens = {delivered.scene.arrive().token for _ in range(60)}

    async def main() -> None:
        both = [
            Delivery(
                database=AsyncDatabase(delivered.scene.database),
                messengers=[delivered.messenger],
                organisation=delivered.scene.organisation,
                clock=delivered.clock,
                ids=Ids(Random(1)),
            )
            for _ in range(2)
        ]
        running = [asyncio.create_task(one.run()) for one in both]
        while not delivered.all_shown():
            await asyncio.sleep(0.01)
        for one in both:
            await one.stop()
        await asyncio.gather(*running)

    asyncio.run(asyncio.wait_for(main(), HANG_SECONDS))
    assert {card.token for card in delivered.messenger.cards("C-FINANCE")} == tokens
    assert set(delivered.standing().values()) == {1}
