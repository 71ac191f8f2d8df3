"""Emoji: which reaction means which verb on a platform, as its table in dibs.toml says it over the verbs' own."""

import re
from collections.abc import Callable, Mapping

from bot.toml.problems import did_you_mean
from bot.toml.table import Table
from handlers.verbs import ON_CARDS

_EMOJI = re.compile(r":?([^\s:]{1,100}):?")


def itself(name: str) -> frozenset[str]:
    """Return what a reaction is called where it has one name only."""
    return frozenset((name,))


def read_emoji(
    table: Table, own: Mapping[str, str], such_as: str, names: Callable[[str], frozenset[str]] = itself
) -> dict[str, str]:
    """Return the reaction of each verb that has one; no two verbs may share one, and a verb that asks cannot have one.

    Args:
        table: ``[<platform>.emoji]``; what is wrong is complained about.
        own: The verbs' own, as the platform calls them.
        such_as: A name for the complaint about what is none.
        names: All that a reaction may be called.
    """
    emoji = dict(own)
    known = {verb.name for verb in ON_CARDS}
    can = [verb.name for verb in ON_CARDS if not verb.required]
    for name in table.values:
        if name not in known:
            table.wrong(name, f"is not a verb{did_you_mean(name, can)}")
        elif name not in can:
            table.wrong(name, "asks for something that an emoji cannot say.")
        elif written := table.text(name):
            found = _EMOJI.fullmatch(written)
            if not found or not names(found[1]):
                table.wrong(name, f'is the name of an emoji, such as "{such_as}".')
            else:
                emoji[name] = found[1]
    for name in emoji:
        twin = next((other for other in emoji if other != name and names(emoji[other]) & names(emoji[name])), None)
        if twin and name in table:
            table.wrong(name, f'has the same emoji as "{twin}".')
    return emoji
