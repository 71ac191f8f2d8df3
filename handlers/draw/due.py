"""Due: what a card says of the time until which somebody waits, and of what was promised.

It names the moment, and no span from now: a card stands for days, and is drawn anew only when something happens to it.
What is late by now is known by the clock's step, which draws the card.
"""

from collections.abc import Sequence

from handlers.base.cards import Fact
from handlers.own.clocks import due_soonest
from storage.own.clocks import ClockRow
from storage.tables.states import ClockKind

_NAMES = {
    ClockKind.CLAIM: "claim",
    ClockKind.FIRST_REPLY: "first reply",
    ClockKind.NEXT_REPLY: "next reply",
    ClockKind.RESOLUTION: "resolution",
}


def draw_due(found: Sequence[ClockRow]) -> list[Fact]:
    """Return what is due first, and within what time that was promised; nothing where nothing is waited for."""
    clock = due_soonest(found)
    if clock is None or clock.due_at is None:
        return []
    name = _NAMES[ClockKind(clock.kind)]
    if clock.breached_at is not None:
        return [Fact(label=f"late: {name} was due", value=clock.due_at)]
    return [Fact(label=f"{name} within {said_span(clock.target_us)}, due", value=clock.due_at)]


def said_span(micros: int) -> str:
    """Say a span as dibs.toml has it: "1h30m"."""
    hours, minutes = divmod(micros // 60_000_000, 60)
    return f"{f'{hours}h' if hours else ''}{f'{minutes}m' if minutes or not hours else ''}"
