"""A situation: how a mention stands, as far as it decides which verbs make sense; and the conditions they name."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from storage.own.mentions import MentionRow
from storage.reply.drafts import DraftRow
from storage.tables.states import CLOSED, EDITABLE, DraftState, Held, PublicationState, Status


class Step(StrEnum):
    """Where the work on a mention stands, as its card tells it; the first that is so counts.

    ``closed``, ``snoozed``; ``asking`` = a reply waits for a person's word; ``held`` = one waits for the moderators of
    its network; ``going`` = one is on its way; ``settled`` = one is approved, or was not published, and could go out;
    ``in_review`` = one waits for a second person; ``changes`` = one was sent back to its writer; ``answered`` = we wait
    for the author; ``kept_back`` = it is held, and has no card; ``claimed``, ``new``.
    """

    CLOSED = "closed"
    SNOOZED = "snoozed"
    ASKING = "asking"
    HELD = "held"
    GOING = "going"
    SETTLED = "settled"
    IN_REVIEW = "in_review"
    CHANGES = "changes"
    ANSWERED = "answered"
    KEPT_BACK = "kept_back"
    CLAIMED = "claimed"
    NEW = "new"


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """How a mention stands, as far as it decides which verbs make sense.

    Attributes:
        drafts: The states of its living drafts.
        by_api: A reply to it can be published by us; else a person posts it by hand.
        waits: For what a reply to it waits that somebody decides on: a person's word, because it is unclear whether it
            stands there or the post changed, or the moderators of its network; None where none does.
        kept_back: It is held: no channel has a card of it.
        on_a_card: It is held because it stands on the card of its public thread.
        asked: The cycle of its lease in which its owner is asked whether they are still on it; 0 = they are not.
        folded: How many mentions a storm folded under it that still are.
        under: How many mentions stand on its card beside it, since they are of one public thread.
        split_off: It stood on such a card itself before somebody gave it its own.
    """

    status: Status
    owned: bool = False
    drafts: frozenset[DraftState] = frozenset()
    by_api: bool = False
    waits: PublicationState | None = None
    kept_back: bool = False
    on_a_card: bool = False
    asked: int = 0
    folded: int = 0
    under: int = 0
    split_off: bool = False

    @property
    def asking(self) -> bool:
        """Say whether a reply waits for a person's word."""
        return self.waits is not None and not self.held

    @property
    def held(self) -> bool:
        """Say whether a reply waits for the moderators of its network."""
        return self.waits == PublicationState.HELD

    @property
    def open(self) -> bool:
        """Say whether it is not closed."""
        return self.status not in CLOSED

    @property
    def step(self) -> Step:
        """Where the work on it stands."""
        if not self.open:
            return Step.CLOSED
        if self.status == Status.SNOOZED:
            return Step.SNOOZED
        if self.asking or DraftState.UNCLEAR in self.drafts:
            return Step.ASKING
        if self.held:
            return Step.HELD
        for states, step in _STEPS:
            if self.drafts & states:
                return step
        if self.status == Status.RESPONDED:
            return Step.ANSWERED
        if self.kept_back:
            return Step.KEPT_BACK
        return Step.CLAIMED if self.owned else Step.NEW


When = Callable[[Situation], bool]


def is_open(now: Situation) -> bool:
    """Offer it while the mention is not closed."""
    return now.open


def is_owned(now: Situation) -> bool:
    """Offer it on an open mention that somebody has."""
    return now.owned and now.open


def is_unowned(now: Situation) -> bool:
    """Offer it on an open mention that nobody has."""
    return not now.owned and now.open


def is_closed(now: Situation) -> bool:
    """Offer it on what is closed."""
    return not now.open


def is_kept_back(now: Situation) -> bool:
    """Offer it on what is held and not closed, and stands on no other card."""
    return now.kept_back and now.open and not now.on_a_card


def is_on_a_card(now: Situation) -> bool:
    """Offer it on what stands on the card of its public thread."""
    return now.on_a_card and now.open


def was_split(now: Situation) -> bool:
    """Offer it on what stood on the card of its public thread, and nobody has."""
    return now.split_off and not now.owned and now.status == Status.NEW


def leads_a_storm(now: Situation) -> bool:
    """Offer it on what a storm folded others under."""
    return now.folded > 0


def leads_others(now: Situation) -> bool:
    """Offer it on what a storm folded others under, or on whose card they stand."""
    return now.folded > 0 or now.under > 0


def the_rest(now: Situation) -> int:
    """Return how many a storm folded under it, or stand on its card beside it."""
    return now.folded + now.under


def is_asleep(now: Situation) -> bool:
    """Offer it on what is snoozed."""
    return now.status == Status.SNOOZED


_GOING = frozenset({DraftState.PUBLISHING, DraftState.UNCLEAR})
_SENDABLE = frozenset({DraftState.DRAFT, DraftState.APPROVED, DraftState.FAILED})
_SETTLED = frozenset({DraftState.APPROVED, DraftState.FAILED})
# What the drafts of an open mention make of it; the first that is so counts.
_STEPS = (
    (_GOING, Step.GOING),
    (_SETTLED, Step.SETTLED),
    (frozenset({DraftState.IN_REVIEW}), Step.IN_REVIEW),
    (frozenset({DraftState.CHANGES_REQUESTED}), Step.CHANGES),
)


def is_in_review(now: Situation) -> bool:
    """Offer it while a draft waits for a second person."""
    return now.status == Status.IN_REVIEW and DraftState.IN_REVIEW in now.drafts


def is_sendable(now: Situation) -> bool:
    """Offer it while a draft could go out and none is on its way."""
    return now.open and bool(now.drafts & _SENDABLE) and not now.drafts & _GOING


def is_waiting(now: Situation) -> bool:
    """Offer it while a reply waits for somebody's word: a person's, or that of moderators, which a person may know."""
    return now.waits is not None


def is_by_hand(now: Situation) -> bool:
    """Offer it where a person posts by hand what could go out."""
    return not now.by_api and is_sendable(now)


def is_withdrawable(now: Situation) -> bool:
    """Offer it while a draft can still be taken back."""
    return not now.drafts.isdisjoint(EDITABLE)


def always(_now: Situation) -> bool:
    """Offer it whatever the mention's state."""
    return True


def never(_now: Situation) -> bool:
    """Never offer it."""
    return False


def situation(
    row: MentionRow,
    written: Sequence[DraftRow] = (),
    *,
    by_api: bool = False,
    waits: PublicationState | None = None,
    left: bool = False,
    asked: int = 0,
    folded: int = 0,
    under: int = 0,
) -> Situation:
    """Return how a mention stands, with its living drafts; what was left by its owner is nobody's."""
    return Situation(
        status=Status(row.status),
        owned=row.owner_id is not None and not left,
        drafts=frozenset(DraftState(one.state) for one in written),
        by_api=by_api,
        waits=waits,
        kept_back=bool(row.held),
        on_a_card=row.held == Held.THREAD,
        split_off=not row.held and row.was_held == Held.THREAD,
        asked=asked,
        folded=folded,
        under=under,
    )
