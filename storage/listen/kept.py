"""Kept deliveries: what vendors sent and could not be read, as it came, for a day.

They hold what people wrote, as posts do, so they are bounded in time as well as in size, and whoever is forgotten is
forgotten here within that day, too. One and the same delivery is kept once, however often it is sent.
"""

import base64
import hashlib
import zlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, update
from sqlmodel import Session

from storage.engine.upsert import InsertOrIgnore
from storage.tables.base import table_of
from storage.tables.posts import KeptDelivery

KEPT = timedelta(days=1)
# Of one source; the oldest make room.
MOST, MOST_BYTES = 500, 16 * 1024 * 1024

_kept = table_of(KeptDelivery)
_NEW = InsertOrIgnore(_kept, _kept.c.digest)


@dataclass(frozen=True, slots=True)
class KeptRow:
    """One row of ``kept_delivery``, as it was read; the fields are the columns, in their order."""

    source: str
    digest: str
    at: datetime
    content_type: str
    packed: str
    size: int
    why: str

    @property
    def raw(self) -> bytes:
        """The body, as it came."""
        return zlib.decompress(base64.b64decode(self.packed))


def packed(source: str, raw: bytes, content_type: str, why: str, at: datetime) -> KeptRow:
    """Make the row of a delivery; it takes some milliseconds for a large one, so it is done before a transaction."""
    told = content_type[:200].encode("utf-8", "replace").decode().replace("\x00", "")
    digest = hashlib.sha256(told.encode() + b"\n" + raw).hexdigest()
    body = base64.b64encode(zlib.compress(raw)).decode("ascii")
    return KeptRow(source, digest, at, told, body, len(raw), why)


def keep(session: Session, row: KeptRow) -> bool:
    """Keep a delivery; False where the same one is kept already."""
    values = {name: getattr(row, name) for name in KeptRow.__slots__}
    if _NEW.run(session, values).first() is None:
        return False
    _make_room(session, row.source)
    return True


def _make_room(session: Session, source: str) -> None:
    """Let the oldest go for which there is no room."""
    query = select(_kept.c.digest, _kept.c.size).where(_kept.c.source == source)
    room, over = MOST_BYTES, []
    newest = session.connection().execute(query.order_by(_kept.c.at.desc(), _kept.c.digest)).all()
    for number, (digest, size) in enumerate(newest):
        room -= size
        if number >= MOST or room < 0:
            over.append(digest)
    if over:
        session.connection().execute(delete(_kept).where(_kept.c.source == source, _kept.c.digest.in_(over)))


def names(session: Session, source: str, now: datetime) -> list[str]:
    """Return the digests of what is kept of a source, the oldest first."""
    query = select(_kept.c.digest).where(_kept.c.source == source, _kept.c.at > now - KEPT)
    return list(session.connection().execute(query.order_by(_kept.c.at, _kept.c.digest)).scalars())


def get(session: Session, source: str, digest: str) -> KeptRow | None:
    """Return one that is kept, or None where it is not any more."""
    query = select(_kept).where(_kept.c.source == source, _kept.c.digest == digest)
    found = session.connection().execute(query).first()
    return KeptRow(*found) if found is not None else None


def hold(session: Session, source: str, digest: str, why: str) -> bool:
    """Hold one until the commit, and note why it cannot be read; False where it is not kept any more."""
    held = update(_kept).where(_kept.c.source == source, _kept.c.digest == digest).values(why=why)
    return session.connection().execute(held.returning(_kept.c.digest)).first() is not None


def forget(session: Session, source: str, digest: str) -> None:
    """Let one go: all of it was read."""
    session.connection().execute(delete(_kept).where(_kept.c.source == source, _kept.c.digest == digest))


def newest(session: Session, source: str) -> datetime | None:
    """Return when the last one of a source was kept; None where none is."""
    return session.connection().execute(select(func.max(_kept.c.at)).where(_kept.c.source == source)).scalar()


def any_old(session: Session, now: datetime) -> bool:
    """Say whether there is something whose day is over."""
    query = select(_kept.c.digest).where(_kept.c.at <= now - KEPT).limit(1)
    return session.connection().execute(query).first() is not None


def clean(session: Session, now: datetime) -> None:
    """Let go what was kept for a day."""
    session.connection().execute(delete(_kept).where(_kept.c.at <= now - KEPT))
