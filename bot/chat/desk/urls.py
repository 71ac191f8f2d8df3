"""Addresses: what part of the board a query string means, and how it is written; which way back is ours."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from handlers.draw.board import Wanted
from storage.own.board import Cursor
from storage.tables.states import Tab

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CURSOR = re.compile(r"([0-9]{1,17})-([0-9]{1,18})", re.ASCII)
_BACK = re.compile(r"/(?!/)[A-Za-z0-9_./?=&%+#~-]{0,400}", re.ASCII)


def read_wanted(query: Mapping[str, str]) -> Wanted:
    """Read tab, department, order and page; what cannot be read means the beginning of the first tab."""
    tab = query.get("tab", "")
    return Wanted(
        tab=Tab(tab) if tab in set(Tab) else Tab.UNCLAIMED,
        department=query.get("department", "")[:100].replace("\x00", ""),
        newest=query.get("order") != "oldest",
        after=read_cursor(query.get("after", "")),
    )


def write_wanted(wanted: Wanted, after: Cursor | None = None) -> str:
    """Write the address of this part of the board."""
    said = {
        "tab": "" if wanted.tab == Tab.UNCLAIMED else str(wanted.tab),
        "department": wanted.department,
        "order": "" if wanted.newest else "oldest",
        "after": write_cursor(after) if after else "",
    }
    values = {name: value for name, value in said.items() if value}
    return f"/?{urlencode(values)}" if values else "/"


def write_cursor(cursor: Cursor) -> str:
    """Write a place between two pages."""
    return f"{(cursor.ingested_at - _EPOCH) // timedelta(microseconds=1)}-{cursor.id}"


def read_cursor(text: str) -> Cursor | None:
    """Read a place between two pages, or None."""
    found = _CURSOR.fullmatch(text)
    if found is None:
        return None
    try:
        return Cursor(_EPOCH + timedelta(microseconds=int(found[1])), int(found[2]))
    except OverflowError:
        return None


def way_back(text: str, otherwise: str) -> str:
    """Return a path of our own to go back to; whatever else was asked for becomes ``otherwise``."""
    return text if _BACK.fullmatch(text) else otherwise
