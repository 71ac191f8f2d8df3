"""Replicas: each thing is one's turn at any moment, and everybody has their share of turns."""

import asyncio
from collections import Counter
from dataclasses import dataclass
from random import Random

import pytest

from bot.runtime.async_database import AsyncDatabase
from bot.runtime.ids import Ids
from bot.runtime.replicas import Replicas
from bot.runtime.roles import ALL_ROLES, Role, RolesRefused, lacking, require_server
from storage.work.replicas import GONE_AFTER
from tests.harness.installation import Installation
from tests.harness.scene import Scene


@dataclass
class ReplicasInstallation(Installation):
    """Some replicas on one database, that see each other when a test says so."""

    def begin(self, *roles: frozenset[Role]) -> list[Replicas]:
        """Begin replicas with these roles, and let all see all."""
        database = AsyncDatabase(self.scene.database)
        made = [
            Replicas(database=database, clock=self.clock, ids=Ids(Random(number)), roles=some)
            for number, some in enumerate(roles)
        ]
        self.look(*made, *made)
        return made

    def look(self, *some: Replicas) -> None:
        """Let these say that they live, and see who else does."""

        async def main() -> None:
            for one in some:
                await one.look()

        asyncio.run(main())


@pytest.fixture
def shared(scene: Scene) -> ReplicasInstallation:
    return ReplicasInstallation(scene)


def holders(some: list[Replicas], what: object, *, stays: bool = False) -> list[int]:
    return [number for number, one in enumerate(some) if one.is_ours(what, Role.WORKER, stays=stays)]


@pytest.mark.parametrize("lanes", [[5], [1, 2], list(range(9)), ["blog", "forum"]])
def test_a_lane_is_one_replicas_turn_and_goes_round_all(shared: ReplicasInstallation, lanes: list[object]) -> None:
    some = shared.begin(*[ALL_ROLES] * 4)
    turns: Counter[int] = Counter()
    for _ in range(8):
        for lane in lanes:
            (holder,) = holders(some, lane)
            turns[holder] += 1
        shared.scene.pass_time(seconds=1)
    assert turns == dict.fromkeys(range(4), 2 * len(lanes))


def test_what_stays_is_the_same_ones_turn_always_and_shared_all_the_same(shared: ReplicasInstallation) -> None:
    some = shared.begin(*[ALL_ROLES] * 4)
    before = [holders(some, lane, stays=True) for lane in range(8)]
    shared.scene.pass_time(seconds=3)
    assert [holders(some, lane, stays=True) for lane in range(8)] == before
    assert Counter(holder for (holder,) in before) == dict.fromkeys(range(4), 2)


def test_only_who_has_the_role_has_turns(shared: ReplicasInstallation) -> None:
    some = shared.begin(ALL_ROLES, frozenset({Role.WEB}), frozenset({Role.WORKER}))
    assert {holder for lane in range(6) for holder in holders(some, lane) if holder != 1} == {0, 2}
    assert lacking(one.roles for one in some[0].living) == []
    shared.wait(seconds=GONE_AFTER.total_seconds())
    shared.look(some[1])
    assert lacking(one.roles for one in some[1].living) == [Role.WORKER, Role.LISTEN]


def test_the_turns_of_one_that_ended_or_was_killed_go_to_the_others(shared: ReplicasInstallation) -> None:
    first, second, third = shared.begin(*[ALL_ROLES] * 3)
    asyncio.run(third.leave())
    shared.look(first, second)
    assert [len(holders([first, second], lane)) for lane in range(4)] == [1] * 4
    shared.wait(seconds=GONE_AFTER.total_seconds())
    shared.look(first)
    assert [holders([first], lane) for lane in range(4)] == [[0]] * 4


def test_who_is_not_seen_yet_leaves_nothing_to_others(shared: ReplicasInstallation) -> None:
    shared.begin(ALL_ROLES)
    late = Replicas(database=AsyncDatabase(shared.scene.database), clock=shared.clock, ids=Ids(Random(9)))
    assert [holders([late], lane) for lane in range(4)] == [[0]] * 4


def test_roles_are_shared_only_where_there_can_be_others() -> None:
    require_server(ALL_ROLES, is_file=True)
    require_server({Role.WEB}, is_file=False)
    with pytest.raises(RolesRefused, match=r"^--role listen --role web: on an SQLite file one process works"):
        require_server({Role.WEB, Role.LISTEN}, is_file=True)
