"""Emoji in Teams: what the verbs' own are called there, and all the names that one of them may have.

The settings read this at every start, so it loads nothing else of Teams.
"""

import re
from collections.abc import Mapping

# What the verbs' own emoji (handlers/verbs.py) are called in Teams.
REACTIONS: Mapping[str, str] = {
    "claim": "1f440_eyes",
    "resolve": "2705_whiteheavycheckmark",
    "dismiss": "1f6ab_prohibited",
}
_CODED = re.compile(r"([0-9a-f]{4,6}(?:-[0-9a-f]{4,6})*)_(.+)")
_TONE = re.compile(r"[-_](?:skin-)?tone-?[1-6]$")
_VARIANT = "fe0f"


def names(name: str) -> frozenset[str]:
    """Return all that a reaction may be called: its name, its code points, and both; an emoji itself is its points."""
    plain = _TONE.sub("", name.strip().strip(":").lower())
    if plain and not plain.isascii():
        plain = "-".join(f"{ord(letter):x}" for letter in plain if f"{ord(letter):x}" != _VARIANT)
    found = _CODED.fullmatch(plain)
    said = {plain, *(found.groups() if found else ())}
    return frozenset(one for one in said if one)
