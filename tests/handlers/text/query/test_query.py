"""What each rule of the language means for posts."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handlers.text.match import Match, Matcher, Topic, TopicError
from tests.harness.linear import assert_linear


def matched(query: str, text: str = "", links: tuple[str, ...] = (), title: str = "", **post: Any) -> Match | None:
    return Matcher([Topic(name="t", department="support", query=query)]).match(
        title, text, links, post.pop("lang", ""), **post
    )


WORDS = [
    ("refund acme", "Acme owes me a refund", True),
    ("refund acme", "Acme", False),
    ("refund AND acme", "acme, refund", True),
    ("refund AND acme", "refund", False),
    ("refund OR chargeback", "a chargeback", True),
    ("refund OR chargeback", "a charge", False),
    ("acme NOT jobs", "acme", True),
    ("acme NOT jobs", "acme jobs", False),
    ("acme -jobs", "acme jobs", False),
    ("acme −jobs", "acme jobs", False),
    ("acme -(jobs OR hiring)", "acme is hiring", False),
    ("acme -(jobs hiring)", "acme is hiring", True),
    ('acme -"we are hiring"', "acme: we are\nhiring", False),
    ('acme -"we are hiring"', "acme: we were hiring", True),
    ("acme NOT(jobs OR hiring)", "acme hiring", False),
    ("-jobs acme", "acme", True),
    ("-jobs acme", "acme jobs", False),
    ("e-mail", "no e-mail", True),
    ("e-mail", "no e‑mail", True),
    ("e-mail", "e mail", False),
    ("acme (refund OR (charged -once))", "acme charged me", True),
    ("acme (refund OR (charged -once))", "acme charged me once", False),
    ("acme (refund OR (charged -once))", "acme charged me once; refund!", True),
    ("((acme))", "acme", True),
    ("（acme OR refund） down", "refund is down", True),
    ("acme (refund OR -jobs)", "acme", True),
    ("acme (refund OR -jobs)", "acme jobs", False),
    ("acme (refund OR -jobs)", "acme jobs refund", True),
    ("acme -(jobs -berlin)", "acme jobs in berlin", True),
    ("acme -(jobs -berlin)", "acme jobs in rome", False),
    ('"or" acme', "acme or not", True),
    ('"or" acme', "acme", False),
    ("“charged twice”", "charged\n\t twice", True),
    ('"charged twice"', "discharged twice", False),
    ('"charged twice"', "charged, twice", False),
    ('"charged tw*"', "charged two euros", True),
    ('"charged tw*"', "charged to", False),
    ("refund*", "refunding", True),
    ("refund*", "prerefunding", False),
    ("#refund*", "#refunds", True),
    ("#refund*", "refunds", False),
    ("10:30 acme", "acme, at 10:30", True),
    ("re:invent", "at re:Invent", True),
    ("size:xl acme", "acme size:xl", True),
    ('"site:acme.example"', "search for site:acme.example", True),
    ('"-acme"', "use -acme", True),
    ("c++", "C++ is", True),
    ("at&t", "AT&T", True),
    ("İPTAL", "iptal", True),
    ("straße", "STRASSE", True),
    ("cafe", "café", False),
    ("café", "cafe\u0301", True),
    ("can’t", "I can't", True),
    ("ａｃｍｅ", "acme", True),
    ("acme", "http://acme.example/", True),
    ("请求", "我请求退款", True),
    ("환불", "환불을", True),
    ("배", "담배", False),
    ("ספר", "הספר", True),
    ("🔥", "so 🔥🔥", True),
    ("👍", "👍🏽", True),
]


@pytest.mark.parametrize(("query", "text", "expected"), WORDS)
def test_words_operators_and_brackets(query: str, text: str, expected: bool) -> None:
    assert (matched(query, text) is not None) is expected


LITERALS = [
    ("`SAP`", "SAP", True),
    ("`SAP`", "sap", False),
    ("`SAP`", "SAPs", False),
    ("`SAP`", "SAP2", False),
    ("`SAP`", "ASAP", False),
    ("`SAP`", "SAP's (SAP) SAP_x", True),
    ("`SAP`", "SAPs, but SAP", True),
    ("`SAP`", "SAPの導入", True),
    ("`SAP`", "SAP는", True),
    ("`SAP`", "SAP\u0301", False),
    ("`C++`", "c++", False),
    ("`C++`", "C++11", True),
    ("`C++`", "ObjC++", False),
    ("`.NET`", "the .NET runtime", True),
    ("`.NET`", "ASP.NET", True),
    ("`.NET`", ".net", False),
    ("`.NET`", ".NETWORK", False),
    ("`(-:`", "well (-:", True),
    ("`(-:`", "well (:", False),
    ("`:-)` acme", "acme :-)", True),
    ("`Café`", "Cafe\u0301", True),
    ("`Café`", "café", False),
    ("`Café`", "Cafés", False),
    ("`Acme Pay`", "Acme Payment", False),
    ("`SAP HANA`", "ASAP HANA", False),
    ("`SAP HANA`", "ASAP HANA, SAP HANA", True),
    ("`株式会社`", "株式会社Acme", True),
    ("`a*b`", "a*b", True),
    ("`a*b`", "axb", False),
    ('`say "no"`', 'say "no"', True),
    ("`A  B`", "A B", False),
    ("`É`", "É", True),
    ("`™`", "Acme™", True),
    ("`İ`", "İ", True),
    ("`x`", "a\u200bx", False),
]


@pytest.mark.parametrize(("query", "text", "expected"), LITERALS)
def test_literals_count_case_and_signs(query: str, text: str, expected: bool) -> None:
    assert (matched(query, text) is not None) is expected
    assert (matched(query, "", title=text) is not None) is expected
    assert (matched(query, "else", links=(text,)) is not None) is expected


HOSTS = [
    ("acme.example", "acme.example", True),
    ("acme.example", "go to ACME.example.", True),
    ("acme.example", "https://www.acme.example:8080/x", True),
    ("acme.example", "shop.eu.acme.example", True),
    ("acme.example", "acme.example.", True),
    ("acme.example", "(acme.example)", True),
    ("acme.example", "_acme.example_", True),
    ("acme.example", "-acme.example", True),
    ("acme.example", "das acme.example-Konto", True),
    ("acme.example", "acme[.]example", True),
    ("acme.example", "blog(.)acme[.]example", True),
    ("acme.example", "hello@acme.example", True),
    ("acme.example", "https://x.test/?u=https%3A%2F%2Facme.example", True),
    ("acme.example", "acme.examples", False),
    ("acme.example", "notacme.example", False),
    ("acme.example", "not-acme.example", False),
    ("acme.example", "acme.example.evil.test", False),
    ("acme.example", "acme[.]example[.]evil[.]test", False),
    ("acme.example", "https://acme.example@evil.test/", False),
    ("acme.example", "https://acme.example-login.test/", False),
    ("acme.example", "acme example", False),
    ("bücher.example", "https://xn--bcher-kva.example/", True),
    ("xn--bcher-kva.example", "bei BÜCHER.example", True),
    ("acme.co.uk", "acme[.]co[.]uk", True),
    ("node.js", "Node.js is", True),
    ("3.5", "version 3.5", True),
    ("title:acme.example", "acme[.]example", False),
]


@pytest.mark.parametrize(("query", "text", "expected"), HOSTS)
def test_a_bare_host_is_found_with_those_below_it(query: str, text: str, expected: bool) -> None:
    assert (matched(query, text) is not None) is expected


SITES = [
    ("site:acme.example", "https://acme.example", True),
    ("site:acme.example", "HTTPS://Blog.Acme.Example/x", True),
    ("site:acme.example", "https://acme.example:443/", True),
    ("site:acme.example", "https://user@acme.example/", True),
    ("site:acme.example", "https://acme.example@evil.test/", False),
    ("site:acme.example", "https://evil.test/?u=acme.example", False),
    ("site:acme.example", "acme.example", False),
    ("site:reddit.com/r/saas", "https://www.reddit.com/r/SaaS/comments/1/x", True),
    ("site:reddit.com/r/saas/", "https://reddit.com/r/saas", True),
    ("site:reddit.com/r/saas", "https://reddit.com/r/saas?sort=new", True),
    ("site:reddit.com/r/saas", "https://reddit.com/r/saas#top", True),
    ("site:reddit.com/r/saas", "see https://reddit.com/r/saas.", True),
    ("site:reddit.com/r/saas", "https://reddit.com/r/saasを見て", True),
    ("site:reddit.com/r/saas", "https://reddit.com/r/saasy/", False),
    ("site:reddit.com/r/saas", "https://reddit.com/r", False),
    ("site:reddit.com/r/saas", "https://reddit.com/", False),
    ("site:reddit.com/r/saas", "https://evil.test/reddit.com/r/saas", False),
    ("site:de.wikipedia.org/wiki/münchen", "https://de.wikipedia.org/wiki/M%C3%BCnchen", True),
    ("site:de.wikipedia.org/wiki/M%C3%BCnchen", "https://de.wikipedia.org/wiki/münchen", True),
    ("site:a.example site:b.example", "https://b.example/", True),
    ("site:a.example site:b.example", "https://c.example/", False),
    ("(site:a.example) (site:b.example)", "https://b.example/", False),
    ("(site:a.example) (site:b.example)", "https://b.example/ https://a.example/", True),
    ("acme -site:a.example -site:b.example", "acme https://b.example/", False),
    ("acme -site:a.example -site:b.example", "acme https://c.example/", True),
    ("site:a.example acme site:b.example", "acme https://b.example/", True),
]


@pytest.mark.parametrize(("query", "text", "expected"), SITES)
def test_a_site_is_a_link_there_or_below(query: str, text: str, expected: bool) -> None:
    assert (matched(query, text) is not None) is expected
    words = " ".join(word for word in text.split() if "://" not in word)
    assert (matched(query, words, links=tuple(text.split())) is not None) is expected


TITLES = [
    ("title:outage", "An outage", "", True),
    ("title:outage", "Down", "outage", False),
    ("title:outage", "", "outage", False),
    ("title:out*", "Outages", "", True),
    ('title:"big outage"', "A big  outage", "", True),
    ('title:"big outage"', "A big", "outage", False),
    ('title:"big out*"', "A big outage", "", True),
    ("title:`SAP`", "SAP", "", True),
    ("title:`SAP`", "sap", "SAP", False),
    ("title:#acme", "#acme", "", True),
    ("title:#acme", "acme", "#acme", False),
    ("title:acme.example", "acme[.]example", "", True),
    ("title:acme.example", "", "acme[.]example", False),
    ("title:アクメクラウド", "アクメ・クラウド", "", True),
    ("title:アクメクラウド", "x", "アクメ・クラウド", False),
    ("title:outage -title:planned", "Planned outage", "", False),
    ("title:outage -title:planned", "outage", "planned", True),
    ("title:acme title:down", "Acme", "down", False),
    ("title:acme title:down", "Acme is down", "", True),
    ("title:or", "this or that", "", True),
]


@pytest.mark.parametrize(("query", "title", "text", "expected"), TITLES)
def test_a_title_is_looked_at_alone(query: str, title: str, text: str, expected: bool) -> None:
    assert (matched(query, text, title=title) is not None) is expected


FACTS: list[tuple[str, dict[str, Any], bool]] = [
    ("author:kim", {"author": "@Kim"}, True),
    ("author:@KIM", {"author": "kim"}, True),
    ("author:kim", {"author": "@kim@social.example"}, True),
    ("author:kim@social.example", {"author": "kim@social.example"}, True),
    ("author:kim@social.example", {"author": "kim@other.example"}, False),
    ("author:kim@social.example", {"author": "kim"}, False),
    ("author:kim", {"author": "kim_r"}, False),
    ("author:kim", {"author": ""}, False),
    ("author:u/kim", {"author": "Kim"}, True),
    ("author:ulla", {"author": "Ulla"}, True),
    ('author:"Kim Smith"', {"author": "Kim Smith"}, True),
    ("author:kim author:lee", {"author": "lee"}, True),
    ("author:kim OR author:lee", {"author": "lee"}, True),
    ("acme -author:kim", {"author": "lee"}, True),
    ("acme -author:kim", {"author": "kim"}, False),
    ("lang:de", {"lang": "de-at"}, True),
    ("lang:DE", {"lang": "de"}, True),
    ("lang:de", {"lang": "den"}, False),
    ("lang:de", {"lang": "en de"}, True),
    ("lang:de lang:fr", {"lang": "fr"}, True),
    ("lang:de", {"lang": ""}, False),
    ("acme -lang:de", {"lang": ""}, True),
    ("acme -lang:de", {"lang": "de-ch"}, False),
    ("acme (lang:de OR lang:en)", {"lang": "en"}, True),
    ("type:post", {}, True),
    ("type:post", {"answers": True}, False),
    ("type:comment", {"answers": True}, True),
    ("type:comment acme", {}, False),
    ("acme -type:comment", {}, True),
    ("type:post type:comment", {"answers": True}, True),
    ("source:blog-search", {"source": "blog-search"}, True),
    ("source:Blog-Search acme", {"source": "blog-search"}, True),
    ("source:blog-search acme", {"source": "blog"}, False),
    ("source:a source:b acme", {"source": "b"}, True),
    ("acme -source:forum", {"source": "forum"}, False),
    ("AUTHOR:kim", {"author": "kim"}, True),
    ("lang：de", {"lang": "de"}, True),
]


@pytest.mark.parametrize(("query", "facts", "expected"), FACTS)
def test_fields_ask_for_what_is_known_of_a_post(query: str, facts: dict[str, Any], expected: bool) -> None:
    assert (matched(query, "acme", **facts) is not None) is expected


REASONS = [
    ("acme refund*", "acme refunds", ("acme", "refund*")),
    ('(acme jobs) OR "charged twice"', "acme: charged twice", ("charged twice",)),
    ("acme NOT jobs", "acme", ("acme",)),
    ("acme -(jobs -berlin)", "acme jobs berlin", ("acme", "berlin")),
    ("acme (lang:de OR `SAP`)", "acme SAP", ("acme", "`SAP`")),
    ("a b c d e f g", "a b c d e f g", ("a", "b", "c", "d", "e")),
]


@pytest.mark.parametrize(("query", "text", "reasons"), REASONS)
def test_a_match_names_the_leaves_that_made_it(query: str, text: str, reasons: tuple[str, ...]) -> None:
    found = matched(query, text)
    assert found is not None
    assert found.terms == reasons


def test_queries_and_lists_stand_side_by_side_in_order() -> None:
    matcher = Matcher(
        [
            Topic(name="first", department="finance", query="acme refund"),
            Topic(name="lists", department="support", any=("acme",), none=("jobs",)),
            Topic(name="last", department="support", query="acme OR refund"),
        ]
    )
    found = matcher.match("", "a refund by acme")
    assert found is not None
    assert (found.topic, found.others) == ("first", ("lists", "last"))
    found = matcher.match("", "acme jobs")
    assert found is not None
    assert (found.topic, found.others) == ("last", ())


def test_a_query_takes_no_lists_beside_it() -> None:
    with pytest.raises(TopicError, match=r"say all of it in the query.*NOT \(this OR that\)"):
        Topic(name="t", department="d", query="acme", none=("jobs",))


WORD = st.sampled_from(["aa", "bb", "cc", "dd"])
TREES = st.recursive(
    WORD,
    lambda inner: st.one_of(
        st.tuples(st.just("NOT"), inner),
        st.tuples(st.sampled_from(["AND", "OR"]), st.lists(inner, min_size=2, max_size=3)),
    ),
    max_leaves=8,
)


def write(tree: Any) -> str:
    if isinstance(tree, str):
        return tree
    sign, inner = tree
    if sign == "NOT":
        return f"NOT ({write(inner)})" if not isinstance(inner, str) else f"-{inner}"
    between = " OR " if sign == "OR" else " "
    return "(" + between.join(map(write, inner)) + ")"


def holds(tree: Any, words: set[str]) -> bool:
    if isinstance(tree, str):
        return tree in words
    sign, inner = tree
    if sign == "NOT":
        return not holds(inner, words)
    return (all if sign == "AND" else any)(holds(one, words) for one in inner)


def is_double(tree: Any) -> bool:
    if isinstance(tree, str):
        return False
    sign, inner = tree
    if sign == "NOT":
        return (not isinstance(inner, str) and inner[0] == "NOT") or is_double(inner)
    return any(map(is_double, inner))


@settings(max_examples=300)
@given(TREES.filter(lambda tree: not is_double(tree)), st.sets(WORD, min_size=1))
def test_any_tree_holds_as_logic_says(tree: Any, words: set[str]) -> None:
    found = matched(f"{write(tree)} zz", " ".join(sorted(words)) + " zz")
    assert (found is not None) is holds(tree, words)
    assert found is None or "zz" in found.terms or len(found.terms) == 5


@settings(max_examples=300)
@given(TREES.filter(lambda tree: not is_double(tree)), st.sets(WORD, min_size=1))
def test_a_query_is_refused_as_not_alone_or_matches_nothing_without_its_words(tree: Any, words: set[str]) -> None:
    try:
        nothing, something = (matched(write(tree), text) for text in ("zz", " ".join(sorted(words))))
    except ValueError as error:
        assert "NOT alone" in str(error)  # noqa: PT017
        return
    assert nothing is None
    assert (something is not None) is holds(tree, words)
    assert something is None or something.terms


HOSTILE = [
    ("`C++`", lambda length: "C+" * (length // 2)),
    ("`(-:`", lambda length: "(-" * (length // 2)),
    ("acme.example", lambda length: "acme.example-" * (length // 13)),
    ("acme.example", lambda length: "acme[.]example." * (length // 15)),
    ("site:a.example/b", lambda length: "https://a.example/b/" * (length // 20)),
    ("site:a.example/b", lambda length: "https://a.example" + "/b" * (length // 2)),
    ("site:a.example/b", lambda length: "https://a.example/" + "%2f" * (length // 3)),
    ("title:a", lambda length: "a " * (length // 2)),
]


@pytest.mark.parametrize(("query", "text_of"), HOSTILE)
def test_a_hostile_text_costs_by_its_length(query: str, text_of: Any) -> None:
    matcher = Matcher([Topic(name="t", department="support", query=query)])
    assert_linear(lambda text: matcher.match("", text), text_of)
