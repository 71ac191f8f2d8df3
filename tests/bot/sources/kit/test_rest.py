"""Rules of asking an API: what is the service's trouble, what is the credential's, and what is for the kind to read."""

from dataclasses import dataclass, field, replace

import pytest

from bot.net.errors import MaybeSent, SourceRefused, SourceUnavailable
from bot.net.fetching import WRITING
from bot.sources.base import SourceConfig
from bot.sources.kit.auth import StaticHeader, asked_as
from bot.sources.kit.rest import Rest
from bot.sources.kit.tools import SourceTools
from bot.sources.kit.verdicts import READING, Means, Row, Said, Verdicts
from bot.sources.runner.rate_limits import HeedfulFetcher, Limits, Service
from tests.bot.sources.scene import played
from tests.fakes.http import Reply, ScriptedServer

OK = Reply(body=b'{"done": true}')
STALE = Reply(401, body=b"{}")


@dataclass
class Account:
    """Sells tokens t1, t2 …, as long as there are any."""

    tokens: int = 5
    sold: list[str] = field(default_factory=list)

    async def renew(self, _refused: str | None) -> str:
        if len(self.sold) == self.tokens:
            raise SourceRefused("Make a new one.")
        self.sold.append(f"t{len(self.sold) + 1}")
        return self.sold[-1]


def api(
    server: ScriptedServer, tools: SourceTools, account: Account | None = None, verdicts: Verdicts = READING
) -> Rest[str]:
    return Rest(
        tools.fetcher,
        server.url("/api/"),
        name="Acme",
        not_ours="That is not Acme.",
        renew=(account or Account()).renew,
        headers=lambda token: {"authorization": token},
        verdicts=verdicts,
        allow_private=True,
    )


def shown(server: ScriptedServer) -> list[str]:
    """Return the token of each request."""
    return [request.headers["authorization"] for request in server.requests]


def test_a_refused_credential_is_renewed_and_the_request_repeated_once() -> None:
    async def scene(server: ScriptedServer, tools: SourceTools) -> None:
        server.on("/api/do", STALE, OK)
        assert (await api(server, tools).send("/do", json={})).object == {"done": True}
        assert shown(server) == ["t1", "t2"]

    played(scene)


def test_what_is_refused_with_a_new_credential_too_is_not_asked_for_ever() -> None:
    async def scene(server: ScriptedServer, tools: SourceTools) -> None:
        server.on("/api/do", STALE)
        with pytest.raises(SourceUnavailable, match="just given"):
            await api(server, tools).get("/do")
        assert shown(server) == ["t1", "t2"]

    played(scene)


def test_a_credential_that_cannot_be_renewed_says_how_to_mend_it() -> None:
    async def scene(server: ScriptedServer, tools: SourceTools) -> None:
        server.on("/api/do", STALE)
        with pytest.raises(SourceRefused, match="Make a new one"):
            await api(server, tools, Account(tokens=1)).get("/do")

    played(scene)


@pytest.mark.parametrize(
    ("reply", "seconds"),
    [(Reply(429, {"Retry-After": "9"}), 9), (Reply(503), None), (Reply(408), None)],
)
def test_the_troubles_of_a_service_are_for_later(reply: Reply, seconds: float | None) -> None:
    async def scene(server: ScriptedServer, tools: SourceTools) -> None:
        server.on("/api/do", reply)
        with pytest.raises(SourceUnavailable, match=rf"Acme .*{reply.status}") as caught:
            await api(server, tools).get("/do")
        assert caught.value.retry_after == seconds

    played(scene)


@pytest.mark.parametrize(
    ("reply", "seconds"),
    [
        (Reply(429, body=b'{"wait": 41}'), 41),
        (Reply(429, {"Retry-After": "9"}, b'{"wait": 41}'), 9),
        (Reply(429, body=b"Slow down"), None),
        (Reply(429, body=b"{}"), None),
    ],
)
def test_a_rest_that_stands_in_the_body_alone_is_heeded_too(reply: Reply, seconds: float | None) -> None:
    verdicts = Verdicts(rows=(), read=lambda answer: Said(rest=answer.object.get("wait")), unknown="No.")

    async def scene(server: ScriptedServer, tools: SourceTools) -> None:
        server.on("/api/do", reply)
        for asking in (
            api(server, tools, verdicts=verdicts).get("/do"),
            api(server, tools, verdicts=verdicts).send("/do"),
        ):
            with pytest.raises(SourceUnavailable) as caught:
                await asking
            assert caught.value.retry_after == seconds

    played(scene)


def test_a_rest_that_is_asked_for_by_another_status_is_heeded_by_who_reads_and_who_writes() -> None:
    row = Row(means=Means.AGAIN, status={403}, words="secondary", why="Acme asks for a rest.")
    table = Verdicts(rows=(row,), read=lambda answer: Said(words=str(answer.json), rest=60.0), unknown="What?")

    async def scene(server: ScriptedServer, tools: SourceTools) -> None:
        server.on("/api/do", Reply(403, body=b'"You have exceeded a Secondary rate limit."'))
        rest = api(server, tools, verdicts=table)
        for asking in (rest.get("/do"), rest.send("/do", json={})):
            with pytest.raises(SourceUnavailable, match="Acme asks for a rest") as caught:
                await asking
            assert caught.value.retry_after == 60.0
        server.on("/api/do", Reply(403, body=b'"You may not."'))
        assert (await rest.get("/do")).status == 403

    played(scene)


def test_headers_that_stay_are_sent_as_they_are_and_asked_about_once_when_they_are_not_taken() -> None:
    async def scene(server: ScriptedServer, tools: SourceTools) -> None:
        account = StaticHeader({"api-key": "k", "api-username": "acme"}, lambda: "Make another key.")
        rest = Rest(
            tools.fetcher,
            server.url("/api/"),
            name="Acme",
            not_ours="That is not Acme.",
            renew=account.renew,
            headers=account.headers,
            allow_private=True,
        )
        server.on("/api/do", OK, STALE)
        await rest.get("/do")
        assert [server.requests[0].headers[name] for name in ("api-key", "api-username")] == ["k", "acme"]
        with pytest.raises(SourceRefused, match="Make another key"):
            await rest.get("/do")
        assert len(server.requests) == 2

    played(scene)


@pytest.mark.parametrize(("body", "said"), [(b'{"error": "no"}', {"error": "no"}), (b"<h1>no</h1>", {})])
def test_every_other_refusal_is_for_the_kind_to_read(body: bytes, said: dict[str, str]) -> None:
    async def scene(server: ScriptedServer, tools: SourceTools) -> None:
        server.on("/api/do", Reply(422, body=body), Reply(404, body=body))
        answer = await api(server, tools).send("/do", json={})
        assert (answer.ok, answer.status, answer.object.get("error", "")) == (
            False,
            422,
            "no" if body[:1] == b"{" else "",
        )
        assert (await api(server, tools).get("/do")).gone

    played(scene)


def test_what_was_sent_and_is_answered_by_something_else_may_stand_there() -> None:
    async def scene(server: ScriptedServer, tools: SourceTools) -> None:
        server.on("/api/do", Reply(200, body=b"<h1>Welcome</h1>"))
        with pytest.raises(MaybeSent, match="not Acme"):
            await api(server, tools).send("/do", json={})
        with pytest.raises(SourceUnavailable, match="not Acme"):
            await api(server, tools).get("/do")

    played(scene)


def test_a_credential_that_may_have_been_bought_is_bought_again_later() -> None:
    async def scene(server: ScriptedServer, tools: SourceTools) -> None:
        server.on("/token", Reply(500))
        with pytest.raises(SourceUnavailable):
            await api(server, tools).sign_in(server.url("/token"), form={"grant": "x"})

    played(scene)


def test_a_limit_on_writing_does_not_silence_reading() -> None:
    async def scene(server: ScriptedServer, tools: SourceTools) -> None:
        server.on("/api/do", Reply(429, {"Retry-After": "60"}))
        limits, service = Limits(tools.clock), Service("127.0.0.1")
        rest = api(server, replace(tools, fetcher=HeedfulFetcher(tools.fetcher, limits, service)))
        with pytest.raises(SourceUnavailable):
            await rest.send("/do", json={}, bucket=WRITING)
        assert (limits.wait(service), limits.shut(Service("127.0.0.1", bucket=WRITING))) == (0, 60)
        with pytest.raises(SourceUnavailable):
            await rest.get("/do")
        assert limits.wait(service) == 60

    played(scene)


def test_a_limit_on_searching_leaves_what_is_only_read_alone() -> None:
    async def scene(server: ScriptedServer, tools: SourceTools) -> None:
        server.on("/api/search", Reply(429, {"Retry-After": "60"}))
        server.on("/api/do", OK)
        limits, service = Limits(tools.clock), Service("127.0.0.1")
        rest = api(server, replace(tools, fetcher=HeedfulFetcher(tools.fetcher, limits, service)))
        for _ in range(2):
            with pytest.raises(SourceUnavailable):
                await rest.get("/search", bucket="search")
        assert (await rest.get("/do")).ok
        assert [request.path for request in server.requests] == ["/api/search", "/api/do"]

    played(scene)


def test_what_replaces_is_sent_by_put() -> None:
    async def scene(server: ScriptedServer, tools: SourceTools) -> None:
        server.on("/api/do", OK)
        await api(server, tools).send("/do", method="PUT", json={})
        assert [request.method for request in server.requests] == ["PUT"]

    played(scene)


@pytest.mark.parametrize(
    ("body", "error"),
    [(b'{"limit": "0"}', SourceRefused), (b'{"limit": "9"}', SourceUnavailable), (b"<html>", SourceUnavailable)],
)
def test_a_429_that_the_table_holds_is_more_than_a_limit_that_is_over_soon(
    body: bytes, error: type[SourceRefused | SourceUnavailable]
) -> None:
    verdicts = Verdicts(
        rows=(
            Row(means=Means.ACCOUNT, status={429}, code="0", why="There is no more, ever."),
            Row(means=Means.AGAIN, code="9", why="A row for any status says nothing of a 429."),
        ),
        read=lambda answer: Said(code=str(answer.object.get("limit"))),
        unknown="",
    )

    async def scene(server: ScriptedServer, tools: SourceTools) -> None:
        server.on("/api/do", Reply(429, {"Retry-After": "60"}, body))
        acme = api(server, tools, verdicts=verdicts)
        with pytest.raises(error) as caught:
            acme.no(await acme.send("/do", json={}))
        if isinstance(caught.value, SourceUnavailable):
            assert caught.value.retry_after == 60

    played(scene)


def test_what_was_created_may_be_told_by_headers_alone_and_nothing_is_no_answer_to_who_asks() -> None:
    async def scene(server: ScriptedServer, tools: SourceTools) -> None:
        server.on("/api/do", Reply(201, {"X-Restli-Id": "7"}))
        answer = await api(server, tools).send("/do", json={})
        assert (answer.ok, answer.json, answer.headers["x-restli-id"]) == (True, None, "7")
        with pytest.raises(SourceUnavailable, match="not Acme"):
            await api(server, tools).get("/do")
        server.on("/api/do", Reply(200))
        with pytest.raises(MaybeSent):
            await api(server, tools).send("/do", json={})

    played(scene)


def test_an_account_asks_the_api_of_its_source_and_sentences_call_it_as_it_was_named() -> None:
    async def scene(server: ScriptedServer, tools: SourceTools) -> None:
        config = SourceConfig(name="forum", kind="sample", options=None, allow_private=True)
        account = StaticHeader({"api-key": "sample-key"}, lambda: "Mend it.")
        asked = asked_as(account, server.url("/"), "Sample", config, tools, name="forum.example")
        assert asked.not_ours == "127.0.0.1 did not answer as Sample does."
        server.on("/one", OK, Reply(503), STALE)
        assert await asked.find("/one") == {"done": True}
        with pytest.raises(SourceUnavailable, match="answered 503"):
            await asked.find("/one")
        with pytest.raises(SourceRefused, match="Mend it"):
            await asked.find("/one")
        assert [request.headers["api-key"] for request in server.requests] == ["sample-key"] * 3

    played(scene)


def test_what_has_to_be_there_and_is_not_is_refused_by_its_path() -> None:
    async def scene(server: ScriptedServer, tools: SourceTools) -> None:
        server.on("/api/one", OK, Reply(404))
        asked = api(server, tools)
        assert await asked.have("/one") == {"done": True}
        with pytest.raises(SourceRefused, match="has nothing at /one"):
            await asked.have("/one")

    played(scene)


def test_a_question_that_is_posted_is_asked_again_where_nobody_knows_what_became_of_it() -> None:
    async def scene(server: ScriptedServer, tools: SourceTools) -> None:
        server.on("/api/ask", OK, Reply(200))
        asked = api(server, tools)
        assert (await asked.question("/ask", json={})).object == {"done": True}
        with pytest.raises(SourceUnavailable):
            await asked.question("/ask", json={})

    played(scene)
