"""Snooze: look at a mention later; it comes back by itself, to its owner or to everybody."""

from dataclasses import dataclass

from handlers.base.cards import Field, Rank
from handlers.base.command import Answer, Context, MentionCommand, as_typed
from handlers.base.errors import WrongInput
from handlers.base.right import owner_if_any
from handlers.base.situation import Step, is_open
from handlers.base.timezones import zone_of
from handlers.base.usage import example
from handlers.base.verb import Verb
from handlers.own.transition import Transition, require_current, require_open, require_right, transition
from handlers.text.times import FORMS, NO_TIME, UnknownTime, read_time, say_time
from storage.own.mentions import MentionRow
from storage.tables.states import Action, Status, Via


@dataclass(frozen=True, slots=True, kw_only=True)
class SnoozeMention(MentionCommand):
    """Ask to be reminded later.

    Attributes:
        until: As people type it, in the actor's zone; ``handlers.text.times`` says what is understood.
    """

    until: str


def snooze_mention(command: SnoozeMention, context: Context) -> Answer:
    """Set the mention aside until a moment; the owner stays.

    Raises:
        NotYours: Somebody else owns it.
        MentionClosed: It was resolved or dismissed.
        OutOfDate: The form is older than the last change.
        WrongInput: There is no time, or it cannot be understood, or is past.
    """
    if not command.until.strip():
        raise WrongInput(NO_TIME, {"until": NO_TIME})
    zone = zone_of(context)
    try:
        moment = read_time(command.until, context.now, zone)
    except UnknownTime as error:
        typed = as_typed(context.types, example(VERB, f"#{context.mention.token}"))
        cure = f" For example: {typed}" if command.via == Via.COMMAND else ""
        raise WrongInput(f"{error}{cure}", {"until": str(error)}) from error

    def decide(seen: MentionRow) -> Transition:
        require_current(command, seen)
        require_open(seen)
        require_right(context, seen)
        return Transition(action=Action.SNOOZED, values={"status": str(Status.SNOOZED), "snoozed_until": moment.at})

    changed = transition(context, decide)
    said = f"#{changed.token} is snoozed until {say_time(moment.at, zone)}."
    return Answer(text=f"{said} {moment.remark}".rstrip())


VERB = Verb(
    name="snooze",
    label="Snooze",
    help=f"look at it later: {FORMS}, or a date such as 2026-05-04 15:30",
    command=SnoozeMention,
    handler=snooze_mention,
    when=is_open,
    may=owner_if_any,
    ranks={Step.ASKING: Rank.MORE, Step.GOING: Rank.MORE, Step.SNOOZED: Rank.MORE},
    elsewhere=Rank.MENU,
    form=True,
    fields=(
        Field(
            name="until",
            label="Until",
            kind="time",
            example="2h",
            limit=60,
        ),
    ),
)
