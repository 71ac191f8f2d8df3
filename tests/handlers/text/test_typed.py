"""What stands around the words that people type: quotes of every language, marks, dots; and what is no mark."""

import pytest

from handlers.text.typed import addresses_in, as_line, longest_name, take_argument, take_word, token_in, unquoted
from storage.text.normalise import fold
from tests.harness.linear import assert_linear


@pytest.mark.parametrize(
    "typed",
    [
        '"Dora Lind" please',
        "'Dora Lind' please",
        "“Dora Lind” please",
        "„Dora Lind“ please",
        "„Dora Lind” please",
        "”Dora Lind” please",
        "«Dora Lind» please",
        "« Dora Lind » please",
        "»Dora Lind« please",
        "‹Dora Lind› please",
        "‚Dora Lind‘ please",
        "‘Dora Lind’ please",
        "’Dora Lind’ please",
        "「Dora Lind」 please",
        "『Dora Lind』 please",
        "《Dora Lind》 please",
        "〝Dora Lind〟 please",
        "`Dora Lind` please",
        "＂Dora Lind＂ please",
        '“Dora Lind" please',
        '"Dora  Lind", please',
        '"Dora Lind": please',
        '  "Dora\u00a0Lind"   please',
    ],
)
def test_quotes_of_every_language_hold_one_argument_together(typed: str) -> None:
    argument = take_argument(typed)
    assert (argument.text, argument.rest, argument.quoted) == ("Dora Lind", "please", True)


@pytest.mark.parametrize(
    ("typed", "text", "rest"),
    [
        ("O'Neil please", "O'Neil", "please"),
        ("'t Hooft is away", "'t", "Hooft is away"),
        ('"Dora please look', "Dora", "please look"),
        ('12" pipe', '12"', "pipe"),
        ("Dora's is it", "Dora's", "is it"),
        ('Dora "please look"', "Dora", '"please look"'),
        ("", "", ""),
    ],
)
def test_what_is_no_quotation_ends_at_a_space(typed: str, text: str, rest: str) -> None:
    argument = take_argument(typed)
    assert (argument.text, argument.rest, argument.quoted) == (text, rest, False)


def test_an_apostrophe_inside_single_quotes_ends_nothing() -> None:
    assert take_argument("'Tim O'Neil' please").text == "Tim O'Neil"
    assert take_argument("‘Tim O’Neil’ please").text == "Tim O’Neil"


def test_quotes_are_taken_off_where_they_hold_all_of_it() -> None:
    assert unquoted("„Customer care“") == "Customer care"
    assert unquoted("'2h'") == "2h"
    assert unquoted('"a" or "b"') == '"a" or "b"'


@pytest.mark.parametrize(
    "word",
    [
        "#k7f2",
        "k7f2",
        "#K7F2",
        "`#k7f2`",
        "`k7f2`",
        "#k7f2.",
        "#k7f2,",
        "#k7f2:",
        "#k7f2;",
        "#k7f2!",
        "#k7f2?",
        "#k7f2…",
        "(#k7f2)",
        "[#k7f2]",
        "<#k7f2>",
        "*#k7f2*",
        "_#k7f2_",
        "~#k7f2~",
        "**#k7f2**",
        '"#k7f2"',
        "“#k7f2”",
        "„#k7f2“",
        "«#k7f2»",
        "‘#k7f2’",
        "「#k7f2」",
        "#k7f2。",
        "#k7f2、",
        "＃ｋ７ｆ２",
        "#k7\u200bf2",
        "\u200e#k7f2",
        "##k7f2",
        "→#k7f2",
        "(`#k7f2`).",
    ],
)
def test_marks_around_a_reference_are_no_part_of_it(word: str) -> None:
    assert token_in(word) == "k7f2"


@pytest.mark.parametrize(
    "word",
    [
        "",
        "#",
        "k7",
        "#k7f",
        "k7f2.3",
        "#k7f2#k7f3",
        "k7-f2",
        "ßk7f2",
        "k7f2é",
        "#k7f2k7f2k7f2k",
        "k7f2/k7f3",
        "а7f2x",
        "**",
    ],
)
def test_what_is_no_reference_is_not_made_one(word: str) -> None:
    assert token_in(word) is None


@pytest.mark.parametrize(
    ("word", "first", "last"),
    [
        ("https://shop.example/a", "https://shop.example/a", "https://shop.example/a"),
        ("HTTPS://shop.example/a.", "HTTPS://shop.example/a.", "HTTPS://shop.example/a"),
        ("<https://shop.example/a>", "https://shop.example/a", "https://shop.example/a"),
        ("`https://shop.example/a`,", "https://shop.example/a", "https://shop.example/a"),
        ("(https://shop.example/a)", "https://shop.example/a", "https://shop.example/a"),
        ("(https://shop.example/a_(b)).", "https://shop.example/a_(b)", "https://shop.example/a_(b)"),
        ("“https://shop.example/a”", "https://shop.example/a", "https://shop.example/a"),
        ("https://shop.example/a_(b)", "https://shop.example/a_(b)", "https://shop.example/a_(b)"),
        ("https://shop.example/Inc.", "https://shop.example/Inc.", "https://shop.example/Inc"),
        ("https://shop.example/a?b=c_", "https://shop.example/a?b=c_", "https://shop.example/a?b=c_"),
    ],
)
def test_an_address_is_read_as_it_stands_and_without_the_end_of_a_sentence(word: str, first: str, last: str) -> None:
    found = addresses_in(word)
    assert (found[0], found[-1]) == (first, last)


@pytest.mark.parametrize("word", ["shop.example", "xhttps://shop.example", "ftp://shop.example/", "https://", "#k7f2"])
def test_what_is_no_address_is_none(word: str) -> None:
    assert addresses_in(word) == ()


NAMES = {
    fold(name): name for name in ("Dora", "Dora Lind", "Dora Lind Berg", "Tim O’Neil", "Jean-Luc", "J. R. Fox Jr.")
}


@pytest.mark.parametrize(
    ("typed", "name", "rest"),
    [
        ("Dora", "Dora", ""),
        ("Dora please", "Dora", "please"),
        ("dora lind please look", "Dora Lind", "please look"),
        ("Dora Lind Berg", "Dora Lind Berg", ""),
        ("Dora Lind, please", "Dora Lind", "please"),
        ("Dora Lind: please", "Dora Lind", "please"),
        ("@Dora Lind please", "Dora Lind", "please"),
        ("Dora  Lind please", "Dora Lind", "please"),
        ("Dora Lindberg", "Dora", "Lindberg"),
        ("Tim O'Neil and then", "Tim O’Neil", "and then"),
        ("Jean‑Luc soon", "Jean-Luc", "soon"),
        ("J. R. Fox Jr. soon", "J. R. Fox Jr.", "soon"),
        ("Dora Lind a\nb", "Dora Lind", "a\nb"),
    ],
)
def test_the_longest_run_of_words_that_is_a_name_is_the_name(typed: str, name: str, rest: str) -> None:
    assert longest_name(typed, NAMES) == (name, rest)


@pytest.mark.parametrize("typed", ["", "Lind Dora", "please Dora", "Dor", "D o r a", "@", "..."])
def test_what_begins_with_no_name_names_nobody(typed: str) -> None:
    assert longest_name(typed, NAMES) is None


def test_what_follows_a_word_stands_as_it_was_typed() -> None:
    assert take_word(" draft  #k7f2  a\n\n  b ") == ("draft", "#k7f2  a\n\n  b")
    assert as_line("a  b \n\n c ") == "a b\n\nc"


@pytest.mark.parametrize(
    "piece", ['"', "'", "“a ", "`", "*", "https://", "(", ")", "a ", "«", "\u200b", "_", "https://a)"]
)
def test_heaps_of_marks_cost_no_more_than_their_length(piece: str) -> None:
    def read(text: str) -> None:
        take_argument(text)
        unquoted(text)
        token_in(text)
        addresses_in(text)
        longest_name(text, NAMES)

    assert_linear(read, lambda length: (piece * length)[:length])
