"""Periods: whole weeks, months, quarters and years of where the organisation is.

Weeks are those of ISO 8601: they begin on Monday, and the first of a year is the one with its first Thursday, so that
some years have 53.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from handlers.base.errors import WrongInput
from handlers.report.counting.days import ONE, begins, local_day

_LONGEST_BY_DAY = timedelta(days=31)
_WRITTEN = re.compile(r"(\d{4})(?:-(?:W(\d{1,2})|Q([1-4])|(\d{1,2})))?", re.ASCII | re.IGNORECASE)
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
_FIRST_YEAR, _LAST_YEAR = 2000, 2099
_CURE = "Say a month (2026-11), a week (2026-W48), a quarter (2026-Q4) or a year (2026)."


@dataclass(frozen=True, slots=True)
class Period:
    """Whole local days, from ``first`` on and before ``until``."""

    label: str
    first: date
    until: date
    zone: ZoneInfo

    @property
    def since(self) -> datetime:
        """The moment at which it begins."""
        return begins(self.first, self.zone)

    @property
    def end(self) -> datetime:
        """The moment at which the next one begins."""
        return begins(self.until, self.zone)

    @property
    def spoken(self) -> str:
        """How it is called in a sentence: "November 2026", "week 48 of 2026"."""
        year, _, part = self.label.partition("-")
        if not part:
            return year
        if part[0] in "WQ":
            return f"{'week' if part[0] == 'W' else 'quarter'} {int(part[1:])} of {year}"
        return f"{_MONTHS[int(part) - 1]} {year}"

    @property
    def is_long(self) -> bool:
        """Say whether it is a quarter or a year: its parts are weeks, and not days, and its report is kept."""
        return self.until - self.first > _LONGEST_BY_DAY

    def part_of(self, at: datetime) -> date:
        """Return the first day of the part in which a moment is: its day, or its week where the period is long."""
        day = local_day(at, self.zone)
        if not self.is_long:
            return day
        return max(self.first, day - timedelta(days=day.weekday()))

    def parts(self, now: datetime) -> list[date]:
        """Return the first days of its parts, up to the one that has begun."""
        end = min(self.until, local_day(now, self.zone) + ONE)
        days = (self.first + number * ONE for number in range((end - self.first).days))
        return list(dict.fromkeys(self.part_of(begins(day, self.zone)) for day in days))

    def goes_on(self, now: datetime) -> bool:
        """Say whether it has not ended yet."""
        return now < self.end

    def before(self) -> "Period":
        """Return the one before it, of its kind."""
        return _around(self.first - ONE, self.label, self.zone)

    def after(self) -> "Period":
        """Return the one behind it, of its kind."""
        return _around(self.until, self.label, self.zone)


def read_period(written: str, zone: ZoneInfo, now: datetime) -> Period:
    """Read a period; nothing means the last whole month.

    Raises:
        WrongInput: It is none, or has not begun.
    """
    if not written.strip():
        return _month(local_day(now, zone).replace(day=1) - ONE, zone)
    found = _WRITTEN.fullmatch(written.strip())
    period = _read(found, zone) if found and _FIRST_YEAR <= int(found[1]) <= _LAST_YEAR else None
    if period is None:
        raise _wrong(f"“{written.strip()[:20]}” is no period. {_CURE}")
    if period.since > now:
        raise _wrong(f"{period.spoken[:1].upper()}{period.spoken[1:]} has not begun. {_CURE}")
    return period


def _wrong(sentence: str) -> WrongInput:
    return WrongInput(sentence, {"period": sentence})


def _read(found: re.Match[str], zone: ZoneInfo) -> Period | None:
    year, week, quarter, month = int(found[1]), found[2], found[3], found[4]
    try:
        if week:
            return _week(date.fromisocalendar(year, int(week), 1), zone)
        if quarter:
            return _quarter(date(year, 3 * int(quarter) - 2, 1), zone)
        return _month(date(year, int(month), 1), zone) if month else _year(date(year, 1, 1), zone)
    except ValueError:  # there is no such week or month
        return None


def _around(day: date, label: str, zone: ZoneInfo) -> Period:
    part = label.partition("-")[2]
    if not part:
        return _year(day, zone)
    return _week(day, zone) if part[0] == "W" else _quarter(day, zone) if part[0] == "Q" else _month(day, zone)


def _week(day: date, zone: ZoneInfo) -> Period:
    year, number, weekday = day.isocalendar()
    first = day - timedelta(days=weekday - 1)
    return Period(f"{year}-W{number:02}", first, first + timedelta(days=7), zone)


def _month(day: date, zone: ZoneInfo) -> Period:
    first = day.replace(day=1)
    return Period(f"{first:%Y-%m}", first, _months_on(first, 1), zone)


def _quarter(day: date, zone: ZoneInfo) -> Period:
    first = date(day.year, 3 * ((day.month - 1) // 3) + 1, 1)
    return Period(f"{first.year}-Q{(first.month + 2) // 3}", first, _months_on(first, 3), zone)


def _year(day: date, zone: ZoneInfo) -> Period:
    return Period(f"{day.year}", date(day.year, 1, 1), date(day.year + 1, 1, 1), zone)


def _months_on(first: date, number: int) -> date:
    months = first.year * 12 + first.month - 1 + number
    return date(months // 12, months % 12 + 1, 1)
