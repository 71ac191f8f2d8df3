"""Drafts: the replies that people write, every version of their text, and what second persons said of them.

Whoever changes a draft holds its mention first (``mentions.hold``), so that what is decided over all drafts of a
mention, such as whether one of them still waits for a second person, is decided on what is really there. A change is
a conditional UPDATE all the same, on the version and the state that were looked at: a reviewer who read one text
never approves another.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, insert, or_, select, update
from sqlmodel import Session

from storage.engine.compiled import Compiled, CompiledIn
from storage.engine.upsert import InsertOrIgnore
from storage.tables.base import table_of
from storage.tables.mentions import Mention
from storage.tables.replies import Draft, DraftVersion, Review
from storage.tables.states import EDITABLE, LIVING, DraftState, Verdict

_draft = table_of(Draft)
_version = table_of(DraftVersion)
_review = table_of(Review)
_mention = table_of(Mention)
_LIVING = [str(state) for state in LIVING]
_EDITABLE = [str(state) for state in EDITABLE]


@dataclass(frozen=True, slots=True)
class DraftRow:
    """One row of ``draft``, as it was read; the fields are the columns, in their order."""

    id: int
    token: str
    mention_id: int
    person_id: int
    state: str
    version: int
    text: str
    approved_version: int | None
    approved_by_id: int | None
    trouble: str
    created_at: datetime
    changed_at: datetime
    digests: str
    approved_digests: str

    @property
    def approved(self) -> bool:
        """Say whether a second person agreed to the text as it is now."""
        return self.approved_version == self.version


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """One row of ``review``; the fields are the columns, in their order."""

    id: int
    draft_id: int
    version: int
    person_id: int
    verdict: str
    remark: str
    at: datetime


# One draft as it stands now.
_BY_ID = Compiled(select(_draft).where(_draft.c.id == bindparam("draft_id")))
# The draft of a person on a mention, of which there is one at most.
_OWN = Compiled(
    select(_draft).where(
        _draft.c.mention_id == bindparam("mention_id"),
        _draft.c.person_id == bindparam("person_id"),
        or_(*(_draft.c.state == state for state in _LIVING)),  # a hot statement takes no list
    )
)
# The drafts of the cards that are drawn.
_OF_MENTIONS = CompiledIn(
    select(_draft).where(or_(*(_draft.c.state == state for state in _LIVING))).order_by(_draft.c.id),
    _draft.c.mention_id,
)
# A new draft, unless the person has one.
_ADD = InsertOrIgnore(_draft, *_draft.c)


def get(session: Session, draft_id: int) -> DraftRow:
    """Return the draft as it stands now; it must exist."""
    row = _BY_ID.first(session, draft_id=draft_id)
    if row is None:
        raise LookupError(f"There is no draft {draft_id}.")
    return DraftRow(*row)


def by_token(session: Session, token: str) -> DraftRow | None:
    """Return the draft with this token, living or not, or None."""
    row = session.connection().execute(select(_draft).where(_draft.c.token == token)).first()
    return DraftRow(*row) if row else None


def own(session: Session, mention_id: int, person_id: int) -> DraftRow | None:
    """Return the living draft of a person on a mention, or None."""
    row = _OWN.first(session, mention_id=mention_id, person_id=person_id)
    return DraftRow(*row) if row else None


def of_mention(session: Session, mention_ids: Sequence[int]) -> dict[int, list[DraftRow]]:
    """Return the living drafts of mentions, oldest first; a mention without any is left out."""
    found: dict[int, list[DraftRow]] = {}
    for row in _OF_MENTIONS.rows(session, mention_ids):
        draft = DraftRow(*row)
        found.setdefault(draft.mention_id, []).append(draft)
    return found


def living(session: Session, mention_id: int) -> list[DraftRow]:
    """Return the living drafts of one mention, oldest first."""
    return of_mention(session, [mention_id]).get(mention_id, [])


def editable_of(session: Session, person_ids: Sequence[int], limit: int | None = None) -> list[DraftRow]:
    """Return what these people wrote and may still change, the oldest first."""
    query = select(_draft).where(_draft.c.person_id.in_(list(person_ids)), _draft.c.state.in_(_EDITABLE))
    return [DraftRow(*row) for row in session.connection().execute(query.order_by(_draft.c.id).limit(limit))]


def add(
    session: Session, *, token: str, mention_id: int, person_id: int, text: str, now: datetime, digests: str = ""
) -> DraftRow | None:
    """Write down a new draft in its first version; None when the person has a living one on this mention already."""
    values = {
        "token": token,
        "mention_id": mention_id,
        "person_id": person_id,
        "state": str(DraftState.DRAFT),
        "version": 1,
        "text": text,
        "trouble": "",
        "created_at": now,
        "changed_at": now,
        "digests": digests,
        "approved_digests": "",
    }
    row: Any = _ADD.run(session, values).first()
    if row is None:
        return None
    _keep_version(session, row.id, 1, text, now)
    return DraftRow(*row)


def change(session: Session, seen: DraftRow, now: datetime, **values: Any) -> DraftRow | None:
    """Change a draft if it still is the one that was ``seen``; None when somebody was quicker."""
    query = (
        update(_draft)
        .where(_draft.c.id == seen.id, _draft.c.version == seen.version, _draft.c.state == seen.state)
        .values(changed_at=now, **values)
        .returning(*_draft.c)
    )
    row = session.connection().execute(query).first()
    return DraftRow(*row) if row else None


def edit(session: Session, seen: DraftRow, text: str, now: datetime, digests: str = "") -> DraftRow | None:
    """Give a draft a new text, in a new version that nobody approved; None when somebody was quicker."""
    changed = change(
        session,
        seen,
        now,
        text=text,
        version=seen.version + 1,
        state=str(DraftState.DRAFT),
        approved_version=None,
        approved_by_id=None,
        trouble="",
        digests=digests,
        approved_digests="",
    )
    if changed is not None:
        _keep_version(session, changed.id, changed.version, text, now)
    return changed


def _keep_version(session: Session, draft_id: int, version: int, text: str, now: datetime) -> None:
    values = {"draft_id": draft_id, "version": version, "text": text, "at": now}
    session.connection().execute(insert(_version), values)


def supersede_others(session: Session, seen: DraftRow, now: datetime) -> list[DraftRow]:
    """Let every other draft of the mention that is not on its way out give way to this one; returns those."""
    return _move_all(session, seen.mention_id, _EDITABLE, DraftState.SUPERSEDED, now, but=seen.id)


def leave_review(session: Session, mention_id: int, now: datetime) -> list[DraftRow]:
    """Let no draft of a mention wait for a second person any more; returns those that did."""
    return _move_all(session, mention_id, [str(DraftState.IN_REVIEW)], DraftState.DRAFT, now)


def _move_all(
    session: Session, mention_id: int, states: list[str], to: DraftState, now: datetime, but: int = 0
) -> list[DraftRow]:
    query = (
        update(_draft)
        .where(_draft.c.mention_id == mention_id, _draft.c.state.in_(states), _draft.c.id != but)
        .values(state=str(to), changed_at=now)
        .returning(*_draft.c)
    )
    rows = [DraftRow(*row) for row in session.connection().execute(query)]
    return sorted(rows, key=lambda row: row.id)


def review(session: Session, seen: DraftRow, person_id: int, verdict: Verdict, remark: str, now: datetime) -> None:
    """Write down what a person said of the version that was ``seen``."""
    values = {
        "draft_id": seen.id,
        "version": seen.version,
        "person_id": person_id,
        "verdict": str(verdict),
        "remark": remark,
        "at": now,
    }
    session.connection().execute(insert(_review), values)


def last_review(session: Session, draft_id: int, version: int | None = None) -> ReviewRow | None:
    """Return what was said of a draft, or of a version of it, last; or None."""
    query = select(_review).where(_review.c.draft_id == draft_id).order_by(_review.c.id.desc()).limit(1)
    if version is not None:
        query = query.where(_review.c.version == version)
    row = session.connection().execute(query).first()
    return ReviewRow(*row) if row else None


def last_reviews(session: Session, draft_ids: Sequence[int]) -> dict[int, ReviewRow]:
    """Return what was said last of each of these drafts, by the draft's id."""
    query = select(_review).where(_review.c.draft_id.in_(list(draft_ids))).order_by(_review.c.id)
    return {row.draft_id: ReviewRow(*row) for row in session.connection().execute(query)}


def version_text(session: Session, draft_id: int, version: int) -> str | None:
    """Return the text of a draft as it was in a version, or None when there was no such version."""
    query = select(_version.c.text).where(_version.c.draft_id == draft_id, _version.c.version == version)
    text: str | None = session.connection().scalar(query)
    return text


def count_published(session: Session, person_id: int, source: str) -> int:
    """Count the replies of a person that were published on a source."""
    query = (
        select(func.count())
        .select_from(_draft.join(_mention, _mention.c.id == _draft.c.mention_id))
        .where(_draft.c.person_id == person_id, _draft.c.state == str(DraftState.PUBLISHED))
        .where(_mention.c.source == source)
    )
    return int(session.connection().scalar(query) or 0)


def inherit(session: Session, former_id: int, heir_id: int) -> list[int]:
    """Let a person have written what somebody else wrote; returns the mentions of what is living among it.

    Where both have a living draft on a mention, each stays whose it is: nobody has two, and no text is thrown away.
    """
    theirs = _draft.alias()
    twice = select(theirs.c.id).where(
        theirs.c.mention_id == _draft.c.mention_id, theirs.c.person_id == heir_id, theirs.c.state.in_(_LIVING)
    )
    query = (
        update(_draft)
        .where(_draft.c.person_id == former_id, or_(_draft.c.state.not_in(_LIVING), ~twice.exists()))
        .values(person_id=heir_id)
        .returning(_draft.c.mention_id, _draft.c.state)
    )
    return sorted({row.mention_id for row in session.connection().execute(query) if row.state in _LIVING})
