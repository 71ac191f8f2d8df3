"""chat.*: posting, changing and deleting messages, and whispering to one person.

https://docs.slack.dev/reference/methods/chat.postMessage and its neighbours.
"""

import json
from typing import Any

from tests.fakes.slack.blocks import prepare_blocks
from tests.fakes.slack.calls import Call
from tests.fakes.slack.errors import Refused
from tests.fakes.slack.records import BOT_USER_ID, Channel, Json, Message

# The page of chat.postMessage still speaks of 40,000, yet above 4,000 real Slack splits a post in two or answers
# msg_too_long (most often to chat.update). A bot is safe below, so the fake refuses above.
TEXT_CHARACTERS = 4_000
METADATA_BYTES = 16_000


def post_message(call: Call) -> Json:
    """Post, at one message a second a channel."""
    channel = _open_channel(call)
    if BOT_USER_ID not in channel.members and "chat:write.public" not in call.scopes:
        raise Refused("not_in_channel")
    if channel.is_archived:
        raise Refused("is_archived")
    text, blocks = content(call)
    metadata = _metadata(call)
    call.limits.post(channel.id)
    _watch_post(call, text, blocks)
    thread = _thread(call, channel)
    message = call.workspace.put(
        channel,
        text=text,
        blocks=blocks or [],
        metadata=metadata,
        thread_ts=thread,
        broadcast=thread is not None and call.flag("reply_broadcast"),
    )
    return {"channel": channel.id, "ts": message.ts, "message": message.as_json(with_metadata=True)}


def update(call: Call) -> Json:
    """Change a message of the bot's own. What is not sent stays as it was."""
    channel = call.member_channel()
    message = _find(call, channel)
    if message.user != BOT_USER_ID:
        raise Refused("cant_update_message")
    if channel.is_archived:
        raise Refused("is_inactive")
    if not message.editable:
        raise Refused("edit_window_closed")
    text, blocks = content(call)
    metadata = _metadata(call)
    _watch_text(call, text, blocks)
    if message.metadata and "metadata" not in call.args:
        call.workspace.violate("no_metadata", f"chat.update of {message.key or message.ts} without its metadata")
    message.text = text
    message.blocks = message.blocks if blocks is None else blocks
    message.metadata = message.metadata if metadata is None else metadata or None
    message.edits += 1
    return {"channel": channel.id, "ts": message.ts, "text": text, "message": message.as_json(with_metadata=True)}


def delete(call: Call) -> Json:
    """Delete a message of the bot's own."""
    channel = call.member_channel()
    message = _find(call, channel)
    if message.user != BOT_USER_ID:
        raise Refused("cant_delete_message")
    message.deleted = True
    return {"channel": channel.id, "ts": message.ts}


def post_ephemeral(call: Call) -> Json:
    """Show something to one member of the channel; it can be neither updated nor looked up."""
    channel = call.member_channel()
    if channel.is_archived:
        raise Refused("is_archived")
    if call.need("user") not in channel.members:
        raise Refused("user_not_in_channel")
    text, blocks = content(call)
    _watch_text(call, text, blocks)
    shown = call.workspace.whisper(call.text("user"), channel.id, "chat.postEphemeral", text, blocks or [])
    return {"message_ts": shown.ts}


def get_permalink(call: Call) -> Json:
    """Return the address of a message."""
    channel = call.channel()
    message = channel.messages.get(call.need("message_ts"))
    if message is None or message.deleted:
        raise Refused("message_not_found")
    return {"channel": channel.id, "permalink": permalink(message)}


def permalink(message: Message) -> str:
    """Return the address that people copy from Slack for this message."""
    return f"https://acme.slack.com/archives/{message.channel}/p{message.ts.replace('.', '')}"


def content(call: Call) -> tuple[str, list[Json] | None]:
    """Read and check text and blocks; blocks are None when none were sent."""
    if call.args.get("markdown_text") is not None:
        raise Refused("markdown_text_conflict" if "blocks" in call.args or "text" in call.args else "unknown_method")
    text = call.text("text")
    blocks: Any = call.json("blocks", "invalid_blocks_format")
    if blocks is not None:
        blocks = prepare_blocks(blocks, newer=call.newer_blocks)
        _take(call, blocks)
    if not text.strip() and not blocks:
        raise Refused("no_text")
    if len(text) > TEXT_CHARACTERS:
        raise Refused("msg_too_long")
    return text, blocks


def _thread(call: Call, channel: Channel) -> str | None:
    """Return the thread that a post belongs to.

    A parent that is gone makes a message of its own, without a word: its answer bears no ``thread_ts``
    (https://github.com/slack-go/slack/issues/1571). What is a reply itself leads to its parent; a number in JSON is no
    timestamp (https://github.com/slackapi/python-slack-sdk/issues/840); "Ana has joined" takes no replies.
    """
    named = call.args.get("thread_ts")
    if named is None or named == "":
        return None
    parent = channel.messages.get(named) if isinstance(named, str) else None
    if parent is None or parent.deleted:
        return None
    if parent.subtype:
        raise Refused("cannot_reply_to_message")
    return parent.thread_ts or parent.ts


def _take(call: Call, blocks: list[Json]) -> None:
    """Refuse what this workspace does not take; Slack fetches a picture while it posts, and refuses what it cannot."""
    for number, block in enumerate(blocks):
        for kind in {block["type"], *(part.get("type") for part in block.get("elements", ()))}:
            if kind in call.workspace.not_taken:
                why = "downloading image failed" if kind == "image" else f"unsupported type: {kind}"
                raise Refused("invalid_blocks", errors=[f"{why} [json-pointer:/blocks/{number}]"])


def _open_channel(call: Call) -> Channel:
    target = call.need("channel")
    person = call.workspace.users.get(target)
    if person is None:
        return call.channel()
    if person.deleted or person.is_bot:
        raise Refused("channel_not_found")
    return call.workspace.direct(person.id)


def _find(call: Call, channel: Channel) -> Message:
    message = channel.messages.get(call.need("ts"))
    if message is None or message.deleted:
        raise Refused("message_not_found")
    return message


def _metadata(call: Call) -> Json | None:
    metadata = call.json("metadata", "invalid_metadata_format")
    if metadata is None or metadata == {}:
        return metadata if isinstance(metadata, dict) else None
    if not isinstance(metadata, dict):
        raise Refused("invalid_metadata_format")
    kind, payload = metadata.get("event_type"), metadata.get("event_payload")
    if set(metadata) != {"event_type", "event_payload"} or not isinstance(kind, str) or not kind:
        raise Refused("invalid_metadata_schema")
    if not isinstance(payload, dict):
        raise Refused("invalid_metadata_schema")
    if len(json.dumps(metadata).encode()) > METADATA_BYTES:
        raise Refused("metadata_too_large")
    return metadata


def _watch_post(call: Call, text: str, blocks: list[Json] | None) -> None:
    _watch_text(call, text, blocks)
    for name in ("unfurl_links", "unfurl_media"):
        if call.text(name).lower() not in ("false", "0"):
            call.workspace.violate(name, f"{call.method} without {name}=false: {text[:80]}")


def _watch_text(call: Call, text: str, blocks: list[Json] | None) -> None:
    if blocks and not text.strip():
        call.workspace.violate("no_text", f"{call.method} with blocks and no text to be read aloud")
    if call.flag("link_names") or call.text("parse") == "full":
        call.workspace.violate("parse", f"{call.method} asks Slack to find names in the text")
