"""How long a server asks us to wait, and what it says is left: the one reader of such headers.

Retry-After holds seconds or a date (RFC 9110 §10.2.3). Budgets have several names (``RateLimit-``, ``X-RateLimit-``,
``X-Rate-Limit-``) and their resets several forms: seconds from now, seconds since 1970, or an ISO time. Moments are
counted from ``now``, and without one by the answer's own clock (``Date``), since ours may be another. What cannot be
read says nothing, and nothing holds us for longer than a day.

Apple's says "user-hour-lim:3600;user-hour-rem:500;", of the last sixty minutes at any moment, so no reset is told
(https://developer.apple.com/documentation/appstoreconnectapi/identifying-rate-limits). Each minute some of it comes
back, and a limit by the minute that no header tells ends by then, too: a minute is what we wait.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

LONGEST_REST = 86_400.0
# Smaller numbers are seconds from now, larger ones seconds since 1970.
_SINCE_1970 = 1e9
_NUMBER = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,9})?")
_BUDGETS = ("ratelimit-", "x-ratelimit-", "x-rate-limit-")
_ROLLING = re.compile(r"(?:^|;)\s*user-hour-rem:\s*([0-9]{1,12})\s*(?:;|$)")
_ROLLS_ON = 60.0

Headers = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Budget:
    """How many requests are left, and in how many seconds there are more; None = it does not say."""

    left: float | None
    seconds: float | None


def retry_after(headers: Headers, now: datetime | None = None, *, longest: float = LONGEST_REST) -> float | None:
    """Return what Retry-After says, in seconds; None when there is none that makes sense."""
    seconds = _seconds(headers.get("retry-after"), now, headers)
    return None if seconds is None else min(seconds, longest)


def read_budget(headers: Headers, now: datetime | None = None) -> Budget:
    """Return the first budget that the headers tell."""
    for prefix in _BUDGETS:
        left, reset = headers.get(f"{prefix}remaining", "").strip(), headers.get(f"{prefix}reset")
        if (seconds := _seconds(reset, now, headers)) is not None:
            return Budget(float(left) if _NUMBER.fullmatch(left) else None, seconds)
    rolling = _ROLLING.search(headers.get("x-rate-limit", "")[:200])
    return Budget(float(rolling[1]), _ROLLS_ON) if rolling else Budget(None, None)


def asked_rest(headers: Headers, now: datetime | None = None) -> float | None:
    """Return how long an answer of 429 asks us to stay away: Retry-After, else the reset of a budget."""
    if (rest := retry_after(headers, now)) is not None:
        return rest
    seconds = read_budget(headers, now).seconds
    return None if seconds is None else min(seconds, LONGEST_REST)


def _seconds(told: str | None, now: datetime | None, headers: Headers) -> float | None:
    text = (told or "").strip()
    if _NUMBER.fullmatch(text) and float(text) < _SINCE_1970:
        return float(text)
    moment = _moment(text)
    now = now or _date(headers.get("date", ""))
    return max((moment - now).total_seconds(), 0.0) if moment and now else None


def _moment(text: str) -> datetime | None:
    try:
        if _NUMBER.fullmatch(text):
            return datetime.fromtimestamp(float(text), UTC)
        told = datetime.fromisoformat(text)
    except (ValueError, OverflowError, OSError):
        return _date(text)
    return told if told.tzinfo else told.replace(tzinfo=UTC)


def _date(text: str) -> datetime | None:
    try:
        told = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return told if told.tzinfo else told.replace(tzinfo=UTC)
