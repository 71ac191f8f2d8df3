"""Erase people: who a colleague was is taken out of the tables of people; the row stays, since the log refers to it."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, false, func, update
from sqlmodel import Session

from storage.tables.base import table_of
from storage.tables.people import DeskSession, Identity, Membership, Person

_person, _identity = table_of(Person), table_of(Identity)
_membership, _session = table_of(Membership), table_of(DeskSession)


def blank(session: Session, person_ids: Sequence[int], now: datetime) -> None:
    """Take away who people are: name, address and zone, their accounts, departments, sessions and links."""
    connection = session.connection()
    for table in (_membership, _session, _identity):
        connection.execute(delete(table).where(table.c.person_id.in_(person_ids)))
    nobody = {"name": "", "email": None, "timezone": None, "platform": "", "active": false(), "switched_off": True}
    left = func.coalesce(_person.c.left_at, now)
    connection.execute(update(_person).where(_person.c.id.in_(person_ids)).values(left_at=left, **nobody))
