"""A rolling upgrade: where a step of the schema only adds, the release before goes on and may start, else it may not.

The release before is stood in for by what it knows: the versions without the last, and a step behind them.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from storage.engine import schema, upgrade
from storage.engine.schema import VERSIONS, SchemaError, how_to_upgrade, look, only_adds, prepare
from storage.engine.upgrade import migrate
from storage.work import replicas
from storage.work.replicas import GONE_AFTER, require_stopped

NOW = datetime(2026, 3, 2, 8, 58, tzinfo=UTC)
LAST, BEFORE = VERSIONS[-1], VERSIONS[:-1]


@pytest.fixture(params=[True, False], ids=["the last step only adds", "the last step changes"])
def adds(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether the last step is one that only adds."""
    kept: bool = request.param
    told = [(revision, kept if revision == LAST else adds) for revision, adds in upgrade.steps()]
    monkeypatch.setattr(upgrade, "steps", lambda: told)
    return kept


@contextmanager
def release_before(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Be the release before for a while."""
    with monkeypatch.context() as patch:
        patch.setattr(schema, "VERSIONS", BEFORE)
        yield


def beat(engine: Engine, name: str, now: datetime = NOW) -> list[str]:
    with Session(engine) as session:
        living = replicas.beat(session, name, "web worker", now)
        session.commit()
    return [one.name for one in living]


def test_the_release_before_starts_beside_a_later_one_where_that_only_added(
    empty: Engine, adds: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrate(empty)
    with release_before(monkeypatch):
        assert (look(empty).state, look(empty).fits) == ("newer", adds)
        if adds:
            assert f"schema {LAST}, of a later release" in prepare(empty, NOW)
        else:
            with pytest.raises(SchemaError, match=f"schema {LAST}, which this release of Dibs does not know"):
                prepare(empty, NOW)
    assert look(empty).fits


def test_two_releases_back_is_let_in_only_as_far_as_all_steps_added(
    empty: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed = [(revision, revision != VERSIONS[-2]) for revision, _ in upgrade.steps()]
    monkeypatch.setattr(upgrade, "steps", lambda: changed)
    migrate(empty)
    fits: list[bool] = []
    for known in (VERSIONS[:-1], VERSIONS[:-2]):
        monkeypatch.setattr(schema, "VERSIONS", known)
        fits.append(look(empty).fits)
    assert fits == [True, False]


@pytest.mark.parametrize("last_adds", [True, False])
def test_who_has_to_be_stopped_is_told_and_nothing_is_changed_under_who_was_not(
    empty: Engine, last_adds: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrate(empty)
    older = schema.Schema("older", "0032", "0033")
    monkeypatch.setattr(upgrade, "steps", lambda: [("0033", last_adds), ("0032", True)])
    assert ("Stop every replica" in how_to_upgrade(older)) is not last_adds
    require_stopped(empty, older, NOW)
    beat(empty, "one")
    beat(empty, "two")
    if last_adds:
        require_stopped(empty, older, NOW)
        return
    with pytest.raises(SchemaError, match=r"2 replicas still work .* Stop each of them, then run `dibs db upgrade`"):
        require_stopped(empty, older, NOW + GONE_AFTER - timedelta(seconds=1))
    require_stopped(empty, older, NOW + GONE_AFTER)  # they were killed


def test_replicas_know_of_each_other_as_long_as_they_live(empty: Engine) -> None:
    migrate(empty)
    assert beat(empty, "b") == ["b"]
    assert beat(empty, "a") == ["a", "b"]
    assert beat(empty, "a", NOW + GONE_AFTER) == ["a"]
    with Session(empty) as session:
        replicas.leave(session, "a")
        session.commit()
    assert beat(empty, "b", NOW + GONE_AFTER) == ["b"]


def test_steps_that_say_nothing_are_taken_for_changes() -> None:
    assert only_adds("0029", "0032")
    assert not only_adds("0028", "0032")
