"""Rules of PostgreSQL: poolers, switchovers, how many connections, and what of an error is said."""

import logging
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine, text

from storage.engine.compiled import say
from storage.engine.database import Database, Session, open_engine, prove_writable
from storage.engine.group import STILL_SECONDS
from storage.engine.postgres import CONNECTIONS, FEWEST, is_pooled
from storage.engine.schema import SchemaError, look, prepare
from storage.work import idempotency
from tests.harness.engines import migrate
from tests.harness.pgbouncer import pgbouncer
from tests.harness.postgres import Cluster, environment_url
from tests.harness.scene import START

REPLICAS = 4


@pytest.fixture
def url(cluster: Cluster) -> Iterator[str]:
    """An empty, migrated database of a server that does not live in UTC."""
    found = cluster.create_database(cluster.template(migrate))
    yield found
    cluster.drop(found)


@contextmanager
def opened(url: str) -> Iterator[Database]:
    database = Database(open_engine(url))
    try:
        yield database
    finally:
        database.close()


def answer(key: str, text: str = "") -> Callable[[Session], str | None]:
    def work(session: Session) -> str | None:
        idempotency.answered(session, key, text, START)
        return idempotency.earlier(session, key)

    return work


def asked(key: str) -> Callable[[Session], str | None]:
    return lambda session: idempotency.earlier(session, key)


def setting(name: str) -> Callable[[Session], Any]:
    return lambda session: session.connection().execute(text(f"SHOW {name}")).scalar()


@pytest.mark.parametrize("mode", ["session", "transaction"])
def test_behind_a_pooler_all_goes_as_without_one(url: str, mode: str) -> None:
    with pgbouncer(url, mode, size=3 if mode == "transaction" else 40) as pooled:
        databases = [Database(open_engine(pooled)) for _ in range(REPLICAS)]
        waiting: list[Future[Any]] = []
        for number in range(60):
            for replica, database in enumerate(databases):
                waiting.append(database.submit(answer(f"{replica}:{number}", "said"), urgent=number % 2 == 0))
                waiting.append(database.submit_read(asked(f"{replica}:{number}")))
        assert [one.exception(60) for one in waiting] == [None] * len(waiting)
        assert {one.write(setting("idle_in_transaction_session_timeout")) for one in databases} == {f"{STILL_SECONDS}s"}
        assert {one.read(setting("timezone")) for one in databases} == {"UTC"}
        for one in databases:
            one.close()


def test_nothing_that_is_said_to_a_session_stays_in_the_pool(url: str) -> None:
    with pgbouncer(url, "transaction", size=1) as pooled, opened(pooled) as database:
        database.write(answer("key"))
        with psycopg.connect(environment_url(pooled)) as other:
            assert other.execute("SHOW idle_in_transaction_session_timeout").fetchone() == ("0",)
            assert other.execute("SELECT count(*) FROM pg_prepared_statements").fetchone() == (0,)


def test_a_pooler_is_known_by_the_process_that_answers(url: str) -> None:
    def look_at(engine: Engine) -> tuple[bool, int | None]:
        with engine.connect() as connection:
            driver: Any = connection.connection.dbapi_connection
            found = is_pooled(connection), driver.prepare_threshold
        engine.dispose()
        return found

    assert look_at(open_engine(url)) == (False, 5)
    with pgbouncer(url, "transaction") as pooled:
        assert look_at(open_engine(pooled)) == (True, None)


def test_an_empty_database_is_made_through_a_pooler(cluster: Cluster) -> None:
    url = cluster.create_database()
    with pgbouncer(url, "transaction") as pooled:
        engine = open_engine(pooled)
        assert prepare(engine, START)
        assert look(engine).state == "current"
        engine.dispose()
    cluster.drop(url)


def test_a_pooler_that_takes_no_transactions_is_refused_with_a_sentence(url: str) -> None:
    with pgbouncer(url, "statement") as pooled, pytest.raises(SchemaError, match="pool_mode to transaction or session"):
        look(open_engine(pooled))


def test_times_are_utc_wherever_the_server_lives(url: str) -> None:
    with opened(url) as database:
        found = database.read(lambda session: session.connection().execute(text("SELECT now()")).scalar())
        assert str(found).endswith("+00:00")


@pytest.mark.parametrize(("said", "most"), [("", CONNECTIONS), ("connections=7", 7), ("connections=5", FEWEST)])
def test_no_more_connections_are_taken_than_are_told(url: str, said: str, most: int) -> None:
    with opened(f"{url}&{said}" if said else url) as database, ThreadPoolExecutor(30) as threads:
        looking = [threads.submit(look, database.engine) for _ in range(100)]
        waiting = [database.submit(answer(f"{one}"), urgent=one % 2 == 0) for one in range(200)]
        waiting += [database.submit_read(setting("timezone")) for _ in range(200)]
        with psycopg.connect(environment_url(url)) as beside:
            taken = [
                beside.execute(
                    "SELECT count(*) - 1 FROM pg_stat_activity WHERE datname = current_database()"
                ).fetchone()
                for _ in range(50)
            ]
        assert [one.exception(60) for one in looking] + [one.exception(60) for one in waiting] == [None] * 500
        assert max(one[0] for one in taken if one) <= most
    told = (Path(__file__).parents[3] / "docs/how-to/postgresql.md").read_text()
    assert f"A replica takes at most {CONNECTIONS} connections" in told
    assert f"from {FEWEST} up" in told


@pytest.mark.parametrize("said", ["4", "11", "-5", "five"])
def test_a_number_of_connections_that_is_none_is_refused(said: str) -> None:
    with pytest.raises(SchemaError, match="connections is a number from 5 to 10"):
        open_engine(f"postgresql://db.example/dibs?connections={said}")


def only_read(url: str, only: str) -> None:
    """Let sessions that begin from now on only read, or write again; those that are open stay as they are."""
    with psycopg.connect(
        environment_url(url), autocommit=True, options="-c default_transaction_read_only=off"
    ) as server:
        name = psycopg.sql.Identifier(str(server.info.dbname))
        statement = "ALTER DATABASE {} SET default_transaction_read_only = " + only
        server.execute(psycopg.sql.SQL(statement).format(name))


def test_after_a_switchover_the_next_work_goes_on_a_new_connection(url: str) -> None:
    only_read(url, "on")
    with opened(url) as database:
        with pytest.raises(Exception, match="read-only transaction"):
            database.write(prove_writable)
        assert database.submit_read(setting("transaction_read_only")).result(60) == "on"
        for _ in range(4):  # let each reader have its connection
            database.submit_read(setting("timezone")).result(60)
        only_read(url, "off")
        waiting = [database.submit(prove_writable, urgent=one % 2 == 0) for one in range(20)]
        assert [one.exception(60) for one in waiting] == [None] * 20
        assert {database.submit_read(setting("transaction_read_only")).result(60) for _ in range(20)} == {"off"}


@pytest.mark.parametrize("hot", [True, False])
def test_no_value_of_a_statement_that_fails_is_said(url: str, hot: bool, caplog: pytest.LogCaptureFixture) -> None:
    statements = [
        "INSERT INTO seen_request (key, at, answer) VALUES ('Zanzibar', now(), '')",
        "SELECT 'Zanzibar'::integer",
        "INSERT INTO lane (platform, channel, workspace, state) VALUES ('Zanzibar', NULL, 'Zanzibar', 'Zanzibar')",
        "SELECT '2026-13-45 Zanzibar'::timestamptz",
        "SELECT 'Zanzibar'::json",
    ]
    with opened(url) as database:
        database.write(answer("Zanzibar"))
        for sql in statements:

            def work(session: Session, sql: str = sql) -> None:
                say(session, sql) if hot else session.connection().execute(text(sql))

            with pytest.raises(Exception) as met:  # noqa: PT011
                database.submit(work).result(60)
            logging.getLogger("dibs").error("It failed.", exc_info=met.value)
    assert "Error" in caplog.text or "Violation" in caplog.text
    told = "\n".join(line for line in caplog.text.splitlines() if not line.lstrip().startswith(("[SQL", "say(", '"')))
    assert "Zanzibar" not in told


def test_what_a_hot_statement_was_given_is_not_said(url: str) -> None:
    with opened(url) as database:
        database.write(answer("Zanzibar"))
        with pytest.raises(Exception, match="duplicate key") as met:
            database.write(lambda session: idempotency._KEEP.run(session, key="Zanzibar", at=START, answer="Qwyjibo"))
        assert "Zanzibar" not in str(met.value)
        assert "seen_request" in str(met.value)


def test_nor_is_it_on_sqlite(tmp_path: Path) -> None:
    migrate(f"sqlite:///{tmp_path / 'dibs.db'}")
    row = {"key": "Zanzibar", "at": "2026-03-02", "answer": "Qwyjibo"}
    with opened(f"sqlite:///{tmp_path / 'dibs.db'}") as database:
        database.write(answer("Zanzibar"))
        with pytest.raises(Exception, match="UNIQUE") as met:
            database.write(
                lambda session: session.connection().execute(
                    text("INSERT INTO seen_request (key, at, answer) VALUES (:key, :at, :answer)"), row
                )
            )
        assert "Zanzibar" not in str(met.value)
        assert "Qwyjibo" not in str(met.value)
