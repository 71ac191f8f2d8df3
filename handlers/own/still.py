"""Still on it: who has a mention says that they do, and their lease begins anew.

A press belongs to one question. One that comes after a later sign of life, such as a note, or after the mention had
gone back and was taken again, renews nothing; it says so. The mention is held, as it is when it goes back: of a press
and the timer at one moment, one comes first, and the other finds what it left.
"""

from dataclasses import dataclass
from typing import ClassVar

from handlers.base.cards import Button, Rank
from handlers.base.command import Answer, Context, MentionCommand
from handlers.base.errors import BotError, NotYours, OutOfDate
from handlers.base.moves import HELD
from handlers.base.right import owner_if_any
from handlers.base.situation import Situation, is_owned
from handlers.base.timezones import zone_of
from handlers.base.verb import Verb, button
from handlers.own import claim
from handlers.own.transition import owner_name, record, require_open
from handlers.text.times import say_clock
from storage.own import clocks, mentions, ownership
from storage.own.clocks import ClockRow
from storage.own.mentions import MentionRow
from storage.tables.states import Action, ClockKind


@dataclass(frozen=True, slots=True, kw_only=True)
class SayStillOnIt(MentionCommand):
    """Say that the actor is still on what they have."""

    # A press belongs to a cycle of the lease, and not to a version of the mention.
    ignores_version: ClassVar[bool] = True


def still_on_it(command: SayStillOnIt, context: Context) -> Answer:
    """Begin the owner's lease anew; what went back meanwhile may be claimed.

    Raises:
        NotYours: Somebody else, or nobody, has it.
        MentionClosed: It was resolved or dismissed.
        OutOfDate: The question is not the present one.
    """
    held = mentions.hold(context.session, context.mention.id)
    require_open(held)
    lease = clocks.of_mention(context.session, held.id).get(ClockKind.LEASE)
    if held.owner_id != context.person.id:
        return _not_theirs(context, held, lease)
    if lease is None or lease.outcome:
        raise BotError(f"#{held.token} stays yours: nobody asks for it here.")
    if command.shown and command.shown != str(lease.cycle):
        raise OutOfDate(f"That question about #{held.token} is over. It is yours, and nothing was changed.")
    record(context, held, held, Action.CONFIRMED)
    return Answer(text=f"#{held.token} stays yours.")


def _not_theirs(context: Context, held: MentionRow, lease: ClockRow | None) -> Answer:
    if held.owner_id is not None:
        raise NotYours(f"{owner_name(context, held)} has #{held.token} now. Nothing was changed.")
    if lease is None or lease.ended_at is None or not _went_back(context, held):
        raise NotYours(f"Nobody has #{held.token} now.")
    at = say_clock(lease.ended_at, context.now, zone_of(context))
    return Answer(text=f"#{held.token} went back at {at}.", ok=False, offer=button(claim.VERB, held))


def _went_back(context: Context, held: MentionRow) -> bool:
    action, _ = ownership.last_action(context.session, held.id, (Action.RETURNED, *_TAKEN)) or ("", None)
    return action == Action.RETURNED


_TAKEN = (*HELD, Action.HANDED_OFF, Action.RELEASED)


def of_cycle(row: MentionRow, cycle: int) -> Button:
    """Return the button that answers the question of one cycle."""
    return button(VERB, row, shown=str(cycle))


def is_asked(now: Situation) -> bool:
    """Offer it while the owner is asked whether they are still on it."""
    return is_owned(now) and now.asked > 0


VERB = Verb(
    name="still",
    label="Still on it",
    help="say that you are still on what you have, when you are asked",
    command=SayStillOnIt,
    handler=still_on_it,
    when=is_asked,
    may=owner_if_any,
    elsewhere=Rank.MENU,
    alone=Rank.BUTTON,
    of_cycle=True,
)
