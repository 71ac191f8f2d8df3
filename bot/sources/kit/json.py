"""Reading what an API answers: JSON of the wrong shape is a trouble of the service, never a bug of ours."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from bot.net.errors import NotJson
from bot.net.fetching import Fetched

# Below this, parsing takes less time than handing it to a thread.
_SMALL = 16 * 1024


async def read_json(fetched: Fetched, wrong: str) -> Any:
    """Parse an answer, a large one off the event loop.

    Raises:
        NotJson: It is none; its sentence is ``wrong``.
    """
    try:
        if len(fetched.body) <= _SMALL:
            return json.loads(fetched.body)
        return await asyncio.to_thread(json.loads, fetched.body)
    except (ValueError, RecursionError) as error:
        raise NotJson(wrong) from error


def mapping(value: object) -> Mapping[str, Any]:
    """Return ``value`` where it is a JSON object, else an empty one."""
    return value if isinstance(value, dict) else {}


def read_object(text: str) -> Mapping[str, Any]:
    """Return the JSON object that a text holds; an empty one where it holds none."""
    try:
        return mapping(json.loads(text))
    except (ValueError, RecursionError):
        return {}


def string(values: Mapping[str, Any], name: str) -> str:
    """Return a field where it is text, else an empty string."""
    value = values.get(name)
    return value if isinstance(value, str) else ""


def objects(value: object) -> list[Mapping[str, Any]]:
    """Return the objects of a JSON list, else none."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def numbers(value: object) -> list[int]:
    """Return the whole numbers of a JSON list, else none."""
    return [one for one in value if type(one) is int] if isinstance(value, list) else []


def whole(values: Mapping[str, Any], name: str) -> int:
    """Return a field where it is a whole number, else 0."""
    value = values.get(name)
    return value if type(value) is int else 0
