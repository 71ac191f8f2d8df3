"""A copy holds every row of its source, wherever it was interrupted; what it cannot be sure of it refuses."""

import gc
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, inspect, make_url, select, text
from sqlalchemy.dialects import postgresql

from bot.runtime.instance_lock import InstanceLock
from handlers.own.claim import ClaimMention
from handlers.own.note import NoteMention
from storage.engine.database import Database, Session, open_engine
from storage.engine.schema import SchemaError, prepare, upgrade
from storage.engine.urls import without_secrets
from storage.listen import credentials
from storage.moving import rows
from storage.moving.copy import Copied, Step, copy
from storage.moving.unfinished import CopyError
from storage.own import ownership
from storage.search.tables import mention_words
from storage.work import idempotency
from tests.bot.cli.test_command_line import run
from tests.harness.engines import open_migrated
from tests.harness.patience import HANG_SECONDS
from tests.harness.postgres import Cluster, environment_url
from tests.harness.replying import PublishingInstallation
from tests.harness.scene import START, Scene, at

PORTION = 7
# Other orders than by bytes put these elsewhere; the signs are some that COPY, arrays and vectors give a meaning.
KEYS = ("a", "B", "_", "é", "z", "Z", "\U0001f44b", "\\N", "\\", "a\tb", "'", '"', "{a,b}")


class Interrupted(Exception):
    pass


def silent(_step: Step) -> None:
    pass


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "dibs.db"


@pytest.fixture
def source(file: Path) -> Iterator[Engine]:
    """A database with something in most tables."""
    with closing(Database(open_migrated(file))) as database:
        fill(Scene(database))
    engine = open_engine(f"sqlite:///{file}")
    yield engine
    engine.dispose()


@pytest.fixture
def address(cluster: Cluster) -> Iterator[str]:
    url = cluster.create_database()
    yield url
    cluster.drop(url)


@pytest.fixture
def target(address: str) -> Iterator[Engine]:
    engine = open_engine(address)
    yield engine
    engine.dispose()


def fill(scene: Scene) -> None:
    ana = scene.person("Ana", email="ana@acme.example")
    mine = scene.arrive('Where is my refund? 👋 \u2028 \\ "quoted" it\'s {a,b} \\N')
    scene.do(ClaimMention(reference=at(mine), who=ana))
    scene.do(NoteMention(reference=at(scene.look(mine)), who=ana, text="Rang her.\n\tShe'll \\ wait."))
    PublishingInstallation(scene).on_its_way()
    kept: dict[str, Any] = {"sealed": "sealed-2", "previous": "sealed-1", "expires_at": scene.now, "now": scene.now}
    scene.database.write(lambda session: credentials.replace(session, "acme-social", 0, seeds="f" * 64, **kept))
    scene.database.write(lambda session: answer_all(session, scene.now))


def answer_all(session: Session, now: datetime) -> None:
    for key in KEYS:
        idempotency.answered(session, key, key, now)
    words = r" it's 'a' \'b\ refund "
    session.connection().execute(mention_words.update().where(mention_words.c.mention_id == 1).values(words=words))


def everything(engine: Engine) -> dict[str, set[Any]]:
    with engine.connect() as connection:
        found = {one.name: set(map(tuple, connection.execute(select(one)))) for one in rows.all_tables()}
    found[mention_words.name] = {(key, frozenset(_words(words))) for key, words in found[mention_words.name]}
    return found


def _words(kept: str) -> list[str]:
    """Return words of the index as SQLite keeps them, or as PostgreSQL prints its own."""
    if kept.startswith(" "):
        return kept.split()
    return [one[1:-1].replace("''", "'").replace("\\\\", "\\") for one in kept.split()]


# --- what is there afterwards ----------------------------------------------------------------------------------------


def test_all_stands_in_the_copy_and_work_goes_on_there(source: Engine, target: Engine, address: str) -> None:
    before = everything(source)
    copied = copy(source, target, silent, PORTION)
    assert everything(target) == everything(source) == before
    assert copied.rows == sum(map(len, before.values())), "no two rows are the same"
    assert {name for name, found in before.items() if found} >= {"seen_request", "remark", "publication", "message"}
    with closing(Database(open_engine(address))) as database:
        scene = Scene(database)
        assert prepare(database.engine, scene.now) == "", "`dibs run` opens it as it is"
        verdict = database.read(lambda session: ownership.verify(session, copied.head))
        assert (verdict.trouble, verdict.rows) == ("", copied.events)
        new = scene.arrive("A refund that came later", external_id="later")
        assert new.id == max(row[0] for row in before["mention"]) + 1
        ben = scene.person("Ben", email="ben@acme.example")
        assert scene.do(ClaimMention(reference=at(new), who=ben)).ok
        with pytest.raises(Exception, match="append-only"), database.engine.begin() as connection:
            connection.execute(text("DELETE FROM ownership_event"))
        assert database.read(lambda session: ownership.verify(session, copied.head)).trouble == ""
    with target.connect() as connection:
        found = "SELECT count(*) FROM mention_words WHERE words @@ 'refund'::tsquery"
        assert connection.execute(text(found)).scalar() == 2 + len(before["mention"]) - 1


def test_every_table_is_copied_and_none_points_into_itself(target: Engine) -> None:
    upgrade(target)
    there, names = inspect(target), [one.name for one in rows.all_tables()]
    assert sorted(names) == sorted(set(there.get_table_names()) - {"alembic_version"})
    for table in rows.all_tables():
        columns = {one["name"] for one in there.get_columns(table.name)}
        assert columns == {one.name for one in table.columns}
        for key in there.get_foreign_keys(table.name):
            assert names.index(key["referred_table"]) < names.index(table.name)


def test_texts_are_compared_in_the_order_of_their_bytes_however_the_target_sorts_them() -> None:
    """What is at hand here sorts by bytes anyway, so this looks at what is asked."""
    kind = postgresql.dialect()  # type: ignore[no-untyped-call]
    asked = {one.name: str(rows.in_order(one, "C").compile(dialect=kind)) for one in rows.all_tables()}
    assert asked["seen_request"].endswith('ORDER BY seen_request.key COLLATE "C"')
    assert asked["clock"].endswith('ORDER BY clock.mention_id, clock.kind COLLATE "C"')


# --- what interrupts it ----------------------------------------------------------------------------------------------


def test_wherever_it_is_interrupted_it_ends_equal(source: Engine, target: Engine) -> None:
    """The first start is interrupted at its first step, the second at its second, until one comes to the end."""
    done = None
    for last in range(1, 1_000):
        steps = iter(range(last))

        def tell(_step: Step, steps: Iterator[int] = steps) -> None:
            if next(steps, None) is None:
                raise Interrupted

        with suppress(Interrupted):
            done = copy(source, target, tell, PORTION)
            break
        with pytest.raises(SchemaError, match="a copy that is not finished"):
            prepare(target, START)
    assert done is not None
    assert everything(target) == everything(source)


KILLED = """
import os, signal, sys
from storage.engine.database import open_engine
from storage.moving.copy import copy
def tell(step):
    if step.doing == sys.argv[3] and step.done >= int(sys.argv[4]):
        os.kill(os.getpid(), signal.SIGKILL)
copy(open_engine(sys.argv[1]), open_engine(sys.argv[2]), tell, 3)
"""


def kill(file: Path, address: str, doing: str, rows: int) -> None:
    order = [sys.executable, "-c", KILLED, f"sqlite:///{file}", address, doing, str(rows)]
    ended = subprocess.run(order, capture_output=True, timeout=HANG_SECONDS, check=False)
    assert ended.returncode == -signal.SIGKILL, ended.stderr


@pytest.mark.process
@pytest.mark.parametrize(
    ("doing", "rows"),
    [
        ("Copying", 40),
        pytest.param("Copying", 0, marks=pytest.mark.slow),
        pytest.param("Copying", 1, marks=pytest.mark.slow),
        pytest.param("Copying", 20, marks=pytest.mark.slow),
        pytest.param("Comparing", 0, marks=pytest.mark.slow),
        pytest.param("Comparing", 30, marks=pytest.mark.slow),
    ],
)
def test_a_process_that_is_killed_and_started_again_ends_equal(
    source: Engine, file: Path, target: Engine, address: str, doing: str, rows: int, tmp_path: Path
) -> None:
    kill(file, address, doing, rows)
    told = configuration(tmp_path, file)
    said = run("db", "copy", "--to", environment_url(address), **told)
    assert said.exit_code == 0, said.output
    assert "each is the same on both sides" in said.stdout
    assert everything(target) == everything(source)
    verified = run("log", "verify", **{**told, "DIBS_DATABASE_URL": environment_url(address)})
    assert verified.exit_code == 0, verified.output


def configuration(folder: Path, file: Path) -> dict[str, str]:
    (folder / "dibs.toml").write_text("[departments.support]\n")
    return {"DIBS_CONFIG": str(folder / "dibs.toml"), "DIBS_DATABASE_URL": f"sqlite:///{file}"}


def interrupt(source: Engine, target: Engine, doing: str = "Comparing") -> None:
    def tell(step: Step) -> None:
        if step.doing == doing:
            raise Interrupted

    with suppress(Interrupted):
        copy(source, target, tell, PORTION)


def test_what_was_worked_on_between_two_starts_is_copied_as_it_is_then(
    source: Engine, file: Path, target: Engine
) -> None:
    interrupt(source, target)
    with closing(Database(open_migrated(file))) as database:
        Scene(database).arrive("An invoice that came in between", external_id="between")
    steps: list[Step] = []
    copy(source, target, steps.append, PORTION)
    assert steps[0].done == 0, "it begins anew, and compares nothing before"
    assert any("An invoice that came in between" in row for row in everything(target)["post"])
    assert everything(target) == everything(source)


def again(source: Engine, target: Engine) -> Copied:
    return copy(source, target, silent, PORTION)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE seen_request SET answer = 'another' WHERE key = 'a'",
        "DELETE FROM seen_request WHERE key = 'a'",
        "INSERT INTO seen_request (key, at, answer) SELECT 'aa', at, answer FROM seen_request WHERE key = 'a'",
    ],
)
def test_a_row_that_is_another_one_is_found_though_the_log_is_the_same(
    source: Engine, target: Engine, change: str
) -> None:
    interrupt(source, target)
    with source.begin() as connection:
        connection.execute(text(change))
    again(source, target)
    assert everything(target) == everything(source)


def test_nobody_writes_the_source_meanwhile(source: Engine, file: Path, target: Engine) -> None:
    other = open_engine(f"sqlite:///{file}")
    met: list[object] = []

    def tell(step: Step) -> None:
        if met:
            return
        with other.execution_options(reading=True).connect() as connection:
            connection.execute(text("PRAGMA busy_timeout=0"))
            with pytest.raises(Exception, match="locked") as refused:
                connection.execute(text("DELETE FROM seen_request"))
            met.append(refused)

    copy(source, target, tell, PORTION)
    other.dispose()
    assert met


@pytest.mark.filterwarnings("ignore:.*ServerCursor:ResourceWarning")  # of psycopg: it cannot be closed any more
def test_a_server_that_went_away_is_told_and_the_next_start_goes_on(source: Engine, target: Engine) -> None:
    def tell(step: Step) -> None:
        if step.doing == "Comparing":
            with target.connect() as connection:
                others = "datname = current_database() AND pid <> pg_backend_pid()"
                connection.execute(text(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}"))

    with pytest.raises(CopyError, match=r"cannot be worked with: .* What was copied stays: run the same command again"):
        copy(source, target, tell, PORTION)
    gc.collect()
    again(source, target)
    assert everything(target) == everything(source)


# --- what it refuses -------------------------------------------------------------------------------------------------


def test_a_target_that_holds_something_else_is_left_as_it_is(source: Engine, target: Engine, tmp_path: Path) -> None:
    with target.begin() as connection:
        connection.execute(text("CREATE TABLE invoices (id INTEGER)"))
    with pytest.raises(CopyError, match=r"none of Dibs\. Nothing was changed\. Name an empty database"):
        again(source, target)
    with target.begin() as connection:
        connection.execute(text("DROP TABLE invoices"))

    interrupt(source, target)
    with closing(Database(open_migrated(tmp_path / "other.db"))) as database:
        Scene(database, now=START + timedelta(days=1)).arrive("Another refund", external_id="other")
    other = open_engine(f"sqlite:///{tmp_path / 'other.db'}")
    held = everything(target)
    with pytest.raises(CopyError, match="an unfinished copy of another database"):
        again(other, target)
    other.dispose()
    assert everything(target) == held

    again(source, target)
    with pytest.raises(CopyError, match="holds a Dibs already, or a copy that is finished"):
        again(source, target)
    for version, sentence in (("0026", "an older schema"), ("9999", "a newer schema")):
        with target.begin() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = :it"), {"it": version})
        with pytest.raises(CopyError, match=sentence):
            again(source, target)


def test_a_target_that_cannot_hold_every_sign_is_refused(source: Engine, target: Engine) -> None:
    url = target.url.set(database=f"{target.url.database}_latin")
    with target.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(text(f"CREATE DATABASE {url.database} TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'"))
        narrow = open_engine(url.render_as_string(hide_password=False))
        with pytest.raises(CopyError, match="ENCODING 'UTF8'"):
            again(source, narrow)
        narrow.dispose()
        connection.execute(text(f"DROP DATABASE {url.database}"))


@pytest.mark.parametrize(
    ("version", "sentence"), [("0026", "`dibs db upgrade` first"), ("9999", "the release that wrote it, or a later")]
)
def test_a_source_of_another_schema_is_refused(source: Engine, target: Engine, version: str, sentence: str) -> None:
    with source.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :it"), {"it": version})
    with pytest.raises(CopyError, match=sentence):
        again(source, target)
    assert not inspect(target).get_table_names()


def test_a_log_that_does_not_verify_is_not_copied(source: Engine, target: Engine) -> None:
    with source.begin() as connection:
        connection.execute(text("DROP TRIGGER ownership_event_no_update"))
        connection.execute(text("UPDATE ownership_event SET via = 'desk' WHERE seq = 1"))
    with pytest.raises(CopyError, match="Row 1 was changed after it was written"):
        again(source, target)
    assert not inspect(target).get_table_names()


def test_what_postgresql_cannot_hold_is_named_by_its_table_and_not_by_its_words(source: Engine, target: Engine) -> None:
    with source.begin() as connection:
        connection.execute(text("UPDATE seen_request SET answer = 'private' || char(0) WHERE key = 'a'"))
    with pytest.raises(CopyError, match="some row of seen_request") as refused:
        again(source, target)
    assert "private" not in str(refused.value)


def test_a_dibs_that_runs_is_not_copied(source: Engine, file: Path, target: Engine, address: str) -> None:
    lock = InstanceLock(file)
    lock.take()
    said = run("db", "copy", "--to", environment_url(address), **configuration(file.parent, file))
    lock.release()
    assert (said.exit_code, "Stop it first" in said.stderr) == (1, True), said.output
    assert not inspect(target).get_table_names()


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("sqlite:///other.db", "is no PostgreSQL"),
        ("mysql://dibs:S3CRET@db.example/dibs", "is no PostgreSQL"),
        ("S3CRET", "is no PostgreSQL"),
        ("postgresql://dibs:12/S3CRET@127.0.0.1:1/dibs", "cannot be worked with"),
        ("postgresql://dibs:x@S3CRET@127.0.0.1/dibs", "%40"),
        ("postgresql://dibs:12?S3CRET@127.0.0.1:1/dibs", "cannot be worked with"),
        ("postgresql://dibs:S3CRET@127.0.0.1:1/dibs", "cannot be worked with"),
        ("postgresql://dibs@127.0.0.1:1/S3CRET?password=S3CRET", "cannot be worked with"),
    ],
)
def test_what_is_no_postgresql_is_refused_and_no_secret_told(
    file: Path, source: Engine, url: str, sentence: str
) -> None:
    source.dispose()
    said = run("-v", "db", "copy", "--to", url, **configuration(file.parent, file))
    assert (said.exit_code, sentence in said.stderr) == (1, True), said.output
    assert "S3CRET" not in said.output


def test_no_password_is_told_whatever_a_server_says_of_it() -> None:
    url = make_url("postgresql://dibs:p%40ss@db.example/dibs?sslpassword=other")
    said = without_secrets("no entry for p@ss, p%40ss or other", url)
    assert said == "no entry for ***, *** or ***"


def test_what_is_no_sqlite_file_is_no_source(file: Path, address: str) -> None:
    told = configuration(file.parent, file)
    missing = run("db", "copy", "--to", environment_url(address), **told)
    assert (missing.exit_code, "There is no database at" in missing.stderr, file.exists()) == (1, True, False)
    other = run(
        "db", "copy", "--to", environment_url(address), **{**told, "DIBS_DATABASE_URL": environment_url(address)}
    )
    assert (other.exit_code, "names no SQLite file" in other.stderr) == (1, True), other.output
