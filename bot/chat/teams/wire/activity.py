"""Activities: one activity of Teams as plain values; the floor between the wall, which knows the SDK, and the rest.

https://learn.microsoft.com/microsoftteams/platform/resources/bot-v3/bots-notifications. What stands here is what the
caller wrote: that the token is good, and that tenant and service are ours, is for the wall. Only an activity without a
type is refused; whatever else has another shape than Teams gives it reads as absent, and so has no effect. Words are
cut to size and cleaned of what no database takes; an id is taken whole or not at all.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from handlers.text.bounds import clip

_MOST_ID = 1_000
_MOST_NAME = 300
_MOST_TEXT = 40_000
_MOST_LISTED = 200
_NOTHING: Mapping[str, Any] = MappingProxyType({})


class Malformed(ValueError):
    """What no activity looks like; nothing of it is quoted."""


class Kind(StrEnum):
    """What happened."""

    MESSAGE = "message"
    INVOKE = "invoke"
    REACTION = "reaction"
    CONVERSATION_UPDATE = "conversation_update"
    INSTALLATION_UPDATE = "installation_update"
    OTHER = "other"


_KINDS = {
    "message": Kind.MESSAGE,
    "invoke": Kind.INVOKE,
    "messageReaction": Kind.REACTION,
    "conversationUpdate": Kind.CONVERSATION_UPDATE,
    "installationUpdate": Kind.INSTALLATION_UPDATE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Somebody as an activity names them.

    Attributes:
        id: The account as this bot knows it: ``29:…`` for a person, ``28:<app id>`` for a bot.
        aad_object_id: The person in Entra, the same for every bot; empty where Teams does not say (mentions, bots).
        role: ``user`` or ``bot``, where Teams says so.
        user_role: ``guest`` or ``anonymous`` for who is no member, where Teams says so.
        tenant: Where the account is at home, where Teams says so: another one than ours means federated.
    """

    id: str
    aad_object_id: str = ""
    name: str = ""
    role: str = ""
    user_role: str = ""
    tenant: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mentioned:
    """An @mention in a message: who, and the words ``<at>Ana</at>`` that stand for them in its text."""

    account: Account
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """One activity.

    Attributes:
        activity: Its id; of a message or a reaction it is the moment too. May be empty.
        conversation: As Teams wrote it, with ``;messageid=…`` for a reply in a channel.
        conversation_type: ``personal``, ``groupChat`` or ``channel``.
        tenant: From channelData; ``conversation.tenantId`` where that is absent.
        team, channel: The ids of the team (``19:…``, of its first channel) and of the channel; empty elsewhere.
        sender: Who did it.
        recipient: The bot.
        name: Of an invoke, such as ``adaptiveCard/action``.
        action: Of an installation update: ``add`` or ``remove``, with ``-upgrade`` behind it.
        event: channelData.eventType of a conversation update: ``channelDeleted``, ``teamMemberAdded``, …
        text: Of a message, with the mentions in it.
        value: Of an invoke or a pressed Action.Submit.
        reply_to: The message that a press or a reaction is about.
        timezone: Of the sender, such as ``Europe/Berlin``.
        timestamp: When Teams sent it, in UTC.
    """

    kind: Kind
    type: str
    activity: str = ""
    conversation: str = ""
    conversation_type: str = ""
    tenant: str = ""
    team: str = ""
    team_name: str = ""
    channel: str = ""
    channel_name: str = ""
    sender: Account = Account(id="")
    recipient: Account = Account(id="")
    name: str = ""
    action: str = ""
    event: str = ""
    text: str = ""
    mentions: tuple[Mentioned, ...] = ()
    value: Mapping[str, Any] = field(default_factory=dict, hash=False)
    reply_to: str = ""
    reactions_added: tuple[str, ...] = ()
    reactions_removed: tuple[str, ...] = ()
    members_added: tuple[Account, ...] = ()
    members_removed: tuple[Account, ...] = ()
    service_url: str = ""
    locale: str = ""
    timezone: str = ""
    timestamp: datetime | None = None

    @property
    def place(self) -> str:
        """The conversation without the thread in it: where a new post goes, and what a card's place is named by."""
        return self.conversation.partition(";messageid=")[0]


def read_incoming(body: object) -> Incoming:
    """Read an activity as it was parsed from JSON.

    Raises:
        Malformed: It is no object, or has no type.
    """
    if not isinstance(body, dict) or not (kind := _word(body.get("type"), _MOST_NAME)):
        raise Malformed
    data, conversation = _object(body.get("channelData")), _object(body.get("conversation"))
    team, channel = _object(data.get("team")), _object(data.get("channel"))
    return Incoming(
        kind=_KINDS.get(kind, Kind.OTHER),
        type=kind,
        activity=_id(body.get("id")),
        conversation=_id(conversation.get("id")),
        conversation_type=_id(conversation.get("conversationType")),
        tenant=(_id(_object(data.get("tenant")).get("id")) or _id(conversation.get("tenantId"))).lower(),
        team=_id(team.get("id")),
        team_name=_name(team.get("name")),
        channel=_id(channel.get("id")),
        channel_name=_name(channel.get("name")),
        sender=_account(body.get("from")),
        recipient=_account(body.get("recipient")),
        name=_name(body.get("name")),
        action=_name(body.get("action")),
        event=_name(data.get("eventType")),
        text=_word(body.get("text"), _MOST_TEXT),
        mentions=_mentions(body.get("entities")),
        value=_object(body.get("value")),
        reply_to=_id(body.get("replyToId")),
        reactions_added=_reactions(body.get("reactionsAdded")),
        reactions_removed=_reactions(body.get("reactionsRemoved")),
        members_added=tuple(map(_account, _list(body.get("membersAdded")))),
        members_removed=tuple(map(_account, _list(body.get("membersRemoved")))),
        service_url=_id(body.get("serviceUrl")),
        locale=_name(body.get("locale")),
        timezone=_name(body.get("localTimezone")),
        timestamp=_moment(body.get("timestamp")),
    )


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else _NOTHING


def _list(value: object) -> list[Any]:
    return value[:_MOST_LISTED] if isinstance(value, list) else []


def _word(value: object, most: int) -> str:
    return clip(value, most) if isinstance(value, str) else ""


def _id(value: object) -> str:
    """Return an id; one that is too long for any, or not printable, is none, since cut it would be another's."""
    return value if isinstance(value, str) and len(value) <= _MOST_ID and value.isprintable() else ""


def _name(value: object) -> str:
    return _word(value, _MOST_NAME)


def _account(value: object) -> Account:
    """Read an account; Teams writes a member's role and tenant on some paths beside, on others inside, properties."""
    raw = _object(value)
    more = _object(raw.get("properties"))
    return Account(
        id=_id(raw.get("id")),
        aad_object_id=(_id(raw.get("aadObjectId")) or _id(raw.get("objectId"))).lower(),
        name=_name(raw.get("name")),
        role=_name(raw.get("role")).lower(),
        user_role=(_name(raw.get("userRole")) or _name(more.get("userRole"))).lower(),
        tenant=(_id(raw.get("tenantId")) or _id(more.get("tenantId"))).lower(),
    )


def _mentions(value: object) -> tuple[Mentioned, ...]:
    return tuple(
        Mentioned(account=_account(one.get("mentioned")), text=_word(one.get("text"), _MOST_ID))
        for one in map(_object, _list(value))
        if one.get("type") == "mention"
    )


def _reactions(value: object) -> tuple[str, ...]:
    return tuple(name for one in _list(value) if (name := _name(_object(one).get("type"))))


def _moment(value: object) -> datetime | None:
    """Read a time of the service's; seven digits behind the second are usual there."""
    try:
        read = datetime.fromisoformat(_name(value))
        return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
