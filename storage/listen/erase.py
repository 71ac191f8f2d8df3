"""Erase: text and names are taken out of every table that has them; the rows stay, since the log refers to them.

The log itself holds neither, and is not touched. A remark leaves its salt, which proves that there was one.
"""

import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, String, cast, delete, func, literal, literal_column, or_, select, update
from sqlmodel import Session

from storage.listen.posts import BLANK
from storage.search.index import follow, follow_authors
from storage.tables.base import table_of
from storage.tables.mentions import Mention
from storage.tables.messages import Message
from storage.tables.mutes import Mute
from storage.tables.ownership import OwnershipEvent, Remark
from storage.tables.posts import Author, Customer, KeptDelivery, Post
from storage.tables.replies import Draft, DraftVersion, Publication, Review
from storage.tables.states import CLOSED, LIVING, DraftState, MessageKind, MessageState, PostRole
from storage.tables.storms import Storm
from storage.tables.work import IdempotencyKey

_mention, _post, _author = table_of(Mention), table_of(Post), table_of(Author)
_draft, _version, _review = table_of(Draft), table_of(DraftVersion), table_of(Review)
_publication, _message, _mute = table_of(Publication), table_of(Message), table_of(Mute)
_event, _remark, _storm = table_of(OwnershipEvent), table_of(Remark), table_of(Storm)
_customer, _kept, _gesture = table_of(Customer), table_of(KeptDelivery), table_of(IdempotencyKey)
STANDS = ~_post.c.external_id.startswith(BLANK)


@dataclass(frozen=True, slots=True)
class Known:
    """A post that stands, as far as it must be known again."""

    id: int
    source: str
    external_id: str
    canonical_url: str
    role: str
    mention_id: int | None
    author: str


@dataclass(frozen=True, slots=True)
class Holding:
    """How much there is to forget."""

    mentions: int = 0
    open: int = 0
    posts: int = 0
    drafts: int = 0
    replies: int = 0
    remarks: int = 0


_KNOWN = [
    *(_post.c[name] for name in ("id", "source", "external_id", "canonical_url", "role", "mention_id")),
    func.coalesce(_author.c.external_id, "").label("author"),
]


def authors_called(session: Session, source: str, name: str) -> list[tuple[int, str, str, str]]:
    """Return who bears this id, or else this handle, on a source: id, external id, handle and name of each."""
    columns = _author.c.id, _author.c.external_id, _author.c.handle, _author.c.name
    here = select(*columns).where(_author.c.source == source)
    by_id = session.connection().execute(here.where(_author.c.external_id == name)).all()
    handle = func.lower(_author.c.handle) == name.removeprefix("@").lower()
    found = by_id or session.connection().execute(here.where(handle).order_by(_author.c.id)).all()
    return [(row[0], row[1], row[2], row[3]) for row in found]


def author(session: Session, author_id: int) -> tuple[str, str, str, str]:
    """Return source, external id, handle and name of an author."""
    query = select(_author.c.source, _author.c.external_id, _author.c.handle, _author.c.name)
    row = session.connection().execute(query.where(_author.c.id == author_id)).one()
    return row[0], row[1], row[2], row[3]


def mentions_of(session: Session, author_ids: Sequence[int], limit: int | None = None) -> list[int]:
    """Return the mentions that began with a post of these authors which still stands, the oldest first."""
    query = select(_post.c.mention_id).distinct().where(_theirs(author_ids), _post.c.role == str(PostRole.ORIGINAL))
    query = query.where(_post.c.mention_id.is_not(None)).order_by(_post.c.mention_id).limit(limit)
    return [int(one) for one in session.connection().scalars(query)]


def posts_of(
    session: Session, *, mention_ids: Sequence[int] = (), author_ids: Sequence[int] = (), limit: int | None = None
) -> list[Known]:
    """Return the posts of these mentions, or of these authors, that still stand."""
    which = _post.c.mention_id.in_(mention_ids) if mention_ids else _post.c.author_id.in_(author_ids)
    return _standing(session, which, limit)


def posts_by_id(session: Session, post_ids: Sequence[int]) -> list[Known]:
    """Return those of these posts that still stand."""
    return _standing(session, _post.c.id.in_(post_ids))


def _standing(session: Session, which: ColumnElement[bool], limit: int | None = None) -> list[Known]:
    query = select(*_KNOWN).outerjoin_from(_post, _author, _author.c.id == _post.c.author_id).where(which, STANDS)
    return [Known(*row) for row in session.connection().execute(query.order_by(_post.c.id).limit(limit))]


def _theirs(author_ids: Sequence[int]) -> ColumnElement[bool]:
    return _post.c.author_id.in_(author_ids) & STANDS


def references(session: Session, mention_ids: Sequence[int]) -> list[tuple[str, str]]:
    """Return by which names our replies to these mentions stand at their sources."""
    query = select(_publication.c.source, _publication.c.reference)
    query = query.where(_publication.c.mention_id.in_(mention_ids), _publication.c.reference != "")
    return [(row[0], row[1]) for row in session.connection().execute(query)]


def holding(session: Session, mention_ids: Sequence[int], author_ids: Sequence[int] = ()) -> Holding:
    """Count what there is of these mentions, and what else these authors wrote."""

    def number(column: Any, *where: Any) -> int:
        return int(session.connection().scalar(select(func.count()).select_from(column.table).where(*where)) or 0)

    here = _post.c.mention_id.in_(mention_ids)
    said = select(_event.c.seq).where(_event.c.mention_id.in_(mention_ids))
    return Holding(
        mentions=len(mention_ids),
        open=number(
            _mention.c.id, _mention.c.id.in_(mention_ids), _mention.c.status.not_in([str(one) for one in CLOSED])
        ),
        posts=number(_post.c.id, or_(here, _post.c.author_id.in_(author_ids)), STANDS),
        drafts=number(_draft.c.id, _draft.c.mention_id.in_(mention_ids)),
        replies=number(_publication.c.id, _publication.c.mention_id.in_(mention_ids)),
        remarks=number(_remark.c.seq, _remark.c.seq.in_(said), _remark.c.text.is_not(None)),
    )


def blank_posts(session: Session, found: Collection[Known], now: datetime) -> None:
    """Take away what posts say, where they stand and what they are called; what answers them names them no more."""
    connection = session.connection()
    by_source: dict[str, list[str]] = {}
    for one in found:
        by_source.setdefault(one.source, []).append(one.external_id)
    for source, names in sorted(by_source.items()):
        answers = update(_post).where(_post.c.source == source, _post.c.reply_to.in_(names))
        connection.execute(answers.values(reply_to=""))
        of_it = _post.c.thread != literal_column("''"), _post.c.thread.in_(names)  # as its index says it
        around = update(_post).where(_post.c.source == source, *of_it)
        connection.execute(around.values(thread=""))
        _end_mutes(session, now, _mute.c.source == source, _mute.c.thread.in_(names))
    told = ("url", "canonical_url", "title", "text", "lang", "digest", "reply_to", "media", "facts", "thread")
    empty = dict.fromkeys(told, "")
    called = literal(BLANK, String) + cast(_post.c.id, String)
    gone = func.coalesce(_post.c.deleted_at, now)
    here = update(_post).where(_post.c.id.in_([one.id for one in found]))
    connection.execute(here.values(external_id=called, deleted_at=gone, **empty))
    follow(session, (one.mention_id for one in found))


def blank_mentions(session: Session, mention_ids: Sequence[int], now: datetime) -> None:
    """Take away what was written about mentions: reasons, remarks, drafts, reviews, replies; no draft lives on."""
    connection = session.connection()
    about = dict.fromkeys(("reason", "points_why", "tier_why", "hints"), "")
    connection.execute(update(_mention).where(_mention.c.id.in_(mention_ids)).values(**about))
    said = select(_event.c.seq).where(_event.c.mention_id.in_(mention_ids))
    connection.execute(update(_remark).where(_remark.c.seq.in_(said)).values(text=None))
    drafts = select(_draft.c.id).where(_draft.c.mention_id.in_(mention_ids))
    connection.execute(update(_version).where(_version.c.draft_id.in_(drafts)).values(text=""))
    connection.execute(update(_review).where(_review.c.draft_id.in_(drafts)).values(remark=""))
    here = update(_draft).where(_draft.c.mention_id.in_(mention_ids))
    connection.execute(here.values(text="", trouble="", digests="", approved_digests=""))
    living = here.where(_draft.c.state.in_([str(one) for one in LIVING]))
    connection.execute(living.values(state=str(DraftState.WITHDRAWN), changed_at=now))
    sent = update(_publication).where(_publication.c.mention_id.in_(mention_ids))
    connection.execute(sent.values(text="", prepared=None, reference="", url="", trouble="", digests=""))
    connection.execute(update(_storm).where(_storm.c.lead_id.in_(mention_ids)).values(rest_reason=""))
    follow(session, mention_ids)


def tokens(session: Session, mention_ids: Sequence[int]) -> list[str]:
    """Return what these mentions are called."""
    return list(session.connection().scalars(select(_mention.c.token).where(_mention.c.id.in_(mention_ids))))


def messages_naming(session: Session, called: Sequence[str]) -> list[int]:
    """Return the notices and digests that name these mentions."""
    if not called:
        return []
    query = select(_message.c.id).where(*_naming(called)).order_by(_message.c.id)
    return list(session.connection().scalars(query))


def _naming(called: Sequence[str]) -> tuple[ColumnElement[bool], ...]:
    named = [_message.c.body.contains(json.dumps(one), autoescape=True) for one in called]
    named += [_message.c.body.contains(f"#{one}", autoescape=True) for one in called]
    return _message.c.kind != str(MessageKind.CARD), or_(*named)


def rewrite_messages(
    session: Session, called: Sequence[str], without: Callable[[str], str], among: Sequence[int] | None = None
) -> int:
    """Let notices and digests that name these mentions say nothing of them, here and where they stand.

    Returns how many there were. Where it is known which these are, ``among`` spares the look.
    """
    which = _naming(called) if among is None else (_message.c.id.in_(among),)
    query = select(_message.c.id, _message.c.body).where(*which)
    found = session.connection().execute(query.order_by(_message.c.id)).all()
    for message_id, body in found:
        shown = _message.c.state == str(MessageState.SHOWN)
        here = update(_message).where(_message.c.id == message_id)
        session.connection().execute(here.values(body=without(body), version=_message.c.version + 1))
        session.connection().execute(here.where(shown).values(state=str(MessageState.DUE), says_less=True))
    answered = or_(*(_gesture.c.answer.contains(one, autoescape=True) for one in called))
    session.connection().execute(delete(_gesture).where(answered))
    return len(found)


def blank_author(
    session: Session, author_id: int, sources: Collection[str], handles: Collection[str], now: datetime
) -> None:
    """Take away who an author is: their name and id, their line in the list of customers, mutes that name them.

    Args:
        session: The transaction.
        author_id: Who it is.
        sources: By what lists of customers call their source.
        handles: How lists of customers write their handle.
        now: This moment.
    """
    connection = session.connection()
    source, name, _, _ = author(session, author_id)
    _end_mutes(session, now, _mute.c.source == source, _mute.c.author == name)
    listed = _customer.c.source.in_(sorted(sources)), _customer.c.handle.in_(sorted(handles))
    connection.execute(delete(_customer).where(*listed))
    blank_rows_of_authors(session, [author_id])


def blank_rows_of_authors(session: Session, author_ids: Sequence[int]) -> None:
    """Take away who authors are where they have rows of their own, and nowhere else."""
    nobody = {"name": "", "handle": "", "url": "", "avatar": "", "followers": None, "gone": True}
    for one in author_ids:
        here = update(_author).where(_author.c.id == one)
        session.connection().execute(here.values(external_id=f"{BLANK}{one}", **nobody))
    follow_authors(session, author_ids, gone=True)


def _end_mutes(session: Session, now: datetime, *where: ColumnElement[bool]) -> None:
    """End mutes, and take away whom or what they name."""
    ended = {one: func.coalesce(_mute.c[one], now) for one in ("lifted_at", "told_at")}
    session.connection().execute(update(_mute).where(*where).values(author="", needle="", thread="", **ended))


def drop_kept(session: Session, source: str, digests: Collection[str]) -> None:
    """Let go deliveries that were kept."""
    here = _kept.c.source == source, _kept.c.digest.in_(sorted(digests))
    session.connection().execute(delete(_kept).where(*here))


def kept_of(session: Session, source: str) -> list[tuple[str, str]]:
    """Return what was kept of a source: the digest of each, and its packed body."""
    query = select(_kept.c.digest, _kept.c.packed).where(_kept.c.source == source)
    return [(row[0], row[1]) for row in session.connection().execute(query)]


def has_remark(session: Session, seq: int) -> tuple[int | None, bool] | None:
    """Return the mention of a row of the log with a remark, and whether that stands; None = it has none."""
    query = select(_event.c.mention_id, _remark.c.text).join_from(_remark, _event, _event.c.seq == _remark.c.seq)
    row = session.connection().execute(query.where(_remark.c.seq == seq)).first()
    return (row[0], row[1] is not None) if row is not None else None


def blank_remark(session: Session, seq: int, mention_id: int | None) -> None:
    """Take away what was typed beside a row of the log."""
    session.connection().execute(update(_remark).where(_remark.c.seq == seq).values(text=None))
    follow(session, [mention_id])
