"""Folding: the tables of reports as they are filled from the log, a portion of its rows in each transaction.

How far they speak is written in the same transaction, so that a process that is killed repeats nothing and skips
nothing. Whoever goes on locks that row, so that of several replicas one does.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

from sqlalchemy import bindparam, case, delete, func, null, select, update
from sqlmodel import Session

from storage.engine.compiled import Compiled, CompiledIn, dialect_of
from storage.engine.lists import Lists, list_of
from storage.engine.upsert import insert_into
from storage.report.shapes import CountKey, FactRow, LogRow, PersonFirstRow, PersonKey, StayRow
from storage.tables.base import table_of
from storage.tables.mentions import Mention
from storage.tables.ownership import ChainHead, OwnershipEvent
from storage.tables.report import CountDay, Fact, Folded, PersonDay, PersonFirst, Stay
from storage.tables.states import Action

_event, _mention, _head = table_of(OwnershipEvent), table_of(Mention), table_of(ChainHead)
_fact, _stay, _count = table_of(Fact), table_of(Stay), table_of(CountDay)
_day, _person, _folded = table_of(PersonDay), table_of(PersonFirst), table_of(Folded)
_TABLES = (_fact, _stay, _count, _day, _person)
_READ_AHEAD = 10_000

# The fields of a row in their order, as they are written.
_AS_FACT, _AS_STAY, _AS_PERSON = (attrgetter(*one.__slots__) for one in (FactRow, StayRow, PersonFirstRow))

# The columns of a row of the log as it is counted, in the order of ``LogRow``.
LOG_COLUMNS = (*(_event.c[name] for name in LogRow._fields[:-2]), _mention.c.source, _mention.c.addressed)
_OF_REPLY = _event.c.action == str(Action.RESPONDED)


def _only_of_replies(column: Any) -> Any:
    """Return a column of a row's mention, looked up for replies alone: of nothing else it is counted."""
    its_own = select(column).where(_mention.c.id == _event.c.mention_id).correlate(_event).scalar_subquery()
    return case((_OF_REPLY, its_own), else_=null())


_ROWS = (
    select(*LOG_COLUMNS[:-2], *map(_only_of_replies, LOG_COLUMNS[-2:]))
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

    def __init__(self, table: Any, *fixed: str, adds: bool = False) -> None:
        """Take the table; ``fixed`` are its columns that never change, whose indexes need not be looked at then."""
        self._table, self._fixed, self._adds = table, fixed, adds
        self._names: list[str] = table.columns.keys()
        self._one_by_one: Compiled | None = None
        self._all_at_once: Any = None
        self._lists = Lists(table.columns)

    def many(self, session: Session, rows: list[tuple[Any, ...]]) -> None:
        """Write many, each with all columns in their order."""
        if not rows:
            return
        dialect = dialect_of(session)
        if dialect == "sqlite":
            plain = insert_into(self._table, dialect)
            self._one_by_one = self._one_by_one or Compiled(self._or_change(plain), *self._names)
            self._one_by_one.many_in_order(session, rows)
            return
        if self._all_at_once is None:
            given = func.unnest(*map(list_of, self._table.columns)).table_valued(*self._names).render_derived()
            plain = insert_into(self._table, dialect).from_select(self._names, select(*given.c))
            self._all_at_once = self._or_change(plain)
        session.connection().execute(self._all_at_once, self._lists(rows))

    def _or_change(self, insert: Any) -> Any:
        changing = (one for one in self._table.columns if not one.primary_key and one.name not in self._fixed)
        new = {one.name: insert.excluded[one.name] for one in changing}
        if self._adds:
            new = {name: self._table.c[name] + value for name, value in new.items()}
        return insert.on_conflict_do_update(index_elements=list(self._table.primary_key.columns), set_=new)


_WRITE_FACTS, _WRITE_PEOPLE = _Upsert(_fact, "arrived"), _Upsert(_person)
_WRITE_STAYS = _Upsert(_stay, "department_id", "arrived", "entered")
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
        before: What is known, as it was read: only what is otherwise in the end is written. No two tables have rows of
            one length.
    """

    last: int
    rows: list[LogRow]
    tables: Tables
    before: frozenset[tuple[Any, ...]]

    def write(self, session: Session) -> None:
        """Write what changed."""
        now, before = self.tables, self.before
        stays = (one for some in now.stays.values() for one in some)
        facts = [row for one in now.facts.values() if (row := _AS_FACT(one)) not in before]
        _WRITE_FACTS.many(session, facts)
        _WRITE_STAYS.many(session, [row for one in stays if (row := _AS_STAY(one)) not in before])
        _WRITE_PEOPLE.many(session, [row for one in now.people.values() if (row := _AS_PERSON(one)) not in before])
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
    rows = _NEXT.made(session, LogRow, after=after, most=most)
    if not rows:
        return None
    last = rows[-1].seq
    tables, before = Tables(), set[tuple[Any, ...]]()
    for row in _FACTS.rows(session, after=after, last=last):
        before.add(row)
        tables.facts[row[0]] = FactRow(*row)
    for row in _STAYS.rows(session, after=after, last=last):
        before.add(row)
        tables.stays.setdefault(row[0], []).append(StayRow(*row))
    concerned = {one for row in rows for one in (row.actor_id, row.to_owner_id) if one is not None}
    if concerned:
        for row in _PEOPLE.rows(session, concerned):
            before.add(row)
            tables.people[row[0]] = PersonFirstRow(*row)
        for row in _WAITING.rows(session, concerned):
            before.add(row)
            kept = tables.facts.setdefault(row[0], FactRow(*row))
            tables.waiting.setdefault(kept.holder_id or 0, set()).add(kept.mention_id)
    return Portion(last, [row for row in rows if row.mention_id is not None], tables, frozenset(before))


def all_rows(session: Session, until: int) -> Iterator[LogRow]:
    """Yield the rows of the log up to one, those that are about a mention."""
    last = 0
    while last < until:
        rows = _NEXT.made(session, LogRow, after=last, most=min(_READ_AHEAD, until - last))
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
