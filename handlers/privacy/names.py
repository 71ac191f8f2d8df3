"""Names: a notice in a channel says nothing of who was forgotten, and all else that it said.

A name counts where it stands as words of its own, and not where it is part of a colleague's longer one. What leads
somewhere, and what the machine reads, is left as it is.
"""

import json
import re
from collections.abc import Iterable
from typing import Any

from storage.tables.states import FORGOTTEN_PERSON

_NO_WORDS = frozenset({"url", "places", "token", "lang", "verb", "value", "kind", "calls", "at"})


def as_stored(name: str) -> str:
    """Return a name as the body of a message holds it."""
    return json.dumps(name, ensure_ascii=False)[1:-1]


def pattern_of(name: str, others: Iterable[str]) -> re.Pattern[str]:
    """Return what finds a name; where it is part of another one, that is found whole, and is no match of ``name``."""
    longer = sorted((one for one in others if name in one and one != name), key=len, reverse=True)
    parts = [rf"(?<!\w){re.escape(one)}(?!\w)" for one in longer]
    return re.compile("|".join([*parts, rf"(?P<name>(?<!\w){re.escape(name)}(?!\w))"]))


def without_name(body: str, pattern: re.Pattern[str]) -> str:
    """Return the body of a notice in which nobody of this name is named."""
    return json.dumps(_cleaned(json.loads(body), pattern), ensure_ascii=False)


def says(text: str, pattern: re.Pattern[str]) -> bool:
    """Say whether a text names them."""
    return any(one["name"] for one in pattern.finditer(text))


def _cleaned(value: Any, pattern: re.Pattern[str]) -> Any:
    if isinstance(value, str):
        return pattern.sub(_instead, value)
    if isinstance(value, list):
        return [_cleaned(one, pattern) for one in value]
    if isinstance(value, dict):
        return {key: one if key in _NO_WORDS else _cleaned(one, pattern) for key, one in value.items()}
    return value


def _instead(found: re.Match[str]) -> str:
    if found["name"] is None:
        return found[0]
    return FORGOTTEN_PERSON if found.start() else FORGOTTEN_PERSON[:1].upper() + FORGOTTEN_PERSON[1:]
