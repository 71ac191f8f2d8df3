"""The state of a source as a test wants it, whoever may hold the source at that moment."""

from sqlalchemy import update
from sqlmodel import Session

from storage.tables.base import table_of
from storage.tables.posts import SourceState

_state = table_of(SourceState)


def set_state(session: Session, name: str, **values: object) -> None:
    """Write columns of a source that is known."""
    session.connection().execute(update(_state).where(_state.c.name == name).values(**values))
