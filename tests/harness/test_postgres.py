"""The PostgreSQL that the tests start: private, quick to copy, gone when it is stopped."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest

from tests.harness import postgres
from tests.harness.patience import wait_until
from tests.harness.postgres import Cluster, PostgresUnavailable, environment_url
from tests.harness.ready import AHEAD, ReadyDatabases


@contextmanager
def connected(url: str) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    with psycopg.connect(environment_url(url), autocommit=True) as connection:
        yield connection


def make_a_table(url: str) -> None:
    with connected(url) as connection:
        connection.execute("CREATE TABLE mention (id bigint PRIMARY KEY)")


def test_each_database_starts_as_the_template_was_left(cluster: Cluster) -> None:
    first, second = (cluster.create_database(cluster.template(make_a_table)) for _ in range(2))
    with connected(first) as one, connected(second) as other:
        one.execute("INSERT INTO mention VALUES (1)")
        assert other.execute("SELECT count(*) FROM mention").fetchone() == (0,)
    cluster.drop(first)
    cluster.drop(second)


def test_a_template_is_ready_even_if_its_maker_stays_connected(cluster: Cluster) -> None:
    kept = []

    def forget_to_close(url: str) -> None:
        kept.append(psycopg.connect(environment_url(url)))

    url = cluster.create_database(cluster.template(forget_to_close))
    cluster.drop(url)
    kept[0].close()


def test_databases_stand_ready_and_each_asker_has_one_of_his_own() -> None:
    made = count(1)
    dropped: list[str] = []
    ready = ReadyDatabases(lambda: f"database {next(made)}", dropped.append)
    taken = [ready.take() for _ in range(10)]
    assert taken == [f"database {number}" for number in range(1, 11)]
    for one in taken:
        ready.give_back(one)
    wait_until(lambda: dropped == taken)
    assert next(made) == 11 + AHEAD
    ready.close()


def test_who_asks_hears_why_no_database_could_be_made() -> None:
    def refuse() -> str:
        raise OSError("the disk is full")

    ready = ReadyDatabases(refuse, lambda _url: None)
    with pytest.raises(RuntimeError, match="no database could be made"):
        ready.take()
    ready.close()


def test_a_database_is_dropped_under_whoever_still_uses_it(cluster: Cluster) -> None:
    url = cluster.create_database()
    with connected(url) as connection:
        cluster.drop(url)
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")


def test_the_server_listens_in_a_private_folder_only(cluster: Cluster) -> None:
    url = cluster.create_database()
    folder = Path(parse_qs(urlsplit(environment_url(url)).query)["host"][0])
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    with connected(url) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
        assert connection.execute("SHOW max_connections").fetchone() == ("100",)
    cluster.drop(url)


def test_two_servers_live_side_by_side_and_each_ends_alone(cluster: Cluster) -> None:
    other = Cluster.start()
    url = other.create_database()
    folder = Path(parse_qs(urlsplit(environment_url(url)).query)["host"][0])
    other.stop()
    assert not folder.exists()
    with pytest.raises(ProcessLookupError):
        os.kill(other.process_id, 0)
    os.kill(cluster.process_id, 0)


@pytest.mark.process
@pytest.mark.skipif(os.geteuid() != 0, reason="only root hands the server over to another user")
def test_programs_out_of_reach_are_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    (private / "programs").symlink_to(postgres._programs())
    monkeypatch.setattr(postgres, "_programs", lambda: private / "programs")
    running = Cluster.start()
    url = running.create_database()
    folder = Path(parse_qs(urlsplit(environment_url(url)).query)["host"][0])
    assert list(folder.glob("programs/**/bin/postgres"))
    running.stop()


def test_a_machine_that_cannot_run_it_is_told_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    initdb = tmp_path / "wheel" / "programs" / "bin" / "initdb"
    initdb.parent.mkdir(parents=True)
    initdb.write_text("#!/bin/sh\necho 'libxyz.so.1 is missing' >&2\nexit 127\n")
    initdb.chmod(0o755)
    monkeypatch.setattr(postgres, "_programs", lambda: tmp_path / "wheel" / "programs")
    with pytest.raises(PostgresUnavailable, match=r"libxyz\.so\.1 is missing"):
        Cluster.start()
