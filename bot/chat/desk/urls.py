"""Addresses: what part of the board or the log a query string means, and how it is written; which way back is ours."""

import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date
from urllib.parse import urlencode

from handlers.base.cards import shortened
from handlers.base.standing import RISK_LABELS, TIER_LABELS
from handlers.draw.held import Wanted as HeldWanted
from handlers.draw.wanted import AGES, DUE_LABELS, MAX_QUERY, Wanted
from handlers.report.timeline import Wanted as LogWanted
from storage.own.board import Whose
from storage.tables.states import KEPT_BACK, Action, Held, Status, Tab, values

_LANGUAGE = re.compile(r"[a-z]{2,8}", re.ASCII)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_BACK = re.compile(r"/(?!/)[A-Za-z0-9_./?=&%+#~-]{0,2400}", re.ASCII)

OLDEST = "oldest"
# What an address of the board may say.
KNOWN = frozenset(
    (
        "q",
        "tab",
        "department",
        "source",
        "product",
        "tier",
        "risk",
        "lang",
        "age",
        "state",
        "owner",
        "due",
        "order",
        "after",
        "select",
    )
)
_VALUES: Mapping[str, Collection[str]] = {
    "tab": values(Tab),
    "age": AGES,
    "tier": [str(one) for one in TIER_LABELS],
    "risk": [str(one) for one in RISK_LABELS],
    "state": values(Status),
    "owner": values(Whose),
    "due": DUE_LABELS,
    "order": ("newest", OLDEST),
}
_MOST_UNREAD, _SHORT = 5, 61


def read_wanted(query: Mapping[str, str]) -> Wanted:
    """Read a view; what is not understood does not narrow it, and is named in ``unread``."""
    asked = {name: value.replace("\x00", "")[:MAX_QUERY].strip() for name, value in query.items()}
    unread = [name for name, value in asked.items() if value and not _is_read(name, value)]
    read = {name: value for name, value in asked.items() if name not in unread}
    wanted = Wanted(
        department=read.get("department", ""),
        newest=read.get("order") != OLDEST,
        after=_number(read.get("after", "")),
        q=read.get("q", ""),
        source=read.get("source", ""),
        product=read.get("product", ""),
        tier=read.get("tier", ""),
        risk=read.get("risk", ""),
        lang=read.get("lang", ""),
        age=read.get("age", ""),
        state=read.get("state", ""),
        owner=read.get("owner", ""),
        due=read.get("due", ""),
        unread=tuple(shortened(f"{name}={asked[name]}", _SHORT) for name in unread[:_MOST_UNREAD]),
    )
    return replace(wanted, tab=Tab(read["tab"]) if read.get("tab") else wanted.usual_tab)


def _is_read(name: str, value: str) -> bool:
    if name == "lang":
        return _LANGUAGE.fullmatch(value) is not None
    if name == "after":
        return _number(value) is not None
    return name in KNOWN and value in _VALUES.get(name, (value,))


def write_wanted(wanted: Wanted, after: int | None = None) -> str:
    """Write the address of this part of the board."""
    values = parameters(wanted) | ({"after": str(after)} if after else {})
    return f"/?{urlencode(values)}" if values else "/"


def parameters(wanted: Wanted, *without: str) -> dict[str, str]:
    """Return what the address of a view says, by name, such as for the hidden fields of a form that asks the rest."""
    said = {
        "q": wanted.q,
        "tab": "" if wanted.tab == wanted.usual_tab else str(wanted.tab),
        "department": wanted.department,
        "source": wanted.source,
        "product": wanted.product,
        "tier": wanted.tier,
        "risk": wanted.risk,
        "lang": wanted.lang,
        "age": wanted.age,
        "state": wanted.state,
        "owner": wanted.owner,
        "due": wanted.due,
        "order": "" if wanted.newest else OLDEST,
    }
    return {name: value for name, value in said.items() if value and name not in without}


def _number(text: str) -> int | None:
    """Read the number of a row that a page begins behind, or None."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None


def read_start(query: Mapping[str, str]) -> int:
    """Read from which row on a page of many is shown; what cannot be read means the beginning."""
    said = query.get("from", "")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 8 else 0


def read_kept(query: Mapping[str, str]) -> HeldWanted:
    """Read what is asked of what is held back; what cannot be read asks for nothing."""
    reason, day = query.get("reason", ""), query.get("day", "")
    return HeldWanted(
        department=query.get("department", "")[:100].replace("\x00", ""),
        reason=Held(reason) if reason in KEPT_BACK else None,
        held_by=_number(query.get("by", "")),
        day=date.fromisoformat(day) if _DAY.fullmatch(day) and _is_day(day) else None,
        after=_number(query.get("after", "")),
    )


def _is_day(text: str) -> bool:
    try:
        return date.min < date.fromisoformat(text) < date(9990, 1, 1)
    except ValueError:
        return False


def read_log(query: Mapping[str, str]) -> LogWanted:
    """Read what is asked of the log; what cannot be read asks for nothing."""
    action, before = query.get("action", ""), query.get("before", "")
    return LogWanted(
        department=query.get("department", "")[:100].replace("\x00", ""),
        action=action if action in set(Action) else "",
        arrivals=query.get("arrivals") != "no",
        before=_number(before),
    )


def write_log(wanted: LogWanted, *, proof: bool = False) -> str:
    """Write the address of this part of the log."""
    said = {
        "department": wanted.department,
        "action": wanted.action,
        "arrivals": "" if wanted.arrivals else "no",
        "proof": "1" if proof else "",
        "before": "" if wanted.before is None else str(wanted.before),
    }
    values = {name: value for name, value in said.items() if value}
    return f"/log?{urlencode(values)}" if values else "/log"


def way_back(text: str, otherwise: str) -> str:
    """Return a path of our own to go back to; whatever else was asked for becomes ``otherwise``."""
    return text if _BACK.fullmatch(text) else otherwise
