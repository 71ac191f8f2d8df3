"""Sources: checkpoint, health and counts of each, and the lease of who polls it now."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, func, or_, select, update
from sqlmodel import Session

from storage.engine.compiled import Compiled
from storage.engine.leases import Leases
from storage.engine.upsert import InsertOrIgnore
from storage.tables.base import table_of
from storage.tables.posts import SourceDay, SourceState

_state = table_of(SourceState)
_day = table_of(SourceDay)
# The day of a source on which something is dropped for the first time.
_DAY = InsertOrIgnore(_day)
# The state of a source that is asked for the first time.
_NEW = InsertOrIgnore(_state)
_NOW = bindparam("now", type_=_state.c.next_at.type)
# A source is taken when it is due.
leases = Leases(_state, when=or_(_state.c.next_at.is_(None), _state.c.next_at <= _NOW))
# So many dropped posts are remembered, each by so many hex digits: 16 KB at most in a row that every poll writes.
REMEMBERED = 2_000
_DIGITS = 8


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One row of ``source_state``, as it was read; the fields are the columns, in their order."""

    name: str
    kind: str
    place: str
    checkpoint: str
    baselined: bool
    next_at: datetime | None
    last_ok_at: datetime | None
    last_post_at: datetime | None
    down_since: datetime | None
    failures: int
    trouble: str
    seen: int
    matched: int
    dropped: int
    dropped_lately: str | None
    lease: str | None
    leased_until: datetime | None


_ROW = [_state.c[name] for name in SourceRow.__slots__]
# A quiet source is asked each second by its lease, its row and what came of it; all else is rare.
_GET = Compiled(select(*_ROW).where(_state.c.name == bindparam("source")))
# Somebody rang: there is something to fetch.
_RING = Compiled(
    update(_state)
    .where(_state.c.name == bindparam("source"), _state.c.failures == 0, _state.c.next_at > _NOW)
    .values(next_at=_NOW)
)


def ring(session: Session, source: str, now: datetime) -> None:
    """Let a source be due at once, unless it rests from a failure."""
    _RING.run(session, source=source, now=now)


def due(session: Session, source: str, now: datetime) -> None:
    """Let a source be asked at once, also where it rests: what it rested for is mended."""
    session.connection().execute(
        update(_state).where(_state.c.name == source, _state.c.next_at > now).values(next_at=now)
    )


def ensure(session: Session, name: str, kind: str, place: str) -> SourceRow:
    """Return the state of a source, made on first use.

    A changed place forgets checkpoint and baseline, and ends the turn of who polls the former place at this moment:
    its checkpoint and its baseline would be taken for those of the new one.
    """
    _NEW.run(session, {"name": name, "kind": kind, "place": place})
    session.connection().execute(
        update(_state)
        .where(_state.c.name == name, or_(_state.c.place != place, _state.c.kind != kind))
        .values(
            kind=kind,
            place=place,
            checkpoint="",
            baselined=False,
            next_at=None,
            failures=0,
            lease=None,
            leased_until=None,
        )
    )
    return get(session, name)


def get(session: Session, name: str) -> SourceRow:
    """Return the state of a source as it stands now; it must exist."""
    row = _GET.first(session, source=name)
    if row is None:
        raise LookupError(f"There is no source {name}.")
    return SourceRow(*row)


def states(session: Session, names: Sequence[str]) -> list[SourceRow]:
    """Return the states of these sources, those that have one."""
    query = select(*_ROW).where(_state.c.name.in_(list(names))).order_by(_state.c.name)
    return [SourceRow(*row) for row in session.connection().execute(query)]


def heard(session: Session, name: str, now: datetime) -> None:
    """Write down that a source spoke to us; nobody holds it for that."""
    session.connection().execute(update(_state).where(_state.c.name == name).values(last_ok_at=now))


def add_counts(
    session: Session, name: str, *, seen: int, matched: int, dropped: int, last_post_at: datetime | None
) -> None:
    """Add to what a source has shown."""
    values: dict[str, Any] = {
        "seen": _state.c.seen + seen,
        "matched": _state.c.matched + matched,
        "dropped": _state.c.dropped + dropped,
    }
    if last_post_at is not None:
        values["last_post_at"] = last_post_at
    session.connection().execute(update(_state).where(_state.c.name == name).values(**values))


def count_dropped(session: Session, name: str, day: date, number: int) -> None:
    """Add to what was dropped of a source on one day."""
    _DAY.run(session, {"day": day.isoformat(), "source": name, "dropped": 0})
    here = (_day.c.day == day.isoformat(), _day.c.source == name)
    session.connection().execute(update(_day).where(*here).values(dropped=_day.c.dropped + number))


def dropped_between(session: Session, first: date, until: date) -> dict[str, int]:
    """Return how many posts were dropped from one day on and before another, by source."""
    query = select(_day.c.source, func.sum(_day.c.dropped))
    query = query.where(_day.c.day >= first.isoformat(), _day.c.day < until.isoformat())
    return {source: int(number) for source, number in session.connection().execute(query.group_by(_day.c.source))}


def remember_dropped(session: Session, name: str, external_ids: Iterable[str]) -> int:
    """Remember that these posts were dropped; returns how many of them were not remembered yet.

    What is dropped is not stored, so a feed shows it as new at every poll. The source's row keeps short hashes of the
    latest two thousand, the oldest make room: in the row, so that a restart or another replica does not count them
    again, and bounded, because a stream drops without end. A feed that shows more than that at once is counted too
    high, and one post in two million too low, for its hash is another's.
    """
    connection, here = session.connection(), _state.c.name == name
    lately = connection.scalar(select(_state.c.dropped_lately).where(here).with_for_update()) or ""
    known = {lately[start : start + _DIGITS] for start in range(0, len(lately), _DIGITS)}
    new = list(dict.fromkeys(one for one in map(_digest, external_ids) if one not in known))
    if new:
        kept = (lately + "".join(new))[-REMEMBERED * _DIGITS :]
        connection.execute(update(_state).where(here).values(dropped_lately=kept))
    return len(new)


def _digest(external_id: str) -> str:
    return hashlib.blake2b(external_id.encode(), digest_size=_DIGITS // 2).hexdigest()
