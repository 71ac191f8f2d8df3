"""Mentions: who owns what now.

Two ways to change one, both a single conditional UPDATE. A claim says its condition in words of ownership, because
that is the race that happens. Every other verb compares and swaps on ``version``, which rises with owner,
department and status: what was decided on is what is changed, or nothing is.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, case, func, insert, or_, select, update
from sqlalchemy.sql import ColumnElement, Select
from sqlmodel import Session

from storage.engine.compiled import Compiled, CompiledIn
from storage.own import left, put_off, storms, threads
from storage.own.to_review import Reader, is_to_review
from storage.search.index import follow
from storage.tables.base import table_of
from storage.tables.judgements import Tier
from storage.tables.mentions import Mention
from storage.tables.posts import Post
from storage.tables.replies import Draft
from storage.tables.states import CLOSED, LIVING, OPEN, Held, PostRole, Status

_mention = table_of(Mention)
_draft = table_of(Draft)
_post = table_of(Post)


@dataclass(frozen=True, slots=True)
class MentionRow:
    """One row of ``mention``, as it was read; the fields are the columns, in their order."""

    id: int
    token: str
    version: int
    source: str
    department_id: int
    status: str
    owner_id: int | None
    topic: str
    reason: str
    snoozed_until: datetime | None
    published_at: datetime | None
    ingested_at: datetime
    carded_at: datetime | None
    first_claimed_at: datetime | None
    first_response_at: datetime | None
    resolved_at: datetime | None
    changed_at: datetime
    product: str
    held: str = Held.NO
    held_by: int | None = None
    points: int | None = None
    points_why: str = ""
    tier: str = Tier.NONE
    tier_why: str = ""
    verdict: str = ""
    risk: str = ""
    hints: str = ""
    outcome: str = ""
    priority: int = 0
    addressed: bool | None = None
    was_held: str = ""


@dataclass(frozen=True, slots=True)
class Original:
    """The post that a mention began with, as it was read."""

    mention_id: int
    source: str
    external_id: str
    author_id: int | None
    url: str
    canonical_url: str
    digest: str
    title: str
    text: str
    lang: str
    published_at: datetime | None
    ingested_at: datetime
    edited_at: datetime | None
    deleted_at: datetime | None
    media: str


# One mention as it stands now.
_BY_ID = Compiled(select(_mention).where(_mention.c.id == bindparam("mention_id")))
# The same, locked until the commit.
_HOLD = Compiled(select(_mention).where(_mention.c.id == bindparam("mention_id")).with_for_update())
# The mentions of the cards that are drawn.
_BY_IDS = CompiledIn(select(_mention).order_by(_mention.c.id), _mention.c.id)
# The mention that a button or a command names.
_BY_TOKEN = Compiled(select(_mention).where(_mention.c.token == bindparam("token")))
# The claim: of any number who try at once, one gets a row back.
_TAKE = Compiled(
    update(_mention)
    .where(
        _mention.c.id == bindparam("mention_id"),
        _mention.c.owner_id.is_(None),
        *(_mention.c.status != str(status) for status in CLOSED),
    )
    .values(
        owner_id=bindparam("person_id"),
        # A draft that waits for a second person waits on.
        status=case((_mention.c.status == str(Status.IN_REVIEW), str(Status.IN_REVIEW)), else_=str(Status.CLAIMED)),
        snoozed_until=None,
        version=_mention.c.version + 1,
        first_claimed_at=func.coalesce(_mention.c.first_claimed_at, bindparam("now", type_=_mention.c.changed_at.type)),
        changed_at=bindparam("now", type_=_mention.c.changed_at.type),
    )
    .returning(*_mention.c)
)
_NEW_COLUMNS = (
    "token",
    "version",
    "source",
    "department_id",
    "status",
    "owner_id",
    "topic",
    "reason",
    "published_at",
    "ingested_at",
    "addressed",
    "changed_at",
    "product",
    "held",
    "held_by",
    "points",
    "points_why",
    "tier",
    "tier_why",
    "verdict",
    "risk",
    "hints",
    "outcome",
    "priority",
    "was_held",
)
# New mentions of a batch.
_INSERT = Compiled(insert(_mention), *_NEW_COLUMNS)
# The ids of mentions that were just written, and which tokens are taken.
_BY_TOKENS = CompiledIn(select(_mention.c.token, _mention.c.id), _mention.c.token)
_ORIGINAL = [_post.c[name] for name in Original.__slots__]
# The posts of the cards that are drawn.
_ORIGINALS = CompiledIn(
    select(*_ORIGINAL).where(_post.c.role == str(PostRole.ORIGINAL)),
    _post.c.mention_id,
)
# What is held is so no more: of any number who try at once, one gets a row back.
_LIFT = Compiled(
    update(_mention)
    .where(_mention.c.id == bindparam("mention_id"), _mention.c.held != str(Held.NO))
    .values(held=str(Held.NO), was_held=_mention.c.held)
    .returning(_mention.c.id)
)


def get(session: Session, mention_id: int) -> MentionRow:
    """Return the mention as it stands now; it must exist."""
    row = _BY_ID.first(session, mention_id=mention_id)
    if row is None:
        raise LookupError(f"There is no mention {mention_id}.")
    return MentionRow(*row)


def hold(session: Session, mention_id: int) -> MentionRow:
    """Return the mention as it stands now, and keep it so until the commit (on SQLite every writer does)."""
    row = _HOLD.first(session, mention_id=mention_id)
    if row is None:
        raise LookupError(f"There is no mention {mention_id}.")
    return MentionRow(*row)


def several(session: Session, mention_ids: Sequence[int]) -> list[MentionRow]:
    """Return mentions as they stand now, in the order of their ids."""
    return [MentionRow(*row) for row in _BY_IDS.rows(session, sorted(mention_ids))]


def by_token(session: Session, token: str) -> MentionRow | None:
    """Return the mention with this token, or None."""
    row = _BY_TOKEN.first(session, token=token)
    return MentionRow(*row) if row else None


def by_url(session: Session, canonical: str) -> MentionRow | None:
    """Return the mention one of whose posts has this canonical URL, the newest first, or None."""
    query = (
        select(_mention)
        .join(_post, _post.c.mention_id == _mention.c.id)
        .where(_post.c.canonical_url == canonical)
        .order_by(_mention.c.id.desc())
        .limit(1)
    )
    row = session.connection().execute(query).first()
    return MentionRow(*row) if row else None


def take(session: Session, mention_id: int, person_id: int, now: datetime) -> MentionRow | None:
    """Make the person the owner if nobody is and it is not closed; None when it was not to be had."""
    row = _TAKE.first(session, mention_id=mention_id, person_id=person_id, now=now)
    return MentionRow(*row) if row else None


def lift(session: Session, mention_id: int) -> bool:
    """Hold a mention back no more; False when it was not held. Its version does not rise, nothing changed hands."""
    return _LIFT.first(session, mention_id=mention_id) is not None


def swap(session: Session, seen: MentionRow, now: datetime, **values: Any) -> MentionRow | None:
    """Change the mention if it still is the one that was ``seen``; None when somebody was quicker."""
    query = (
        update(_mention)
        .where(_mention.c.id == seen.id, _mention.c.version == seen.version)
        .values(version=seen.version + 1, changed_at=now, **values)
        .returning(*_mention.c)
    )
    row = session.connection().execute(query).first()
    if row and row.department_id != seen.department_id:
        follow(session, [seen.id])
    return MentionRow(*row) if row else None


def inherit(session: Session, former_id: int, heir_id: int) -> list[MentionRow]:
    """Let a person own what somebody else did, open or closed, since when it was; returns it."""
    query = (
        update(_mention)
        .where(_mention.c.owner_id == former_id)
        .values(owner_id=heir_id, version=_mention.c.version + 1)
        .returning(*_mention.c)
    )
    return sorted((MentionRow(*row) for row in session.connection().execute(query)), key=lambda row: row.id)


def add(session: Session, rows: Sequence[dict[str, Any]]) -> list[int]:
    """Insert mentions, each with ``_NEW_COLUMNS``; returns their ids in the same order."""
    _INSERT.many(session, rows)
    ids = dict(_BY_TOKENS.rows(session, [row["token"] for row in rows]))
    return [int(ids[row["token"]]) for row in rows]


def taken_tokens(session: Session, tokens: Iterable[str]) -> set[str]:
    """Return those of ``tokens`` that a mention has already."""
    return {str(token) for token, _ in _BY_TOKENS.rows(session, list(tokens))}


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which mentions to list; what is None does not narrow, and ``drafted`` are those with a living draft.

    ``unowned`` is what nobody has, and what an owner left who is not here any more. ``held`` are the reasons for which
    it may be kept back: what is held is listed only where it is asked for. ``leads`` are the reasons for which
    others are held under it: by a storm that is over, or as they stand on its card.
    """

    department_id: int | None = None
    owner_id: int | None = None
    unowned: bool = False
    statuses: tuple[Status, ...] = OPEN
    source: str | None = None
    drafted: bool = False
    reader: Reader | None = None
    held: tuple[Held, ...] = (Held.NO,)
    leads: tuple[Held, ...] = ()


_LEADS = {Held.STORM: storms.led_one, Held.THREAD: threads.has_any_under}


def _narrow(query: "Select[Any]", wanted: Filter) -> "Select[Any]":
    conditions: list[ColumnElement[bool]] = [_mention.c.status.in_([str(status) for status in wanted.statuses])]
    if wanted.unowned:
        # Said once more for the index, which would else look at what is closed, too.
        waits = _mention.c.status.in_([str(status) for status in sorted({*wanted.statuses, *left.NEEDS_OWNER})])
        conditions = [waits, or_(left.is_left(), and_(*conditions, _mention.c.owner_id.is_(None)))]
    conditions.append(_mention.c.held.in_([str(reason) for reason in wanted.held]))
    if wanted.leads:
        conditions.append(or_(*(_LEADS[reason]() for reason in wanted.leads)))
    if wanted.department_id is not None:
        conditions.append(_mention.c.department_id == wanted.department_id)
    if wanted.owner_id is not None:
        conditions.append(_mention.c.owner_id == wanted.owner_id)
    if wanted.source is not None:
        conditions.append(_mention.c.source == wanted.source)
    if wanted.drafted:
        living = _draft.c.state.in_([str(state) for state in LIVING])
        conditions.append(select(_draft.c.id).where(_draft.c.mention_id == _mention.c.id, living).exists())
    if wanted.reader is not None:
        conditions.append(is_to_review(wanted.reader))
    return query.where(*conditions)


def listed(
    session: Session, wanted: Filter, *, limit: int = 15, newest: bool = False, urgent_first: bool = False
) -> list[MentionRow]:
    """Return mentions by arrival, oldest first (or ``newest``); on request customers and risks before all others."""
    order = (_mention.c.ingested_at.desc(), _mention.c.id.desc()) if newest else (_mention.c.ingested_at, _mention.c.id)
    query = _narrow(select(_mention), wanted)
    query = query.order_by(_mention.c.priority.desc(), *order) if urgent_first else query.order_by(*order)
    query = query.limit(limit)
    return [MentionRow(*row) for row in session.connection().execute(query)]


def count(session: Session, wanted: Filter) -> int:
    """Count mentions."""
    return int(session.connection().execute(_narrow(select(func.count()).select_from(_mention), wanted)).scalar_one())


def due_to_wake(session: Session, now: datetime, job: str, limit: int = 100) -> list[MentionRow]:
    """Return snoozed mentions whose time has come, but for what the job put off."""
    query = (
        select(_mention)
        .where(_mention.c.snoozed_until <= now, _mention.c.status == str(Status.SNOOZED))
        .where(~put_off.waits(job, _mention.c.id))
        .order_by(_mention.c.snoozed_until)
        .limit(limit)
    )
    return [MentionRow(*row) for row in session.connection().execute(query, {"now": now})]


def of_departments(
    session: Session, department_ids: Iterable[int], held: Collection[Held] = (Held.NO,)
) -> list[MentionRow]:
    """Return every mention of these departments that is not closed, and is held for one of these reasons, or not."""
    query = select(_mention).where(
        _mention.c.department_id.in_(list(department_ids)),
        _mention.c.held.in_([str(reason) for reason in held]),
        _mention.c.status.not_in([str(status) for status in CLOSED]),
    )
    return [MentionRow(*row) for row in session.connection().execute(query)]


def original(session: Session, mention_id: int) -> Original:
    """Return the post that the mention began with."""
    return originals(session, [mention_id])[mention_id]


def originals(session: Session, mention_ids: Sequence[int]) -> dict[int, Original]:
    """Return the posts that the mentions began with, by mention."""
    found = (Original(*row) for row in _ORIGINALS.rows(session, mention_ids))
    return {post.mention_id: post for post in found}
