"""Rules of what follows from the fields of a thing."""

import pytest

from bot.sources.kit.fields import by_hand, field_at, inside, reason
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
