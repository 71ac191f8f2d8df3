"""The step to 0013: of what was heard before, nothing is noted."""

from sqlalchemy import Engine

from storage.engine.database import Database
from storage.engine.schema import upgrade
from storage.listen import posts
from tests.storage.migrations import release_0004


def test_nothing_is_noted_of_what_was_heard_before(empty: Engine) -> None:
    release_0004.make(empty)
    upgrade(empty)
    database = Database(empty)
    found = database.read(lambda session: posts.known(session, "blog", ["p1", "p2"]))
    assert {one.facts for one in found.values()} == {""}
    database.close()
