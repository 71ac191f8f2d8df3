"""Forgotten: by a keyed hash it is known again what must not be stored once more.

The key stays in the database, so the hashes tell nobody who has them alone what was forgotten. Where nothing ever was,
a look costs one row.
"""

import hashlib
import hmac
import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlmodel import Session

from storage.engine.compiled import Compiled
from storage.engine.upsert import InsertOrIgnore
from storage.tables.base import table_of
from storage.tables.forgotten import ForgetSecret, Forgotten

_forgotten, _secret = table_of(Forgotten), table_of(ForgetSecret)
_SECRET = Compiled(select(_secret.c.secret))
_NEW_SECRET = InsertOrIgnore(_secret)
_NEW = InsertOrIgnore(_forgotten)
# As many values as a statement takes on every database.
_PORTION = 500


@dataclass(frozen=True, slots=True)
class Thing:
    """What may be forgotten: a ``post``, ``author``, ``page`` or ``answer``; ``name`` is what its source calls it.

    An ``answer`` is whatever one author writes below one post. An ``account`` of a colleague is of a platform and
    workspace, their ``address`` of none.
    """

    kind: str
    source: str
    name: str


def remember(session: Session, things: Collection[Thing], drawn: str, now: datetime) -> None:
    """Let these be known as forgotten; ``drawn`` becomes the key where there is none yet."""
    _NEW_SECRET.run(session, {"id": 1, "secret": drawn})
    secret = _key(session) or drawn
    rows = [{"key": _hash(secret, one), "at": now, "hits": 0} for one in things if one.name]
    for start in range(0, len(rows), _PORTION):
        _NEW.run(session, rows[start : start + _PORTION])


def among(session: Session, things: Collection[Thing]) -> set[Thing]:
    """Return those that were forgotten."""
    secret = _key(session) if things else None
    if secret is None:
        return set()
    by_hash = {_hash(secret, one): one for one in things}
    hashes, found = sorted(by_hash), set()
    for start in range(0, len(hashes), _PORTION):
        query = select(_forgotten.c.key).where(_forgotten.c.key.in_(hashes[start : start + _PORTION]))
        found |= set(session.connection().scalars(query))
    return {by_hash[one] for one in found}


def count_again(session: Session, things: Collection[Thing]) -> None:
    """Count that these came once more, in one order, so that nobody waits for one another in a circle."""
    secret = _key(session)
    for one in sorted(_hash(secret, one) for one in things) if secret else ():
        here = update(_forgotten).where(_forgotten.c.key == one)
        session.connection().execute(here.values(hits=_forgotten.c.hits + 1))


def lift(session: Session, things: Collection[Thing]) -> bool:
    """Let these be known no more; says whether any was."""
    secret = _key(session)
    if secret is None:
        return False
    here = _forgotten.c.key.in_([_hash(secret, one) for one in things])
    return bool(session.connection().execute(delete(_forgotten).where(here).returning(_forgotten.c.key)).all())


def hits(session: Session) -> int:
    """Return how often something came that was forgotten."""
    return int(session.connection().scalar(select(func.coalesce(func.sum(_forgotten.c.hits), 0))) or 0)


def _key(session: Session) -> str | None:
    row = _SECRET.first(session)
    return str(row[0]) if row is not None else None


def _hash(secret: str, thing: Thing) -> str:
    plain = json.dumps([thing.kind, thing.source, thing.name]).encode()
    return hmac.new(secret.encode(), plain, hashlib.sha256).hexdigest()
