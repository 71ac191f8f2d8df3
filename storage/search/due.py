"""Due: mentions that are not in the index as they are, and how they come into it bit by bit while all else goes on.

After the step of the schema that made the index, that is all there were. The newest come first, since they are looked
for most. What was done stays done when the process ends: a span that is due shrinks in the transaction that wrote its
words.
"""

from dataclasses import dataclass

from sqlalchemy import delete, func, insert, select, update
from sqlmodel import Session

from storage.search.index import hold, write_down
from storage.search.tables import SearchDue, mention_words
from storage.tables.base import table_of
from storage.tables.mentions import Mention

_due = table_of(SearchDue)
_mention = table_of(Mention)
# A transaction of this size takes some 50 ms.
PORTION = 100


@dataclass(frozen=True, slots=True)
class Left:
    """How far the index is: the newest mention that may be missing, and how many may be, at most."""

    newest: int
    number: int


def left(session: Session, *, unfound: bool = False) -> Left | None:
    """Return what is due, or only what may be found by its words not at all or as they were; None if nothing is."""
    query = select(func.max(_due.c.last), func.sum(_due.c.last - _due.c.first + 1))
    if unfound:
        query = query.where(~_due.c.only_facets)
    newest, number = session.connection().execute(query).one()
    return None if newest is None else Left(int(newest), int(number))


def knows_facets(session: Session) -> bool:
    """Say whether all that is in the index has its facets."""
    return session.connection().scalar(select(_due.c.first).where(_due.c.only_facets).limit(1)) is None


def take_up(session: Session, portion: int = PORTION) -> int:
    """Write down the words of the newest mentions that are due; returns the span of ids that is not due any more.

    What only lacks facets comes last.
    """
    hold(session)
    connection = session.connection()
    turns = select(_due.c.first, _due.c.last).order_by(_due.c.only_facets, _due.c.last.desc())
    span = connection.execute(turns.limit(1)).first()
    if span is None:
        return 0
    found = select(_mention.c.id).where(_mention.c.id.between(span.first, span.last))
    mention_ids = list(connection.scalars(found.order_by(_mention.c.id.desc()).limit(portion)))
    write_down(session, mention_ids)
    edge = mention_ids[-1] if len(mention_ids) == portion else span.first
    here = _due.c.first == span.first
    if edge > span.first:
        connection.execute(update(_due).where(here).values(last=edge - 1))
    else:
        connection.execute(delete(_due).where(here))
    return int(span.last - edge + 1)


def begin_anew(session: Session) -> None:
    """Forget the index, and let all mentions be due: after a copy from elsewhere, or when words are cut otherwise."""
    connection = session.connection()
    hold(session)
    connection.execute(delete(_due))
    connection.execute(delete(mention_words))
    last = connection.scalar(select(func.max(_mention.c.id)))
    if last:
        connection.execute(insert(_due).values(first=1, last=last))
