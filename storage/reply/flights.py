"""Flights: how many replies are on their way, by source, for whom they wait, and which of them for long."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import case, func, or_, select
from sqlmodel import Session

from storage.reply.publications import ASKING, FLYING, GOING, HELD
from storage.tables.base import table_of
from storage.tables.replies import Publication

_publication = table_of(Publication)


@dataclass(frozen=True, slots=True)
class Delayed:
    """How many replies of a source wait for long, until when the first of them does, if that is known, and why."""

    source: str
    number: int
    until: datetime | None
    why: str


def delayed(session: Session, now: datetime, long: timedelta) -> list[Delayed]:
    """Return what goes on by itself, but later: not for so long, or already for so long, by source."""
    columns = _publication.c
    far = or_(columns.next_at >= now + long, columns.created_at <= now - long)
    going = columns.state.in_([str(one) for one in GOING])
    query = select(columns.source, columns.next_at, columns.trouble).where(going, far).order_by(columns.id)
    found: dict[str, Delayed] = {}
    for source, next_at, why in session.connection().execute(query):
        known = found.get(source, Delayed(source, 0, None, ""))
        until = min(filter(None, (known.until, next_at)), default=None)
        found[source] = Delayed(source, known.number + 1, until, known.why or why)
    return [found[source] for source in sorted(found)]


@dataclass(frozen=True, slots=True)
class Flight:
    """How many replies of a source are in flight, and how many of them wait for a person's word.

    Those that are ``held`` are counted apart: nobody here can do anything about them.
    """

    source: str
    in_flight: int
    asking: int
    held: int


def flights(session: Session) -> list[Flight]:
    """Count what is on its way, by source."""
    number = func.sum(case((HELD, 0), else_=1))
    asking, held = (func.sum(case((one, 1), else_=0)) for one in (ASKING, HELD))
    query = (
        select(_publication.c.source, number, asking, held)
        .where(FLYING)
        .group_by(_publication.c.source)
        .order_by(_publication.c.source)
    )
    rows = session.connection().execute(query)
    return [Flight(source, int(going), int(asked), int(kept)) for source, going, asked, kept in rows]
