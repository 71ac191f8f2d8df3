"""Members: who belongs to which department, and in which way they came to."""

from collections.abc import Collection, Mapping

from sqlalchemy import delete, insert, select
from sqlmodel import Session

from storage.tables.base import table_of
from storage.tables.people import Membership, Person

_membership = table_of(Membership)
_person = table_of(Person)


def members(session: Session, department_id: int, via: str) -> set[int]:
    """Return those who belong to a department by ``via``."""
    query = select(_membership.c.person_id).where(
        _membership.c.department_id == department_id, _membership.c.via == via
    )
    return set(session.connection().scalars(query))


def belonging(session: Session, department_id: int) -> list[tuple[int, str]]:
    """Return who is here and belongs to a department, each with the way in which they do; those known longest first."""
    query = (
        select(_person.c.id, _membership.c.via)
        .join_from(_membership, _person, _membership.c.person_id == _person.c.id)
        .where(_membership.c.department_id == department_id, _person.c.active.is_(True))
        .order_by(_person.c.id)
    )
    return [(row.id, row.via) for row in session.connection().execute(query)]


def set_members(session: Session, department_id: int, ways: Mapping[str, Collection[int]]) -> None:
    """Make exactly these people belong to the department by these ways; ways that are not named are untouched.

    Who is in by several ways is written down with the first.
    """
    connection = session.connection()
    here = _membership.c.department_id == department_id
    # All that ends goes first: who leaves a group and stays by a pattern must not be lost between the two.
    for via, wanted in ways.items():
        gone = _membership.c.person_id.not_in(wanted)
        connection.execute(delete(_membership).where(here, _membership.c.via == via, gone))
    present = set(connection.scalars(select(_membership.c.person_id).where(here)))
    for via, wanted in ways.items():
        rows = [{"person_id": one, "department_id": department_id, "via": via} for one in sorted(set(wanted) - present)]
        if rows:
            connection.execute(insert(_membership), rows)
        present |= set(wanted)
