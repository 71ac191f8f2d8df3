"""Rules of the schedule: each digest once, at its local hour or late on the same day; what sleeps wakes."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from random import Random
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, text
from sqlmodel import Session, select

from bot.outbox.render import draw_all
from bot.runtime.async_database import AsyncDatabase
from bot.runtime.clock import Clock
from bot.runtime.schedule import Schedule
from handlers.base.cards import Line, Notice, Section
from handlers.base.command import ByToken
from handlers.base.events import Deleted
from handlers.base.organisation import DepartmentConfig, DigestTime, Organisation
from handlers.base.stored import from_json
from handlers.dispatch.dispatch import Dispatcher
from handlers.dispatch.ticks import TICKS
from handlers.draw.refresh import refresh
from handlers.listen.ingest import ingest
from handlers.own.claim import ClaimMention
from handlers.own.dismiss import DismissMention
from handlers.own.release import ReleaseMention
from handlers.own.snooze import SnoozeMention
from handlers.report.digest import due_date
from storage.channels import messages
from storage.channels.messages import MessageRow
from storage.own import mentions
from storage.own.mentions import MentionRow
from storage.tables.messages import Message
from storage.tables.states import Action, MessageKind
from storage.tables.work import IdempotencyKey, JobSlot
from storage.work import idempotency, job_slots
from tests.harness.patience import HANG_SECONDS
from tests.harness.scene import ORGANISATION, Scene

BERLIN = ZoneInfo("Europe/Berlin")
DIGESTS, WAKE, TIDY = (next(tick for tick in TICKS if tick.name == name) for name in ("digests", "wake", "tidy"))
WORKDAYS = frozenset(range(5))


def timed(at: time = time(9), days: frozenset[int] = WORKDAYS) -> Organisation:
    """Return the organisation where finance, in Berlin, has a digest and support has none."""
    support, finance = ORGANISATION.departments
    return replace(ORGANISATION, departments=(support, replace(finance, digest=DigestTime(at=at, days=days))))


def ticks(scene: Scene, organisation: Organisation, *moments: datetime, again: bool = False) -> list[int]:
    """Let a scheduler look at each moment; ``again`` = a new one each time, as after a restart."""

    async def run() -> list[int]:
        schedule, counts = schedule_of(scene, organisation), []
        for moment in moments:
            scene.now = moment
            schedule = schedule_of(scene, organisation) if again else schedule
            counts.append(await schedule.run(DIGESTS))
        return counts

    return asyncio.run(run())


def schedule_of(
    scene: Scene, organisation: Organisation = ORGANISATION, *refreshes: Callable[[], Awaitable[None]]
) -> Schedule:
    return Schedule(
        AsyncDatabase(scene.database), Dispatcher(organisation, Random(1)), Clock(lambda: scene.now), refreshes
    )


def digests(scene: Scene) -> list[MessageRow]:
    def look(session: Session) -> list[MessageRow]:
        query = select(Message.id).where(Message.kind == MessageKind.DIGEST).order_by(Message.id)  # type: ignore[arg-type]
        return [messages.get(session, one) for one in session.exec(query) if one is not None]

    return scene.database.read(look)


def local(day: date, hour: int, minute: int = 0, *, fold: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute, fold=fold), BERLIN).astimezone(UTC)


MONDAY = date(2026, 3, 2)


# --- when -------------------------------------------------------------------------------------------------------------


def test_a_digest_comes_at_its_local_hour_on_its_days_once(scene: Scene) -> None:
    week = [local(MONDAY + timedelta(days=day), hour) for day in range(7) for hour in (8, 9, 10, 23)]
    assert sum(ticks(scene, timed(), *week)) == 5
    keys = [one.key for one in digests(scene)]
    assert keys == [f"digest:finance:C-FINANCE:2026-03-0{day}" for day in range(2, 7)]


def test_one_missed_by_a_stop_comes_late_on_the_same_local_day_and_never_the_next(scene: Scene) -> None:
    evening, tuesday = local(MONDAY, 23, 59), local(MONDAY + timedelta(days=1), 0, 1)
    assert ticks(scene, timed(), local(MONDAY, 8, 59), evening, evening, tuesday, again=True) == [0, 1, 0, 0]


@pytest.mark.race
def test_two_schedulers_on_one_database_send_it_once(scene: Scene) -> None:
    async def run() -> int:
        scene.now = local(MONDAY, 9)
        both = [schedule_of(scene, timed()) for _ in range(4)]
        return sum(await asyncio.gather(*(one.run(DIGESTS) for one in both)))

    assert asyncio.run(run()) == 1
    assert len(digests(scene)) == 1


@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2026, 10, 25)])
def test_on_the_days_of_the_change_of_clocks_nine_is_nine_once(scene: Scene, day: date) -> None:
    everyday = timed(days=frozenset(range(7)))
    whole_day = [local(day, 0) + timedelta(minutes=minutes) for minutes in range(0, 23 * 60, 30)]
    counts = ticks(scene, everyday, *whole_day, again=True)
    assert [moment.astimezone(BERLIN).hour for moment, sent in zip(whole_day, counts, strict=True) if sent] == [9]


def test_half_past_two_comes_once_in_the_night_that_has_it_twice(scene: Scene) -> None:
    night = date(2026, 10, 25)
    early = timed(at=time(2, 30), days=frozenset(range(7)))
    moments = [local(night, 2, 29), local(night, 2, 30), local(night, 2, 30, fold=1), local(night, 3)]
    assert len(set(moments)) == 4
    assert ticks(scene, early, *moments, again=True) == [0, 1, 0, 0]


def test_half_past_two_comes_in_the_night_that_has_none(scene: Scene) -> None:
    night = date(2026, 3, 29)
    early = timed(at=time(2, 30), days=frozenset(range(7)))
    before = datetime(2026, 3, 29, 0, 59, tzinfo=UTC)
    counts = ticks(scene, early, before, *(before + timedelta(minutes=minutes) for minutes in (31, 61)))
    assert (counts, digests(scene)[0].key[-10:]) == ([0, 1, 0], night.isoformat())


def test_the_local_date_decides_where_the_day_is_another_one() -> None:
    tokyo = DepartmentConfig(
        key="d", name="D", timezone="Asia/Tokyo", digest=DigestTime(at=time(6), days=frozenset({0}))
    )
    assert due_date(tokyo, datetime(2026, 3, 1, 21, 0, tzinfo=UTC)) == MONDAY
    assert due_date(tokyo, datetime(2026, 3, 1, 20, 59, tzinfo=UTC)) is None
    assert due_date(tokyo, datetime(2026, 3, 2, 21, 0, tzinfo=UTC)) is None
    assert due_date(replace(tokyo, digest=None), datetime(2026, 3, 2, 12, tzinfo=UTC)) is None


def test_a_department_whose_channel_is_found_later_still_gets_it(scene: Scene) -> None:
    scene.database.write(lambda session: session.connection().execute(text("DELETE FROM home")) and None)
    moment = local(MONDAY, 9)

    async def run() -> list[int]:
        scene.now = moment
        schedule = schedule_of(scene, timed())
        first = await schedule.run(DIGESTS)
        scene.__post_init__()  # the channels are found
        return [first, await schedule.run(DIGESTS)]

    assert asyncio.run(run()) == [0, 1]


def test_one_that_cannot_be_made_stops_no_other_and_is_tried_again(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    organisation = timed()
    support, finance = organisation.departments
    both = replace(organisation, departments=(replace(support, digest=finance.digest), finance))
    support_sql = "UPDATE department SET timezone = :zone WHERE key = 'support'"

    def set_zone(zone: str) -> None:
        scene.database.write(lambda session: session.connection().execute(text(support_sql), {"zone": zone}) and None)

    set_zone("No/Where")
    assert ticks(scene, both, local(MONDAY, 16)) == [1]
    assert "digest:support could not be done." in caplog.text
    set_zone("America/New_York")
    assert ticks(scene, both, local(MONDAY, 16, 1)) == [1]


# --- what -------------------------------------------------------------------------------------------------------------


def stored(scene: Scene) -> Notice:
    return from_json(digests(scene)[0].body or "")


def drawn(scene: Scene) -> Notice:
    return scene.database.read(lambda session: refresh(session, scene.organisation, stored(scene)))


def line_of(notice: Notice, mention: MentionRow) -> Line:
    return next(one for part in notice.sections for one in part.lines if one.token == mention.token)


def test_a_press_updates_its_line_in_the_digest(scene: Scene) -> None:
    mention, other = scene.arrive("Refund?"), scene.arrive("Invoice?")
    ana = scene.person("Ana", "ana@acme.example")
    ticks(scene, timed(), local(MONDAY, 10))
    version = digests(scene)[0].version
    assert line_of(drawn(scene), mention) == line_of(stored(scene), mention)

    scene.do(ClaimMention(who=ana, reference=ByToken(mention.token)))
    assert digests(scene)[0].version == version + 1
    line = line_of(drawn(scene), mention)
    assert (line.text, line.button) == (f"#{mention.token} Refund? — Ana has it.", None)
    assert line_of(drawn(scene), other) == line_of(stored(scene), other)

    scene.do(ReleaseMention(who=ana, reference=ByToken(mention.token)))
    line = line_of(drawn(scene), mention)
    assert line.text == f"#{mention.token} Refund?"
    assert line.button is not None
    assert line.button.value == f"{mention.token}.{scene.look(mention).version}"
    assert line.at == line_of(stored(scene), mention).at


def test_delivery_sends_the_lines_as_they_stand_then(scene: Scene) -> None:
    mention, ana = scene.arrive("Refund?"), scene.person("Ana", "ana@acme.example")
    ticks(scene, timed(), local(MONDAY, 10))
    scene.do(ClaimMention(who=ana, reference=ByToken(mention.token)))
    rows = digests(scene)
    (sent,) = scene.database.read(lambda session: draw_all(session, rows, scene.organisation, "slack", "C-FINANCE"))
    assert sent is not None
    assert isinstance(sent.content, Notice)
    assert line_of(sent.content, mention).text.endswith("Ana has it.")


def test_a_closed_or_deleted_mention_has_no_button_and_no_text_in_the_digest(scene: Scene) -> None:
    closed, deleted = scene.arrive("Refund?"), scene.arrive("Invoice, my address is in it", external_id="gone")
    ana = scene.person("Ana", "ana@acme.example")
    ticks(scene, timed(), local(MONDAY, 10))
    scene.do(DismissMention(who=ana, reference=ByToken(closed.token), reason="spam"))

    def delete(session: Session) -> None:
        rules, dice = scene.organisation.sources[0], random.Random(1)
        ingest(session, rules, scene.matcher, scene.organisation, [Deleted(external_id="gone")], scene.now, dice)

    scene.database.write(delete)
    for mention in (closed, deleted):
        assert line_of(drawn(scene), mention).button is None
        assert "Dismissed" in line_of(drawn(scene), mention).text
    assert "address" not in line_of(drawn(scene), deleted).text


def test_a_line_that_quotes_a_mention_stays_a_quote_and_our_own_words_stay_what_they_are(scene: Scene) -> None:
    mention = scene.arrive("Refund?")
    ana = scene.person("Ana", "ana@acme.example")
    scene.do(ClaimMention(who=ana, reference=ByToken(mention.token)))
    quote = Line(text=f"#{mention.token} Refund, please", token=mention.token, quotes=True)
    plain = Line(text="Just words")
    ours = Line(text=f"#{mention.token} came back to this channel.", token=mention.token)
    strange = Line(text="#zzzzz Unknown", token="zzzzz")
    notice = Notice(title="T", text="T", sections=(Section(title="", lines=(quote, plain, strange, ours)),))
    fresh = scene.database.read(lambda session: refresh(session, scene.organisation, notice))
    assert [one.text for one in fresh.sections[0].lines] == ["Refund?", "Just words", strange.text, ours.text]


def test_an_empty_day_is_one_line(scene: Scene) -> None:
    ticks(scene, timed(), local(MONDAY, 10))
    assert [len(one.lines) for one in stored(scene).sections] == [1]


# --- waking and tidying -----------------------------------------------------------------------------------------------


@pytest.mark.race
def test_what_is_snoozed_wakes_when_its_time_has_come_once(scene: Scene) -> None:
    mention = scene.arrive()
    ana = scene.person("Ana", "ana@acme.example")
    scene.do(SnoozeMention(who=ana, reference=ByToken(mention.token), until="2h"))

    async def run() -> list[int]:
        two = [schedule_of(scene) for _ in range(2)]
        before = await two[0].run(WAKE)
        scene.pass_time(hours=3)
        return [before, sum(await asyncio.gather(*(one.run(WAKE) for one in two))), await two[0].run(WAKE)]

    assert asyncio.run(run()) == [0, 1, 0]
    assert scene.log(mention).count(Action.WOKEN) == 1


def test_more_than_one_look_can_hold_wake_in_one_go(scene: Scene) -> None:
    ana = scene.person("Ana", "ana@acme.example")
    for _ in range(103):
        mention = scene.arrive()
        scene.do(SnoozeMention(who=ana, reference=ByToken(mention.token), until="2h"))
    scene.pass_time(hours=3)
    assert asyncio.run(schedule_of(scene).run(WAKE)) == 2
    assert scene.database.read(lambda session: mentions.due_to_wake(session, scene.now, "wake")) == []


def test_the_night_forgets_what_nobody_asks_for_and_one_broken_platform_stops_no_other(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    looked: list[str] = []

    async def broken() -> None:
        raise ZeroDivisionError

    async def well() -> None:
        looked.append("well")

    def old(session: Session) -> None:
        idempotency.answered(session, "old", "", scene.now - timedelta(days=3))
        idempotency.answered(session, "new", "", scene.now)
        assert job_slots.claim_slot(session, "digest:d", "2025-01-01", scene.now - timedelta(days=41))
        assert job_slots.claim_slot(session, "digest:d", "2026-03-01", scene.now)

    def left(session: Session) -> tuple[list[str], list[str]]:
        slots = session.exec(select(JobSlot.slot).where(JobSlot.job == "digest:d"))
        return list(session.exec(select(IdempotencyKey.key))), list(slots)

    scene.database.write(old)

    async def night() -> None:
        schedule = schedule_of(scene, ORGANISATION, broken, well)
        await schedule.run(TIDY)
        await schedule.look_again()

    asyncio.run(night())
    assert scene.database.read(left) == (["new"], ["2026-03-01"])
    assert looked == ["well"]
    assert "could not be looked at again" in caplog.text


@pytest.mark.race
def test_a_slot_is_claimed_once_and_given_back_by_a_rollback(scene: Scene) -> None:
    def failing(session: Session) -> None:
        assert job_slots.claim_slot(session, "job", "slot", scene.now)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        scene.database.write(failing)
    claims = [
        scene.database.write(lambda session: job_slots.claim_slot(session, "job", "slot", scene.now)) for _ in range(3)
    ]
    assert claims == [True, False, False]


def test_a_started_schedule_looks_at_once_and_stops(scene: Scene) -> None:
    scene.arrive()

    async def run() -> None:
        scene.now = local(MONDAY, 11)
        schedule = schedule_of(scene, timed())
        schedule.start()
        async with asyncio.timeout(HANG_SECONDS):
            while not digests(scene):
                await asyncio.sleep(0.02)
        schedule.stop()
        schedule.stop()

    asyncio.run(run())
    count = scene.database.read(lambda session: session.exec(select(func.count()).select_from(JobSlot)).one())
    assert count == 1


# --- what nobody waits for -------------------------------------------------------------------------------------------


def test_what_nobody_waits_for_rests_twice_as_long_as_it_took(scene: Scene) -> None:
    for _ in range(3):
        scene.arrive()
    slept: list[float] = []
    seconds = count(0, 0.25)  # each look at the clock is a quarter of a second later

    async def sleep(for_seconds: float) -> None:
        slept.append(for_seconds)

    clock = Clock(lambda: scene.now, lambda: next(seconds), sleep)
    schedule = Schedule(AsyncDatabase(scene.database), Dispatcher(ORGANISATION, Random(1)), clock)
    ticks_of = {tick.name: tick for tick in TICKS}
    assert asyncio.run(schedule.run(ticks_of["fold"])) == 1
    assert slept == [0.5]
    asyncio.run(schedule.run(ticks_of["tidy"]))
    assert slept == [0.5]
