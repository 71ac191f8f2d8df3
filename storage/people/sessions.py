"""Sessions of the desk: one-time links and sessions, known by their hashes only."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import delete, insert, select, update
from sqlmodel import Session

from storage.engine.upsert import InsertOrIgnore
from storage.tables.base import table_of
from storage.tables.people import DeskPass, Identity
from storage.tables.states import DESK, IdentityKind

_pass = table_of(DeskPass)
_identity = table_of(Identity)
_OPEN_ACCOUNT = InsertOrIgnore(_identity)


class PassKind(StrEnum):
    """What a pass is good for: to come in once, to come in while the demo runs, or to stay."""

    LINK = "link"
    START = "start"
    SESSION = "session"


def put(session: Session, digest: str, kind: PassKind, person_id: int, expires_at: datetime) -> None:
    """Keep a pass."""
    values = {"hash": digest, "kind": str(kind), "person_id": person_id, "expires_at": expires_at}
    session.connection().execute(insert(_pass), values)


def find(session: Session, digest: str, kinds: tuple[PassKind, ...], now: datetime) -> tuple[PassKind, int] | None:
    """Return kind and person of a pass that is still good, or None."""
    query = select(_pass.c.kind, _pass.c.person_id).where(
        _pass.c.hash == digest, _pass.c.kind.in_([str(kind) for kind in kinds]), _pass.c.expires_at > now
    )
    row = session.connection().execute(query).first()
    return (PassKind(row.kind), int(row.person_id)) if row else None


def take(session: Session, digest: str, kind: PassKind, now: datetime) -> int | None:
    """Use a pass up: of any number who try, one gets the person; the others None."""
    statement = (
        delete(_pass)
        .where(_pass.c.hash == digest, _pass.c.kind == str(kind), _pass.c.expires_at > now)
        .returning(_pass.c.person_id)
    )
    found = session.connection().execute(statement).scalar()
    return int(found) if found is not None else None


def drop(session: Session, digest: str) -> None:
    """Forget a pass."""
    session.connection().execute(delete(_pass).where(_pass.c.hash == digest))


def hand_over(session: Session, digest: str, person_id: int) -> None:
    """Let a session act as somebody else: the demo's personas."""
    session.connection().execute(update(_pass).where(_pass.c.hash == digest).values(person_id=person_id))


def clean(session: Session, now: datetime) -> None:
    """Forget passes that ran out."""
    session.connection().execute(delete(_pass).where(_pass.c.expires_at <= now))


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
