"""Customers: the list of their public handles, kept in a table, and who of some authors is one.

A list is written beside the one that counts, in steps that keep nobody waiting, and counts from the moment in which it
is whole: who looks meanwhile, or after a process ended in the midst of it, finds the one before.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, func, insert, or_, select, text, update
from sqlmodel import Session

from storage.engine.compiled import dialect_of
from storage.engine.upsert import InsertOrIgnore
from storage.tables.base import table_of
from storage.tables.posts import Customer, CustomerList

_customer = table_of(Customer)
_list = table_of(CustomerList)
_ROWS = InsertOrIgnore(_customer)
# The same on PostgreSQL, where a row by itself takes ten times as long as one among many.
_TOGETHER = text(
    "INSERT INTO customer (list_id, source, handle, label) SELECT :list_id, * FROM unnest("
    "CAST(:sources AS text[]), CAST(:handles AS text[]), CAST(:labels AS text[])) ON CONFLICT DO NOTHING"
)
_current = select(func.max(_list.c.id)).where(_list.c.complete.is_(True)).scalar_subquery()
# So many rows of a former list are taken away in one step.
STEP = 5_000


@dataclass(frozen=True, slots=True)
class Listed:
    """The list that counts: of which file it is, and how many customers stand in it."""

    id: int
    digest: str
    number: int


_LISTED = [_list.c[name] for name in Listed.__slots__]


def current(session: Session) -> Listed | None:
    """Return the list that counts, or None."""
    row = session.connection().execute(select(*_LISTED).where(_list.c.id == _current)).first()
    return Listed(*row) if row else None


def begin(session: Session, digest: str, number: int) -> int:
    """Begin a list, which does not count yet; returns its id."""
    query = insert(_list).values(digest=digest, number=number, complete=False).returning(_list.c.id)
    return int(session.connection().execute(query).scalar_one())


def add(session: Session, list_id: int, rows: Sequence[tuple[str, str, str]]) -> None:
    """Write down some customers: source, handle and label."""
    if dialect_of(session) == "postgresql":
        sources, handles, called = (list(column) for column in zip(*rows, strict=True))
        values = {"list_id": list_id, "sources": sources, "handles": handles, "labels": called}
        session.connection().execute(_TOGETHER, values)
        return
    _ROWS.many(
        session, [{"list_id": list_id, "source": one, "handle": two, "label": three} for one, two, three in rows]
    )


def complete(session: Session, list_id: int) -> None:
    """Let a list count, all of which is there."""
    session.connection().execute(update(_list).where(_list.c.id == list_id).values(complete=True))


def drop_some(session: Session, now: int, before: int) -> bool:
    """Take away a step of what counts no more; says whether there is more.

    Args:
        session: The transaction.
        now: The list that counts now; what is above all lists takes all away.
        before: The list that counted before; what was begun after it and is not whole may be written by a replica.
    """
    former = select(_list.c.id).where(_list.c.id < now, or_(_list.c.complete.is_(True), _list.c.id < before))
    some = select(_customer.c.list_id, _customer.c.source, _customer.c.handle).where(_customer.c.list_id.in_(former))
    by_key: dict[tuple[int, str], list[str]] = {}
    for list_id, source, handle in session.connection().execute(some.limit(STEP)):
        by_key.setdefault((list_id, source), []).append(handle)
    for (list_id, source), handles in by_key.items():
        here = _customer.c.list_id == list_id, _customer.c.source == source, _customer.c.handle.in_(handles)
        session.connection().execute(delete(_customer).where(*here))
    if not by_key:
        session.connection().execute(delete(_list).where(_list.c.id.in_(former)))
    return bool(by_key)


def labels(session: Session, sources: Collection[str], handles: Collection[str]) -> Mapping[str, str]:
    """Return what customers among these handles are called in the list, by handle, for any of these sources."""
    if not handles:
        return {}
    query = select(_customer.c.handle, _customer.c.label).where(
        _customer.c.list_id == _current,
        _customer.c.source.in_(sorted(sources)),
        _customer.c.handle.in_(sorted(handles)),
    )
    return {str(handle): str(label) for handle, label in session.connection().execute(query)}
