"""Tables of the ownership log: its rows, the head of its chain, and what people typed beside it."""

from datetime import datetime

from sqlalchemy import Index, Text, text
from sqlmodel import Field

from storage.tables.base import Row


class OwnershipEvent(Row, table=True):
    """One row of the append-only ownership log: ids, enums and numbers only. Its hash covers the row before.

    A row without a mention is about the person in ``from_owner_id``.
    """

    __tablename__ = "ownership_event"
    __table_args__ = (
        Index("ix_ownership_event_mention", "mention_id", "seq"),
        Index("ix_ownership_event_refused", "at", sqlite_where=text("action = 'refused'")),
    )
    seq: int = Field(primary_key=True)
    at: datetime = Field(index=True)
    mention_id: int | None = Field(default=None, foreign_key="mention.id")
    action: str
    actor_id: int | None = Field(default=None, foreign_key="person.id")
    actor_department_id: int | None = Field(default=None, foreign_key="department.id")
    from_owner_id: int | None = Field(default=None, foreign_key="person.id")
    to_owner_id: int | None = Field(default=None, foreign_key="person.id")
    from_department_id: int | None = Field(default=None, foreign_key="department.id")
    to_department_id: int | None = Field(default=None, foreign_key="department.id")
    via: str
    remark_hash: str | None = None
    prev: str
    hash: str


class ChainHead(Row, table=True):
    """The last link of the log. Its one row is locked by every append, which puts the log in one order."""

    __tablename__ = "chain_head"
    id: int = Field(default=1, primary_key=True)
    seq: int = 0
    hash: str


class Remark(Row, table=True):
    """What a person typed beside a change of hands; forgettable, so the log keeps only its salted hash."""

    seq: int = Field(foreign_key="ownership_event.seq", primary_key=True)
    salt: str
    text: str | None = Field(default=None, sa_type=Text)
