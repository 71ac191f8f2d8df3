"""Slack's own markup. Text is markup in mrkdwn objects and in the top-level ``text`` alone.

There ``&``, ``<`` and ``>`` are all that has to be escaped (https://docs.slack.dev/messaging/formatting-message-text).
"""

from bot.chat.kit.text import web_address


def escape(text: str) -> str:
    """Escape text for mrkdwn."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def escape_within(text: str, limit: int) -> str:
    """Escape text for mrkdwn so that the result has at most ``limit`` characters, with no entity cut in two."""
    escaped = escape(text)
    if len(escaped) <= limit:
        return escaped
    room, kept = limit - 1, []
    for letter in text:
        piece = escape(letter)
        if len(piece) > room:
            break
        room -= len(piece)
        kept.append(piece)
    return "".join(kept).rstrip() + "…"


def unescape(text: str) -> str:
    """Undo Slack's own escaping of what people typed."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def link(url: str, label: str) -> str:
    """Return a link for mrkdwn under a label of our own; nothing when the address is none."""
    address = web_address(url)
    return f"<{escape(address)}|{escape(label)}>" if address else ""
