"""Rules of signing in: what is begun here is ended here, once, within ten minutes, by whoever began it."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from bot.net.errors import SignedOut
from bot.sources.kit.login import Login, LoginFailed
from storage.engine.database import Database
from tests.fakes.letting_in import CLIENT
from tests.harness.accounts import NAME, VARIABLES, HeldTime, House, declared, described, lived

REDIRECT = f"http://127.0.0.1:8484/oauth/{NAME}"


def login(house: House, *, long_lived: bool = False, **secrets: str) -> Login:
    tools = house.replica(long_lived=long_lived).tools
    return Login(declared(house.service, long_lived=long_lived), described(**secrets), tools, VARIABLES, REDIRECT)


def test_a_person_signs_in_and_dibs_goes_on_with_what_came_of_it(database: Database) -> None:
    async def story(house: House) -> None:
        found = login(house)
        signed_in = await found.paste(house.service.consent(await found.begin()))
        assert signed_in.sentences[:2] == ["Signed in to Sample as acme.", "Allowed: read, write."]
        assert signed_in.sentences[2].endswith("UTC, and is renewed by itself.")
        assert await house.replica().ask()
        house.service.expire()
        assert await house.replica().ask()

    lived(story, database)


def test_the_address_says_what_the_standard_and_the_network_want(database: Database) -> None:
    async def story(house: House) -> None:
        query = {name: one for name, (one,) in parse_qs(urlsplit(await login(house).begin()).query).items()}
        assert len(query.pop("state")) >= 32
        assert len(query.pop("code_challenge")) == 43
        assert query == {
            "response_type": "code",
            "client_id": CLIENT["client_id"],
            "redirect_uri": REDIRECT,
            "scope": "read write",
            "code_challenge_method": "S256",
        }

    lived(story, database)


def test_the_code_alone_is_enough_since_only_our_verifier_fits_it(database: Database) -> None:
    async def story(house: House) -> None:
        found = login(house)
        led = house.service.consent(await found.begin())
        # Some networks write "#_" behind it.
        assert (await found.paste(led.rpartition("code=")[2] + "#_")).account == "acme"

    lived(story, database)


def test_a_sign_in_is_good_for_one_use(database: Database) -> None:
    async def story(house: House) -> None:
        found = login(house)
        led = house.service.consent(await found.begin())
        await found.paste(led)
        with pytest.raises(LoginFailed, match="belongs to no sign-in"):
            await found.paste(led)

    lived(story, database)


def test_a_sign_in_is_good_for_ten_minutes(database: Database) -> None:
    time = HeldTime()

    async def story(house: House) -> None:
        house.clock, house.service.now = time.clock, time.now
        found = login(house)
        led = house.service.consent(await found.begin())
        time.passes(minutes=10)
        with pytest.raises(LoginFailed, match="more than ten minutes old"):
            await found.paste(led)

    lived(story, database)


def test_the_state_of_another_sign_in_is_refused_and_leaves_ours_as_it_is(database: Database) -> None:
    async def story(house: House) -> None:
        found = login(house)
        led = house.service.consent(await found.begin())
        with pytest.raises(LoginFailed, match="belongs to no sign-in"):
            await found.paste(led.replace("state=", "state=f"))
        assert (await found.paste(led)).account == "acme"

    lived(story, database)


def test_what_one_session_began_no_other_ends(database: Database) -> None:
    async def story(house: House) -> None:
        found = login(house)
        led = house.service.consent(await found.begin(by="session-1"))
        query = {name: one for name, (one,) in parse_qs(urlsplit(led).query).items()}
        for by in ("", "session-2"):
            with pytest.raises(LoginFailed, match="belongs to no sign-in"):
                await found.end(query, by=by)
        assert (await found.end(query, by="session-1")).account == "acme"

    lived(story, database)


@pytest.mark.parametrize(
    ("brought", "sentence"),
    [
        (f"{REDIRECT}?error=access_denied&state=x", r"nobody agreed \(access_denied\)\. Nothing was changed"),
        (f"{REDIRECT}?error=<b>hidden</b>", r"nobody agreed\. Nothing was changed"),
        ("", "There is no code in that"),
        (f"{REDIRECT}?state=x", "There is no code in that"),
        ("sample-hidden-code", "does not take this code: begin again"),
    ],
)
def test_what_comes_to_nothing_says_so_and_changes_nothing(database: Database, brought: str, sentence: str) -> None:
    async def story(house: House) -> None:
        found = login(house)
        await found.begin()
        with pytest.raises(LoginFailed, match=sentence) as no:
            await found.paste(brought)
        assert "hidden" not in str(no.value)
        assert house.row.version == 0

    lived(story, database)


def test_what_was_not_allowed_is_named(database: Database) -> None:
    async def story(house: House) -> None:
        found = login(house)
        signed_in = await found.paste(house.service.consent(await found.begin()))
        assert "Not allowed, and needed: write. Sign in again, and agree to all of it." in signed_in.sentences

    lived(story, database, scopes=("read",))


def test_a_short_token_becomes_a_long_one_that_renews_itself(database: Database) -> None:
    async def story(house: House) -> None:
        found = login(house, long_lived=True)
        signed_in = await found.paste(house.service.consent(await found.begin()))
        assert signed_in.until is not None
        assert (signed_in.until - house.clock.now()).days == 59
        assert await house.replica(long_lived=True).ask()

    lived(story, database)


def test_a_sign_in_takes_the_place_of_a_token_in_the_environment_until_that_changes(database: Database) -> None:
    async def story(house: House) -> None:
        seed = house.service.seed()
        await house.replica(seed).ask()
        found = login(house, refresh_token=seed)
        await found.paste(house.service.consent(await found.begin()))
        assert await house.replica(seed).ask()
        assert house.service.asked[-1] == house.service.families[1].access
        other = house.service.seed()
        assert await house.replica(other).ask()
        assert house.service.asked[-1] == house.service.families[2].access

    lived(story, database)


def test_without_an_application_nobody_signs_in(database: Database) -> None:
    async def story(house: House) -> None:
        with pytest.raises(LoginFailed, match="DIBS_SOURCE_ACME_SOCIAL_CLIENT_ID is not set: register an application"):
            login(house, client_id="")

    lived(story, database)


@pytest.mark.parametrize("code", ["\udcff", "a\x00b", "é", "a&client_secret=b"])
def test_a_code_of_whatever_characters_is_refused_in_a_sentence(database: Database, code: str) -> None:
    async def story(house: House) -> None:
        found = login(house)
        await found.begin()
        with pytest.raises(LoginFailed, match="does not take this code"):
            await found.paste(code)

    lived(story, database)


def test_a_network_that_refuses_pkce_is_sent_none_and_wants_the_state(database: Database) -> None:
    async def story(house: House) -> None:
        found = login(house)
        led = house.service.consent(await found.begin())
        with pytest.raises(LoginFailed, match="copy the whole address"):
            await found.paste(led.rpartition("code=")[2])
        assert (await found.paste(led)).account == "acme"
        assert await house.replica().ask()

    lived(story, database, pkce=False)


def test_an_account_that_nothing_refreshes_says_when_it_ends_and_ends_then(database: Database) -> None:
    time = HeldTime()

    async def story(house: House) -> None:
        house.clock, house.service.now = time.clock, time.now
        found = login(house)
        signed_in = await found.paste(house.service.consent(await found.begin()))
        assert signed_in.sentences[-1] == (
            "It lasts until 2026-03-04 07:06 UTC, and nothing renews it: sign in again before."
        )
        replica = house.replica()
        time.passes(minutes=119)
        assert await replica.ask()
        assert (await replica.rest.credential.get()).ends_at == signed_in.until
        time.passes(minutes=1)
        with pytest.raises(
            SignedOut, match=f"gave nothing to refresh it by. Sign in again by `dibs source login {NAME}`"
        ):
            await replica.ask()
        assert len(house.service.exchanges) == 1

    lived(story, database, refresh_lasts=-1)


def test_a_sign_in_that_is_refreshed_for_a_while_says_until_when(database: Database) -> None:
    time = HeldTime()

    async def story(house: House) -> None:
        house.clock, house.service.now = time.clock, time.now
        found = login(house)
        signed_in = await found.paste(house.service.consent(await found.begin()))
        assert signed_in.sentences[-1].endswith("is renewed by itself.")
        replica, ends = house.replica(), time.now() + timedelta(days=365)
        for _ in range(3):
            time.passes(days=1)
            assert await replica.ask()
            assert (await replica.rest.credential.get()).ends_at == ends

    lived(story, database, refresh_lasts=365 * 86_400, rotates=False)
