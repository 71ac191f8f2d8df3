"""People, and the departments that they belong to."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, bindparam, case, insert, select, update
from sqlmodel import Session

from storage.engine.compiled import Compiled, CompiledIn
from storage.engine.upsert import InsertOrIgnore
from storage.tables.base import table_of
from storage.tables.people import Department, Home, Identity, Membership, Person
from storage.tables.states import DESK, FORGOTTEN_PERSON, ONLY_WORKSPACE, IdentityKind

_identity = table_of(Identity)
_person = table_of(Person)
_membership = table_of(Membership)
_department = table_of(Department)
_home = table_of(Home)


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One row of ``person``, as it was read; the fields are the columns, in their order."""

    id: int
    name: str
    email: str | None
    timezone: str | None
    active: bool
    switched_off: bool
    left_at: datetime | None
    platform: str
    joined_id: int | None = None


@dataclass(frozen=True, slots=True)
class KnownPerson:
    """The person behind an account, as an actor needs it.

    Attributes:
        kind: What the account is on its platform.
        account_active: Its platform did not end it.
        elsewhere: The most that an account of theirs on another chat platform, or another one there, is; None if none.
        active: The person is still here.
        platform: The chat platform on which they acted last, or empty.
    """

    id: int
    name: str
    timezone: str | None
    kind: str
    account_active: bool
    elsewhere: str | None
    active: bool
    platform: str


@dataclass(frozen=True, slots=True)
class DepartmentRow:
    """One row of ``department``, as it was read; the fields are the columns, in their order."""

    id: int
    key: str
    name: str
    position: int
    timezone: str
    removed: bool
    hours: str = ""


@dataclass(frozen=True, slots=True)
class HomeRow:
    """One row of ``home``, as it was read; the fields are the columns, in their order."""

    department_id: int
    platform: str
    workspace: str
    channel: str
    name: str


# All departments: they are few.
_DEPARTMENTS = Compiled(select(_department).order_by(_department.c.position))
# The department of a key in dibs.toml.
_DEPARTMENT = Compiled(select(_department).where(_department.c.key == bindparam("department_key")))
# All homes: they are few.
_HOMES = Compiled(select(_home).order_by(_home.c.platform, _home.c.workspace))
# A person in a department, if they are not in it by any way.
_JOIN = InsertOrIgnore(_membership)
# The names on the cards that are drawn.
_NAMES = CompiledIn(select(_person.c.id, _person.c.name), _person.c.id)
_other = _identity.alias("other")
_RANK = {str(kind): rank for rank, kind in enumerate(IdentityKind)}  # from a member down to a bot
_ELSEWHERE = (
    select(_other.c.kind)
    .where(_other.c.person_id == _person.c.id, _other.c.id != _identity.c.id)
    .where(_other.c.platform != DESK, _other.c.active.is_(True))
    .order_by(case(_RANK, value=_other.c.kind))
    .limit(1)
    .correlate(_person, _identity)
)
_KNOWN_PERSON = (
    _person.c.id,
    _person.c.name,
    _person.c.timezone,
    _identity.c.kind,
    _identity.c.active.label("account_active"),
    _ELSEWHERE.scalar_subquery().label("elsewhere"),
    _person.c.active,
    _person.c.platform,
)
# The person behind an account.
_KNOWN = Compiled(
    select(*_KNOWN_PERSON)
    .join_from(_identity, _person, _identity.c.person_id == _person.c.id)
    .where(
        _identity.c.platform == bindparam("platform"),
        _identity.c.workspace == bindparam("workspace"),
        _identity.c.external_id == bindparam("external_id"),
    )
)
# The departments of a person, the one first that dibs.toml has first.
_DEPARTMENTS_OF = Compiled(
    select(_department.c.id)
    .join_from(_membership, _department, _membership.c.department_id == _department.c.id)
    .where(_membership.c.person_id == bindparam("person_id"), _department.c.removed.is_(False))
    .order_by(_department.c.position)
)
# The department of which a channel is the home.
_of_channel = (
    select(_department.c.id)
    .join_from(_home, _department, _home.c.department_id == _department.c.id)
    .where(_home.c.platform == bindparam("platform"), _home.c.channel == bindparam("channel"))
    .where(_home.c.workspace == ONLY_WORKSPACE)
    .where(_department.c.removed.is_(False))
    .order_by(_department.c.position)
    .limit(1)
)
_DEPARTMENT_OF_CHANNEL = Compiled(_of_channel)
# A gesture asks all of this, so it is asked at once: a row for each department of the person, or one without.
_own = _department.alias("own")
_ACTING = Compiled(
    select(*_KNOWN_PERSON, _of_channel.scalar_subquery().label("here"), _own.c.id)
    .join_from(_identity, _person, _identity.c.person_id == _person.c.id)
    .outerjoin(_membership, _membership.c.person_id == _person.c.id)
    .outerjoin(_own, and_(_own.c.id == _membership.c.department_id, _own.c.removed.is_(False)))
    .where(
        _identity.c.platform == bindparam("platform"),
        _identity.c.workspace == bindparam("workspace"),
        _identity.c.external_id == bindparam("external_id"),
    )
    .order_by(_own.c.position)
)


def known(session: Session, platform: str, workspace: str, external_id: str) -> KnownPerson | None:
    """Return the person behind an account, or None."""
    row = _KNOWN.first(session, platform=platform, workspace=workspace, external_id=external_id)
    return KnownPerson(*row) if row else None


def acting(
    session: Session, platform: str, workspace: str, external_id: str, channel: str
) -> tuple[KnownPerson, int | None, list[int]] | None:
    """Return the person behind an account, the department whose home the channel is, and those that are theirs."""
    rows = _ACTING.rows(session, platform=platform, workspace=workspace, external_id=external_id, channel=channel)
    if not rows:
        return None
    *person, here, _ = rows[0]
    return KnownPerson(*person), here, [row[-1] for row in rows if row[-1] is not None]


def acts_on(session: Session, person_id: int, platform: str) -> None:
    """Write down on which chat platform a person acted last."""
    session.connection().execute(update(_person).where(_person.c.id == person_id).values(platform=platform))


def by_email(session: Session, email: str) -> PersonRow | None:
    """Return the person with this e-mail address, whatever its case, or None."""
    return _found(session, _person.c.email == email.strip().lower())


def hold(session: Session, person_id: int, *, claims: bool = False) -> None:
    """Let nobody else change what a person is until the commit (on SQLite there is one writer anyway).

    With ``claims``, what is just becoming theirs is waited for too.
    """
    locked = select(_person.c.id).where(_person.c.id == person_id).with_for_update(key_share=not claims)
    session.connection().execute(locked)


def add_person(session: Session, name: str, email: str | None) -> PersonRow:
    """Write down a person."""
    values = {"name": name, "email": email.strip().lower() if email else None}
    row = session.connection().execute(insert(_person).values(**values).returning(*_person.c)).one()
    return PersonRow(*row)


def keep_person(session: Session, row: PersonRow) -> None:
    """Write down what is known of a person now."""
    values = asdict(row)
    session.connection().execute(update(_person).where(_person.c.id == values.pop("id")).values(**values))


def joined(session: Session) -> dict[int, int]:
    """Return who turned out to be whom, each led to the one whom all that they were before are now."""
    query = select(_person.c.id, _person.c.joined_id).where(_person.c.joined_id.is_not(None))
    next_of = {row.id: row.joined_id for row in session.connection().execute(query)}
    return {one: _last(next_of, one) for one in next_of}


def formerly(session: Session, person_id: int) -> list[int]:
    """Return as whom else a person is known in the log."""
    return [former for former, now in joined(session).items() if now == person_id]


def _last(next_of: Mapping[int, int], person_id: int) -> int:
    while person_id in next_of:
        person_id = next_of[person_id]
    return person_id


def join(session: Session, former: int, heir: int) -> None:
    """Write down that a person turned out to be another one, who from then on is nobody else."""
    connection = session.connection()
    connection.execute(update(_person).where(_person.c.id == heir).values(joined_id=None))
    connection.execute(update(_person).where(_person.c.id == former).values(joined_id=heir))


def department_ids(session: Session, person_id: int) -> list[int]:
    """Return the departments of a person, in the order of dibs.toml."""
    return [row[0] for row in _DEPARTMENTS_OF.rows(session, person_id=person_id)]


def memberships(session: Session, person_ids: Collection[int]) -> dict[int, list[tuple[str, str]]]:
    """Return the departments of some people by key, each with the way in which they belong to it, by person."""
    query = (
        select(_membership.c.person_id, _department.c.key, _membership.c.via)
        .join_from(_membership, _department, _membership.c.department_id == _department.c.id)
        .where(_membership.c.person_id.in_(list(person_ids)), _department.c.removed.is_(False))
        .order_by(_department.c.position)
    )
    found: dict[int, list[tuple[str, str]]] = {}
    for row in session.connection().execute(query):
        found.setdefault(row.person_id, []).append((row.key, row.via))
    return found


def names(session: Session, person_ids: Iterable[int | None]) -> dict[int, str]:
    """Return names by person; who was forgotten has none, and is called so."""
    found = _NAMES.rows(session, {one for one in person_ids if one is not None})
    return {person_id: name or FORGOTTEN_PERSON for person_id, name in found}


def add_member(session: Session, department_id: int, person_id: int, via: str) -> None:
    """Add one person to a department, unless they belong to it already."""
    _JOIN.run(session, {"person_id": person_id, "department_id": department_id, "via": via})


def departments(session: Session, *, removed: bool = False) -> list[DepartmentRow]:
    """Return the departments in the order of dibs.toml; with ``removed`` those that are gone too."""
    found = (DepartmentRow(*row) for row in _DEPARTMENTS.rows(session))
    return [one for one in found if removed or not one.removed]


def department(session: Session, key: str) -> DepartmentRow | None:
    """Return the department with this key, or None."""
    row = _DEPARTMENT.first(session, department_key=key)
    return DepartmentRow(*row) if row else None


def department_of(session: Session, department_id: int) -> DepartmentRow:
    """Return the department with this id; it must exist."""
    return next(one for one in departments(session, removed=True) if one.id == department_id)


def homes(session: Session, department_id: int | None = None) -> list[HomeRow]:
    """Return the home channels of a department, or all."""
    found = (HomeRow(*row) for row in _HOMES.rows(session))
    return [one for one in found if department_id is None or one.department_id == department_id]


def department_of_channel(session: Session, platform: str, channel: str) -> int | None:
    """Return the department whose home this channel is, the first one if several share it."""
    row = _DEPARTMENT_OF_CHANNEL.first(session, platform=platform, channel=channel)
    return row[0] if row else None


def has_ended(session: Session, person_id: int) -> bool:
    """Say whether a person had accounts on chat platforms, and all of them ended."""
    query = select(_identity.c.active).where(_identity.c.person_id == person_id, _identity.c.platform != DESK)
    accounts = session.connection().scalars(query).all()
    return bool(accounts) and not any(accounts)


def is_active(session: Session, person_id: int) -> bool:
    """Say whether a person is still there."""
    return bool(session.connection().scalar(select(_person.c.active).where(_person.c.id == person_id)))


# Whom a message is for.
_FIND = Compiled(select(_person).where(_person.c.id == bindparam("person_id")))


def find(session: Session, person_id: int) -> PersonRow | None:
    """Return the person with this id, or None."""
    return PersonRow(*row) if (row := _FIND.first(session, person_id=person_id)) else None


def get(session: Session, person_id: int) -> PersonRow:
    """Return a person; must exist."""
    person = find(session, person_id)
    if person is None:
        raise LookupError(f"There is no person {person_id}.")
    return person


def several(session: Session, person_ids: Collection[int]) -> list[PersonRow]:
    """Return some people."""
    query = select(_person).where(_person.c.id.in_(list(person_ids)))
    return [PersonRow(*row) for row in session.connection().execute(query)]


def _found(session: Session, which: ColumnElement[bool]) -> PersonRow | None:
    row = session.connection().execute(select(_person).where(which)).first()
    return PersonRow(*row) if row else None


def by_name(session: Session, name: str) -> list[PersonRow]:
    """Return the active persons with this name, whatever its case."""
    return [person for person in named(session, name) if person.active]


def named(session: Session, name: str) -> list[PersonRow]:
    """Return the persons with this name, whatever its case, here or not."""
    return [person for person in everybody(session) if person.name.casefold() == name.strip().casefold()]


def everybody(session: Session) -> list[PersonRow]:
    """Return everybody whom we know, here or not, by name; whom we forgot we do not know."""
    query = select(_person).where(_person.c.name != "").order_by(_person.c.name, _person.c.id)
    return [PersonRow(*row) for row in session.connection().execute(query)]


def active(session: Session) -> list[PersonRow]:
    """Return everybody who is there, by name."""
    query = select(_person).where(_person.c.active.is_(True)).order_by(_person.c.name)
    return [PersonRow(*row) for row in session.connection().execute(query)]
