"""Leases: one holder at a time, renewed while the work goes on, and fenced: who lost it writes nothing."""

from datetime import timedelta

import pytest
from sqlmodel import Session

from bot.outbox.worker import IDLE, LOOK_AFTER
from bot.runtime.heartbeat import BEAT
from storage.engine.leases import LEASE
from storage.listen import sources
from storage.listen.sources import SourceRow, leases
from tests.harness.scene import Scene
from tests.harness.sources import set_state


@pytest.fixture
def row(scene: Scene) -> Scene:
    scene.database.write(lambda session: sources.ensure(session, "news", "feed", ""))
    return scene


def take(scene: Scene, token: str) -> bool:
    return scene.database.write(lambda session: leases.take(session, "news", token, scene.now))


def renew(scene: Scene, token: str) -> bool:
    return scene.database.write(lambda session: leases.renew(session, "news", token, scene.now)) is not None


def settle(scene: Scene, token: str, **values: object) -> bool:
    return scene.database.write(lambda session: leases.settle(session, "news", token, **values))


def state(scene: Scene) -> SourceRow:
    return scene.database.read(lambda session: sources.get(session, "news"))


def test_it_has_one_holder_until_it_runs_out(row: Scene) -> None:
    assert take(row, "first")
    assert not take(row, "second")
    row.now += LEASE
    assert not take(row, "second")
    row.now += timedelta(microseconds=1)
    assert take(row, "second")


def test_it_lasts_as_long_as_it_is_renewed(row: Scene) -> None:
    take(row, "first")
    for _ in range(4):
        row.now += LEASE * 0.9
        assert renew(row, "first")
    assert not take(row, "second")


def test_who_lost_it_neither_renews_nor_settles_nor_gives_it_back(row: Scene) -> None:
    take(row, "first")
    row.now += LEASE * 2
    take(row, "second")
    assert not renew(row, "first")
    assert not settle(row, "first", checkpoint="stale")
    row.database.write(lambda session: leases.release(session, "news", "first"))
    assert (state(row).lease, state(row).checkpoint) == ("second", "")


def test_settling_gives_it_back_unless_the_work_goes_on(row: Scene) -> None:
    take(row, "first")
    assert row.database.write(lambda session: leases.keep(session, "news", "first", row.now, checkpoint="c1"))
    assert (state(row).lease, state(row).leased_until, state(row).checkpoint) == ("first", row.now + LEASE, "c1")
    assert settle(row, "first", checkpoint="c2")
    assert (state(row).lease, state(row).leased_until, state(row).checkpoint) == (None, None, "c2")
    assert not settle(row, "first", checkpoint="c3")


def test_what_is_not_to_be_taken_is_not(row: Scene) -> None:
    row.database.write(lambda session: set_state(session, "news", next_at=row.now + timedelta(minutes=1)))
    assert not take(row, "first")


def test_a_process_that_has_the_database_to_itself_frees_all_at_its_start(row: Scene) -> None:
    take(row, "killed")
    row.database.write(leases.forget)
    assert take(row, "next")


def test_two_that_take_it_at_once_are_one_that_has_it(row: Scene) -> None:
    def work(token: str) -> object:
        return row.database.submit(lambda session: leases.take(session, "news", token, row.now))

    taken = [work(f"token-{number}") for number in range(8)]
    assert sum(one.result() for one in taken) == 1  # type: ignore[attr-defined]


def test_the_work_of_a_killed_replica_is_elsewhere_in_less_than_ten_seconds() -> None:
    assert LEASE.total_seconds() + 2 * IDLE < 10
    assert LOOK_AFTER.total_seconds() + 2 * IDLE <= 10
    assert LEASE.total_seconds() > 2 * BEAT


def test_a_session_that_is_rolled_back_took_nothing(row: Scene) -> None:
    def work(session: Session) -> None:
        leases.take(session, "news", "first", row.now)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        row.database.write(work)
    assert take(row, "second")
