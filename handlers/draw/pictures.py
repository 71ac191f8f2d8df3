"""Pictures: under which name of ours a picture of somebody else is asked for, and what that name means.

The name is a digest of the address, so nobody can name an address of their own. It counts only beside a mention on
which that picture stands now: what was deleted or forgotten has no picture any more.
"""

import re
from collections.abc import Iterator
from hashlib import sha256

from handlers.base.media import from_json
from storage.engine.database import Session
from storage.listen import pictures

_NAME = re.compile(r"[0-9a-f]{32}")
_TOKEN = re.compile(r"[0-9a-z]{1,20}")


def picture_name(address: str) -> str:
    """Return the name under which a picture is asked for: 32 hexadecimal digits."""
    return sha256(address.encode()).hexdigest()[:32]


def picture_address(session: Session, token: str, name: str) -> str:
    """Return the address of a picture that stands on a mention; empty where none of this name does."""
    if not _NAME.fullmatch(name) or not _TOKEN.fullmatch(token):
        return ""
    return next((one for one in _addresses(session, token) if picture_name(one) == name), "")


def _addresses(session: Session, token: str) -> Iterator[str]:
    for avatar, media in pictures.of_mention(session, token):
        yield from filter(None, (avatar, *(one.url for one in from_json(media))))
