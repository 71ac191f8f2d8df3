"""A post is matched with all that its source tells of it, and the card says which words made it a mention."""

from dataclasses import replace

import pytest

from handlers.base.events import Author, Posted
from handlers.base.organisation import SourceRules
from handlers.listen.appraise import matched
from handlers.listen.baseline import stored_baseline, weigh
from handlers.listen.route import Decision, decide
from handlers.text.match import Matcher, Topic
from storage.listen import posts
from tests.harness.scene import ORGANISATION, Scene

POST = Posted(
    external_id="1",
    title="Down again",
    text="Charged twice, where is my refund?",
    url="https://forum.example/t/1",
    author=Author(name="Kim Smith", handle="@Kim@social.example"),
    lang="de-at",
    langs=("en",),
    links=("https://blog.acme.example/x",),
    reply_to="0",
)


def decided(query: str, post: Posted = POST) -> Decision | None:
    matcher = Matcher([Topic(name="billing", department="finance", query=query)])
    return decide(matcher, ORGANISATION, SourceRules(name="forum", kind="feed", unmatched="drop"), post)


@pytest.mark.parametrize(
    "query",
    [
        "author:kim",
        "source:forum",
        "type:comment",
        "lang:de",
        "lang:en",
        "title:down",
        "site:forum.example/t",
        "site:acme.example",
        "acme.example",
    ],
)
def test_what_the_source_tells_is_asked_for(query: str) -> None:
    assert decided(f"refund {query}") is not None
    assert decided(f"refund -{query}") is None


def test_a_post_without_a_handle_is_asked_by_the_name_of_its_author() -> None:
    assert decided('author:"kim smith"', replace(POST, author=Author(name="Kim Smith"))) is not None
    assert decided('author:"kim smith"') is None


def test_the_reason_names_the_leaves_that_made_it_a_mention() -> None:
    found = decided('title:down (refund* OR chargeback) "charged twice" -lang:fr')
    assert found is not None
    assert found.reason == "Topic billing: “title:down”, “refund*”, “charged twice”"


def test_what_stood_there_before_is_counted_with_all_that_is_stored_of_it(scene: Scene) -> None:
    matcher = Matcher([Topic(name="t", department="finance", query="author:kim type:comment source:blog lang:de")])
    old = replace(POST, external_id="old")
    scene.ingest(old, baseline=("old",))
    assert scene.database.read(lambda session: stored_baseline(session, matcher, "blog")).matching == 1
    assert weigh(matcher, "blog", [old]).matching == 1
    assert weigh(matcher, "forum", [old]).matching == 0


def test_former_words_are_matched_as_those_of_their_source(scene: Scene) -> None:
    scene.ingest(replace(POST, external_id="old"), baseline=("old",))

    def matches(source: str) -> bool:
        matcher = Matcher([Topic(name="t", department="finance", query="refund source:blog")])
        row = scene.database.read(lambda session: posts.known(session, "blog", ["old"]))["old"]
        return matched(matcher, source, row, POST)

    assert matches("blog")
    assert not matches("forum")
