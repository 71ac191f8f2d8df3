"""Timing: what the rows of the ownership log, and nothing else, say of the clocks of a mention.

Each row is put to the pure table of moves, or, where a clock took a step, to the pure rule of steps, at the moment that
the row has. The status of a mention does not stand in its rows, but follows from them (``replay``); only where more
than one would follow is the database asked, and so for whether a reply is on its way.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from handlers.base.clocks import Lease, Rung, Target, Targets, Told, moved, struck
from handlers.base.hours import Calendar, Hours
from handlers.base.moves import Stand, moves
from handlers.own.clocks import since_when
from storage.own.clocks import ClockRow
from storage.tables.states import Action, ClockKind, Status

# Ten hours a day with a break, and nearly the whole of it: so clocks run, stand still, and run otherwise elsewhere.
SHIFTS = Hours(Calendar(timezone="Europe/Berlin", week=dict.fromkeys(range(7), ((540, 750), (780, 1_320)))))
LONG = Hours(Calendar(timezone="America/New_York", week=dict.fromkeys(range(7), ((0, 1_439),))))
_LADDER = (
    Rung(after=timedelta(minutes=3)),
    Rung(after=timedelta(minutes=9), to=Told.PERSON, name="ana@acme.example"),
    Rung(after=timedelta(hours=1), to=Told.DEPARTMENT, name="support"),
)


def _hours(**by_kind: float) -> dict[ClockKind, Target]:
    return {ClockKind(kind): Target(within=timedelta(hours=number)) for kind, number in by_kind.items()}


KEPT: Mapping[str, tuple[Hours, Targets]] = {
    "finance": (
        SHIFTS,
        Targets(
            by_kind=_hours(claim=0.05, first_reply=0.25, next_reply=0.1, resolution=0.5),
            lease=Lease(ask=timedelta(minutes=3), back=timedelta(minutes=2)),
            ladder=_LADDER,
        ),
    ),
    "support": (
        LONG,
        Targets(by_kind=_hours(first_reply=0.5), lease=Lease(ask=timedelta(minutes=9), back=timedelta(minutes=5))),
    ),
}
STEPS = (Action.WARNED, Action.LATE, Action.ESCALATED, Action.ASKED)


@dataclass
class Timing:
    """The clocks of one mention as its rows tell of them."""

    clocks: dict[str, ClockRow] = field(default_factory=dict)

    def read(self, row: Mapping[str, Any], remark: str, status: str, in_flight: bool, keys: Mapping[Any, str]) -> None:
        """Take the next row; ``status`` and ``in_flight`` are so after it, and ``keys`` names the departments."""
        action, now = Action(row["action"]), row["at"]
        hours, targets = KEPT[keys[row["to_department_id"]]]
        if action in STEPS:
            self._step(action, remark, now, hours, targets)
            return
        owner = row["to_owner_id"]
        by_owner = owner is not None and row["actor_id"] == owner
        stand = Stand(status=Status(status), owned=owner is not None, by_owner=by_owner, in_flight=in_flight)
        changed = row["from_department_id"] not in (None, row["to_department_id"])
        former = KEPT[keys[row["from_department_id"]]][0] if changed else None
        for kind, move in moves(action, stand).items():
            clock = self.clocks.get(kind)
            after = moved(clock, row["mention_id"], kind, move, now, hours=hours, targets=targets, former=former)
            if after is not None:
                self.clocks[kind] = after

    def _step(self, action: Action, remark: str, now: datetime, hours: Hours, targets: Targets) -> None:
        """Let the one clock take its step that the row is about; there has to be one."""
        for kind, clock in self.clocks.items():
            if action in (Action.WARNED, Action.LATE) and since_when(clock) != remark:
                continue
            step = struck(clock, now, hours, targets)
            if step.action == action and not clock.outcome:
                self.clocks[kind] = step.clock
                return
        raise AssertionError(f"No clock takes the step {action} at {now}: {self.clocks}")
