"""Rules of accounts whose credentials rotate: one renews for all, and nothing is used before it is committed."""

from bot.sources.kit.accounts import Pair, seed_hash
from storage.engine.database import Database
from tests.harness.accounts import NAME, House, lived


def test_a_seed_buys_a_pair_that_is_kept_and_used(database: Database) -> None:
    async def story(house: House) -> None:
        replica = house.replica(house.service.seed())
        assert await replica.ask()
        assert await replica.ask()
        assert [one["grant_type"] for one in house.service.exchanges] == ["refresh_token"]
        assert house.row.version == 2

    lived(story, database)


def test_the_pair_that_is_used_is_the_one_that_is_committed(database: Database) -> None:
    async def story(house: House) -> None:
        replica = house.replica(house.service.seed())
        await replica.ask()
        house.service.expire()
        await replica.ask()
        kept = await replica.accounts.read(NAME, None)
        assert kept is not None
        assert kept.pair.access == house.service.asked[-1]
        assert kept.pair.refresh == house.service.families[0].refreshes[-1]

    lived(story, database)


def test_nothing_that_is_kept_or_held_shows_a_token(database: Database) -> None:
    async def story(house: House) -> None:
        seed = house.service.seed()
        replica = house.replica(seed)
        await replica.ask()
        kept = await replica.accounts.read(NAME, None)
        shown = f"{house.row} {kept} {kept and kept.pair} {replica.accounts} {replica.account} {replica}"
        assert "sample-access" not in shown
        assert "sample-refresh" not in shown
        assert house.row.seed_hash == seed_hash(Pair(refresh=seed))

    lived(story, database)


def test_another_start_goes_on_with_the_newest_and_not_with_the_seed(database: Database) -> None:
    async def story(house: House) -> None:
        seed = house.service.seed()
        await house.replica(seed).ask()
        assert await house.replica(seed).ask()
        assert await house.replica().ask()  # nor does it need the seed any more
        assert len(house.service.exchanges) == 1

    lived(story, database)


def test_another_seed_begins_another_chain(database: Database) -> None:
    async def story(house: House) -> None:
        await house.replica(house.service.seed()).ask()
        house.service.families[0].alive = False
        assert await house.replica(house.service.seed()).ask()
        assert house.service.families[1].alive
        assert house.row.version == 4

    lived(story, database)
