"""Rules of what options say in their types."""

from dataclasses import dataclass
from typing import Annotated

import pytest

from bot.sources.kit.options import (
    Like,
    NamedAccount,
    OptionError,
    Wanted,
    WebAddress,
    WithAccount,
    Within,
    all_set,
    build_options,
    password_of,
)

MANY = 'is a list of at most 2 places, such as ["support"].'


@dataclass(frozen=True, slots=True, kw_only=True)
class Some(WithAccount):
    """Options that say all that can be said so."""

    base_url: WebAddress = "https://sample.example"
    places: Annotated[tuple[str, ...], Like("[a-z]+", MANY), Within(0, 2, MANY)] = ()
    longest: Annotated[int, Within(1, 9, "is a number from 1 to 9.")] = 5
    words: Annotated[str, Within(0, 4, "has 4 characters at most.")] = ""
    listen: str = "all"
    query: Annotated[str, Wanted("listen", "search", "is what to search for.")] = ""


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"base_url": "sample.example"}, "base_url: is an http or https address."),
        ({"places": ["support", "No 7"]}, f"places: {MANY}"),
        ({"places": ["a", "b", "c"]}, f"places: {MANY}"),
        ({"longest": 0}, "longest: is a number from 1 to 9."),
        ({"longest": 10}, "longest: is a number from 1 to 9."),
        ({"words": "hello"}, "words: has 4 characters at most."),
        ({"listen": "search"}, "query: is what to search for."),
        ({"listen": "search", "query": " "}, "query: is what to search for."),
        ({"longest": "5"}, "longest: is a whole number."),
    ],
)
def test_a_value_that_is_not_as_its_type_says_is_refused_by_its_name(table: dict[str, object], said: str) -> None:
    with pytest.raises(OptionError) as caught:
        build_options(Some, table)
    assert str(caught.value) == said


def test_what_is_as_it_should_be_is_taken_and_blanks_around_a_text_do_not_count() -> None:
    options = build_options(Some, {"places": ["a", "b"], "longest": 9, "words": "  acme ", "query": ""})
    assert (options.places, options.longest, options.words) == (("a", "b"), 9, "  acme ")
    assert build_options(Some, {"listen": "search", "query": "acme"}).query == "acme"


def test_our_account_is_one_of_our_own_and_nobody_is_none() -> None:
    assert (Some(username="acme").account, Some(username="acme").own_accounts) == ("acme", ("acme",))
    assert Some(username="@acme").own_accounts == ("acme",)
    assert Some().own_accounts == ()


@pytest.mark.parametrize(
    ("username", "secrets", "key"), [("acme", {}, "SAMPLE_PASSWORD"), ("", {"password": "x"}, "username")]
)
def test_an_account_has_a_name_and_a_password_or_neither(username: str, secrets: dict[str, str], key: str) -> None:
    assert password_of("acme", {"password": "x"}, "SAMPLE_PASSWORD") == "x"
    assert password_of("", {}, "SAMPLE_PASSWORD") == ""
    with pytest.raises(OptionError) as caught:
        password_of(username, secrets, "SAMPLE_PASSWORD")
    assert caught.value.key == key


def test_an_account_is_the_same_with_its_sign_and_without_and_however_it_is_written() -> None:
    for written in ("Acme_Support", "@acme_support"):
        options = NamedAccount(username=written)
        assert (options.name, options.account) == ("acme_support", "@acme_support")
        assert options.own_accounts == ("acme_support",)


def test_secrets_are_all_set_or_where_that_may_be_none_is() -> None:
    variables = {"user": "SAMPLE_USER", "key": "SAMPLE_KEY"}
    assert all_set({"user": " u ", "key": "k\n", "more": "m"}, variables, "") == {"user": "u", "key": "k"}
    assert all_set({"key": " "}, variables, "", or_none=True) == {}
    with pytest.raises(OptionError, match="SAMPLE_USER: is not set; nobody is let in so"):
        all_set({}, variables, "nobody is let in so.")
    with pytest.raises(OptionError, match="SAMPLE_KEY: is not set; it has both"):
        all_set({"user": "u"}, variables, "it has both.", or_none=True)
