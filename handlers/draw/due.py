"""Due: what a card says of the time until which somebody waits, and of what was promised.

It names the moment, and no span from now: a card stands for days, and is drawn anew only when something happens to it.
What is late by now is known by the clock's step, which draws the card.
"""

from collections.abc import Sequence
from datetime import timedelta

from handlers.base.cards import Fact
from handlers.text.times import say_span
from storage.own.clocks import ClockRow
from storage.tables.states import ClockKind


def draw_due(found: Sequence[ClockRow], owner: str) -> list[Fact]:
    """Return what is due first, and when it goes back whose owner is asked; nothing where nothing is waited for."""
    return [*_due_first(found), *_asked(found, owner)]


def _asked(found: Sequence[ClockRow], owner: str) -> list[Fact]:
    lease = next((one for one in found if one.kind == ClockKind.LEASE and one.running_since is not None), None)
    if lease is None or lease.warned_at is None or lease.next_at is None:
        return []
    asked = Fact(label=f"{owner or 'the owner'} was asked whether they are still on it", value=lease.warned_at)
    return [asked, Fact(label="it goes back", value=lease.next_at)]


def _due_first(found: Sequence[ClockRow]) -> list[Fact]:
    """Return what is due first, and within what time that was promised."""
    running = [(one.due_at, one.kind, one) for one in found if one.due_at is not None and one.running_since is not None]
    if not running:
        return []
    due_at, kind, clock = min(running)
    name = kind.replace("_", " ")
    if clock.breached_at is not None:
        return [Fact(label=f"late: {name} was due", value=due_at)]
    within = say_span(timedelta(microseconds=clock.target_us))
    return [Fact(label=f"{name} within {within}, due", value=due_at)]
