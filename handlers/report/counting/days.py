"""Days: where one ends and the next begins, for an organisation in some time zone.

A day has 23 or 25 hours twice a year, a midnight may be missing where the clocks are put forward then, and once a whole
day was. So a day begins at the first moment that its date is shown, and its length is what lies before the next.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

ONE = timedelta(days=1)
_MICROSECOND = timedelta(microseconds=1)


def local_day(at: datetime, zone: ZoneInfo) -> date:
    """Return on which day a moment is."""
    return at.astimezone(zone).date()


@lru_cache(maxsize=4_096)
def begins(day: date, zone: ZoneInfo) -> datetime:
    """Return the moment at which a day begins, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def split(since: datetime, until: datetime, zone: ZoneInfo) -> Iterator[tuple[date, int]]:
    """Yield how many microseconds of a span lie on each day; nothing where a clock went backward."""
    while since < until:
        day = local_day(since, zone)
        end = min(until, begins(day + ONE, zone))
        if end <= since:  # a day that was left out, or one whose midnight came twice
            day, end = day + ONE, min(until, begins(day + 2 * ONE, zone))
        yield day, microseconds(since, end)
        since = end


def microseconds(since: datetime, until: datetime) -> int:
    """Return the span between two moments; 0 where a clock went backward."""
    return max(0, (until - since) // _MICROSECOND)
