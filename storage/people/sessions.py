"""Sessions of the desk: one-time links and sessions, known by their hashes only."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import delete, insert, select, update
from sqlmodel import Session

from storage.engine.upsert import InsertOrIgnore
from storage.tables.base import table_of
from storage.tables.people import DeskSession, Identity
from storage.tables.states import DESK, IdentityKind

_session = table_of(DeskSession)
_identity = table_of(Identity)
# The account on the desk of a person who comes there first.
_OPEN_ACCOUNT = InsertOrIgnore(_identity)


class KeyKind(StrEnum):
    """What a key is good for: to come in once, to come in while the demo runs, or to stay."""

    LINK = "link"
    START = "start"
    SESSION = "session"


def put(session: Session, digest: str, kind: KeyKind, person_id: int, expires_at: datetime) -> None:
    """Keep the hash of a key."""
    values = {"hash": digest, "kind": str(kind), "person_id": person_id, "expires_at": expires_at}
    session.connection().execute(insert(_session), values)


def find(session: Session, digest: str, kinds: tuple[KeyKind, ...], now: datetime) -> tuple[KeyKind, int] | None:
    """Return kind and person of a key that is still good, or None."""
    query = select(_session.c.kind, _session.c.person_id).where(
        _session.c.hash == digest, _session.c.kind.in_([str(kind) for kind in kinds]), _session.c.expires_at > now
    )
    row = session.connection().execute(query).first()
    return (KeyKind(row.kind), int(row.person_id)) if row else None


def take(session: Session, digest: str, kind: KeyKind, now: datetime) -> int | None:
    """Use a key up: of any number who try, one gets the person; the others None."""
    statement = (
        delete(_session)
        .where(_session.c.hash == digest, _session.c.kind == str(kind), _session.c.expires_at > now)
        .returning(_session.c.person_id)
    )
    found = session.connection().execute(statement).scalar()
    return int(found) if found is not None else None


def drop(session: Session, digest: str) -> None:
    """Forget a key."""
    session.connection().execute(delete(_session).where(_session.c.hash == digest))


def hand_over(session: Session, digest: str, person_id: int) -> None:
    """Let a session act as somebody else: the demo's personas."""
    session.connection().execute(update(_session).where(_session.c.hash == digest).values(person_id=person_id))


def clean(session: Session, now: datetime) -> None:
    """Forget keys that ran out."""
    session.connection().execute(delete(_session).where(_session.c.expires_at <= now))


def open_account(session: Session, person_id: int) -> None:
    """Give a person their account on the desk, unless they have it."""
    values = {
        "platform": DESK,
        "workspace": DESK,
        "external_id": str(person_id),
        "person_id": person_id,
        "kind": str(IdentityKind.MEMBER),
    }
    _OPEN_ACCOUNT.run(session, values)
