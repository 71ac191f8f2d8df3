"""[voice] in dibs.toml: who hears each week of what more people say than usual, and when; absent = nobody is told."""

from collections.abc import Collection

from bot.settings.times import read_hour
from bot.settings.topics import department_of
from bot.toml.table import Table
from handlers.base.organisation import VoiceNotice

_KEYS = ("department", "when")
_WHEN = "mon 10:00"


def read_voice(table: Table, departments: Collection[str], fallback: str) -> VoiceNotice | None:
    """Read who hears of it; None where nobody does."""
    table.only(_KEYS)
    if not departments:
        return None
    department = department_of(table, "department", list(departments), default=fallback)
    when = read_hour(table, "when", _WHEN)
    return VoiceNotice(department=department, when=when) if when is not None else None
