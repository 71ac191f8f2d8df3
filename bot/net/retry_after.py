"""How long a server asks us to wait, in whatever header it says so."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

LONGEST_REST = 86_400.0
# Smaller numbers are seconds from now, larger ones seconds since 1970.
_SINCE_1970 = 1e9


def seconds_to_rest(value: str | None, now: datetime) -> float | None:
    """Read a Retry-After header (seconds or an HTTP date, RFC 9110 §10.2.3); at most a day, None if unreadable."""
    text = (value or "").strip()
    if re.fullmatch(r"[0-9]{1,10}", text):
        return min(float(text), LONGEST_REST)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return min(max((moment - now).total_seconds(), 0.0), LONGEST_REST)


def asked_rest(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that an answer asks us to stay away, by its own clock (``Date``); None when it does not say.

    Retry-After in seconds, else ``X-RateLimit-Reset`` as an ISO time, seconds since 1970, or seconds from now.
    """
    for name in ("retry-after", "x-ratelimit-reset"):
        told = headers.get(name, "").strip()
        try:
            seconds = float(told)
            if seconds < _SINCE_1970:
                return min(max(seconds, 0.0), LONGEST_REST)
            reset = datetime.fromtimestamp(seconds, UTC)
        except (ValueError, OverflowError, OSError):
            try:
                reset = datetime.fromisoformat(told)
            except ValueError:
                continue
        now = _date(headers.get("date", ""))
        if now is not None:
            left = (reset if reset.tzinfo else reset.replace(tzinfo=UTC)) - now
            return min(max(left, timedelta(0)).total_seconds(), LONGEST_REST)
    return None


def _date(text: str) -> datetime | None:
    try:
        told = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return told if told.tzinfo else told.replace(tzinfo=UTC)


NUMBER = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,9})?")


def seconds_until(reset: str, now: datetime) -> float | None:
    """Return the seconds until a reset that a header tells: from now, since 1970, or as an ISO time; else None."""
    if NUMBER.fullmatch(reset):
        number = float(reset)
        return max(number - now.timestamp(), 0.0) if number >= _SINCE_1970 else number
    try:
        moment = datetime.fromisoformat(reset)
        told = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return max((told - now).total_seconds(), 0.0)
    except (ValueError, OverflowError):
        return None
