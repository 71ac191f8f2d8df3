"""Unseen marks are named; what has its reason is not."""

import pytest

from handlers.text.unseen import unseen_marks


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("a\u200bb", "Zero width space (U+200B), after “a”."),
        ("pay\u202eme", "Right-to-left override (U+202E), after “pay”."),
        ("\ufeffHello", "Zero width no-break space (U+FEFF), at the beginning."),
        ("soft\u00adly and hard\u00adly", "Soft hyphen (U+00AD), 2 times, first after “soft”."),
        ("a\u3164b", "Hangul filler (U+3164), after “a”."),
        ("a\u200db", "Zero width joiner (U+200D), after “a”."),
        ("x\U000e0041y", "Tag latin capital letter a (U+E0041), after “x”."),
        ("line\u2028line", "Line separator (U+2028), after “line”."),
        ("a\ufe0f", "Variation selector-16 (U+FE0F), after “a”."),
        ("b\ufe01", "Variation selector-2 (U+FE01), after “b”."),
        ("c\U000e0100", "Variation selector-17 (U+E0100), after “c”."),
    ],
)
def test_a_mark_that_nobody_sees_is_named_with_its_place(text: str, named: str) -> None:
    assert unseen_marks(text) == (named,)


@pytest.mark.parametrize(
    "text",
    [
        "Plain, with é, ü and ß.\nA second line.\tA tab.",
        "👨‍👩‍👧 ❤️ 🏳️‍🌈 👍🏽 1️⃣ 🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
        "می‌خواهم",
        "क्‍ष",
        "日本語、中文、한국어",
    ],
)
def test_what_has_its_reason_is_not_named(text: str) -> None:
    assert unseen_marks(text) == ()


def test_the_place_of_a_mark_is_told_without_the_marks_before_it() -> None:
    assert unseen_marks("pay\u202eme\u200b")[1] == "Zero width space (U+200B), after “payme”."


def test_many_kinds_are_counted() -> None:
    kinds = "".join(chr(code) for code in range(0x2060, 0x2065)) + "\u200b\u202e"
    found = unseen_marks(kinds * 1_000)
    assert len(found) == 6
    assert found[-1] == "and 2 more kinds of them."
