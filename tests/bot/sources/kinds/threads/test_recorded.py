"""Recorded answers of the real Threads, where they lie beside the checkout."""

import json
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from bot.sources.kinds.threads.posts import read_post
from bot.sources.kinds.threads.verdicts import VERDICTS
from bot.sources.kit.answer import Answer
from bot.sources.kit.verdicts import Means
from handlers.base.events import Posted
from handlers.base.replying import Refused
from tests.bot.sources.kinds.threads.scene import OnThreads, played, walked

RECORDED = Path(__file__).resolve().parents[6] / "shared" / "recorded" / "threads"
FILES = sorted(RECORDED.glob("*.json")) if RECORDED.is_dir() else []

pytestmark = pytest.mark.skipif(not FILES, reason="the recorded answers are not beside the checkout")


def recorded(name: str) -> Any:
    return json.loads((RECORDED / f"{name}.json").read_text("utf-8"))


def test_the_recorded_post_is_read() -> None:
    found = read_post(recorded("basic-media"), "acme")
    assert (found.external_id, found.text) == ("1234567", "Today Is Monday")
    assert found.url == "https://www.threads.net/@threadsapitestuser/post/abcdefg"
    assert found.author.handle == "threadsapitestuser"
    assert found.published_at is not None
    assert found.published_at.isoformat() == "2023-10-17T05:42:03+00:00"


def test_of_the_recorded_replies_those_are_heard_that_nobody_hid() -> None:
    async def story(here: OnThreads) -> None:
        async def answers(request: web.Request) -> web.Response:
            if request.path == "/v1.0/me":
                return await here.site._me(request)
            empty = request.query.get("after") or request.path != "/v1.0/me/mentions"
            return web.json_response({"data": []} if empty else recorded("basic-list-reply"))

        here.site.answers = answers
        events, _ = await walked(here.make(), "")
        assert [one.text for one in events if isinstance(one, Posted)] == ["Third Reply", "First Reply"]

    played(story)


def test_the_recorded_no_says_that_it_is_gone() -> None:
    answer = Answer(400, {}, recorded("exception"))
    assert VERDICTS.judge(answer).means == Means.PARENT_GONE


def test_the_recorded_states_of_a_container_are_read() -> None:
    async def story(here: OnThreads) -> None:
        state = "media-container-error"

        async def answers(_request: web.Request) -> web.Response:
            return web.json_response(recorded(state))

        here.site.answers = answers
        replies = here.make().replies
        assert replies is not None
        stored = json.dumps({"send_id": "s", "to": "1", "text": "x", "since": 0, "known": [], "container": "2"})
        assert await replies.publish(stored) == Refused(
            "Threads could not make a post of it (FAILED_DOWNLOADING_VIDEO)."
        )
        assert recorded("media-container-success")["status"] == "FINISHED"

    played(story)
