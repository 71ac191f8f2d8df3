"""Handles: to whom a text speaks, by ``@name`` or ``@name@host``, as the Fediverse writes them.

On such a network nobody is told of a reply in which their handle does not stand, so a reply begins with it. It is part
of what people read and agree to, and so it is put there before anybody does, not when the reply is sent.
"""

import re
from collections.abc import Collection

_NAME = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?(?:@[A-Za-z0-9.:-]+)?")
_SPOKEN_TO = re.compile(r"(?<![\w@/.])@([a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?)(@[a-z0-9.-]+[a-z0-9])?", re.IGNORECASE)


def is_handle(handle: str) -> bool:
    """Say whether somebody can be spoken to by this."""
    return _NAME.fullmatch(handle) is not None


def addressed(text: str, handle: str, home: str) -> str:
    """Put an author's handle before a text, unless they are spoken to in it.

    Args:
        text: The reply; what is empty stays so but for the handle.
        handle: ``name`` or ``name@host``; anything else leaves the text as it is.
        home: The host of our own instance, on which a name needs none.
    """
    if not is_handle(handle):
        return text
    name, _, host = handle.partition("@")
    handle = name if host.casefold() == home.casefold() else handle
    known = {handle.casefold()} | ({f"{name}@{home}".casefold()} if "@" not in handle else set())
    if any("".join(part or "" for part in found).casefold() in known for found in _SPOKEN_TO.findall(text)):
        return text
    first = _SPOKEN_TO.match(text)
    if first is not None and not first.group(2) and first.group(1).casefold() == name.casefold():
        text = text[first.end() :].lstrip()  # as people see it written; without its host it is somebody else's name
    return f"@{handle} {text}".rstrip()


def names_us(text: str, own_accounts: Collection[str]) -> bool | None:
    """Say whether a text speaks to an account of ours, with its host or without; None where none is known."""
    ours = {one.removeprefix("@").casefold() for one in own_accounts if "://" not in one}
    if not ours:
        return None
    known = ours | {one.partition("@")[0] for one in ours}
    return any(f"{name}{host}".casefold() in known for name, host in _SPOKEN_TO.findall(text))


def without_hosts(text: str) -> str:
    """Return a text with ``@name`` for ``@name@host``: as it is shown, and counted."""
    return _SPOKEN_TO.sub(r"@\1", text)


def without_handles(text: str) -> str:
    """Return a text with ``name`` for every handle: what is left of it whoever set it."""
    return _SPOKEN_TO.sub(r"\1", text)


def compared(handle: str) -> str:
    """Return a handle or an address as listening compares it: whatever its case, without "@" and a last slash."""
    return handle.strip().removeprefix("@").rstrip("/").casefold()
