"""Tables of how much is said of a topic: by the hour, and when that was a storm."""

from datetime import datetime

from sqlalchemy import Index, Text, text
from sqlmodel import Field

from storage.tables.base import Row

_ON = text("ended_at IS NULL")


class Tally(Row, table=True):
    """How many posts of a topic were published in one hour, and by how many authors; only of hours with any."""

    topic: str = Field(primary_key=True)
    hour: datetime = Field(primary_key=True)
    posts: int = 0
    voices: int = 0


class Storm(Row, table=True):
    """Many voices on one topic at once, folded under the card of one mention, its lead.

    ``voices`` are all who spoke since it began, ``peak`` the most in one hour. Of what is folded, that up to
    ``listed_id`` was listed below the lead. Where somebody dismisses the rest, ``rest_by_id`` is who, as long as there
    is any.
    """

    __table_args__ = (
        # On PostgreSQL it is partial, too, by the migration: to say so here would load its dialect at each start.
        Index("uq_storm_on", "department_id", "topic", unique=True, sqlite_where=_ON),
        Index("ix_storm_topic", "topic", "ended_at"),
    )
    id: int | None = Field(default=None, primary_key=True)
    department_id: int = Field(foreign_key="department.id")
    topic: str
    lead_id: int = Field(foreign_key="mention.id", index=True)
    began_at: datetime
    ended_at: datetime | None = None
    usual: int
    peak: int
    voices: int
    listed_id: int = 0
    rest_by_id: int | None = Field(default=None, foreign_key="person.id")
    rest_reason: str = Field(default="", sa_type=Text)
