"""Sessions of the desk: one-time links and sessions, known by their hashes only."""

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, delete, func, insert, select, update
from sqlmodel import Session

from storage.engine.upsert import InsertOrIgnore
from storage.people import people
from storage.tables.base import table_of
from storage.tables.people import DeskSession, Identity
from storage.tables.states import DESK, IdentityKind

_session = table_of(DeskSession)
_identity = table_of(Identity)
# The account on the desk of a person who comes there first.
_OPEN_ACCOUNT = InsertOrIgnore(_identity)


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A session as its owner is shown it, as it was read."""

    hash: str
    created_at: datetime | None
    expires_at: datetime
    browser: str


_ROW = [_session.c[name] for name in SessionRow.__slots__]


class KeyKind(StrEnum):
    """What a key is good for: to come in once, to come in while the demo runs, or to stay."""

    LINK = "link"
    START = "start"
    SESSION = "session"


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A key that is good from a moment to another; ``browser`` is in what it was opened."""

    digest: str
    kind: KeyKind
    person_id: int
    created_at: datetime
    expires_at: datetime
    browser: str = ""


def put(session: Session, key: Key) -> None:
    """Keep the hash of a key; of links, the newest of a person alone is good."""
    if key.kind == KeyKind.LINK:
        people.hold(session, key.person_id)
        drop_links(session, key.person_id)
    values = asdict(key)
    session.connection().execute(insert(_session), {"hash": values.pop("digest"), **values})


def find(session: Session, digest: str, kinds: tuple[KeyKind, ...], now: datetime) -> tuple[KeyKind, int] | None:
    """Return kind and person of a key that is still good, or None."""
    query = select(_session.c.kind, _session.c.person_id).where(
        _session.c.hash == digest, _session.c.kind.in_([str(kind) for kind in kinds]), _session.c.expires_at > now
    )
    row = session.connection().execute(query).first()
    return (KeyKind(row.kind), int(row.person_id)) if row else None


def holders(session: Session, digests: Collection[str], now: datetime) -> dict[str, int]:
    """Return the people of those of these sessions that are still good, by hash."""
    query = select(_session.c.hash, _session.c.person_id).where(_session.c.hash.in_(list(digests)), *_open(now))
    return {str(row.hash): int(row.person_id) for row in session.connection().execute(query)}


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


def drop_all(session: Session, person_id: int) -> int:
    """End every session and link of a person; returns how many there were."""
    ended = delete(_session).where(_session.c.person_id == person_id).returning(_session.c.hash)
    return len(session.connection().execute(ended).all())


def drop_links(session: Session, person_id: int) -> None:
    """Forget the links of a person that were not used."""
    links = (_session.c.person_id == person_id, _session.c.kind == str(KeyKind.LINK))
    session.connection().execute(delete(_session).where(*links))


def of_person(session: Session, person_id: int, now: datetime) -> list[SessionRow]:
    """Return the open sessions of a person, the newest first."""
    query = (
        select(*_ROW)
        .where(_session.c.person_id == person_id, *_open(now))
        .order_by(_session.c.expires_at.desc(), _session.c.hash)
    )
    return [SessionRow(*row) for row in session.connection().execute(query)]


def count_open(session: Session, now: datetime) -> dict[int, int]:
    """Count open sessions by person."""
    query = select(_session.c.person_id, func.count()).where(*_open(now)).group_by(_session.c.person_id)
    return {int(person): int(number) for person, number in session.connection().execute(query)}


def _open(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return _session.c.kind == str(KeyKind.SESSION), _session.c.expires_at > now


def times(session: Session, digest: str) -> tuple[datetime | None, datetime] | None:
    """Return since when a session is there and until when; None where there is none."""
    query = select(_session.c.created_at, _session.c.expires_at).where(
        _session.c.hash == digest, _session.c.kind == str(KeyKind.SESSION)
    )
    row = session.connection().execute(query).first()
    return (row.created_at, row.expires_at) if row else None


def extend(session: Session, digest: str, until: datetime) -> None:
    """Let a session last until a moment; one that is not there any more stays away."""
    session.connection().execute(update(_session).where(_session.c.hash == digest).values(expires_at=until))


def bound(session: Session, until: datetime) -> None:
    """Let no session last longer than until a moment."""
    sessions = (_session.c.kind == str(KeyKind.SESSION), _session.c.expires_at > until)
    session.connection().execute(update(_session).where(*sessions).values(expires_at=until))


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
