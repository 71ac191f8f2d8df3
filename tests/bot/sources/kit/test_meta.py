"""Rules of Meta's APIs: a no by both its codes, a limit without Retry-After, and nothing secret in a sentence."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest

from bot.net.errors import SourceRefused, SourceUnavailable
from bot.net.fetching import WRITING
from bot.sources.base import SourceConfig
from bot.sources.kit.answer import Answer
from bot.sources.kit.auth import token_account
from bot.sources.kit.meta import (
    asked_rest,
    graph_rest,
    ident,
    proof,
    read_error,
    verdicts,
    when,
)
from bot.sources.kit.meta_account import look_at_token, subscribed
from bot.sources.kit.meta_lists import begin, following
from bot.sources.kit.options import OptionError
from bot.sources.kit.rest import Rest
from bot.sources.kit.tools import SourceTools
from bot.sources.kit.verdicts import Means, Row
from handlers.base.replying import Unclear
from tests.bot.sources.scene import played
from tests.fakes.http import Reply, ScriptedServer

TABLE = verdicts("Acmebook", "pages_read_engagement")
TOKEN = "EAAsample-token-of-a-page"


def told(code: int, subcode: int = 0, words: str = "It says so.", **more: object) -> bytes:
    below = {"error_subcode": subcode} if subcode else {}
    return json.dumps({"error": {"message": words, "type": "OAuthException", "code": code, **below, **more}}).encode()


def answer(status: int, body: bytes, headers: Mapping[str, str] | None = None) -> Answer:
    return Answer(status, headers or {}, json.loads(body))


@pytest.mark.parametrize(
    ("status", "body", "means"),
    [
        (400, told(190), Means.EXPIRED),
        (401, told(190, 463), Means.EXPIRED),
        (400, told(190, 467), Means.EXPIRED),
        (400, told(102), Means.EXPIRED),
        *((400, told(190, subcode), Means.ACCOUNT) for subcode in (458, 459, 460, 464, 492, 493)),
        (400, told(459), Means.ACCOUNT),
        (400, told(100, words="Invalid appsecret_proof provided in the API argument"), Means.ACCOUNT),
        (400, told(100, words="(#100) Reading requires either app secret proof or an app token"), Means.ACCOUNT),
        *((403, told(code), Means.ACCOUNT) for code in (3, 10, 200, 210, 299)),
        *((400, told(code), Means.AGAIN) for code in (4, 17, 32, 341, 613, 80001, 80002, 80006)),
        (403, told(4, 1504022), Means.AGAIN),
        (400, told(32, is_transient=True), Means.AGAIN),
        (400, told(368, 1390008), Means.AGAIN),
        (400, told(1390008), Means.AGAIN),
        (400, told(368), Means.AGAIN),
        (400, told(368, 1346003), Means.REFUSED),
        (400, told(200, 1404102), Means.REFUSED),
        (400, told(200, 1404006), Means.ACCOUNT),
        (400, told(506), Means.LOOK),
        *((400, told(code, is_transient=passing), Means.LOOK) for code in (1, 2) for passing in (True, False)),
        (400, told(9_999, is_transient=True), Means.LOOK),
        (400, told(100, 33), Means.PARENT_GONE),
        (404, told(803), Means.PARENT_GONE),
        (400, told(100, words="(#100) Object does not exist, cannot be loaded"), Means.PARENT_GONE),
        (400, told(100, words="(#100) Tried accessing nonexisting field (nope)"), Means.LOOK),
        (400, told(300), Means.LOOK),
        (400, b"[]", Means.LOOK),
        (200, told(190), Means.EXPIRED),
        (200, b"{}", Means.FINE),
        (200, b'{"error": "no object"}', Means.FINE),
    ],
)
def test_each_row_is_hit_by_what_meta_says(status: int, body: bytes, means: Means) -> None:
    assert TABLE.judge(answer(status, body)).means is means


def test_the_rows_of_a_network_come_before_those_of_all() -> None:
    made_all_the_same = Row(means=Means.LOOK, code="200/1", why="It may stand there.")
    table = verdicts("Acmebook", "a right", made_all_the_same)
    assert table.judge(answer(403, told(200, 1))).means is Means.LOOK
    assert table.judge(answer(403, told(200, 2))).means is Means.ACCOUNT


def test_a_no_is_known_by_both_its_codes_and_quotes_no_token() -> None:
    said = read_error(answer(400, told(20, 1772107, "Malformed access token EAAB0123456789abcdefghijklmnopqrstuvwxyz")))
    assert (said.code, said.words) == ("20/1772107", "Malformed access token …")
    said = read_error(answer(400, told(1, error_user_msg="Choose another date.")))
    assert (said.code, said.words) == ("1", "Choose another date. It says so.")


def usage(**minutes: int) -> Mapping[str, str]:
    told = {"123": [{"type": kind, "estimated_time_to_regain_access": left} for kind, left in minutes.items()]}
    return {"x-business-use-case-usage": json.dumps(told)}


@pytest.mark.parametrize(
    ("headers", "code", "seconds"),
    [
        (usage(pages=7), "80001", 420),
        (usage(pages=7), "32", 420),
        (usage(pages=0, ads_insights=90), "80001", None),  # what shuts the ads shuts nothing of ours
        (usage(pages=7, instagram=3), "80002", 180),
        (usage(pages=7, other=9), "80014", 540),
        (usage(pages=7), "4", None),
        ({"x-app-usage": '{"call_count": 100, "estimated_time_to_regain_access": 4}'}, "4", 240),
        ({"x-app-usage": '{"call_count": 100, "total_time": 25}'}, "17", None),
        ({"x-app-usage": "[" * 99_999}, "4", None),
        ({"x-business-use-case-usage": '{"1": [7, {"type": 7}], "2": "x"}'}, "80001", None),
        ({"x-business-use-case-usage": json.dumps({"1": [{"estimated_time_to_regain_access": "7"}]})}, "80014", None),
        (usage(pages=10**15), "80001", 86_400),
        ({"retry-after": "9", **usage(pages=7)}, "80001", 9),
    ],
)
def test_a_limit_lasts_as_long_as_the_one_that_was_met(
    headers: Mapping[str, str], code: str, seconds: float | None
) -> None:
    assert asked_rest(headers, code) == seconds


def test_who_writes_too_fast_is_left_alone_for_an_hour() -> None:
    for blocked in (told(368, 1390008), told(368, is_transient=True)):
        assert TABLE.judge(answer(400, blocked)).rest == 3_600


# --- asking ---


def asked(server: ScriptedServer, tools: SourceTools, app_secret: str = "") -> Rest[Mapping[str, str]]:
    config = SourceConfig(name="page", kind="acme", options=None, secrets={"access_token": TOKEN}, allow_private=True)
    account = token_account(config, "access_token", "DIBS_SOURCE_PAGE_ACCESS_TOKEN", "Acmebook")
    return graph_rest(server.url("/v1"), account, TABLE, config, tools, network="Acmebook", app_secret=app_secret)


def test_a_request_bears_the_token_and_the_proof_and_its_address_no_secret() -> None:
    async def scene(server: ScriptedServer, tools: SourceTools) -> None:
        server.on("/v1/me", Reply(body=b'{"id": 1}'))
        rest = asked(server, tools, "app-secret")
        await rest.get("/me", [("fields", "id")])
        await rest.send("/me", form={"message": "Hello"})
        await asked(server, tools).get("/me")
        shown = hmac.new(b"app-secret", TOKEN.encode(), hashlib.sha256).hexdigest()
        assert proof(TOKEN, "app-secret") == shown
        assert [request.path for request in server.requests] == [
            f"/v1/me?fields=id&appsecret_proof={shown}",
            f"/v1/me?appsecret_proof={shown}",
            "/v1/me",
        ]
        assert {request.headers["authorization"] for request in server.requests} == {f"Bearer {TOKEN}"}

    played(scene)


def test_a_token_that_is_refused_names_its_variable_and_was_certainly_not_used() -> None:
    async def scene(server: ScriptedServer, tools: SourceTools) -> None:
        server.on("/v1/1/comments", Reply(400, body=told(190, 463)))
        with pytest.raises(SourceRefused, match="DIBS_SOURCE_PAGE_ACCESS_TOKEN"):
            await asked(server, tools).send("/1/comments", form={"message": "Hello"}, bucket=WRITING)
        assert len(server.requests) == 1

    played(scene)


def test_without_a_token_there_is_no_source_and_in_the_clear_there_is_none_either() -> None:
    async def scene(server: ScriptedServer, tools: SourceTools) -> None:
        bare: SourceConfig[None] = SourceConfig(name="page", kind="acme", options=None)
        with pytest.raises(OptionError, match="THE_TOKEN"):
            token_account(bare, "access_token", "THE_TOKEN", "Acmebook")
        held = replace(bare, secrets={"access_token": "x"})
        account = token_account(held, "access_token", "THE_TOKEN", "Acmebook")
        with pytest.raises(OptionError, match="in the clear"):
            graph_rest(server.url("/v1"), account, TABLE, bare, tools, network="Acmebook")

    played(scene)


def test_a_limit_is_a_400_and_shuts_no_writing() -> None:
    """The poll is told how long to rest; nothing is remembered for who writes."""

    async def scene(server: ScriptedServer, tools: SourceTools) -> None:
        server.on("/v1/1/feed", Reply(400, usage(pages=7), told(80001)))
        server.on("/v1/1/comments", Reply(body=b'{"id": "2"}'))
        rest = asked(server, tools)
        with pytest.raises(SourceUnavailable, match=r"too often \(80001\)") as caught:
            await rest.find("/1/feed")
        assert caught.value.retry_after == 420
        assert (await rest.send("/1/comments", form={"message": "Hello"}, bucket=WRITING)).ok

    played(scene)


def test_what_passes_is_asked_again_when_read_and_looked_up_when_sent() -> None:
    async def scene(server: ScriptedServer, tools: SourceTools) -> None:
        server.on("/v1/1", Reply(400, body=told(2, is_transient=True)))
        rest = asked(server, tools)
        with pytest.raises(SourceUnavailable, match="not well"):
            await rest.find("/1")
        assert isinstance(rest.no(await rest.send("/1", form={})), Unclear)

    played(scene)


# --- reading ---


def test_ids_and_moments_come_in_two_forms() -> None:
    told = {"old": 1234567890321, "new": "12_34", "yes": True, "none": None, "iso": "2021-07-21T21:05:14+0000"}
    assert [ident(told, name) for name in told] == ["1234567890321", "12_34", "", "", "2021-07-21T21:05:14+0000"]
    assert when(told, "iso") == datetime(2021, 7, 21, 21, 5, 14, tzinfo=UTC)
    assert (
        when({"at": 1449135003}, "at")
        == when({"at": "1449135003"}, "at")
        == datetime(2015, 12, 3, 9, 30, 3, tzinfo=UTC)
    )
    odds: list[object] = ["", "soon", None, -1, 10**40, True, []]
    assert [when({"at": odd}, "at") for odd in odds] == [None] * 7


def test_the_next_page_is_named_without_the_token() -> None:
    link = "https://graph.example/1/feed?access_token=secret&limit=25"
    cursor = {"data": [], "paging": {"cursors": {"after": "QVFI=="}, "next": f"{link}&after=QVFI%3D%3D"}}
    old = {"paging": {"next": f"{link}&until=1624385168&__paging_token=enc_x"}}
    bare = {"paging": {"cursors": {"after": "abc"}, "next": link}}
    assert begin(following(cursor)) == [("after", "QVFI==")]
    assert begin(following(old)) == [("until", "1624385168"), ("__paging_token", "enc_x")]
    assert begin(following(bare)) == [("after", "abc")]
    endless = {"paging": {"next": f"{link}&after={'x' * 2_001}"}}
    for last in (
        {},
        {"paging": 7},
        {"paging": {"cursors": {"after": "abc"}}},
        {"paging": {"next": "http://[x"}},
        endless,
    ):
        assert following(last) == ""


# --- proving ---


def test_what_a_token_is_is_asked_without_writing_it_into_an_address() -> None:
    async def scene(server: ScriptedServer, tools: SourceTools) -> None:
        data = {"app_id": 77, "expires_at": 1772600000, "scopes": ["pages_show_list", 7], "is_valid": True}
        server.on("/v1/debug_token", Reply(body=json.dumps({"data": data}).encode()))
        found = await look_at_token(asked(server, tools), TOKEN)
        assert (found.app, found.rights) == ("77", ("pages_show_list",))
        assert found.until == datetime(2026, 3, 4, 4, 53, 20, tzinfo=UTC)
        (request,) = server.requests
        assert TOKEN not in request.path
        assert parse_qs(request.body.decode()) == {"method": ["get"], "input_token": [TOKEN]}
        server.on("/v1/debug_token", Reply(body=b'{"data": {"expires_at": 0, "scopes": "all"}}'))
        assert await look_at_token(asked(server, tools), TOKEN) == type(found)()

    played(scene)


@pytest.mark.parametrize(
    "reply", [Reply(400, body=told(100)), Reply(400, body=told(190)), Reply(503), Reply(body=b"x")]
)
def test_what_may_not_be_told_of_a_token_is_not_known(reply: Reply) -> None:
    async def scene(server: ScriptedServer, tools: SourceTools) -> None:
        server.on("/v1/debug_token", reply)
        found = await look_at_token(asked(server, tools), TOKEN)
        assert (found.until, found.rights, found.app) == (None, (), "")

    played(scene)


def test_of_which_fields_our_application_is_told() -> None:
    async def scene(server: ScriptedServer, tools: SourceTools) -> None:
        apps = [
            {"id": "77", "subscribed_fields": ["feed", "mention", 7]},
            {"id": 78, "subscribed_fields": ["messages"]},
            {"id": "79"},
        ]
        server.on("/v1/1/subscribed_apps", Reply(body=json.dumps({"data": apps}).encode()))
        rest = asked(server, tools)
        assert await subscribed(rest, "1", "77") == frozenset({"feed", "mention"})
        assert await subscribed(rest, "1", "") == frozenset({"feed", "mention", "messages"})
        assert await subscribed(rest, "1", "80") == frozenset()
        server.on("/v1/1/subscribed_apps", Reply(403, body=told(200)))
        assert await subscribed(rest, "1", "77") is None
        assert urlsplit(server.requests[0].path).path == "/v1/1/subscribed_apps"

    played(scene)
