"""Arrive: a post that concerns us becomes a mention, with its row in the log, whoever brought it.

What a source shows (``ingest``) and what an employee pastes (``add``) is written down in the same way.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from handlers.base.command import Actor
from handlers.base.events import Author, Posted, content
from handlers.base.organisation import Organisation
from handlers.base.standing import priority_of
from handlers.listen.route import Decision
from handlers.listen.tiers import Known, tiers_of
from handlers.own.clocks import begin_clocks
from handlers.text.bounds import random_token
from handlers.text.handles import names_us
from storage.engine.database import Session, touch
from storage.listen import posts
from storage.own import mentions, ownership
from storage.own.mentions import MentionRow
from storage.people import people
from storage.tables.judgements import AuthorVerdict, Ending, Risk
from storage.tables.states import FOLDED, Action, Held, PostRole, Status, Via

Kept = tuple[Posted, PostRole, int | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Why a new mention is kept back, and what holds it.

    Attributes:
        why: One sentence for the log.
        by: The number of the mute or storm that holds it, or of the mention on whose card it stands.
        under: The external id of the post on whose card it stands, where that arrives with it.
        points: What it was given, where that is why.
        points_why: For what, in words.
    """

    reason: Held
    why: str
    by: int | None = None
    under: str = ""
    points: int | None = None
    points_why: str = ""


NONE_HELD: Mapping[str, Hold] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Arriving:
    """From where posts arrive, and when; ``random`` draws the tokens, ``actor`` is who brought them in, if somebody."""

    session: Session
    organisation: Organisation
    source: str
    now: datetime
    random: Any
    via: Via = Via.SOURCE
    actor: Actor | None = None


def add_mentions(
    arriving: Arriving, new: Sequence[tuple[Posted, Decision]], held: Mapping[str, Hold] = NONE_HELD
) -> list[MentionRow]:
    """Write down new mentions and log that they came; their posts and cards are the caller's.

    What is ``held``, by external id, is logged so; it arrives when somebody brings it forth, or at once where it is
    folded under another card.
    """
    if not new:
        return []
    session = arriving.session
    departments = {one.key: one.id for one in people.departments(session)}
    tokens = _draw_tokens(arriving, len(new))
    writers = [event.author for event, _ in new]
    known = tiers_of(session, arriving.organisation, arriving.source, writers, arriving.now)
    values = [
        _values(arriving, token, event, decision)
        | {"department_id": departments[decision.department], **_kept_back(held.get(event.external_id))}
        | _standing(author, decision)
        for token, (event, decision), author in zip(tokens, new, known, strict=True)
    ]
    ids = _write(session, [event.external_id for event, _ in new], values, held)
    rows = [_as_row(mention_id, value) for mention_id, value in zip(ids, values, strict=True)]
    why = {row.id: held[event.external_id].why for row, (event, _) in zip(rows, new, strict=True) if row.held}
    arrived = [row for row in rows if not row.held or row.held in FOLDED]
    changes = [_came(arriving, row, Action.HELD, why[row.id]) for row in rows if row.held]
    ownership.log(session, *changes, *(_came(arriving, row, Action.ARRIVED) for row in arrived))
    begin_clocks(session, arriving.organisation, arrived, arriving.now)
    for row in rows:
        touch(session, row.id)
    return rows


def _write(
    session: Session, names: Sequence[str], values: Sequence[dict[str, Any]], held: Mapping[str, Hold]
) -> list[int]:
    """Write down new mentions, and after them what stands on their cards; returns their ids in the order of names."""
    under = {name: held[name].under for name in names if name in held and held[name].under}
    rows = dict(zip(names, values, strict=True))
    first = [name for name in names if name not in under]
    ids = dict(zip(first, mentions.add(session, [rows[name] for name in first]), strict=True))
    for name, lead in under.items():
        rows[name]["held_by"] = ids[lead]
    ids |= dict(zip(under, mentions.add(session, [rows[name] for name in under]), strict=True))
    return [ids[name] for name in names]


def _values(arriving: Arriving, token: str, event: Posted, decision: Decision) -> dict[str, Any]:
    """Return what a new mention has in its columns of what its post is."""
    ours = arriving.organisation.source(arriving.source).own_accounts
    return {
        "token": token,
        "version": 1,
        "source": arriving.source,
        "status": str(Status.NEW),
        "owner_id": None,
        "topic": decision.topic,
        "reason": decision.reason,
        "published_at": event.published_at,
        "ingested_at": arriving.now,
        "changed_at": arriving.now,
        "product": decision.product,
        "addressed": names_us(f"{event.title} {event.text}", ours),
    }


def _standing(author: Known, decision: Decision) -> dict[str, Any]:
    """Return what a new mention has in its columns of who wrote it, and of what is supposed."""
    return {
        "tier": str(author.tier),
        "tier_why": author.why,
        "verdict": str(AuthorVerdict.UNSAID),
        "risk": str(Risk.UNSAID),
        "hints": decision.hints,
        "outcome": str(Ending.UNSAID),
        "priority": priority_of(author.tier, Risk.UNSAID, decision.hints),
    }


def _kept_back(hold: Hold | None) -> dict[str, Any]:
    """Return what a new mention has in its columns of what holds it."""
    if hold is None:
        return {"held": str(Held.NO), "held_by": None, "points": None, "points_why": "", "was_held": ""}
    given = {"points": hold.points, "points_why": hold.points_why}
    return {"held": str(hold.reason), "held_by": hold.by, "was_held": "", **given}


def _came(arriving: Arriving, row: MentionRow, action: Action, remark: str = "") -> ownership.Change:
    actor = arriving.actor
    return ownership.Change(
        mention_id=row.id,
        action=action,
        via=arriving.via,
        at=arriving.now,
        actor_id=actor.id if actor else None,
        actor_department_id=actor.department_id if actor else None,
        to_department_id=row.department_id,
        remark=remark,
        salt=arriving.random.randbytes(16).hex() if remark else "",
    )


def _as_row(mention_id: int, values: dict[str, Any]) -> MentionRow:
    empty = dict.fromkeys(MentionRow.__slots__)
    return MentionRow(**{**empty, **values, "id": mention_id})


def _draw_tokens(arriving: Arriving, number: int) -> list[str]:
    tokens: dict[str, None] = {}
    while len(tokens) < number:
        drawn = {random_token(arriving.random) for _ in range(number - len(tokens))}
        tokens |= dict.fromkeys(sorted(drawn - mentions.taken_tokens(arriving.session, drawn)))
    return list(tokens)


def add_posts(
    arriving: Arriving,
    kept: Sequence[Kept],
    canonical: Mapping[str, str],
    digests: Mapping[str, str] | None = None,
    threads: Mapping[str, str] | None = None,
) -> None:
    """Write down posts and who wrote them; by external id, ``canonical`` holds each one's canonical URL.

    ``digests`` are those of their content, where they were worked out already, and ``threads`` what the public threads
    are called to which they belong.
    """
    known = digests or {}
    named = [event.author for event, _, _ in kept if author_key(event.author)]
    authors = posts.author_ids(arriving.session, arriving.source, map(_author_row, named))
    rows = [
        {
            "source": arriving.source,
            "external_id": event.external_id,
            "role": str(role),
            "mention_id": mention_id,
            "author_id": authors.get(author_key(event.author)),
            "url": event.url,
            "canonical_url": canonical[event.external_id],
            "lang": event.lang,
            "published_at": event.published_at,
            "ingested_at": arriving.now,
            "reply_to": event.reply_to,
            "facts": event.facts,
            "thread": (threads or {}).get(event.external_id, event.thread),
            **content(event, known.get(event.external_id, "")),
        }
        for event, role, mention_id in kept
    ]
    posts.add(arriving.session, rows)


def author_key(author: Author) -> str:
    """Return by what an author is known within their source; empty where it tells nothing of them."""
    return author.external_id or author.handle or author.name


def _author_row(author: Author) -> dict[str, Any]:
    return {
        "external_id": author_key(author),
        "name": author.name,
        "handle": author.handle,
        "url": author.url,
        "avatar": author.avatar,
        "followers": author.followers,
    }
