"""Tables of what should stand in channels: lanes, messages, and the reactions on them."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, Text, UniqueConstraint, false, text
from sqlmodel import Field

from storage.tables.base import Row, filled_in, one_of, workspace
from storage.tables.states import LaneState, MessageKind, MessageState


def turn() -> Any:
    """Return the column of a turn (``storage.channels.turns``)."""
    return Field(default=0, sa_column_kwargs={"server_default": text("0")})


class Lane(Row, table=True):
    """One channel's line of messages, and who delivers it now.

    After a restore, what was shown since ``look_since`` may stand there unknown to us: until ``look_until`` nothing is
    posted before it was looked for.
    """

    __table_args__ = (
        UniqueConstraint("platform", "workspace", "channel", name="uq_lane"),
        one_of("state", LaneState),
    )
    id: int | None = Field(default=None, primary_key=True)
    platform: str
    workspace: str = workspace()
    channel: str
    name: str = ""
    state: str = LaneState.OPEN
    trouble: str = ""
    next_at: datetime | None = None
    lease: str | None = None
    leased_until: datetime | None = None
    turn: int = turn()
    look_since: datetime | None = None
    look_until: datetime | None = None


class Message(Row, table=True):
    """What should stand in a channel: delivery posts it when it has no reference, updates it when shown < version.

    ``below`` is the key of the message to which it is a reply, where the platform has threads; empty for most. What
    ``says_less`` is drawn anew only to say less than it did: where it is gone, nothing is posted in its place.
    """

    __table_args__ = (
        one_of("state", MessageState),
        one_of("kind", MessageKind),
        Index("ix_message_due", "lane_id", "state", "next_at"),
        Index("ix_message_reference", "reference"),
        Index("ix_message_turn", "lane_id", "source", "turn"),
        # The few of which there is something to do, among all that stand.
        Index("ix_message_waits", "lane_id", "state", sqlite_where=text("state IN ('due', 'sending')")),
    )
    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True)
    lane_id: int = Field(foreign_key="lane.id")
    kind: str = MessageKind.CARD
    mention_id: int | None = Field(default=None, foreign_key="mention.id", index=True)
    body: str | None = Field(default=None, sa_type=Text)
    version: int = 1
    shown_version: int = 0
    reference: str | None = None
    state: str = MessageState.DUE
    by_person: bool = False
    plain: bool = False
    attempts: int = 0
    next_at: datetime | None = None
    sending_at: datetime | None = None
    trouble: str = ""
    created_at: datetime
    source: str = filled_in()
    turn: int = turn()
    below: str = filled_in()
    says_less: bool = Field(default=False, sa_column_kwargs={"server_default": false()})


class MessageMention(Row, table=True):
    """Which mentions a notice names, so that a change of one updates its line there."""

    __tablename__ = "message_mention"
    message_id: int = Field(foreign_key="message.id", primary_key=True)
    mention_id: int = Field(foreign_key="mention.id", primary_key=True, index=True)


class Reaction(Row, table=True):
    """A person's claiming emoji on one card: the claim that it made, and when it was last taken away."""

    platform: str = Field(primary_key=True)
    channel: str = Field(primary_key=True)
    message: str = Field(primary_key=True)
    external_id: str = Field(primary_key=True)
    emoji: str = Field(primary_key=True)
    removed_at: float = 0.0
    claim_seq: int | None = None
