"""The database's URL, read without opening what it names."""

from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError


def is_usable(url: str) -> bool:
    """Say whether a URL is one that Dibs takes: SQLite on a file, or PostgreSQL without a driver's name."""
    parsed = _parse(url)
    if parsed is None:
        return False
    on_file = parsed.drivername == "sqlite" and parsed.database not in (None, "", ":memory:")
    return on_file or parsed.drivername == "postgresql"


def file_of(url: str) -> Path | None:
    """Return the file of an SQLite database, or None for a server."""
    parsed = make_url(url)
    return Path(parsed.database or "") if parsed.get_backend_name() == "sqlite" else None


def _parse(url: str) -> URL | None:
    try:
        return make_url(url)
    except (ArgumentError, ValueError):
        return None
