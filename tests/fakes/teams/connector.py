"""Teams' connector: what stands in its conversations, and what it refuses.

The refusals and their codes: https://learn.microsoft.com/microsoftteams/platform/bots/build-conversational-capability
"""

import itertools
import json
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.fakes.teams.activities import Person, Room

Json = dict[str, Any]
LARGEST = 28 * 1024
LIMITS = ((7, 1.0), (8, 2.0), (60, 30.0), (1_800, 3_600.0))
# What a bot may send in a tenant over all; sources say 30 to 50 a second.
OVERALL = (50, 1.0)
VERSIONS = ("1.0", "1.1", "1.2", "1.3", "1.4", "1.5")
ATTACHMENTS = ("application/vnd.microsoft.card.adaptive", "application/vnd.microsoft.card.hero")


class Refused(Exception):
    """An answer with a status and Teams' word for it."""

    def __init__(self, status: int, code: str, retry_after: int | None = None) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.retry_after = retry_after


@dataclass
class Standing:
    """A message as it stands."""

    id: str
    room: str
    activity: Json
    edits: int = 0
    thread: str = ""


@dataclass
class Conversation:
    """A room, who is in it, what stands in it."""

    room: Room
    members: list[Person] = field(default_factory=list)
    messages: dict[str, Standing] = field(default_factory=dict)
    sent: deque[float] = field(default_factory=deque)
    blocked: str = ""


@dataclass
class Memory:
    """Everything that Teams remembers; ``paced`` is whether its limits count."""

    app_id: str
    tenant: str
    paced: bool = True
    rooms: dict[str, Conversation] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)
    sent: deque[float] = field(default_factory=deque)
    numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1_800_000_000_000))

    def find(self, room: str) -> Conversation:
        """Return a conversation that the bot is in."""
        found = self.rooms.get(room.partition(";messageid=")[0])
        if found is None:
            raise Refused(404, "ConversationNotFound")
        if found.blocked:
            raise Refused(403, found.blocked)
        return found

    def post(self, room: str, activity: Json) -> Json:
        """Let a message stand."""
        found = self.find(room)
        self._look_at(found, activity)
        self._pace(found)
        made = Standing(str(next(self.numbers)), found.room.id, activity, thread=room.partition(";messageid=")[2])
        found.messages[made.id] = made
        return {"id": made.id}

    def update(self, room: str, message: str, activity: Json) -> Json:
        """Change a message."""
        found = self.find(room)
        self._look_at(found, activity)
        self._pace(found)
        standing = self._standing(found, message)
        standing.activity, standing.edits = activity, standing.edits + 1
        return {"id": message}

    def delete(self, room: str, message: str) -> Json:
        """Take a message away."""
        found = self.find(room)
        del found.messages[self._standing(found, message).id]
        return {}

    def converse(self, asked: Json) -> Json:
        """Open the conversation with one person."""
        members, bot = asked.get("members"), asked.get("bot")
        if not isinstance(members, list) or len(members) != 1 or asked.get("isGroup") is not False:
            raise Refused(400, "BadSyntax")
        if not isinstance(bot, dict) or bot.get("id") != f"28:{self.app_id}":
            raise Refused(403, "BotNotRegistered")
        if asked.get("channelData") != {"tenant": {"id": self.tenant}}:
            raise Refused(400, "BadArgument")
        account = members[0].get("id")
        person = next((one for one in self.people.values() if account in (one.id, one.aad)), None)
        if person is None:
            raise Refused(404, "UserNotFound")
        room = Room(f"a:{person.id}", "personal")
        self.rooms.setdefault(room.id, Conversation(room, [person]))
        return {"id": room.id}

    def channels(self, team: str) -> Json:
        """Return the channels of a team; the first one has no name, since everyone reads it in their own language."""
        self.find(team)
        rooms = [one.room for one in self.rooms.values() if one.room.type == "channel" and one.room.team == team]
        return {"conversations": [{"id": one.id, "name": one.name or None} for one in rooms]}

    def members(self, room: str, query: Any) -> Json:
        """Return a page of who is in a conversation."""
        found, size = self.find(room), int(query.get("pageSize", "50"))
        if not 1 <= size <= 500:
            raise Refused(400, "BadArgument")
        begin = int(query.get("continuationToken", "0"))
        page: Json = {"members": [_told(one) for one in found.members[begin : begin + size]]}
        if begin + size < len(found.members):
            page["continuationToken"] = str(begin + size)
        return page

    def member(self, room: str, account: str) -> Json:
        """Return one who is in a conversation."""
        for one in self.find(room).members:
            if account in (one.id, one.aad):
                return _told(one)
        raise Refused(404, "MemberNotFoundInConversation")

    def _standing(self, found: Conversation, message: str) -> Standing:
        if message not in found.messages:
            raise Refused(404, "ActivityNotFoundInConversation")
        return found.messages[message]

    def _look_at(self, found: Conversation, activity: Json) -> None:
        """Refuse a message that is meant for another place than it is sent to, or that no place takes."""
        said = activity.get("conversation", {}).get("id", found.room.id)
        tenant = activity.get("channelData", {}).get("tenant", {}).get("id", self.tenant)
        if said.partition(";messageid=")[0] != found.room.id or tenant != self.tenant:
            raise Refused(400, "BadArgument")
        _look_at(activity)

    def _pace(self, found: Conversation) -> None:
        if not self.paced:
            return
        now = time.monotonic()
        for sent, limits in ((found.sent, LIMITS), (self.sent, (OVERALL,))):
            for most, seconds in limits:
                if sum(1 for at in sent if now - at < seconds) >= most:
                    raise Refused(429, "TooManyRequests", retry_after=1)
        found.sent.append(now)
        self.sent.append(now)


def _told(person: Person) -> Json:
    told = {
        "id": person.id,
        "aadObjectId": person.aad,
        "name": person.name,
        "email": person.email,
        "userPrincipalName": person.email,
        "userRole": person.role,
        "tenantId": person.tenant,
    }
    return {name: value for name, value in told.items() if value}


def _look_at(activity: Json) -> None:
    """Refuse what Teams refuses of a message."""
    if activity.get("type") != "message":
        raise Refused(400, "BadSyntax")
    if len(json.dumps(activity)) > LARGEST:
        raise Refused(413, "MessageSizeTooBig")
    attachments = activity.get("attachments", [])
    if not activity.get("text") and not attachments:
        raise Refused(400, "BadSyntax")
    for one in attachments:
        if one.get("contentType") not in ATTACHMENTS or not isinstance(one.get("content"), dict):
            raise Refused(400, "BadSyntax")
        if one["contentType"].endswith(".adaptive") and not _is_card(one["content"]):
            raise Refused(400, "BadSyntax")


def _is_card(content: Json) -> bool:
    return content.get("type") == "AdaptiveCard" and content.get("version") in VERSIONS and bool(content.get("body"))


async def object_in(request: web.Request) -> Json:
    """Read the object in a request's body."""
    if request.content_type != "application/json":
        raise Refused(415, "UnsupportedMediaType")
    try:
        value = await request.json()
    except ValueError:
        raise Refused(400, "BadSyntax") from None
    if not isinstance(value, dict):
        raise Refused(400, "BadSyntax")
    return value
