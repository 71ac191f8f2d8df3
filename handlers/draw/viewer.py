"""Viewers: who looks at a card that is drawn for one person alone, and what the rules of right say of them.

The rules themselves stand in ``handlers.base.right`` and ``handlers.reply.rights``: whoever presses is asked the same
again, since what was so when the card was drawn need not be so any more.
"""

from collections.abc import Collection
from dataclasses import dataclass

from handlers.base import charter as charters
from handlers.base.organisation import Organisation
from handlers.base.right import Viewer
from handlers.draw.state import Standing
from handlers.reply import rights
from handlers.reply.rights import Publisher
from storage.engine.database import Session
from storage.own.mentions import MentionRow
from storage.people.people import DepartmentRow
from storage.reply import publications
from storage.tables.states import DraftState


@dataclass(frozen=True, slots=True, kw_only=True)
class Looking:
    """One person who looks at several cards.

    Attributes:
        sent: The mentions on which a reply waits for somebody's word that they published.
    """

    who: Publisher
    organisation: Organisation
    sent: frozenset[int]

    def at(self, row: MentionRow, standing: Standing, department: DepartmentRow) -> Viewer:
        """Return what decides what they may do with one of them."""
        charter = self.organisation.source(row.source).charter
        waiting = [one for one in standing.written if one.state == DraftState.IN_REVIEW]
        return Viewer(
            id=self.who.id,
            owner_id=None if standing.left else row.owner_id,
            wrote=frozenset(DraftState(one.state) for one in standing.written if one.person_id == self.who.id),
            sent=row.id in self.sent,
            publishes=charters.may_publish(charter, self.who.email, self.who.departments, department.key),
            judges=any(rights.judges(charter, self.who, one) for one in waiting),
        )


def look(session: Session, organisation: Organisation, person_id: int, waiting: Collection[int]) -> Looking:
    """Return a person who looks; ``waiting`` are the mentions on which a reply waits for somebody's word."""
    in_flight = {one: publications.in_flight(session, one) for one in waiting}
    return Looking(
        who=rights.standing(session, organisation, person_id),
        organisation=organisation,
        sent=frozenset(key for key, row in in_flight.items() if row is not None and row.person_id == person_id),
    )
