"""Recorded answers of real communities, where they lie beside the checkout: two ways to say no inside a 200."""

import json
from pathlib import Path

import pytest

from bot.net.errors import SourceRefused, SourceUnavailable
from bot.sources.base import SourceConfig
from bot.sources.kinds.khoros.options import KhorosOptions
from bot.sources.kinds.khoros.source import Khoros
from bot.sources.kinds.khoros.verdicts import VERDICTS
from bot.sources.kit.answer import Answer
from bot.sources.kit.tools import SourceTools
from bot.sources.kit.verdicts import Means
from tests.bot.sources.scene import played
from tests.fakes.http import Reply, ScriptedServer
from tests.fakes.khoros import SECRETS, US

RECORDED = Path(__file__).resolve().parents[6] / "shared" / "recorded" / "khoros"
BODIES = sorted(RECORDED.glob("*.json")) if RECORDED.is_dir() else []
SESSION = b'{"response": {"status": "success", "value": {"type": "string", "$": "sample-key"}}}'
LOGIN, SEARCH = "/restapi/vc/authentication/sessions/login", "/api/2.0/search"

pytestmark = pytest.mark.skipif(not BODIES, reason="the recorded answers are not beside the checkout")


def by_means() -> dict[Means, bytes]:
    """Return the bodies by what they mean."""
    bodies = [one.read_bytes() for one in BODIES]
    return {VERDICTS.judge(Answer(200, {}, json.loads(one))).means: one for one in bodies}


def made(server: ScriptedServer, tools: SourceTools) -> Khoros:
    options = KhorosOptions(base_url=server.url(""), username=US["login"], members=True)
    config = SourceConfig(name="here", kind="khoros", options=options, secrets=SECRETS, allow_private=True)
    return Khoros(config, tools)


def test_each_body_has_a_meaning_of_its_own() -> None:
    assert by_means().keys() == {Means.EXPIRED, Means.ACCOUNT}


def test_a_session_that_ended_is_begun_anew_and_no_login_follows_a_login() -> None:
    async def scene(server: ScriptedServer, tools: SourceTools) -> None:
        server.on(LOGIN, Reply(body=SESSION))
        server.on(SEARCH, Reply(body=by_means()[Means.EXPIRED]))
        with pytest.raises(SourceUnavailable, match="session that it has just given"):
            await made(server, tools).poll("")
        assert [one.path.partition("?")[0] for one in server.requests] == [LOGIN, SEARCH]

    played(scene)


def test_who_is_not_allowed_is_told_so() -> None:
    async def scene(server: ScriptedServer, tools: SourceTools) -> None:
        server.on(LOGIN, Reply(body=SESSION))
        server.on(SEARCH, Reply(body=by_means()[Means.ACCOUNT]))
        with pytest.raises(SourceRefused, match="You are not authorized to make this request"):
            await made(server, tools).poll("")

    played(scene)
