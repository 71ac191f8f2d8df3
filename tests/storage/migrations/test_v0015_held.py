"""The step to 0015: what was on its way is so still, and what is held counts as on its way."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import IntegrityError

from storage.engine.schema import upgrade
from tests.storage.migrations import release_0004

ANOTHER = (
    "INSERT INTO publication (id, send_id, draft_id, draft_version, mention_id, person_id, source, text, state, "
    "despite_change, reference, url, attempts, trouble, created_at, digests) SELECT 3, 's3', draft_id, 2, mention_id, "
    "person_id, source, text, 'due', despite_change, reference, url, attempts, trouble, created_at, digests "
    "FROM publication WHERE id = 1"
)


@pytest.fixture
def upgraded(empty: Engine) -> Iterator[Connection]:
    release_0004.make(empty)
    upgrade(empty)
    with empty.connect() as connection:
        yield connection
        connection.rollback()


def test_what_was_on_its_way_is_so_still_and_none_is_held(upgraded: Connection) -> None:
    rows = upgraded.exec_driver_sql("SELECT id, send_id, state, held_at FROM publication ORDER BY id").all()
    assert [tuple(row) for row in rows] == [(1, "s1", "sending", None), (2, "s2", "failed", None)]


def test_a_mention_of_which_a_reply_is_held_has_no_other_on_its_way(upgraded: Connection) -> None:
    upgraded.exec_driver_sql("UPDATE publication SET state = 'held' WHERE id = 1")
    with pytest.raises(IntegrityError):
        upgraded.exec_driver_sql(ANOTHER)


def test_a_state_that_nobody_knows_is_refused_still(upgraded: Connection) -> None:
    with pytest.raises(IntegrityError):
        upgraded.exec_driver_sql("UPDATE publication SET state = 'lost' WHERE id = 1")
