"""Microsoft's signing keys and our own token: fetched beside the work, once, whoever waits for them."""

import asyncio
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from bot.chat.base import PlatformRefused, TryLater
from tests.bot.chat.teams.gateway import TeamsGateway, message, run
from tests.fakes.teams.server import APP_ID
from tests.fakes.teams.signing import private_key
from tests.harness.bare import promised
from tests.harness.patience import HANG_SECONDS


async def no_pause(stop: asyncio.Event) -> None:
    """Beat until ``stop``, and fail when a beat comes late."""
    while not stop.is_set():
        with promised(1.25, "a beat of the loop"):
            await asyncio.sleep(0.005)


# --- Microsoft's keys ------------------------------------------------------------------------------------------------


def test_a_rotation_under_20_requests_at_once_is_seen_by_all_and_asked_for_once() -> None:
    async def test(house: TeamsGateway) -> None:
        assert (await house.teams.send(house.press()))[0] == 200
        house.now += 100
        house.teams.signer.rotate()
        house.teams.fault("keys", hang=0.2)  # so that all of them come while it is being asked for
        answers = await asyncio.gather(*(house.teams.send(house.press()) for _ in range(20)))
        assert [status for status, _ in answers] == [200] * 20
        assert house.teams.count("keys") == 2

    run(test)


def test_what_is_signed_with_the_old_key_after_a_rotation_is_nobodys() -> None:
    async def test(house: TeamsGateway) -> None:
        old = house.teams.sign()
        assert (await house.teams.send(house.press(), old))[0] == 200
        house.now += 100
        house.teams.signer.rotate()
        assert (await house.teams.send(house.press()))[0] == 200
        assert (await house.teams.send(house.press(), old))[0] == 401

    run(test)


def test_keys_of_nobodys_are_looked_for_every_30_seconds_at_most() -> None:
    async def test(house: TeamsGateway) -> None:
        claims = house.teams.signer.claims(APP_ID, house.teams.build.service_url)
        headers = []
        for number in range(30):
            token = house.teams.signer.sign(claims, header={"kid": f"nobody-{number}"})
            headers.append({"Authorization": f"Bearer {token}", "Content-Type": "application/json"})
        assert (await house.teams.send(house.press()))[0] == 200
        for second in range(60):
            house.now += 1
            answers = await asyncio.gather(*(house.teams.send(house.press(), one) for one in headers[second % 3 :: 3]))
            assert {status for status, _ in answers} == {401}
        assert house.teams.count("keys") == 3

    run(test)


def test_the_first_20_requests_wait_for_one_fetch() -> None:
    async def test(house: TeamsGateway) -> None:
        house.teams.fault("keys", hang=0.2)
        answers = await asyncio.gather(*(house.teams.send(house.press()) for _ in range(20)))
        assert [status for status, _ in answers] == [200] * 20
        assert house.teams.count("keys") == 1

    run(test)


def test_slow_keys_do_not_hold_up_the_loop() -> None:
    async def test(house: TeamsGateway) -> None:
        house.teams.fault("keys", hang=2.5)
        stop = asyncio.Event()
        beat = asyncio.create_task(no_pause(stop))
        assert (await house.teams.send(house.press()))[0] == 200
        stop.set()
        await beat

    run(test)


def test_without_keys_nobody_is_let_in_and_nobody_is_called_a_forger() -> None:
    async def test(house: TeamsGateway) -> None:
        house.teams.fault("keys", status=500)
        assert (await house.teams.send(house.press()))[0] == 503
        assert (await house.teams.send(house.press(), house.teams.sign(iss="nobody")))[0] == 401
        assert house.heard == []
        assert house.teams.count("keys") == 1  # not each request asks again
        house.now += 3
        assert (await house.teams.send(house.press()))[0] == 200

    run(test)


def test_when_new_keys_cannot_be_fetched_the_old_ones_hold() -> None:
    async def test(house: TeamsGateway) -> None:
        assert (await house.teams.send(house.press()))[0] == 200
        for day in range(1, 4):
            house.now += 25 * 3600
            house.teams.fault("keys", status=500)
            assert (await house.teams.send(house.press()))[0] == 200
            await _until(lambda day=day: house.teams.count("keys") == 1 + day)

    run(test)


def test_a_key_that_microsoft_took_back_is_gone_a_day_later() -> None:
    async def test(house: TeamsGateway) -> None:
        old = house.teams.sign()
        assert (await house.teams.send(house.press(), old))[0] == 200
        house.teams.signer.rotate()
        house.now += 25 * 3600
        assert (await house.teams.send(house.press(), old))[0] == 200  # which brings the new keys, beside
        await _until(lambda: house.teams.count("keys") == 2)
        async with asyncio.timeout(HANG_SECONDS):  # until they are written down
            while (status := (await house.teams.send(house.press(), old))[0]) == 200:
                await asyncio.sleep(0.01)
        assert status == 401

    run(test)


def broken_keys(house: TeamsGateway) -> dict[str, dict[str, Any]]:
    signer = house.teams.signer
    good = signer.jwks()["keys"][0]
    small = generate_private_key(public_exponent=65537, key_size=1024)  # of a size that can be broken
    return {
        "no list": {"keys": {}},
        "no key": {"keys": []},
        "no object": {"keys": ["key-1", None, 5]},
        "no name": {"keys": [good | {"kid": None}]},
        "no number": {"keys": [good | {"n": "?"}]},
        "no such number": {"keys": [good | {"n": [1]}]},
        "another kind": {"keys": [good | {"kty": "EC"}]},
        "a shared secret": {"keys": [{"kty": "oct", "kid": signer.kid, "k": "c2VjcmV0", "endorsements": ["msteams"]}]},
        "a small one": {"keys": [signer.described(small, signer.kid)]},
    }


def test_keys_that_cannot_be_read_let_nobody_in(monkeypatch: pytest.MonkeyPatch) -> None:
    async def test(house: TeamsGateway) -> None:
        for name, document in broken_keys(house).items():
            house.teams.signer.jwks = lambda document=document: document  # type: ignore[method-assign, misc]
            house.now += 100
            assert (name, (await house.teams.send(house.press()))[0]) == (name, 503)
        assert house.heard == []

    run(test)


def test_one_broken_key_does_not_take_the_others_with_it() -> None:
    async def test(house: TeamsGateway) -> None:
        signer = house.teams.signer
        good = signer.described(private_key(1), signer.kid)
        signer.jwks = lambda: {"keys": [{"kid": "x"}, good | {"kid": "y", "n": "?"}, good]}  # type: ignore[method-assign]
        assert (await house.teams.send(house.press()))[0] == 200

    run(test)


# --- our own token ---------------------------------------------------------------------------------------------------


def test_twenty_sends_at_once_ask_for_one_token() -> None:
    async def test(house: TeamsGateway) -> None:
        house.teams.fault("token", hang=0.2)
        await asyncio.gather(*(house.adapter.out.post(house.at(), message()) for _ in range(20)))
        assert house.teams.count("token") == 1
        assert len(house.teams.messages(house.room)) == 20

    run(test, paced=False)


def test_a_slow_token_does_not_hold_up_the_loop() -> None:
    async def test(house: TeamsGateway) -> None:
        house.teams.fault("token", hang=2.5)
        stop = asyncio.Event()
        beat = asyncio.create_task(no_pause(stop))
        sending = asyncio.create_task(house.adapter.out.post(house.at(), message()))
        pressed = [(await house.teams.send(house.press()))[0] for _ in range(10)]
        assert (pressed, sending.done()) == ([200] * 10, False)  # who presses meanwhile does not wait
        assert await sending
        stop.set()
        await beat

    run(test)


def test_a_token_is_renewed_beside_the_work_before_it_expires() -> None:
    async def test(house: TeamsGateway) -> None:
        await house.adapter.out.post(house.at(), message())
        house.now += 3_100
        house.teams.fault("token", hang=1.0)
        await house.adapter.out.post(house.at(), message())
        assert house.teams.asked[-1].what == "POST activities"  # it went out with the one that we had
        await _until(lambda: house.teams.count("token") == 2)
        for _ in range(3):
            await house.adapter.out.post(house.at(), message())
        assert house.teams.count("token") == 2

    run(test)


def test_a_renewal_that_fails_is_tried_again_and_nobody_waits_for_it() -> None:
    async def test(house: TeamsGateway) -> None:
        await house.adapter.out.post(house.at(), message())
        house.now += 3_100
        house.teams.fault("token", status=500)
        await house.adapter.out.post(house.at(), message())
        await _until(lambda: house.teams.count("token") == 2)
        await house.adapter.out.post(house.at(), message())
        assert house.teams.count("token") == 2
        house.now += 31
        await house.adapter.out.post(house.at(), message())
        await _until(lambda: house.teams.count("token") == 3)

    run(test)


def test_a_token_that_teams_does_not_take_is_replaced_at_once() -> None:
    async def test(house: TeamsGateway) -> None:
        await house.adapter.out.post(house.at(), message())
        house.teams.forget_tokens()
        await house.adapter.out.post(house.at(), message())
        assert house.teams.count("token") == 2
        assert len(house.teams.messages(house.room)) == 2

    run(test)


def test_a_wrong_password_is_said_so_and_not_the_password() -> None:
    async def test(house: TeamsGateway) -> None:
        house.teams.password = "another"
        with pytest.raises(PlatformRefused) as caught:
            await house.adapter.out.post(house.at(), message())
        assert "TEAMS_APP_PASSWORD" in caught.value.reason
        assert "acme-client-secret" not in caught.value.reason
        assert str(await house.wall.probe()) == caught.value.reason
        house.teams.password = "acme-client-secret"
        assert await house.adapter.out.post(house.at(), message())  # mended without a restart

    run(test)


@pytest.mark.parametrize("fault", [{"status": 503}, {"status": 429, "retry_after": 7}, {"cut": True}])
def test_without_a_token_nothing_was_certainly_sent(fault: dict[str, Any]) -> None:
    async def test(house: TeamsGateway) -> None:
        house.teams.fault("token", **fault)
        with pytest.raises(TryLater) as caught:
            await house.adapter.out.post(house.at(), message())
        assert caught.value.retry_after == fault.get("retry_after")
        assert await house.wall.probe() is None

    run(test)


def test_the_password_goes_to_the_login_alone() -> None:
    async def test(house: TeamsGateway) -> None:
        await house.wall.warm()
        await house.adapter.out.post(house.at(), message())
        for asked in house.teams.asked:
            said = json.dumps(asked.body) + str(asked.headers)
            assert ("acme-client-secret" in said) == (asked.what == "token")

    run(test)


async def _until(true: Any) -> None:
    async with asyncio.timeout(HANG_SECONDS):
        while not true():
            await asyncio.sleep(0.01)
