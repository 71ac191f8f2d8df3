"""Identities: the accounts that people have on the platforms, each belonging to one person.

Accounts with the same confirmed e-mail address are one person's. That may turn out late, so an account can move from
the person as whom it acted until then to the one whom we knew.
"""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import bindparam, insert, select, update
from sqlmodel import Session

from storage.engine.compiled import Compiled
from storage.people import people
from storage.tables.base import table_of
from storage.tables.people import Identity, Person
from storage.tables.states import DESK, IdentityKind

_identity = table_of(Identity)
_person = table_of(Person)


@dataclass(frozen=True, slots=True)
class IdentityRow:
    """One row of ``identity``, as it was read; the fields are the columns, in their order."""

    id: int
    platform: str
    workspace: str
    external_id: str
    person_id: int
    kind: str
    active: bool


@dataclass(frozen=True, slots=True)
class Told:
    """What was told of an account and its person so far."""

    kind: str
    name: str
    email: str | None
    timezone: str | None
    active: bool


_ROW = [_identity.c[name] for name in IdentityRow.__slots__]
_TOLD = select(
    _identity.c.external_id, _identity.c.kind, _person.c.name, _person.c.email, _person.c.timezone, _identity.c.active
).join_from(_identity, _person, _identity.c.person_id == _person.c.id)


def find(session: Session, platform: str, workspace: str, external_id: str) -> IdentityRow | None:
    """Return the account, or None."""
    query = select(*_ROW).where(
        _identity.c.platform == platform, _identity.c.workspace == workspace, _identity.c.external_id == external_id
    )
    row = session.connection().execute(query).first()
    return IdentityRow(*row) if row else None


def add(
    session: Session,
    *,
    platform: str,
    workspace: str,
    external_id: str,
    kind: IdentityKind,
    name: str,
    email: str | None,
    active: bool = True,
) -> IdentityRow:
    """Write down an account; it joins the person with the same e-mail, or a new one."""
    person = people.by_email(session, email) if email else None
    person = person or people.add_person(session, name or external_id, email)
    values = {
        "platform": platform,
        "workspace": workspace,
        "external_id": external_id,
        "kind": str(kind),
        "person_id": person.id,
        "active": active,
    }
    row = session.connection().execute(insert(_identity).values(**values).returning(*_ROW)).one()
    return IdentityRow(*row)


def keep(session: Session, row: IdentityRow, kind: IdentityKind, *, active: bool) -> None:
    """Write down what an account is on its platform, and whether it is still there."""
    if (row.kind, row.active) != (kind, active):
        values = {"kind": str(kind), "active": active}
        session.connection().execute(update(_identity).where(_identity.c.id == row.id).values(**values))


def join(session: Session, row: IdentityRow, person_id: int) -> bool:
    """Let an account belong to a person whom we know already.

    The desk's account follows its person and keeps nobody: who sat there comes in again as who they turned out to be.

    Returns:
        Whether that was the last account of its former person, who then is there for the log alone.
    """
    connection = session.connection()
    # On PostgreSQL a claim of theirs that is under way is waited for, so that it is seen by who hands things on.
    people.hold(session, row.person_id, claims=True)
    connection.execute(update(_identity).where(_identity.c.id == row.id).values(person_id=person_id))
    left = select(_identity.c.id).where(_identity.c.person_id == row.person_id, _identity.c.platform != DESK)
    return connection.execute(left.limit(1)).first() is None


# Where a person can be told something.
_OF_PERSON = Compiled(select(*_ROW).where(_identity.c.person_id == bindparam("person_id")).order_by(_identity.c.id))


def of_person(session: Session, person_id: int) -> list[IdentityRow]:
    """Return every account of a person."""
    return [IdentityRow(*row) for row in _OF_PERSON.rows(session, person_id=person_id)]


def is_gone(session: Session, platform: str, external_id: str) -> bool:
    """Say whether an account that we know ended, or its person is not here any more."""
    query = (
        select(_identity.c.active, _person.c.active)
        .join_from(_identity, _person, _identity.c.person_id == _person.c.id)
        .where(_identity.c.platform == platform, _identity.c.external_id == external_id)
    )
    found = session.connection().execute(query).all()
    return bool(found) and not any(account and person for account, person in found)


def of_people(session: Session, person_ids: Collection[int]) -> dict[int, list[IdentityRow]]:
    """Return every account of some people, by person."""
    query = select(*_ROW).where(_identity.c.person_id.in_(list(person_ids))).order_by(_identity.c.id)
    found: dict[int, list[IdentityRow]] = {}
    for row in session.connection().execute(query):
        found.setdefault(row.person_id, []).append(IdentityRow(*row))
    return found


def told(session: Session, platform: str, workspace: str, external_ids: Collection[str]) -> dict[str, Told]:
    """Return what was told so far of those of the accounts that we know, by external id."""
    query = _TOLD.where(_identity.c.platform == platform, _identity.c.workspace == workspace)
    rows = session.connection().execute(query.where(_identity.c.external_id.in_(list(external_ids))))
    return {external_id: Told(*facts) for external_id, *facts in rows}
