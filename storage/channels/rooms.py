"""Rooms: where the bot may speak, as platforms told it; written only when something is new.

Each write is one conditional statement, so that several replicas that hear of one room do not undo each other.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import case, or_, select
from sqlmodel import Session

from storage.engine.upsert import insert_into
from storage.tables.base import table_of
from storage.tables.rooms import Room
from storage.tables.states import ONLY_WORKSPACE, RoomKind

_room = table_of(Room)
_KEY = ["platform", "workspace", "external_id"]
_WORDS = ("name", "parent", "tenant", "address", "account")


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomFacts:
    """What is known of a room. In what is learned an empty word says nothing, and leaves what was known.

    Attributes:
        parent: The team of a channel.
        address: Where the platform wants to be spoken to about it.
        account: The person of a direct chat.
        present: The bot is in there.
    """

    platform: str
    workspace: str = ONLY_WORKSPACE
    external_id: str
    kind: RoomKind
    name: str = ""
    parent: str = ""
    tenant: str = ""
    address: str = ""
    account: str = ""
    present: bool = True


_FACTS = [_room.c[name] for name in RoomFacts.__slots__]


def learn(session: Session, facts: RoomFacts, now: datetime) -> bool:
    """Write down what was told of a room; False when nothing of it was new, and then nothing is written."""
    connection = session.connection()
    values = {name: getattr(facts, name) for name in RoomFacts.__slots__}
    statement = insert_into(_room, connection.dialect.name).values(**values, learned_at=now)
    told = statement.excluded
    kept: dict[str, Any] = {name: case((told[name] != "", told[name]), else_=_room.c[name]) for name in _WORDS}
    # A team's own channel bears the team's id: it stays a team, whoever speaks of it as a channel.
    kept["kind"] = case((_room.c.kind == str(RoomKind.TEAM), _room.c.kind), else_=told.kind)
    kept["present"] = told.present
    news = or_(*(_room.c[name] != value for name, value in kept.items()))
    written = statement.on_conflict_do_update(
        index_elements=_KEY, set_=kept | {"learned_at": told.learned_at}, where=news
    ).returning(_room.c.id)
    return connection.execute(written).first() is not None


def get(session: Session, platform: str, external_id: str, *, workspace: str = ONLY_WORKSPACE) -> RoomFacts | None:
    """Return a room, or None when it was never heard of."""
    here = (_room.c.platform == platform, _room.c.workspace == workspace, _room.c.external_id == external_id)
    return _first(session, *here)


def direct(session: Session, platform: str, account: str) -> RoomFacts | None:
    """Return the direct chat of a person: where the bot is, before where it was."""
    here = (_room.c.platform == platform, _room.c.account == account, _room.c.kind == str(RoomKind.DIRECT))
    return _first(session, *here)


def anywhere(session: Session, platform: str, tenants: Collection[str] = ()) -> RoomFacts | None:
    """Return the room that was learned last of those where the bot is, of ``tenants`` when some are named."""
    here = [_room.c.platform == platform, _room.c.present.is_(True), _room.c.address != ""]
    return _first(session, *here, *([_room.c.tenant.in_(list(tenants))] if tenants else []))


def within(session: Session, platform: str, parent: str) -> list[RoomFacts]:
    """Return the channels of a team, those that are gone too."""
    return _listed(session, _room.c.platform == platform, _room.c.parent == parent)


def of_platform(session: Session, platform: str) -> list[RoomFacts]:
    """Return all rooms of a platform."""
    return _listed(session, _room.c.platform == platform)


def _first(session: Session, *which: Any) -> RoomFacts | None:
    query = select(*_FACTS).where(*which).order_by(_room.c.present.desc(), _room.c.learned_at.desc(), _room.c.id)
    row = session.connection().execute(query.limit(1)).first()
    return _read(row) if row else None


def _listed(session: Session, *which: Any) -> list[RoomFacts]:
    rows = session.connection().execute(select(*_FACTS).where(*which).order_by(_room.c.id))
    return [_read(row) for row in rows]


def _read(row: Any) -> RoomFacts:
    values = dict(zip(RoomFacts.__slots__, row, strict=True))
    return RoomFacts(**(values | {"kind": RoomKind(values["kind"])}))
