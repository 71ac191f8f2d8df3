"""A week: today and the six days before it, as an organisation's clock tells them."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

LENGTH = 7


@dataclass(frozen=True, slots=True)
class Week:
    """Seven days, the oldest first.

    Attributes:
        begins: The first moment of the first day, in UTC.
    """

    days: tuple[date, ...]
    begins: datetime
    zone: ZoneInfo

    @classmethod
    def until(cls, now: datetime, timezone: str) -> "Week":
        """Return the week whose last day is today."""
        zone = ZoneInfo(timezone)
        today = now.astimezone(zone).date()
        days = tuple(today - timedelta(days=back) for back in reversed(range(LENGTH)))
        return cls(days, datetime.combine(days[0], time(), zone).astimezone(UTC), zone)

    def day(self, moment: datetime) -> date:
        """Return the day of a moment."""
        return moment.astimezone(self.zone).date()
