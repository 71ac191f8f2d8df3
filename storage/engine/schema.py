"""The schema: which version a database has, and how it comes to ours.

Looking must be cheap, since every start looks: it compares one row with the list of versions, and Alembic (which
takes longer to import than the rest of the start) is loaded only when there is something to do.
"""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine, inspect

from storage.engine.files import reserve

_LATEST = 39
# What a database says of itself instead, as long as it is being filled from another one.
UNFINISHED = "copying"
VERSIONS = tuple(f"{number:04}" for number in range(1, _LATEST + 1))


class SchemaError(Exception):
    """The database cannot be used as it is; the sentence says what to do."""


@dataclass(frozen=True, slots=True)
class Schema:
    """Where a database stands.

    Attributes:
        state: ``empty``, ``current``, ``older`` or ``newer`` than this release.
        fits: This release may work on it: it is current, or newer by steps that only add.
    """

    state: str
    found: str | None
    wanted: str
    fits: bool = False


def look(engine: Engine) -> Schema:
    """Compare the database with what this release wants.

    Raises:
        SchemaError: It is the target of a copy that is not finished.
    """
    wanted = VERSIONS[-1]
    found = version_of(engine)
    if found == UNFINISHED:
        raise SchemaError(
            "The database holds a copy that is not finished. Run the same `dibs db copy` again, and it goes on where "
            "it was; or name another database in DIBS_DATABASE_URL."
        )
    if found is None:
        return Schema("empty", None, wanted)
    if found == wanted:
        return Schema("current", found, wanted, fits=True)
    if found in VERSIONS:
        return Schema("older", found, wanted)
    return Schema("newer", found, wanted, fits=_lowest(engine) <= wanted)


def _lowest(engine: Engine) -> str:
    """Return the oldest schema whose release may work on a database that a later release has upgraded."""
    with engine.execution_options(reading=True).connect() as connection:
        return str(connection.exec_driver_sql("SELECT lowest FROM schema_floor").scalar_one())


def version_of(engine: Engine) -> str | None:
    """Return what the database says of its schema, or None where it is empty."""
    with engine.execution_options(reading=True).connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        found: str | None = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    return found


def upgrade(engine: Engine) -> None:
    """Bring the database to the wanted version, in one transaction, and put the triggers (back).

    Raises:
        SchemaError: The result would not hold together; nothing was changed.
    """
    from storage.engine.upgrade import migrate  # noqa: PLC0415 - see the module's docstring

    if not migrate(engine):
        raise SchemaError("The upgrade would have left rows that point to nothing; nothing was changed.")


def prepare(engine: Engine, now: datetime, upgrade: Callable[[Engine], None] = upgrade) -> str:
    """Make the database ready for `dibs run`; returns a sentence when something was done, else "".

    An empty database is created. An older SQLite file is copied beside itself and upgraded. While ``upgrade`` works,
    nothing else has a connection, so that it may do so in another process.

    Raises:
        SchemaError: The schema is newer by more than what was added, or older on PostgreSQL, where several replicas may
            be running.
    """
    schema = look(engine)
    if schema.state == "current":
        return ""
    if schema.fits:
        return f"The database has schema {schema.found}, of a later release, which this one may work beside."
    if schema.state == "newer":
        raise SchemaError(
            f"The database has schema {schema.found}, which this release of Dibs does not know (it knows "
            f"{schema.wanted}). Run the release that wrote it, or a later one."
        )
    engine.dispose()
    if schema.state == "empty":
        upgrade(engine)
        return "Created the database."
    if engine.dialect.name != "sqlite":
        raise SchemaError(
            f"The database has schema {schema.found}, this release wants {schema.wanted}. {how_to_upgrade(schema)}"
        )
    copy = _copy(engine, now)
    upgrade(engine)
    return f"Upgraded the database to schema {schema.wanted}; the old one is kept as {copy}."


def how_to_upgrade(schema: Schema) -> str:
    """Say how an older PostgreSQL comes to the wanted schema, and who has to be stopped for it."""
    if only_adds(str(schema.found), schema.wanted):
        return "Run `dibs db upgrade`; replicas of the release before go on meanwhile."
    return "Stop every replica, then run `dibs db upgrade`."


def only_adds(found: str, wanted: str) -> bool:
    """Say whether all steps from one schema to a later one only add."""
    from storage.engine.upgrade import steps  # noqa: PLC0415 - see the module's docstring

    return all(adds for revision, adds in steps() if found < revision <= wanted)


def _copy(engine: Engine, now: datetime) -> Path:
    path = Path(str(engine.url.database))
    copy = path.with_name(f"{path.name}.before-{now:%Y%m%dT%H%M%SZ}")
    reserve(copy)
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)  # a plain copy would miss what still stands in the write-ahead log
    return copy
