"""Rules of listening to Hacker News through Algolia's search, played by a small server."""

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from bot.net.errors import SourceUnavailable
from bot.sources.kinds.hacker_news.source import OVERLAP_SECONDS, PAGE, HackerNews, HackerNewsOptions
from bot.sources.kit.tools import SourceTools
from tests.bot.sources.scene import config, played, posts_of
from tests.fakes.http import Reply, Request, ScriptedServer

STORY = {
    "objectID": "101",
    "created_at_i": 1_772_600_000,
    "author": "ana",
    "title": "Acme charges twice",
    "url": "https://blog.example/acme",
    "story_text": None,
}
COMMENT = {
    "objectID": "102",
    "created_at_i": 1_772_600_100,
    "author": "ben",
    "story_id": 101,
    "story_title": "Acme charges twice",
    "story_url": "https://blog.example/acme",
    "comment_text": "I&#x27;d ask <i>Acme</i>.<p>See "
    '<a href="https:&#x2F;&#x2F;acme.example&#x2F;x">https:&#x2F;&#x2F;acme.example&#x2F;x</a>',
}


def page(*hits: dict[str, Any]) -> Reply:
    return Reply(body=json.dumps({"hits": hits, "nbHits": 9_999}).encode())


def full_page(newest: int, *, step: int = 1) -> Reply:
    return page(*({"objectID": str(newest - n * step), "created_at_i": newest - n * step} for n in range(PAGE)))


def search_on(server: ScriptedServer, tools: SourceTools) -> HackerNews:
    options = HackerNewsOptions(query="acme", base_url=server.url("/api/v1/"))
    return HackerNews(config("hacker_news", options), tools)


def asked(request: Request) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(request.path).query).items()}


def test_a_story_and_a_comment_become_posts_oldest_first() -> None:
    async def scene(server: ScriptedServer, tools: SourceTools) -> None:
        server.on("/api/v1/search_by_date", page(COMMENT, STORY))
        story, comment = posts_of(await search_on(server, tools).poll(""))
        assert (story.external_id, story.title, story.text) == ("101", "Acme charges twice", "")
        assert (story.url, story.links) == ("https://news.ycombinator.com/item?id=101", ("https://blog.example/acme",))
        assert (story.author.handle, story.author.url) == ("ana", "https://news.ycombinator.com/user?id=ana")
        assert story.published_at == datetime.fromtimestamp(1_772_600_000, UTC)
        assert comment.text == "I'd ask Acme.\n\nSee https://acme.example/x"
        assert comment.links == ("https://blog.example/acme", "https://acme.example/x")
        assert (story.thread, comment.thread) == ("", story.external_id)

    played(scene)


def test_the_first_poll_takes_the_newest_page_alone_and_the_next_looks_back_an_hour() -> None:
    async def scene(server: ScriptedServer, tools: SourceTools) -> None:
        server.on("/api/v1/search_by_date", full_page(1_772_600_000), page(STORY))
        first = await search_on(server, tools).poll("")
        assert (len(first.events), first.more) == (PAGE, False)
        await search_on(server, tools).poll(first.checkpoint)
        assert "numericFilters" not in asked(server.requests[0])
        assert asked(server.requests[0])["query"] == "acme"
        assert asked(server.requests[0])["tags"] == "(story,comment)"
        assert asked(server.requests[1])["numericFilters"] == f"created_at_i>={1_772_600_000 - OVERLAP_SECONDS}"

    played(scene)


def test_a_window_larger_than_a_page_is_walked_to_its_end_before_it_moves_on() -> None:
    async def scene(server: ScriptedServer, tools: SourceTools) -> None:
        start = 1_772_600_000
        newest = start + 1_000
        server.on(
            "/api/v1/search_by_date", page(STORY), full_page(newest), full_page(newest - PAGE + 1), page(STORY), page()
        )
        source, checkpoint, mores = search_on(server, tools), "", []
        for _ in range(5):
            batch = await source.poll(checkpoint)
            checkpoint = batch.checkpoint
            mores.append(batch.more)
        assert mores == [False, True, True, False, False]
        filters = [asked(request).get("numericFilters", "") for request in server.requests]
        since = f"created_at_i>={start - OVERLAP_SECONDS}"
        assert filters[1:4] == [
            since,
            f"{since},created_at_i<={newest - PAGE + 1}",
            f"{since},created_at_i<={newest - 2 * (PAGE - 1)}",
        ]
        assert filters[4] == f"created_at_i>={newest - OVERLAP_SECONDS}"

    played(scene)


def test_a_walk_ends_even_when_every_page_holds_one_second() -> None:
    async def scene(server: ScriptedServer, tools: SourceTools) -> None:
        server.on("/api/v1/search_by_date", page(STORY), full_page(1_772_600_000, step=0))
        batch = await search_on(server, tools).poll("")
        befores = []
        for _ in range(3):
            batch = await search_on(server, tools).poll(batch.checkpoint)
            befores.append(int(json.loads(batch.checkpoint)["search"]["cursor"]))
        assert befores == [1_772_600_000, 1_772_599_999, 1_772_599_998]

    played(scene)


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"hits": 1}', b'{"hits": [{"objectID": 1}]}', b"[" * 100_000, b'{"hits": ["x"]}']
)
def test_an_answer_of_another_kind_is_said_to_be_one(body: bytes) -> None:
    async def scene(server: ScriptedServer, tools: SourceTools) -> None:
        server.on("/api/v1/search_by_date", Reply(body=body))
        with pytest.raises(SourceUnavailable, match="as Algolia"):
            await search_on(server, tools).poll("")

    played(scene)


def test_a_busy_search_gets_its_rest() -> None:
    async def scene(server: ScriptedServer, tools: SourceTools) -> None:
        server.on("/api/v1/search_by_date", Reply(429, {"Retry-After": "60"}))
        with pytest.raises(SourceUnavailable) as caught:
            await search_on(server, tools).poll("")
        assert caught.value.retry_after == 60

    played(scene)
