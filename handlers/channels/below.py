"""Below: a notice that stands as a reply to the card of a mention, in each channel in which that stands."""

from collections.abc import Iterable
from datetime import datetime

from handlers.base.cards import Notice
from handlers.base.stored import to_json
from handlers.channels.placement import Target
from storage.channels import messages
from storage.engine.database import Session
from storage.tables.states import MessageKind


def put_below(
    session: Session,
    lanes: Iterable[Target],
    card_of: int,
    key: str,
    notice: Notice,
    now: datetime,
    *,
    about: int | None = None,
    names: Iterable[int] = (),
    not_before: datetime | None = None,
) -> None:
    """Say that a notice should stand below a card; the same key is put once in a channel.

    Args:
        session: The transaction.
        lanes: Where the card stands, or should.
        card_of: The mention whose card it is.
        key: What the notice is called, but for the channel.
        notice: What it says.
        now: This moment.
        about: The mention that it follows, where it follows one.
        names: The mentions whose lines it holds.
        not_before: Until then it waits.
    """
    body, mentioned = to_json(notice), list(names)
    for target in lanes:
        messages.put(
            session,
            key=f"{key}{target.channel}",
            lane_id=target.lane_id,
            kind=MessageKind.NOTICE,
            mention_id=about,
            body=body,
            names=mentioned,
            below=f"card:{card_of}:{target.channel}",
            not_before=not_before,
            now=now,
        )
