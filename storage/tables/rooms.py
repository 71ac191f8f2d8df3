"""The table of rooms: what a platform told of a place where the bot may speak, and which it cannot be asked for later.

It is general: a platform that can be asked at any time, by a channel's id alone, keeps nothing here.
"""

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from storage.tables.base import Row, one_of, workspace
from storage.tables.states import RoomKind


class Room(Row, table=True):
    """A channel, a team of channels, or a chat, by the platform's own id.

    ``parent`` is the team of a channel, ``account`` the person of a direct chat, ``address`` where the platform wants
    to be spoken to about it. ``present``: the bot is in there, as far as the platform told.
    """

    __table_args__ = (
        UniqueConstraint("platform", "workspace", "external_id", name="uq_room"),
        one_of("kind", RoomKind),
        Index("ix_room_account", "platform", "account"),
        Index("ix_room_parent", "platform", "parent"),
    )
    id: int | None = Field(default=None, primary_key=True)
    platform: str
    workspace: str = workspace()
    external_id: str
    kind: str = RoomKind.CHANNEL
    name: str = ""
    parent: str = ""
    tenant: str = ""
    address: str = ""
    account: str = ""
    present: bool = True
    learned_at: datetime
