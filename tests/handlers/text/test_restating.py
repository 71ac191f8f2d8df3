"""Restating: titles and summaries of one page say nothing new; whatever else is said under its address is."""

import pytest

from handlers.text.restating import Said

TITLE = "Acme fined over late refunds"
TEXT = (
    "The court fined Acme on Tuesday. Customers had waited for months, some for a year! "
    "“We are sorry,” said its spokesman.\n\n返金はいつですか。もう待てません。"
)
URL = "https://www.daily-news.example/acme-fined"


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("", ""),
        (TITLE, TEXT),
        (TITLE, ""),
        ("", TITLE),
        ("ACME FINED over late refunds!", ""),
        (f"{TITLE} - Daily News", ""),
        (f"{TITLE} | The Daily News", ""),
        (f"Re: {TITLE}", "The court fined Acme on Tuesday."),
        (TITLE, "The court fined Acme on Tuesday. Customers had waited for mon…"),
        (TITLE, "... fined Acme on Tuesday. Customers had waited ... said its spokesman ..."),
        (TITLE, "The court fined Acme on Tuesday. [...] Read more"),
        (TITLE, f"The court fined Acme on Tuesday.\n\nThe post {TITLE} appeared first on Daily News."),
        ("", "Customers had waited for months https://daily-news.example/acme-fined"),
        ("", '"We are sorry," said its spokesman'),
        ("", "返金はいつですか。"),
        ("", "the  court\nfined Acme"),
    ],
)
def test_a_title_or_a_summary_restates(title: str, text: str) -> None:
    assert Said([(TITLE, TEXT)]).holds(title, text, URL)


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Acme is wonderful", ""),
        (TITLE, "It burnt my house down."),
        (f"{TITLE} - rightly so", ""),
        (TITLE, f"{TEXT} I waited for two years."),
        ("", "The court never fined Acme on Tuesday."),
        ("", "Customers had not waited for months."),
        ("Re", "No."),
        (TITLE, "The court fined Acme on Tuesday. Read more lies of Acme"),
        (TITLE, "The post of Acme burns appeared first on Daily News"),
        ("", "返金はまだですか。"),
        ("", "x" * 5_000),
    ],
)
def test_other_words_do_not(title: str, text: str) -> None:
    assert not Said([(TITLE, TEXT)]).holds(title, text, URL)


def test_one_of_several_is_enough_but_not_a_mixture_of_them() -> None:
    both = [("", "The anvil broke. It was new."), ("", "We are sorry. We send another.")]
    assert Said(both).holds("", "We are sorry.", "")
    assert not Said(both).holds("", "The anvil broke. We send another.", "")


def test_a_text_that_is_too_long_to_be_compared_restates_the_same_alone() -> None:
    long = "The anvil broke. " * 1_000
    assert Said([("x", long)]).holds("", long, "")
    assert not Said([("x", long)]).holds("", f"{long}!", "")
