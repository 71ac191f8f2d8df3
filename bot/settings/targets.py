"""What a department promises, in dibs.toml: within what time of its hours something is done.

A day of opening hours has no fixed length, so spans are written in hours and minutes alone.
"""

import re
from datetime import timedelta

from bot.toml.problems import quoted
from bot.toml.table import Table
from handlers.base.clocks import Target, Targets
from storage.tables.states import ClockKind

# A lease is no promise to anybody; it has a table of its own (``bot.settings.ladder``).
PROMISED = tuple(kind for kind in ClockKind if kind != ClockKind.LEASE)
TARGET_KEYS = (*PROMISED, "warn", "high")
LONGEST = timedelta(hours=10_000)
_SPAN = re.compile(r"(?=.)(?:(\d{1,5})h)? ?(?:(\d{1,6})m)?", re.ASCII)
_SHARE = re.compile(r"(\d{1,2}|100)%", re.ASCII)
_COUNTS = {"business": True, "calendar": False}


def read_span(text: str) -> timedelta:
    """Read "9h", "90m" or "1h30m".

    Raises:
        ValueError: It is none, or longer than 10,000 hours.
    """
    found = _SPAN.fullmatch(text.strip().lower())
    span = timedelta(hours=int(found[1] or 0), minutes=int(found[2] or 0)) if found else timedelta()
    if not timedelta() < span <= LONGEST:
        raise ValueError(
            f'{quoted(text)} is no length such as "9h", "90m" or "1h30m". Days are not counted: one has as many hours '
            "as a department is open on it."
        )
    return span


def read_targets(table: Table) -> Targets:
    """Read ``[departments.….targets]``; without it nothing is promised, and no clock runs."""
    table.only(TARGET_KEYS)
    high = table.table("high")
    high.only(PROMISED)
    return Targets(by_kind=_by_kind(table), warn=_warn(table), high=_by_kind(high))


def _by_kind(table: Table) -> dict[ClockKind, Target]:
    found = {kind: _target(table, kind) for kind in PROMISED if kind in table}
    return {kind: one for kind, one in found.items() if one is not None}


def _target(table: Table, kind: ClockKind) -> Target | None:
    value = table.values[kind]
    if not isinstance(value, dict):
        within = span_in(table, kind)
        return Target(within=within) if within is not None else None
    inner = table.table(kind)
    inner.only(("within", "count"))
    within, count = span_in(inner, "within"), inner.text("count", "business")
    if count not in _COUNTS:
        inner.wrong("count", 'is "business", which is the default, or "calendar" for real time.')
    return Target(within=within, business=_COUNTS.get(count, True)) if within is not None else None


def span_in(table: Table, key: str) -> timedelta | None:
    """Read a span under a key; what is none is complained about, with its line."""
    text = table.text(key)
    try:
        return read_span(text) if text else None
    except ValueError as error:
        table.problems.at((*table.path, key), f"{table.label} {key}: {error}")
        return None


def _warn(table: Table) -> float:
    text = table.text("warn", "75%")
    found = _SHARE.fullmatch(text)
    if text and found is None:
        table.wrong("warn", 'is a share of the time, such as "75%"; "100%" warns of nothing.')
    return int(found[1]) / 100 if found else 0.75
