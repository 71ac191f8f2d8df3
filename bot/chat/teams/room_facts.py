"""Places: what an activity says of where it is from, as rooms; a team's first channel bears the team's id.

https://learn.microsoft.com/microsoftteams/platform/bots/how-to/conversations/subscribe-to-conversation-events
"""

from dataclasses import replace

from bot.chat.teams.wire.activity import Incoming, Kind
from bot.chat.teams.wire.payloads import PERSONAL
from storage.channels.rooms import RoomFacts
from storage.tables.states import RoomKind

TEAMS = "teams"


def room_of(incoming: Incoming) -> RoomFacts | None:
    """Return what an activity says of the conversation that it is from; None where it names none."""
    if not incoming.place or not incoming.service_url:
        return None
    kinds = {PERSONAL: RoomKind.DIRECT, "groupChat": RoomKind.GROUP}
    kind = kinds.get(incoming.conversation_type, RoomKind.CHANNEL)
    channel = kind == RoomKind.CHANNEL
    return RoomFacts(
        platform=TEAMS,
        external_id=incoming.place,
        kind=RoomKind.TEAM if channel and incoming.place == incoming.team else kind,
        name=incoming.channel_name if incoming.channel == incoming.place != incoming.team else "",
        parent=incoming.team if channel and incoming.team != incoming.place else "",
        tenant=incoming.tenant,
        address=incoming.service_url,
        account=incoming.sender.aad_object_id if kind == RoomKind.DIRECT else "",
    )


def team_of(incoming: Incoming, told: RoomFacts) -> RoomFacts | None:
    """Return the team that an activity is from; None where it is from none."""
    if not incoming.team:
        return None
    return replace(told, external_id=incoming.team, kind=RoomKind.TEAM, name=incoming.team_name, parent="", account="")


def channel_told(incoming: Incoming, told: RoomFacts) -> RoomFacts:
    """Return the channel that an update is about; it comes in the team's first one, whichever it is."""
    channel = incoming.channel or told.external_id
    if channel == incoming.team:
        return replace(told, external_id=channel, kind=RoomKind.TEAM, name="", parent="", account="")
    return replace(
        told,
        external_id=channel,
        kind=RoomKind.CHANNEL,
        name=incoming.channel_name,
        parent=incoming.team,
        account="",
    )


def came_into(incoming: Incoming) -> bool | None:
    """Say whether the bot came into a place or left it; None where an activity tells neither."""
    if incoming.kind == Kind.INSTALLATION_UPDATE:
        verb = incoming.action.partition("-")[0].lower()
        return {"add": True, "remove": False}.get(verb)
    us = incoming.recipient.id
    if incoming.kind == Kind.CONVERSATION_UPDATE and us:
        if any(one.id == us for one in incoming.members_added):
            return True
        if any(one.id == us for one in incoming.members_removed):
            return False
    return None
