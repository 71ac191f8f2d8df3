"""The ownership log: append-only, in one order, each row's hash covering the row before.

Triggers refuse to change it; the chain proves that nobody went round them. A tail that was cut or rewritten whole
shows only against a head that was written down elsewhere, which is why every digest carries one.
"""

import hashlib
import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import bindparam, insert, or_, select, update
from sqlmodel import Session

from storage.engine.compiled import Compiled
from storage.engine.deferred import defer, settle
from storage.search.index import Said, follow
from storage.tables.base import table_of
from storage.tables.ownership import ChainHead, OwnershipEvent, Remark
from storage.tables.states import Action, Via

GENESIS = "0" * 64
FIELDS = tuple(table_of(OwnershipEvent).columns.keys())
_HASHED = tuple(name for name in FIELDS if name != "hash")
_CHUNK = 1_000

_head = table_of(ChainHead)
_event = table_of(OwnershipEvent)
_remark = table_of(Remark)
# The head, locked until the commit: appends stand in one line (on SQLite every writer does).
_HOLD_HEAD = Compiled(select(_head.c.seq, _head.c.hash).with_for_update())
# The head after an append.
_SET_HEAD = Compiled(update(_head).values(seq=bindparam("new_seq"), hash=bindparam("new_hash")))
# The rows themselves.
_APPEND = Compiled(insert(_event), *FIELDS)
# What was typed beside them.
_REMARK = Compiled(insert(_remark), "seq", "salt", "text")


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change of hands, as it goes into the log.

    Attributes:
        mention_id: Whose hands changed; None where the row is about the person in ``from_owner_id``.
        salt: What the remark is hashed with, so that nobody finds out by guessing what a forgotten one said.
    """

    mention_id: int | None
    action: str | Action
    via: str | Via
    at: datetime
    actor_id: int | None = None
    actor_department_id: int | None = None
    from_owner_id: int | None = None
    to_owner_id: int | None = None
    from_department_id: int | None = None
    to_department_id: int | None = None
    remark: str = ""
    salt: str = ""


@dataclass(frozen=True, slots=True)
class ChainCheck:
    """What ``verify`` found: how many rows, the last hash, and the first thing that is wrong (or empty)."""

    rows: int
    head: str
    trouble: str = ""


def log(session: Session, *changes: Change) -> None:
    """Let rows stand in the log when the transaction ends: its head is locked from the append to the commit."""
    defer(session, append, *changes)
    said = [Said(one.mention_id, one.remark) for one in changes if one.remark and one.actor_id and one.mention_id]
    follow(session, (), *said)


def append(session: Session, *changes: Change) -> int:
    """Append rows to the log at once; returns the number of the last one."""
    if not changes:
        return 0
    held = _HOLD_HEAD.first(session)
    if held is None:
        raise LookupError("The log has no head: the database was not made by its migrations.")
    last, previous = held
    rows, remarks = [], []
    for number, change in enumerate(changes, start=1):
        row, remark = _row(last + number, previous, change)
        rows.append(row)
        if remark:
            remarks.append(remark)
        previous = row["hash"]
    _APPEND.many(session, rows)
    _REMARK.many(session, remarks)
    _SET_HEAD.run(session, new_seq=last + len(changes), new_hash=previous)
    return int(last) + len(changes)


def _row(seq: int, previous: str, change: Change) -> tuple[dict[str, Any], dict[str, Any] | None]:
    remark = None
    remark_hash = None
    if change.remark:
        remark_hash = hash_remark(change.salt, change.remark)
        remark = {"seq": seq, "salt": change.salt, "text": change.remark}
    row: dict[str, Any] = {
        "seq": seq,
        "at": change.at,
        "mention_id": change.mention_id,
        "action": str(change.action),
        "actor_id": change.actor_id,
        "actor_department_id": change.actor_department_id,
        "from_owner_id": change.from_owner_id,
        "to_owner_id": change.to_owner_id,
        "from_department_id": change.from_department_id,
        "to_department_id": change.to_department_id,
        "via": str(change.via),
        "remark_hash": remark_hash,
        "prev": previous,
    }
    row["hash"] = hash_row(row)
    return row, remark


def hash_remark(salt: str, text: str) -> str:
    """Return the salted SHA-256 of what a person typed, in hex."""
    return hashlib.sha256(f"{salt}:{text}".encode()).hexdigest()


def hash_row(row: dict[str, Any]) -> str:
    """Return SHA-256 over every column but ``hash``, as canonical JSON; times in UTC with microseconds."""
    at: datetime = row["at"]
    plain = {**{name: row[name] for name in _HASHED}, "at": at.astimezone(UTC).isoformat(timespec="microseconds")}
    return hashlib.sha256(json.dumps(plain, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def head(session: Session) -> tuple[int, str]:
    """Return number and hash of the last row."""
    settle(session)
    row = session.connection().execute(select(_head.c.seq, _head.c.hash)).one()
    return int(row.seq), str(row.hash)


def rows(session: Session, *, mention_id: int | None = None) -> Iterator[dict[str, Any]]:
    """Yield the rows of the log in order, a thousand at a time."""
    settle(session)
    last = 0
    while True:
        query = select(_event).where(_event.c.seq > last).order_by(_event.c.seq).limit(_CHUNK)
        if mention_id is not None:
            query = query.where(_event.c.mention_id == mention_id)
        chunk = [dict(row._mapping) for row in session.connection().execute(query)]
        yield from chunk
        if len(chunk) < _CHUNK:
            return
        last = chunk[-1]["seq"]


def remarks(session: Session, seqs: list[int]) -> dict[int, str]:
    """Return what was typed beside the given rows, where it was not forgotten."""
    query = select(_remark.c.seq, _remark.c.text).where(_remark.c.seq.in_(seqs), _remark.c.text.is_not(None))
    return {row.seq: row.text for row in session.connection().execute(query)}


def verify(session: Session, expected_head: str | None = None) -> ChainCheck:
    """Walk the whole chain; with ``expected_head`` also prove that this row is still in it.

    Finds changed, swapped, deleted and inserted rows, a remark that is not the one that was written, and (against
    a head that was kept elsewhere) a tail that was cut or rewritten.
    """
    try:
        return _walk(session, expected_head)
    except (TypeError, ValueError) as error:  # SQLite takes anything in any column
        return ChainCheck(0, GENESIS, f"The log holds something that was never written by Dibs: {error}")


def _walk(session: Session, expected_head: str | None) -> ChainCheck:
    previous, count, seen_head = GENESIS, 0, expected_head == GENESIS
    for row in rows(session):
        count += 1
        if row["seq"] != count:
            return ChainCheck(count, previous, f"Row {count} is missing: after it comes row {row['seq']}.")
        if row["prev"] != previous:
            return ChainCheck(count, previous, f"Row {count} does not follow row {count - 1}.")
        if hash_row(row) != row["hash"]:
            return ChainCheck(count, previous, f"Row {count} was changed after it was written.")
        previous = row["hash"]
        seen_head = seen_head or previous == expected_head
    trouble = _check_head(session, count, previous) or _check_remarks(session)
    if not trouble and expected_head and not seen_head:
        trouble = (
            f"No row has the hash {expected_head}: the end of the log was cut or rewritten since that head was kept."
        )
    return ChainCheck(count, previous, trouble)


def _check_head(session: Session, count: int, last: str) -> str:
    seq, digest = head(session)
    if (seq, digest) != (count, last):
        return f"The log ends at row {count}, but its head says row {seq}: rows were cut or added at the end."
    return ""


def _check_remarks(session: Session) -> str:
    query = select(_event.c.seq, _event.c.remark_hash, _remark.c.salt, _remark.c.text).join_from(
        _event, _remark, _event.c.seq == _remark.c.seq, isouter=True
    )
    for row in session.connection().execute(query.where(_event.c.remark_hash.is_not(None))):
        if row.salt is None:
            return f"The remark of row {row.seq} is gone without a trace; a forgotten one leaves its salt."
        if row.text is not None and hash_remark(row.salt, row.text) != row.remark_hash:
            return f"The remark of row {row.seq} is not the one that was written."
    planted = select(_remark.c.seq).join_from(_remark, _event, _event.c.seq == _remark.c.seq)
    for row in session.connection().execute(planted.where(_event.c.remark_hash.is_(None))):
        return f"Row {row.seq} was written without a remark, but has one now."
    return ""


def last_action(session: Session, mention_id: int, among: Collection[Action]) -> tuple[str, int | None] | None:
    """Return the last of these actions that the log has of a mention, and who acted, if somebody did; None = none."""
    settle(session)
    query = select(_event.c.action, _event.c.actor_id).where(
        _event.c.mention_id == mention_id, _event.c.action.in_([str(one) for one in among])
    )
    found = session.connection().execute(query.order_by(_event.c.seq.desc()).limit(1)).first()
    return (str(found.action), found.actor_id) if found else None


def department_in(session: Session, mention_id: int, actor_ids: Collection[int], action: Action) -> int | None:
    """Return the department for which one of these people did that to a mention last; None = none, or never."""
    settle(session)
    query = select(_event.c.actor_department_id).where(
        _event.c.mention_id == mention_id, _event.c.actor_id.in_(list(actor_ids)), _event.c.action == str(action)
    )
    found: int | None = session.connection().scalar(query.order_by(_event.c.seq.desc()).limit(1))
    return found


def changes_between(session: Session, since: datetime, until: datetime, department_id: int) -> list[dict[str, Any]]:
    """Return the rows of a span of time in which a department gave, got or kept a mention."""
    settle(session)
    query = (
        select(_event)
        .where(_event.c.at >= since, _event.c.at < until, _event.c.mention_id.is_not(None))
        .where(or_(_event.c.from_department_id == department_id, _event.c.to_department_id == department_id))
        .order_by(_event.c.seq)
    )
    return [dict(row._mapping) for row in session.connection().execute(query)]
