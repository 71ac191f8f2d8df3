"""Emoji in Slack: all the names that it has for one sign, and which names it knows at all.

Slack tells a reaction by the first of its names only, so ``thumbsup`` in dibs.toml is heard as ``+1``. A name that is
none of Slack's own may be one that the workspace made itself, which we have no right to ask for: it is taken as it
stands, and said at start and by ``dibs check``, since otherwise a slip of the pen is a reaction that nobody hears.
"""

from collections.abc import Iterable
from functools import cache
from pathlib import Path

from bot.toml.problems import did_you_mean
from handlers.verbs import VERBS

# Those of our verbs have one name each: who keeps them needs no list of all.
OWN = frozenset(verb.emoji for verb in VERBS if verb.emoji)
_LIST = Path(__file__).with_name("emoji_names.txt")
_VARIANT = "fe0f"


def names(name: str) -> frozenset[str]:
    """Return all that a reaction may be called: every name of the sign, by one of them or by the sign itself."""
    plain = name.strip(":").partition("::")[0].lower()
    if plain in OWN or not plain:
        return frozenset((plain,) if plain else ())
    if plain.isascii():
        return _signs().get(plain, frozenset((plain,)))
    points = "-".join(f"{ord(letter):x}".zfill(4) for letter in plain if f"{ord(letter):x}" != _VARIANT)
    return _signs().get(f"u+{points}", frozenset((plain,)))


def unknown(called: Iterable[str]) -> list[str]:
    """Return a sentence about each name that is none of Slack's own."""
    strange = [one for one in called if one and not names(one) & OWN and not names(one) & _signs().keys()]
    known = [name for name in _signs() if not name.startswith("u+")] if strange else []
    return [
        f'Slack has no emoji of its own called "{one}"{did_you_mean(one, known)} '
        "It is heard only where your workspace has made one of that name."
        for one in strange
    ]


@cache
def _signs() -> dict[str, frozenset[str]]:
    """Return the names of each sign, by each of them and by its code points (``u+1f44d``)."""
    signs: dict[str, frozenset[str]] = {}
    for line in _LIST.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            points, *called = line.split()
            signs |= dict.fromkeys((f"u+{points}", *called), frozenset(called))
    return signs
