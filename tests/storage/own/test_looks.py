"""However many mentions there are, a page and the numbers beside it look at no more of them than at a few."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session

from storage.engine.database import Database
from storage.own import board, looks
from storage.own.board import Part
from storage.tables.states import Tab
from tests.bench.bench_search import ALL, kinds
from tests.bench.made_up import BEGUN
from tests.bench.make_million import make
from tests.harness.engines import open_migrated

SOME, MANY = 800, 3_200
# So few fit that most of a list is looked at, which is short among some mentions only.
SELDOM = {one for one in kinds(BEGUN) if "mine" in one}


@pytest.fixture(autouse=True)
def _few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a hundred be many."""
    monkeypatch.setattr(looks, "WALKED", 25)
    monkeypatch.setattr(looks, "FEW", 30)
    monkeypatch.setattr(looks, "FAR", 200)
    monkeypatch.setattr(board, "COUNTED", 10)


@pytest.fixture(scope="module")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Database]]:
    """Some mentions, and four times as many."""
    folder: Path = tmp_path_factory.mktemp("looks")
    opened = []
    for number in (SOME, MANY):
        engine = open_migrated(folder / f"{number}.db")
        make(engine, number)
        opened.append(Database(engine))
    yield opened
    for one in opened:
        one.close()


def steps(database: Database, name: str) -> int:
    """Return how many hundred steps SQLite takes for the page and the numbers of a kind of question."""

    def work(session: Session) -> int:
        taken = 0

        def step() -> None:
            nonlocal taken
            taken += 1

        last = board.page(session, ALL, newest=True, after=None, limit=1)[0]
        part: Part = kinds(last.ingested_at)[name]
        driver: Any = session.connection().connection.dbapi_connection
        driver.set_progress_handler(step, 100)
        board.page(session, part, newest=True, after=None, limit=5)
        board.counts(session, [replace(part, tab=tab) for tab in Tab])
        driver.set_progress_handler(None, 0)
        return taken

    return database.read(work)


@pytest.mark.parametrize("name", [one for one in kinds(BEGUN) if one not in SELDOM])
def test_four_times_as_many_cost_no_more(databases: list[Database], name: str) -> None:
    some, many = (steps(database, name) for database in databases)
    assert many <= some * 1.5 + 40
