"""Welcome: three lines, said once in a channel that the bot came into."""

from datetime import datetime

from sqlmodel import Session

from handlers.cards import Line, Notice, Section, to_json
from handlers.registry import BY_NAME
from storage import messages
from storage.words import MessageKind

_LINES = (
    "A card in this channel is something that somebody said about us in public.",
    "{claim} on it means: I look after this. Everybody sees who has it, and one person has it at a time.",
    "Type /dibs help to see what else you can do. Nothing that you write in a thread becomes public.",
)


def welcome(session: Session, channel: str, now: datetime) -> bool:
    """Put the welcome into a channel's lane; False when it was said there before."""
    said = tuple(Line(text=line.format(claim=BY_NAME["claim"].label)) for line in _LINES)
    notice = Notice(
        title="Hello, I am Dibs.", text="Hello, I am Dibs. " + _LINES[0], sections=(Section(title="", lines=said),)
    )
    lane = messages.lane_id(session, "slack", channel)
    key = f"welcome:{channel}"
    put = messages.put(session, key=key, lane_id=lane, kind=MessageKind.NOTICE, body=to_json(notice), now=now)
    return put is not None
