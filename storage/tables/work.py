"""Tables of what was done once: gestures seen, slots of timed jobs, and troubles told."""

from datetime import datetime

from sqlalchemy import Text
from sqlmodel import Field

from storage.tables.base import Row


class SeenRequest(Row, table=True):
    """A gesture that was handled, and what was answered: a repeat gets the same answer and no effect."""

    __tablename__ = "seen_request"
    key: str = Field(primary_key=True)
    at: datetime = Field(index=True)
    answer: str = Field(default="", sa_type=Text)


class Fire(Row, table=True):
    """A timed job that was done for its slot: inserted first, so it is done once."""

    job: str = Field(primary_key=True)
    slot: str = Field(primary_key=True)
    at: datetime = Field(index=True)


class Trouble(Row, table=True):
    """What is wrong at the moment and whom we told: once when it began, once when it is over."""

    subject: str = Field(primary_key=True)
    since: datetime
    what: str = Field(default="", sa_type=Text)
