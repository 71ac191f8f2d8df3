"""Fields: what a thing says at a path of names, and tables of what follows from it.

    channel_of = text("snippet.authorChannelId.value")
    channel_of(comment)  # "UC…", or "" where any of it is missing or another thing

So a kind has a table of what its network tells, and no code that walks down to it. What is missing, or of another type
than it should be, is nothing: a trouble of the service, and never a bug of ours.

Why a post may not be answered mostly depends on a few fields. So a kind lists their paths, each with its sentence, and
the first that says so counts.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from bot.sources.kit.build import iso_moment
from bot.sources.kit.json import mapping, objects
from handlers.base.replying import Handoff, Parent

Thing = Mapping[str, Any]
T = TypeVar("T")
Field = Callable[[Thing], T]

# Paths ("post.locked"), each with a sentence for where something stands there that is no no; with "!" before the path
# it is for where nothing does.
Reasons = Sequence[tuple[str, str]]


def field_at(thing: Mapping[str, Any], path: str) -> Any:
    """Return what stands at a path of names, which dots part; None where nothing does."""
    found: Any = thing
    for name in path.split("."):
        found = mapping(found).get(name)
    return found


def inside(thing: Mapping[str, Any], path: str) -> Mapping[str, Any]:
    """Return the object at a path of names; an empty one where none stands there."""
    return mapping(field_at(thing, path))


def text(path: str) -> Field[str]:
    """Return what reads a text; empty where there is none."""
    return lambda thing: told if isinstance(told := field_at(thing, path), str) else ""


def number(path: str) -> Field[int]:
    """Return what reads a whole number above 0; 0 where there is none."""
    return lambda thing: max(told, 0) if type(told := field_at(thing, path)) is int else 0


def part(path: str) -> Field[Thing]:
    """Return what reads an object; an empty one where there is none."""
    return lambda thing: inside(thing, path)


def parts(path: str) -> Field[list[Thing]]:
    """Return what reads the objects of a list; none where there is no list."""
    return lambda thing: objects(field_at(thing, path))


def ids(path: str) -> Field[list[str]]:
    """Return what reads the ids of a list as texts, also where they are numbers; none where there is no list."""

    def read(thing: Thing) -> list[str]:
        told = field_at(thing, path)
        return [str(one) for one in told if type(one) in (str, int)] if isinstance(told, list) else []

    return read


def timestamp(path: str) -> Field[float]:
    """Return what reads a moment of ISO 8601 as seconds since 1970; 0 where there is none."""
    told = text(path)
    return lambda thing: moment.timestamp() if (moment := iso_moment(told(thing))) else 0.0


def either(*fields: Field[T]) -> Field[T]:
    """Return what reads the first of several fields that tells anything, or else the last."""
    return lambda thing: next((told for one in fields[:-1] if (told := one(thing))), None) or fields[-1](thing)


def reason(thing: Mapping[str, Any], table: Reasons) -> str:
    """Return the sentence of the first row that holds for a thing; empty where none does."""
    return next((why for path, why in table if bool(field_at(thing, path.removeprefix("!"))) != (path[0] == "!")), "")


def by_hand(parent: Parent, facts: Mapping[str, Any], table: Reasons) -> Handoff | None:
    """Return why a person answers a post, by the facts that its source noted; None = nothing of the table holds."""
    why = reason(facts, table)
    return Handoff(parent.url, why) if why else None
