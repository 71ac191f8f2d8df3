"""Kept back: which mentions are held, or were held on some day, by reason and by what holds them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, case, func, select
from sqlmodel import Session

from storage.own.mentions import MentionRow
from storage.tables.base import table_of
from storage.tables.mentions import Mention
from storage.tables.people import Department
from storage.tables.states import KEPT_BACK, Held, Status

_mention = table_of(Mention)
_department = table_of(Department)
# For which reason it is held, or was before somebody brought it forth.
_REASON: ColumnElement[str] = case((_mention.c.held != str(Held.NO), _mention.c.held), else_=_mention.c.was_held)
_REASONS = [str(one) for one in KEPT_BACK]
# More than anybody counts.
COUNTED = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Which of them; what is None or empty does not narrow.

    Attributes:
        held_by: The number of the mute or storm.
        since: When it came to us, at the earliest; with ``until``, also what was brought forth or closed since.
        until: When it came, and not later.
    """

    department_id: int | None = None
    reason: Held | None = None
    held_by: int | None = None
    since: datetime | None = None
    until: datetime | None = None


def _conditions(kept: Kept) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if kept.since is not None and kept.until is not None:
        found += [_mention.c.ingested_at >= kept.since, _mention.c.ingested_at < kept.until, _REASON.in_(_REASONS)]
    else:
        found += [_mention.c.held.in_(_REASONS), _mention.c.status == str(Status.NEW)]
        if kept.department_id is None:  # by department, so that an index finds them
            found.append(_mention.c.department_id.in_(select(_department.c.id)))
    if kept.department_id is not None:
        found.append(_mention.c.department_id == kept.department_id)
    if kept.reason is not None:
        found.append(_REASON.in_([str(kept.reason)]))
    if kept.held_by is not None:
        found.append(_mention.c.held_by == kept.held_by)
    return found


def counts(session: Session, kept: Kept) -> dict[tuple[Held, int | None], int]:
    """Count them by reason and by what holds them."""
    some = select(_REASON.label("reason"), _mention.c.held_by).where(*_conditions(kept)).limit(COUNTED).subquery()
    query = select(some.c.reason, some.c.held_by, func.count()).group_by(some.c.reason, some.c.held_by)
    return {(Held(reason), by): int(number) for reason, by, number in session.connection().execute(query)}


def page(session: Session, kept: Kept, *, after: int | None, limit: int) -> Sequence[MentionRow]:
    """Return them, the newest first, those behind the mention ``after``."""
    query = select(_mention).where(*_conditions(kept))
    if after is not None:
        query = query.where(_mention.c.id < after)
    return [MentionRow(*row) for row in session.connection().execute(query.order_by(_mention.c.id.desc()).limit(limit))]
