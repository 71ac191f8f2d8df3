"""Comments and mentions as posts
(https://learn.microsoft.com/linkedin/marketing/community-management/shares/comments-api).

LinkedIn tells an application of a Page who wrote something by a number alone, and no names.
"""

from collections.abc import Mapping
from typing import Any

from bot.sources.kinds.linkedin.urns import SITE, Comment, address_of, is_post, read_urn
from bot.sources.kit.build import author, moment, post
from bot.sources.kit.json import mapping, objects, string, whole
from bot.sources.kit.pictures import media
from handlers.base.events import Posted
from handlers.base.media import MediaKind

HOSTS = ("media.licdn.com",)

Thing = Mapping[str, Any]


def created(comment: Thing) -> int:
    """Return when a comment was written, in milliseconds since 1970; 0 where it does not say."""
    return whole(mapping(comment.get("created")), "time")


def writer_of(comment: Thing) -> str:
    """Return the URN of who wrote a comment."""
    return string(comment, "actor")


def text_of(comment: Thing) -> str:
    """Return what a comment says."""
    return string(mapping(comment.get("message")), "text")


def urn_of(comment: Thing) -> Comment | None:
    """Return what a comment is called."""
    return read_urn(string(comment, "commentUrn")) or read_urn(string(comment, "$URN"))


def above(comment: Thing) -> Comment | None:
    """Return the comment below which one stands; None where that is the post itself."""
    return read_urn(string(comment, "parentComment"))


def spoken_to(comment: Thing) -> str:
    """Return the URN of whom a comment names before it says anything else."""
    for one in objects(mapping(comment.get("message")).get("attributes")):
        named = mapping(one.get("value"))
        if one.get("start") == 0:
            return string(mapping(named.get("person")), "person") or string(named, "person")
    return ""


def read_comment(comment: Thing, urn: Comment, reply_to: str = "") -> Posted:
    """Return a comment as a post; ``reply_to`` is what it answers."""
    top = above(comment)
    pictures = [string(one, "url") for one in objects(comment.get("content"))]
    return post(
        external_id=urn.name,
        text=text_of(comment),
        url=address_of(urn, top),
        writer=author(external_id=writer_of(comment)),
        published_at=moment(created(comment) / 1_000) if created(comment) else None,
        reply_to=reply_to or (top.name if top is not None else ""),
        media=[media(MediaKind.PICTURE, one, hosts=HOSTS) for one in pictures if one],
        facts={"thread": urn.thread, "comment": urn.number},
    )


def read_share(notification: Thing) -> Posted | None:
    """Return a post that mentions our Page, as its notification tells it; None for what names none."""
    told = mapping(mapping(notification.get("decoratedGeneratedActivity")).get("share"))
    urn = string(told, "entity") or string(notification, "generatedActivity")
    if not is_post(urn):
        return None
    at = whole(notification, "lastModifiedAt")
    return post(
        external_id=urn,
        title=string(told, "title"),
        text=string(told, "text"),
        url=f"{SITE}/feed/update/{urn}/",
        writer=author(external_id=string(told, "owner")),
        published_at=moment(at / 1_000) if at else None,
        facts={"thread": urn},
    )


def read_told(notification: Thing, urn: Comment) -> Posted | None:
    """Return a comment as its notification tells it, which does not say what it answers; None where it tells none."""
    told = mapping(mapping(notification.get("decoratedGeneratedActivity")).get("comment"))
    if not string(told, "text"):
        return None
    at = {"time": whole(notification, "lastModifiedAt")}
    return read_comment({"actor": string(told, "owner"), "message": told, "created": at}, urn)


def comment_of(notification: Thing) -> Comment | None:
    """Return the comment that a notification is about."""
    told = mapping(mapping(notification.get("decoratedGeneratedActivity")).get("comment"))
    return read_urn(string(told, "entity")) or read_urn(string(notification, "generatedActivity"))
