"""The table of mutes: what is kept back for a time, because somebody said so."""

from datetime import datetime

from sqlalchemy import Index, Text
from sqlmodel import Field

from storage.tables.base import Row, filled_in


class Mute(Row, table=True):
    """What holds back what is like it, until a moment: never for ever, which is for dibs.toml to say.

    ``kind`` says by what something is like it, and is guarded by the functions that know each (``handlers.own.mutes``):
    a CHECK would make every further kind a rebuild. ``author`` is the name that the source has for them, and ``needle``
    what people call it: a handle, a source, a term, the words with which a ``thread`` began. Without a department it
    holds for all.
    """

    __table_args__ = (Index("ix_mute_until", "until"),)
    id: int | None = Field(default=None, primary_key=True)
    token: str = Field(unique=True)
    kind: str
    source: str = ""
    author: str = ""
    needle: str = Field(default="", sa_type=Text)
    department_id: int | None = Field(default=None, foreign_key="department.id")
    mention_id: int = Field(foreign_key="mention.id")
    by_id: int = Field(foreign_key="person.id")
    at: datetime
    until: datetime
    lifted_at: datetime | None = None
    lifted_by_id: int | None = Field(default=None, foreign_key="person.id")
    told_at: datetime | None = None
    hits: int = 0
    last_hit_at: datetime | None = None
    thread: str = filled_in()
