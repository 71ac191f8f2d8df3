"""The files of an SQLite database are their owner's alone, unless somebody said otherwise."""

import os
import stat
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from storage.engine import schema
from storage.engine.database import Database, open_engine
from storage.engine.schema import upgrade
from tests.harness.scene import Scene

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture(params=[0o022, 0o000, 0o027, 0o077], autouse=True)
def umask(request: pytest.FixtureRequest) -> Iterator[None]:
    before = os.umask(request.param)
    yield
    os.umask(before)


def modes(folder: Path) -> dict[str, int]:
    return {one.name: stat.S_IMODE(one.stat().st_mode) for one in folder.iterdir()}


def test_a_new_database_and_what_stands_beside_it_is_for_its_owner_alone(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'dibs.db'}")
    upgrade(engine)
    with closing(Database(engine)) as database:
        Scene(database).arrive()
        assert modes(tmp_path) == {"dibs.db": 0o600, "dibs.db-wal": 0o600, "dibs.db-shm": 0o600}


def test_so_is_the_copy_that_is_made_before_an_upgrade(tmp_path: Path) -> None:
    path = tmp_path / "dibs.db"
    engine = open_engine(f"sqlite:///{path}")
    upgrade(engine)
    kept = schema._copy(engine, NOW)
    assert kept.stat().st_size > 0
    (copy,) = [mode for name, mode in modes(tmp_path).items() if ".before-" in name]
    assert copy == 0o600


@pytest.mark.parametrize("mode", [0o640, 0o660, 0o644])
def test_what_an_operator_set_otherwise_stays(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "dibs.db"
    path.touch()
    path.chmod(mode)
    engine = open_engine(f"sqlite:///{path}")
    upgrade(engine)
    with closing(Database(engine)) as database:
        Scene(database).arrive()
        assert set(modes(tmp_path).values()) == {mode}


def test_where_no_file_can_be_made_sqlite_says_why(tmp_path: Path) -> None:
    with pytest.raises(Exception, match="unable to open database file"):
        open_engine(f"sqlite:///{tmp_path / 'no' / 'dibs.db'}").connect()
    assert modes(tmp_path) == {}
