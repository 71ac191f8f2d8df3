"""Nearest: the known word nearest to one that was mistyped, by one measure for everybody who guesses.

Where a guess is only offered, LIKELY is near enough. Who refuses something because of it, asks for SURE.
"""

import difflib
from collections.abc import Iterable

LIKELY = 0.6
SURE = 0.74
_LONGEST = 100


def nearest(word: str, known: Iterable[str], cutoff: float = LIKELY) -> str:
    """Return the known word that looks most like ``word``, whatever the case of either; or an empty string."""
    folded = {one.lower(): one for one in known}
    close = difflib.get_close_matches(word[:_LONGEST].lower(), folded, n=1, cutoff=cutoff)
    return folded[close[0]] if close else ""
