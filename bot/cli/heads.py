"""Heads of the ownership log as people give them: copied out of a digest, a mail, a ticket, or from a variable.

White space and capitals come in on the way and mean nothing. What is no hash at all proves nothing, and is refused as
wrong use: neither a proof nor an alarm may come of it.
"""

import re

import typer

_HASH = re.compile(r"[0-9a-f]{64}")
_SPACE = re.compile(r"[\s\u200b\u2060\ufeff]+")


def read_head(written: str | None) -> str | None:
    """Return the hash that was meant, or None where no head was given.

    Raises:
        typer.BadParameter: It is none.
    """
    if written is None:
        return None
    head = _SPACE.sub("", written).lower()
    if not head:
        raise typer.BadParameter(
            "It is empty, and an empty head proves nothing. Is the variable set that it came from?"
        )
    if not _HASH.fullmatch(head):
        raise typer.BadParameter(
            "That is no head: one is 64 digits and letters from a to f, as every digest ends with."
        )
    return head
