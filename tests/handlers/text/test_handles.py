"""Handles: a reply speaks to its author once, as they are called there."""

import pytest

from handlers.text.handles import addressed, names_us, without_hosts


@pytest.mark.parametrize(
    ("handle", "text", "stands"),
    [
        ("ana@hachy.example", "yes.", "@ana@hachy.example yes."),
        ("ana@hachy.example", "Hi @ana@hachy.example, yes.", "Hi @ana@hachy.example, yes."),
        ("ana@hachy.example", "@ANA@hachy.example yes.", "@ANA@hachy.example yes."),
        ("ana@hachy.example", "@ana yes.", "@ana@hachy.example yes."),
        ("ana@hachy.example", "@ben@x.example yes.", "@ana@hachy.example @ben@x.example yes."),
        ("ana@hachy.example", "Mail a@ana.example.", "@ana@hachy.example Mail a@ana.example."),
        ("ben@home.example", "yes.", "@ben yes."),
        ("ben@home.example", "@ben@home.example yes.", "@ben@home.example yes."),
        ("ben", "@ben@home.example yes.", "@ben@home.example yes."),
        ("ben", "", "@ben"),
        ("", "yes.", "yes."),
        ("no name at all", "yes.", "yes."),
        ("ben\u202e", "yes.", "yes."),
    ],
)
def test_the_author_is_spoken_to_once(handle: str, text: str, stands: str) -> None:
    assert addressed(text, handle, "home.example") == stands


def test_what_stands_there_already_is_not_added_again() -> None:
    once = addressed("yes.", "ana@hachy.example", "home.example")
    assert addressed(once, "ana@hachy.example", "home.example") == once


def test_a_name_is_shown_without_its_host() -> None:
    assert without_hosts("@ana@hachy.example mail a@b.example") == "@ana mail a@b.example"


@pytest.mark.parametrize(
    ("text", "ours", "named"),
    [
        ("@acme where is my refund?", ["acme"], True),
        ("Hi @Acme@mastodon.example!", ["@acme@mastodon.example"], True),
        ("@acme, really?", ["@acme@mastodon.example"], True),
        ("@acme@elsewhere.example is not you", ["@acme@mastodon.example"], False),
        ("Acme is late, ana@acme.example says", ["acme"], False),
        ("@acmeister", ["acme"], False),
        ("@acme", [], None),
        ("@acme", ["https://blog.example/acme"], None),
    ],
)
def test_a_text_names_us_where_it_speaks_to_an_account_of_ours(text: str, ours: list[str], named: bool | None) -> None:
    assert names_us(text, ours) is named
