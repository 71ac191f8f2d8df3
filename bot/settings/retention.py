"""[retention] in dibs.toml: for how many days what sources showed is kept; without it, until it is forgotten."""

from collections.abc import Collection

from bot.toml.problems import did_you_mean, quoted
from bot.toml.table import Table
from handlers.base.organisation import Retention

_KEYS = ("days", "sources")
_LEAST, _MOST = 7, 36_500


def read_retention(table: Table, sources: Collection[str]) -> Retention:
    """Read for how long what is kept: of all sources, and of some."""
    table.only(_KEYS)
    own = table.table("sources")
    for name in own.values:
        if name not in sources:
            own.wrong(name, f"is no source{did_you_mean(name, sources)}")
    return Retention(days=_days(table, "days"), sources={name: _days(own, name) for name in own.values})


def _days(table: Table, key: str) -> int | None:
    """Read a number of days; None where it is false, or not said."""
    value = table.values.get(key, False)
    if value is False:
        return None
    rest = f"is a whole number of days, from {_LEAST} to {_MOST}, or false: kept until it is forgotten."
    return table.whole(key, _LEAST, _MOST, f"is not {quoted(value)}: it {rest}" if isinstance(value, str) else rest)
