"""Text for Teams: no markup of a stranger's, and nothing longer on the wire than there is room for.

A TextRun knows no Markdown (https://learn.microsoft.com/adaptive-cards/authoring-cards/text-features), but renderers
put times into ``{{DATE(…)}}`` wherever it stands: in foreign words that has to stay what it is, words.
"""

import json
import re
import unicodedata
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

from bot.chat.kit.text import calm, calm_line
from handlers.base.command import ByCard, Reference

_FUNCTION = re.compile(r"\{(?=\{\s*(?:DATE|TIME)\s*\()", re.IGNORECASE)
_LANGUAGE = re.compile(r"([A-Za-z]{2,3})(?:[-_].*)?", re.ASCII)
_MESSAGE = re.compile(r"/l/message/([^/]{1,300})/([0-9]{6,20})", re.ASCII)
_MOMENT = re.compile(r"[0-9]{6,20}", re.ASCII)
# What a letter takes at most.
_MOST_BYTES = 12
_HOSTS = ("teams.microsoft.com", "teams.cloud.microsoft", "gov.teams.microsoft.us")
_CONVERSATION = re.compile(r"[0-9]{2}:[A-Za-z0-9_.@:-]{1,200}", re.ASCII)


def weight(part: Any) -> int:
    """Return how many bytes a part takes as JSON at its longest: letters beyond ASCII count six there, or twelve."""
    return len(json.dumps(part))


def said(text: str, limit: int) -> str:
    """Return foreign text for a run of its own: at most ``limit`` characters, and thrice as many bytes on the wire."""
    return fitting(plain(calm(text, limit)), 3 * limit)


def said_line(text: str, limit: int) -> str:
    """Return foreign text on one line, within the same bounds."""
    return fitting(plain(calm_line(text, limit)), 3 * limit)


def plain(text: str) -> str:
    """Take the meaning from what renderers would replace by a time."""
    return _FUNCTION.sub("{\u2060", text)


def fitting(text: str, room: int, mark: str = "…") -> str:
    """Cut text that takes more than ``room`` bytes on the wire, and say so."""
    if len(text) * _MOST_BYTES <= room or weight(text) - 2 <= room:
        return text
    left = room - weight(mark) + 2
    kept = 0
    for letter in text:
        left -= weight(letter) - 2
        if left < 0:
            break
        kept += 1
    return text[:kept].rstrip() + mark


def runs_right_to_left(text: str) -> bool:
    """Say whether text is to be read from the right, by its first letter that has a direction."""
    for letter in text[:500]:
        direction = unicodedata.bidirectional(letter)
        if direction in ("L", "R", "AL"):
            return direction != "L"
    return False


def language(tag: str) -> str:
    """Return the language of a tag as cards name it, two or three letters; nothing for what is none."""
    found = _LANGUAGE.fullmatch(tag)
    return found[1].lower() if found else ""


def permalink(channel: str, reference: str, tenant: str) -> str:
    """Return the address of a message, which opens it in Teams.

    https://learn.microsoft.com/microsoftteams/platform/concepts/build-and-test/deep-link-teams
    """
    query = f"tenantId={quote(tenant, safe='')}&parentMessageId={quote(reference, safe='')}"
    where = f"{quote(channel, safe='')}/{quote(reference, safe='')}"
    return f"https://teams.microsoft.com/l/message/{where}?{query}"


def read_permalink(url: str) -> Reference | None:
    """Return the card that the link of a message points to, or under which it stands; None for anything else."""
    try:
        parts = urlsplit(url[:2_000])
        host = parts.hostname
    except ValueError:
        return None
    found = _MESSAGE.fullmatch(parts.path)
    if parts.scheme != "https" or host not in _HOSTS or not found:
        return None
    channel = unquote(found[1])
    above = parse_qs(parts.query[:2_000]).get("parentMessageId", [""])[0]
    message = above if _MOMENT.fullmatch(above) else found[2]
    return ByCard("teams", channel, message) if _CONVERSATION.fullmatch(channel) else None
