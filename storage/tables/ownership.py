"""Tables of the ownership log: its rows, the head of its chain, and what people typed beside it."""

from datetime import datetime

from sqlalchemy import Index, Text, text

from storage.tables.base import Row, column


class OwnershipEvent(Row):
    """One row of the append-only ownership log: ids, enums and numbers only. Its hash covers the row before.

    A row without a mention is about the person in ``from_owner_id``.
    """

    __tablename__ = "ownership_event"
    __table_args__ = (
        Index("ix_ownership_event_mention", "mention_id", "seq"),
        Index("ix_ownership_event_refused", "at", sqlite_where=text("action = 'refused'")),
    )
    seq: int = column(primary_key=True)
    at: datetime = column(index=True)
    mention_id: int | None = column(foreign_key="mention.id")
    action: str
    actor_id: int | None = column(foreign_key="person.id")
    actor_department_id: int | None = column(foreign_key="department.id")
    from_owner_id: int | None = column(foreign_key="person.id")
    to_owner_id: int | None = column(foreign_key="person.id")
    from_department_id: int | None = column(foreign_key="department.id")
    to_department_id: int | None = column(foreign_key="department.id")
    via: str
    remark_hash: str | None = None
    prev: str
    hash: str


class ChainHead(Row):
    """The last link of the log. Its one row is locked by every append, which puts the log in one order."""

    __tablename__ = "chain_head"
    id: int = column(default=1, primary_key=True)
    seq: int = 0
    hash: str


class Remark(Row):
    """What a person typed beside a change of hands; forgettable, so the log keeps only its salted hash."""

    seq: int = column(foreign_key="ownership_event.seq", primary_key=True)
    salt: str
    text: str | None = column(type_=Text)
