"""Emoji in Teams: what the verbs' own are called there, and all the names that one of them may have.

The settings read this at every start, so it loads nothing else of Teams.
"""

import re
from collections.abc import Mapping

from handlers.verbs import VERBS

# What the emoji of our verbs are called in Teams.
_CALLED: Mapping[str, str] = {
    "eyes": "1f440_eyes",
    "white_check_mark": "2705_whiteheavycheckmark",
    "no_entry_sign": "1f6ab_prohibited",
}
REACTIONS: Mapping[str, str] = {verb.name: _CALLED[verb.emoji] for verb in VERBS if verb.emoji in _CALLED}
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
