"""What Reddit says to a reply; most of it stands inside a 200, as ``json.errors``."""

import re
from collections.abc import Mapping
from typing import Any

from bot.net.retry_after import LONGEST_REST
from bot.sources.kit.answer import Answer
from bot.sources.kit.json import mapping
from bot.sources.kit.verdicts import Means, Row, Said, Verdicts
from handlers.base.cards import one_line

SCOPES = "identity, read, history, submit and privatemessages"
MAX_CHARACTERS = 10_000

_WAIT = re.compile(r"(\d{1,4}) (millisecond|second|minute|hour)", re.IGNORECASE)
_SECONDS = {"millisecond": 0.001, "second": 1.0, "minute": 60.0, "hour": 3_600.0}
_SCOPE = "insufficient_scope"
_TOO_LONG = f"It is longer than the {MAX_CHARACTERS:,} characters that Reddit takes."
_WAIT_FOR_US = "Reddit asks our account to wait before it comments again."
_GONE = {
    "DELETED_COMMENT": "The comment that it answers was deleted.",
    "DELETED_LINK": "The post that it answers was deleted.",
    "THREAD_LOCKED": "The thread is locked: nobody may comment any more.",
    "TOO_OLD": "The post is archived: it is too old to be answered.",
}
_REFUSALS = {
    "TOO_LONG": _TOO_LONG,
    "NO_TEXT": "It is empty.",
    "USER_BLOCKED": "The author has blocked our account.",
    "USER_BLOCKED_MESSAGE": "The author has blocked our account.",
    "BANNED_FROM_SUBREDDIT": "Our account is banned from this subreddit.",
    "SUBREDDIT_NOTALLOWED": "Our account may not write in this subreddit.",
    "COMMENT_GUIDANCE_VALIDATION_FAILED": "The rules of this subreddit do not let it through.",
}


def _read(answer: Answer) -> Said:
    """Read the first error of a 200, or what stands in its place elsewhere."""
    if not answer.ok:
        scope = answer.status == 403 and _SCOPE in answer.headers.get("www-authenticate", "")
        return Said(code=_SCOPE if scope else str(answer.object.get("error", "")))
    result = mapping(answer.object.get("json"))
    told = result.get("errors")
    if not told:
        return Said()
    first = told[0] if isinstance(told, list) and isinstance(told[0], list) else []
    code, words = (str(part or "") for part in [*first, "", ""][:2])
    return Said(code=code or "?", words=one_line(f"{code} {words}", 200), rest=_rest(result, words))


def _rest(result: Mapping[str, Any], words: str) -> float | None:
    """Return how long Reddit asks us to wait: a number beside the errors, else what its sentence says."""
    told = result.get("ratelimit")
    if isinstance(told, int | float) and not isinstance(told, bool) and 0 <= told <= LONGEST_REST:
        return float(told)
    found = _WAIT.search(words)
    return int(found[1]) * _SECONDS[found[2].lower()] if found else None


VERDICTS = Verdicts(
    rows=(
        Row(means=Means.EXPIRED, status={401}),
        Row(means=Means.AGAIN, status={200}, code="RATELIMIT", why=_WAIT_FOR_US),
        Row(
            means=Means.ACCOUNT,
            status={200},
            code="USER_REQUIRED",
            why="Reddit does not know our account: authorise the application anew.",
        ),
        *(Row(means=Means.PARENT_GONE, status={200}, code=code, why=why) for code, why in _GONE.items()),
        *(Row(means=Means.REFUSED, status={200}, code=code, why=why) for code, why in _REFUSALS.items()),
        # Whatever else it calls an error inside a 200: nothing was published.
        Row(means=Means.REFUSED, status={200}, code=r"(?s:.+)", why="Reddit refused it: {words}"),
        Row(
            means=Means.ACCOUNT,
            status={403},
            code=_SCOPE,
            why=f"The refresh token lacks a scope: authorise the application anew with {SCOPES}.",
        ),
        Row(
            means=Means.REFUSED,
            status={403},
            why="Our account may not write there: the subreddit is closed to it, or has banned it.",
        ),
        Row(
            means=Means.PARENT_GONE,
            status={404},
            code=".+",
            why="What it answers is gone, or our account may not see it.",
        ),
        Row(means=Means.REFUSED, status={413}, why=_TOO_LONG),
    ),
    read=_read,
    unknown="Reddit refused it ({status}).",
)
