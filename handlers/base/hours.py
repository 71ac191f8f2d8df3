"""Hours: when a department is open, as intervals in UTC, and how much open time lies between two instants.

A calendar is written in wall time, and time is counted in UTC: all arithmetic is on microseconds since 1970, so that
the nights in which clocks change need no rule of their own. Its rules:

- A period belongs to the local date on which it begins; an end that is not after its start lies on the next day.
- A wall time that comes twice means the first, and one that is skipped keeps the offset from before the gap (RFC 5545,
  3.3.5; that of Python with ``fold=0``). A date that a zone skipped (Apia, 30 December 2011) has no hours.
- Open is what lies in any period, its end excluded; where periods overlap, time counts once.
- A date that is listed is open only in the hours listed for it, from its midnight to its midnight: the shift of the day
  before ends there.
- A deadline is the earliest instant by which the time is used up: at closing it is that closing, not the next opening.

No library does all of this: those that were tried lose night shifts, the end at 24:00, or the nights of a change.
"""

import json
import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate
from zoneinfo import ZoneInfo

# Where so many days hold no opening, there is none.
MOST_CLOSED = timedelta(days=400)
MINUTES = 24 * 60
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_DAY = timedelta(days=1)
# So many days are worked out beyond what is asked for.
_AHEAD = timedelta(days=100)
_PERIOD = re.compile(r"(\d{1,2}):(\d{2}) ?[-–] ?(\d{1,2}):(\d{2})", re.ASCII)

# Minutes after midnight at which it begins and ends; an end beyond 24 hours lies on the next day.
Period = tuple[int, int]


def read_period(text: str) -> Period:
    """Read "09:00-12:30", "22:00-06:00" or "00:00-24:00".

    Raises:
        ValueError: It is none.
    """
    found = _PERIOD.fullmatch(text.strip())
    if found is None:
        raise ValueError('is a period such as "09:00-12:30".')
    hour, minute, end_hour, end_minute = map(int, found.groups())
    begin, end = hour * 60 + minute, end_hour * 60 + end_minute
    if hour > 23 or minute > 59 or end_minute > 59 or end > MINUTES:
        raise ValueError("has a time that there is not; a day goes from 00:00 to 24:00.")
    return begin, end if end > begin else end + MINUTES


def write_period(period: Period) -> str:
    """Return a period as it is written."""
    begin, end = period
    end -= MINUTES if end > MINUTES else 0
    return f"{begin // 60:02}:{begin % 60:02}-{end // 60:02}:{end % 60:02}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """When somebody is there, as dibs.toml says it.

    Attributes:
        name: What dibs.toml calls it.
        timezone: In which all of it is written.
        week: For each day of the week, 0 = Monday, its periods; none = closed.
        dates: What is so on one date alone; no period = closed.
    """

    name: str = field(default="", compare=False)
    timezone: str
    week: Mapping[int, tuple[Period, ...]]
    dates: Mapping[date, tuple[Period, ...]] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """As text that is the same for calendars that are the same; ``Calendar.read`` reads it."""
        week = {str(day): [write_period(one) for one in self.week[day]] for day in sorted(self.week) if self.week[day]}
        dates = {day.isoformat(): [write_period(one) for one in self.dates[day]] for day in sorted(self.dates)}
        return json.dumps({"timezone": self.timezone, "week": week, "dates": dates}, separators=(",", ":"))

    @classmethod
    def read(cls, text: str) -> "Calendar":
        """Read what ``text`` wrote."""
        told = json.loads(text)
        return cls(
            timezone=told["timezone"],
            week={int(day): tuple(map(read_period, periods)) for day, periods in told["week"].items()},
            dates={date.fromisoformat(day): tuple(map(read_period, periods)) for day, periods in told["dates"].items()},
        )

    def of(self, day: date) -> tuple[Period, ...]:
        """Return the periods that begin on a date."""
        return self.dates[day] if day in self.dates else self.week.get(day.weekday(), ())


@dataclass(frozen=True, slots=True)
class _Table:
    """Merged intervals in microseconds since 1970, for the local dates from one to another.

    Attributes:
        first: The first date whose hours are in it.
        last: The date after the last one.
        since, until: Instants of which it is sure, whatever the zone, that all between them is in it.
        begins: When each interval begins, ascending.
        ends: When it ends.
        before: The open time before it; one more than there are intervals.
    """

    first: date
    last: date
    since: datetime
    until: datetime
    begins: list[int]
    ends: list[int]
    before: list[int]


class Hours:
    """The opening hours of one calendar; None is open around the clock."""

    def __init__(self, calendar: Calendar | None) -> None:
        """Take the calendar; its intervals are worked out when they are asked for, and kept."""
        self.calendar = calendar
        self._zone = ZoneInfo(calendar.timezone) if calendar is not None else ZoneInfo("UTC")
        self._table: _Table | None = None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Hours) and self.calendar == other.calendar

    def __hash__(self) -> int:
        return hash(self.calendar.text if self.calendar is not None else "")

    def is_open(self, instant: datetime) -> bool:
        """Say whether it is open at an instant."""
        if self.calendar is None:
            return True
        at = _micros(instant)
        table = self._covering(instant, instant)
        place = bisect_right(table.begins, at) - 1
        return place >= 0 and at < table.ends[place]

    def between(self, begin: datetime, end: datetime) -> timedelta:
        """Return the open time in [begin, end), nothing where that is turned round."""
        return timedelta(microseconds=self.micros_between(begin, end))

    def micros_between(self, begin: datetime, end: datetime) -> int:
        """Return the same in whole microseconds."""
        if end <= begin:
            return 0
        first, last = _micros(begin), _micros(end)
        if self.calendar is None:
            return last - first
        table = self._covering(begin, end)
        return _used(table, last) - _used(table, first)

    def add(self, begin: datetime, amount: timedelta) -> datetime | None:
        """Return the earliest instant at which so much open time has passed since; None where that never comes.

        Nothing at all has passed at once, closed or not.
        """
        if amount <= timedelta() or self.calendar is None:
            return begin.astimezone(UTC) + max(amount, timedelta())
        upto = begin
        while True:
            # Each look is for what is left of it; without an opening in so many days there is none.
            upto += MOST_CLOSED
            table = self._covering(begin, upto)
            wanted = _used(table, _micros(begin)) + amount // _MICROSECOND
            place = bisect_right(table.before, wanted - 1) - 1
            if place < len(table.begins):
                return _instant(table.begins[place] + wanted - table.before[place])
            if not table.ends or table.ends[-1] < _micros(upto - MOST_CLOSED):
                return None

    def openings(self, instant: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Yield when it is open from an instant on: the interval that holds it, and those that follow."""
        if self.calendar is None:
            return
        after = instant
        while True:
            table = self._covering(after, after + MOST_CLOSED)
            place = bisect_right(table.ends, _micros(after))
            if place == len(table.ends):
                return
            after = _instant(table.ends[place])
            yield _instant(table.begins[place]), after

    def _covering(self, begin: datetime, end: datetime) -> _Table:
        """Return a table that holds all between two instants, and what reaches into it."""
        table = self._table
        if table is not None and table.since <= begin and end <= table.until:
            return table
        first = begin.astimezone(self._zone).date() - 2 * _DAY
        last = end.astimezone(self._zone).date() + 2 * _DAY
        if table is None or first < table.first or last > table.last:
            low, high = (first, last) if table is None else (min(first, table.first), max(last, table.last))
            table = self._table = self._worked_out(low - _AHEAD, high + _AHEAD)
        return table

    def _worked_out(self, first: date, last: date) -> _Table:
        found = sorted(span for number in range((last - first).days) for span in self._day(first + number * _DAY))
        begins: list[int] = []
        ends: list[int] = []
        for begin, end in found:
            if ends and begin <= ends[-1]:
                ends[-1] = max(ends[-1], end)
            else:
                begins.append(begin)
                ends.append(end)
        spans = (end - begin for begin, end in zip(begins, ends, strict=True))
        since, until = (datetime.combine(day, time(), UTC) for day in (first + 4 * _DAY, last - 4 * _DAY))
        return _Table(first, last, since, until, begins, ends, list(accumulate(spans, initial=0)))

    def _day(self, day: date) -> Iterator[tuple[int, int]]:
        """Yield the intervals that begin on a date, without what lies on others that are listed."""
        calendar = self.calendar
        if calendar is None or self._wall(day, 0) == self._wall(day, MINUTES):
            return
        for period in calendar.of(day):
            begin, end = self._wall(day, period[0]), self._wall(day, period[1])
            tomorrow = day + _DAY
            if tomorrow in calendar.dates:
                end = min(end, self._wall(tomorrow, 0))
            if begin < end:
                yield begin, end

    def _wall(self, day: date, minutes: int) -> int:
        """Return a wall time, in minutes after a date's midnight, as microseconds since 1970."""
        days, minutes = divmod(minutes, MINUTES)
        wall = datetime.combine(day + days * _DAY, time(minutes // 60, minutes % 60), self._zone)
        return _micros(wall)


AROUND_THE_CLOCK = Hours(None)


def _used(table: _Table, at: int) -> int:
    """Return the open time of a table before an instant."""
    place = bisect_right(table.begins, at) - 1
    return table.before[place] + min(at, table.ends[place]) - table.begins[place] if place >= 0 else 0


def _micros(instant: datetime) -> int:
    return (instant - _EPOCH) // _MICROSECOND  # of two zones, so it is by their instants


def _instant(micros: int) -> datetime:
    return _EPOCH + timedelta(microseconds=micros)
