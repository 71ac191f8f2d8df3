import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from handlers.text.match import Match, Matcher, Topic, TopicError
from handlers.text.terms import TermError
from storage.text.normalise import FLOATING, HANGUL, fold, is_mark, joined, kind
from tests.harness.linear import assert_linear


def found(term: str, text: str = "", *, title: str = "", links: tuple[str, ...] = (), lang: str = "") -> bool:
    matcher = Matcher([Topic(name="t", department="support", any=(term,))])
    return matcher.match(title, text, links, lang) is not None


WORDS_FOUND = [
    ("acme", "ACME is down"),
    ("acme", "“Acme’s” invoice"),
    ("acme", "ａｃｍｅ"),
    ("acme", "ac\u00adme and a\u200bcme"),
    ("acme", "acmeが好き"),
    ("acme", "株式会社acme"),
    ("acme", "acmeом"),
    ("acme", "acme가 좋아요"),
    ("acme", "#acme"),
    ("acme", "@acme"),
    ("acme", "@acme_support"),
    ("acme", "see https://acme.example/x"),
    ("acme", "acmeology, but acme"),
    ("返金", "すぐに返金してください"),
    ("คืนเงิน", "ขอคืนเงินด้วย"),
    ("환불", "환불을 원해요"),
    ("환불", "acme환불해주세요"),
    ("charged twice", "I was charged\n twice"),
    ("charged twice", "charged\u00a0twice!"),
    ("can't log in", "I can’t log in"),
    ("straße", "STRASSE"),
    ("iptal", "İPTAL"),
    ("c++", "C++ is"),
    ("15", "15年"),
    ("refund*", "Refunds!"),
    ("refund*", "refund"),
    ("charged tw*", "charged twice"),
    ("бил*", "билет"),
    ("बिल*", "बिलों"),
    ("👍", "👍🏽 acme"),
]

WORDS_MISSED = [
    ("acme", "acmeology"),
    ("acme", "macme"),
    ("acme", "acme2"),
    ("acme", "ac me"),
    ("cafe", "café"),
    ("cafe", "cafe\u0301"),
    ("cafe*", "cafe\u0331"),
    ("acme", "x\u0331acme"),
    ("か", "が"),
    ("か", "か\u3099"),
    ("बिल", "बिलों"),
    ("배", "담배"),
    ("5", "15年"),
    ("charged twice", "charged him twice"),
    ("charged twice", "discharged twice"),
    ("refund*", "prerefund"),
    ("билет", "билеты"),
]


@pytest.mark.parametrize(("term", "text"), WORDS_FOUND)
def test_a_word_is_found_where_people_read_it(term: str, text: str) -> None:
    assert found(term, text)


@pytest.mark.parametrize(("term", "text"), WORDS_MISSED)
def test_a_word_is_not_found_inside_another(term: str, text: str) -> None:
    assert not found(term, text)


@pytest.mark.parametrize("text", ["#Acme", "so ＃acme!", "好き#acme", "(#acme)", "#acme-like", "#foo #acme"])
def test_a_hashtag_is_found_as_it_is_written(text: str) -> None:
    assert found("#acme", text)


@pytest.mark.parametrize(
    "text", ["acme", "#acmecorp", "#acme2", "#acme_corp", "#acmeが好き", "no#acme", "https://x.example/#acme", "# acme"]
)
def test_a_hashtag_is_not_found_in_a_longer_one_or_in_an_address(text: str) -> None:
    assert not found("#acme", text)


@pytest.mark.parametrize(
    "text",
    [
        "@acme",
        ".@ACME!",
        "@acme.",
        "@acme's",
        "@acme@mastodon.example",
        "@acmeさん",
        "https://mastodon.example/@acme",
        "＠acme",
        "@bob @acme-",
    ],
)
def test_a_handle_is_found_on_any_server(text: str) -> None:
    assert found("@acme", text)


@pytest.mark.parametrize(
    "text",
    [
        "acme",
        "@acmecorp",
        "@acme_corp",
        "@acme-corp",
        "@acme.example",
        "foo@acme.example",
        "foo@acme",
        "foo_@acme",
        "@acmé",
    ],
)
def test_a_handle_is_not_found_in_a_longer_one_or_in_an_email_address(text: str) -> None:
    assert not found("@acme", text)


SITE_FOUND = [
    "https://example.com",
    "HTTP://Example.COM:8080/x",
    "http://blog.example.com/?q",
    "(https://example.com).",
    "see https://example.com。すごい",
    "https://example.comを見て",
    "https://user:secret@example.com/",
]
SITE_MISSED = [
    "example.com",
    "https://example.com.evil.example/",
    "https://notexample.com/",
    "https://evil.example/https/example.com",
    "https://example.com@evil.example/",
    "ftp://example.com/",
    "https://evil.example\\.example.com/",
]


@pytest.mark.parametrize("address", SITE_FOUND)
def test_a_site_is_known_by_the_host_of_a_link(address: str) -> None:
    assert found("site:example.com", f"look {address}")
    assert found("site:example.com", links=("https://other.example/", re.sub(r"^\W*(see )?", "", address)))


@pytest.mark.parametrize("address", SITE_MISSED)
def test_another_host_is_another_site(address: str) -> None:
    assert not found("site:example.com", f"look {address}")
    assert not found("site:example.com", links=(address,))


@pytest.mark.parametrize("term", ["site:bücher.example", "site:xn--bcher-kva.example"])
@pytest.mark.parametrize(
    "link", ["https://www.bücher.example/", "https://xn--bcher-kva.example/", "https://BÜCHER.example"]
)
def test_a_site_is_the_same_in_letters_and_in_punycode(term: str, link: str) -> None:
    assert found(term, links=(link,))


@pytest.mark.parametrize("host", ["xn--", "xn---", "xn--\u00fc", "xn--" + "9" * 200, "..", "[::1]:80", "@:"])
def test_a_broken_host_is_no_site_and_no_trouble(host: str) -> None:
    assert not found("site:example.com", f"https://{host}/")


@pytest.mark.parametrize(
    ("lang", "expected"), [("de", True), ("de-AT", True), ("DE_ch", True), ("den", False), ("", False)]
)
def test_a_language_is_compared_without_its_region(lang: str, expected: bool) -> None:
    assert found("lang:de", "Rechnung", lang=lang) is expected


def test_words_are_found_in_title_and_links_but_no_phrase_runs_over_from_one_into_the_next() -> None:
    assert found("acme", title="Acme")
    assert found("acme", links=("https://acme.example/",))
    assert found("charged twice", title="charged twice")
    assert not found("charged twice", "twice", title="charged")


BILLING = Topic(
    name="billing", department="finance", any=("Refund", "charged twice"), all=("acme",), none=("acme anvil", "#ad")
)
PRAISE = Topic(name="praise", department="marketing", any=("love*",))
ACME = Topic(name="acme", department="support", all=("Acme",))
MATCHER = Matcher([BILLING, PRAISE, ACME])


def test_first_topic_in_order_decides_and_the_others_are_named() -> None:
    assert MATCHER.match("", "I love Acme, they refund") == Match(
        topic="billing", department="finance", terms=("Refund", "acme"), others=("praise", "acme")
    )


def test_any_and_all_are_both_needed() -> None:
    assert MATCHER.match("", "a refund please") is None
    match = MATCHER.match("", "acme please")
    assert match is not None
    assert (match.topic, match.terms, match.others) == ("acme", ("Acme",), ())


@pytest.mark.parametrize("text", ["refund for my Acme anvil", "acme refund #AD"])
def test_none_takes_a_post_out_of_its_topic_only(text: str) -> None:
    match = MATCHER.match("", text)
    assert match is not None
    assert match.topic == "acme"


def test_what_no_topic_recognises_is_no_match() -> None:
    assert MATCHER.match("", "nothing of note") is None
    assert MATCHER.match("", "") is None
    assert Matcher([]).match("", "acme") is None


def test_a_topic_that_could_never_match_is_refused() -> None:
    with pytest.raises(TopicError, match="any or all"):
        Topic(name="empty", department="support", none=("acme",))
    with pytest.raises(TermError):
        Topic(name="wrong", department="support", any=("acme",), none=("*",))


def test_one_needle_serves_a_word_and_a_prefix() -> None:
    matcher = Matcher(
        [Topic(name="word", department="a", any=("acme",)), Topic(name="prefix", department="b", any=("acme*",))]
    )
    exact, longer = matcher.match("", "acme"), matcher.match("", "acmes")
    assert exact is not None
    assert longer is not None
    assert (exact.topic, exact.others, longer.topic) == ("word", ("prefix",), "prefix")


def naive(term: str, text: str) -> bool:
    """Look for a word or prefix at every place in turn."""
    needle, prefix, hay = fold(term.rstrip("*")), term.endswith("*"), fold(text)
    for start in range(len(hay)):
        end = start + len(needle)
        if hay[start:end] != needle or (start > 0 and joined(hay[start - 1], hay[start])):
            continue
        after = hay[end : end + 1]
        if not after:
            return True
        if is_mark(after) and (not prefix or kind(after) == FLOATING):
            continue
        if prefix or not joined(hay[end - 1], after) or kind(after) == kind(hay[end - 1]) == HANGUL:
            return True
    return False


ALPHABET = "abAB é\u0301\u00ad1-'’.\nがかﾞ환불ไทбИıß_"


@settings(max_examples=400)
@given(
    terms=st.lists(
        st.text("abé1かが환б '", min_size=1, max_size=4).filter(lambda text: bool(text.strip())), min_size=1, max_size=6
    ),
    starred=st.lists(st.booleans(), min_size=6, max_size=6),
    text=st.text(ALPHABET, max_size=40),
)
@example(terms=["a", "ab", "b"], starred=[False, True, False] * 2, text="ab a\u0301 abb")
def test_the_automaton_finds_exactly_what_looking_everywhere_finds(
    terms: list[str], starred: list[bool], text: str
) -> None:
    written = [term.strip() + "*" * star for term, star in zip(terms, starred, strict=False)]
    matcher = Matcher([Topic(name=str(n), department="d", any=(term,)) for n, term in enumerate(written)])
    match = matcher.match("", text)
    names = [] if match is None else [match.topic, *match.others]
    assert names == [str(n) for n, term in enumerate(written) if naive(term, text)]


HOSTILE = [
    "acmeacme",
    "acme\u0301",
    "aaaa",
    "@acme.",
    "https://a.b.c.d/",
    "https://x",
    "https://xn--a@",
    "#acme_",
    "ﷺ",
    "\u0300\u0316",
]


@pytest.mark.parametrize("piece", HOSTILE)
def test_hostile_text_costs_no_more_than_its_length(piece: str) -> None:
    terms = ("acme", "@acme", "#acme", "site:example.com", *("a" * length for length in range(1, 30)), "acmea*")
    matcher = Matcher([Topic(name="t", department="d", any=("zebra",), none=terms)])

    assert_linear(lambda text: matcher.match("", text), lambda length: (piece * length)[:length])


def test_a_reason_stays_short() -> None:
    matcher = Matcher([Topic(name="t", department="d", any=tuple(f"word{n}" for n in range(50)))])
    match = matcher.match("", " ".join(f"word{n}" for n in range(50)))
    assert match is not None
    assert match.terms == ("word0", "word1", "word2", "word3", "word4")
    assert all(re.fullmatch(r"word\d", term) for term in match.terms)
