"""Nameless: replies of ours that stand there, whose name at their source we do not know."""

from sqlalchemy import ColumnElement, and_, func, select, update
from sqlmodel import Session

from storage.reply.publications import PublicationRow
from storage.tables.base import table_of
from storage.tables.replies import Publication
from storage.tables.states import PublicationState

_publication = table_of(Publication)


def without_name(session: Session, source: str, mention_id: int) -> list[PublicationRow]:
    """Return the replies to a mention that stand there and whose name there we do not know, the oldest first."""
    query = (
        select(_publication).where(_nameless(mention_id), _publication.c.source == source).order_by(_publication.c.id)
    )
    return [PublicationRow(*row) for row in session.connection().execute(query)]


def give_name(session: Session, mention_id: int, reference: str, *, url: str) -> None:
    """Write down by which name the oldest of the replies is known that stand at an address, or at none."""
    oldest = select(func.min(_publication.c.id)).where(_nameless(mention_id), _publication.c.url == url)
    statement = update(_publication).where(_publication.c.id == oldest.scalar_subquery())
    session.connection().execute(statement.values(reference=reference))


def _nameless(mention_id: int) -> ColumnElement[bool]:
    columns = _publication.c
    stands = columns.state == str(PublicationState.PUBLISHED)
    return and_(columns.mention_id == mention_id, stands, columns.reference == "")
