"""A verb: one thing that a person can do, on what, and when a card offers it.

Whatever people can ask for is one of these, whether a mention stands before them, a post, or nothing: so buttons,
emoji, shortcuts, slash commands, forms and help come from one table (``handlers.verbs``), and no platform lists verbs.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from handlers.base.cards import Button, Field, Form, Rank, shortened
from handlers.base.command import Answer, Asking, Command, Context, Reference, Who
from handlers.base.right import May, anybody
from handlers.text.bounds import MAX_URL
from storage.own.mentions import MentionRow
from storage.reply.drafts import DraftRow
from storage.tables.states import CLOSED, EDITABLE, DraftState, Held, PublicationState, Status, Tab, Via


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


class On(StrEnum):
    """What a verb is about: a mention that we have, a post at some address, or neither."""

    MENTION = "mention"
    POST = "post"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Shortcut:
    """How a verb is called in the menu of a message: of a card's, or of one that links to a post."""

    name: str
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verb:
    """One thing that a person can do.

    Attributes:
        name: As typed after ``/dibs`` and in action ids ``dibs:<name>``.
        help: What it does, in the words of help; empty where it is told of nowhere.
        command: A ``MentionCommand`` or ``PostCommand`` where it is on one of these.
        label: What stands on its button and its form; wanted where it has one.
        when: Does a card offer it? The handler decides for itself whether it is right.
        fields: What its form asks for, in the order in which they are typed after the reference. A choice field
            named ``department`` gets the departments as its choices. On a post, ADDRESS is the first.
        emoji: The reaction that means it, unless dibs.toml says otherwise.
        draw: Draws the form, where its fields alone do not say enough.
        looks: Looks up on a snapshot, before the transaction, what would take long in it: what the command becomes.
        form: A press opens the form; without, the verb runs at once and the optional fields are for commands only.
            What has no card to be pressed on runs at once, and what is missing or wrong is asked for by the form.
        may: Who may do it; a card that is drawn for one person offers it to those alone.
        ranks: Where it stands on a card, by how the work on the mention stands; ``elsewhere`` in all other steps.
        alone: Where it stands on a card that is drawn for one person, where that is not where it stands on one for all.
        aliases: What else may be typed for it.
        lets_out: A press lets out the reply that the card shows; what it showed comes back with the press.
        of_cycle: A press answers the question of one cycle of the lease, which comes back with it.
        last: It is the last entry of a card's menu, however full that is.
        key: The letter that means it on the desk, for the card that has the focus.
        tab: The tab of the board that shows what it lists, or is for.
        undone_by: The verb that undoes it, by name, where that is offered as soon as it is done.
        counts: Says how many other mentions it is about, which its button does, too; None = about none.
        several: It may be done to several mentions at once, with what its form asks for said once.
        advised: Its button names the department that is suggested, and its form begins with it.
    """

    name: str
    help: str
    command: type[Command]
    handler: Callable[[Any, Context], Answer]
    on: On = On.MENTION
    label: str = ""
    when: When = never
    may: May = anybody
    fields: tuple[Field, ...] = ()
    emoji: str = ""
    form: bool = False
    draw: Callable[[Asking], Form] | None = None
    looks: Callable[[Any, Context], Any] | None = None
    ranks: Mapping[Step, Rank] = field(default_factory=dict)
    elsewhere: Rank = Rank.MORE
    alone: Rank | None = None
    aliases: tuple[str, ...] = ()
    shortcut: Shortcut | None = None
    key: str = ""
    undone_by: str = ""
    lets_out: bool = False
    of_cycle: bool = False
    last: bool = False
    tab: Tab | None = None
    several: bool = False
    counts: Callable[[Situation], int] | None = None
    advised: bool = False

    @property
    def on_cards(self) -> bool:
        """Say whether cards offer it, in some state of their mention."""
        return self.on == On.MENTION and self.when is not never

    def rank(self, now: Situation, *, alone: bool = False) -> Rank:
        """Say where a card that offers it shows it; ``alone`` = the card is drawn for one person."""
        if alone and self.alone is not None:
            return self.alone
        return self.ranks.get(now.step, self.elsewhere)

    @property
    def required(self) -> tuple[Field, ...]:
        """The fields without which it cannot be done."""
        return tuple(one for one in self.fields if one.required)


# One character more than there may be, so that an address that is too long is refused, and not cut into another.
ADDRESS = Field(name="url", label="Address", kind="line", example="https://…", limit=MAX_URL + 1)


def ask(
    verb: Verb,
    about: Reference | None,
    given: Mapping[str, str],
    *,
    who: Who | None,
    via: Via,
    request_key: str = "",
) -> Command:
    """Return the command of a verb: about a mention where it is on one, with what was given for its fields."""
    values: dict[str, Any] = {**given, "reference": about} if verb.on == On.MENTION else dict(given)
    return verb.command(who=who, via=via, request_key=request_key, **values)


_LABEL = 75
_SHORT = 30


def button(
    verb: Verb,
    row: MentionRow,
    about: str = "",
    *,
    rank: Rank = Rank.BUTTON,
    shown: str = "",
    number: int = 0,
    to: str = "",
) -> Button:
    """Return the button of a verb on a mention; screen readers name it by the mention, and by a line of its post.

    ``shown`` is for a verb that lets out the reply that its card shows, or answers in one cycle of a lease.
    ``number`` is how many mentions it is about, where it says that, and ``to`` the department that it names.
    """
    label = f"{verb.label} ({number})" if number else verb.label
    label = shortened(f"{label} to {to}", _SHORT) if to else label
    named = f"{label} #{row.token}"
    about = shortened(about, _LABEL - len(named) - 2)
    return Button(
        verb=verb.name,
        label=label,
        value=f"{row.token}.{row.version}",
        accessibility_label=f"{named}: {about}"[:_LABEL] if about else named,
        opens_form=verb.form,
        rank=rank,
        shown=shown if verb.lets_out or verb.of_cycle else "",
    )


def button_alone(verb: Verb) -> Button:
    """Return the button of a verb that is about no mention."""
    return Button(verb=verb.name, label=verb.label, value="", accessibility_label=verb.label, opens_form=verb.form)
