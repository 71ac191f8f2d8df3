"""Run the migrations, with what SQLite needs around them.

On SQLite, batch mode copies tables, which with foreign keys on deletes child rows, and always drops triggers: keys
are off while it works and checked afterwards, and the triggers of the log are put back.

A step whose module says ``additive = True`` changes nothing that the release before reads or writes: that one goes on,
and may start. How far back that holds is written down with the steps, for a release cannot know what came after it.
"""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from storage.engine import triggers

FOLDER = Path(__file__).parent.parent / "migrations"


class _DanglingRows(Exception):
    """Foreign keys do not hold after the steps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filling:
    """What a database is filled with while it is made.

    Attributes:
        schema: The step after which its rows are written.
        rows: Writes them.
        after: Does what is to be done once all steps have run.
    """

    schema: str
    rows: Callable[[Connection], None]
    after: Callable[[Connection], None]


def migrate(engine: Engine, filling: Filling | None = None) -> bool:
    """Run every step that is missing, in one transaction; False when foreign keys would not hold afterwards."""
    config = _config()
    sqlite = engine.dialect.name == "sqlite"
    with engine.connect() as connection:
        if sqlite:
            _raw(connection).execute("PRAGMA foreign_keys=OFF")  # SQLite ignores this inside a transaction
        try:
            with connection.begin():
                if not sqlite:  # replicas that start together on an empty database create it once
                    connection.exec_driver_sql("SELECT pg_advisory_xact_lock(hashtext('dibs schema'))")
                config.attributes["connection"] = connection
                if filling is not None:
                    command.upgrade(config, filling.schema)
                    filling.rows(connection)
                command.upgrade(config, "head")
                _note_lowest(connection)
                triggers.create(connection)
                if filling is not None:
                    filling.after(connection)
                if sqlite and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
                    raise _DanglingRows
        except _DanglingRows:
            return False
        finally:
            if sqlite:
                _raw(connection).execute("PRAGMA foreign_keys=ON")
    return True


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    return config


def steps() -> list[tuple[str, bool]]:
    """Return all steps, the last first, and whether each only adds."""
    found = ScriptDirectory.from_config(_config()).walk_revisions()
    return [(step.revision, bool(getattr(step.module, "additive", False))) for step in found]


def _note_lowest(connection: Connection) -> None:
    """Write down the oldest schema whose release may work on what the steps have made."""
    lowest = next(revision for revision, adds in steps() if not adds)
    connection.execute(text("DELETE FROM schema_floor"))
    connection.execute(text("INSERT INTO schema_floor (lowest) VALUES (:lowest)"), {"lowest": lowest})


def _raw(connection: Connection) -> sqlite3.Connection:
    raw = connection.connection.dbapi_connection
    if not isinstance(raw, sqlite3.Connection):
        raise TypeError("This is not an SQLite connection.")
    return raw
