"""No text of a stranger keeps us busy for longer than its length explains."""

import re

import pytest

from bot.sources.kit.build import post
from bot.sources.kit.html import links_in, read_markup, web_link
from handlers.text.addresses import read_web_address
from handlers.text.bounds import clip
from handlers.text.urls import canonical_url
from tests.harness.linear import assert_linear
from tests.harness.patterns import Asked, asked_in, slow_text


def test_no_pattern_of_ours_takes_longer_than_its_text_explains() -> None:
    found = asked_in("bot", "handlers", "storage")
    assert len(found) > 100
    slow = {f"{one.where}.{one.method}": text for one in found if (text := slow_text(one)) is not None}
    assert slow == {}


@pytest.mark.parametrize(
    ("pattern", "method"),
    [
        (r"[\w-]*\d[\w-]*|!?/.+", "fullmatch"),
        (r"(a+)+b", "match"),
        (r"(?:x*y?)*z", "fullmatch"),
        (r"\s+$", "sub"),
        (r"<[^>]*>", "sub"),
        (r"(?:a|a)*b", "match"),
    ],
)
def test_a_pattern_that_does_is_found(pattern: str, method: str) -> None:
    assert slow_text(Asked("here", re.compile(pattern), method)) is not None


@pytest.mark.parametrize(("pattern", "method"), [(r"\w+@\w+", "fullmatch"), (r"\d+", "sub"), (r"(?:ab)*c", "match")])
def test_a_pattern_that_does_not_is_let_alone(pattern: str, method: str) -> None:
    assert slow_text(Asked("here", re.compile(pattern), method)) is None


PUMPS = (
    ")",
    "1",
    "https://",
    "https://a.example/",
    "#",
    "@",
    "https://x/(",
    ".",
    "%41",
    "\\",
    "a.",
    "xn--",
    "0x",
    "[",
    ":",
)


@pytest.mark.parametrize("pump", PUMPS)
def test_whatever_reads_addresses_and_texts_is_linear(pump: str) -> None:
    def text_of(length: int) -> str:
        return f"https://a.example/{pump * (length // len(pump))}!"

    for work in (links_in, read_markup, web_link, read_web_address, canonical_url, lambda text: clip(text, len(text))):
        assert_linear(work, text_of)
    assert_linear(lambda text: post(external_id=text, text=text, title=text, url=text, links=[text]), text_of)
