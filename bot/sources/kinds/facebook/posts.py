"""Comments and posts on a Page as posts, from what the API lists and from what the webhook tells.

A comment is named by the number of its post and its own, "12_34"; the post by that of its Page, "1_12". Both ways tell
the same of it, so what came by one is known when it comes by the other. Comments stand one level deep: who answers an
answer stands below the first comment, too (https://developers.facebook.com/docs/graph-api/reference/comment).

Who wrote something is not told to applications without Advanced Access; what our Page wrote always says so. Old
deliveries name the writer as ``sender_id``, a number.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from bot.sources.kit.build import author, post
from bot.sources.kit.html import web_link
from bot.sources.kit.json import mapping, objects, string
from bot.sources.kit.meta import ident, when
from bot.sources.kit.pictures import media
from handlers.base.events import Author, Posted
from handlers.base.media import Media, MediaKind

SITE = "https://www.facebook.com"
HOSTS = ("*.fbcdn.net",)
COMMENT_FIELDS = (
    "id,message,created_time,from{id,name},parent{id},can_comment,is_hidden,attachment{type,media{image{src}}}"
)
POST_FIELDS = "id,message,created_time,from{id,name},is_hidden,full_picture"
_ID = re.compile(r"[0-9]{1,30}_[0-9]{1,30}")
_POST_ITEMS = frozenset({"post", "status", "photo", "video", "share", "link"})
_SITES = frozenset({"facebook.com", "www.facebook.com", "m.facebook.com", "web.facebook.com"})
_PLACE = re.compile(r"/+(?:permalink\.php|[^/]+/+posts/+([^/]+))/*")
_NUMBER = re.compile(r"[0-9]{1,30}")

Thing = Mapping[str, Any]


def id_of(thing: Thing) -> str:
    """Return the id of what the API lists; "" for what is none."""
    return named(ident(thing, "id"))


def named(given: str) -> str:
    """Return an id where it is one, else nothing."""
    return given if _ID.fullmatch(given) else ""


def writer_id(thing: Thing) -> str:
    """Return who wrote something; "" where that is not told."""
    return ident(mapping(thing.get("from")), "id") or ident(thing, "sender_id")


def seconds(thing: Thing) -> float:
    """Return when something was written, in seconds since 1970; 0 where it does not say."""
    moment = when(thing, "created_time")
    return moment.timestamp() if moment else 0.0


def is_hidden(thing: Thing) -> bool:
    """Say whether a colleague hid it, so that its writer and their friends alone see it."""
    return thing.get("is_hidden") is True


def below(thing: Thing) -> list[Thing]:
    """Return those of its comments that are listed with a post."""
    return objects(mapping(thing.get("comments")).get("data"))


def address(post_id: str, comment_id: str = "", thread: str = "") -> str:
    """Return where a post stands, or a comment below it, or an answer in the thread of one."""
    page, _, number = post_id.partition("_")
    inside = thread not in ("", post_id, comment_id)
    steps = {"comment_id": thread, "reply_comment_id": comment_id} if inside else {"comment_id": comment_id}
    asked = urlencode({name: step.rpartition("_")[2] for name, step in steps.items() if comment_id})
    return f"{SITE}/{page}/posts/{number}{'?' if asked else ''}{asked}"


def read_post(thing: Thing) -> Posted | None:
    """Return a post; None for what is none, is hidden, or says and shows nothing."""
    return read_comment(thing, id_of(thing))


def read_comment(thing: Thing, post_id: str) -> Posted | None:
    """Return a comment below a post, or that post itself; None as above."""
    picture, attached = string(thing, "full_picture"), mapping(thing.get("attachment"))
    shown = [media(MediaKind.PICTURE, picture, hosts=HOSTS)] if picture else [_attached(attached)] if attached else []
    return _built(thing, id_of(thing), post_id, named(ident(mapping(thing.get("parent")), "id")), shown)


def read_told(value: Thing) -> Posted | None:
    """Return what a delivery tells of a comment or a post; None for what is neither, or holds no words to show."""
    name, post_id = told_id(value), named(ident(value, "post_id"))
    if not post_id or (name == post_id and value.get("published") in (0, False)):
        return None
    return _built(value, name, post_id, named(ident(value, "parent_id")), list(_told_media(value)))


def told_id(value: Thing) -> str:
    """Return what a delivery is about; "" for likes, and for whatever else is no post or comment."""
    item = string(value, "item")
    return named(ident(value, "comment_id" if item == "comment" else "post_id" if item in _POST_ITEMS else ""))


def ids_in(url: str, page: str) -> tuple[str, str]:
    """Return the post that an address of our Page names, and the comment below it, if any; nothing for others.

    Addresses with letters for a number ("pfbid…") cannot be read by anybody but Facebook.
    """
    parts = urlsplit(web_link(url))
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    place = _PLACE.fullmatch(parts.path) if (parts.hostname or "").lower() in _SITES else None
    number = (place[1] or query.get("story_fbid", "")) if place else ""
    comment = query.get("reply_comment_id") or query.get("comment_id", "")
    if not _NUMBER.fullmatch(number) or query.get("id", page) != page:
        return "", ""
    return f"{page}_{number}", f"{number}_{comment}" if _NUMBER.fullmatch(comment) else ""


def _built(thing: Thing, name: str, post_id: str, parent: str, shown: list[Media]) -> Posted | None:
    """Build it; a comment below nothing else answers its post."""
    text = string(thing, "message")
    if not name or is_hidden(thing) or not (text.strip() or shown):
        return None
    thread = name if parent in ("", post_id) or name == post_id else parent
    closed = {"closed": True} if thing.get("can_comment") is False else {}
    return post(
        external_id=name,
        text=text,
        url=address(post_id, name if name != post_id else "", thread),
        writer=_writer(thing),
        published_at=when(thing, "created_time"),
        reply_to=(parent or post_id) if name != post_id else "",
        media=shown,
        facts={"post": post_id, "thread": thread, **closed},
    )


def _writer(thing: Thing) -> Author:
    told = mapping(thing.get("from"))
    name = string(told, "name") or string(thing, "sender_name")
    number = writer_id(thing)
    return author(name=name, url=f"{SITE}/{number}" if number else "", external_id=number)


def _attached(attached: Thing) -> Media:
    source = string(mapping(mapping(attached.get("media")).get("image")), "src")
    kind = MediaKind.VIDEO if string(attached, "type").startswith("video") else MediaKind.PICTURE
    return media(kind if source else MediaKind.OTHER, source, hosts=HOSTS)


def _told_media(value: Thing) -> Iterator[Media]:
    if string(value, "photo"):
        yield media(MediaKind.PICTURE, string(value, "photo"), hosts=HOSTS)
    if string(value, "video"):
        yield media(MediaKind.VIDEO)
