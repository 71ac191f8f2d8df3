"""Proposals: what more people said than usual, in which mentions, and what is muted of it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, case, delete, func, insert, or_, select, update
from sqlmodel import Session

from storage.tables.base import table_of
from storage.tables.mentions import Mention
from storage.tables.posts import Post
from storage.tables.states import FOLDED, Held, PostRole
from storage.tables.voice import Proposal, ProposalMention, ThemeMention

_proposal, _of, _named = table_of(Proposal), table_of(ProposalMention), table_of(ThemeMention)
_mention, _post = table_of(Mention), table_of(Post)
# What is held back has not arrived; what a storm folded has.
ARRIVED = _mention.c.held.in_([str(one) for one in (Held.NO, *FOLDED)])


@dataclass(frozen=True, slots=True)
class ProposalRow:
    """One row of ``proposal``; the fields are the columns, in their order."""

    id: int
    token: str
    label: str
    phrases: str
    usual: float
    score: float
    at: datetime
    muted_until: datetime | None = None
    by_id: int | None = None


@dataclass(frozen=True, slots=True)
class Heard:
    """What a mention began with, as far as it is looked through, and by whom; no author = the source does not tell."""

    mention_id: int
    author_id: int | None
    source: str
    ingested_at: datetime
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Voice:
    """A mention of a theme or a proposal, as far as it is counted."""

    mention_id: int
    token: str
    department_id: int
    source: str
    author_id: int | None
    ingested_at: datetime


_HEARD = (
    _mention.c.id.label("mention_id"),
    _post.c.author_id,
    *(_mention.c[name] for name in ("source", "ingested_at")),
    *(_post.c[name] for name in ("title", "text")),
)
_VOICE = (
    _mention.c.id.label("mention_id"),
    *(_mention.c[name] for name in ("token", "department_id", "source")),
    _post.c.author_id,
    _mention.c.ingested_at,
)


def standing(columns: Collection[Any]) -> Select[Any]:
    """Select of mentions that arrived and whose post still stands."""
    query = select(*columns).join_from(_mention, _post, _post.c.mention_id == _mention.c.id)
    return query.where(_post.c.role == str(PostRole.ORIGINAL), _post.c.deleted_at.is_(None), ARRIVED)


def heard(session: Session, since: datetime, until: datetime, most: int) -> list[Heard]:
    """Return what arrived in a span, the newest first, and at most so many."""
    query = standing(_HEARD).where(_mention.c.ingested_at >= since, _mention.c.ingested_at < until)
    query = query.order_by(_mention.c.ingested_at.desc(), _mention.c.id.desc()).limit(most)
    return [Heard(*row) for row in session.connection().execute(query)]


def broadcast(session: Session, since: datetime, most: int) -> list[str]:
    """Return what our own accounts said to all lately: what people pass on of it is no news."""
    query = select(_post.c.text).where(_post.c.role == str(PostRole.OURS), _post.c.mention_id.is_(None))
    query = query.where(_post.c.ingested_at >= since, _post.c.deleted_at.is_(None))
    return list(session.connection().scalars(query.order_by(_post.c.id.desc()).limit(most)))


def named(session: Session, mention_ids: Collection[int]) -> set[int]:
    """Return which of these mentions some theme finds that there is."""
    query = select(_named.c.mention_id).where(_named.c.mention_id.in_(sorted(mention_ids)))
    return set(session.connection().scalars(query))


def listed(session: Session, now: datetime, *, muted: bool = False) -> list[ProposalRow]:
    """Return the proposals, those that stand out most first; or those that are muted now."""
    free = or_(_proposal.c.muted_until.is_(None), _proposal.c.muted_until <= now)
    query = select(_proposal).where(~free if muted else free).order_by(_proposal.c.score.desc(), _proposal.c.id)
    return [ProposalRow(*row) for row in session.connection().execute(query)]


def by_token(session: Session, token: str) -> ProposalRow | None:
    """Return a proposal by its token, or None."""
    row = session.connection().execute(select(_proposal).where(_proposal.c.token == token)).first()
    return ProposalRow(*row) if row else None


def replace_all(session: Session, now: datetime, found: Sequence[tuple[dict[str, Any], Collection[int]]]) -> None:
    """Put what was found in the place of what stands there, but for what is muted."""
    gone = [one.id for one in listed(session, now)]
    drop(session, gone)
    for values, mention_ids in found:
        proposal_id = session.connection().scalar(insert(_proposal).values(**values, at=now).returning(_proposal.c.id))
        rows = [{"proposal_id": proposal_id, "mention_id": one} for one in sorted(mention_ids)]
        session.connection().execute(insert(_of), rows)


def drop(session: Session, proposal_ids: Collection[int]) -> None:
    """Let proposals go."""
    session.connection().execute(delete(_of).where(_of.c.proposal_id.in_(list(proposal_ids))))
    session.connection().execute(delete(_proposal).where(_proposal.c.id.in_(list(proposal_ids))))


def mute(session: Session, proposal_id: int, until: datetime | None, by_id: int) -> None:
    """Let it not be proposed until a moment, or again."""
    here = update(_proposal).where(_proposal.c.id == proposal_id)
    session.connection().execute(here.values(muted_until=until, by_id=by_id))


def voices(session: Session, proposal_id: int) -> list[Voice]:
    """Return the mentions of a proposal that still stand, the newest first."""
    query = standing(_VOICE).join(_of, _of.c.mention_id == _mention.c.id).where(_of.c.proposal_id == proposal_id)
    query = query.order_by(_mention.c.ingested_at.desc(), _mention.c.id.desc())
    return [Voice(*row) for row in session.connection().execute(query)]


def count_themes(session: Session, since: datetime, until: datetime) -> dict[int, tuple[int, int]]:
    """Count, of each theme that has any, the mentions that arrived in a span and still stand, and the people.

    Of a source that does not tell who wrote, all count as one.
    """
    nameless = case((_post.c.author_id.is_(None), _mention.c.source))
    people = func.count(_post.c.author_id.distinct()) + func.count(nameless.distinct())
    query = standing((_named.c.theme_id, func.count(), people)).join(_named, _named.c.mention_id == _mention.c.id)
    query = query.where(_mention.c.ingested_at >= since, _mention.c.ingested_at < until).group_by(_named.c.theme_id)
    return {theme_id: (int(n), int(k)) for theme_id, n, k in session.connection().execute(query)}


def voices_of_theme(
    session: Session, theme_id: int, since: datetime, until: datetime, most: int | None = None
) -> list[Voice]:
    """Return the mentions of a theme that arrived in a span and still stand, the newest first, at most so many."""
    query = standing(_VOICE).join(_named, _named.c.mention_id == _mention.c.id).where(_named.c.theme_id == theme_id)
    query = query.where(_mention.c.ingested_at >= since, _mention.c.ingested_at < until)
    query = query.order_by(_mention.c.ingested_at.desc(), _mention.c.id.desc()).limit(most)
    return [Voice(*row) for row in session.connection().execute(query)]
