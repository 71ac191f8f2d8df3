"""Engines of tests: nearly every test opens one of its own, on a database that has all its tables.

SQLAlchemy compiles a statement once for an engine. Those of one kind share here the first one's dialect and what was
compiled for it; pools and connections are each one's own. The migrations run once, too: a new file is a copy. So does
what many tests write first into such a file (``begin_once``).
"""

import sqlite3
import tempfile
import threading
from collections.abc import Callable, Hashable
from contextlib import closing
from functools import cache
from pathlib import Path

from sqlalchemy import Engine, make_url

from storage.engine.database import open_engine
from storage.engine.schema import upgrade

_FIRST: dict[str, Engine] = {}
_BEGUN: dict[Hashable, bytes] = {}
_MIGRATING = threading.Lock()


def open_sharing(url: str) -> Engine:
    """Open an engine that need not compile again what another one of this process has compiled."""
    engine = open_engine(url)
    first = _FIRST.setdefault(engine.dialect.name, engine)
    engine.dialect, engine._compiled_cache = first.dialect, first._compiled_cache
    return engine


def open_migrated(file: Path) -> Engine:
    """Open an SQLite file of the newest schema, which is new and empty unless it is there already."""
    url = f"sqlite:///{file}"
    make_tables(url)
    return open_sharing(url)


def make_tables(url: str) -> None:
    """Make an SQLite file of the newest schema, unless it is there already; on PostgreSQL nothing."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and parsed.database and not (file := Path(parsed.database)).exists():
        file.touch(mode=0o600)
        file.write_bytes(migrated())


def begin_once(engine: Engine, what: Hashable, begin: Callable[[], object]) -> None:
    """Write the beginning of a test by ``begin``; on a new SQLite file by a copy, once ``what`` was written."""
    file = _new_file(engine)
    if file is not None and what in _BEGUN:
        file.write_bytes(_BEGUN[what])
        return
    begin()
    if file is not None:
        with closing(sqlite3.connect(file)) as connection:
            _BEGUN[what] = connection.serialize()


def _new_file(engine: Engine) -> Path | None:
    """Return the SQLite file of an engine, if it is what the migrations left and nobody has it open."""
    if engine.dialect.name != "sqlite" or not engine.url.database:
        return None
    file = Path(engine.url.database)
    opened = Path(f"{file}-wal").exists()
    return file if file.is_file() and not opened and file.read_bytes() == migrated() else None


def migrated() -> bytes:
    """Return an SQLite file on which the migrations ran once; scenarios ask for it in several threads."""
    with _MIGRATING:  # Alembic bears one at a time
        return _migrated()


@cache
def _migrated() -> bytes:
    with tempfile.TemporaryDirectory(prefix="dibs-template-") as folder:
        file = Path(folder) / "dibs.db"
        migrate(f"sqlite:///{file}")
        assert [one.name for one in file.parent.iterdir()] == [file.name], "something of it stands in another file"
        return file.read_bytes()


def migrate(url: str) -> None:
    """Bring the database at ``url`` to the newest schema."""
    engine = open_engine(url)
    upgrade(engine)
    engine.dispose()
