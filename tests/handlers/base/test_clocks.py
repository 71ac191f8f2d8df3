"""Clocks against right answers, and what no answer of those asks."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from handlers.base.clocks import (
    Move,
    Target,
    Targets,
    banked,
    is_late,
    moved,
    warning_us,
)
from handlers.base.hours import Calendar, Hours
from handlers.base.moves import MOVES, Stand, moves
from storage.own.clocks import ClockRow
from storage.tables.states import Action, ClockKind, ClockOutcome, Status
from tests.handlers.base.test_hours import VECTORS, at, span, told_calendar, week

WHAT = {
    "arrived": Action.ARRIVED,
    "claimed": Action.CLAIMED,
    "released": Action.RELEASED,
    "returned": Action.RETURNED,
    "handed_off": Action.HANDED_OFF,
    "replied": Action.RESPONDED,
    "author_wrote": Action.AUTHOR_ANSWERED,
    "resolved": Action.RESOLVED,
    "dismissed": Action.DISMISSED,
    "reopened": Action.REOPENED,
    "snoozed": Action.SNOOZED,
    "woken": Action.WOKEN,
}


_FREED = (Action.RELEASED, Action.RETURNED, Action.HANDED_OFF)


def vectors() -> list[dict[str, Any]]:
    return list(json.loads(VECTORS.read_text(encoding="utf-8"))["vectors"]) if VECTORS.exists() else []


class Played:
    """One clock of a mention that is played through."""

    def __init__(self, kind: ClockKind, targets: Targets, hours: Hours) -> None:
        self.kind = kind
        self.targets = targets
        self.hours = hours
        self.clock: ClockRow | None = None
        self.owned = False
        self.answered = False

    def take(self, what: str, now: datetime, other: Hours | None = None) -> None:
        """Let something happen; ``other`` are the hours from then on."""
        former, self.hours = (self.hours, other) if other is not None else (None, self.hours)
        if what == "calendar":
            self._move(Move.REBASE, now, former)
            return
        action = WHAT[what]
        if action == Action.AUTHOR_ANSWERED and not self.answered:
            return  # the product calls it an answer only where we had said something
        self.answered |= action == Action.RESPONDED
        self.owned = action == Action.CLAIMED or (self.owned and action not in _FREED)
        # The statuses that these bring do not differ for the clocks that are played here.
        move = moves(action, Stand(status=Status.RESPONDED, owned=self.owned)).get(self.kind)
        if move is not None:
            self._move(move, now, former)

    def _move(self, move: Move, now: datetime, former: Hours | None) -> None:
        self.clock = moved(self.clock, 1, self.kind, move, now, hours=self.hours, targets=self.targets, former=former)


def state(clock: ClockRow, now: datetime) -> str:
    if clock.breached_at is not None or (not clock.outcome and is_late(clock, now)):
        return "breached"
    if clock.outcome:
        return str(clock.outcome)
    return "running" if clock.running_since is not None else "paused"


@pytest.mark.skipif(not vectors(), reason="the right answers lie beside the checkout")
@pytest.mark.parametrize("vector", vectors(), ids=lambda one: one["id"])
def test_the_right_answers_come_out(vector: dict[str, Any]) -> None:
    asked, expected = vector["clock"], vector["expected"]
    kind = ClockKind(asked["kind"])
    target = Target(within=span(asked["within"]), business=asked["count"] == "business")
    targets = Targets(by_kind={kind: target}, warn=asked.get("warn", 0.75))
    played = Played(kind, targets, Hours(told_calendar(vector["calendar"])))
    for event in vector["events"]:
        other = Hours(told_calendar(event["calendar"])) if "calendar" in event else None
        played.take(event["what"], at(event["at"]), other)
    now = at(vector.get("until", vector["events"][-1]["at"]))
    clock = played.clock
    assert clock is not None
    counted = banked(clock, now, played.hours)
    found = {
        "state": state(clock, now),
        "cycle": clock.cycle,
        "due_at": clock.due_at,
        "business_seconds": counted.used_us // 1_000_000,
        "calendar_seconds": counted.used_wall_us // 1_000_000,
        "ended_at": clock.ended_at,
    }
    wanted = {name: at(value) if name.endswith("_at") and value else value for name, value in expected.items()}
    wanted.pop("warn_at", None)
    assert found == wanted


# --- what they do not ask ---------------------------------------------------------------------------------------------

OFFICE = Hours(Calendar(timezone="UTC", week=week(mon_fri=["09:00-17:00"])))
FOUR = Targets(by_kind=dict.fromkeys(ClockKind, Target(within=timedelta(hours=4))))
MONDAY = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)


def begun(kind: ClockKind = ClockKind.FIRST_REPLY, now: datetime = MONDAY) -> ClockRow:
    clock = moved(None, 1, kind, Move.START, now, hours=OFFICE, targets=FOUR)
    assert clock is not None
    return clock


def go(clock: ClockRow, move: Move, **later: float) -> ClockRow:
    found = moved(clock, 1, ClockKind(clock.kind), move, MONDAY + timedelta(**later), hours=OFFICE, targets=FOUR)
    assert found is not None
    return found


def test_no_promise_is_no_clock() -> None:
    assert moved(None, 1, ClockKind.CLAIM, Move.START, MONDAY, hours=OFFICE, targets=Targets()) is None
    assert moved(None, 1, ClockKind.CLAIM, Move.MEET, MONDAY, hours=OFFICE, targets=FOUR) is None


def test_whoever_hands_it_to_a_department_that_promises_nothing_ends_the_claims_clock() -> None:
    clock = moved(begun(ClockKind.CLAIM), 1, ClockKind.CLAIM, Move.BEGIN_ANEW, MONDAY, hours=OFFICE, targets=Targets())
    assert clock is not None
    assert (clock.outcome, clock.next_at) == (ClockOutcome.DROPPED, None)


def test_the_first_step_warns_and_the_second_is_late() -> None:
    clock = begun()
    assert clock.next_at == MONDAY + timedelta(hours=3)
    assert warning_us(clock, 0.75) == 10_800_000_000
    assert warning_us(clock, 0) is warning_us(clock, 1) is None


def test_a_reply_at_the_deadline_is_in_time_and_one_moment_later_is_not() -> None:
    on_time = go(begun(), Move.MEET, hours=4)
    late = go(begun(), Move.MEET, hours=4, microseconds=1)
    assert (on_time.outcome, on_time.breached_at) == (ClockOutcome.MET, None)
    assert (late.outcome, late.breached_at) == (ClockOutcome.MET, late.ended_at)


def test_what_was_late_when_it_was_closed_is_late_and_waits_again_when_it_is_opened() -> None:
    closed = go(begun(), Move.DROP, hours=5)
    assert (closed.outcome, closed.breached_at) == (ClockOutcome.DROPPED, closed.ended_at)
    again = go(closed, Move.RESUME, hours=6)
    assert again.running_since is not None
    assert again.breached_at == closed.breached_at


def test_a_first_reply_that_came_late_is_not_waited_for_again() -> None:
    late = go(begun(), Move.MEET, hours=5)
    assert go(late, Move.RESUME, hours=6) == late
    assert go(late, Move.DROP, hours=6) == late


def test_a_clock_that_was_set_back_adds_nothing_and_takes_nothing_away() -> None:
    clock = banked(begun(), MONDAY - timedelta(hours=2), OFFICE)
    assert (clock.used_us, clock.used_wall_us, clock.running_since) == (0, 0, MONDAY)


def test_pausing_twice_is_pausing_once() -> None:
    paused = go(begun(), Move.PAUSE, hours=1)
    assert go(paused, Move.PAUSE, hours=2) == paused
    assert (paused.due_at, paused.next_at, paused.used_us) == (None, None, 3_600_000_000)


def test_what_was_warned_of_before_a_pause_is_not_warned_of_again() -> None:
    warned = go(ClockRow(**{**_fields(begun()), "warned_at": MONDAY}), Move.PAUSE, hours=3)
    again = go(warned, Move.RESUME, hours=24)
    assert again.next_at == again.due_at == MONDAY + timedelta(hours=25)


def _fields(clock: ClockRow) -> dict[str, Any]:
    return {name: getattr(clock, name) for name in ClockRow._fields}


def test_an_author_who_was_quicker_than_our_bookkeeping_waits_again() -> None:
    quick = moves(Action.RESPONDED, Stand(status=Status.CLAIMED, owned=True))
    assert quick == {ClockKind.FIRST_REPLY: Move.MEET, ClockKind.LEASE: Move.BEGIN_ANEW}
    their_turn = moves(Action.RESPONDED, Stand(status=Status.RESPONDED, owned=True))
    assert (their_turn[ClockKind.RESOLUTION], their_turn[ClockKind.LEASE]) == (Move.PAUSE, Move.BEGIN_AT_REST)


@pytest.mark.parametrize("action", [Action.AUTHOR_ANSWERED, Action.REOPENED, Action.WOKEN, Action.HANDED_OFF])
def test_nobody_is_waited_for_to_claim_what_somebody_has(action: Action) -> None:
    assert ClockKind.CLAIM in moves(action, Stand(status=Status.NEW, owned=False))
    assert ClockKind.CLAIM not in moves(action, Stand(status=Status.CLAIMED, owned=True))


def test_every_action_that_moves_a_clock_is_one_that_the_log_knows() -> None:
    assert set(MOVES) <= set(Action)
    assert not {Action.WARNED, Action.LATE, Action.ASKED, Action.ESCALATED, Action.JOINED} & set(MOVES)
