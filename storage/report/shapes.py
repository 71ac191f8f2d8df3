"""Shapes: a row of the log as it is counted, and the rows of the tables that counting fills.

Those that are counted into are not frozen: a fold changes each of them as often as there are rows of the log.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

# What a row of ``count_day`` counts, by day: of its ``what``, ``a`` and ``b``.
CountKey = tuple[str, str, int, str]
PersonKey = tuple[str, int, int]


class LogRow(NamedTuple):
    """A row of the ownership log about a mention, as far as it is counted.

    With it go the mention's source, and whether it addressed us, if that is known.
    """

    seq: int
    at: datetime
    mention_id: int
    action: str
    actor_id: int | None
    actor_department_id: int | None
    from_owner_id: int | None
    to_owner_id: int | None
    from_department_id: int | None
    to_department_id: int | None
    source: str
    addressed: bool | None = None


@dataclass(slots=True)
class FactRow:
    """One row of ``fact``; the fields are the columns, in their order."""

    mention_id: int
    arrived: datetime
    last: str
    department_id: int
    claim: int | None = None
    reply: int | None = None
    done: int | None = None
    acted: bool = False
    hops: int = 0
    bounced: bool = False
    said: int = 0
    back: int = 0
    since: datetime | None = None
    holder_id: int | None = None
    holder_department_id: int | None = None
    sending: int = 0
    worked: bool = False

    @property
    def counts(self) -> bool:
        """Say whether it wanted an answer: what was dismissed, and never answered, is in no rate and no time."""
        return self.last != "dismissed" or self.reply is not None


@dataclass(slots=True)
class StayRow:
    """One row of ``stay``; the fields are the columns, in their order."""

    mention_id: int
    n: int
    department_id: int
    arrived: datetime
    entered: datetime
    claim: int | None = None
    reply: int | None = None
    left: datetime | None = None


class StayedRow(NamedTuple):
    """A row of ``stay``, as far as reports tell of it; ``left`` says whether the mention went on."""

    mention_id: int
    n: int
    department_id: int
    claim: int | None
    reply: int | None
    left: bool


@dataclass(slots=True)
class PersonFirstRow:
    """One row of ``person_first``; the fields are the columns, in their order."""

    person_id: int
    department_id: int | None
    acted: datetime
    owned: datetime | None = None
    spoke: datetime | None = None


@dataclass(frozen=True, slots=True)
class Counted:
    """How often something was counted, on some days together."""

    what: str
    a: int
    b: str
    n: int


@dataclass(frozen=True, slots=True)
class PersonDayRow:
    """That a person acted for a department on some days, and how often they made something theirs and spoke for us."""

    person_id: int
    department_id: int
    owned: int
    spoke: int
