"""Fields: what a thing says at a path of names, and tables of what follows from it.

Why a post may not be answered mostly depends on a few fields. So a kind lists their paths, each with its sentence, and
the first that says so counts.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.sources.kit.json import mapping
from handlers.base.replying import Handoff, Parent

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


def reason(thing: Mapping[str, Any], table: Reasons) -> str:
    """Return the sentence of the first row that holds for a thing; empty where none does."""
    return next((why for path, why in table if bool(field_at(thing, path.removeprefix("!"))) != (path[0] == "!")), "")


def by_hand(parent: Parent, facts: Mapping[str, Any], table: Reasons) -> Handoff | None:
    """Return why a person answers a post, by the facts that its source noted; None = nothing of the table holds."""
    why = reason(facts, table)
    return Handoff(parent.url, why) if why else None
