"""Tellings: which authors are to be told that a theme is mended, by which draft, and which of these went out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlmodel import Session

from storage.report.themes import parts_of
from storage.tables.base import table_of
from storage.tables.replies import Draft
from storage.tables.states import DraftState
from storage.tables.voice import Telling

_telling, _draft = table_of(Telling), table_of(Draft)
_TOLD_BY = (
    *(_telling.c[name] for name in ("theme_id", "mention_id", "draft_id", "told_at")),
    *(_draft.c[name] for name in ("state", "person_id")),
)


@dataclass(frozen=True, slots=True)
class TellingRow:
    """That the author of a mention is to be told: by which draft, how that stands, and who wrote it."""

    theme_id: int
    mention_id: int
    draft_id: int
    told_at: datetime | None
    state: str
    person_id: int


def _rows(session: Session, *where: Any, limit: int | None = None) -> list[TellingRow]:
    query = select(*_TOLD_BY).join_from(_telling, _draft, _draft.c.id == _telling.c.draft_id).where(*where)
    query = query.order_by(_telling.c.theme_id, _telling.c.mention_id).limit(limit)
    return [TellingRow(*row) for row in session.connection().execute(query)]


def of_theme(session: Session, theme_id: int) -> list[TellingRow]:
    """Return whom a theme has told, or is about to, and whom those did that became a part of it."""
    return _rows(session, _telling.c.theme_id.in_(parts_of(theme_id)))


def went_out(session: Session, limit: int) -> Sequence[TellingRow]:
    """Return those whose draft is published and of which that is not written down."""
    published = _draft.c.state == str(DraftState.PUBLISHED)
    return _rows(session, _telling.c.told_at.is_(None), published, limit=limit)


def add(session: Session, theme_id: int, mention_id: int, draft_id: int) -> None:
    """Note by which draft an author is to be told; one that came to nothing before counts no more."""
    here = _telling.c.theme_id == theme_id, _telling.c.mention_id == mention_id
    session.connection().execute(delete(_telling).where(*here, _telling.c.told_at.is_(None)))
    values = {"theme_id": theme_id, "mention_id": mention_id, "draft_id": draft_id}
    session.connection().execute(insert(_telling).values(**values))


def tell(session: Session, row: TellingRow, now: datetime) -> bool:
    """Note that an author was told; False where somebody else did."""
    here = _telling.c.theme_id == row.theme_id, _telling.c.mention_id == row.mention_id, _telling.c.told_at.is_(None)
    query = update(_telling).where(*here).values(told_at=now).returning(_telling.c.mention_id)
    return session.connection().execute(query).first() is not None
