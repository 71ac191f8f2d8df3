"""Time zones, days of the week and hours of them in dibs.toml."""

import re
from datetime import time
from zoneinfo import ZoneInfo, available_timezones

from bot.toml.problems import did_you_mean, quoted
from bot.toml.table import Table
from handlers.base.organisation import DigestTime
from handlers.text.times import WEEKDAYS

_HOUR = re.compile(r"(?:(\S+) +)?([01]?\d|2[0-3]):([0-5]\d)", re.ASCII)


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


def read_hour(table: Table, key: str, default: str) -> DigestTime | None:
    """Read an hour of some days, such as "mon-fri 09:00"; None where it is ``false``, or none."""
    if table.values.get(key) is False:
        return None
    value = table.values.get(key, default)
    found = _HOUR.fullmatch(value.strip().lower()) if isinstance(value, str) else None
    days = read_days(found[1]) if found and found[1] else frozenset(range(7))
    if found is None or days is None:
        table.wrong(key, 'is a time such as "09:00" or "mon-fri 09:00", or false for none.')
        return None
    return DigestTime(at=time(int(found[2]), int(found[3])), days=days)
