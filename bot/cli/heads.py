"""Heads of the ownership log as people give them: copied out of a digest, a mail, a ticket, or from a variable.

White space and capitals come in on the way and mean nothing; the link in a digest holds a head, too. What is no hash at
all proves nothing, and is refused as wrong use: neither a proof nor an alarm may come of it. So is the beginning of
one: a chain whose head begins with given twelve digits is found by trying, in days, on one good graphics card.
"""

import re
from urllib.parse import parse_qs, urlsplit

import typer

_HASH = re.compile(r"[0-9a-f]{64}")
_BEGINNING = re.compile(r"[0-9a-f]{8,63}…?")
_SPACE = re.compile(r"[\s\u200b\u2060\ufeff]+")


def read_head(written: str | None) -> str | None:
    """Return the hash that was meant, or None where no head was given.

    Raises:
        typer.BadParameter: It is none.
    """
    if written is None:
        return None
    head = _in_link(_SPACE.sub("", written).lower())
    if not head:
        raise typer.BadParameter(
            "It is empty, and an empty head proves nothing. Is the variable set that it came from?"
        )
    if _BEGINNING.fullmatch(head):
        raise typer.BadParameter(
            "That is the beginning of a head, and whoever can rewrite the log can find another that begins so. Give "
            "all 64 digits: the link to the log in the digest holds them, and so does the export."
        )
    if not _HASH.fullmatch(head):
        raise typer.BadParameter(
            "That is no head: one is 64 digits and letters from a to f, as every digest holds at its end."
        )
    return head


def _in_link(written: str) -> str:
    """Return the head that a link to the log holds; anything else as it is."""
    if not written.startswith(("https://", "http://")):
        return written
    try:
        return next(iter(parse_qs(urlsplit(written).query).get("head", ())), written)
    except ValueError:
        return written
