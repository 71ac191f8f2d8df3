"""The meter against a simple model: a list of what was booked, and a network that counts by a clock of its own.

Whatever comes together (polls and people, answers that cost less or never come, kills before and after the request,
replicas, clocks that differ or are set back), no window of the network ever holds more than the budget.
"""

import asyncio
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from bot.net.errors import SourceRefused, SourceUnavailable
from bot.runtime.async_database import AsyncDatabase
from bot.runtime.clock import Clock
from bot.sources.runner.meter import Meter, Reservation
from handlers.base.budget import ON_ITS_WAY, SKEW, Budget, Unit, Window, span_at
from storage.engine.database import Database
from storage.listen import budgets

# The clocks of California go forward on 8 March.
START = datetime(2026, 3, 7, 22, 0, tzinfo=UTC)
UNITS = Unit("unit", "units")
TRAVELS = st.sampled_from([timedelta(0), timedelta(seconds=2), ON_ITS_WAY])


@dataclass
class Entry:
    """What was booked, in which window, and whether it may be counted in the next one."""

    window: datetime
    cost: int
    late: bool


def total(entries: list[Entry]) -> int:
    return sum(one.cost for one in entries)


class Metering(RuleBasedStateMachine):
    """Two replicas share a budget."""

    database: Database
    number = 0

    def __init__(self) -> None:
        super().__init__()
        Metering.number += 1
        self.source = f"tube {Metering.number}"
        self.loop = asyncio.new_event_loop()
        self.now = START
        self.entries: list[Entry] = []
        self.wire: Counter[datetime] = Counter()
        self.set_back = False

    def teardown(self) -> None:
        self.loop.close()

    @initialize(
        window=st.sampled_from(Window),
        most=st.integers(1, 6),
        share=st.sampled_from([0.0, 0.25, 0.5]),
        skew=st.sampled_from([-1.0, -0.5, 0.0, 0.5, 1.0]),
    )
    def begin(self, window: Window, most: int, share: float, skew: float) -> None:
        self.budget = Budget(unit=UNITS, most=most, window=window, for_replies=share)
        self.skew = SKEW * skew
        clock, at_hand = Clock(lambda: self.now), AsyncDatabase(self.database)
        self.replicas = [Meter(self.source, (self.budget,), at_hand, clock) for _ in range(2)]

    # --- the model -----------------------------------------------------------------------------------------------

    def now_booked(self) -> tuple[datetime, list[Entry]]:
        """Return the window in which is booked now, and what counts in it already.

        One that has begun does not end because a clock was set back, unless that was far ahead: then all goes with it.
        """
        span = span_at(self.budget.window, self.now)
        latest = max((one.window for one in self.entries), default=span.began)
        window = span.ends if latest == span.ends else span.began
        return window, self.counting(latest if latest > window else window)

    def counting(self, window: datetime) -> list[Entry]:
        before = self.budget.window.before(window)
        return [one for one in self.entries if one.window == window or (one.late and one.window == before)]

    # --- what happens --------------------------------------------------------------------------------------------

    @rule(seconds=st.sampled_from([0.5, 3, 14, 40, 3_600, 40_000]))
    def time_passes(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    @rule(seconds=st.sampled_from([-21, -19, -14, -2, 0, 2, 4.9, 5, 6]))
    def the_end_of_the_window_is_near(self, seconds: float) -> None:
        self.now = max(self.now, self.budget.window.ends(self.now) + timedelta(seconds=seconds))

    @precondition(lambda self: self.entries)
    @rule(share=st.sampled_from([0.01, 0.9, 1.5, 4.0]))
    def the_clock_is_set_back(self, share: float) -> None:
        began = self.budget.window.began(self.now)
        self.now -= (self.budget.window.ends(self.now) - began) * share
        self.set_back = True

    @rule(
        replica=st.integers(0, 1),
        polled=st.booleans(),
        cost=st.integers(0, 5),
        bill=st.integers(0, 5),
        fate=st.sampled_from(["answered", "answered", "never sent", "killed before", "killed after"]),
        on_its_way=TRAVELS,
    )
    def something_is_asked(
        self, replica: int, polled: bool, cost: int, bill: int, fate: str, on_its_way: timedelta
    ) -> None:
        (window, counting), meter, bill = self.now_booked(), self.replicas[replica], min(bill, cost)
        allowed = self.budget.for_polls if polled else self.budget.most
        held = self.run(self.ask(meter, polled, cost))
        assert (held is not None) == (not cost or total(counting) + cost <= allowed)
        if held is None or not cost:
            return
        kept = [Entry(window, one.cost, one.late and one.window >= window) for one in counting]
        entry = Entry(window, cost, span_at(self.budget.window, self.now).late)
        self.entries = [*kept, entry]
        if fate in ("answered", "killed after"):
            self.wire[self.budget.window.began(self.now + self.skew + on_its_way)] += bill
        if fate in ("answered", "never sent"):
            entry.cost = bill if fate == "answered" else 0
            self.run(meter.settle(held, entry.cost))

    @rule(on_its_way=TRAVELS)
    def people_spend_all_that_is_left(self, on_its_way: timedelta) -> None:
        for _ in range(self.budget.most):
            self.something_is_asked(0, False, 1, 1, "answered", on_its_way)

    async def ask(self, meter: Meter, polled: bool, cost: int) -> Reservation | None:
        try:
            if not polled:
                return await meter.reserve("", cost)
            with meter.polling():
                return await meter.reserve("", cost)
        except (SourceUnavailable, SourceRefused):
            return None

    def run(self, work: Any) -> Any:
        return self.loop.run_until_complete(work)

    # --- what is always so ---------------------------------------------------------------------------------------

    @invariant()
    def the_network_never_counts_more_than_the_budget(self) -> None:
        if not self.set_back:
            assert max(self.wire.values(), default=0) <= self.budget.most

    @invariant()
    def what_is_stored_is_what_was_booked(self) -> None:
        if self.entries:
            (row,) = self.database.read(lambda session: budgets.rows(session, [self.source]))
            assert row.spent == total(self.counting(row.began_at)) <= self.budget.most


@pytest.mark.parametrize("examples", [12, pytest.param(400, marks=pytest.mark.slow)])
def test_no_window_of_the_network_holds_more_than_the_budget(in_memory: Database, examples: int) -> None:
    class Here(Metering):
        database = in_memory

    few = settings(max_examples=examples, stateful_step_count=20, deadline=None)
    run_state_machine_as_test(Here, settings=few)
