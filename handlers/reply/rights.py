"""Rights: who may publish a reply, who may read it first, and whether somebody has to.

Anyone may draft. Publishing is a right that the charter of the source gives. Acting in a department's channel makes
nobody a publisher where dibs.toml says who the members are: an open channel would give the right away.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from handlers.base import charter as charters
from handlers.base.charter import ANYONE, NO_REVIEW, SECOND_PERSON, Charter
from handlers.base.organisation import Organisation
from handlers.base.standing import is_high
from handlers.reply.preconditions import Ground
from handlers.text.match import found_words
from storage.engine.database import Session
from storage.own.to_review import Reader
from storage.people import members, people
from storage.people.people import DepartmentRow, PersonRow
from storage.reply import drafts
from storage.reply.drafts import DraftRow
from storage.tables.judgements import Tier

_BY_CHANNEL = "channel"


@dataclass(frozen=True, slots=True, kw_only=True)
class Publisher:
    """A person as rights see them; ``departments`` are keys."""

    id: int
    name: str
    email: str
    departments: frozenset[str]


def standing(session: Session, organisation: Organisation, person_id: int) -> Publisher:
    """Return what a person is by their own account."""
    return standings(session, organisation, [people.get(session, person_id)])[person_id]


def standings(session: Session, organisation: Organisation, some: Sequence[PersonRow]) -> dict[int, Publisher]:
    """Return what some people are by their own account, by person."""
    own = people.memberships(session, [one.id for one in some])
    return {
        one.id: Publisher(
            id=one.id,
            name=one.name,
            email=one.email or "",
            departments=frozenset(key for key, via in own.get(one.id, ()) if _counts(organisation, key, via)),
        )
        for one in some
    }


def _counts(organisation: Organisation, department: str, via: str) -> bool:
    listed = any(one.key == department and one.members for one in organisation.departments)
    return via != _BY_CHANNEL or not listed


def readers(ground: Ground, department: DepartmentRow, draft: DraftRow) -> list[int]:
    """Return those of the department that reads who are to read a draft: all but who wrote it."""
    belonging = members.belonging(ground.session, department.id)
    may = [one for one, via in belonging if _counts(ground.organisation, department.key, via)]
    return [one for one in may if one != draft.person_id]


def may_publish(ground: Ground, who: Publisher) -> bool:
    """Say whether a person may publish a reply to this mention."""
    return charters.may_publish(ground.charter, who.email, who.departments, ground.owning.key)


def publishers(ground: Ground) -> str:
    """Name those who may publish: "Finance and Ana"."""
    return in_a_row([named(ground.session, one) for one in ground.charter.publish or (ground.owning.key,)])


def in_a_row(names: Sequence[str]) -> str:
    """Say several names: "Finance, Support and Ana"."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def named(session: Session, one: str) -> str:
    """Return what a department, a person by e-mail, or "anyone" is called where a charter names it."""
    if one == ANYONE:
        return one
    if "@" in one:
        person = people.by_email(session, one)
        return person.name if person is not None else one
    found = people.department(session, one)
    return found.name if found is not None else one


def reviewers(ground: Ground) -> str:
    """Name those who read first: "somebody of Legal", "a second person"."""
    return readers_of(ground.session, ground.charter)


def readers_of(session: Session, charter: Charter) -> str:
    """Name those who read first under a charter: "somebody of Legal", "a second person"."""
    if charter.review in (NO_REVIEW, SECOND_PERSON):  # nobody has to, and somebody was asked all the same
        return "a second person"
    return f"somebody of {named(session, charter.review)}"


def may_review(ground: Ground, who: Publisher, draft: DraftRow) -> str:
    """Say why a person may not judge a draft; empty when they may."""
    charter = ground.charter
    if _is_own(charter, who, draft):
        return f"You wrote it, so {reviewers(ground)} has to read it."
    if not reads(charter, who.departments):
        return f"The charter of {ground.rules.name} wants it read by {reviewers(ground)}."
    return ""


def _is_own(charter: Charter, who: Publisher, draft: DraftRow) -> bool:
    return draft.person_id == who.id and not charter.own_review


def judges(charter: Charter, who: Publisher, draft: DraftRow) -> bool:
    """Say whether a person may judge a draft: ``may_review``, for where nothing is to be said."""
    return not _is_own(charter, who, draft) and reads(charter, who.departments)


def reads(charter: Charter, departments: Collection[str]) -> bool:
    """Say whether who belongs to these departments may judge what others wrote."""
    return charter.review in (NO_REVIEW, SECOND_PERSON) or charter.review in departments


def reader(session: Session, organisation: Organisation, person_id: int) -> Reader:
    """Return what a person may read before it goes out: ``may_review``, for all sources at once."""
    departments = standing(session, organisation, person_id).departments
    may = {one.name: one.charter for one in organisation.sources if reads(one.charter, departments)}
    rest = reads(organisation.charter, departments)
    return Reader(
        person_id=person_id,
        known=frozenset(one.name for one in organisation.sources),
        open=frozenset(may),
        own=frozenset(name for name, charter in may.items() if charter.own_review),
        rest=rest,
        rest_own=rest and organisation.charter.own_review,
    )


def review_wanted(ground: Ground, text: str, writer_id: int) -> str:
    """Say why a draft has to be read by a second person; empty when it need not be."""
    charter, when = ground.charter, ground.charter.review_when
    if charter.review == NO_REVIEW:
        return ""
    if when.always:
        return f"On {ground.rules.name} {reviewers(ground)} reads first."
    risks = found_words(when.words, text, ground.asked)
    if risks:
        return f"It is about “{risks[0]}”, so {reviewers(ground)} reads first."
    if when.high and is_high(ground.mention.tier, ground.mention.risk):
        what = "Its author is a customer" if ground.mention.tier == Tier.CUSTOMER else "It is judged as a risk"
        return f"{what}, so {reviewers(ground)} reads first."
    if when.first and drafts.count_published(ground.session, writer_id, ground.rules.name) < when.first:
        return f"The first {when.first} replies of a person on {ground.rules.name} are read by {reviewers(ground)}."
    return ""
