"""A process that dies between an answer and its commit: what it got is lost, and what is kept is one behind."""

import asyncio
import os
import sys
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from bot.net.errors import SignedOut
from bot.runtime.clock import Clock, utc_now
from storage.engine.database import Database
from storage.listen.credentials import HOLDS
from tests.fakes.letting_in import nothing
from tests.harness.accounts import NAME, House, lived
from tests.harness.engines import open_migrated, open_sharing
from tests.harness.patience import HANG_SECONDS

pytestmark = pytest.mark.process


async def die_renewing(house: House, url: str, seed: str) -> None:
    """Let a process die when the service has made a pair for it, and before it has that."""
    arguments = [sys.executable, "-m", "tests.harness.renewing", url, house.service.base_url, seed]
    process = await asyncio.create_subprocess_exec(*arguments, env=dict(os.environ))

    async def kill() -> None:
        process.kill()
        await process.wait()

    house.service.after = kill
    assert await asyncio.wait_for(process.wait(), HANG_SECONDS) == -9
    house.service.after = nothing
    house.service.expire()


def later() -> Clock:
    """Return a clock by which the lease of who died is over."""
    return Clock(now=lambda: utc_now() + HOLDS + timedelta(seconds=1))


def live_on(url: str, kills: int) -> None:
    async def story(house: House) -> None:
        seed = house.service.seed()
        for number in range(1, kills + 1):
            await die_renewing(house, url, seed)
            assert house.row.version == number  # what the dead one got was never written down
            assert await house.replica(seed, clock=later()).ask()
            house.service.expire()
        assert house.service.alive

    with closing(Database(open_sharing(url))) as database:
        lived(story, database, grace=True)


def test_where_the_one_before_is_still_taken_the_account_lives_on(database_url: str) -> None:
    live_on(database_url, 1)


@pytest.mark.slow
def test_the_account_lives_on_after_twenty_kills(database_url: str) -> None:
    live_on(database_url, 20)


def test_where_it_is_not_the_account_rests_and_says_how_to_mend_it(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        seed = house.service.seed()
        await die_renewing(house, f"sqlite:///{tmp_path / 'dibs.db'}", seed)
        replica = house.replica(seed, clock=later())
        for _ in range(2):
            with pytest.raises(SignedOut, match=f"Sign in again by `dibs source login {NAME}`"):
                await replica.ask()
        assert len(house.service.exchanges) == 2

    with closing(Database(open_migrated(tmp_path / "dibs.db"))) as database:
        lived(story, database)
