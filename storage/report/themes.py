"""Themes: what people named of what many say, which mentions it finds, and what was done to it."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, delete, insert, literal, select, update
from sqlmodel import Session

from storage.engine.compiled import Compiled
from storage.engine.upsert import InsertOrIgnore
from storage.tables.base import table_of
from storage.tables.ownership import OwnershipEvent
from storage.tables.states import Action
from storage.tables.voice import Theme, ThemeChange, ThemeMention

_theme, _found, _change = table_of(Theme), table_of(ThemeMention), table_of(ThemeChange)
_event = table_of(OwnershipEvent)
_PUT = InsertOrIgnore(_found)
_COMES = (str(Action.ARRIVED), str(Action.HELD))
# The next rows of the log, of which those are wanted with which something comes.
_NEXT = Compiled(
    select(_event.c.seq, _event.c.action, _event.c.mention_id)
    .where(_event.c.seq > bindparam("after"))
    .order_by(_event.c.seq)
    .limit(bindparam("most"))
)


@dataclass(frozen=True, slots=True)
class ThemeRow:
    """One row of ``theme``; the fields are the columns, in their order."""

    id: int
    token: str
    name: str
    query: str
    department_id: int
    by_id: int
    at: datetime
    seq: int
    tracker: str = ""
    tracker_at: datetime | None = None
    reply: str = ""
    muted_until: datetime | None = None
    fixed_at: datetime | None = None
    gone_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One row of ``theme_change``; the fields are the columns, in their order."""

    id: int
    theme_id: int
    what: str
    before: str
    other_id: int | None
    by_id: int
    at: datetime
    undone_at: datetime | None = None


def add(session: Session, **values: Any) -> ThemeRow:
    """Write down a theme."""
    empty = {"tracker": "", "reply": "", "seq": 0}
    row = session.connection().execute(insert(_theme).values(**empty | values).returning(*_theme.c)).one()
    return ThemeRow(*row)


def change(session: Session, theme_id: int, **values: Any) -> ThemeRow:
    """Change a theme."""
    query = update(_theme).where(_theme.c.id == theme_id).values(**values).returning(*_theme.c)
    return ThemeRow(*session.connection().execute(query).one())


def get(session: Session, theme_id: int) -> ThemeRow:
    """Return a theme by its number."""
    return ThemeRow(*session.connection().execute(select(_theme).where(_theme.c.id == theme_id)).one())


def by_token(session: Session, token: str, *, lock: bool = False) -> ThemeRow | None:
    """Return a theme by its token, or None; locked until the commit by who changes it."""
    query = select(_theme).where(_theme.c.token == token)
    row = session.connection().execute(query.with_for_update() if lock else query).first()
    return ThemeRow(*row) if row else None


def several(session: Session, theme_ids: Collection[int]) -> dict[int, ThemeRow]:
    """Return themes by their numbers, also those that are gone."""
    query = select(_theme).where(_theme.c.id.in_(sorted(theme_ids)))
    return {row.id: ThemeRow(*row) for row in session.connection().execute(query)}


def alive(session: Session) -> list[ThemeRow]:
    """Return the themes that there are, by name."""
    query = select(_theme).where(_theme.c.gone_at.is_(None)).order_by(_theme.c.name, _theme.c.id)
    return [ThemeRow(*row) for row in session.connection().execute(query)]


def note(session: Session, **values: Any) -> None:
    """Write down what is done to a theme, with what it was before."""
    session.connection().execute(insert(_change).values(**values))


def last_change(session: Session, theme_id: int) -> ChangeRow | None:
    """Return what was done to a theme last and stands, or None."""
    query = select(_change).where(_change.c.theme_id == theme_id, _change.c.undone_at.is_(None))
    row = session.connection().execute(query.order_by(_change.c.id.desc()).limit(1)).first()
    return ChangeRow(*row) if row else None


def lately_changed(session: Session, since: datetime, most: int) -> list[ChangeRow]:
    """Return what was done lately and stands, the newest of each theme, the newest first."""
    query = select(_change).where(_change.c.at >= since, _change.c.undone_at.is_(None)).order_by(_change.c.id.desc())
    found: dict[int, ChangeRow] = {}
    for row in session.connection().execute(query.limit(most * 10)):
        found.setdefault(row.theme_id, ChangeRow(*row))
    return list(found.values())[:most]


def parts_of(theme_id: int) -> Select[tuple[int]]:
    """Return what selects a theme, those that became a part of it and those that became parts of these."""
    parts = select(literal(theme_id).label("id")).cte("part", recursive=True)
    merged = _change.c.theme_id == parts.c.id, _change.c.other_id.is_not(None), _change.c.undone_at.is_(None)
    return select(parts.union(select(_change.c.other_id).where(*merged)).c.id)


def undo(session: Session, change_id: int, now: datetime) -> bool:
    """Note that a change was undone; False where somebody was quicker."""
    query = update(_change).where(_change.c.id == change_id, _change.c.undone_at.is_(None)).values(undone_at=now)
    return session.connection().execute(query.returning(_change.c.id)).first() is not None


def found_by(session: Session, theme_id: int) -> set[int]:
    """Return the mentions that a theme finds."""
    return set(session.connection().scalars(select(_found.c.mention_id).where(_found.c.theme_id == theme_id)))


def put(session: Session, theme_id: int, mention_ids: Collection[int]) -> None:
    """Let a theme find these mentions, and no others."""
    session.connection().execute(delete(_found).where(_found.c.theme_id == theme_id))
    add_found(session, ((theme_id, one) for one in mention_ids))


def add_found(session: Session, pairs: Iterable[tuple[int, int]]) -> None:
    """Let themes find mentions besides; given as the theme and the mention."""
    _PUT.many(session, [{"theme_id": theme, "mention_id": mention} for theme, mention in sorted(pairs)])


def came_after(session: Session, seq: int, most: int) -> tuple[int, list[int]]:
    """Return the mentions that came with the next rows of the log, and the number of the last row."""
    rows = list(_NEXT.rows(session, after=seq, most=most))
    return (rows[-1][0] if rows else seq), [row[2] for row in rows if row[1] in _COMES]


def looked_for(session: Session, theme_ids: Collection[int], seq: int) -> None:
    """Note up to which row of the log themes were looked for."""
    here = update(_theme).where(_theme.c.id.in_(sorted(theme_ids)), _theme.c.seq < seq)
    session.connection().execute(here.values(seq=seq))
