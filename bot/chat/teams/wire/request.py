"""Requests: a request is measured and read here, step by step, so that what is not let in is not parsed either.

The wall decides between the steps who may go on; it answers what is turned away with the bare status.
"""

import json
from collections.abc import Mapping
from typing import Any, NoReturn

from aiohttp import web

from bot.net.request_body import BodyRefused, check_head, read_request

PATH = "/api/messages"
_DEEPEST = 40


class TurnedAway(Exception):
    """Answer with this status and nothing else; ``why`` is for the log."""

    def __init__(self, status: int, why: str = "") -> None:
        super().__init__(f"{status} {why}")
        self.status = status
        self.why = why


def look_at_head(request: web.Request) -> None:
    """Turn away what says itself that it is compressed or too large, before anything else is done with it."""
    try:
        check_head(request)
    except BodyRefused as refusal:
        raise TurnedAway(refusal.status) from None


def look_at_type(request: web.Request) -> None:
    """Turn away what does not say that it is JSON; a page in a browser cannot say so of what it posts elsewhere."""
    if request.content_type != "application/json":
        raise TurnedAway(415)


async def read_object(request: web.Request) -> dict[str, Any]:
    """Read the body, of at most 1 MiB within ten seconds: a JSON object, cleaned of what no database takes.

    Raises:
        TurnedAway: 413, 408, or 400.
    """
    try:
        raw = await read_request(request)
        value = json.loads(raw.decode("utf-8-sig"), parse_constant=_no_number)
    except BodyRefused as refusal:
        raise TurnedAway(refusal.status, "Its body is too large, too slow or broken.") from None
    except (ValueError, RecursionError):
        raise TurnedAway(400, "It is not JSON.") from None
    if not isinstance(value, dict):
        raise TurnedAway(400, "It is not an object.")
    cleaned: dict[str, Any] = _cleaned(value, 0)
    return cleaned


def _cleaned(value: Any, depth: int) -> Any:
    if depth > _DEEPEST:
        raise TurnedAway(400, "It is nested deeper than any activity.")
    if isinstance(value, str):
        return _clean(value)
    if isinstance(value, Mapping):
        return {_clean(key): _cleaned(inner, depth + 1) for key, inner in value.items()}
    if isinstance(value, list):
        return [_cleaned(inner, depth + 1) for inner in value]
    return value


def _clean(text: str) -> str:
    """Return a text without NUL and lone surrogates."""
    if text.isascii() and "\0" not in text:
        return text
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def _no_number(name: str) -> NoReturn:
    raise ValueError(name)
