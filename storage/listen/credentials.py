"""Credentials: what the account of each source is let in with, in versions, of which one is kept behind the newest.

Whoever writes names the version that was read, and finds out whether somebody was quicker: no change is lost, and none
is written over another. The lease keeps two from asking a service for the same renewal at once, no more: what somebody
got is written down by its version, even where the lease ran out meanwhile.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlmodel import Session

from storage.engine.leases import Leases
from storage.engine.upsert import InsertOrIgnore
from storage.tables.base import table_of
from storage.tables.credentials import Credential

_credential = table_of(Credential)
# Twice as long as a request may take (bot.net.client): who holds it and is silent by then has no answer any more.
HOLDS = timedelta(seconds=30)
leases = Leases(_credential, length=HOLDS)
# The row of a source whose account was never kept.
_NEW = InsertOrIgnore(_credential)


@dataclass(frozen=True, slots=True)
class CredentialRow:
    """One row of ``credential``, as it was read; the fields are the columns, in their order."""

    source: str
    seeds: str
    version: int
    sealed: str
    previous: str
    expires_at: datetime | None
    updated_at: datetime | None
    refused: str
    asked: str
    asked_until: datetime | None
    lease: str | None
    leased_until: datetime | None


def get(session: Session, source: str) -> CredentialRow | None:
    """Return what is kept of a source's account as it stands now, or None."""
    found = session.connection().execute(select(_credential).where(_credential.c.source == source)).first()
    return CredentialRow(*found) if found is not None else None


def all_of(session: Session) -> Sequence[CredentialRow]:
    """Return everything that is kept, by source."""
    query = select(_credential).order_by(_credential.c.source)
    return [CredentialRow(*row) for row in session.connection().execute(query)]


def replace(
    session: Session,
    source: str,
    version: int,
    *,
    sealed: str,
    previous: str,
    expires_at: datetime | None,
    now: datetime,
    seeds: str | None = None,
) -> bool:
    """Put the next version in the place of ``version`` (0 = there is none yet); False where another is there.

    It is let in until somebody learns otherwise, and the lease is over. Without ``seeds`` the chain goes on.
    """
    values: dict[str, Any] = {
        "version": version + 1,
        "sealed": sealed,
        "previous": previous,
        "expires_at": expires_at,
        "updated_at": now,
        "refused": "",
        "lease": None,
        "leased_until": None,
    }
    if version == 0:
        _ensure(session, source)
    return _write(session, source, version, values if seeds is None else values | {"seeds": seeds})


def refuse(session: Session, source: str, version: int, why: str) -> bool:
    """Write down that an account is not let in any more; False where another version is there by now."""
    return _write(session, source, version, {"refused": why, "lease": None, "leased_until": None})


def seal_anew(session: Session, source: str, version: int, *, sealed: str, previous: str) -> bool:
    """Put the same in another seal; False where another version is there by now."""
    return _write(session, source, version, {"sealed": sealed, "previous": previous})


def ask(session: Session, source: str, asked: str, until: datetime) -> None:
    """Write down that somebody has begun to sign in; who began before that begins anew."""
    _ensure(session, source)
    here = update(_credential).where(_credential.c.source == source)
    session.connection().execute(here.values(asked=asked, asked_until=until))


def take_asked(session: Session, source: str, asked: str, now: datetime) -> bool:
    """Use a sign-in up; False where it is none, was used before, or is too old."""
    here = (_credential.c.source == source, _credential.c.asked == asked, _credential.c.asked_until > now)
    used = update(_credential).where(*here).values(asked="", asked_until=None).returning(_credential.c.source)
    return bool(asked) and session.connection().execute(used).first() is not None


def _ensure(session: Session, source: str) -> None:
    _NEW.run(session, {"source": source})


def _write(session: Session, source: str, version: int, values: dict[str, Any]) -> bool:
    here = (_credential.c.source == source, _credential.c.version == version)
    written = update(_credential).where(*here).values(**values).returning(_credential.c.version)
    return session.connection().execute(written).first() is not None
