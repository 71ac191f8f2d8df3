"""Restored: replies that were on their way when a backup was taken may have gone out since, so a person is asked."""

from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session

from storage.tables.base import table_of
from storage.tables.replies import Publication
from storage.tables.states import PublicationState

_publication = table_of(Publication)
_MOVING = [str(PublicationState.DUE), str(PublicationState.SENDING)]


def doubt(session: Session, since: datetime, why: str) -> int:
    """Let a person be asked of each reply that was on its way at a moment; returns how many there are.

    It may have gone out meanwhile, in these words or in others. So nothing is kept as prepared that could be looked up,
    and whoever takes it next asks (``bot.outbox.publication``).
    """
    statement = (
        update(_publication)
        .where(_publication.c.state.in_(_MOVING))
        .values(state=str(PublicationState.SENDING), prepared=None, sending_at=since, next_at=None, trouble=why)
        .returning(_publication.c.id)
    )
    return len(session.connection().execute(statement).all())
