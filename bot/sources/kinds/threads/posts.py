"""Posts of Threads as events (https://developers.facebook.com/docs/threads/threads-media).

A field that Threads does not know in one of its lists costs the whole answer, so all lists are asked for what they all
have. Authors are told by their names alone. What somebody hid is not public, and not heard.
"""

import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any

from bot.sources.kit.build import author, post
from bot.sources.kit.json import mapping, string
from bot.sources.kit.meta import ident, when
from bot.sources.kit.pictures import media
from bot.sources.kit.replying import words
from handlers.base.events import Posted
from handlers.base.media import Media, MediaKind

SITE = "https://www.threads.com"
HOSTS = ("threads.com", "threads.net")
FILES = ("*.cdninstagram.com", "*.fbcdn.net")
FIELDS = (
    "id,has_replies,hide_status,is_reply,media_type,media_url,permalink,profile_picture_url,replied_to,reply_audience,"
    "root_post,text,thumbnail_url,timestamp,username"
)
MENTION = "mention"
# Others are hidden by our colleagues, or by Threads.
_SHOWN = ("", "NOT_HUSHED", "UNHUSHED")
_KINDS = {"IMAGE": MediaKind.PICTURE, "VIDEO": MediaKind.VIDEO, "CAROUSEL_ALBUM": MediaKind.PICTURE}

Post = Mapping[str, Any]


def seconds(one: Post) -> float:
    """Return when it was written, in seconds since 1970; 0 where that is not told."""
    moment = when(one, "timestamp")
    return moment.timestamp() if moment else 0.0


def by(one: Post) -> str:
    """Return the name of who wrote it, as names are compared."""
    return string(one, "username").lower()


def answered(one: Post) -> str:
    """Return the id of the post that it answers; empty where it answers none."""
    return ident(mapping(one.get("replied_to")), "id")


def root(one: Post) -> str:
    """Return the id of the post with which its thread began; empty where it is that post."""
    return ident(mapping(one.get("root_post")), "id")


def is_public(one: Post) -> bool:
    """Say whether it is words of its author's that everybody may read."""
    return (
        bool(ident(one, "id")) and string(one, "hide_status") in _SHOWN and string(one, "media_type") != "REPOST_FACADE"
    )


def read_post(one: Post, us: str, heard_as: str = "") -> Posted:
    """Return what stands there as a post; ``us`` is the name of our account."""
    name, text = string(one, "username"), string(one, "text")
    audience = string(one, "reply_audience")
    named = f"@{us}" in text.lower()
    facts = {"audience": audience, "heard": heard_as, "named": named or None}
    return post(
        external_id=ident(one, "id"),
        text=text,
        url=string(one, "permalink"),
        writer=author(
            name=name,
            handle=name,
            url=f"{SITE}/@{name}" if name else "",
            avatar=string(one, "profile_picture_url"),
            hosts=FILES,
        ),
        published_at=when(one, "timestamp"),
        reply_to=answered(one),
        media=_media(one),
        facts={key: value for key, value in facts.items() if value} or {"heard": heard_as},
    )


def plain(text: str) -> str:
    """Return a text as it compares, however its spaces and signs are written."""
    return words(unicodedata.normalize("NFC", text))


def _media(one: Post) -> Iterator[Media]:
    kind = _KINDS.get(string(one, "media_type"))
    if kind is not None:
        still = string(one, "thumbnail_url") if kind is MediaKind.VIDEO else string(one, "media_url")
        yield media(kind, still, hosts=FILES)
