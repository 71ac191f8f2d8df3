"""What goes out: to whom, and what came back as; what a refusal means stands in ``bot.chat.teams.wire.errors``."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from bot.chat.base import (
    DeliveryFailed,
    PlaceRefused,
    PlatformRefused,
    TryLater,
    Unclear,
)
from bot.chat.teams.settings import TeamsSettings
from bot.chat.teams.wire.errors import meaning_of
from bot.chat.teams.wire.http import Heard, Json

_THREAD = ";messageid="
_PAGE = 500
_MOST_PAGES = 40
_ACTIVITIES = "v3/conversations/{conversationId}/activities"
_ACTIVITY = "v3/conversations/{conversationId}/activities/{activityId}"
_MEMBER = "v3/conversations/{conversationId}/members/{memberId}"
_MEMBERS = "v3/conversations/{conversationId}/pagedmembers"
_CHANNELS = "v3/teams/{teamId}/conversations"
_MOST_CHANNELS = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """Where to speak: kept from the updates that Teams sends when the bot is installed.

    Attributes:
        id: Of a channel, a chat or one person's chat with the bot; a thread's ends in ``;messageid=…``.
    """

    service_url: str
    id: str
    tenant: str

    @property
    def channel(self) -> str:
        """The conversation without a thread: what is posted there begins one of its own."""
        return self.id.partition(_THREAD)[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """Somebody who is in a conversation, as Teams tells of them.

    Attributes:
        id: The account towards this bot, ``29:…``.
        aad: The GUID in the directory; empty for who has none.
        role: ``user``, ``guest``, ``anonymous``, … as Teams says it, in lower case.
        tenant: The tenant that the account belongs to; empty where Teams does not say.
    """

    id: str
    aad: str = ""
    name: str = ""
    email: str = ""
    principal: str = ""
    role: str = ""
    tenant: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A channel of a team; Teams names all but the first one, which is called General in everyone's own language."""

    id: str
    name: str = ""


def read_member(told: Json) -> Member:
    """Read how Teams tells of a member; whatever is of another shape is empty."""

    def word(*names: str) -> str:
        return next((told[name] for name in names if isinstance(told.get(name), str) and told[name]), "")

    return Member(
        id=word("id"),
        aad=word("aadObjectId", "objectId").lower(),
        name=word("name"),
        email=word("email"),
        principal=word("userPrincipalName"),
        role=word("userRole", "role").lower(),
        tenant=word("tenantId").lower(),
    )


def failure_of(heard: Heard, doing: str, *, standing: bool) -> DeliveryFailed:
    """Return what an answer that is no success means.

    Args:
        heard: The answer.
        doing: Which request it was, for the sentence.
        standing: It was about a message that stands, so that 404 may mean the message and not the place.
    """
    status, code = heard.status, _code(heard)
    said = f"Teams answered {status}{f' {code}' if code else ''} to {doing}."
    meaning = meaning_of(status, code, standing=standing)
    if meaning is PlatformRefused:
        said += " Are TEAMS_APP_ID, TEAMS_APP_PASSWORD and TEAMS_TENANT_ID those of the bot?"
    elif 300 <= status < 400:
        said += " It sends us on to another address, which we do not follow."
    wait = heard.seconds_to_wait() if meaning in (TryLater, Unclear) else None
    return meaning(said, wait or None, code)


def _code(heard: Heard) -> str:
    """Return Teams' own word for what is wrong, cut: it goes into sentences for the operator."""
    error = heard.object().get("error")
    code = error.get("code") if isinstance(error, dict) else None
    return "".join(one for one in code if one.isascii() and one.isalnum())[:60] if isinstance(code, str) else ""


Request = Callable[[str, str, str, Json | None, Json | None, Mapping[str, str]], Awaitable[Heard]]


class Outgoing:
    """Everything that we ask of Teams; ``request`` takes method, path, address, body, query, parts of the path.

    The connector's interface: https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-api-reference
    """

    def __init__(self, settings: TeamsSettings, request: Request) -> None:
        self._settings = settings
        self._request = request

    async def post(self, to: Conversation, activity: Json, *, in_thread: bool = False) -> str:
        """Post a message and return its id: a thread of its own in a channel, or in the thread that ``to`` names.

        Raises:
            DeliveryFailed: See ``bot.chat.base``.
        """
        place = to.id if in_thread else to.channel
        return _id_in(await self._send("POST", _ACTIVITIES, to, "a post", activity, conversationId=place), "a post")

    async def update(self, to: Conversation, activity_id: str, activity: Json) -> None:
        """Change a message that stands, for everybody.

        Raises:
            DeliveryFailed: See ``bot.chat.base``.
        """
        changed = activity | {"id": activity_id}
        await self._send(
            "PUT", _ACTIVITY, to, "an update", changed, standing=True, conversationId=to.channel, activityId=activity_id
        )

    async def delete(self, to: Conversation, activity_id: str) -> None:
        """Take a message away.

        Raises:
            DeliveryFailed: See ``bot.chat.base``.
        """
        await self._send(
            "DELETE", _ACTIVITY, to, "a removal", standing=True, conversationId=to.channel, activityId=activity_id
        )

    async def members(self, of: Conversation) -> tuple[Member, ...]:
        """Return who is in a conversation; for a team, its id is the conversation's.

        Raises:
            DeliveryFailed: See ``bot.chat.base``.
        """
        found: list[Member] = []
        query = {"pageSize": str(_PAGE)}
        for _ in range(_MOST_PAGES):
            page = await self._send("GET", _MEMBERS, of, "members", query=query, conversationId=of.channel)
            listed = page.get("members")
            found += [read_member(one) for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
            more = page.get("continuationToken")
            if not isinstance(more, str) or not more:
                break
            query = query | {"continuationToken": more}
        return tuple(one for one in found if one.id)

    async def member(self, of: Conversation, account: str) -> Member:
        """Return one member of a conversation, by account or directory GUID.

        Raises:
            DeliveryFailed: See ``bot.chat.base``; MessageGone: nobody in there is that.
        """
        return read_member(
            await self._send("GET", _MEMBER, of, "a member", standing=True, conversationId=of.channel, memberId=account)
        )

    async def channels(self, of: Conversation) -> tuple[Channel, ...]:
        """Return the channels of a team, whose id is the conversation's.

        https://learn.microsoft.com/microsoftteams/platform/bots/how-to/get-teams-context#get-the-list-of-channels-in-a-team

        Raises:
            DeliveryFailed: See ``bot.chat.base``.
        """
        listed = (await self._send("GET", _CHANNELS, of, "channels", teamId=of.channel)).get("conversations")
        found = [one for one in listed[:_MOST_CHANNELS] if isinstance(one, dict)] if isinstance(listed, list) else []
        named = [(one.get("id"), one.get("name")) for one in found]
        return tuple(
            Channel(id=channel, name=name[:300] if isinstance(name, str) else "")
            for channel, name in named
            if isinstance(channel, str) and channel
        )

    async def converse(self, service_url: str, tenant: str, account: str) -> Conversation:
        """Return the conversation with one person, which may be new.

        Raises:
            DeliveryFailed: See ``bot.chat.base``; PlaceRefused: the person has blocked the bot, or does not have it.
        """
        asked: Json = {
            "isGroup": False,
            "bot": {"id": f"28:{self._settings.app_id}"},
            "members": [{"id": account}],
            "tenantId": tenant,
            "channelData": {"tenant": {"id": tenant}},
        }
        to = Conversation(service_url=service_url, id="", tenant=tenant)
        found = _id_in(await self._send("POST", "v3/conversations", to, "a conversation", asked), "a conversation")
        return Conversation(service_url=service_url, id=found, tenant=tenant)

    async def _send(
        self,
        method: str,
        path: str,
        to: Conversation,
        doing: str,
        body: Json | None = None,
        *,
        query: Json | None = None,
        standing: bool = False,
        **parts: str,
    ) -> Json:
        """Send one request to where Teams is, and again with a fresh token if the first was not taken."""
        if not self._settings.cloud.serves(to.service_url):
            raise PlaceRefused("The address of this conversation is none of Teams'.")
        if not self._settings.knows(to.tenant):
            raise PlaceRefused("This conversation belongs to another tenant.")
        heard = await self._request(method, path, to.service_url, body, query, parts)
        if heard.status == 401 and not self._settings.development:
            heard = await self._request(method, path, to.service_url, body, query, parts)
        if heard.status in (200, 201, 202, 204):
            return heard.object()
        raise failure_of(heard, doing, standing=standing)


def _id_in(answer: Json, doing: str) -> str:
    found = answer.get("id")
    if not isinstance(found, str) or not found:
        raise Unclear(f"Teams' answer to {doing} makes no sense.")
    return found
