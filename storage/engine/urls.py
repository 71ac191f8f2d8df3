"""The database's URL, read without opening what it names."""

from pathlib import Path
from urllib.parse import quote, quote_plus

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


def is_ambiguous(url: str) -> bool:
    """Say whether a sign of a password reads as one of the address, which would then be told to whoever reads logs."""
    parsed = make_url(url)
    rest = (parsed.host, parsed.database, *parsed.query, *map(str, parsed.query.values()))
    return any("@" in (one or "") for one in rest)


def without_secrets(text: str, url: URL) -> str:
    """Return a text in which nothing stands of the passwords that a URL holds."""
    held = [url.password, *(value for name, value in url.query.items() if "passw" in name)]
    for secret in (one for one in held if isinstance(one, str) and one):
        for written in (secret, quote(secret, safe=""), quote_plus(secret)):
            text = text.replace(written, "***")
    return text


def _parse(url: str) -> URL | None:
    try:
        return make_url(url)
    except (ArgumentError, ValueError):
        return None
