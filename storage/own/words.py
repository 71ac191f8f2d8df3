"""Words: what people wrote beside a change of hands, and of which change a card tells.

Cards are drawn by the dozen, so one statement over the rows of all their mentions, which an index holds together, says
what there is to tell; only what it names is fetched. Of a mention that merely arrived it names nothing.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlmodel import Session

from storage.engine.compiled import CompiledIn
from storage.engine.deferred import settle
from storage.tables.base import table_of
from storage.tables.ownership import OwnershipEvent, Remark
from storage.tables.people import Department, Person
from storage.tables.states import Action

_event = table_of(OwnershipEvent)
_remark = table_of(Remark)
_department = table_of(Department)
_actor, _former, _owner = (table_of(Person).alias(name) for name in ("actor", "former", "new_owner"))


@dataclass(frozen=True, slots=True)
class Spoken:
    """One row of the log, with the names of its people and what was written beside it; names are None for nobody.

    Attributes:
        department: For which department the actor acted then.
        remarked: Something was written beside it; ``text`` is None where it was forgotten.
    """

    seq: int
    mention_id: int
    action: str
    via: str
    at: datetime
    actor: str | None
    department: str | None
    from_owner: str | None
    to_owner: str | None
    remarked: bool
    text: str | None


@dataclass(frozen=True, slots=True)
class Told:
    """What a card may tell of a mention's log.

    Attributes:
        passed: The last time that it was passed to another department.
        hands: The last change of hands, where it is one of which cards tell.
        note: The last row with a note.
        notes: How many rows have one.
    """

    passed: Spoken | None
    hands: Spoken | None
    note: Spoken | None
    notes: int


_SPOKEN = (
    select(
        *(_event.c[name] for name in ("seq", "mention_id", "action", "via", "at")),
        *(named.c.name for named in (_actor, _department, _former, _owner)),
        _event.c.remark_hash,
        _remark.c.text,
    )
    .select_from(_event)
    .outerjoin(_actor, _actor.c.id == _event.c.actor_id)
    .outerjoin(_department, _department.c.id == _event.c.actor_department_id)
    .outerjoin(_former, _former.c.id == _event.c.from_owner_id)
    .outerjoin(_owner, _owner.c.id == _event.c.to_owner_id)
    .outerjoin(_remark, _remark.c.seq == _event.c.seq)
)
# The rows of which something is told.
_BY_SEQ = CompiledIn(_SPOKEN, _event.c.seq)


class Telling:
    """Reads what cards tell of the log; which actions are passed on, told, hands and notes is said once."""

    def __init__(
        self,
        *,
        passed: Collection[Action],
        told: Collection[Action],
        hands: Collection[Action],
        notes: Collection[Action],
    ) -> None:
        noted = and_(_among(notes), _event.c.remark_hash.is_not(None))
        last = (func.max(case((one, _event.c.seq))) for one in (_among(passed), _among(told), _among(hands), noted))
        number = func.count(case((noted, 1)))
        self._newest = CompiledIn(
            select(_event.c.mention_id, *last, number).group_by(_event.c.mention_id), _event.c.mention_id
        )
        self._notes = _SPOKEN.where(noted).order_by(_event.c.seq.desc())

    def of_mentions(self, session: Session, mention_ids: Collection[int]) -> dict[int, Told]:
        """Return what there is to tell, by mention; those of which there is nothing are not in it."""
        settle(session)
        found: dict[int, tuple[int, int, int, int]] = {}
        for mention_id, passed, told, hands, note, notes in self._newest.rows(session, mention_ids):
            shown = told if told == hands else None
            if passed or shown or note:
                found[mention_id] = (passed or 0, shown or 0, note or 0, notes)
        wanted = {seq for one in found.values() for seq in one[:3] if seq}
        rows = {row[0]: _spoken(row) for row in _BY_SEQ.rows(session, wanted)} if wanted else {}
        return {
            mention_id: Told(rows.get(passed), rows.get(hands), rows.get(note), notes)
            for mention_id, (passed, hands, note, notes) in found.items()
        }

    def notes(self, session: Session, mention_id: int, limit: int) -> list[Spoken]:
        """Return the newest notes of a mention, the oldest of them first."""
        settle(session)
        query = self._notes.where(_event.c.mention_id == mention_id).limit(limit)
        return [_spoken(tuple(row)) for row in reversed(session.connection().execute(query).all())]


def _among(actions: Iterable[Action]) -> ColumnElement[bool]:
    return or_(*(_event.c.action == str(one) for one in actions))


def _spoken(row: tuple[Any, ...]) -> Spoken:
    return Spoken(*(*row[:-2], row[-2] is not None, row[-1]))
