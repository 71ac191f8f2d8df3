"""Posts and comments of Lemmy as events, in the words of both versions of its API.

Version 3 says ``published`` and ``actor_id`` where version 4 says ``published_at`` and ``ap_id``, and what tells of a
mention stands around the same view of a comment, which has its author, its post and its community.

A thing is known by its federated address (``ap_id``): it is the same on every instance, so what another instance shows
too is no other post, and nothing is lost where the source moves to another one. The numbers that requests want are
those of our instance; they are facts for whoever answers. Which comment one answers is told by such a number
(``path``), so its address has to be known or asked for (``bot.sources.kinds.lemmy.source``).

Markdown stays as it was written, without what readers are not shown: definitions of links that nothing leads to.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from bot.sources.kit.beside import descriptions, with_beside
from bot.sources.kit.build import author, deleted, iso_moment, known, post
from bot.sources.kit.html import web_link
from bot.sources.kit.json import mapping, string, whole
from bot.sources.kit.pictures import Hosts, hosts_of, media
from handlers.base.events import Author, Event
from handlers.base.media import MediaKind
from handlers.text.bounds import MAX_TEXT

_NOTICES = ("notification", "person_mention", "comment_reply")
# What a community is that lets everybody read (``CommunityVisibility``); the others are "localonly",
# "localonlyprivate" and "private", and any other word is not public either. Instances from before there were these
# words had public ones alone.
_OPEN_TO_ALL = frozenset({"public", "unlisted", "localonlypublic"})
_UNSEEN = re.compile(r"(?m)^ {0,3}\[//\]: # \([^\n]*\)[ \t]*$\n?")
_PICTURE = re.compile(r"\.(?:png|jpe?g|gif|webp|avif)(?:\?|$)", re.IGNORECASE)

View = Mapping[str, Any]


def view_of(item: View) -> View:
    """Return the view of a comment or post, which a notification of version 4 holds as its data."""
    return mapping(item.get("data")) or item


def is_spoken(item: View) -> bool:
    """Say whether an entry of a list is words that are said to all; notifications tell of much else, too."""
    told = mapping(item.get("notification"))
    return not told or string(told, "kind").casefold() in ("mention", "reply")


def thing_of(view: View) -> View:
    """Return the comment that a view shows, or else the post."""
    return mapping(view.get("comment")) or mapping(view.get("post"))


def published(thing: View) -> datetime | None:
    """Return when it was written, by either version's name."""
    return iso_moment(string(thing, "published_at") or string(thing, "published"))


def seconds(item: View) -> int:
    """Return when somebody was told of it, or it was written, in seconds since 1970; 0 when it does not say."""
    notice = next((mapping(item[name]) for name in _NOTICES if name in item), None)
    at = published(thing_of(item) if notice is None else notice)
    return int(at.timestamp()) if at else 0


def address_of(thing: View) -> str:
    """Return the federated address of a post, a comment or an account; empty for what has none."""
    return web_link(string(thing, "ap_id") or string(thing, "actor_id"))


def above(comment: View) -> int:
    """Return our instance's number of the comment that one answers; 0 = it answers the post."""
    steps = string(comment, "path").split(".")[:-1]
    return int(steps[-1]) if steps and steps[-1].isascii() and steps[-1].isdecimal() and len(steps[-1]) < 19 else 0


def is_gone(thing: View) -> bool:
    """Say whether its text was taken away, by its author or a moderator."""
    return bool(thing.get("deleted") or thing.get("removed"))


def is_public(view: View) -> bool:
    """Say whether everybody may read where it stands."""
    community = mapping(view.get("community"))
    told = str(community.get("visibility", "public")) if community else ""
    return told.replace("_", "").casefold() in _OPEN_TO_ALL and not is_gone(community)


def full_name(person: View) -> str:
    """Return name@host of an account."""
    host = urlsplit(address_of(person)).hostname
    name = string(person, "name")
    return f"{name}@{host}" if name and host else name


def read_event(view: View, home: str, files: Hosts = (), *, reply_to: str = "") -> Event | None:
    """Return what stands there as an event; None for what is no post or comment, or not for everybody's eyes.

    Args:
        view: A comment or a post with its author, post and community.
        home: The host of our instance, which keeps the pictures of its own people.
        files: Other hosts where pictures lie.
        reply_to: The address of what it answers.
    """
    thing, top = thing_of(view), mapping(view.get("post"))
    if not address_of(thing) or not whole(thing, "id") or not is_public(view):
        return None
    if is_gone(thing):
        return deleted(address_of(thing))
    hosts = hosts_of(home) + files
    own = thing is top
    shown = string(thing, "thumbnail_url") or string(thing, "url")
    pictures = [shown] if own and _PICTURE.search(string(thing, "url")) else []
    alt = string(thing, "alt_text") if own else ""
    closed = bool(top.get("locked") or thing.get("locked"))
    return post(
        external_id=address_of(thing),
        title=string(top, "name"),
        text=with_beside(visible(string(thing, "body" if own else "content")), descriptions([alt])),
        url=address_of(thing),
        writer=_author(mapping(view.get("creator")), hosts),
        published_at=published(thing),
        links=[string(thing, "url")] if own else [],
        reply_to=reply_to,
        thread="" if own else address_of(top),
        media=[media(MediaKind.PICTURE, one, alt=alt, hosts=hosts, hidden=bool(top.get("nsfw"))) for one in pictures],
        facts=known(post=whole(top, "id"), comment=0 if own else whole(thing, "id"), closed=closed),
    )


def visible(markdown: str) -> str:
    """Return Markdown without what nobody is shown."""
    return _UNSEEN.sub("", markdown[: 2 * MAX_TEXT])


def _author(person: View, hosts: Hosts) -> Author:
    return author(
        name=string(person, "display_name") or string(person, "name"),
        handle=full_name(person),
        url=address_of(person),
        external_id=address_of(person),
        avatar=string(person, "avatar"),
        hosts=hosts,
    )
