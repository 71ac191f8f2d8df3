"""Recorded answers of the real X, of 2021 and 2022, where they lie beside the checkout."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from bot.net.retry_after import read_budget
from bot.sources.kinds.x.posts import first_id
from handlers.base.replying import Gone, Parent, Published
from tests.bot.sources.kinds.x.scene import OnX, all_of, played

RECORDED = Path(__file__).resolve().parents[6] / "shared" / "recorded" / "x"
FILES = sorted(RECORDED.glob("*.yaml")) if RECORDED.is_dir() else []

pytestmark = pytest.mark.skipif(not FILES, reason="the recorded answers are not beside the checkout")


def answered(name: str, turn: int = 0) -> tuple[int, dict[str, str], Any]:
    """Read one answer of a cassette: its status, its limits, its JSON. Of YAML this knows what stands there."""
    text = (RECORDED / f"test_client_{name}.yaml").read_text("utf-8").split("\n- request:")[turn + 1]
    response = text.partition("\n  response:")[2]
    body = re.search(r"string: '((?:[^']|'')*)'", response)
    status = re.search(r"\n {6}code: (\d+)", response)
    assert body is not None
    assert status is not None
    folded = re.sub(r"\s*\n\s*", " ", body[1].replace("''", "'"))
    limits = dict(re.findall(r"(x-rate-limit-\w+):\n\s+- '(\d+)'", response))
    return int(status[1]), limits, json.loads(folded)


def plays(here: OnX, name: str, turn: int = 0) -> Any:
    """Let everything but who we are be answered as it was recorded; returns what was."""
    status, limits, body = answered(name, turn)

    async def answers(request: web.Request) -> web.Response:
        if request.path == "/2/users/me":
            return await here.site._whoami(request)
        return web.json_response(body, status=status, headers=limits)

    here.site.answers = answers
    return body


@pytest.mark.parametrize("name", ["get_users_mentions", "search_recent_tweets"])
def test_recorded_posts_are_read_oldest_first(name: str) -> None:
    async def story(here: OnX) -> None:
        body = plays(here, name)
        batch = await here.make().poll("")
        told = sorted(body["data"], key=lambda one: int(one["id"]))
        assert [one.external_id for one in batch.events] == [one["id"] for one in told]  # type: ignore[union-attr]
        assert json.loads(batch.checkpoint)["mentions"]["since"] == int(body["meta"]["newest_id"])
        for post, one in zip(batch.events, told, strict=True):
            assert post.url == f"https://x.com/i/status/{one['id']}"  # type: ignore[union-attr]
            assert post.text == one["text"].replace("&amp;", "&").strip()  # type: ignore[union-attr]

    played(story)


def test_recorded_limits_are_read() -> None:
    for name, most in (("get_users_mentions", 450), ("search_recent_tweets", 450), ("create_and_delete_tweet", 200)):
        _, limits, _ = answered(name)
        assert int(limits["x-rate-limit-limit"]) == most
        budget = read_budget({**limits, "date": "Fri, 07 Oct 2022 22:43:18 GMT"})
        assert budget.left is not None
        assert budget.left < most


def test_the_recorded_post_is_published() -> None:
    async def story(here: OnX) -> None:
        source = here.make()
        context = json.dumps({"to": "1", "since": "1", "me": ["2", "acme_support"]})
        prepared = source.replies.prepare(Parent(external_id="1", url=""), "Test Tweet", "s", context)
        body = plays(here, "create_and_delete_tweet")
        outcome = await source.replies.publish(prepared)
        made = body["data"]["id"]
        assert outcome == Published(made, f"https://x.com/acme_support/status/{made}")

    played(story)


def test_recorded_posts_by_id_are_found_and_another_is_not() -> None:
    async def story(here: OnX) -> None:
        body = plays(here, "get_tweets")
        first = body["data"][0]
        found = await here.make().find(f"https://twitter.com/TwitterDev/status/{first['id']}")
        assert found is not None
        assert found.external_id == first_id(first)
        assert "\U0001f941" in found.text
        here.site.answers = None
        source = here.make()
        assert isinstance(await source.replies.check(Parent(external_id=first["id"], url="")), Gone)

    played(story)


def test_recorded_quotes_are_read_where_nothing_says_what_they_are() -> None:
    async def story(here: OnX) -> None:
        body = plays(here, "get_quote_tweets")
        assert len(await all_of(here.make(), "")) == len(body["data"])

    played(story)
