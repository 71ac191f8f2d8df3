"""Times: the times that people type, in their own zone, and times said back to them."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

_SPAN = re.compile(r"(\d{1,4})\s*(m|min|minutes?|h|hours?|d|days?|w|weeks?)")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_MORNING = 9
_LONGEST = timedelta(days=366)


class UnknownTime(ValueError):
    """What was typed is no moment that is still to come; the message says what may be typed."""


def parse_time(text: str, now: datetime, zone: ZoneInfo) -> datetime:
    """Read ``2h``, ``30m``, ``3d``, ``tomorrow``, a weekday or an ISO time; days begin at 09:00 in ``zone``.

    Raises:
        UnknownTime: It is none of these, past, or more than a year away.
    """
    words = text.strip().lower()
    until = _read(words, now, zone)
    if until is None:
        raise UnknownTime(
            "Type when: 30m, 2h, 3d, tomorrow, a weekday such as monday, or a time such as 2026-05-04 15:30."
        )
    if until <= now:
        raise UnknownTime("That moment is past. Type one that is still to come, such as 2h or tomorrow.")
    if until - now > _LONGEST:
        raise UnknownTime("That is more than a year away. Type an earlier moment.")
    return until


def _read(words: str, now: datetime, zone: ZoneInfo) -> datetime | None:
    span = _SPAN.fullmatch(words)
    if span:
        unit = _UNITS[span[2][0]]
        return now + timedelta(**{unit: int(span[1])})
    local = now.astimezone(zone)
    if words == "tomorrow":
        return _morning(local + timedelta(days=1))
    for number, day in enumerate(WEEKDAYS):
        if len(words) >= 3 and words.startswith(day) and _FULL_DAYS[number].startswith(words):
            return _morning(local + timedelta(days=(number - local.weekday() - 1) % 7 + 1))
    try:
        read = datetime.fromisoformat(words.upper())
    except ValueError:
        return None
    if read.tzinfo is None:
        if len(words) <= len("2026-05-04"):
            read = read.replace(hour=_MORNING)
        read = read.replace(tzinfo=zone)
    try:
        return read.astimezone(UTC)
    except OverflowError:  # the first or last hours of the calendar
        return None


_FULL_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def _morning(local: datetime) -> datetime:
    return local.replace(hour=_MORNING, minute=0, second=0, microsecond=0).astimezone(UTC)


def say_time(at: datetime, zone: ZoneInfo) -> str:
    """Say a moment so that nobody has to guess: weekday, date, time and zone."""
    local = at.astimezone(zone)
    return f"{local:%A} {local.day} {local:%B} {local.year}, {local:%H:%M} ({zone.key})"


WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def ago(then: datetime, now: datetime) -> str:
    """Say how long ago something was: "5 minutes ago"."""
    minutes = int((now - then).total_seconds() // 60)
    if minutes < 1:
        return "a moment ago"
    if minutes < 120:
        return f"{minutes} minutes ago" if minutes > 1 else "a minute ago"
    hours = minutes // 60
    return f"{hours} hours ago" if hours < 48 else f"{hours // 24} days ago"
