"""Job slots: a timed job takes its slot before it does anything, in the same transaction, so it is done once.

Two schedulers, a restart, an hour that comes twice in autumn: whoever inserts the row does the work, and who comes
later finds it there. A rolled-back effect gives the slot back with it.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlmodel import Session

from storage.engine.upsert import InsertOrIgnore
from storage.tables.base import table_of
from storage.tables.work import JobSlot

KEPT = timedelta(days=40)

_slot = table_of(JobSlot)
# A slot taken by the first who comes.
_INSERT = InsertOrIgnore(_slot, _slot.c.job)


def claim_slot(session: Session, job: str, slot: str, now: datetime) -> bool:
    """Take the slot of a job; False when somebody has done it, or is doing it and commits first."""
    return _INSERT.run(session, {"job": job, "slot": slot, "at": now}).first() is not None


def is_taken(session: Session, job: str, slot: str) -> bool:
    """Say whether a slot was taken already, so that nothing is prepared for it in vain."""
    return (
        session.connection().execute(select(_slot.c.job).where(_slot.c.job == job, _slot.c.slot == slot)).first()
        is not None
    )


def taken(session: Session, jobs: Collection[str], slot: str) -> set[str]:
    """Return of which of several jobs a slot was taken already."""
    query = select(_slot.c.job).where(_slot.c.job.in_(list(jobs)), _slot.c.slot == slot)
    return set(session.connection().scalars(query))


def give_back(session: Session, job: str, slot: str) -> None:
    """Let a slot be free again, where it was taken."""
    session.connection().execute(delete(_slot).where(_slot.c.job == job, _slot.c.slot == slot))


def clean(session: Session, now: datetime) -> None:
    """Forget slots that no job can ask for any more."""
    session.connection().execute(delete(_slot).where(_slot.c.at < now - KEPT))
