"""Folding: the tables of reports as they are filled from the log, a portion of its rows in each transaction.

How far they speak is written in the same transaction, so that a process that is killed repeats nothing and skips
nothing. Whoever goes on locks that row, so that of several replicas one does.
"""

from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

from sqlalchemy import ARRAY, bindparam, cast, delete, func, select, update
from sqlmodel import Session

from storage.engine.compiled import Compiled, CompiledIn, dialect_of
from storage.engine.upsert import insert_into
from storage.report.shapes import CountKey, FactRow, LogRow, PersonFirstRow, PersonKey, StayRow
from storage.tables.base import table_of
from storage.tables.mentions import Mention
from storage.tables.ownership import ChainHead, OwnershipEvent
from storage.tables.report import CountDay, Fact, Folded, PersonDay, PersonFirst, Stay

_event, _mention, _head = table_of(OwnershipEvent), table_of(Mention), table_of(ChainHead)
_fact, _stay, _count = table_of(Fact), table_of(Stay), table_of(CountDay)
_day, _person, _folded = table_of(PersonDay), table_of(PersonFirst), table_of(Folded)
_TABLES = (_fact, _stay, _count, _day, _person)
_READ_AHEAD = 10_000

# The fields of a row in their order, as they are written.
_AS_FACT, _AS_STAY, _AS_PERSON = (attrgetter(*one.__slots__) for one in (FactRow, StayRow, PersonFirstRow))

# The columns of a row of the log as it is counted, in the order of ``LogRow``.
LOG_COLUMNS = (*(_event.c[name] for name in LogRow._fields[:-2]), _mention.c.source, _mention.c.addressed)
_ROWS = (
    select(*LOG_COLUMNS)
    .join_from(_event, _mention, _mention.c.id == _event.c.mention_id, isouter=True)
    .where(_event.c.seq > bindparam("after"))
    .order_by(_event.c.seq)
    .limit(bindparam("most"))
)
# The next rows of the log.
_NEXT = Compiled(_ROWS)
_TOUCHED = select(_event.c.mention_id).where(_event.c.seq > bindparam("after"), _event.c.seq <= bindparam("last"))
# What is known of the mentions that they are about.
_FACTS = Compiled(select(_fact).where(_fact.c.mention_id.in_(_TOUCHED)))
_STAYS = Compiled(select(_stay).where(_stay.c.mention_id.in_(_TOUCHED)).order_by(_stay.c.mention_id, _stay.c.n))
# What is known of the people who act, or get something.
_PEOPLE = CompiledIn(select(_person), _person.c.person_id)
# What lies in the hands of people of whom no department is known.
_WAITING = CompiledIn(
    select(_fact).where(_fact.c.since.is_not(None), _fact.c.holder_department_id.is_(None)), _fact.c.holder_id
)
# Up to where the tables speak, locked until the commit.
_POSITION = (_folded.c.seq, _folded.c.timezone)
_HOLD = Compiled(select(*_POSITION).with_for_update())
_MOVE = Compiled(update(_folded).values(seq=bindparam("new_seq"), timezone=bindparam("new_timezone")))


class _Upsert:
    """Write rows; of those that are there already the columns that are no key become, or grow by, the new ones.

    PostgreSQL takes all of them in one statement, a list for each column: to it a statement a row is as many ways.
    """

    def __init__(self, table: Any, *, adds: bool = False) -> None:
        self._table, self._adds = table, adds
        self._names: list[str] = table.columns.keys()
        self._one_by_one: Compiled | None = None
        self._all_at_once: Any = None

    def many(self, session: Session, rows: list[tuple[Any, ...]]) -> None:
        """Write many, each with all columns in their order."""
        if not rows:
            return
        dialect = dialect_of(session)
        if dialect == "sqlite":
            plain = insert_into(self._table, dialect)
            self._one_by_one = self._one_by_one or Compiled(self._or_change(plain), *self._names)
            self._one_by_one.many(session, [dict(zip(self._names, row, strict=True)) for row in rows])
            return
        if self._all_at_once is None:
            lists = (cast(bindparam(one.name), ARRAY(one.type)) for one in self._table.columns)
            given = func.unnest(*lists).table_valued(*self._names).render_derived()
            plain = insert_into(self._table, dialect).from_select(self._names, select(*given.c))
            self._all_at_once = self._or_change(plain)
        columns = map(list, zip(*rows, strict=True))
        session.connection().execute(self._all_at_once, dict(zip(self._names, columns, strict=True)))

    def _or_change(self, insert: Any) -> Any:
        new = {one.name: insert.excluded[one.name] for one in self._table.columns if not one.primary_key}
        if self._adds:
            new = {name: self._table.c[name] + value for name, value in new.items()}
        return insert.on_conflict_do_update(index_elements=list(self._table.primary_key.columns), set_=new)


_WRITE_FACTS, _WRITE_STAYS, _WRITE_PEOPLE = _Upsert(_fact), _Upsert(_stay), _Upsert(_person)
_ADD_COUNTS, _ADD_DAYS = _Upsert(_count, adds=True), _Upsert(_day, adds=True)


@dataclass(frozen=True, slots=True)
class Position:
    """Up to which row of the log the tables speak; no time zone = they are being emptied, or hold nothing yet."""

    seq: int
    timezone: str


@dataclass(slots=True)
class Tables:
    """What is counted into: the rows that some rows of the log concern, and what is to be added by day.

    Attributes:
        waiting: Mentions in the hands of somebody of whom no department is known, by person.
    """

    facts: dict[int, FactRow] = field(default_factory=dict)
    stays: dict[int, list[StayRow]] = field(default_factory=dict)
    people: dict[int, PersonFirstRow] = field(default_factory=dict)
    counts: dict[CountKey, int] = field(default_factory=dict)
    days: dict[PersonKey, list[int]] = field(default_factory=dict)
    waiting: dict[int, set[int]] = field(default_factory=dict)


@dataclass(slots=True)
class Portion:
    """Some rows of the log, and what is known of what they concern.

    Attributes:
        last: The number of the last row.
        rows: Those that are about a mention.
    """

    last: int
    rows: list[LogRow]
    tables: Tables
    _before: Tables = field(default_factory=Tables)

    def remember(self) -> None:
        """Keep what is known as it was, so that only what changed is written."""
        self._before.facts = {key: copy(one) for key, one in self.tables.facts.items()}
        self._before.stays = {key: [copy(one) for one in some] for key, some in self.tables.stays.items()}
        self._before.people = {key: copy(one) for key, one in self.tables.people.items()}

    def write(self, session: Session) -> None:
        """Write what changed."""
        now, before = self.tables, self._before
        _WRITE_FACTS.many(session, [_AS_FACT(one) for key, one in now.facts.items() if one != before.facts.get(key)])
        changed = (
            one
            for key, some in now.stays.items()
            for number, one in enumerate(some)
            if number >= len(known := before.stays.get(key, [])) or one != known[number]
        )
        _WRITE_STAYS.many(session, [_AS_STAY(one) for one in changed])
        _WRITE_PEOPLE.many(
            session, [_AS_PERSON(one) for key, one in now.people.items() if one != before.people.get(key)]
        )
        _ADD_COUNTS.many(session, [(*key, n) for key, n in now.counts.items()])
        _ADD_DAYS.many(session, [(*key, *numbers) for key, numbers in now.days.items()])


def position(session: Session) -> tuple[Position, int]:
    """Return up to where the tables speak, and the number of the log's last row."""
    connection = session.connection()
    found = connection.execute(select(*_POSITION)).one()
    return Position(*found), int(connection.scalar(select(_head.c.seq)) or 0)


def hold(session: Session) -> Position:
    """Return up to where the tables speak; nobody else goes on until the commit."""
    found = _HOLD.first(session)
    if found is None:
        raise LookupError("It is not known how far the log was counted: the database was not made by its migrations.")
    return Position(*found)


def move(session: Session, seq: int, timezone: str) -> None:
    """Write down up to where the tables speak now."""
    _MOVE.run(session, new_seq=seq, new_timezone=timezone)


def empty(session: Session, most: int) -> int:
    """Take some rows out of the tables; returns how many, 0 where they are empty."""
    connection, gone = session.connection(), 0
    for table in _TABLES:
        key = next(iter(table.primary_key.columns))
        edge = connection.scalar(select(key).order_by(key).offset(most).limit(1))
        gone += connection.execute(delete(table) if edge is None else delete(table).where(key <= edge)).rowcount
        if edge is not None:
            break
    return gone


def next_portion(session: Session, after: int, most: int) -> Portion | None:
    """Return the next rows of the log with what is known of what they concern; None where there are none."""
    rows = [LogRow._make(row) for row in _NEXT.rows(session, after=after, most=most)]
    if not rows:
        return None
    last = rows[-1].seq
    tables = Tables()
    for fact in (FactRow(*row) for row in _FACTS.rows(session, after=after, last=last)):
        tables.facts[fact.mention_id] = fact
    for stay in (StayRow(*row) for row in _STAYS.rows(session, after=after, last=last)):
        tables.stays.setdefault(stay.mention_id, []).append(stay)
    concerned = {one for row in rows for one in (row.actor_id, row.to_owner_id) if one is not None}
    if concerned:
        tables.people = {row[0]: PersonFirstRow(*row) for row in _PEOPLE.rows(session, concerned)}
        for fact in (FactRow(*row) for row in _WAITING.rows(session, concerned)):
            kept = tables.facts.setdefault(fact.mention_id, fact)
            tables.waiting.setdefault(kept.holder_id or 0, set()).add(kept.mention_id)
    portion = Portion(last, [row for row in rows if row.mention_id is not None], tables)
    portion.remember()
    return portion


def all_rows(session: Session, until: int) -> Iterator[LogRow]:
    """Yield the rows of the log up to one, those that are about a mention."""
    last = 0
    while last < until:
        rows = [LogRow._make(row) for row in _NEXT.rows(session, after=last, most=min(_READ_AHEAD, until - last))]
        if not rows:
            return
        yield from (row for row in rows if row.mention_id is not None)
        last = rows[-1].seq


def kept(session: Session) -> dict[str, dict[Any, tuple[Any, ...]]]:
    """Return all that is in the tables, by table and key, for who compares it."""
    found: dict[str, dict[Any, tuple[Any, ...]]] = {}
    for table in _TABLES:
        width = len(table.primary_key.columns)
        rows = session.connection().execute(select(table))
        found[table.name] = {tuple(row[:width]): tuple(row) for row in rows}
    return found


def as_kept(tables: Tables) -> dict[str, dict[Any, tuple[Any, ...]]]:
    """Return what was counted in memory as it would stand in the tables."""
    stays = (one for some in tables.stays.values() for one in some)
    return {
        _fact.name: {(one.mention_id,): _AS_FACT(one) for one in tables.facts.values()},
        _stay.name: {(one.mention_id, one.n): _AS_STAY(one) for one in stays},
        _count.name: {key: (*key, n) for key, n in tables.counts.items()},
        _day.name: {key: (*key, *numbers) for key, numbers in tables.days.items()},
        _person.name: {(one.person_id,): _AS_PERSON(one) for one in tables.people.values()},
    }
