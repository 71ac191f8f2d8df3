"""Replicas: the processes that work on one PostgreSQL know of each other by a row each, which they go on renewing.

It decides who does what first, and nothing else: leases and their tokens see to it that nothing is done twice, whatever
a replica believes of the others.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine, bindparam, delete, select, update
from sqlmodel import Session

from storage.engine.compiled import Compiled
from storage.engine.leases import LEASE
from storage.engine.schema import VERSIONS, Schema, SchemaError, only_adds
from storage.engine.upsert import InsertOrIgnore
from storage.tables.base import table_of
from storage.tables.replicas import Replica

# Who was not seen for so long does not live; its leases have run out, too.
GONE_AFTER = LEASE
_FORGOTTEN_AFTER = timedelta(hours=1)
# The schema with which replicas began to write down that they live.
_KNOWN_FROM = "0032"

_replica = table_of(Replica)
_JOIN = InsertOrIgnore(_replica)
# It lives.
_BEAT = Compiled(
    update(_replica)
    .where(_replica.c.name == bindparam("replica"))
    .values(seen_at=bindparam("now", type_=_replica.c.seen_at.type))
    .returning(_replica.c.name)
)
# Who lives.
_LIVING = Compiled(
    select(_replica.c.name, _replica.c.roles, _replica.c.wants)
    .where(_replica.c.seen_at > bindparam("since", type_=_replica.c.seen_at.type))
    .order_by(_replica.c.name)
)


@dataclass(frozen=True, slots=True)
class ReplicaRow:
    """A process that lives.

    Attributes:
        name: Drawn at its start.
        roles: What it does, with a blank between.
        wants: The schema that its release wants.
    """

    name: str
    roles: str
    wants: str


def beat(session: Session, name: str, roles: str, now: datetime) -> list[ReplicaRow]:
    """Say that a replica lives, and return all that do, by name."""
    if _BEAT.first(session, replica=name, now=now) is None:
        session.connection().execute(delete(_replica).where(_replica.c.seen_at < now - _FORGOTTEN_AFTER))
        _JOIN.run(session, {"name": name, "roles": roles, "wants": VERSIONS[-1], "began_at": now, "seen_at": now})
    return living(session, now)


def leave(session: Session, name: str) -> None:
    """Say that a replica has ended."""
    session.connection().execute(delete(_replica).where(_replica.c.name == name))


def living(session: Session, now: datetime) -> list[ReplicaRow]:
    """Return the replicas that live, by name."""
    return [ReplicaRow(*row) for row in _LIVING.rows(session, since=now - GONE_AFTER)]


def require_stopped(engine: Engine, schema: Schema, now: datetime) -> None:
    """Let nobody work on an older database while it is changed by more than additions.

    Raises:
        SchemaError: Replicas live that would meet what their release does not know.
    """
    if schema.state != "older" or str(schema.found) < _KNOWN_FROM or only_adds(str(schema.found), schema.wanted):
        return
    with Session(engine) as session:
        here = len(living(session, now))
    if here:
        works, each = ("1 replica still works", "it") if here == 1 else (f"{here} replicas still work", "each of them")
        raise SchemaError(
            f"{works} on this database, and its release does not know schema {schema.wanted}. Nothing was changed. "
            f"Stop {each}, then run `dibs db upgrade` again."
        )
