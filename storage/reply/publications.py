"""Publications: replies on their way out, each belonging to one version of one draft.

A mention has at most one in flight, which the partial unique index decides whatever two people press at once. The
worker that sends holds a publication by a lease with a token, and every step that it writes is bound to that token,
so a replica that slept through its lease can no longer write. What a person answers (``answer``) is bound to the
state in which they were asked.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, or_, select, update
from sqlmodel import Session

from storage.engine.compiled import Compiled
from storage.engine.leases import LEASE, Leases
from storage.engine.upsert import InsertOrIgnore
from storage.tables.base import table_of
from storage.tables.posts import SourceState
from storage.tables.replies import Draft, Publication
from storage.tables.states import IN_FLIGHT, DraftState, PublicationState

_publication = table_of(Publication)
_draft = table_of(Draft)
_source = table_of(SourceState)
# A reply on its way, unless one of its mention or of its draft's version is.
_INSERT = InsertOrIgnore(_publication, *_publication.c)
FLYING = _publication.c.state.in_([str(state) for state in IN_FLIGHT])
GOING = (PublicationState.DUE, PublicationState.SENDING)
# What a worker brings a step further: what is held, too, since somebody has to look.
_MOVING = or_(*(_publication.c.state == str(one) for one in (*GOING, PublicationState.HELD)))
# What may stand at its source without our knowing it.
_MAY_STAND = _publication.c.state.in_(
    [str(PublicationState.SENDING), str(PublicationState.HELD), str(PublicationState.UNCLEAR)]
)
HELD = _publication.c.state == str(PublicationState.HELD)
ASKING = _publication.c.state.in_([str(PublicationState.ASKED), str(PublicationState.UNCLEAR)])


leases = Leases(_publication)
# What was prepared where nothing can be: what it answers is gone.
NOTHING = ""
_NOW = bindparam("now", type_=_publication.c.created_at.type)
_OLDEST = (
    select(func.min(_publication.c.id))
    .where(_MOVING)
    .where(or_(_publication.c.next_at.is_(None), _publication.c.next_at <= _NOW))
    .where(leases.free)
    .group_by(_publication.c.source)
)
# Asked after every commit that might have put a reply on its way.
_DUE = Compiled(select(_publication).where(_publication.c.id.in_(_OLDEST)).order_by(_publication.c.id))
# What may or may not stand at its source.
_MARKED = Compiled(
    select(_publication.c.id, _publication.c.sending_at).where(_publication.c.state == str(PublicationState.SENDING))
)


@dataclass(frozen=True, slots=True)
class PublicationRow:
    """One row of ``publication``, as it was read; the fields are the columns, in their order."""

    id: int
    send_id: str
    draft_id: int
    draft_version: int
    mention_id: int
    person_id: int
    source: str
    text: str
    state: str
    prepared: str | None
    despite_change: bool
    reference: str
    url: str
    attempts: int
    next_at: datetime | None
    sending_at: datetime | None
    trouble: str
    lease: str | None
    leased_until: datetime | None
    created_at: datetime
    settled_at: datetime | None
    digests: str
    held_at: datetime | None

    @property
    def pointless(self) -> bool:
        """Whether it cannot be sent, because there is nothing to answer any more."""
        return self.prepared == NOTHING


def begin(
    session: Session,
    *,
    send_id: str,
    draft_id: int,
    draft_version: int,
    mention_id: int,
    person_id: int,
    source: str,
    text: str,
    now: datetime,
    digests: str = "",
) -> PublicationRow | None:
    """Put a reply on its way; None when another of this mention is on its way already.

    One of the same draft and version that failed was certainly not published: it is put on its way again, with the
    ``send_id`` that it had, and with the text that was seen this time. What its network called it before was thrown
    away there.
    """
    values = {
        "send_id": send_id,
        "draft_id": draft_id,
        "draft_version": draft_version,
        "mention_id": mention_id,
        "person_id": person_id,
        "source": source,
        "text": text,
        "state": str(PublicationState.DUE),
        "despite_change": False,
        "reference": "",
        "url": "",
        "attempts": 0,
        "trouble": "",
        "created_at": now,
        "digests": digests,
    }
    row: Any = _INSERT.run(session, values).first()
    if row is not None:
        return PublicationRow(*row)
    return _again(session, draft_id, draft_version, {"person_id": person_id, "text": text, "digests": digests})


def _again(session: Session, draft_id: int, draft_version: int, values: dict[str, Any]) -> PublicationRow | None:
    other = _publication.alias()
    flying = select(other.c.id).where(
        other.c.mention_id == _publication.c.mention_id, other.c.state.in_([str(state) for state in IN_FLIGHT])
    )
    statement = (
        update(_publication)
        .where(_publication.c.draft_id == draft_id, _publication.c.draft_version == draft_version)
        .where(_publication.c.state == str(PublicationState.FAILED), ~flying.exists())
        .values(
            state=str(PublicationState.DUE),
            prepared=None,
            despite_change=False,
            reference="",
            url="",
            attempts=0,
            next_at=None,
            sending_at=None,
            trouble="",
            settled_at=None,
            held_at=None,
            **values,
        )
        .returning(*_publication.c)
    )
    row = session.connection().execute(statement).first()
    return PublicationRow(*row) if row else None


def get(session: Session, publication_id: int) -> PublicationRow:
    """Return a publication as it stands now; it must exist."""
    query = select(_publication).where(_publication.c.id == publication_id)
    return PublicationRow(*session.connection().execute(query).one())


def in_flight(session: Session, mention_id: int) -> PublicationRow | None:
    """Return the reply of this mention that is on its way, or None."""
    query = select(_publication).where(_publication.c.mention_id == mention_id, FLYING)
    row = session.connection().execute(query).first()
    return PublicationRow(*row) if row else None


def last_sent(session: Session, mention_id: int) -> datetime | None:
    """Return since when the reply of a mention that was published last may have stood there, or None."""
    since = func.coalesce(_publication.c.sending_at, _publication.c.created_at)
    query = (
        select(since)
        .where(_publication.c.mention_id == mention_id, _publication.c.state == str(PublicationState.PUBLISHED))
        .order_by(_publication.c.settled_at.desc(), _publication.c.id.desc())
    )
    found: datetime | None = session.connection().scalar(query.limit(1))
    return found


def waiting(session: Session, mention_ids: Collection[int]) -> dict[int, PublicationState]:
    """Return for what the replies of these mentions wait that somebody else decides on.

    It is a person's word (asked, unclear) or the moderators of their network (held); mentions of others are left out.
    """
    query = select(_publication.c.mention_id, _publication.c.state).where(
        _publication.c.mention_id.in_(list(mention_ids)), or_(ASKING, HELD)
    )
    return {int(key): PublicationState(state) for key, state in session.connection().execute(query)}


def look_soon(session: Session, mention_id: int, now: datetime) -> None:
    """Let it be looked up now what became of the reply of a mention that is held, if one is."""
    soon = update(_publication).where(_publication.c.mention_id == mention_id, HELD)
    session.connection().execute(soon.values(next_at=now))


# --- what may stand at a source without our knowing it ---


def may_be_published(session: Session, source: str) -> list[PublicationRow]:
    """Return the replies that may stand at a source already, though nobody has seen them there."""
    query = select(_publication).where(_publication.c.source == source, _MAY_STAND).order_by(_publication.c.id)
    return [PublicationRow(*row) for row in session.connection().execute(query)]


def standing(session: Session, source: str, references: Collection[str]) -> dict[str, int]:
    """Return the mentions that these posts, known by the platform's name for them, answer as replies of ours.

    What was held when we looked last may stand there by now.
    """
    query = select(_publication.c.reference, _publication.c.mention_id).where(
        _publication.c.source == source,
        _publication.c.reference.in_([one for one in references if one]),
        or_(_publication.c.state == str(PublicationState.PUBLISHED), HELD),
    )
    return {row.reference: row.mention_id for row in session.connection().execute(query)}


# --- the worker's side ---


def marked(session: Session) -> list[tuple[int, datetime | None]]:
    """Return the marks of what may or may not stand at its source: which publication, and since when."""
    return [(row[0], row[1]) for row in _MARKED.rows(session)]


def due(session: Session, now: datetime, busy: Collection[str] = ()) -> list[PublicationRow]:
    """Return what is to be sent or looked up now and nobody holds: the oldest of each source but the ``busy`` ones."""
    found = (PublicationRow(*row) for row in _DUE.rows(session, now=now))
    return [row for row in found if row.source not in busy]


def take(session: Session, publication_id: int, source: str, token: str, now: datetime) -> PublicationRow | None:
    """Take a publication, unless somebody holds it or another of its source; returns it as it stands now.

    The row of the source is held while we look, or on PostgreSQL two replicas would each take one of the same source.
    """
    connection = session.connection()
    connection.execute(select(_source.c.name).where(_source.c.name == source).with_for_update())
    other = _publication.alias()
    held = select(other.c.id).where(
        other.c.source == source, other.c.id != publication_id, other.c.lease.is_not(None), other.c.leased_until >= now
    )
    statement = (
        update(_publication)
        .where(
            _publication.c.id == publication_id,
            _MOVING,
            leases.free,
            ~held.exists(),
        )
        .where(or_(_publication.c.next_at.is_(None), _publication.c.next_at <= now))
        .values(lease=token, leased_until=now + LEASE)
        .returning(*_publication.c)
    )
    row = connection.execute(statement, {"now": now}).first()
    return PublicationRow(*row) if row else None


def mark_sending(
    session: Session, publication_id: int, token: str, prepared: str, now: datetime
) -> PublicationRow | None:
    """Store what is about to be sent, before it is; None when nothing may be sent.

    That is so when the lease was lost, or when the draft is not on its way in this version any more.
    """
    wanted = select(_draft.c.id).where(
        _draft.c.id == _publication.c.draft_id,
        _draft.c.version == _publication.c.draft_version,
        _draft.c.state == str(DraftState.PUBLISHING),
    )
    statement = (
        leases.held(publication_id, token)
        .where(_publication.c.state == str(PublicationState.DUE), wanted.exists())
        .values(
            state=str(PublicationState.SENDING),
            prepared=prepared,
            sending_at=now,
            attempts=_publication.c.attempts + 1,
            next_at=None,
            leased_until=now + LEASE,
        )
        .returning(*_publication.c)
    )
    row = session.connection().execute(statement).first()
    return PublicationRow(*row) if row else None


def answer(session: Session, publication_id: int, asked_in: PublicationState, **values: Any) -> bool:
    """Change what waits for a person's word; False when it does not wait in the state ``asked_in`` any more.

    Whoever looks meanwhile what became of it has lost it.
    """
    statement = (
        update(_publication)
        .where(_publication.c.id == publication_id, _publication.c.state == str(asked_in))
        .values(lease=None, leased_until=None, **values)
        .returning(_publication.c.id)
    )
    return session.connection().execute(statement).first() is not None


def free_draft(
    session: Session, publication: PublicationRow, state: DraftState, now: datetime, trouble: str = ""
) -> bool:
    """Let a draft follow its publication into ``state``; False when it was not on its way in this version any more."""
    statement = (
        update(_draft)
        .where(_draft.c.id == publication.draft_id, _draft.c.version == publication.draft_version)
        .where(_draft.c.state.in_([str(DraftState.PUBLISHING), str(DraftState.UNCLEAR)]))
        .values(state=str(state), changed_at=now, trouble=trouble[:500])
        .returning(_draft.c.id)
    )
    return session.connection().execute(statement).first() is not None
