"""Tables of what was done once: idempotency keys of gestures, slots of timed jobs, and incidents that were told.

The tables keep the names that they had in the first release.
"""

from datetime import datetime

from sqlalchemy import Text
from sqlmodel import Field

from storage.tables.base import Row


class IdempotencyKey(Row, table=True):
    """A gesture that was handled, and what was answered: a repeat gets the same answer and no effect."""

    __tablename__ = "seen_request"
    key: str = Field(primary_key=True)
    at: datetime = Field(index=True)
    answer: str = Field(default="", sa_type=Text)


class JobSlot(Row, table=True):
    """A timed job that was done for its slot: inserted first, so it is done once."""

    __tablename__ = "fire"
    job: str = Field(primary_key=True)
    slot: str = Field(primary_key=True)
    at: datetime = Field(index=True)


class Incident(Row, table=True):
    """What is wrong at the moment and whom we told: once when it began, once when it is over."""

    __tablename__ = "trouble"
    kind: str = Field(primary_key=True)
    name: str = Field(primary_key=True)
    since: datetime
    what: str = Field(default="", sa_type=Text)


class WriteProbe(Row, table=True):
    """One row that is written to see whether the database can be written; nothing else waits for it."""

    __tablename__ = "write_probe"
    id: int = Field(default=1, primary_key=True)
