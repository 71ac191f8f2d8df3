"""The step to 0021: what came before is about nothing in particular, and is found as it was."""

from sqlalchemy import Engine

from storage.engine.database import Database
from storage.engine.schema import upgrade
from storage.own import heard, mentions
from storage.own.mentions import Filter
from storage.tables.states import Status
from tests.storage.migrations import release_0004


def test_what_came_before_has_no_product(empty: Engine) -> None:
    release_0004.make(empty)
    upgrade(empty)
    database = Database(empty)
    found = database.read(lambda session: mentions.listed(session, Filter(statuses=tuple(Status)), limit=50))
    assert len(found) == release_0004.MENTIONS
    assert {one.product for one in found} == {""}
    assert database.read(heard.products) == []
    database.close()
