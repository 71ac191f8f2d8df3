"""Rules of what holds the words of a query: whole words in what was written, and rather too much than too little."""

import json
from typing import Any

import pytest

from bot.sources.kinds.hacker_news.query import holds
from bot.sources.kit.tools import SourceTools
from tests.bot.sources.kinds.hacker_news.test_source import asked, page, search_on
from tests.bot.sources.scene import played, posts_of
from tests.fakes.http import ScriptedServer


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("acme", "I'd ask Acme."),
        ("acme", "https://acme.example/x"),
        ("ACME", "the acme-cloud thing"),
        ("acme cloud", "The cloud of Acme"),
        ("acme cloud", "AcmeCloud is down"),
        ("acmecloud", "Acme Cloud is down"),
        ("acmecloud", "acme-cloud"),
        ('"acme cloud" -beta', "acme cloud"),
        ('"charged twice" acme', "Acme charged me. I was charged twice"),
        ("c++", "in C++17"),
        ("node.js", "Node.js rocks"),
        ("café", "the Café"),
        ("返金", "返金を待つ"),
        ("", "anything"),
        ("-acme", "lunch"),
        ('"', "lunch"),
    ],
)
def test_a_text_holds_the_words(query: str, text: str) -> None:
    assert holds(query, ["title", text])


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("acme", "acmeology"),
        ("acme", "pacme"),
        ("acme", "lunch"),
        ("acme cloud", "acme"),
        ("acme cloud", "acme clouds"),
        ('"charged twice"', "charged"),
        ("返金", "返品"),
    ],
)
def test_a_text_does_not(query: str, text: str) -> None:
    assert not holds(query, [text])


def hit(number: int, **values: Any) -> dict[str, Any]:
    return {"objectID": str(number), "created_at_i": 1_772_600_000 + number, "author": "ben", **values}


def test_names_of_authors_and_beginnings_of_words_are_no_finds() -> None:
    async def scene(server: ScriptedServer, tools: SourceTools) -> None:
        shown = page(
            hit(5, author="acme", comment_text="Lunch was good"),
            hit(4, title="On acmeology", url="https://blog.example/"),
            hit(3, title="A bill", url="https://acme.example/bill"),
            hit(2, story_text="Acme <i>again</i>", title="Ask"),
            hit(1, author="acme", comment_text="we at Acme are sorry"),
        )
        server.on("/api/v1/search_by_date", shown)
        batch = await search_on(server, tools).poll("")
        assert [post.external_id for post in posts_of(batch)] == ["1", "2", "3"]
        assert asked(server.requests[0])["queryType"] == "prefixNone"
        wanted = {"title", "story_text", "comment_text", "url"}
        assert set(asked(server.requests[0])["restrictSearchableAttributes"].split(",")) == wanted
        assert json.loads(batch.checkpoint)  # the walk goes on from what was shown, be it left out

    played(scene)
