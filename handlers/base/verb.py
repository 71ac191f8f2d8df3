"""A verb: one thing that a person can do, and when a card offers it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from handlers.base.cards import Field, Form
from handlers.base.command import Answer, Asking, Context, MentionCommand
from storage.reply.drafts import DraftRow
from storage.tables.states import CLOSED, EDITABLE, OPEN, DraftState, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """How a mention stands, as far as it decides which verbs make sense.

    Attributes:
        drafts: The states of its living drafts.
        by_api: A reply to it can be published by us; else a person posts it by hand.
        asking: A reply to it waits for a person's word: it is unclear whether it stands there, or the post changed.
    """

    status: Status
    owned: bool = False
    drafts: frozenset[DraftState] = frozenset()
    by_api: bool = False
    asking: bool = False

    @property
    def open(self) -> bool:
        """Say whether it is not closed."""
        return self.status not in CLOSED


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


def is_closed_or_asleep(now: Situation) -> bool:
    """Offer it on what is closed or snoozed."""
    return not now.open or now.status == Status.SNOOZED


_GOING = frozenset({DraftState.PUBLISHING, DraftState.UNCLEAR})
_SENDABLE = frozenset({DraftState.DRAFT, DraftState.APPROVED, DraftState.FAILED})
_SETTLED = frozenset({DraftState.APPROVED, DraftState.FAILED})


def is_in_review(now: Situation) -> bool:
    """Offer it while a draft waits for a second person."""
    return now.status == Status.IN_REVIEW and DraftState.IN_REVIEW in now.drafts


def is_sendable(now: Situation) -> bool:
    """Offer it while a draft could go out and none is on its way."""
    return now.open and bool(now.drafts & _SENDABLE) and not now.drafts & _GOING


def next_is_to_publish(now: Situation) -> bool:
    """Offer it where publishing is the next step."""
    return is_sendable(now) and bool(now.drafts & _SETTLED)


def next_is_to_draft(now: Situation) -> bool:
    """Offer it where writing is the next step."""
    return now.status in OPEN and now.drafts <= {DraftState.DRAFT, DraftState.CHANGES_REQUESTED}


def is_asking(now: Situation) -> bool:
    """Offer it while a reply waits for a person's word."""
    return now.asking


def is_by_hand(now: Situation) -> bool:
    """Offer it where a person posts by hand what could go out."""
    return not now.by_api and is_sendable(now)


def next_is_to_post_by_hand(now: Situation) -> bool:
    """Offer it where posting by hand is the next step."""
    return not now.by_api and next_is_to_publish(now)


def is_withdrawable(now: Situation) -> bool:
    """Offer it while a draft can still be taken back."""
    return not now.drafts.isdisjoint(EDITABLE)


def always(_now: Situation) -> bool:
    """Offer it whatever the mention's state."""
    return True


def never(_now: Situation) -> bool:
    """Never offer it."""
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Verb:
    """One thing that a person can do with a mention.

    Attributes:
        name: As typed after ``/dibs`` and in action ids ``dibs:<name>``.
        when: Is it offered on the card? The handler decides for itself whether it is right.
        fields: What its form asks for, in the order in which they are typed after the reference. A choice field
            named ``department`` gets the departments as its choices.
        emoji: The reaction that means it, unless dibs.toml says otherwise.
        draw: Draws the form, where its fields alone do not say enough.
        form: A press opens the form; without, the verb runs at once and the optional fields are for commands only.
        prominent: Has it a button of its own? else it goes into the overflow menu.
    """

    name: str
    label: str
    help: str
    command: type[MentionCommand]
    handler: Callable[[Any, Context], Answer]
    when: When
    fields: tuple[Field, ...] = ()
    emoji: str = ""
    form: bool = False
    draw: Callable[[Asking], Form] | None = None
    prominent: When = never
    style: str = ""


def usage(verb: Verb) -> str:
    """Return how a verb is typed: ``snooze REF UNTIL``. A text takes the rest: what stands behind it is for forms."""
    words = []
    for field in verb.fields:
        words.append(field.name.upper() if field.required else f"[{field.name}]")
        if field.kind == "text":
            break
    return " ".join([verb.name, "REF", *words])


STAGES = {
    DraftState.IN_REVIEW: "waits for review",
    DraftState.CHANGES_REQUESTED: "changes asked for",
    DraftState.APPROVED: "approved",
    DraftState.PUBLISHING: "on its way",
    DraftState.FAILED: "not published",
    DraftState.UNCLEAR: "unclear",
}


def stage(draft: DraftRow) -> str:
    """Say in a word or three where a living draft stands."""
    return STAGES.get(DraftState(draft.state), "being written")
