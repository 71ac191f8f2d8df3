"""What Stack Exchange says beside its answers: every error is a 400 (https://api.stackexchange.com/docs/error-handling).

A wait is told in three ways: ``backoff`` in an answer that is fine, a sentence in an error ("more requests available in
17524 seconds"), and what is left of the day's requests in each answer (https://api.stackexchange.com/docs/throttle).
"""

import re
from collections.abc import Mapping
from json import loads
from typing import Any

from bot.net.retry_after import LONGEST_REST
from bot.sources.kit.answer import Answer
from bot.sources.kit.json import mapping, string, whole
from bot.sources.kit.verdicts import Means, Row, Said, Verdicts
from handlers.base.cards import one_line

NAME = "Stack Exchange"
_AVAILABLE = re.compile(r"available in ([0-9]{1,9}) seconds")


def verdicts(variable: str) -> Verdicts:
    """Return what its answers mean; ``variable`` holds the key."""
    return Verdicts(
        rows=(
            Row(means=Means.AGAIN, code="502/.*", why=f"{NAME} asks for a rest. {{words}}"),
            Row(means=Means.AGAIN, code="(?:500|503)/.*", why=f"{NAME} is not well. {{words}}"),
            Row(
                means=Means.ACCOUNT,
                code="(?:400|403|405)/.*",
                words=r"\bkey\b|application",
                why=f"{NAME} does not take the key in {variable}. {{words}}",
            ),
        ),
        read=_read,
        unknown=f"{NAME} refused the request ({{status}}). {{words}}",
    )


def _read(answer: Answer) -> Said:
    told = answer.object
    if not whole(told, "error_id"):
        return Said()
    words = one_line(string(told, "error_message"), 200)
    found = _AVAILABLE.search(words)
    rest = min(float(found[1]), LONGEST_REST) if found else None
    return Said(code=f"{whole(told, 'error_id')}/{string(told, 'error_name')}", words=words, rest=rest)


def backoff(told: Mapping[str, Any]) -> float:
    """Return for how many seconds the same may not be asked again; 0 where an answer does not say."""
    return min(float(max(whole(told, "backoff"), 0)), LONGEST_REST)


def quota_left(status: int, headers: Mapping[str, str], body: bytes) -> int | None:
    """Read from an answer how many requests are left today, whoever spent the others."""
    if b'"quota_remaining"' not in body:
        return None
    try:
        left = mapping(loads(body)).get("quota_remaining")
    except (ValueError, RecursionError):
        return None
    return left if type(left) is int else None
