"""Colleagues: who belongs to which department, where they are to be found, and where they may publish and review.

Nobody is counted here, and nobody's hours are told: how much a person does is between them and theirs.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from handlers.base.charter import NO_REVIEW, may_publish
from handlers.base.organisation import Organisation, SourceRules
from handlers.people.people import among_us
from handlers.reply import rights
from handlers.reply.rights import Publisher, in_a_row
from storage.engine.database import Session
from storage.people import identities, people
from storage.tables.states import DESK

PAGE = 100
EVERYWHERE, NOWHERE = "everywhere", "nowhere"


@dataclass(frozen=True, slots=True, kw_only=True)
class Colleague:
    """A person, as colleagues see them.

    Attributes:
        platforms: Where they work in chat.
        publishes: The sources on which they may publish, in words.
        reviews: The sources on which they may read first where somebody has to, in words.
    """

    name: str
    departments: tuple[str, ...]
    platforms: tuple[str, ...]
    publishes: str
    reviews: str


@dataclass(frozen=True, slots=True)
class Colleagues:
    """A page of them, by name; ``next`` is where the next one begins, None where there is none."""

    people: tuple[Colleague, ...]
    next: int | None


def read_colleagues(session: Session, organisation: Organisation, start: int = 0) -> Colleagues:
    """Read those who are with us, by name."""
    everybody = people.active(session)
    ours = among_us(session, [one.id for one in everybody], organisation)
    everybody = [one for one in everybody if one.id in ours]
    shown = everybody[start : start + PAGE]
    accounts = identities.of_people(session, [one.id for one in shown])
    standings = rights.standings(session, organisation, shown)
    members = people.memberships(session, [one.id for one in shown])
    names = {one.key: one.name for one in people.departments(session)}
    return Colleagues(
        tuple(
            Colleague(
                name=one.name,
                departments=tuple(dict.fromkeys(names[key] for key, _ in members.get(one.id, ()))),
                platforms=tuple(
                    sorted({row.platform for row in accounts.get(one.id, ()) if row.active and row.platform != DESK})
                ),
                publishes=_publishes(organisation.sources, standings[one.id]),
                reviews=_reviews(organisation.sources, standings[one.id]),
            )
            for one in shown
        ),
        start + PAGE if len(everybody) > start + PAGE else None,
    )


def _publishes(sources: Sequence[SourceRules], who: Publisher) -> str:
    always = [one.name for one in sources if may_publish(one.charter, who.email, who.departments, "")]
    own = [one.name for one in sources if not one.charter.publish] if who.departments else []
    said = [_where(sources, always)] if always or not own else []
    if own:
        said.append(f"{_where(sources, own)}, for mentions of their departments")
    return "; ".join(said)


def _reviews(sources: Sequence[SourceRules], who: Publisher) -> str:
    asked = [one for one in sources if one.charter.review != NO_REVIEW]
    return _where(asked, [one.name for one in asked if rights.reads(one.charter, who.departments)])


def _where(sources: Sequence[SourceRules], names: Sequence[str]) -> str:
    if not names:
        return NOWHERE
    return EVERYWHERE if len(names) == len(sources) else in_a_row(names)
