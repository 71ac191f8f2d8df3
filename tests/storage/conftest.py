"""What the tests of storage share: a database on which no migration ran."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from storage.engine.database import open_engine
from tests.harness.postgres import Cluster


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A database in which nothing stands yet."""
    if request.param == "sqlite":
        engine = open_engine(f"sqlite:///{tmp_path / 'dibs.db'}")
        yield engine
        engine.dispose()
        return
    running: Cluster = request.getfixturevalue("cluster")
    url = running.create_database()
    engine = open_engine(url)
    yield engine
    engine.dispose()
    running.drop(url)
