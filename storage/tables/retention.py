"""The table of what is kept by age: of each source what was told, and how far a night has come."""

from datetime import datetime

from sqlmodel import Field

from storage.tables.base import Row


class Retention(Row, table=True):
    """A source of which only so many days are kept.

    ``told_at`` is when it was first told what that removes, ``mentions`` and ``posts`` are how many have been removed.
    In its ``night`` ("2026-03-02") it has come to ``part``, behind the row ``after``.
    """

    source: str = Field(primary_key=True)
    days: int
    told_at: datetime
    mentions: int = 0
    posts: int = 0
    night: str = ""
    part: str = ""
    after: int = 0
