"""The language beside an oracle that is slow and plain: it walks the tree that was written, over the words of a post.

Each leaf is asked of the list of words that a text was made of, so nothing of the automaton, of folding or of edges is
asked twice. Several queries stand in one matcher, as they do at work.
"""

import itertools
import unicodedata
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handlers.text.match import Matcher, Topic
from handlers.text.query.errors import QueryError
from handlers.text.query.parse import MAX_DEPTH, MAX_LEAVES, MAX_QUERY
from tests.harness.linear import assert_linear

SAID = (
    *(
        "refund",
        "REFUND",
        "refunds",
        "prerefund",
        "charged",
        "Charged",
        "twice",
        "two",
        "acme",
        "ＡＣＭＥ",
        "acmeology",
    ),
    *(
        "Größe",
        "GRÖSSE",
        "größen",
        "caf\u00e9",
        "cafe\u0301",
        "cafe",
        "SAP",
        "sap",
        "SAPs",
        "C++",
        "c++",
        "#refund",
        "@acme",
    ),
    *("環境", "環境問題", "환불", "환불을", "담환불", "🔥", "🔥🔥", "👍🏽", "zz"),
)
# Leaves by what they ask of words that stand apart: the very word, a beginning, a part, or letter by letter.
WORDS = ("refund", "acme", "größe", "café", "twice", "zz")
BEGINNINGS = ("refund*", "char*", "größe*", "acme*")
PARTS = ("環境", "🔥", "👍")
LITERALS = ("`SAP`", "`C++`", "`Größe`")
PHRASES = ('"charged twice"', '"charged tw*"', '"Größe acme"')
FACTS = ("lang:de", "lang:en", "author:kim", "type:comment", "type:post", "source:blog", "환불", "#refund", "@acme")


@dataclass(frozen=True)
class Post:
    title: tuple[str, ...]
    text: tuple[str, ...]
    lang: str
    author: str
    source: str
    answers: bool


def plain(word: str) -> str:
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", word).casefold())


def bare(word: str) -> str:
    """A hashtag and a handle are found by their word, too."""
    return plain(word).lstrip("#@")


def leaf_holds(leaf: str, post: Post) -> bool:
    field, _, value = leaf.partition(":")
    if value and field != "title":
        facts = {"lang": post.lang, "author": post.author, "source": post.source}
        return ("comment" if post.answers else "post") == value if field == "type" else facts[field] == value
    if value:
        return words_hold(value, post.title)
    return words_hold(leaf, post.title) or words_hold(leaf, post.text)


def words_hold(leaf: str, said: tuple[str, ...]) -> bool:
    if leaf[0] == "`":
        return leaf.strip("`") in [unicodedata.normalize("NFC", word) for word in said]
    if leaf[0] == '"':
        wanted = plain(leaf.strip('"')).split()
        runs = [[bare(said[at]), *map(plain, said[at + 1 : at + len(wanted)])] for at in range(len(said))]
        return any(len(run) == len(wanted) and all(map(word_is, wanted, run)) for run in runs)
    if leaf[0] in "#@":
        return leaf in map(plain, said)
    if leaf in PARTS:
        return any(leaf in word for word in said)
    return any(word_is(plain(leaf), bare(word)) for word in said)


def word_is(wanted: str, word: str) -> bool:
    if wanted.endswith("*") or wanted == "환불":  # Korean grows at the end of its words
        return word.startswith(wanted.rstrip("*"))
    return wanted == word


def holds(tree: Any, post: Post) -> bool:
    if isinstance(tree, str):
        return leaf_holds(tree, post)
    sign, inner = tree
    if sign in ("NOT", "-"):
        return not holds(inner, post)
    return (any if sign == "OR" else all)(holds(one, post) for one in inner)


def write(tree: Any) -> str:
    """Write a tree; what is denied or several stands in brackets, and so does a field, that two do not mean one of."""
    if isinstance(tree, str):
        return f"({tree})" if ":" in tree else tree
    sign, inner = tree
    if sign == "-":
        return f"-{write(inner)}"
    if sign == "NOT":
        return f"NOT {write(inner)}"
    return f"({JOINED[sign].join(map(write, inner))})"


JOINED = {"OR": " OR ", "AND": " AND ", "BOTH": " "}
OF_TEXT = (*WORDS, *BEGINNINGS, *PARTS, *LITERALS, *PHRASES)
OF_TITLES = tuple(f"title:{leaf}" for leaf in OF_TEXT)
LEAVES = st.sampled_from([*OF_TEXT, *FACTS]) | st.sampled_from(OF_TITLES)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.tuples(st.sampled_from(["NOT", "-"]), inner.filter(lambda one: one[0] not in ("NOT", "-"))),
        st.tuples(st.sampled_from([*JOINED]), st.lists(inner, min_size=2, max_size=3)),
    ),
    max_leaves=7,
)
TEXTS = st.lists(st.sampled_from(SAID), max_size=7).map(tuple)
POSTS = st.builds(
    Post,
    title=TEXTS,
    text=TEXTS,
    lang=st.sampled_from(["", "de", "en", "fr"]),
    author=st.sampled_from(["", "kim", "lee"]),
    source=st.sampled_from(["blog", "forum"]),
    answers=st.booleans(),
)


def topics_of(trees: list[Any]) -> list[tuple[Topic, Any]]:
    """Return a topic for each tree that is a query; what NOT alone would say is refused, and is none."""
    found = []
    for number, tree in enumerate(trees):
        try:
            found.append((Topic(name=f"t{number}", department="support", query=write(tree)), tree))
        except QueryError as error:
            assert "NOT" in str(error), (write(tree), str(error))  # noqa: PT017
    return found


@settings(max_examples=400)
@given(st.lists(TREES, min_size=1, max_size=4), POSTS, st.sampled_from([" ", "\n", " \t\u00a0"]))
def test_queries_hold_as_the_oracle_says_however_many_stand_in_one_matcher(
    trees: list[Any], post: Post, between: str
) -> None:
    topics = topics_of(trees)
    found = Matcher([topic for topic, _ in topics]).match(
        between.join(post.title),
        between.join(post.text),
        lang=post.lang,
        author=post.author,
        source=post.source,
        answers=post.answers,
    )
    expected = [topic.name for topic, tree in topics if holds(tree, post)]
    assert ([found.topic, *found.others] if found else []) == expected, [topic.query for topic, _ in topics]


def test_every_leaf_holds_of_every_pair_of_words_as_the_oracle_says_in_text_and_title() -> None:
    leaves = (*OF_TEXT, *OF_TITLES, "환불", "#refund", "@acme")
    matcher = Matcher([Topic(name=leaf, department="support", query=leaf) for leaf in leaves])
    for first, second in itertools.product(SAID, SAID):
        for title, text in (((), (first, second)), ((first,), (second,))):
            post = Post(title, text, lang="", author="", source="", answers=False)
            found = matcher.match(" ".join(title), " ".join(text))
            assert ([found.topic, *found.others] if found else []) == [
                one for one in leaves if leaf_holds(one, post)
            ], post


@pytest.mark.parametrize(
    ("query", "is_taken"),
    [
        ("(" * MAX_DEPTH + "acme" + ")" * MAX_DEPTH, True),
        ("(" * (MAX_DEPTH + 1) + "acme" + ")" * (MAX_DEPTH + 1), False),
        (" ".join(["acme"] * MAX_LEAVES), True),
        (" OR ".join(["acme"] * (MAX_LEAVES + 1)), False),
        ("acme " + "-(" * MAX_DEPTH + "acme zz" + ")" * MAX_DEPTH, False),
        ("acme" + " " * (MAX_QUERY - 4), True),
        ("acme" + " " * (MAX_QUERY - 3), False),
        ("acme " + "(" * 1_900, False),
        ("-" * 1_900 + "acme", False),
        ("`" * 1_901, False),
        ('"' * 1_900, False),
        ("🔥" * 200, True),
        ("🔥" * 201, False),
        ("環" * 1_900, False),
    ],
)
def test_hostile_lengths_and_nesting_are_taken_or_refused(query: str, is_taken: bool) -> None:
    try:
        topic = Topic(name="t", department="support", query=query)
    except QueryError as error:
        assert not is_taken, error.lines  # noqa: PT017
        assert all(len(line) < 500 for line in error.lines)  # noqa: PT017
    else:
        assert is_taken
        matched = Matcher([topic]).match("", "acme " + "🔥" * 200)
        assert matched is not None


def test_many_queries_over_a_long_text_cost_by_its_length() -> None:
    matcher = Matcher(
        [
            Topic(name=f"t{number}", department="support", query=f"({one} OR {other}) -(zz {one})")
            for number, (one, other) in enumerate(itertools.pairwise(OF_TEXT))
        ]
    )
    words = " ".join(SAID)
    assert_linear(lambda text: matcher.match("", text), lambda length: (words + " ") * (length // len(words)))
