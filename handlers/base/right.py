"""Right: who may do what with a mention; each verb names its rule here, and what refuses asks the same.

What nobody owns, anyone may change; what is owned, only its owner changes, and anybody else takes it over first. What
is closed, anyone may open again; a note and a draft are always allowed. What goes out in public is for those whom the
charter of its source names (``handlers.reply.rights``), and what they may is told here by a viewer.
"""

from collections.abc import Callable
from dataclasses import dataclass

from storage.tables.states import EDITABLE, DraftState


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """One person before one mention, as far as it decides what they may do with it.

    Attributes:
        id: Who looks.
        owner_id: Who has it; None for nobody, and where its owner is not here any more.
        wrote: How those of its living drafts stand that are theirs.
        sent: The reply that waits for a person's word was published by them.
        publishes: They may publish a reply to it.
        judges: One of the drafts that wait for a second person is theirs to judge.
    """

    id: int
    owner_id: int | None = None
    wrote: frozenset[DraftState] = frozenset()
    sent: bool = False
    publishes: bool = False
    judges: bool = False


May = Callable[[Viewer], bool]


def may_change(owner_id: int | None, person_id: int | None) -> bool:
    """Say whether a person, or nobody in particular, may change what this owner has; None = nobody has it."""
    return owner_id is None or owner_id == person_id


def anybody(_one: Viewer) -> bool:
    """Allow it to everybody."""
    return True


def owner_if_any(one: Viewer) -> bool:
    """Allow it to the owner, and to everybody where nobody is."""
    return may_change(one.owner_id, one.id)


def not_the_owner(one: Viewer) -> bool:
    """Allow it to those who do not have it."""
    return one.owner_id != one.id


def publisher(one: Viewer) -> bool:
    """Allow it to those who may publish."""
    return one.publishes


def reviewer(one: Viewer) -> bool:
    """Allow it to those who may judge what waits."""
    return one.judges


def writer_or_owner(one: Viewer) -> bool:
    """Allow it to who wrote what can still be taken back, and to who has the mention."""
    return not one.wrote.isdisjoint(EDITABLE) or one.owner_id == one.id


def answerable(one: Viewer) -> bool:
    """Allow it to who wrote or published the reply that is on its way, and to those who may publish."""
    return one.publishes or one.sent or not one.wrote.issubset(EDITABLE)
