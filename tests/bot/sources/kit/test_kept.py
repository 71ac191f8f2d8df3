"""Rules of what a checkpoint keeps."""

import json
from dataclasses import asdict, dataclass, field

import pytest

from bot.sources.kit.kept import kept


@dataclass
class Watched:
    threads: dict[str, list[int]] = field(default_factory=dict)
    missed: list[str] = field(default_factory=list)


@dataclass
class Walk:
    since: str = ""
    offset: int = 0
    begun: float = 0.0
    long: bool = False
    watched: Watched = field(default_factory=Watched)


def test_what_was_written_is_read_again() -> None:
    walk = Walk("now", 3, 1.5, True, Watched({"a": [1, 2]}, ["b"]))
    assert kept(Walk, json.dumps(asdict(walk))) == walk
    assert kept(Walk, asdict(walk)) == walk


def test_what_is_missing_is_as_at_first_and_what_stands_beside_it_is_left_alone() -> None:
    assert kept(Walk, '{"offset": 3, "lists": {"a": 1}}') == Walk(offset=3)


@pytest.mark.parametrize(
    "told",
    [
        "",
        "x",
        "[]",
        "3",
        None,
        '{"since": 3}',
        '{"since": "now", "offset": "3"}',
        '{"since": "now", "offset": true}',
        '{"since": "now", "begun": 1}',
        '{"since": "now", "long": null}',
        "[" * 100_000,
    ],
)
def test_what_is_none_of_ours_begins_anew(told: object) -> None:
    assert kept(Walk, told) == Walk()


@pytest.mark.parametrize("told", [{"threads": {"a": [1, "x"]}}, {"threads": {"a": 1}}, {"missed": [1]}, {"missed": {}}])
def test_a_part_that_is_none_of_ours_begins_anew_alone(told: object) -> None:
    assert kept(Watched, told) == Watched()
    assert kept(Walk, {"since": "now", "watched": told}) == Walk("now")
