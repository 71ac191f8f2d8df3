"""What is refused: where, and with which cure."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.text.query.errors import QueryError
from handlers.text.query.parse import MAX_DEPTH, MAX_LEAVES, MAX_QUERY, parse_query
from handlers.text.terms import MAX_TERM


def refused(query: str) -> QueryError:
    with pytest.raises(QueryError) as found:
        parse_query(query, lambda term: 0)
    return found.value


REFUSED = [
    ("", 0, "empty"),
    (" \n ", 0, "empty"),
    ("refund OR", 7, "OR at position 7 has nothing behind it."),
    ("OR refund", 0, "nothing before it"),
    ("a AND", 2, "AND at position 2 has nothing behind it."),
    ("a OR OR b", 2, "nothing behind"),
    ("a (OR b)", 3, "nothing before"),
    ("a (b OR) c", 5, "nothing behind"),
    ("a NOT", 2, "NOT at position 2 has nothing behind it."),
    ("a NOT OR b", 2, "nothing behind"),
    ("(a -)", 3, "stands alone"),
    ("a - b", 2, "minus at position 2 stands alone"),
    ("a –b", 2, "no minus"),
    ("a NOT NOT b", 2, "Two NOTs"),
    ("a NOT -b", 2, "Two NOTs"),
    ("a --b", 2, "Two NOTs"),
    ("a NOT (NOT b)", 2, "Two NOTs"),
    ("NOT a", 0, "NOT alone would match everything else"),
    ("-a -b", 0, "NOT alone"),
    ("NOT (a b)", 0, "NOT alone"),
    ("a OR NOT b", 5, "NOT alone"),
    ("a OR (-b -c)", 6, "NOT alone"),
    ("(NOT a) OR (b c)", 1, "NOT alone"),
    ("NOT (a NOT b)", 0, "NOT alone"),
    ("NOT lang:de", 0, "NOT alone"),
    ("a or b", 2, "“or” at position 2 is a small word: write OR, or put it in quotes."),
    ("a And b", 2, "write AND"),
    ("not a", 0, "write NOT"),
    ("a | b", 2, "write OR"),
    ("a && b", 2, "write AND"),
    ("a !b", 2, "write NOT"),
    ("+a b", 0, "Leave it out"),
    ("a , b", 2, "only punctuation"),
    ("a \u200b", 2, "only punctuation"),
    ('a ""', 2, "nothing between"),
    ('a " "', 2, "nothing between"),
    ("a ``", 2, "nothing between"),
    ("a ()", 2, "nothing in the brackets"),
    ("a (", 2, "not closed"),
    ("a (b", 2, "The bracket at position 2 is not closed."),
    ("a ((b)", 2, "not closed"),
    ("a)", 1, "closes none"),
    (")", 0, "closes none"),
    ('a "b', 2, "The quotation mark at position 2 is not closed."),
    ("a `b", 2, "The backtick at position 2 is not closed."),
    ('title:"b', 6, "not closed"),
    ('a"b c"', 1, "inside a word"),
    ('"a b"c', 5, "put a space behind it"),
    ('"a b"*', 5, "a star stands inside"),
    ("`a`*", 3, "takes no star"),
    ("'charged twice'", 0, 'write "charged twice"'),
    ("a ‘b c’ d", 2, 'write "b c"'),
    ("*", 0, "lone"),
    ("*fund", 0, "at the end"),
    ("re*und", 0, "at the end"),
    ('"cha* twice"', 0, "at the end"),
    ('"*"', 0, "lone"),
    ('"* a"', 0, "at the end"),
    ("#", 0, "#acme"),
    ("a @", 2, "@acme"),
    ("a acme[.]example", 2, "Write acme.example"),
    ("acme(.)example", 0, "Write acme.example"),
    ("autor:kim acme", 0, "did you mean author:kim?"),
    ("a titel:b", 2, "did you mean title:b?"),
    ('tittle:"a b"', 0, 'did you mean title:"a b"?'),
    ("sorce:blog", 0, "did you mean source:blog?"),
    ("language:de a", 0, "did you mean lang:de?"),
    ("sit:acme.example", 0, "did you mean site:acme.example?"),
    ("domain:acme.example", 0, "did you mean site:acme.example?"),
    ("tpye:comment", 0, "did you mean type:comment?"),
    ("-autor:kim a", 1, "author:"),
    ('note:"a b"', 0, "it knows site:, title:, author:, lang:, type:, source:"),
    ("site:", 0, "site:example.com"),
    ("site: acme.example", 0, "directly behind it"),
    ("title:(a OR b)", 0, "directly behind it"),
    ("site:https://acme.example/a?b", 0, "site:acme.example/a"),
    ("site:*.acme.example", 0, "site:acme.example"),
    ("site:acme.example/*", 0, "star is not needed"),
    ("site:/r/saas", 0, "host"),
    ("site:acme*", 0, "host"),
    ("lang:de-AT", 0, "lang:de"),
    ("lang:German", 0, "lang:de"),
    ("lang:deutsch", 0, "two or three letters"),
    ("lang:d*", 0, "star"),
    ("type:reply", 0, "type:comment"),
    ("type:x", 0, "neither"),
    ("author:@", 0, "author:kim"),
    ("author:ki*", 0, "star"),
    ("author:`kim`", 0, "without them"),
    ("source:b*", 0, "star"),
    (f"a {'b' * (MAX_TERM + 1)}", 2, str(MAX_TERM)),
    ("a " * (MAX_LEAVES + 1), 2 * MAX_LEAVES, "two topics"),
    ("(" * (MAX_DEPTH + 1) + "a", MAX_DEPTH, "deep"),
    ("a" * (MAX_QUERY + 1), MAX_QUERY, "at most 2,000"),
]


@pytest.mark.parametrize(("query", "position", "said"), REFUSED)
def test_a_query_is_refused_where_it_goes_wrong(query: str, position: int, said: str) -> None:
    error = refused(query)
    assert said in str(error)
    assert error.position == position


BOTH = [
    ("acme refund OR chargeback", 15, "(acme refund) OR chargeback", "acme (refund OR chargeback)"),
    ("refund OR chargeback acme", 21, "refund OR (chargeback acme)", "(refund OR chargeback) acme"),
    ("a AND b OR c", 11, "(a b) OR c", "a (b OR c)"),
    ("a OR b -c", 7, "a OR (b -c)", "(a OR b) -c"),
    ("x (a b OR c)", 10, "(a b) OR c", "a (b OR c)"),
    ('a "b c" OR (d e) f', 11, '(a "b c") OR ((d e) f)', 'a ("b c" OR (d e)) f'),
    ("site:a.example AND site:b.example", 19, "site:a.example OR site:b.example", "(site:a.example) (site:b.example)"),
    ("lang:de AND acme AND lang:fr", 21, "lang:de OR lang:fr", "(lang:de) (lang:fr)"),
]


@pytest.mark.parametrize(("query", "position", "one", "other"), BOTH)
def test_what_can_be_read_in_two_ways_shows_both(query: str, position: int, one: str, other: str) -> None:
    error = refused(query)
    assert f"Both readings are possible at position {position}: " in str(error)
    assert f"Either {one} or {other}." in str(error)
    assert error.position == position
    for reading in (one, other):
        parse_query(reading, lambda term: 0)


@pytest.mark.parametrize(
    "query", ["a AND b c", "a (b OR c) NOT d", "site:a.example site:b.example AND acme", "a OR (b)"]
)
def test_what_can_be_read_in_one_way_is_taken(query: str) -> None:
    parse_query(query, lambda term: 0)


def test_a_caret_points_at_the_place() -> None:
    assert refused("acme or refund").pointed == ("acme or refund", "     ^")
    assert refused("返金 or x").pointed == ("返金 or x", "     ^")
    assert refused("a\nor b").pointed == ("a or b", "  ^")
    line, caret = refused("a " * 100 + "or " + "b " * 100).pointed
    assert line.startswith("…a a")
    assert line.endswith("…")
    assert line[caret.index("^") :].startswith("or b")


@given(st.text(st.sampled_from("ab ()\"`*-:|.#@'“or") | st.characters(codec="utf-8"), max_size=60))
def test_whatever_is_typed_is_read_or_refused_at_a_place_in_it(query: str) -> None:
    try:
        parse_query(query, lambda term: 0)
    except QueryError as error:
        assert 0 <= error.position <= len(query)  # noqa: PT017
        assert len(error.pointed[0]) < 80  # noqa: PT017
