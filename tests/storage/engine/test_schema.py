"""The schema: one truth in tables and migrations, a log that nobody changes, and starts that know where they stand."""

import re
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, SQLModel

from handlers.own.claim import ClaimMention
from storage.engine import schema, triggers
from storage.engine.database import Database, DatabaseError, open_engine, prove_writable
from storage.engine.schema import VERSIONS, SchemaError, look, prepare, upgrade
from storage.engine.upgrade import FOLDER
from storage.listen import sources
from storage.search.tables import mention_words
from tests.harness.scene import Scene, at

NOW = datetime(2026, 3, 2, 8, 58, tzinfo=UTC)


def execute(engine: Engine, *statements: str) -> None:
    with engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


# --- one truth -------------------------------------------------------------------------------------------------------


def test_our_list_of_versions_is_the_history_of_the_migrations() -> None:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    revisions = [step.revision for step in ScriptDirectory.from_config(config).walk_revisions()]
    assert tuple(reversed(revisions)) == VERSIONS


def test_the_tables_are_what_the_migrations_make(database: Database) -> None:
    with database.engine.connect() as connection:
        opts = {"compare_type": True, "compare_server_default": True, "include_name": is_table_of_ours}
        context = MigrationContext.configure(connection, opts=opts)
        assert compare_metadata(context, SQLModel.metadata) == []


def is_table_of_ours(name: str | None, kind: str, _parents: object) -> bool:
    """Say whether a table is the same on both databases: those of search are not."""
    return kind != "table" or not str(name).startswith(mention_words.name)


def test_the_checks_of_the_tables_stand_in_the_database(scene: Scene) -> None:
    scene.arrive()
    for statement in ("UPDATE mention SET status = 'done'", "UPDATE message SET state = 'lost'"):
        with pytest.raises(DBAPIError, match="ck_"):
            execute(scene.engine, statement)


# --- append-only -----------------------------------------------------------------------------------------------------

REPLACEMENTS = {
    "sqlite": "INSERT OR REPLACE INTO ownership_event SELECT * FROM ownership_event WHERE seq = 1",
    "postgresql": "INSERT INTO ownership_event SELECT * FROM ownership_event WHERE seq = 1 "
    "ON CONFLICT (seq) DO UPDATE SET via = 'api'",
}
CLEARANCES = {"sqlite": "DELETE FROM ownership_event", "postgresql": "TRUNCATE ownership_event CASCADE"}


def filled(scene: Scene) -> Engine:
    scene.do(ClaimMention(who=scene.person("Ana"), reference=at(scene.arrive())))
    return scene.engine


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ownership_event SET actor_id = NULL",
        "UPDATE ownership_event SET via = 'api' WHERE seq = 1",
        "DELETE FROM ownership_event WHERE seq = 2",
        "clear",
        "replace",
    ],
)
def test_the_log_cannot_be_changed(scene: Scene, statement: str) -> None:
    engine = filled(scene)
    chosen = {"clear": CLEARANCES, "replace": REPLACEMENTS}.get(statement, {}).get(engine.dialect.name, statement)
    with pytest.raises(DBAPIError, match=re.escape(triggers.REFUSAL)):
        execute(engine, chosen)
    assert (
        scene.database.read(lambda session: session.connection().scalar(text("SELECT count(*) FROM ownership_event")))
        == 2
    )


def test_another_program_cannot_replace_a_row_either(tmp_path: Path) -> None:
    path = tmp_path / "dibs.db"
    upgrade(open_engine(f"sqlite:///{path}"))
    database = Database(open_engine(f"sqlite:///{path}"))
    filled(Scene(database))
    database.close()
    with closing(sqlite3.connect(path)) as other, pytest.raises(sqlite3.IntegrityError, match="append-only"):
        other.execute(REPLACEMENTS["sqlite"])


def test_an_upgrade_puts_lost_triggers_back(scene: Scene) -> None:
    engine = filled(scene)
    names = (
        [f"ownership_event_no_{verb}" for verb in ("update", "delete", "replace")]
        if engine.dialect.name == "sqlite"
        else [f"ownership_event_no_{verb} ON ownership_event" for verb in ("change", "truncate")]
    )
    execute(engine, *(f"DROP TRIGGER {name}" for name in names))
    execute(engine, "UPDATE ownership_event SET via = via")
    upgrade(engine)
    for statement in ("UPDATE ownership_event SET via = via", CLEARANCES[engine.dialect.name]):
        with pytest.raises(DBAPIError, match=re.escape(triggers.REFUSAL)):
            execute(engine, statement)


# --- the probe -------------------------------------------------------------------------------------------------------


def test_the_probe_of_health_fails_where_nothing_can_be_written(database: Database) -> None:
    def probe(session: Session) -> None:
        only_read = "PRAGMA query_only=ON" if database.engine.dialect.name == "sqlite" else "SET TRANSACTION READ ONLY"
        session.connection().exec_driver_sql(only_read)
        prove_writable(session)

    database.write(prove_writable)
    with pytest.raises(DatabaseError):
        database.write(probe)


def test_the_probe_of_health_does_not_wait_for_the_log(database: Database) -> None:
    if database.engine.dialect.name == "sqlite":
        return  # there is one writer
    with database.engine.begin() as other:
        other.exec_driver_sql("SELECT seq FROM chain_head FOR UPDATE")

        def probe(session: Session) -> None:
            session.connection().exec_driver_sql("SET LOCAL lock_timeout = '1ms'")
            prove_writable(session)

        database.write(probe)


# --- starting --------------------------------------------------------------------------------------------------------


def test_an_empty_database_is_created_and_then_current(empty: Engine) -> None:
    assert look(empty).state == "empty"
    assert prepare(empty, NOW) == "Created the database."
    assert look(empty).state == "current"
    assert prepare(empty, NOW) == ""


def test_several_that_start_together_on_an_empty_database_create_it_once(empty: Engine) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: upgrade(empty), range(4)))
    assert look(empty).state == "current"


def test_a_newer_schema_stops_it_on_both(empty: Engine) -> None:
    upgrade(empty)
    execute(empty, "UPDATE alembic_version SET version_num = '9999'", "UPDATE schema_floor SET lowest = '9999'")
    with pytest.raises(SchemaError, match=r"schema 9999, which this release of Dibs does not know"):
        prepare(empty, NOW)


def older(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the database one step older than the release."""
    upgrade(engine)
    execute(engine, "UPDATE alembic_version SET version_num = '0000'")
    monkeypatch.setattr(schema, "VERSIONS", ("0000", *VERSIONS))


def test_an_older_postgresql_is_left_alone_and_told_how_to_upgrade(
    empty: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    older(empty, monkeypatch)
    assert look(empty).state == "older"
    if empty.dialect.name == "postgresql":
        with pytest.raises(SchemaError, match="dibs db upgrade"):
            prepare(empty, NOW)
        assert look(empty).found == "0000"


def test_an_older_sqlite_is_copied_beside_itself_before_anything_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "dibs.db"
    engine = open_engine(f"sqlite:///{path}")
    older(engine, monkeypatch)
    scene_rows = "INSERT INTO fire (job, slot, at) VALUES ('kept', '', '2026-03-02 08:58:00')"
    execute(engine, scene_rows)  # still in the write-ahead log only
    with pytest.raises(Exception, match="0000"):  # no step leads from the made-up version
        prepare(engine, NOW)
    (copy,) = tmp_path.glob("dibs.db.before-*")
    assert copy.name == "dibs.db.before-20260302T085800Z"
    with closing(sqlite3.connect(copy)) as kept:
        assert kept.execute("SELECT job FROM fire").fetchall() == [("kept",)]
        assert kept.execute("SELECT version_num FROM alembic_version").fetchall() == [("0000",)]


def test_what_the_first_version_wrote_is_still_there_after_the_upgrade(empty: Engine) -> None:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    with empty.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    columns = "name, kind, place, checkpoint, baselined, failures, trouble, seen, matched, dropped"
    execute(empty, f"INSERT INTO source_state ({columns}) VALUES ('news', 'feed', '', 'here', true, 0, '', 9, 2, 7)")
    assert look(empty).state == "older"
    upgrade(empty)
    assert look(empty).state == "current"
    with Session(empty) as session:
        state = sources.get(session, "news")
        assert (state.checkpoint, state.dropped, state.dropped_lately) == ("here", 7, None)
        assert sources.remember_dropped(session, "news", ["a"]) == 1


def test_an_upgrade_that_would_leave_dangling_rows_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "dibs.db"
    engine = open_engine(f"sqlite:///{path}")
    upgrade(engine)
    with closing(sqlite3.connect(path)) as careless, careless:
        careless.execute("INSERT INTO membership (person_id, department_id, via) VALUES (7, 7, 'listed')")
        careless.execute("DROP TRIGGER ownership_event_no_update")
    with pytest.raises(SchemaError, match="nothing was changed"):
        upgrade(engine)
    with closing(sqlite3.connect(path)) as after:
        names = {row[0] for row in after.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")}
    assert "ownership_event_no_update" not in names
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
    engine.dispose()
