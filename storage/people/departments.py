"""Departments and their homes, as dibs.toml has them now: written at start, read through ``storage.people.people``."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import delete, update
from sqlmodel import Session

from storage.engine.upsert import insert_into
from storage.tables.base import table_of
from storage.tables.people import Department, Home
from storage.tables.states import ONLY_WORKSPACE

_department = table_of(Department)
_home = table_of(Home)


@dataclass(frozen=True, slots=True)
class NamedChannel:
    """A channel by its id, and the name by which dibs.toml calls it, where that is another."""

    id: str
    name: str = ""


def put(session: Session, *, key: str, name: str, position: int, timezone: str) -> int:
    """Write down a department, a new one or one that was there before; returns its id."""
    connection = session.connection()
    said = {"name": name, "position": position, "timezone": timezone, "removed": False}
    statement = insert_into(_department, connection.dialect.name).values(key=key, **said)
    statement = statement.on_conflict_do_update(index_elements=["key"], set_=said).returning(_department.c.id)
    return int(connection.execute(statement).scalar_one())


def set_hours(session: Session, department_id: int, hours: str) -> None:
    """Write down the calendar by which the clocks of a department run from now on."""
    session.connection().execute(update(_department).where(_department.c.id == department_id).values(hours=hours))


def set_homes(session: Session, department_id: int, homes: Mapping[str, NamedChannel]) -> None:
    """Make exactly these channels the homes of a department, by platform."""
    connection = session.connection()
    here = (_home.c.department_id == department_id, _home.c.workspace == ONLY_WORKSPACE)
    connection.execute(delete(_home).where(*here, _home.c.platform.not_in(list(homes))))
    key = [column.name for column in _home.primary_key]
    for platform, channel in homes.items():
        said = {"channel": channel.id, "name": channel.name}
        statement = insert_into(_home, connection.dialect.name)
        statement = statement.values(department_id=department_id, platform=platform, workspace=ONLY_WORKSPACE, **said)
        connection.execute(statement.on_conflict_do_update(index_elements=key, set_=said))


def remove_others(session: Session, kept: Collection[str]) -> list[int]:
    """Take away every department but those with these keys, for the log's sake not its row; returns which went."""
    connection = session.connection()
    statement = update(_department).where(_department.c.key.not_in(list(kept)), _department.c.removed.is_(False))
    gone = [int(one) for one in connection.scalars(statement.values(removed=True).returning(_department.c.id))]
    connection.execute(delete(_home).where(_home.c.department_id.in_(gone)))
    return sorted(gone)
