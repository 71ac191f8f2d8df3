"""Telling: what people hear of a step of a clock, and when.

Whoever has a mention hears of it directly, and where nobody has it, its channel does, below its card. A direct message
of a clock waits for the end of its reader's quiet; what is counted in real time and falls on hours in which nobody is
there waits for the opening. What is not so any more by then was taken back meanwhile (``handlers.own.clocks``).

A group is called by an id that the platform gave for the name in dibs.toml, and never by a word of a post.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from handlers.base.cards import Button, Notice
from handlers.base.clocks import Rung, Told
from handlers.base.command import Context
from handlers.base.hours import Hours
from handlers.base.organisation import DepartmentConfig
from handlers.base.quiet import opening
from handlers.base.timezones import person_zone
from handlers.base.verb import button
from handlers.channels.below import put_below
from handlers.channels.notify import notice_about, send_direct
from handlers.channels.placement import Target
from handlers.own import claim, release, still
from handlers.own.fold import lead_of
from handlers.text.times import say_clock, say_span, say_time
from storage.own import left
from storage.own.clocks import ClockRow
from storage.own.mentions import MentionRow
from storage.people import people
from storage.tables.states import ClockKind

# Of what nobody has: what is said before the moment, and what after it.
_NOBODY = "Nobody has #{token}."
_SAID = {
    ClockKind.CLAIM: ("It is to be claimed by {due}.", "It was to be claimed by {due}."),
    ClockKind.FIRST_REPLY: ("Our first reply is due on {due}.", "Our first reply was due on {due}."),
    ClockKind.NEXT_REPLY: (
        "Its author wrote again; our reply is due on {due}.",
        "Its author wrote again; our reply was due on {due}.",
    ),
    ClockKind.RESOLUTION: ("It is to be resolved by {due}.", "It was to be resolved by {due}."),
}
GIVE_BACK = "Give it back"
TAKE_AGAIN = "Take it again"


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """What is told about a step is told from this.

    Attributes:
        clock: As it was before the step.
        key: How the keys of its messages begin.
        lanes: Those of the department that has the mention; ``elsewhere`` = those of all, by their keys.
    """

    context: Context
    clock: ClockRow
    key: str
    department: DepartmentConfig | None
    lanes: Sequence[Target]
    elsewhere: Mapping[str, Sequence[Target]]

    @property
    def mention(self) -> MentionRow:
        """The mention, as it was before the step."""
        return self.context.mention


def tell_promise(telling: Telling, hours: Hours, *, late: bool) -> None:
    """Tell that something will be late soon, or is."""
    context, mention, clock = telling.context, telling.mention, telling.clock
    zone = ZoneInfo(telling.department.timezone if telling.department else context.organisation.timezone)
    said = _SAID[ClockKind(clock.kind)][late].format(due=say_time(clock.due_at or context.now, zone))
    closed = telling.department is not None and telling.department.quiet.closed and not clock.business
    until = opening(hours, context.now) if closed else None
    if mention.owner_id is not None and not left.among(context.session, [mention.id]):
        notice = notice_about(context.session, mention, f"You have #{mention.token}. {said}")
        _direct(telling, mention.owner_id, notice, until)
        return
    notice = notice_about(context.session, mention, f"{_NOBODY.format(token=mention.token)} {said}")
    _in_lanes(telling, telling.lanes, notice, until)


def tell_asked(telling: Telling) -> None:
    """Ask the owner whether they are still on it."""
    context, mention = telling.context, telling.mention
    if mention.owner_id is None or left.among(context.session, [mention.id]):
        return
    buttons = (still.of_cycle(mention, telling.clock.cycle), _called(button(release.VERB, mention), GIVE_BACK))
    notice = notice_about(context.session, mention, f"Still on #{mention.token}?", buttons=buttons)
    _direct(telling, mention.owner_id, notice, follows=True)


def tell_returned(telling: Telling, changed: MentionRow, former_id: int) -> None:
    """Tell who had it that it went back."""
    context, asked_at = telling.context, telling.clock.warned_at
    zone = person_zone(context.session, context.organisation, former_id, changed.department_id)
    why = f": you were asked at {say_clock(asked_at, context.now, zone)}" if asked_at is not None else ""
    name = people.department_of(context.session, changed.department_id).name
    again = (_called(button(claim.VERB, changed), TAKE_AGAIN),)
    text = f"#{changed.token} went back to {name}{why}."
    _direct(telling, former_id, notice_about(context.session, changed, text, buttons=again), follows=True)


def tell_escalated(telling: Telling, rung: Rung, hours: Hours) -> None:
    """Tell whom a rung of the ladder names that nobody has it."""
    context, mention = telling.context, telling.mention
    counted = " of your opening hours" if hours.calendar is not None and telling.clock.business else ""
    text = f"Nobody has #{mention.token}, for {say_span(rung.after)}{counted}."
    calls = rung.name if rung.to == Told.GROUP else ""
    buttons = (button(claim.VERB, mention),)
    notice = notice_about(context.session, mention, text, buttons=buttons, calls=calls)
    if rung.to == Told.PERSON:
        person = people.by_email(context.session, rung.name)
        if person is not None:
            _direct(telling, person.id, notice, follows=True)
    elif rung.to == Told.DEPARTMENT:
        _in_lanes(telling, telling.elsewhere.get(rung.name, ()), notice, follows=True)
    else:
        _in_lanes(telling, telling.lanes, notice, follows=True)


def _called(one: Button, label: str) -> Button:
    return replace(one, label=label, accessibility_label=f"{label}: {one.accessibility_label}"[:75])


def _direct(
    telling: Telling, person_id: int, notice: Notice, until: datetime | None = None, *, follows: bool = False
) -> None:
    """Tell a person when their quiet is over; with ``follows`` it is drawn anew with every change of the mention."""
    context, mention = telling.context, telling.mention
    if telling.department is not None and telling.department.quiet.period is not None:
        zone = person_zone(context.session, context.organisation, person_id, mention.department_id)
        begins = max(until or context.now, context.now)
        until = telling.department.quiet.ends(begins, zone) or until
    send_direct(
        context.session,
        person_id,
        telling.key.rstrip(":"),
        notice,
        context.now,
        mention_id=mention.id,
        names=[mention.id] if follows else [],
        not_before=until,
    )


def _in_lanes(
    telling: Telling, lanes: Sequence[Target], notice: Notice, until: datetime | None = None, *, follows: bool = False
) -> None:
    """Tell channels, below the card where it stands there, be it that of another one."""
    mention, context = telling.mention, telling.context
    names = [mention.id] if follows else []
    put_below(
        context.session,
        lanes,
        lead_of(context.session, mention) or mention.id,
        telling.key,
        notice,
        context.now,
        about=mention.id,
        names=names,
        not_before=until,
    )
