"""What Teams sends when somebody does something: activities as the documentation and captures show them."""

import itertools
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True)
class Person:
    """An employee, or somebody else, in Teams."""

    id: str
    aad: str
    name: str
    email: str = ""
    role: str = "user"
    tenant: str = ""


@dataclass(frozen=True)
class Room:
    """A conversation: a channel of a team, a group chat, or one person's chat with the bot."""

    id: str
    type: str = "channel"
    team: str = ""
    name: str = ""


class Activities:
    """Builds activities as Teams sends them."""

    def __init__(self, *, app_id: str, tenant: str, service_url: str) -> None:
        self.app_id = app_id
        self.tenant = tenant
        self.service_url = service_url
        self._numbers = itertools.count(1_700_000_000_000)

    def activity(self, kind: str, who: Person, room: Room, **fields: Any) -> Json:
        """Return what every activity has, and ``fields``."""
        data: Json = {"tenant": {"id": self.tenant}}
        if room.type == "channel":
            data |= {"team": {"id": room.team or room.id}, "channel": {"id": room.id}}
        return {
            "type": kind,
            "id": str(next(self._numbers)),
            "timestamp": datetime.now(UTC).isoformat(),
            "channelId": "msteams",
            "serviceUrl": self.service_url,
            "from": {"id": who.id, "aadObjectId": who.aad, "name": who.name},
            "recipient": {"id": f"28:{self.app_id}", "name": "Dibs"},
            "conversation": {"id": room.id, "conversationType": room.type, "isGroup": room.type != "personal"},
            "channelData": data,
            "locale": "en-GB",
            "localTimezone": "Europe/Berlin",
        } | fields

    def message(self, who: Person, room: Room, text: str, **fields: Any) -> Json:
        """Return a typed message; in a channel it begins with the @mention that brings it to the bot."""
        bot = {"type": "mention", "text": "<at>Dibs</at>", "mentioned": {"id": f"28:{self.app_id}", "name": "Dibs"}}
        named = room.type != "personal"
        return self.activity(
            "message",
            who,
            room,
            text=f"<at>Dibs</at> {text}" if named else text,
            entities=[bot] if named else [],
            **fields,
        )

    def press(self, who: Person, room: Room, card: str, verb: str, data: Json, **fields: Any) -> Json:
        """Return the press of an Action.Execute on the message ``card``."""
        value = {"action": {"type": "Action.Execute", "verb": verb, "data": data}, "trigger": "manual"}
        made = self.activity("invoke", who, room, name="adaptiveCard/action", value=value, replyToId=card)
        if room.type == "channel" and ";messageid=" not in room.id:
            made["conversation"]["id"] = f"{room.id};messageid={card}"  # a card begins a thread, and is pressed in it
        return made | fields

    def react(self, who: Person, room: Room, card: str, reaction: str, *, added: bool = True) -> Json:
        """Return a reaction to the message ``card``, set or taken away."""
        which = "reactionsAdded" if added else "reactionsRemoved"
        return self.activity("messageReaction", who, room, replyToId=card, **{which: [{"type": reaction}]})

    def install(self, who: Person, room: Room, action: str = "add") -> Json:
        """Return the update that tells the bot of its installation or removal."""
        return self.activity("installationUpdate", who, room, action=action)

    def update(self, who: Person, room: Room, event: str, **fields: Any) -> Json:
        """Return a conversationUpdate, as ``teamMemberAdded`` or ``channelDeleted``."""
        made = self.activity("conversationUpdate", who, room, **fields)
        made["channelData"]["eventType"] = event
        return made
