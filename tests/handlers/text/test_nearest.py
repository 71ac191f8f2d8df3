"""Rules of guessing what was meant."""

import pytest

from handlers.text.nearest import SURE, nearest
from handlers.text.terms import Kind, parse_term


@pytest.mark.parametrize(
    ("word", "meant"),
    [("evry", "every"), ("EVRY", "every"), ("slak", "Slack"), ("europe/berln", "Europe/Berlin"), ("zzz", ""), ("", "")],
)
def test_the_nearest_known_word_is_named_as_it_is_written_whatever_the_case(word: str, meant: str) -> None:
    assert nearest(word, ["every", "Slack", "Europe/Berlin"]) == meant


def test_a_word_without_end_is_compared_by_its_beginning_only() -> None:
    assert nearest("x" * 1_000_000, ["x" * 100]) == "x" * 100


def test_who_refuses_because_of_a_guess_is_surer_than_who_offers_it() -> None:
    assert nearest("slate", ["site"]) == "site"
    assert nearest("slate", ["site"], SURE) == ""
    assert parse_term("slate:roofs.example").kind is Kind.WORD
