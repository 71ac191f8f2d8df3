"""The things that Slack shows: people, groups, channels, messages, views, as plain records and as Slack's JSON."""

import copy
import time
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

Json = dict[str, Any]

TEAM_ID = "T0ACME"
OTHER_TEAM_ID = "T0OTHER"
# The organisation of several workspaces (Enterprise Grid) to which ours belongs where a test says so.
ENTERPRISE_ID = "E0ACME"
BOT_USER_ID = "U0DIBS"
BOT_ID = "B0DIBS"
APP_ID = "A0DIBS"


@dataclass(kw_only=True)
class User:
    """A member, guest, bot or somebody from another workspace."""

    id: str
    name: str
    email: str | None = None
    real_name: str = ""
    tz: str = "Europe/Berlin"
    team_id: str = TEAM_ID
    is_bot: bool = False
    deleted: bool = False
    is_restricted: bool = False
    is_ultra_restricted: bool = False
    is_email_confirmed: bool = True
    is_workflow_bot: bool = False
    enterprise_id: str = ""

    @property
    def is_stranger(self) -> bool:
        """Whether this person belongs to another workspace, or to another organisation of workspaces."""
        return self.enterprise_id != ENTERPRISE_ID if self.enterprise_id else self.team_id != TEAM_ID

    def as_json(self, *, with_email: bool) -> Json:
        """Return the user object of users.info; the e-mail needs a scope of its own."""
        name = self.real_name or self.name.title()
        profile: Json = {"real_name": name, "display_name": self.name, "team": self.team_id}
        if with_email and self.email:
            profile["email"] = self.email
        offset = datetime.now(ZoneInfo(self.tz)).utcoffset()
        person: Json = {
            "id": self.id,
            "team_id": self.team_id,
            "name": self.name,
            "deleted": self.deleted,
            "real_name": name,
            "tz": self.tz,
            "tz_label": self.tz,
            "tz_offset": int(offset.total_seconds()) if offset else 0,
            "profile": profile,
            "is_bot": self.is_bot,
            "is_app_user": False,
            "is_restricted": self.is_restricted,
            "is_ultra_restricted": self.is_ultra_restricted,
            "is_email_confirmed": self.is_email_confirmed,
            "updated": int(time.time()),
        }
        if self.is_stranger:
            person["is_stranger"] = True
        if self.enterprise_id:
            person["enterprise_user"] = {"id": self.id, "enterprise_id": self.enterprise_id, "teams": [self.team_id]}
        if self.is_workflow_bot:
            person["is_workflow_bot"] = True
        return person


@dataclass(kw_only=True)
class UserGroup:
    """A user group, ``@support-team``."""

    id: str
    handle: str
    name: str
    users: list[str] = field(default_factory=list)
    disabled: bool = False

    def as_json(self, *, with_users: bool) -> Json:
        """Return the group object of usergroups.list."""
        group: Json = {
            "id": self.id,
            "team_id": TEAM_ID,
            "is_usergroup": True,
            "name": self.name,
            "handle": self.handle,
            "date_delete": int(self.disabled),
            "user_count": len(self.users),
        }
        if with_users:
            group["users"] = list(self.users)
        return group


@dataclass(kw_only=True)
class Message:
    """A message in a channel, as it now stands. ``edits`` counts the updates since it was posted."""

    channel: str
    ts: str
    text: str = ""
    blocks: list[Json] = field(default_factory=list)
    metadata: Json | None = None
    user: str = BOT_USER_ID
    bot_id: str | None = BOT_ID
    thread_ts: str | None = None
    broadcast: bool = False
    subtype: str = ""
    edits: int = 0
    deleted: bool = False
    editable: bool = True
    reactions: list[tuple[str, str]] = field(default_factory=list)

    @property
    def payload(self) -> Json:
        """The metadata's event_payload, or nothing."""
        payload = (self.metadata or {}).get("event_payload")
        return payload if isinstance(payload, dict) else {}

    @property
    def key(self) -> str:
        """What the bot calls this message in its metadata (``event_payload.key``), or nothing."""
        return str(self.payload.get("key", ""))

    def as_json(self, *, with_metadata: bool) -> Json:
        """Return the message object of conversations.history and of interactions."""
        message: Json = {"type": "message", "user": self.user, "ts": self.ts, "text": self.text, "team": TEAM_ID}
        if self.bot_id:
            message |= {"bot_id": self.bot_id, "app_id": APP_ID}
        if self.blocks:
            message["blocks"] = copy.deepcopy(self.blocks)
        if self.thread_ts:
            message["thread_ts"] = self.thread_ts
        if self.subtype or self.broadcast:
            message["subtype"] = self.subtype or "thread_broadcast"
        if self.edits:
            message["edited"] = {"user": self.user, "ts": self.ts}
        if with_metadata and self.metadata:
            message["metadata"] = copy.deepcopy(self.metadata)
        return message


@dataclass(kw_only=True)
class Ephemeral:
    """What one person alone sees; ``via`` is chat.postEphemeral, response_url or ack."""

    channel: str
    user: str
    ts: str
    via: str
    text: str = ""
    blocks: list[Json] = field(default_factory=list)


@dataclass(kw_only=True)
class Channel:
    """A public or private channel, or a direct message (``im_user``)."""

    id: str
    name: str = ""
    is_private: bool = False
    is_archived: bool = False
    is_ext_shared: bool = False
    im_user: str | None = None
    members: set[str] = field(default_factory=set)
    messages: dict[str, Message] = field(default_factory=dict)

    @property
    def prefix(self) -> str:
        """The first half of the scopes that this kind of channel asks for."""
        return "im" if self.im_user else "groups" if self.is_private else "channels"

    def as_json(self) -> Json:
        """Return the channel object of conversations.info."""
        if self.im_user:
            return {"id": self.id, "is_im": True, "user": self.im_user, "is_archived": self.is_archived}
        return {
            "id": self.id,
            "name": self.name,
            "name_normalized": self.name,
            "is_channel": not self.is_private,
            "is_group": False,
            "is_im": False,
            "is_mpim": False,
            "is_private": self.is_private,
            "is_archived": self.is_archived,
            "is_shared": self.is_ext_shared,
            "is_ext_shared": self.is_ext_shared,
            "is_member": BOT_USER_ID in self.members,
            "num_members": len(self.members),
            "context_team_id": TEAM_ID,
        }


@dataclass(kw_only=True)
class View:
    """A modal on somebody's screen, or an App Home.

    ``errors`` are what its last submission was refused for, ``typed`` what that held: Slack's client keeps it in a view
    that stays open or is updated, wherever block_id and action_id stay the same
    (https://docs.slack.dev/reference/views/modal-views).
    """

    id: str
    user: str
    body: Json
    hash: str
    root_id: str
    previous_id: str | None = None
    is_open: bool = True
    errors: dict[str, str] = field(default_factory=dict)
    typed: Json = field(default_factory=dict)

    @property
    def blocks(self) -> list[Json]:
        """The blocks of the view."""
        blocks: list[Json] = self.body.get("blocks", [])
        return blocks

    @property
    def callback_id(self) -> str:
        """The view's callback_id."""
        return str(self.body.get("callback_id", ""))

    def as_json(self, values: Json | None = None) -> Json:
        """Return the view object of interactions and of views.open."""
        return copy.deepcopy(self.body) | {
            "id": self.id,
            "team_id": TEAM_ID,
            "hash": self.hash,
            "root_view_id": self.root_id,
            "previous_view_id": self.previous_id,
            "app_id": APP_ID,
            "bot_id": BOT_ID,
            "app_installed_team_id": TEAM_ID,
            "private_metadata": self.body.get("private_metadata", ""),
            "callback_id": self.callback_id,
            "external_id": self.body.get("external_id", ""),
            "state": {"values": values or {}},
        }


@dataclass(kw_only=True)
class Trigger:
    """A ticket to open one modal for one person, within 3 seconds."""

    user: str
    issued: float
    used: bool = False


@dataclass(kw_only=True)
class ResponseUrl:
    """Where a gesture may be answered: 5 times within 30 minutes."""

    user: str
    channel: str
    message_ts: str | None
    issued: float
    uses: int = 0


@dataclass(frozen=True, kw_only=True)
class Violation:
    """Something that Slack lets pass and a good bot never does."""

    kind: str
    detail: str
