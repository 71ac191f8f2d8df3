"""Rules of accounts that sign for themselves, and of those that log in with a password."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import jwt
import pytest

from bot.net.errors import SourceRefused, SourceUnavailable
from bot.sources.kit.chain import TokenRefused
from bot.sources.kit.options import OptionError
from bot.sources.kit.rest import Rest
from bot.sources.kit.session_login import SessionLogin
from bot.sources.kit.signed_jwt import ServiceAccount, SignedJwt, Signer
from bot.sources.kit.tools import SourceTools
from tests.bot.sources.scene import NOW, config, played
from tests.fakes.http import Reply, ScriptedServer
from tests.fakes.signing import EMAIL, key_file, keys, pem
from tests.harness.accounts import HeldTime

VARIABLE = "DIBS_SOURCE_STORE_KEY"
SCOPE = "https://www.googleapis.com/auth/androidpublisher"


def google(server: ScriptedServer, tools: SourceTools, written: str | None = None) -> ServiceAccount:
    described = config("google_play", None)
    url = server.url("/token")
    return ServiceAccount(written or key_file(), (SCOPE,), described, tools, variable=VARIABLE, token_url=url)


def rest(server: ScriptedServer, tools: SourceTools, account: Any) -> Rest[Any]:
    return Rest(
        tools.fetcher,
        server.url(""),
        name="Sample",
        not_ours="That is not Sample.",
        renew=account.renew,
        headers=account.headers,
        allow_private=True,
    )


def test_what_a_service_account_signs_is_exchanged_for_an_access_token() -> None:
    async def scene(server: ScriptedServer, tools: SourceTools) -> None:
        server.on("/token", Reply(body=b'{"access_token": "sample-access", "expires_in": 3599}'))
        server.on("/reviews", Reply(body=b"{}"))
        assert (await rest(server, tools, google(server, tools)).get("/reviews")).ok
        sold, asked = server.requests
        assert asked.headers["authorization"] == "Bearer sample-access"
        form = dict(part.split("=") for part in sold.body.decode().split("&"))
        assert form["grant_type"] == "urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer"
        signed, public, url = form["assertion"], keys()[0].public_key(), server.url("/token")
        unchecked = {"verify_exp": False, "verify_iat": False}
        claims = jwt.decode(signed, public, algorithms=["RS256"], audience=url, options=unchecked)  # type: ignore[arg-type]
        assert claims == {
            "iss": EMAIL,
            "scope": SCOPE,
            "aud": url,
            "iat": int(NOW.timestamp()),
            "exp": int(NOW.timestamp()) + 3_600,
        }
        assert jwt.get_unverified_header(signed)["kid"] == "k1"

    played(scene)


def test_a_service_account_whose_key_was_revoked_says_how_to_mend_it_and_is_not_tried_again() -> None:
    async def scene(server: ScriptedServer, tools: SourceTools) -> None:
        server.on("/token", Reply(400, body=b'{"error": "invalid_grant"}'))
        asking = rest(server, tools, google(server, tools))
        for _ in range(2):
            with pytest.raises(SourceRefused, match=f"Make a new key for {EMAIL}.*{VARIABLE}"):
                await asking.get("/reviews")
        assert len(server.requests) == 1

    played(scene)


@pytest.mark.parametrize("written", ["hidden", "[]", '{"type": "hidden"}', key_file(private_key="hidden")])
def test_what_is_no_key_of_a_service_account_is_refused_at_once_and_not_repeated(written: str) -> None:
    async def scene(server: ScriptedServer, tools: SourceTools) -> None:
        with pytest.raises(OptionError, match=VARIABLE) as no:
            google(server, tools, written)
        assert "hidden" not in str(no.value)

    played(scene)


def test_a_token_that_is_sent_itself_is_signed_anew_before_it_ends() -> None:
    async def scene(server: ScriptedServer, tools: SourceTools) -> None:
        time = HeldTime(NOW)
        claims = {"iss": "sample-issuer", "aud": "appstoreconnect-v1"}
        signer = Signer(pem(keys()[1]), "ES256", variable=VARIABLE, key_id="KEY1")
        tools = SourceTools(fetcher=tools.fetcher, isolation=tools.isolation, clock=time.clock)
        account = SignedJwt("App Store", signer, claims, tools, variable=VARIABLE)
        first = await account.renew(None)
        told = jwt.decode(
            first.access,
            keys()[1].public_key(),
            algorithms=["ES256"],
            audience="appstoreconnect-v1",
            options={"verify_exp": False, "verify_iat": False},
        )
        assert timedelta(seconds=told["exp"] - told["iat"]) <= timedelta(minutes=20)
        time.passes(minutes=10)
        assert not account.due(first)
        with pytest.raises(SourceRefused, match=r"see that it was not revoked .* clock"):
            await account.renew(first)
        time.passes(minutes=4)
        assert account.due(first)
        assert (await account.renew(first)).access != first.access

    played(scene)


def test_without_the_packages_that_sign_a_kind_is_refused_with_the_line_that_installs_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "jwt", None)
    with pytest.raises(OptionError, match=r"pip install --require-hashes -r requirements-image\.lock"):
        Signer("", "RS256", variable=VARIABLE)


# --- sessions --------------------------------------------------------------------------------------------------------


def logged(log_in: Callable[[], Awaitable[str]], time: HeldTime) -> SessionLogin[str]:
    return SessionLogin(log_in, lambda held: {"session": held}, network="Sample", mend="Set another.", clock=time.clock)


def test_a_password_that_was_refused_is_never_tried_again() -> None:
    tried: list[str] = []

    async def log_in() -> str:
        tried.append("once")
        raise TokenRefused("Sample does not take the password.")

    async def story() -> None:
        account = logged(log_in, HeldTime())
        for _ in range(3):
            with pytest.raises(SourceRefused, match=r"does not take the password\. Set another\."):
                await account.renew(None)

    asyncio.run(story())
    assert tried == ["once"]


def test_a_session_that_ended_is_followed_by_another_but_not_by_one_after_another() -> None:
    time = HeldTime()

    async def log_in() -> str:
        return f"session at {time.now():%M}"

    async def story() -> None:
        account = logged(log_in, time)
        first = await account.renew(None)
        with pytest.raises(SourceUnavailable, match="just given") as no:
            await account.renew(first)
        assert no.value.retry_after == 60
        time.passes(minutes=1)
        assert await account.renew(first) != first

    asyncio.run(story())


def test_a_clock_that_was_put_back_keeps_nobody_from_logging_in() -> None:
    time = HeldTime()

    async def log_in() -> str:
        return f"session at {time.now():%Y}"

    async def story() -> None:
        account = logged(log_in, time)
        time.passes(days=365)
        first = await account.renew(None)
        time.passes(days=-365)
        assert await account.renew(first) != first

    asyncio.run(story())
