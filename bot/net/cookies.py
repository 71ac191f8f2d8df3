"""Cookies of one fetch: what an origin sets on the way goes back to it with the next redirect, and is forgotten then.

Some sites answer the first request by a cookie and a redirect to the same address, for ever to who brings none. Nothing
is kept from one fetch to the next, and nothing goes to another origin.
"""

from collections.abc import Iterable

import httpx

from bot.net.urls import origin_of

_MAX_COOKIES = 20
_MAX_LENGTH = 4_096


class Cookies:
    """What the origins of one fetch have set so far."""

    def __init__(self) -> None:
        self._set: dict[tuple[str, bytes, int], dict[tuple[str, str], str]] = {}

    def take(self, origin: httpx.URL, lines: Iterable[str]) -> None:
        """Heed the ``Set-Cookie`` headers of an answer from there."""
        here = self._set.setdefault(origin_of(origin), {})
        for line in lines:
            pair, *attributes = (part.strip() for part in line.split(";"))
            name, said, value = pair.partition("=")
            told = {key.strip().lower(): rest.strip() for key, _, rest in (one.partition("=") for one in attributes)}
            if not (said and name and pair.isascii() and pair.isprintable()):
                continue
            if "secure" in told and origin.scheme != "https":
                continue
            path = told.get("path", "")
            key = (name.strip(), path if path.startswith("/") else _folder(origin.path))
            here.pop(key, None)
            if not told.get("max-age", "1").startswith(("0", "-")) and len(here) < _MAX_COOKIES:
                here[key] = value.strip()

    def header(self, target: httpx.URL) -> dict[str, str]:
        """Return the header that goes along with a request, or none."""
        here = self._set.get(origin_of(target), {})
        pairs = [f"{name}={value}" for (name, path), value in here.items() if _covers(path, target.path)]
        header = "; ".join(pairs)
        return {"cookie": header} if header and len(header) <= _MAX_LENGTH else {}


def _folder(path: str) -> str:
    """Return the path that a cookie has which says none (RFC 6265, 5.1.4)."""
    return path.rpartition("/")[0] or "/"


def _covers(path: str, asked: str) -> bool:
    """Say whether a cookie of a path goes to another (RFC 6265, 5.1.4)."""
    asked = asked or "/"
    return asked == path or (asked.startswith(path) and (path.endswith("/") or asked[len(path)] == "/"))
