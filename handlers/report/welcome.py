"""Welcome: three lines, said once in a place that the bot came into."""

from datetime import datetime

from handlers.base.cards import Line, Notice, Section
from handlers.base.command import as_typed
from handlers.base.stored import to_json
from handlers.own import claim
from storage.channels import messages
from storage.channels.messages import person_in
from storage.engine.database import Session
from storage.tables.states import MessageKind

_HELP = "help"
_LINES = (
    "A card{where} is something that somebody said about us in public.",
    "{claim} on it means: I look after this. Everybody sees who has it, and one person has it at a time.",
    "Type {typed} to see what else you can do. Nothing that you write {inside} becomes public.",
)


def welcome(session: Session, platform: str, channel: str, types: str, now: datetime) -> bool:
    """Put the welcome into a channel's lane, or a person's; False when it was said there before.

    ``types`` is what stands before a command that is typed there: "/dibs".
    """
    alone = bool(person_in(channel))
    words = {
        "claim": claim.VERB.label,
        "typed": as_typed(types, _HELP),
        "where": "" if alone else " in this channel",
        "inside": "to me" if alone else "in a thread",
    }
    lines = [line.format(**words) for line in _LINES]
    notice = Notice(
        title="Hello, I am Dibs.",
        text="Hello, I am Dibs. " + lines[0],
        sections=(Section(title="", lines=tuple(Line(text=line) for line in lines)),),
    )
    lane = messages.lane_id(session, platform, channel)
    key = f"welcome:{channel}"
    put = messages.put(session, key=key, lane_id=lane, kind=MessageKind.NOTICE, body=to_json(notice), now=now)
    return put is not None
