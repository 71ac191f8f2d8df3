"""Same words: whether what a source shows is what we sent."""

import re

from storage.text.normalise import fold

# How much longer a reply may be shown than it was sent: in other signs, and with names before it.
_TIMES, _NAMES = 4, 1_000
_ADDRESSED = re.compile(r"(?:@\S+\s+)+")


def reads_as(shown: str, sent: str) -> bool:
    """Say whether what a source shows is what we sent: sources put a name before it, or set its marks differently."""
    if len(shown) > _TIMES * len(sent) + _NAMES:  # nothing that is set otherwise is so long
        return False
    if fold(shown) == fold(sent):
        return True
    wanted = _letters(sent)
    return bool(wanted) and _letters(shown) == wanted


def _letters(text: str) -> str:
    folded = fold(text)
    addressed = _ADDRESSED.match(folded)
    return "".join(filter(str.isalnum, folded[addressed.end() :] if addressed else folded))
