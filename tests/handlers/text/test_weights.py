"""Rules of weights: what X counts, by the rules that twitter-text publishes; the texts are ours."""

import time

import pytest

from handlers.base.charter import ReplyRules, length
from handlers.text.weights import has_link, weighted, without_links

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"
WAVING = "\U0001f44b\U0001f3fd"
SCOTLAND = "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f"


@pytest.mark.parametrize(
    ("text", "counted"),
    [
        ("", 0),
        ("Thank you, Kim.", 15),
        ("Grüße aus Łódź", 14),
        ("Привет", 6),
        ("שלום", 4),
        ("हिन्दी", 6),
        ("ありがとう", 10),
        ("감사", 4),
        ("ﾊﾝｶｸ", 8),
        ("“quoted” – and … so", 20),
        ("a→b", 4),
        ("5 €", 4),
        ("e\u0301", 1),  # one character in normal form C
        ("\u1112\u1161\u11ab", 2),
        ("a\u200db", 3),
        ("क्\u200dष", 4),
    ],
)
def test_characters_count_one_or_two(text: str, counted: int) -> None:
    assert weighted(text) == counted


@pytest.mark.parametrize(
    "emoji",
    [
        "\U0001f600",
        "☺",
        "☺\ufe0f",
        FAMILY,
        WAVING,
        SCOTLAND,
        "\U0001f1e9\U0001f1ea",
        "1\ufe0f\u20e3",
        "#\u20e3",
        "©\ufe0f",
    ],
)
def test_an_emoji_counts_two_however_it_is_made(emoji: str) -> None:
    assert weighted(emoji) == 2
    assert weighted(f"a{emoji}b{emoji}") == 6


def test_what_is_shown_as_text_is_no_emoji() -> None:
    assert weighted("©") == 1
    assert weighted("☺\ufe0e") == 4


@pytest.mark.parametrize(
    "link",
    [
        "http://a.example",
        "https://help.acme.example/refunds?order=17&lang=en#top",
        "HTTPS://ACME.EXAMPLE/",
        "https://acme.example/a_(film)",
        "https://acme.example:8443/x",
        "https://acme.example?q=1",
        "acme.example",
        "www.acme.example/refunds",
        "acme.de",
        "shop.acme.de",
        "acme.de/hilfe",
        "t.co",
        "acme.tv",
        "https://acme.example/" + "long/" * 100,
    ],
)
def test_a_link_counts_23_whatever_its_length(link: str) -> None:
    assert weighted(link) == 23
    assert weighted(f"See {link}.") == 4 + 23 + 1
    assert weighted(f"({link})") == 25
    assert has_link(f"See {link}, please")
    assert without_links(f"See {link}, please", "↗") == "See ↗, please"


@pytest.mark.parametrize(
    "text",
    [
        "ana@acme.example",
        "first.last@acme.example",
        "@acme.support",
        "#acme.example",
        "e.g. this",
        "17.50",
        "http://localhost",
        "http://no-ending",
        "a" * 64 + ".com",
        "ftp://",
    ],
)
def test_what_is_no_link_counts_as_it_stands(text: str) -> None:
    assert weighted(text) == len(text)
    assert not has_link(text)


@pytest.mark.parametrize("text", ["Node.js", "README.md", "late.Sorry"])
def test_what_has_the_form_of_a_link_counts_as_one(text: str) -> None:
    # X knows which endings there are by now; what is told to be too long before it is sent costs nobody anything.
    assert weighted(text) == 23


def test_a_link_ends_where_another_script_begins() -> None:
    assert weighted("acme.exampleの例") == 23 + 4
    assert weighted("https://acme.example/xの例") == 23 + 4


def test_a_reply_is_counted_so_where_its_rules_say_it() -> None:
    rules = ReplyRules(by_api=True, limit=280, unit="weighted characters")
    assert length("あ" * 140, rules) == 280
    assert length("See acme.example " + "x" * 240, rules) == 4 + 23 + 1 + 240


@pytest.mark.parametrize(
    "text", ["a." * 20_000, "a-" * 20_000, "http://a.bc/(" * 3_000, "a.bc/" + "(x" * 10_000, "." * 40_000]
)
def test_counting_takes_no_time(text: str) -> None:
    began = time.process_time()
    weighted(text)
    assert time.process_time() - began < 1.0
