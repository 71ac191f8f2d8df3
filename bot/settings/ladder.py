"""What a department's clocks do besides, in dibs.toml: how long a claim holds, who is told of what nobody has, and when
people are left alone.

Whom a ladder names is looked at here, so that nobody waits at night for a message that could go nowhere.
"""

import re
from collections.abc import Collection
from itertools import pairwise

from bot.settings.targets import span_in
from bot.toml.problems import did_you_mean, quoted
from bot.toml.table import Table
from handlers.base.clocks import Lease, Rung, Told
from handlers.base.hours import MINUTES, read_period
from handlers.base.quiet import ALWAYS, Quiet

LEASE_KEYS = ("ask", "return")
RUNG_KEYS = ("after", "tell")
MOST_RUNGS = 10
_CALLS_GROUPS = "slack"
_DEPARTMENT = "department:"
_EMAIL = re.compile(r"[^\s@*]+@[^\s@*]+")
_GROUP = re.compile(r"@[^\s@*]+")


def read_lease(table: Table) -> Lease | None:
    """Read ``[departments.….lease]``; without it a claim holds until somebody ends it."""
    table.only(LEASE_KEYS)
    if not table.values:
        return None
    ask, back = (span_in(table, key) for key in LEASE_KEYS)
    return Lease(ask=ask, back=back) if ask is not None and back is not None else None


def read_ladder(department: Table, homes: Collection[str], departments: Collection[str]) -> tuple[Rung, ...]:
    """Read ``[[departments.….ladder]]``, in its order; what is wrong is complained about and left out."""
    tables = department.tables("ladder")
    if len(tables) > MOST_RUNGS:
        department.wrong("ladder", f"has more than {MOST_RUNGS} steps.")
        return ()
    found: list[tuple[Table, Rung]] = []
    for table in tables:
        table.only(RUNG_KEYS)
        after = span_in(table, "after")
        told = _told(table, homes, departments)
        if after is not None and told is not None:
            found.append((table, Rung(after=after, to=told[0], name=told[1])))
    for (_, one), (table, following) in pairwise(found):
        if following.after <= one.after:
            table.wrong(
                "after", "is not later than that of the step before it; each step comes after the one above it."
            )
    return tuple(rung for _, rung in found)


def read_quiet(table: Table) -> Quiet:
    """Read ``quiet``: a period of the day, or false for no regard to it at all."""
    if "quiet" not in table:
        return ALWAYS
    if table.values["quiet"] is False:
        return Quiet(closed=False)
    text = table.values["quiet"]
    try:
        period = read_period(text) if isinstance(text, str) else None
    except ValueError:
        period = None
    if period is None or period[1] - period[0] >= MINUTES:
        table.wrong("quiet", 'is a part of the day, such as "20:00-08:00", or false.')
        return ALWAYS
    return Quiet(period=period)


def _told(table: Table, homes: Collection[str], departments: Collection[str]) -> tuple[Told, str] | None:
    text = table.text("tell")
    if text == Told.CHANNEL:
        return Told.CHANNEL, ""
    if _GROUP.fullmatch(text):
        if _CALLS_GROUPS in homes:
            return Told.GROUP, text
        table.wrong(
            "tell",
            f"{quoted(text)} is a user group of Slack, and this department has no channel there. "
            'Name people by their e-mail addresses, or write "channel".',
        )
        return None
    if text.startswith(_DEPARTMENT):
        key = text.removeprefix(_DEPARTMENT)
        if key in departments:
            return Told.DEPARTMENT, key
        table.wrong("tell", f"{quoted(key)} is no department{did_you_mean(key, departments)}")
        return None
    if _EMAIL.fullmatch(text):
        return Told.PERSON, text
    if text:
        table.wrong(
            "tell", f'{quoted(text)} is nobody: write "channel", "@group", an e-mail address or "department:support".'
        )
    return None
