"""Rules of accounts whose credentials rotate: one renews for all, and nothing is used before it is committed."""

import asyncio
import logging
import sys
import traceback
from contextlib import closing
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from bot.net.errors import SignedOut, SourceError, SourceRefused, SourceUnavailable
from bot.sources.kit.accounts import Pair, seed_hash
from bot.sources.kit.options import OptionError
from storage.engine.database import Database
from storage.listen import credentials
from tests.fakes.letting_in import CLIENT, nothing
from tests.harness.accounts import KEY, NAME, OTHER_KEY, HeldTime, House, lived
from tests.harness.engines import open_sharing


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
        assert house.row.seeds == seed_hash(Pair(refresh=seed))

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


# --- one renews for all ----------------------------------------------------------------------------------------------


def race(url: str, rounds: int) -> None:
    """Let two replicas meet the same 401 at the same moment, again and again."""

    async def story(house: House) -> None:
        seed = house.service.seed()
        replicas = [house.replica(seed), house.replica(seed, database=second)]
        for number in range(1, rounds + 1):
            assert all(await asyncio.gather(*(one.ask() for one in replicas)))
            assert len(house.service.exchanges) == number
            assert house.row.version == number + 1
            house.service.expire()
        assert house.service.alive

    with closing(Database(open_sharing(url))) as first, closing(Database(open_sharing(url))) as second:
        lived(story, first)


@pytest.mark.race
def test_replicas_that_renew_at_the_same_moment_renew_once_and_the_account_lives(database_url: str) -> None:
    race(database_url, 5)


@pytest.mark.slow
@pytest.mark.race
def test_replicas_renew_once_fifty_times(database_url: str) -> None:
    race(database_url, 50)


def test_a_renewal_goes_on_to_its_commit_though_nobody_waits_for_it_any_more(database: Database) -> None:
    async def story(house: House) -> None:
        replica, asked, goes_on = house.replica(house.service.seed()), asyncio.Event(), asyncio.Event()

        async def held() -> None:
            asked.set()
            await goes_on.wait()

        house.service.after = held
        asking = asyncio.create_task(replica.ask())
        await asked.wait()
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        goes_on.set()
        await replica.accounts.stop()
        assert house.row.version == 2
        assert await house.replica().ask()
        assert len(house.service.exchanges) == 1

    lived(story, database)


def test_who_is_told_no_reads_again_since_another_may_have_been_quicker(database: Database) -> None:
    async def story(house: House) -> None:
        replica, other = house.replica(house.service.seed()), house.replica()
        await replica.ask()
        house.service.expire()

        async def quicker() -> None:  # whose lease ran out while its answer was on the way
            house.service.before = nothing
            kept = await other.accounts.read(NAME, None)
            assert kept is not None
            assert await other.accounts.go_on(kept, await other.endpoint.refresh(kept.pair))

        house.service.before = quicker
        house.service.faults.extend(["", "invalid_request"])
        assert await replica.ask()
        assert house.row.version == 3
        assert house.row.refused == ""

    lived(story, database)


# --- when the service says no ----------------------------------------------------------------------------------------

MEND = f"Sign in again by `dibs source login {NAME}`"


def test_an_account_that_is_not_let_in_rests_until_a_person_signs_in(database: Database) -> None:
    async def story(house: House) -> None:
        seed = house.service.seed()
        replica = house.replica(seed)
        await replica.ask()
        house.service.families[0].alive = False
        for one in (replica, replica, house.replica(seed)):  # another start asks nobody either
            with pytest.raises(SignedOut, match=MEND):
                await one.ask()
        assert len(house.service.exchanges) == 2
        family = house.service.families[0]
        family.alive, pair = True, Pair(refresh=family.refreshes[-1])
        await replica.accounts.begin(NAME, pair, Pair(refresh=seed))
        assert await replica.ask()
        assert await house.replica(seed).ask()  # the seed in the environment is the one that was left behind

    lived(story, database)


def test_a_token_of_one_version_before_is_tried_only_where_the_service_is_known_to_forgive_it(
    database: Database,
) -> None:
    async def story(house: House) -> None:
        replica = house.replica(house.service.seed())
        await replica.ask()
        family = house.service.families[0]
        family.refreshes.pop()  # the service has lost the newest
        house.service.expire()
        if house.service.grace:
            assert await replica.ask()
            return
        with pytest.raises(SignedOut):
            await replica.ask()
        assert family.alive

    for grace in (True, False):
        database.write(lambda session: session.connection().exec_driver_sql("DELETE FROM credential"))
        lived(story, database, grace=grace)


@pytest.mark.parametrize("fault", ["500", "503", "temporarily_unavailable"])
def test_a_service_in_trouble_ends_no_account(database: Database, fault: str) -> None:
    async def story(house: House) -> None:
        replica = house.replica(house.service.seed())
        house.service.faults.append(fault)
        with pytest.raises(SourceUnavailable):
            await replica.ask()
        assert await replica.ask()

    lived(story, database)


def test_an_application_that_is_not_known_is_the_operators_to_mend_and_ends_no_account(database: Database) -> None:
    async def story(house: House) -> None:
        replica = house.replica(house.service.seed())
        house.service.faults.append("invalid_client")
        with pytest.raises(
            SourceRefused, match=r"compare DIBS_SOURCE_ACME_SOCIAL_CLIENT_ID and DIBS_SOURCE_ACME"
        ) as no:
            await replica.ask()
        assert not isinstance(no.value, SignedOut)
        assert await replica.ask()

    lived(story, database)


def test_a_no_in_no_word_of_the_standard_comes_from_elsewhere_and_ends_no_account(database: Database) -> None:
    async def story(house: House) -> None:
        replica = house.replica(house.service.seed())
        house.service.faults.append("Bad Request")
        with pytest.raises(SourceRefused, match=r"refused to give a token \(400\)") as no:
            await replica.ask()
        assert not isinstance(no.value, SignedOut)
        assert await replica.ask()

    lived(story, database)


def test_nobody_has_signed_in_yet(database: Database) -> None:
    async def story(house: House) -> None:
        with pytest.raises(SignedOut, match=f"Nobody has signed in yet: run `dibs source login {NAME}`"):
            await house.replica().ask()

    lived(story, database)


# --- when it is renewed ----------------------------------------------------------------------------------------------


def test_it_is_renewed_when_it_is_refused_or_has_five_minutes_left_and_never_earlier(database: Database) -> None:
    time = HeldTime()

    async def story(house: House) -> None:
        house.service.now = time.now
        replica = house.replica(house.service.seed(), clock=time.clock)
        await replica.ask()
        time.passes(minutes=114)
        await replica.ask()
        assert len(house.service.exchanges) == 1
        time.passes(minutes=2)
        await replica.ask()
        assert len(house.service.exchanges) == 2
        assert "" not in house.service.asked

    lived(story, database)


@pytest.mark.parametrize("kept", [True, False])
def test_what_cannot_be_renewed_at_the_moment_is_used_as_long_as_it_is_good(database: Database, kept: bool) -> None:
    time = HeldTime()
    where: dict[str, Any] = {} if kept else {"database": None, "keys": ""}

    async def story(house: House) -> None:
        house.service.now = time.now
        replica = house.replica(house.service.seed(), clock=time.clock, **where)
        await replica.ask()
        time.passes(minutes=116)
        house.service.faults.append("503")
        assert await replica.ask()
        time.passes(minutes=5)
        assert await replica.ask()
        assert len(house.service.exchanges) == 3

    lived(story, database, rotates=kept)


# --- tokens that stay, and tokens that renew themselves --------------------------------------------------------------


def test_a_token_that_stays_needs_no_store_and_a_refused_one_is_not_tried_again(database: Database) -> None:
    async def story(house: House) -> None:
        replica = house.replica(house.service.seed(), database=None, keys="")
        assert await replica.ask()
        house.service.expire()
        assert await replica.ask()
        house.service.families[0].alive = False
        for _ in range(2):
            with pytest.raises(SourceRefused, match="Put a new token into DIBS_SOURCE_ACME_SOCIAL_REFRESH_TOKEN"):
                await replica.ask()
        assert len(house.service.exchanges) == 3

    lived(story, database, rotates=False, basic=False)


def test_a_token_that_stays_goes_on_to_be_used_where_it_is_kept(database: Database) -> None:
    async def story(house: House) -> None:
        replica = house.replica(house.service.seed())
        for _ in range(3):
            assert await replica.ask()
            house.service.expire()
        assert len(house.service.families[0].refreshes) == 1
        house.service.families[0].alive = False
        with pytest.raises(SignedOut, match=MEND):
            await replica.ask()
        assert len(house.service.exchanges) == 4

    lived(story, database, rotates=False)


def test_a_token_that_renews_itself_is_renewed_long_before_it_ends(database: Database) -> None:
    time = HeldTime()

    async def story(house: House) -> None:
        house.service.now = time.now
        seed = house.service.long_lived(age=timedelta(days=30))
        replica = house.replica(seed, long_lived=True, clock=time.clock)
        for _ in range(16):
            assert await replica.ask()
            time.passes(days=15)
        assert len(house.service.exchanges) == 6  # at once, for nobody knows its age, and then every 45 days

    lived(story, database)


def test_one_that_is_less_than_a_day_old_is_used_until_it_may_be_renewed(database: Database) -> None:
    time = HeldTime()

    async def story(house: House) -> None:
        house.service.now = time.now
        replica = house.replica(house.service.long_lived(age=timedelta(hours=1)), long_lived=True, clock=time.clock)
        assert await replica.ask()
        assert await replica.ask()
        assert len(house.service.exchanges) == 1
        assert house.row.refused == ""
        time.passes(hours=24)
        assert await replica.ask()
        assert house.row.version == 2

    lived(story, database)


def test_one_that_has_ended_cannot_be_renewed(database: Database) -> None:
    async def story(house: House) -> None:
        replica = house.replica(house.service.long_lived(age=timedelta(days=61)), long_lived=True)
        with pytest.raises(SignedOut, match=MEND):
            await replica.ask()

    lived(story, database)


# --- keys ------------------------------------------------------------------------------------------------------------


def test_what_is_sealed_with_a_lost_key_is_left_alone_and_says_so(database: Database) -> None:
    async def story(house: House) -> None:
        seed = house.service.seed()
        await house.replica(seed).ask()
        with pytest.raises(SourceRefused, match=rf"sealed with another key than DIBS_KEY holds.* {MEND}"):
            await house.replica(seed, keys=OTHER_KEY).ask()
        assert await house.replica(seed).ask()

    lived(story, database)


def test_a_key_is_changed_by_putting_the_new_one_first(database: Database) -> None:
    async def story(house: House) -> None:
        await house.replica(house.service.seed()).ask()
        both = house.replica(keys=f"{OTHER_KEY} {KEY}")
        assert await both.ask()
        await both.accounts.seal_anew()
        assert await house.replica(keys=OTHER_KEY).ask()
        with pytest.raises(SourceRefused, match="another key"):
            await house.replica(keys=KEY).ask()

    lived(story, database)


def test_without_a_key_what_has_to_be_kept_is_refused_before_anything_is_asked(database: Database) -> None:
    async def story(house: House) -> None:
        with pytest.raises(OptionError, match=r"DIBS_KEY is not set; make a key.*: openssl rand -base64 32"):
            house.replica(house.service.seed(), keys="")

    lived(story, database)


def test_without_the_package_that_seals_the_line_that_installs_it_is_said(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(house: House) -> None:
        monkeypatch.setitem(sys.modules, "cryptography", None)
        with pytest.raises(OptionError, match=r"pip install --require-hashes -r requirements-image\.lock"):
            house.replica(house.service.seed())

    lived(story, database)


def test_what_is_kept_of_one_source_is_not_opened_for_another(database: Database) -> None:
    async def story(house: House) -> None:
        await house.replica(house.service.seed()).ask()
        sealed = house.row.sealed
        accounts = house.replica().accounts
        await accounts.begin("other", Pair(access="sample"), None)
        database.write(lambda session: credentials.seal_anew(session, "other", 1, sealed=sealed, previous=""))
        with pytest.raises(SourceRefused, match="another one's"):
            await accounts.read("other", None)

    lived(story, database)


# --- what nobody reads -----------------------------------------------------------------------------------------------


def test_no_log_and_no_error_shows_a_token_whatever_goes_wrong(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    async def story(house: House) -> None:
        replica, said = house.replica(house.service.seed()), []
        house.service.faults.extend(["503", "invalid_client", "die", "", "server_error", "strange", "access_denied"])
        for _ in range(9):
            try:
                await replica.ask()
            except SourceError as error:
                said.append(f"{error!r} {error.reason} {''.join(traceback.format_exception(error))}")
            house.service.expire()
        assert len(said) >= 5
        everything = f"{said} {caplog.text} {[vars(one) for one in caplog.records]}"
        for secret in (CLIENT["client_secret"], "sample-access", "sample-refresh", KEY):
            assert secret not in everything

    with caplog.at_level(logging.DEBUG):
        lived(story, database)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_pair_that_cannot_be_committed_at_the_moment_is_committed_when_the_database_is_back(
    database: Database, database_url: str
) -> None:
    name = database.engine.url.database
    server = database_url.replace("+psycopg", "").replace(f"/{name}", "/postgres")

    def let_in(yes: bool) -> None:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS {yes}".encode())
            connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])

    async def story(house: House) -> None:
        replica, loop = house.replica(house.service.seed()), asyncio.get_running_loop()

        async def go_away() -> None:
            let_in(False)
            loop.call_later(1.0, let_in, True)

        house.service.after = go_away
        assert await replica.ask()
        assert house.row.version == 2
        assert len(house.service.exchanges) == 1

    lived(story, database)


def test_a_replica_that_runs_on_with_the_former_seed_goes_on_with_the_chain_of_the_new_one(database: Database) -> None:
    async def story(house: House) -> None:
        former, new = house.service.seed(), house.service.seed()
        old = house.replica(former)
        await old.ask()
        assert await house.replica(new).ask()
        house.service.families[0].alive = False
        assert await old.ask()
        assert await house.replica(new).ask()
        assert house.service.families[1].alive
        assert house.service.asked[-1] == house.service.families[1].access

    lived(story, database)
