"""Unmute: what is like something may come again; and its maker hears when a mute ends by itself.

What it held stays held, so that nothing storms back; each is brought forth by a press.
"""

from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from handlers.base.cards import Choice, Field, Form, Notice
from handlers.base.command import Answer, Asking, Command, Context, TimedCommand
from handlers.base.errors import BotError, WrongInput
from handlers.base.timezones import person_zone, zone_for, zone_of
from handlers.base.verb import On, Verb
from handlers.channels.notify import send_direct
from handlers.own.log_row import log_row
from handlers.own.mutes import called, say_mute, what_it_held
from handlers.text.typed import token_in
from storage.engine.database import Session, touch
from storage.listen import mutes
from storage.listen.mutes import MuteRow
from storage.own import mentions, ownership
from storage.people import people
from storage.tables.states import Action

# So many are chosen from.
_MOST = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmute(Command):
    """Ask to end a mute, which is named by its reference."""

    mute: str = ""


def unmute(command: Unmute, context: Context) -> Answer:
    """End a mute that is in force; anybody may, and whoever made it is told.

    Raises:
        WrongInput: There is no such mute.
        BotError: It has ended already.
    """
    session, token = context.session, token_in(command.mute) or ""
    row = mutes.by_token(session, token)
    if row is None:
        sentence = "There is no such mute. Choose one of those that there are."
        raise WrongInput(sentence, {"mute": sentence})
    ended = mutes.lift(session, row.id, context.person.id, context.now)
    if ended is None:
        raise BotError(f"The mute of {called(row.kind, row.source, row.needle)} has ended already.")
    mention = mentions.get(session, ended.mention_id)
    said = f"{called(ended.kind, ended.source, ended.needle)} is not muted any more. "
    said += _what_stays(ended, zone_of(context))
    said = said[:1].upper() + said[1:]
    ownership.log(session, log_row(replace(context, found=mention), mention, mention, Action.UNMUTED, said))
    touch(session, mention.id)
    if ended.by_id != context.person.id:
        _tell(session, ended, f"{context.person.name} ended your mute: {said}", context)
    return Answer(text=said)


def _what_stays(row: MuteRow, zone: ZoneInfo) -> str:
    held = what_it_held(row, zone)
    said = held[:1].upper() + held[1:]
    return f"{said}; what was held stays held." if row.hits else f"{said}."


def _tell(session: Session, row: MuteRow, said: str, context: Context) -> None:
    send_direct(session, row.by_id, f"mute:{row.id}", Notice(title=said, text=said), context.now)


def draw_unmute(asking: Asking) -> Form:
    """Draw the list of mutes in force, one of which is chosen.

    Raises:
        BotError: There is none.
    """
    rows, zone = mutes.in_force(asking.session, asking.now), zone_for(asking)
    if not rows:
        raise BotError("Nothing is muted now.")
    names = people.names(asking.session, [one.by_id for one in rows])
    choices = (Choice(value=one.token, label=f"{say_mute(one, names, zone)}"[:75]) for one in rows[-_MOST:])
    return Form(
        verb=VERB.name,
        value="",
        title="Unmute",
        submit="Unmute",
        fields=(replace(_MUTE, choices=tuple(choices), initial=asking.given.get("mute", "")),),
        about=asking.why,
    )


_MUTE = Field(name="mute", label="Mute", kind="choice", example="m3k9z")
VERB = Verb(
    name="unmute",
    label="Unmute",
    help="let come again what somebody muted",
    command=Unmute,
    handler=unmute,
    on=On.NOTHING,
    form=True,
    draw=draw_unmute,
    fields=(_MUTE,),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TellEnds(TimedCommand):
    """Ask that whoever made a mute hears that its time is over."""


def prepare_ends(context: Context) -> TellEnds | None:
    """Return the command when there is one to tell of."""
    return TellEnds(job="mutes") if mutes.ended(context.session, context.now, limit=1) else None


def tell_ends(_command: TellEnds, context: Context) -> Answer:
    """Tell of up to a hundred; each is told by whoever writes down first that it is."""
    told = 0
    for row in mutes.ended(context.session, context.now):
        if mutes.tell_end(context.session, row.id, context.now):
            zone = person_zone(context.session, context.organisation, row.by_id)
            said = f"Your mute of {called(row.kind, row.source, row.needle)} is over."
            _tell(context.session, row, f"{said} {_what_stays(row, zone)}", context)
            told += 1
    return Answer(text=f"{told} mutes ended.", ok=told > 0)
