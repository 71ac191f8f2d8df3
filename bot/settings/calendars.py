"""The calendars in dibs.toml: when departments are there, read into ``handlers.base.hours``.

What is wrong is told with its line before anything starts: a day that is written twice, a period that overlaps another
one of its day, hours that never come.
"""

from collections.abc import Mapping
from datetime import date, datetime
from itertools import pairwise

from bot.settings.times import read_days, read_timezone
from bot.toml.problems import quoted
from bot.toml.table import Table
from handlers.base.hours import MOST_CLOSED, Calendar, Hours, Period, read_period, write_period
from handlers.text.times import WEEKDAYS

CALENDAR_KEYS = ("timezone", "week", "dates")
MOST_PERIODS = 12
MOST_DATES = 2_000


def read_calendars(tables: Table, timezone: str, now: datetime) -> Mapping[str, Calendar]:
    """Read ``[calendars.…]``, by name; what is wrong is complained about, and left out of its calendar."""
    return {name: _calendar(name, tables.table(name), timezone, now) for name in tables.values}


def _calendar(name: str, table: Table, timezone: str, now: datetime) -> Calendar:
    table.only(CALENDAR_KEYS)
    wrong = table.problems.count
    calendar = Calendar(
        name=name,
        timezone=read_timezone(table, timezone),
        week=_week(table.table("week")),
        dates=_dates(table.table("dates")),
    )
    if table.problems.count == wrong and next(Hours(calendar).openings(now), None) is None:
        table.wrong(
            "week", f'never opens in the next {MOST_CLOSED.days} days; write week = {{ mon-fri = ["09:00-17:00"] }}.'
        )
    return calendar


def _week(table: Table) -> Mapping[int, tuple[Period, ...]]:
    found: dict[int, tuple[Period, ...]] = {}
    for key in table.values:
        days = read_days(key.strip().lower())
        if days is None:
            table.wrong(key, f'names no days; write mon, mon-fri or "sat,sun", with {", ".join(WEEKDAYS)}.')
            continue
        if twice := sorted(days & found.keys()):
            table.wrong(key, f"has {WEEKDAYS[twice[0]]}, which stands in this week already.")
        found |= dict.fromkeys(days, _periods(table, key))
    return found


def _dates(table: Table) -> Mapping[date, tuple[Period, ...]]:
    found: dict[date, tuple[Period, ...]] = {}
    if len(table.values) > MOST_DATES:
        table.problems.at(table.path, f"{table.label} has more than {MOST_DATES:,} dates; those that are over can go.")
        return {}
    for key in table.values:
        try:
            day = date.fromisoformat(key)
        except ValueError:
            table.wrong(key, "is no date such as 2026-12-24.")
            continue
        found[day] = _periods(table, key)
    return found


def _periods(table: Table, key: str) -> tuple[Period, ...]:
    """Return the periods of a day, in their order; where one is wrong, those that are right."""
    if isinstance(table.values[key], str):
        table.wrong(key, f"is a list, such as [{quoted(str(table.values[key]))}]; [] is closed.")
        return ()
    texts = table.texts(key)
    if len(texts) > MOST_PERIODS:
        table.wrong(key, f"has more than {MOST_PERIODS} periods.")
        return ()
    found: list[Period] = []
    for position, text in enumerate(texts):
        try:
            found.append(read_period(text))
        except ValueError as error:
            table.problems.at((*table.path, key, position), f"{table.label} {key}: {quoted(text)} {error}")
    found.sort()
    for one, following in pairwise(found):
        if following[0] < one[1]:
            table.wrong(key, f"has {write_period(one)} and {write_period(following)}, which overlap.")
    return tuple(found)
