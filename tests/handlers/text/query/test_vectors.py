"""The pairs of query and post that stand beside this checkout, where they do."""

import json
from pathlib import Path
from typing import Any

import pytest

from handlers.text.match import Matcher, Topic
from handlers.text.query.errors import QueryError

VECTORS = Path(__file__).resolve().parents[5] / "shared" / "vectors" / "queries.json"
KNOWN: dict[str, Any] = json.loads(VECTORS.read_text("utf-8")) if VECTORS.exists() else {"queries": [], "posts": {}}
PAIRS = [
    (one["query"], name, expected)
    for one in KNOWN["queries"]
    for expected, names in ((True, one.get("match", ())), (False, one.get("no_match", ())))
    for name in names
]
REFUSED = [(one["query"], one["refused"]) for one in KNOWN["queries"] if "refused" in one]


@pytest.mark.parametrize(("query", "name", "expected"), PAIRS)
def test_a_query_matches_the_posts_that_it_should(query: str, name: str, expected: bool) -> None:
    post = {"source": "web", "lang": "", "author": "", "title": "", "links": []} | KNOWN["posts"][name]
    found = Matcher([Topic(name="t", department="support", query=query)]).match(
        post["title"],
        post["text"],
        (post.get("url", ""), *post["links"]),
        post["lang"].lower(),
        author=post["author"],
        source=post["source"],
        answers=bool(post.get("reply_to")),
    )
    assert (found is not None) is expected


@pytest.mark.parametrize(("query", "said"), REFUSED)
def test_a_query_is_refused_with_place_or_cure(query: str, said: str) -> None:
    with pytest.raises(QueryError) as refused:
        Topic(name="t", department="support", query=query)
    assert said.lower() in str(refused.value).lower()
