"""Rules of asking an API: what is the service's trouble, what is the credential's, and what is for the kind to read."""

from dataclasses import dataclass, field, replace

import pytest

from bot.net.errors import MaybeSent, SourceRefused, SourceUnavailable
from bot.net.fetching import WRITING
from bot.sources.kit.rest import Rest
from bot.sources.kit.tools import SourceTools
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


def api(server: ScriptedServer, tools: SourceTools, account: Account | None = None) -> Rest[str]:
    return Rest(
        tools.fetcher,
        server.url("/api/"),
        name="Acme",
        not_ours="That is not Acme.",
        renew=(account or Account()).renew,
        headers=lambda token: {"authorization": token},
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
