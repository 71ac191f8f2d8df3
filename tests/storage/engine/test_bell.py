"""The bell: what one replica commits another one hears at once, and nothing that is committed waits for it."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import psycopg
import pytest

from storage.engine.database import Database, Session, open_engine, prove_writable, touch
from tests.harness.engines import migrate
from tests.harness.patience import HANG_SECONDS, wait_until
from tests.harness.pgbouncer import pgbouncer
from tests.harness.postgres import Cluster, environment_url

LISTENS = "query ILIKE 'LISTEN%' AND pid <> pg_backend_pid()"


@pytest.fixture
def url(cluster: Cluster) -> Iterator[str]:
    """An empty, migrated database."""
    found = cluster.create_database(cluster.template(migrate))
    yield found
    cluster.drop(found)


@dataclass
class Replica:
    """A database that a process has open, and what it heard."""

    database: Database
    heard: list[frozenset[int]] = field(default_factory=list)
    something: threading.Condition = field(default_factory=threading.Condition)

    def note(self, touched: frozenset[int]) -> None:
        """Be told of a commit."""
        with self.something:
            self.heard.append(touched)
            self.something.notify_all()

    def wait(self, until: Callable[[], bool]) -> None:
        """Wait until something is so, which a commit makes so."""
        with self.something:
            assert self.something.wait_for(until, HANG_SECONDS), self.heard

    def commit(self, *touched: int) -> None:
        """Commit a change of these mentions."""

        def work(session: Session) -> None:
            prove_writable(session)
            for one in touched:
                touch(session, one)

        self.database.write(work)


@contextmanager
def replicas(url: str, number: int = 2) -> Iterator[list[Replica]]:
    """Open some that listen to each other."""
    opened = [Replica(Database(open_engine(url))) for _ in range(number)]
    try:
        for one in opened:
            one.database.listen(one.note)
            one.database.hear_others()
        yield opened
    finally:
        for one in opened:
            one.database.close()


def hear(*some: Replica) -> None:
    """Wait until they listen, and forget what they heard until then."""
    for one in some:
        one.wait(lambda one=one: one.heard and one.database.hears_others)  # type: ignore[misc]
        one.heard.clear()


def test_what_one_commits_the_others_hear_and_nobody_hears_twice(url: str) -> None:
    with replicas(url, 3) as (first, second, third):
        hear(first, second, third)
        first.commit(1, 2)
        for one in (second, third):
            one.wait(lambda one=one: one.heard == [{1, 2}])  # type: ignore[misc]
        second.commit(3)
        for one in (first, third):
            one.wait(lambda one=one: one.heard[-1] == {3})  # type: ignore[misc]
        assert [one.heard for one in (first, second, third)] == [[{1, 2}, {3}]] * 3


def test_one_ring_serves_many_commits(url: str) -> None:
    with replicas(url) as (first, second):
        hear(first, second)
        for number in range(1, 201):
            first.commit(number)
        second.wait(lambda: frozenset().union(*second.heard) == set(range(1, 201)))
        assert len(first.heard) == 200
        assert len(second.heard) < 100, "each commit rang by itself"


def test_more_than_a_payload_holds_is_anything(url: str) -> None:
    with replicas(url) as (first, second):
        hear(first, second)
        first.commit(*range(1_000_000, 1_002_000))
        second.wait(lambda: second.heard == [frozenset()])


def test_there_may_be_something_to_do_that_no_commit_tells(url: str) -> None:
    with replicas(url) as (first, second):
        hear(first, second)
        first.database.ring_others()
        second.wait(lambda: second.heard == [frozenset()])
        assert first.heard == []


def test_a_connection_that_was_cut_is_opened_anew_as_if_somebody_had_rung(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.engine.bell.PAUSE", 0.01)
    with replicas(url) as (first, second):
        hear(first, second)
        with psycopg.connect(environment_url(url), autocommit=True) as beside:
            beside.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {LISTENS}")
        hear(first, second)
        first.commit(7)
        second.wait(lambda: {7} in second.heard)


def test_no_commit_waits_for_the_bell(url: str) -> None:
    """A bell that is stuck rings for nothing that is committed meanwhile: NOTIFY stands in no transaction with work."""
    free, stuck = threading.Event(), threading.Event()

    def block(touched: frozenset[int]) -> None:
        if touched == {99}:
            stuck.set()
            assert free.wait(HANG_SECONDS)

    with replicas(url) as (first, second):
        hear(first, second)
        first.database.listen(block)
        second.commit(99)
        assert stuck.wait(HANG_SECONDS)
        first.commit(1)
        assert first.heard == [{99}, {1}]
        assert {1} not in second.heard
        free.set()
        second.wait(lambda: {1} in second.heard)


def test_behind_a_pooler_nobody_listens_and_nothing_fails(url: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    with pgbouncer(url, "transaction") as pooled, replicas(pooled) as (first, second):
        wait_until(lambda: caplog.text.count("look for work once a second") >= 2)
        first.commit(1)
        assert first.heard == [{1}]
        assert (first.database.hears_others, second.heard) == (False, list[frozenset[int]]())


def test_on_sqlite_there_are_no_others(tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.mktemp("sqlite") / "dibs.db"
    migrate(f"sqlite:///{file}")
    with replicas(f"sqlite:///{file}", 1) as (alone,):
        alone.commit(1)
        assert (alone.heard, alone.database.hears_others) == ([frozenset({1})], False)
        assert "bell" not in {one.name for one in threading.enumerate()}
