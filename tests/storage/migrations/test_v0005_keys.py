"""The step to 0005 on a filled database of the release before: nothing is lost, and the log still proves itself."""

import re
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from pathlib import Path

import pytest
from sqlalchemy import Engine, inspect
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlmodel import Session

from storage.channels import messages, rooms
from storage.engine import triggers
from storage.engine.database import Database, open_engine, prove_writable
from storage.engine.schema import look, upgrade
from storage.own import mentions, ownership
from storage.own.ownership import Change
from storage.people import people
from storage.reply import publications
from storage.search.tables import mention_words
from storage.tables.states import DESK
from storage.work import incidents
from storage.work.incidents import Subject
from tests.harness.postgres import Cluster, memory
from tests.storage.migrations import release_0004
from tests.storage.migrations.release_0004 import EVENTS, THEN, count_all

NEW = {
    "forgotten": 0,
    "forget_secret": 0,
    "put_off": 0,
    **dict.fromkeys(("fact", "stay", "count_day", "person_day", "person_first"), 0),
    "folded": 1,
    "write_probe": 1,
    "replica": 0,
    "suggestion": 0,
    "hint_judged": 0,
    "retention": 0,
    "schema_floor": 1,
    "search_due": 1,
    "credential": 0,
    "source_budget": 0,
    "kept_delivery": 0,
    "clock": 0,
    "source_day": 0,
    "mute": 0,
    **dict.fromkeys(("proposal", "proposal_mention", "theme", "theme_mention", "theme_change", "telling"), 0),
    "kept_report": 0,
    "storm": 0,
    "fire": 5,  # what there was, and which departments are to be told of storms and of threads
    "tally": 1,
    "customer_list": 0,
    "customer": 0,
}
# The head of the log before the step.
HEAD = str(release_0004.chain()[0][-1]["hash"])


def step(url: str) -> None:
    """Make a database of the release before, and the step."""
    engine = open_engine(url)
    assert release_0004.make(engine) == HEAD
    assert look(engine).found == "0004"
    upgrade(engine)
    assert look(engine).state == "current"
    engine.dispose()


@cache
def stepped() -> bytes:
    """The file after the step, which is made once."""
    with tempfile.TemporaryDirectory(dir=memory()) as folder:
        file = Path(folder) / "dibs.db"
        step(f"sqlite:///{file}")
        return file.read_bytes()


@pytest.fixture(params=["sqlite", "postgresql"])
def after(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A database after the step."""
    if request.param == "sqlite":
        (tmp_path / "dibs.db").write_bytes(stepped())
        engine = open_engine(f"sqlite:///{tmp_path / 'dibs.db'}")
        yield engine
        engine.dispose()
        return
    cluster: Cluster = request.getfixturevalue("cluster")
    url = cluster.create_database(cluster.template(step))
    engine = open_engine(url)
    yield engine
    engine.dispose()
    cluster.drop(url)


@pytest.fixture
def database(after: Engine) -> Iterator[Database]:
    """The database after the step."""
    opened = Database(after)
    yield opened
    opened.close()


def execute(engine: Engine, statement: str) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql(statement)


def test_every_table_had_rows_and_has_them_still(empty: Engine) -> None:
    release_0004.make(empty)
    counted = count_all(empty)
    assert [name for name, number in counted.items() if not number] == []
    upgrade(empty)
    there = {name: number for name, number in count_all(empty).items() if not name.startswith(mention_words.name)}
    assert there == counted | NEW | {"alembic_version": 1}


def test_the_log_still_proves_itself_up_to_the_head_that_was_kept(database: Database) -> None:
    check = database.read(lambda session: ownership.verify(session, HEAD))
    assert (check.rows, check.head, check.trouble) == (EVENTS, HEAD, "")


@pytest.mark.parametrize("verb", ["UPDATE", "DELETE", "CLEAR"])
def test_the_log_still_cannot_be_changed(after: Engine, verb: str) -> None:
    statement = {
        "UPDATE": "UPDATE ownership_event SET via = 'api' WHERE seq = 7",
        "DELETE": "DELETE FROM ownership_event WHERE seq = 7",
        "CLEAR": "TRUNCATE ownership_event CASCADE"
        if after.dialect.name == "postgresql"
        else "INSERT OR REPLACE INTO ownership_event SELECT * FROM ownership_event WHERE seq = 7",
    }[verb]
    with pytest.raises(DBAPIError, match=re.escape(triggers.REFUSAL)):
        execute(after, statement)


def test_a_row_about_a_person_has_no_mention_and_the_chain_goes_on(database: Database) -> None:
    at = THEN + timedelta(days=1)
    forgotten = Change(mention_id=None, action="forgotten", via=DESK, at=at, actor_id=2, from_owner_id=1)
    assert database.write(lambda session: ownership.append(session, forgotten)) == EVENTS + 1
    assert database.read(lambda session: ownership.verify(session, HEAD)).trouble == ""


def test_no_key_points_to_nothing_and_the_database_still_watches(after: Engine) -> None:
    if after.dialect.name == "sqlite":
        with after.connect() as connection:
            assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []
            assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
    for statement in (
        "INSERT INTO remark (seq, salt) VALUES (9999, '')",
        "UPDATE message SET lane_id = 99",
        "INSERT INTO home (department_id, platform, channel, name) VALUES (99, 'slack', 'C9', '')",
    ):
        with pytest.raises(IntegrityError):
            execute(after, statement)


def test_what_was_there_belongs_to_the_one_workspace_and_another_may_have_the_same_names(empty: Engine) -> None:
    release_0004.make(empty)
    upgrade(empty)
    same = {
        "home": "department_id, platform, channel, name",
        "lane": "platform, channel, name, state, trouble",
        "room": "platform, external_id, kind, name, parent, tenant, address, account, present, learned_at",
    }
    for table, columns in same.items():
        copied = f"SELECT {columns} FROM {table}"
        with pytest.raises(IntegrityError):  # a row without a workspace is of the one that there was
            execute(empty, f"INSERT INTO {table} ({columns}) {copied}")
        execute(empty, f"INSERT INTO {table} ({columns}, workspace) SELECT {columns}, 'T2' FROM {table}")


@pytest.mark.parametrize(("table", "column"), [("lane", "state"), ("room", "kind"), ("message", "state")])
def test_words_that_a_column_does_not_know_are_still_refused(after: Engine, table: str, column: str) -> None:
    with pytest.raises(IntegrityError, match=f"ck_{column}_known"):
        execute(after, f"UPDATE {table} SET {column} = 'lost'")


def test_indexes_of_tables_that_were_made_again_are_there(after: Engine) -> None:
    wanted = {
        "ownership_event": {"ix_ownership_event_at", "ix_ownership_event_mention"},
        "room": {"ix_room_account", "ix_room_parent"},
    }
    for table, names in wanted.items():
        assert names <= {one["name"] for one in inspect(after).get_indexes(table)}


def test_all_goes_on_with_what_was_there(database: Database) -> None:
    def look_round(session: Session) -> None:
        assert messages.lane_id(session, "slack", "C1") == 1
        parked = messages.lane_of(session, "slack", "C2")
        assert parked is not None
        assert (parked.workspace, parked.state, parked.trouble, parked.next_at) == ("", "parked", "is_archived", THEN)
        assert messages.get(session, 1).sending_at == THEN
        assert [(one.platform, one.workspace, one.channel) for one in people.homes(session, 1)] == [
            ("slack", "", "C1"),
            ("teams", "", "19:a@thread.tacv2"),
        ]
        room = rooms.get(session, "teams", "19:a@thread.tacv2")
        assert room is not None
        assert (room.name, room.present) == ("Acme", True)
        assert [publications.get(session, one).despite_change for one in (1, 2)] == [True, False]
        assert mentions.take(session, 2, 2, THEN) is not None
        prove_writable(session)

    database.write(look_round)


def test_an_incident_that_began_before_is_known_by_kind_and_name_and_ends(database: Database) -> None:
    found = {one.subject: one.since for one in database.read(incidents.all_of)}
    lane, source = incidents.lane("slack", "", "C2"), Subject("source", "my blog")
    assert found == dict.fromkeys((lane, source, Subject("platform", "slack")), THEN)
    assert database.write(lambda session: incidents.end(session, lane))
    assert not database.write(lambda session: incidents.begin(session, source, "again", THEN))
