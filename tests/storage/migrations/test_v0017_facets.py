"""The step to 0017: what the index had is found meanwhile, and learns its facets bit by bit; nothing is lost."""

from dataclasses import replace

import pytest
from sqlalchemy import Connection, Engine
from sqlmodel import Session

from storage.engine.database import Database
from storage.engine.schema import upgrade
from storage.engine.upgrade import Filling, migrate
from storage.own import board
from storage.own.board import Part
from storage.search import due
from storage.tables.states import Tab
from storage.text.cut import needles
from tests.storage.migrations import release_0004
from tests.storage.migrations.release_0004 import MENTIONS
from tests.storage.search.meetings import require_right

INDEXED = 5
REFUND = Part(tab=Tab.ALL, person_id=1, needles=needles("refund"))
SUPPORT, FINANCE = replace(REFUND, department_id=1), replace(REFUND, department_id=2)
_WORDS = {"sqlite": "' refund '", "postgresql": "array_to_tsvector(ARRAY['refund'])"}


def step(engine: Engine, indexed: int) -> None:
    """Make a database of the release before, in which so many of the newest mentions are in the index, and the step."""

    def index_some(connection: Connection) -> None:
        words = f"SELECT id, {_WORDS[engine.dialect.name]} FROM mention WHERE id > {MENTIONS - indexed}"
        connection.exec_driver_sql(f"INSERT INTO mention_words (mention_id, words) {words}")
        connection.exec_driver_sql(f"UPDATE search_due SET last = {MENTIONS - indexed}")
        connection.exec_driver_sql("DELETE FROM search_due WHERE last = 0")

    release_0004.make(engine)
    assert migrate(engine, Filling(schema="0016", rows=index_some, after=lambda _connection: None))


def found(database: Database, part: Part) -> int:
    """Return how many stand on the page, and beside it."""

    def look(session: Session) -> int:
        rows = board.page(session, part, newest=True, after=None, limit=50)
        assert board.counts(session, [part]) == [len(rows)]
        return len(rows)

    return database.read(look)


@pytest.mark.parametrize("indexed", [MENTIONS, INDEXED])
def test_what_was_in_the_index_is_found_at_once_and_the_rest_in_its_turn(empty: Engine, indexed: int) -> None:
    step(empty, indexed)
    database = Database(empty)
    assert database.read(due.knows_facets) is False
    assert (found(database, SUPPORT), found(database, FINANCE)) == (indexed, 0)
    missing = database.read(lambda session: due.left(session, unfound=True))
    assert (missing.number if missing else 0) == MENTIONS - indexed
    require_right(database)
    assert database.read(due.knows_facets) is True
    assert (found(database, SUPPORT), found(database, FINANCE)) == (MENTIONS, 0)
    assert found(database, replace(SUPPORT, needles=needles("charged"))) == MENTIONS
    database.close()


def test_where_the_index_is_empty_all_of_it_is_filled_once(empty: Engine) -> None:
    release_0004.make(empty)
    upgrade(empty)
    database = Database(empty)
    assert database.read(due.left) == due.Left(newest=MENTIONS, number=MENTIONS)
    assert database.read(due.knows_facets) is True
    database.close()
