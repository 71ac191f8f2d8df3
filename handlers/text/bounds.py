"""How long the parts of a post may be, the letters of a token, and the one gate for text from outside.

Whatever others wrote comes in through ``clip``: what people type, what sources show, what platforms tell of people and
rooms, what services say of a trouble. Half of a surrogate pair can be encoded in no way, no database takes NUL, and the
other control characters say something to terminals alone.
"""

import re
from random import Random

MAX_ID = 512
MAX_TITLE = 500
MAX_TEXT = 40_000
MAX_URL = 2_048
MAX_NAME = 200
MAX_LINKS = 50
MAX_REASON = 1_000
MAX_FACTS = 1_000

_CONTROLS = re.compile("[\x00-\x08\x0e-\x1f\x7f]")


def clip(text: str, limit: int) -> str:
    """Return at most ``limit`` characters of ``text``, without control characters and halves of surrogate pairs.

    Tabs, breaks of lines and pages stay; half of a pair becomes a question mark.
    """
    cut = text[:limit]
    if cut.isprintable():
        return cut  # no control character and no half of a pair is
    return _CONTROLS.sub("", cut).encode("utf-8", "replace").decode("utf-8")


# No vowels, so that no token is a word; no 0, 1, i, l, o, so that none is misread.
ALPHABET = "23456789bcdfghjkmnpqrstvwxyz"
# So many letters has the token of what people type: a mention, a mute, a theme.
TOKEN_LENGTH = 5


def random_token(random: Random, length: int = TOKEN_LENGTH) -> str:
    """Draw a token."""
    return "".join(random.choices(ALPHABET, k=length))
