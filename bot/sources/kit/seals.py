"""Seals: what stands in the database and must not be read there is sealed with DIBS_KEY (Fernet: AES and a signature).

DIBS_KEY may hold several keys, separated by spaces: the first seals, all open. So a key is changed in two steps: the
new one is put before the old one, and what is kept is sealed anew at the next start; then the old one goes.

The package that does it (cryptography) is not part of the core, and is imported when something is sealed or opened.
"""

import base64
import binascii
from collections.abc import Sequence
from functools import cached_property
from importlib.util import find_spec
from typing import TYPE_CHECKING

from bot.toml.problems import INSTALL_THE_REST

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet

VARIABLE = "DIBS_KEY"
MAKE_ONE = "openssl rand -base64 32"
_BYTES = 32


class SealError(Exception):
    """Something cannot be sealed or opened; the sentence says how to mend it, and holds no secret."""


class Seal:
    """Seals and opens text; made whether or not there is a key, so that whoever needs none never hears of it."""

    def __init__(self, keys: Sequence[bytes] = ()) -> None:
        """Take the keys, the one that seals first."""
        self._keys = tuple(keys)

    @classmethod
    def of(cls, written: str) -> "Seal":
        """Read keys as DIBS_KEY holds them.

        Raises:
            SealError: One of them is none.
        """
        return cls([_read(one) for one in written.split()])

    @property
    def trouble(self) -> str:
        """Why nothing can be sealed here, and how to mend it; empty where all is well."""
        if not self._keys:
            return f"{VARIABLE} is not set; make a key, which is kept like a password, by: {MAKE_ONE}"
        return (
            "" if find_spec("cryptography") is not None else f"a package for that is not installed. {INSTALL_THE_REST}"
        )

    def seal(self, text: str) -> str:
        """Seal.

        Raises:
            SealError: There is no key, or its package is missing.
        """
        return self._box.encrypt(text.encode()).decode("ascii")

    def open(self, sealed: str) -> str:
        """Open.

        Raises:
            SealError: None of the keys opens it, or there is none.
        """
        box = self._box
        from cryptography.fernet import InvalidToken  # noqa: PLC0415 - not part of the core

        try:
            return box.decrypt(sealed.encode()).decode()
        except InvalidToken:
            raise SealError(f"it was sealed with another key than {VARIABLE} holds, or was changed.") from None

    def seal_anew(self, sealed: str) -> str:
        """Return the same, sealed with the first key; itself where it is so already.

        Raises:
            SealError: As ``open`` does.
        """
        try:
            Seal(self._keys[:1]).open(sealed)
        except SealError:
            return self.seal(self.open(sealed))
        return sealed

    @cached_property
    def _box(self) -> "MultiFernet":
        if self.trouble:
            raise SealError(self.trouble)
        from cryptography.fernet import Fernet, MultiFernet  # noqa: PLC0415 - not part of the core

        return MultiFernet([Fernet(base64.urlsafe_b64encode(one)) for one in self._keys])


def _read(written: str) -> bytes:
    """Read one key, in either alphabet of Base64 (RFC 4648), with or without what fills it up."""
    try:
        key = base64.b64decode(written.translate(str.maketrans("-_", "+/")).rstrip("=") + "=", validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != _BYTES:
        raise SealError(f"{VARIABLE} holds what is no key: a key is {_BYTES} bytes in Base64. Make one by: {MAKE_ONE}")
    return key
