"""How long the parts of a post may be, and the letters of a token."""

MAX_ID = 512
MAX_TITLE = 500
MAX_TEXT = 40_000
MAX_URL = 2_048
MAX_NAME = 200
MAX_LINKS = 50


def clip(text: str, limit: int) -> str:
    """Return at most ``limit`` characters of ``text``, without NUL, which no database takes, and lone surrogates."""
    return text[:limit].replace("\x00", "").encode("utf-8", "replace").decode("utf-8")


# No vowels, so that no token is a word; no 0, 1, i, l, o, so that none is misread.
ALPHABET = "23456789bcdfghjkmnpqrstvwxyz"
