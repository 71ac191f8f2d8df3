"""Rules of fields: where a thing tells what, and what follows from it."""

from typing import Any

import pytest

from bot.sources.kit.fields import by_hand, either, field_at, ids, inside, number, part, parts, reason, text, timestamp
from handlers.base.replying import Handoff, Parent

TABLE = (("!post", "It is no post."), ("post.locked", "It is locked."), ("banned", "We are banned."))


@pytest.mark.parametrize(
    ("thing", "why"),
    [
        ({}, "It is no post."),
        ({"post": 5}, ""),
        ({"post": {"locked": False}}, ""),
        ({"post": {"locked": True}, "banned": True}, "It is locked."),
        ({"post": {"locked": None}, "banned": "2026-03-04"}, "We are banned."),
    ],
)
def test_the_first_row_that_holds_says_why(thing: dict[str, object], why: str) -> None:
    assert reason(thing, TABLE) == why


def test_nothing_stands_at_a_path_that_leads_nowhere() -> None:
    thing = {"a": {"b": [1]}, "c": 5}
    assert field_at(thing, "a.b") == [1]
    assert [field_at(thing, path) for path in ("a.b.c", "c.d", "x.y.z")] == [None] * 3
    assert inside(thing, "a") == {"b": [1]}
    assert inside(thing, "a.b") == {}


def test_a_person_answers_what_its_facts_say_no_to() -> None:
    parent = Parent(external_id="p1", url="https://sample.example/p1", text="Where?", digest="", ours=frozenset())
    assert by_hand(parent, {"post": 1, "banned": True}, TABLE) == Handoff(parent.url, "We are banned.")
    assert by_hand(parent, {"post": 1}, TABLE) is None


COMMENT = {
    "id": "c1",
    "snippet": {
        "author": {"id": "UC1"},
        "likes": 3,
        "states": ["12", 13, True, None, {}],
        "publishedAt": "2026-03-02T09:00:00Z",
        "files": [{"url": "a"}, "b", {"url": "c"}],
    },
}


def test_a_field_is_read_where_its_path_leads() -> None:
    assert text("id")(COMMENT) == "c1"
    assert text("snippet.author.id")(COMMENT) == "UC1"
    assert number("snippet.likes")(COMMENT) == 3
    assert part("snippet.author")(COMMENT) == {"id": "UC1"}
    assert parts("snippet.files")(COMMENT) == [{"url": "a"}, {"url": "c"}]
    assert timestamp("snippet.publishedAt")(COMMENT) == 1_772_442_000.0
    assert ids("snippet.states")(COMMENT) == ["12", "13"]


@pytest.mark.parametrize("told", [{}, {"a": None}, {"a": []}, {"a": "x"}, {"a": {"b": {}}}, {"a": {"b": -1.5}}])
def test_what_is_missing_or_another_thing_is_nothing(told: dict[str, Any]) -> None:
    assert text("a.b")(told) == ""
    assert number("a.b")(told) == 0
    assert part("a.b")(told) == {}
    assert parts("a.b")(told) == []
    assert ids("a.b")(told) == []
    assert timestamp("a.b")(told) == 0.0


def test_a_number_below_nothing_and_a_truth_are_none() -> None:
    assert number("a")({"a": -3}) == 0
    assert number("a")({"a": True}) == 0


def test_the_first_of_several_fields_counts_that_tells_anything() -> None:
    said = either(text("original"), text("shown"))
    assert said({"original": "here", "shown": "there"}) == "here"
    assert said({"original": "", "shown": "there"}) == "there"
    assert said({}) == ""
