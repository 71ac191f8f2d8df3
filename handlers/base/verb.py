"""A verb: one thing that a person can do, on what, and when a card offers it.

Whatever people can ask for is one of these, whether a mention stands before them, a post, or nothing: so buttons,
emoji, shortcuts, slash commands, forms and help come from one table (``handlers.verbs``), and no platform lists verbs.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from handlers.base.cards import Button, Field, Form, Rank, shortened
from handlers.base.command import Answer, Asking, Command, Context, Reference, Who
from handlers.base.right import May, anybody
from handlers.base.situation import Situation, Step, When, never
from handlers.text.bounds import MAX_URL
from storage.own.mentions import MentionRow
from storage.tables.states import Tab, Via


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
