"""Quiet: when a person is not to be disturbed, in the zone in which they are, and what is held back meanwhile.

A message of ours that nobody asked for can wait until the morning. What is not: what somebody else does, and wants them
to know. A period is written in wall time and belongs to the date on which it begins, like those of calendars.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from handlers.base.hours import MINUTES, Hours, Period


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiet:
    """When a department's people are left alone.

    Attributes:
        period: In which nobody gets a direct message of a clock; None = none.
        closed: What is counted in real time, and is due while the department is closed, is told when it opens.
    """

    period: Period | None = None
    closed: bool = True

    def ends(self, now: datetime, zone: ZoneInfo) -> datetime | None:
        """Return when the quiet ends in which a moment lies; None where it lies in none."""
        if self.period is None:
            return None
        today = now.astimezone(zone).date()
        for day in (today - timedelta(days=1), today):
            begin, end = (_wall(datetime.combine(day, time()), minutes, zone) for minutes in self.period)
            if begin <= now < end:
                return end
        return None


ALWAYS = Quiet()


def opening(hours: Hours, now: datetime) -> datetime | None:
    """Return when a department opens that is closed now; None while it is open, or where it never is again."""
    if hours.is_open(now):
        return None
    begin, _ = next(hours.openings(now), (None, None))
    return begin


def _wall(midnight: datetime, minutes: int, zone: ZoneInfo) -> datetime:
    """Return a wall time as an instant; whoever adds to a time with a zone would add to what the wall shows."""
    days, minutes = divmod(minutes, MINUTES)
    wall = midnight + timedelta(days=days, minutes=minutes)
    return wall.replace(tzinfo=zone).astimezone(UTC)
