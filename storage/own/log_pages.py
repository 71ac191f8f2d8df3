"""The log a page at a time, newest first, and what is asked of it: a department, an action, one mention.

What is asked for may be rare in a long log, and no index serves each question, so a page looks through so many rows at
most and says where the next one goes on.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import or_, select
from sqlmodel import Session

from storage.engine.deferred import settle
from storage.own.ownership import head
from storage.tables.base import table_of
from storage.tables.ownership import OwnershipEvent
from storage.tables.states import Action

# So many rows of the log are looked through for one page.
LOOKED_THROUGH = 20_000
_event = table_of(OwnershipEvent)
_DEPARTMENTS = tuple(_event.c[f"{name}_department_id"] for name in ("actor", "from", "to"))


@dataclass(frozen=True, slots=True, kw_only=True)
class LogFilter:
    """Which rows are wanted: all, unless something is asked for.

    Attributes:
        department_id: Those that it gave, got or kept, or for which somebody acted.
        action: Those in which this was done.
        without: Those in which none of these was done.
    """

    department_id: int | None = None
    action: str = ""
    without: Collection[Action] = ()


@dataclass(frozen=True, slots=True)
class LogPage:
    """A page of the log; ``next`` is the row before which the next page begins, None where there is none."""

    rows: list[dict[str, Any]]
    next: int | None


def log_page(session: Session, wanted: LogFilter, *, before: int | None, limit: int) -> LogPage:
    """Return the rows that are wanted, newest first, of those before row ``before``."""
    edge = head(session)[0] + 1
    edge = min(edge, before) if before is not None else edge
    floor = max(edge - LOOKED_THROUGH, 0)
    query = select(_event).where(_event.c.seq < edge, _event.c.seq >= floor)
    if wanted.department_id is not None:
        query = query.where(or_(*(column == wanted.department_id for column in _DEPARTMENTS)))
    if wanted.action:
        query = query.where(_event.c.action == wanted.action)
    if wanted.without:
        query = query.where(_event.c.action.not_in([str(one) for one in wanted.without]))
    found = session.connection().execute(query.order_by(_event.c.seq.desc()).limit(limit + 1))
    rows = [dict(row._mapping) for row in found]
    if len(rows) > limit:
        return LogPage(rows[:limit], int(rows[limit - 1]["seq"]))
    return LogPage(rows, floor if floor > 1 else None)


def newest_of_mention(session: Session, mention_id: int, limit: int) -> tuple[list[dict[str, Any]], bool]:
    """Return the newest rows of one mention, the oldest of them first, and whether there are more before."""
    settle(session)
    query = select(_event).where(_event.c.mention_id == mention_id).order_by(_event.c.seq.desc()).limit(limit + 1)
    rows = [dict(row._mapping) for row in session.connection().execute(query)]
    return rows[:limit][::-1], len(rows) > limit
