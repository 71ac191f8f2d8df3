"""The step to 0006: what waited goes on by turns of its sources, each in the order of its age."""

from sqlalchemy import Engine

from storage.engine.schema import upgrade
from tests.storage.migrations import release_0004

_WAITING = (
    "INSERT INTO message (id, key, lane_id, kind, mention_id, version, shown_version, state, by_person, plain, "
    "attempts, trouble, created_at, sending_version) SELECT id + {more}, '{key}', lane_id, kind, mention_id, "
    "version, shown_version, '{state}', by_person, plain, attempts, trouble, created_at, sending_version "
    "FROM message WHERE id = 1"
)


def test_what_waited_has_its_source_and_turns_by_its_age(empty: Engine) -> None:
    release_0004.make(empty)
    with empty.begin() as connection:
        for number, state in enumerate(("due", "shown", "due"), start=10):
            connection.exec_driver_sql(_WAITING.format(more=number, key=f"card:{number}", state=state))
    upgrade(empty)
    with empty.connect() as connection:
        rows = connection.exec_driver_sql("SELECT id, source, turn FROM message ORDER BY id").all()
        (source,) = connection.exec_driver_sql("SELECT source FROM mention WHERE id = 1").one()
        lanes = connection.exec_driver_sql("SELECT DISTINCT turn FROM lane").all()
    assert [tuple(row) for row in rows] == [(1, source, 1), (2, "", 1), (11, source, 2), (12, "", 0), (13, source, 3)]
    assert [tuple(row) for row in lanes] == [(0,)]
