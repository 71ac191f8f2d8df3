"""The wall: who is let in, what is turned away with which status, and that nothing becomes a 5xx or an effect."""

import asyncio
import gzip
import json
import random
from collections.abc import AsyncIterator
from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest

from bot.chat.teams.sdk.adapter import UNREADABLE
from bot.chat.teams.wire.activity import Incoming, Kind
from bot.chat.teams.wire.invoke import CARD as CARD_TYPE
from bot.chat.teams.wire.invoke import SENTENCE, InvokeAnswer
from bot.net.request_body import LARGEST
from tests.bot.chat.teams.gateway import CARD, TeamsGateway, in_development, run
from tests.fakes.teams.server import APP_ID, TENANT
from tests.fakes.teams.signing import encode, private_key

OTHER = "99999999-9999-9999-9999-999999999999"


def test_a_press_is_heard_and_answered_with_the_card_that_the_listener_gives() -> None:
    async def test(house: TeamsGateway) -> None:
        status, body = await house.teams.send(house.press())
        assert (status, body) == (200, {"statusCode": 200, "type": CARD_TYPE, "value": CARD})
        (heard,) = house.heard
        assert heard.kind == Kind.INVOKE
        assert (heard.sender.aad_object_id, heard.tenant) == (house.teams.ana.aad, TENANT)
        assert (heard.conversation, heard.reply_to) == (f"{house.room.id};messageid=18", "18")
        assert heard.value["action"]["data"] == {"ref": "k7f2.1"}

    run(test)


def test_what_is_no_invoke_is_acknowledged_with_nothing_once_it_was_heard() -> None:
    async def test(house: TeamsGateway) -> None:
        build, ana = house.teams.build, house.teams.ana
        for activity, kind in [
            (house.message(), Kind.MESSAGE),
            (build.react(ana, house.room, "18", "like"), Kind.REACTION),
            (build.install(ana, house.room), Kind.INSTALLATION_UPDATE),
            (build.update(ana, house.room, "teamMemberAdded"), Kind.CONVERSATION_UPDATE),
            (build.activity("typing", ana, house.room), Kind.OTHER),
        ]:
            assert await house.teams.send(activity) == (200, None)
            assert house.heard[-1].kind == kind

    run(test)


def test_an_invoke_that_the_listener_has_no_answer_to_is_no_failure() -> None:
    async def nothing(_incoming: Incoming) -> None:
        return None

    async def test(house: TeamsGateway) -> None:
        house.answer = nothing
        assert await house.teams.send(house.press() | {"name": "task/fetch"}) == (200, {})

    run(test)


# --- tokens ----------------------------------------------------------------------------------------------------------

CLAIMS: dict[str, dict[str, object]] = {
    "expired": {"exp": 1_700_000_000},
    "not valid yet": {"nbf": 4_000_000_000},
    "without an end": {"exp": None},
    "for another bot": {"aud": OTHER},
    "for several bots": {"aud": [APP_ID, OTHER]},
    "for nobody": {"aud": None},
    "of another issuer": {"iss": "https://login.example"},
    "of an emulator": {"iss": "https://sts.windows.net/d6d49420-f39b-4df7-a1dc-d59a935871db/", "appid": APP_ID},
    "of several issuers": {"iss": ["https://api.botframework.com"]},
    "of nobody": {"iss": None},
    "for another address": {"serviceurl": "https://smba.trafficmanager.net/emea/"},
    "for no address": {"serviceurl": None},
    "with an end that is no number": {"exp": "soon"},
    "with a subject that is no text": {"sub": 5},
}


@pytest.mark.parametrize("name", CLAIMS)
def test_a_token_that_says_something_else_is_401(name: str) -> None:
    async def test(house: TeamsGateway) -> None:
        status, _ = await house.teams.send(house.press(), house.teams.sign(**CLAIMS[name]))
        if name == "with a subject that is no text":  # nothing that we look at
            assert status in (200, 401)
            return
        assert (status, house.heard) == (401, [])

    run(test)


def forgeries(house: TeamsGateway) -> dict[str, str]:
    teams = house.teams
    claims = teams.signer.claims(APP_ID, teams.build.service_url)
    good = teams.signer.sign(claims)
    head, body, signature = good.split(".")
    other = teams.signer.sign(claims | {"exp": claims["exp"] + 1}).split(".")
    unsigned = encode(json.dumps({"alg": "none", "typ": "JWT", "kid": teams.signer.kid}).encode())
    return {
        "empty": "",
        "no scheme": good,
        "another scheme": f"Basic {good}",
        "lower case": f"bearer {good}",
        "nothing behind the scheme": "Bearer ",
        "three words": f"Bearer {good} {good}",
        "garbage": "Bearer garbage",
        "dots": "Bearer ...",
        "two parts": f"Bearer {head}.{body}",
        "not a letter": "Bearer \u00e4.\u00f6.\u00fc",
        "json that is none": f"Bearer {encode(b'{')}.{encode(b'{')}.{signature}",
        "a list": f"Bearer {encode(b'[]')}.{encode(b'[]')}.{signature}",
        "nested": f"Bearer {encode(b'[' * 3_000)}.{body}.{signature}",
        "another's signature": f"Bearer {head}.{body}.{other[2]}",
        "another's claims": f"Bearer {head}.{other[1]}.{signature}",
        "no signature": f"Bearer {head}.{body}.",
        "alg none": f"Bearer {unsigned}.{body}.",
        "alg HS256": f"Bearer {teams.signer.sign(claims, header={'alg': 'HS256'})}",
        "another's key": f"Bearer {teams.signer.sign(claims, key=private_key(77))}",
        "a key of nobody's": f"Bearer {teams.signer.sign(claims, header={'kid': 'nobody'})}",
        "no key named": f"Bearer {teams.signer.sign(claims, header={'kid': None})}",
        "a key that is no name": f"Bearer {teams.signer.sign(claims, header={'kid': [1]})}",
    }


def test_no_token_and_forged_tokens_are_401_and_have_no_effect() -> None:
    async def test(house: TeamsGateway) -> None:
        json_type = {"Content-Type": "application/json"}
        assert (await house.teams.send(house.press(), json_type))[0] == 401
        for name, header in forgeries(house).items():
            status, _ = await house.teams.send(house.press(), json_type | {"Authorization": header})
            assert (name, status) == (name, 401)
        assert house.heard == []
        assert (await house.teams.send(house.press()))[0] == 200

    run(test)


def test_a_key_that_may_not_sign_for_teams_is_none() -> None:
    async def test(house: TeamsGateway) -> None:
        for endorsements in (["webchat"], []):
            house.teams.signer.endorsements = endorsements
            house.now += 100
            house.teams.signer.rotate()
            assert (await house.teams.send(house.press()))[0] in (401, 503)
        assert house.heard == []

    run(test)


def broken_activities(house: TeamsGateway) -> dict[str, dict[str, Any]]:
    tenant = {"tenant": {"id": TENANT}}
    return {
        "another tenant": {"channelData": {"tenant": {"id": OTHER}}},
        "no tenant": {"channelData": {}},
        "a tenant elsewhere": {"channelData": {}, "conversation": {"id": house.room.id, "tenantId": TENANT}},
        "a tenant that is none": {"channelData": {"tenant": TENANT}},
        "no channelData": {"channelData": None},
        "another channel": {"channelId": "directline", "channelData": tenant},
        "no channel": {"channelId": None},
        "another address": {"serviceUrl": "https://smba.trafficmanager.net/emea/"},
        "no address": {"serviceUrl": None},
        "an address that is none": {"serviceUrl": ["https://smba.trafficmanager.net/emea/"]},
    }


def test_what_who_signed_may_not_say_is_401() -> None:
    async def test(house: TeamsGateway) -> None:
        for name, fields in broken_activities(house).items():
            status, _ = await house.teams.send(house.press() | fields)
            assert (name, status) == (name, 401)
        assert house.heard == []

    run(test)


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/",
        "https://smba.trafficmanager.net.evil.example/",
        "https://smba.trafficmanager.net@evil.example/",
        "https://evil.example/?smba.trafficmanager.net",
        "https://evilbotframework.com/",
        "http://smba.trafficmanager.net/emea/",
        "https://smba.trafficmanager.net:8443/emea/",
        "https://teams.microsoft.us/",
        "file:///etc/passwd",
        "",
    ],
)
def test_an_address_that_is_none_of_teams_is_not_answered_to_though_the_token_is_for_it(address: str) -> None:
    async def test(house: TeamsGateway) -> None:
        status, _ = await house.teams.send(
            house.press() | {"serviceUrl": address}, house.teams.sign(serviceurl=address)
        )
        assert (status, house.heard) == (401, [])

    run(test)


# --- shapes ----------------------------------------------------------------------------------------------------------

SHAPELESS = {
    "nothing": b"",
    "cut": b'{"type": "message"',
    "a list": b'[{"type": "message"}]',
    "null": b"null",
    "text": b'"text"',
    "no text at all": b"\xff\xfe",
    "lists without end": b"[" * 100_000,
    "nested": b'{"type": "message", "a": ' + b'{"a": ' * 60 + b"1" + b"}" * 61,
    "no type": b"{}",
    "a type that is none": b'{"type": 5}',
    "an empty type": b'{"type": ""}',
    "no number": b'{"type": "message", "value": NaN}',
    "a number of 5,000 digits": b'{"type": "message", "value": ' + b"1" * 5_000 + b"}",
}


@pytest.mark.parametrize("name", SHAPELESS)
def test_what_is_signed_and_has_no_shape_is_400(name: str) -> None:
    async def test(house: TeamsGateway) -> None:
        assert (await house.teams.post(SHAPELESS[name], house.teams.sign()))[0] == 400
        assert house.heard == []

    run(test)


@pytest.mark.parametrize("missing", ["id", "conversation", "from"])
def test_what_does_not_say_who_where_or_which_is_400(missing: str) -> None:
    async def test(house: TeamsGateway) -> None:
        for activity in (house.press(), house.message()):
            assert (await house.teams.send(activity | {missing: {}}))[0] == 400
        assert house.heard == []

    run(test)


def test_a_content_type_that_is_missing_or_another_is_415() -> None:
    async def test(house: TeamsGateway) -> None:
        body, signed = json.dumps(house.press()).encode(), house.teams.sign()
        bare = {"Authorization": signed["Authorization"]}
        assert (await house.teams.post(body, bare))[0] == 415
        for kind in ("text/plain", "application/x-www-form-urlencoded", "application/xml", "nonsense", "json"):
            assert (await house.teams.post(body, bare | {"Content-Type": kind}))[0] == 415
        assert house.heard == []
        assert (await house.teams.post(body, bare | {"Content-Type": "application/json; charset=utf-8"}))[0] == 200

    run(test)


def test_more_than_a_mebibyte_is_413_with_a_token_and_without_announced_or_not() -> None:
    async def test(house: TeamsGateway) -> None:
        large = b" " * (LARGEST + 1)
        assert (await house.teams.post(BytesIO(large), {"Content-Type": "application/json"}))[0] == 413
        assert (await house.teams.post(BytesIO(large), house.teams.sign()))[0] == 413
        assert (await house.teams.post(iterate(*[b"x" * 65_536] * 32), house.teams.sign()))[0] == 413
        just = json.dumps(house.press()).encode()
        assert (await house.teams.post(BytesIO(just.ljust(LARGEST)), house.teams.sign()))[0] == 200

    run(test)


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "nonsense"])
def test_what_says_that_it_is_compressed_is_415_whoever_signed_it(encoding: str) -> None:
    async def test(house: TeamsGateway) -> None:
        for signed in (house.teams.sign(), {}):
            headers = signed | {"Content-Encoding": encoding}
            assert (await house.teams.post(iterate(gzip.compress(b" " * 50 * LARGEST)), headers))[0] == 415
        assert house.heard == []

    run(test)


async def iterate(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


MALFORMED: dict[str, Any] = {
    "nothing": None,
    "text": "claim",
    "a list": [],
    "no action": {},
    "an action that is none": {"action": "dibs:claim"},
    "no verb": {"action": {"type": "Action.Execute", "data": {}}},
    "a verb that is none": {"action": {"type": "Action.Execute", "verb": ["dibs:claim"], "data": {}}},
    "a verb without end": {"action": {"type": "Action.Execute", "verb": "x" * 9_000, "data": {}}},
    "data that is none": {"action": {"type": "Action.Execute", "verb": "dibs:claim", "data": "k7f2.1"}},
    "another kind": {"action": {"type": "Action.Submit", "verb": "dibs:claim", "data": {}}},
}


@pytest.mark.parametrize("name", MALFORMED)
def test_an_action_that_cannot_be_read_is_answered_in_a_sentence_and_goes_no_further(name: str) -> None:
    async def test(house: TeamsGateway) -> None:
        status, body = await house.teams.send(house.press() | {"value": MALFORMED[name]})
        assert (status, body) == (200, {"statusCode": 200, "type": SENTENCE, "value": UNREADABLE})
        assert house.heard == []

    run(test)


def test_what_no_database_takes_does_not_come_in() -> None:
    async def test(house: TeamsGateway) -> None:
        action = {"type": "Action.Execute", "verb": "dibs:note", "data": {"t": "a\0\ud800b"}}
        activity = house.press() | {"value": {"action": action}}
        assert (await house.teams.send(activity))[0] == 200
        assert house.heard[0].value["action"]["data"] == {"t": "a?b"}

    run(test)


def test_what_goes_wrong_behind_the_wall_is_said_without_a_word_of_it(caplog: pytest.LogCaptureFixture) -> None:
    async def trouble(incoming: Incoming) -> InvokeAnswer | None:
        raise PermissionError("the file of the database")

    async def test(house: TeamsGateway) -> None:
        house.answer = trouble
        status, raw = await house.teams.post(json.dumps(house.press()).encode(), house.teams.sign())
        assert (status, raw) == (503, b"")  # not 401: nothing was acknowledged, and Teams may tell us again

    run(test)
    assert "could not be handled" in caplog.text


def test_nothing_of_a_request_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    async def test(house: TeamsGateway) -> None:
        await house.teams.send(house.message("the secret of Acme"))
        await house.teams.send(house.message("the secret of Acme"), house.teams.sign(aud=OTHER))
        await house.adapter.out.post(house.at(), {"type": "message", "text": "the secret of Acme"})

    with caplog.at_level("INFO"):
        run(test)
    assert "secret" not in caplog.text
    assert "token-" not in caplog.text


def test_a_thousand_broken_activities_are_never_a_5xx() -> None:
    async def test(house: TeamsGateway) -> None:
        rng = random.Random(4)
        build, ana = house.teams.build, house.teams.ana
        whole = [
            house.press(),
            house.message(),
            build.react(ana, house.room, "18", "like"),
            build.install(ana, house.room),
            build.update(ana, house.room, "channelRenamed", membersAdded=[{"id": "29:x"}]),
        ]
        for number in range(1_000):
            activity = json.loads(json.dumps(rng.choice(whole)))
            for _ in range(rng.randint(1, 3)):
                _break(activity, rng)
            claimed = activity.get("serviceUrl")
            headers = house.teams.sign(serviceurl=claimed) if rng.random() < 0.5 else house.teams.sign()
            status, _ = await house.teams.send(activity, headers)
            assert status in (200, 400, 401), (number, status, activity)
        assert 100 < len(house.heard) < 1_000

    run(test)


JUNK: list[Any] = [
    None,
    5,
    "",
    "x" * 5_000,
    [],
    {},
    [[]],
    {"a": {}},
    True,
    -1.5,
    "\0",
    "\ud800",
    "<at>Dibs</at>",
    10**40,
]


def _break(activity: dict[str, Any], rng: random.Random) -> None:
    place: Any = activity
    while True:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        if not keys:
            return
        key = rng.choice(keys)
        inner = place[key]
        if isinstance(inner, dict | list) and inner and rng.random() < 0.75:
            place = inner
            continue
        if isinstance(place, dict) and rng.random() < 0.2:
            del place[key]
        else:
            place[key] = rng.choice(JUNK)
        return


# --- development -----------------------------------------------------------------------------------------------------


def test_in_development_no_token_is_asked_for_and_only_this_machine_is_answered_to() -> None:
    async def test(house: TeamsGateway) -> None:
        bare = {"Content-Type": "application/json"}
        assert (await house.teams.send(house.press(), bare))[0] == 200
        there = house.press() | {"serviceUrl": "https://smba.trafficmanager.net/emea/"}
        assert (await house.teams.send(there, bare))[0] == 401
        assert (await house.teams.send(house.press(), bare | {"Host": "rebound.example"}))[0] == 401
        assert (await house.teams.send(house.press(), {"Content-Type": "text/plain"}))[0] == 415
        assert len(house.heard) == 1
        assert house.teams.asked == []

    run(test, settings=in_development)


def test_the_tenant_that_is_named_in_development_counts() -> None:
    async def test(house: TeamsGateway) -> None:
        bare = {"Content-Type": "application/json"}
        assert (await house.teams.send(house.press(), bare))[0] == 401

    run(test, settings=lambda teams: replace(in_development(teams), tenant=OTHER))


def test_requests_at_the_same_moment_do_not_meet() -> None:
    async def slowly(incoming: Incoming) -> InvokeAnswer:
        await asyncio.sleep(0.01)
        return InvokeAnswer.sentence(incoming.activity)

    async def test(house: TeamsGateway) -> None:
        house.answer = slowly
        pressed = [house.press() for _ in range(50)]
        answers = await asyncio.gather(*(house.teams.send(one) for one in pressed))
        assert [body["value"] for _, body in answers] == [one["id"] for one in pressed]

    run(test)
