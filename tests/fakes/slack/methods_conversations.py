"""conversations.*: which channels there are, who is in them, what was said.

https://docs.slack.dev/reference/methods/conversations.history and its neighbours.
"""

from tests.fakes.slack.calls import Call
from tests.fakes.slack.errors import Refused
from tests.fakes.slack.records import BOT_USER_ID, Channel, Json, Message

_TYPES = {"public_channel": "channels:read", "private_channel": "groups:read", "im": "im:read", "mpim": "mpim:read"}


def list_(call: Call) -> Json:
    """List channels: every public one, and the private ones that the bot is in."""
    types = [part.strip() for part in (call.text("types") or "public_channel").split(",")]
    if any(kind not in _TYPES for kind in types):
        raise Refused("invalid_types")
    call.need_scopes(*(_TYPES[kind] for kind in types))
    found = [
        channel
        for channel in call.workspace.channels.values()
        if _type(channel) in types
        and (_type(channel) == "public_channel" or BOT_USER_ID in channel.members)
        and not (channel.is_archived and call.flag("exclude_archived"))
    ]
    page, more = call.page(found)
    return {"channels": [channel.as_json() for channel in page], "response_metadata": more}


def info(call: Call) -> Json:
    """Describe one channel."""
    channel = call.channel()
    call.need_scopes(f"{channel.prefix}:read")
    return {"channel": channel.as_json()}


def join(call: Call) -> Json:
    """Join a public channel; Slack then tells the app so by an event."""
    channel = call.channel()
    if channel.is_private or channel.im_user:
        raise Refused("method_not_supported_for_channel_type")
    if channel.is_archived:
        raise Refused("is_archived")
    if BOT_USER_ID in channel.members:
        return {"channel": channel.as_json(), "warning": "already_in_channel"}
    channel.members.add(BOT_USER_ID)
    call.later.append(lambda: call.on_join(channel))
    return {"channel": channel.as_json()}


def members(call: Call) -> Json:
    """List the people of a channel."""
    channel = call.channel()
    call.need_scopes(f"{channel.prefix}:read")
    page, more = call.page(sorted(channel.members))
    return {"members": page, "response_metadata": more}


def open_(call: Call) -> Json:
    """Open the direct message with one person."""
    person = call.user("users")
    if person.deleted:
        raise Refused("user_disabled")
    if person.is_bot:
        raise Refused("cannot_dm_bot")
    channel = call.workspace.direct(person.id)
    return {"channel": channel.as_json() if call.flag("return_im") else {"id": channel.id}}


def history(call: Call) -> Json:
    """Read back messages, newest first; of a thread only what was broadcast, never an ephemeral.

    What stands there of a broadcast reply is called a pointer to it, and Slack does not say whether that carries the
    reply's metadata (https://docs.slack.dev/reference/events/message/thread_broadcast): here it does not.
    """
    channel = _readable(call)
    found = [
        message
        for message in reversed(channel.messages.values())
        if not message.deleted
        and (message.broadcast or message.thread_ts in (None, message.ts))
        and _within(call, message.ts)
    ]
    return _told(call, found, pointers=True) | {"pin_count": 0}


def replies(call: Call) -> Json:
    """Read a thread back, oldest first: its parent, whenever that was, and what was replied to it."""
    channel = _readable(call)
    ts = call.need("ts")
    parent = channel.messages.get(ts)
    if parent is None or parent.deleted or parent.subtype:
        raise Refused("thread_not_found")
    root = parent.thread_ts or parent.ts
    found = [
        message
        for message in channel.messages.values()
        if not message.deleted and (message.ts == root or (message.thread_ts == root and _within(call, message.ts)))
    ]
    return _told(call, found)


def _readable(call: Call) -> Channel:
    channel = call.channel()
    call.need_scopes(f"{channel.prefix}:history")
    if BOT_USER_ID not in channel.members:
        raise Refused("not_in_channel")
    return channel


def _told(call: Call, found: list[Message], *, pointers: bool = False) -> Json:
    """Return a page of messages; in a channel, a reply is no more than a pointer."""
    page, more = call.page(found, most=999)
    asked = call.flag("include_all_metadata")
    answer: Json = {
        "messages": [one.as_json(with_metadata=asked and not (pointers and one.broadcast)) for one in page],
        "has_more": bool(more["next_cursor"]),
    }
    if more["next_cursor"]:
        answer["response_metadata"] = more
    return answer


def _type(channel: Channel) -> str:
    return "im" if channel.im_user else "private_channel" if channel.is_private else "public_channel"


def _within(call: Call, ts: str) -> bool:
    at, inclusive = _micros(ts, "ts"), call.flag("inclusive")
    for name, sign in (("oldest", 1), ("latest", -1)):
        bound = call.text(name)
        if bound:
            distance = sign * (at - _micros(bound, name))
            if distance < 0 or (distance == 0 and not inclusive):
                return False
    return True


def _micros(ts: str, name: str) -> int:
    seconds, _, rest = ts.partition(".")
    try:
        return int(seconds) * 1_000_000 + int(rest.ljust(6, "0")[:6])
    except ValueError:
        raise Refused(f"invalid_ts_{name}") from None
