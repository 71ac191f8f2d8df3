"""To review: what waits for a second person, as far as one who looks may be that person.

Who may judge a draft follows from the charter of its source, which storage does not know: a ``Reader`` carries what
follows from the charters for one person. Sources that are not configured (any more) are the rest.
"""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, false, or_, select

from storage.tables.base import table_of
from storage.tables.mentions import Mention
from storage.tables.people import Department
from storage.tables.replies import Draft
from storage.tables.states import DraftState, Held, Status

_mention = table_of(Mention)
_department = table_of(Department)
_draft = table_of(Draft)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Somebody who may read drafts before they go out.

    Attributes:
        person_id: Whose own drafts do not count; None where nobody in particular looks.
        known: The sources that are configured.
        open: Those of them whose drafts they may judge.
        own: Those of them where they may judge their own, too.
        rest: They may judge the drafts of all other sources.
        rest_own: Their own, too.
    """

    person_id: int | None = None
    known: frozenset[str] = frozenset()
    open: frozenset[str] = frozenset()
    own: frozenset[str] = frozenset()
    rest: bool = True
    rest_own: bool = False


ANYBODY = Reader()


def is_to_review(reader: Reader) -> ColumnElement[bool]:
    """Return the condition that a mention has a draft that waits for somebody who may be this reader."""
    source = _mention.c.source
    elsewhere = source.not_in(reader.known)
    may = or_(source.in_(reader.open), elsewhere if reader.rest else false())
    waits = select(_draft.c.id).where(_draft.c.mention_id == _mention.c.id)
    waits = waits.where(_draft.c.state == str(DraftState.IN_REVIEW)).correlate(_mention)
    if reader.person_id is not None:
        own = or_(source.in_(reader.own), elsewhere if reader.rest_own else false())
        waits = waits.where(or_(_draft.c.person_id != reader.person_id, own))
    # By department, though it is none of the matter: so an index finds the few that wait among all that ever came.
    somewhere = _mention.c.department_id.in_(select(_department.c.id))
    there = and_(somewhere, _mention.c.held == str(Held.NO), _mention.c.status == str(Status.IN_REVIEW))
    return and_(there, may, waits.exists())
