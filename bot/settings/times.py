"""Time zones and days of the week in dibs.toml."""

from zoneinfo import ZoneInfo, available_timezones

from bot.toml.problems import did_you_mean, quoted
from bot.toml.table import Table
from handlers.text.times import WEEKDAYS


def read_timezone(table: Table, default: str) -> str:
    """Read ``timezone``, and return ``default`` where there is none, or none that is known."""
    name = table.text("timezone", default)
    try:
        ZoneInfo(name)
    except (ValueError, LookupError, OSError):  # such as "../x", an unknown one, a folder of zones
        if name:
            near = did_you_mean(name, available_timezones())
            table.wrong("timezone", f'{quoted(name)} is no time zone such as "Europe/Berlin"{near}')
        return default
    return name


def read_days(text: str) -> frozenset[int] | None:
    """Read ``mon-fri``, ``mon,wed`` or both mixed; a range may go over the week's end."""
    days: set[int] = set()
    for part in text.split(","):
        first, _, last = part.partition("-")
        if first not in WEEKDAYS or (last or first) not in WEEKDAYS or part.endswith("-"):
            return None
        start, length = WEEKDAYS.index(first), WEEKDAYS.index(last or first) - WEEKDAYS.index(first)
        days |= {(start + step) % 7 for step in range(length % 7 + 1)}
    return frozenset(days)
