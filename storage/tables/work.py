"""Tables of what was done once: idempotency keys of gestures, slots of timed jobs, and incidents that were told.

The tables keep the names that they had in the first release.
"""

from datetime import datetime

from sqlalchemy import Text

from storage.tables.base import Row, column


class IdempotencyKey(Row):
    """A gesture that was handled, and what was answered: a repeat gets the same answer and no effect."""

    __tablename__ = "seen_request"
    key: str = column(primary_key=True)
    at: datetime = column(index=True)
    answer: str = column(default="", type_=Text)


class JobSlot(Row):
    """A timed job that was done for its slot: inserted first, so it is done once."""

    __tablename__ = "fire"
    job: str = column(primary_key=True)
    slot: str = column(primary_key=True)
    at: datetime = column(index=True)


class Incident(Row):
    """What is wrong at the moment and whom we told: once when it began, once when it is over."""

    __tablename__ = "trouble"
    kind: str = column(primary_key=True)
    name: str = column(primary_key=True)
    since: datetime
    what: str = column(default="", type_=Text)


class WriteProbe(Row):
    """One row that is written to see whether the database can be written; nothing else waits for it."""

    __tablename__ = "write_probe"
    id: int = column(default=1, primary_key=True)
