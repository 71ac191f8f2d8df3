"""Channels: from the names in dibs.toml to ids, and being a member of them.

Names are resolved once and kept as ids, so that a rename is harmless. The bot joins public channels itself; into a
private one somebody has to invite it, since it must be able to look up what it posted.
"""

from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass, field

from bot.chat.base import DeliveryFailed, PlaceRefused, TryLater, Unclear
from bot.chat.slack.wire.client import Api, Json, Refused

PAGE = 500
_MOST_PAGES = 200
_TRIES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """Ids by the names that were asked for, and the names that mean no channel we can see."""

    ids: dict[str, str] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)


async def resolve(api: Api, names: Collection[str]) -> Resolved:
    """Turn "#name" into channel ids, asking Slack only if there is a name among them; ids pass through.

    Archived channels do not count, private ones only where the bot is a member.

    Raises:
        DeliveryFailed: Slack could not be asked.
    """
    ids = {name: name for name in names if is_id(name)}
    wanted = {name.removeprefix("#").casefold(): name for name in names if name not in ids}
    if wanted:
        async for channel in every_channel(api):
            name = wanted.pop(str(channel.get("name", "")).casefold(), None)
            if name is not None:
                ids[name] = str(channel["id"])
            if not wanted:
                break
    return Resolved(ids=ids, missing=[name for name in names if name not in ids])


def is_id(name: str) -> bool:
    """Say whether this is a channel's id rather than its name: names have no capitals."""
    return len(name) >= 2 and name[0] in "CGD" and name.upper() == name and not name.startswith("#")


async def every_channel(api: Api) -> AsyncIterator[Json]:
    """Yield the public channels, and the private ones that the bot is in, without those that are archived."""
    types = "public_channel,private_channel"
    try:
        async for channel in pages(api, "conversations.list", "channels", types=types, exclude_archived=True):
            yield channel
    except Refused as refused:
        if refused.code != "missing_scope":
            raise
        # groups:read is missing: the public ones are still worth knowing.
        async for channel in pages(
            api, "conversations.list", "channels", types="public_channel", exclude_archived=True
        ):
            yield channel


async def pages(api: Api, method: str, key: str, **arguments: object) -> AsyncIterator[Json]:
    """Yield what a method lists, page after page, waiting when Slack says so."""
    cursor = ""
    for _ in range(_MOST_PAGES):
        answer = await patiently(api, method, limit=PAGE, cursor=cursor or None, **arguments)
        for one in answer.get(key) or ():
            if isinstance(one, dict):
                yield one
        cursor = str((answer.get("response_metadata") or {}).get("next_cursor") or "")
        if not cursor:
            return


async def patiently(api: Api, method: str, **arguments: object) -> Json:
    """Call a method that only reads, again where Slack asks to wait or the answer was lost.

    Raises:
        DeliveryFailed: It did not work five times, or was refused.
    """
    for left in reversed(range(_TRIES)):
        try:
            return await api.call(method, **arguments)
        except (TryLater, Unclear) as failure:
            if not left:
                raise
            await api.clock.sleep(failure.retry_after or _TRIES - left)
    raise TryLater(f"Slack did not answer {method}.")


async def is_gone(api: Api, channel: str) -> bool:
    """Say whether Slack shows us no living channel under this id; one that could not be asked about is not gone.

    A channel that is shared with another workspace may get a new id, and one that is archived may have a successor.
    """
    try:
        answer = await api.call("conversations.info", channel=channel)
    except Refused as refused:
        return refused.code == "channel_not_found"
    except DeliveryFailed:
        return False
    return bool((answer.get("channel") or {}).get("is_archived"))


async def join(api: Api, channel: str) -> None:
    """Be a member of a channel: public ones are joined, in private ones we must be already.

    Raises:
        PlaceRefused: It is archived, gone, or private and nobody invited us.
        TryLater: It could not be seen.
    """
    try:
        await api.call("conversations.join", channel=channel)
        return
    except Refused as refused:
        if refused.code == "is_archived":
            raise PlaceRefused("The channel is archived.") from None
    except Unclear as unclear:
        raise TryLater(unclear.reason) from None
    await _be_inside(api, channel)


async def _be_inside(api: Api, channel: str) -> None:
    try:
        answer = await api.call("conversations.info", channel=channel)
    except Refused as refused:
        if not isinstance(refused.meaning(), PlaceRefused) and refused.code != "missing_scope":
            raise TryLater(refused.reason) from None  # it says nothing of this channel
        hint = " Invite the bot if it is private." if refused.code == "channel_not_found" else ""
        raise PlaceRefused(f"{refused.reason}{hint}") from None
    except DeliveryFailed as failure:
        raise TryLater(failure.reason, failure.retry_after) from None
    info = answer.get("channel") or {}
    if info.get("is_archived"):
        raise PlaceRefused("The channel is archived.")
    if not info.get("is_member"):
        raise PlaceRefused("The bot is not a member of the channel: type /invite @Dibs in it.")
