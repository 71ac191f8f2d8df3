"""Rules of length: what a platform counts, and what a reader takes for one character."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.base.charter import EMOJI_BY_BYTES, ReplyRules, length
from handlers.text.graphemes import graphemes


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("hello", 5),
        ("a\r\nb", 3),
        ("\r\r\n\n", 3),
        ("e\u0301a\u0308\u0323", 2),  # letters with marks
        ("👨‍👩‍👧‍👦", 1),  # a family
        ("👩🏽‍🚀👍🏿", 2),  # skin tones
        ("🏳️‍🌈", 1),
        ("❤️‍🔥❤️", 2),
        ("1️⃣2️⃣", 2),  # keycaps
        ("🇩🇪🇫🇷", 2),
        ("🇩🇪🇫", 2),
        ("🇩a🇪", 3),
        ("🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f", 1),  # England, by tags
        ("한국어", 3),
        ("\u1112\u1161\u11ab\u1100\u116e\u11a8", 2),  # the same as Jamo
        ("\u1100\u1100\u1161", 1),
        ("क्षत्रिय", 3),  # Devanagari conjuncts
        ("ক্ষ", 1),
        ("நிலா", 2),  # Tamil vowel signs
        ("กำ", 1),  # Thai AM
        ("a\u200db", 2),  # a joiner between letters joins nothing
        ("👨\u200d", 1),
        ("\u200d👩", 2),
        ("a\u00adb", 3),  # a soft hyphen stands alone
        ("\u0600a", 1),  # what is prepended
        ("\u0301", 1),
        ("日本語", 3),
    ],
)
def test_what_a_reader_takes_for_one_character_counts_one(text: str, count: int) -> None:
    assert graphemes(text) == count


@given(st.text(), st.text())
def test_two_texts_never_count_more_than_each_alone_and_a_line_break_parts_them(one: str, other: str) -> None:
    assert graphemes(one + other) <= graphemes(one) + graphemes(other) <= len(one) + len(other)
    assert graphemes(one + "\u2028" + other) == graphemes(one) + 1 + graphemes(other)


@pytest.mark.parametrize(("unit", "count"), [("characters", 7), ("graphemes", 1), ("bytes", 25)])
def test_each_platform_counts_in_its_own_unit(unit: str, count: int) -> None:
    assert length("👨‍👩‍👧‍👦", ReplyRules(by_api=True, limit=300, unit=unit)) == count


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Thanks, we look into it.", 24),
        ("déjà vu 日本語", 11),
        ("e\u0301", 2),
        ("Sorry 👍", 6 + 4),
        ("👍🏿", 8),
        ("👨‍👩‍👧‍👦", 25),
        ("🇩🇪", 8),
        ("❤️", 6),
        ("1️⃣ 1", 7 + 2),
    ],
)
def test_an_emoji_counts_its_bytes_where_the_platform_says_so(text: str, count: int) -> None:
    assert length(text, ReplyRules(by_api=True, limit=500, unit=EMOJI_BY_BYTES)) == count


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("See https://acme.example/a/very/long/path?with=much.", 4 + 23 + 1),
        ("http://a.b", 23),
        ("https://acme.example https://acme.example", 47),
        ("https:// no link", 16),
        ("none", 4),
    ],
)
def test_a_link_counts_what_the_platform_says(text: str, count: int) -> None:
    assert length(text, ReplyRules(by_api=True, limit=500, unit="graphemes", link_length=23)) == count


def test_a_long_hostile_text_is_counted_in_no_time() -> None:
    start = time.thread_time()
    assert graphemes("a" + "\u0301" * 40_000 + "👨\u200d" * 40_000) == 2
    assert time.thread_time() - start < 2
