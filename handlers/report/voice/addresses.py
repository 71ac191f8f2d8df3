"""Addresses: where on the desk the voice stands, and what each of its numbers was counted from."""

from urllib.parse import urlencode

from handlers.base.cards import Link


def voice_path(*, week: str = "", department: str = "") -> str:
    """Return the address of the voice on the desk, of a week or of the last seven days."""
    return _path("/voice", week=week, department=department)


def rows_path(token: str, *, week: str = "", part: str = "", start: int = 0) -> str:
    """Return the address of the mentions of a theme or a proposal, from the one on where their page begins."""
    return _path("/voice/rows", of=token, week=week, part=part) + (f"&from={start}" if start else "")


def open_rows(desk: str, number: int, token: str, *, week: str = "") -> Link | None:
    """Return the way to the mentions behind a number; None where there is no desk, or nothing to open."""
    return Link(label=f"Open {number:,}", url=f"{desk}{rows_path(token, week=week)}") if desk and number else None


def _path(path: str, **chosen: str) -> str:
    said = {name: value for name, value in chosen.items() if value}
    return f"{path}?{urlencode(said)}" if said else path
