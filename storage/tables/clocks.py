"""Tables of clocks: what a mention waits for, and until when; and what of it fails, and is tried again."""

from datetime import datetime

from sqlalchemy import BigInteger, Index, text
from sqlmodel import Field

from storage.tables.base import Row, one_of
from storage.tables.states import ClockKind, ClockOutcome


class Clock(Row, table=True):
    """One clock of a mention, in its latest cycle; there is one only where a department promises something.

    Spans are in microseconds. One that waits for its next step has a ``next_at``.
    """

    __table_args__ = (
        one_of("kind", ClockKind),
        one_of("outcome", ClockOutcome),
        # On PostgreSQL they are partial, too, by the migration: to say so here would load its dialect at each start.
        Index("ix_clock_next", "next_at", sqlite_where=text("next_at IS NOT NULL")),
        Index("ix_clock_due", "due_at", sqlite_where=text("running_since IS NOT NULL")),
    )
    mention_id: int = Field(foreign_key="mention.id", primary_key=True)
    kind: str = Field(primary_key=True)
    cycle: int = 1
    target_us: int = Field(sa_type=BigInteger)
    business: bool = True
    mark_us: int = Field(default=0, sa_type=BigInteger)
    shift_us: int = Field(default=0, sa_type=BigInteger, sa_column_kwargs={"server_default": text("0")})
    used_us: int = Field(default=0, sa_type=BigInteger)
    used_wall_us: int = Field(default=0, sa_type=BigInteger)
    running_since: datetime | None = None
    due_at: datetime | None = None
    next_at: datetime | None = None
    warned_at: datetime | None = None
    breached_at: datetime | None = None
    ended_at: datetime | None = None
    outcome: str = ""


class PutOff(Row, table=True):
    """What was due for a mention and failed: it is left alone until a moment, each time for longer."""

    __tablename__ = "put_off"
    job: str = Field(primary_key=True)
    mention_id: int = Field(foreign_key="mention.id", primary_key=True)
    tries: int
    until: datetime
    trouble: str
