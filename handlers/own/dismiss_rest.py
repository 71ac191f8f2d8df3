"""Dismiss the rest: what a storm folded, or what stands on the card of a public thread beside its first, needs no
answer; one press, one reason.

Each is dismissed for itself, with its row in the log. Where they are many, a few go with the press and the others soon
after, in the name of who pressed: a transaction is short, and whatever somebody takes meanwhile is theirs. Of a public
thread the form shows which they are, and what comes after it was drawn is not among them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from handlers.base.cards import Form, Line, Rank, section
from handlers.base.command import Actor, Answer, Asking, Context, MentionCommand, TimedCommand
from handlers.base.errors import BotError
from handlers.base.forms import draw_fields
from handlers.base.situation import leads_others, the_rest
from handlers.base.talk import in_brief
from handlers.base.verb import Verb
from handlers.own import dismiss
from handlers.own.dismiss import DEFAULT_REASON, REASONS
from handlers.own.transition import Transition, require_current, transition
from handlers.own.unfold import storm_of
from storage.channels import messages
from storage.engine.database import Session, touch
from storage.own import folds, mentions, storms, threads
from storage.own.mentions import MentionRow
from storage.own.storms import StormRow
from storage.people import people
from storage.tables.states import Action, Held, Status

# So many at once, for a transaction is short.
BATCH = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class DismissRest(MentionCommand):
    """Ask to close what is folded under a mention, or stands on its card, without an answer.

    Attributes:
        reason: One of ``dismiss.REASONS``, or a remark in one's own words.
    """

    reason: str = DEFAULT_REASON


@dataclass(frozen=True, slots=True, kw_only=True)
class GoOnDismissing(TimedCommand):
    """Ask for the next of what somebody wants to have dismissed."""

    storm_id: int


def dismiss_rest(command: DismissRest, context: Context) -> Answer:
    """Close what is folded under the mention, or stands on its card beside it, as needing no answer.

    Raises:
        BotError: There is nothing, or its storm is on: what it folds next, nobody who presses now has seen.
        OutOfDate: The form is older than the last change.
    """
    session, lead = context.session, mentions.hold(context.session, context.mention.id)
    storm, under = storm_of(context), _under(command, context)
    if storm is None and not under:
        raise BotError(f"Nothing is folded under #{lead.token}.")
    if storm is not None and storm.ended_at is None and not under:
        raise BotError(f"The storm on {storm.topic} is still on. Dismiss the rest when it is over.")
    require_current(command, lead)
    reason = REASONS.get(command.reason, command.reason) or REASONS[DEFAULT_REASON]
    done = _dismiss_each(context, under, Held.THREAD, lead.id, reason)
    if storm is not None and storm.ended_at is not None:
        there = done + folds.counts(session, [storm.id])[storm.id].number
        done += _dismiss_some(context, storm, reason)
        if there > done:
            storms.change(session, storm.id, rest_by_id=context.person.id, rest_reason=reason)
            soon = f"{done} are dismissed, and the other {there - done} will be within minutes."
            return Answer(text=f"{soon} {_say(reason)}")
    return Answer(text=f"{done} {'is' if done == 1 else 'are'} dismissed. {_say(reason)}")


def _say(reason: str) -> str:
    return f"Reason: {reason}."


def prepare_rest(context: Context) -> GoOnDismissing | None:
    """Return the next storm of which there is a rest to be dismissed."""
    found = storms.with_rest(context.session)
    return GoOnDismissing(job="dismiss the rest", storm_id=found.id) if found is not None else None


def go_on_dismissing(command: GoOnDismissing, context: Context) -> Answer:
    """Dismiss the next in the name of who asked for it; the last is followed by nothing."""
    session = context.session
    storm = storms.get(session, command.storm_id)
    if storm.rest_by_id is None:
        return Answer(text="It is done already.", ok=False)
    person = people.get(session, storm.rest_by_id)
    departments = people.department_ids(session, person.id)
    own = departments[0] if departments else None
    actor = Actor(id=person.id, name=person.name, department_id=own, timezone=person.timezone)
    done = _dismiss_some(replace(context, actor=actor), storm, storm.rest_reason)
    if not done or not folds.under(session, storm.id, limit=1):
        storms.change(session, storm.id, rest_by_id=None, rest_reason="")
    return Answer(text=f"{done} mentions of the storm on {storm.topic} are dismissed.")


def _under(command: DismissRest, context: Context) -> list[int]:
    """Return what stands on the card of the mention; where a form showed it, what it showed."""
    last = int(command.shown) if command.shown.isdecimal() else None
    return [one for one in _there(context.session, context.mention) if last is None or one <= last]


def _there(session: Session, lead: MentionRow) -> list[int]:
    return [one.mention_id for one in threads.under(session, [lead.id]).get(lead.id, ())]


def _dismiss_some(context: Context, storm: StormRow, reason: str) -> int:
    session = context.session
    some = folds.under(session, storm.id, limit=BATCH)
    done = _dismiss_each(context, some, Held.STORM, storm.id, reason)
    messages.touch(session, storm.lead_id, by_person=True)
    touch(session, storm.lead_id)
    return done


def _dismiss_each(context: Context, mention_ids: Sequence[int], why: Held, by: int, reason: str) -> int:
    rows = mentions.several(context.session, mention_ids)
    return sum(_dismiss(replace(context, found=row), why, by, reason) for row in rows)


def _dismiss(context: Context, why: Held, by: int, reason: str) -> bool:
    def decide(seen: MentionRow) -> Transition:
        if (seen.held, seen.held_by, seen.owner_id, seen.status) != (why, by, None, Status.NEW):
            raise BotError(f"#{seen.token} is not folded any more.")
        return Transition(action=Action.DISMISSED, values={"status": str(Status.DISMISSED)}, remark=reason)

    try:
        transition(context, decide)
    except BotError:  # somebody took it at this very moment, so it is no part of the rest
        return False
    return True


def draw_rest(asking: Asking) -> Form:
    """Draw the form, which shows what stands on the card of a public thread."""
    session, row = asking.session, asking.mention
    under = _there(session, row)
    posts = mentions.originals(session, [row.id, *under])
    lines = [Line(text=f"#{one.token} {in_brief(posts[one.id])}") for one in mentions.several(session, under)]
    return replace(
        draw_fields(VERB, asking),
        about=in_brief(posts[row.id]),
        beside=(section("What stands on its card", lines),) if lines else (),
        shown=str(max(under, default=0)),
    )


VERB = Verb(
    name="dismissrest",
    label="Dismiss the rest",
    help="what a storm folded under a card, or what stands on that of a public thread, needs no answer",
    command=DismissRest,
    handler=dismiss_rest,
    when=leads_others,
    elsewhere=Rank.BUTTON,
    form=True,
    draw=draw_rest,
    counts=the_rest,
    fields=dismiss.VERB.fields,
)
