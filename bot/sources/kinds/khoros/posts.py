"""Messages of Khoros as posts: topics and replies, articles and their comments, ideas.

A reply names the message that it answers, which may be a reply itself.
"""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from bot.sources.kit.build import author, iso_moment, post
from bot.sources.kit.html import decode_entities, on_site, read_markup, web_link
from bot.sources.kit.json import mapping, string
from bot.sources.kit.pictures import hosts_of, in_markup
from handlers.base.events import Posted
from handlers.text.bounds import MAX_TEXT

# Each by its name: "*" leaves the parent out, and one that does not exist costs the whole answer.
FIELDS = (
    "id, subject, body, post_time, view_href, language, read_only, moderation_status, author.id, author.login, "
    "author.view_href, board.id, parent.id"
)
REJECTED = frozenset({"rejected", "marked_rejected"})
WAITING = frozenset({"unmoderated", "marked_undecided"})
_NUMBER = re.compile(r"[0-9]{1,18}")
_PATH = re.compile(r"/[a-z]{1,4}-p/([0-9]{1,18})(?=/|$)")
_FRAGMENT = re.compile(r"M([0-9]{1,18})")

Message = Mapping[str, Any]


def id_of(message: Message) -> str:
    """Return the number of a message; empty for what has none."""
    told = message.get("id")
    name = str(told) if isinstance(told, (int, str)) else ""
    return name if _NUMBER.fullmatch(name) else ""


def milliseconds(message: Message) -> int:
    """Return when it was posted, in milliseconds since 1970; 0 where it does not say."""
    moment = iso_moment(string(message, "post_time"))
    return int(moment.timestamp() * 1_000) if moment else 0


def text_of(message: Message) -> str:
    """Return what a message says."""
    return read_markup(string(message, "body")[: 4 * MAX_TEXT]).text


def status_of(message: Message) -> str:
    """Return what the moderators say of it."""
    return string(message, "moderation_status").lower()


def address_of(message: Message, base: str) -> str:
    """Return where a message stands."""
    return web_link(string(message, "view_href"), f"{base}/")


def read_message(message: Message, base: str) -> Posted | None:
    """Return a message as a post; None for what has no number, and for what its moderators threw away."""
    if not id_of(message) or status_of(message) in REJECTED:
        return None
    body = string(message, "body")[: 4 * MAX_TEXT]
    markup = read_markup(body, base=f"{base}/")
    who = mapping(message.get("author"))
    login = decode_entities(string(who, "login"))
    return post(
        external_id=id_of(message),
        title=decode_entities(string(message, "subject")),
        text=markup.text,
        url=address_of(message, base),
        writer=author(
            name=login, handle=login, url=web_link(string(who, "view_href"), f"{base}/"), external_id=id_of(who)
        ),
        published_at=iso_moment(string(message, "post_time")),
        lang=string(message, "language"),
        links=markup.hrefs,
        media=in_markup(body, f"{base}/", hosts_of(urlsplit(base).hostname or "")),
        reply_to=id_of(mapping(message.get("parent"))),
        facts={"board": string(mapping(message.get("board")), "id"), "open": message.get("read_only") is not True},
    )


def id_in(url: str, base: str) -> str:
    """Return the number of the message at an address of the community; empty for other addresses."""
    link = on_site(url, base)
    found = (_FRAGMENT.fullmatch(link.fragment) or _PATH.search(link.path)) if link else None
    return found[1] if found else ""
