"""Arrivals: mentions come one batch after the other, and none while somebody changes where cards stand."""

from sqlalchemy import func, select
from sqlmodel import Session

from storage.tables.base import table_of
from storage.tables.people import Department

_department = table_of(Department)
# Arrivals in one line, over all replicas.
_ONE_BY_ONE = select(func.pg_advisory_xact_lock(func.hashtext("dibs arrivals")))
# The departments, kept from who moves their cards.
_BEGIN_ARRIVAL = select(_department.c.id).order_by(_department.c.id).with_for_update(read=True, key_share=True)


def hold_arrivals(session: Session) -> None:
    """Let no mention arrive until the commit, after those that are arriving now.

    Whoever changes where cards stand asks first: on PostgreSQL a mention that arrives meanwhile would be seen by
    neither side, and would have no card. A new mention holds the key of its department, which this waits for; on
    SQLite there is one writer anyway.
    """
    session.connection().execute(select(_department.c.id).order_by(_department.c.id).with_for_update())


def begin_arrival(session: Session) -> None:
    """Say that mentions are about to arrive, before looking what is known already; see ``hold_arrivals``.

    It waits for whoever holds arrivals back, and for other arrivals: two sources may show one address in the same
    moment, and the second has to see what the first made of it. On SQLite there is one writer anyway.
    """
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        connection.execute(_ONE_BY_ONE)
        connection.execute(_BEGIN_ARRIVAL)
