"""Comments and mentions as posts
(https://learn.microsoft.com/linkedin/marketing/community-management/shares/comments-api).

LinkedIn tells an application of a Page who wrote something by a number alone, and no names.
"""

from bot.sources.kinds.linkedin.urns import SITE, Comment, address_of, is_post, read_urn
from bot.sources.kit.build import author, moment, post
from bot.sources.kit.fields import Thing, number, part, text
from bot.sources.kit.json import mapping, objects, string
from bot.sources.kit.pictures import each
from handlers.base.events import Posted
from handlers.base.media import MediaKind

HOSTS = ("media.licdn.com",)

# When a comment was written, in milliseconds since 1970.
created = number("created.time")
# The URN of who wrote it.
writer_of = text("actor")
text_of = text("message.text")
# When what a notification tells of happened, in milliseconds since 1970; and, of what it is about, as far as it tells.
changed = number("lastModifiedAt")
_activity = text("generatedActivity")
_share = part("decoratedGeneratedActivity.share")
_comment = part("decoratedGeneratedActivity.comment")


def urn_of(comment: Thing) -> Comment | None:
    """Return what a comment is called."""
    return read_urn(string(comment, "commentUrn")) or read_urn(string(comment, "$URN"))


def number_of(comment: Thing) -> str:
    """Return the number of a comment; empty where it has none."""
    made = urn_of(comment)
    return made.number if made is not None else ""


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
    return post(
        external_id=urn.name,
        text=text_of(comment),
        url=address_of(urn, top),
        writer=author(external_id=writer_of(comment)),
        published_at=moment(created(comment) / 1_000),
        reply_to=reply_to or (top.name if top is not None else ""),
        media=each(MediaKind.PICTURE, (string(one, "url") for one in objects(comment.get("content"))), HOSTS),
        facts={"thread": urn.thread, "comment": urn.number},
    )


def read_share(notification: Thing) -> Posted | None:
    """Return a post that mentions our Page, as its notification tells it; None for what names none."""
    told = _share(notification)
    urn = string(told, "entity") or _activity(notification)
    if not is_post(urn):
        return None
    return post(
        external_id=urn,
        title=string(told, "title"),
        text=string(told, "text"),
        url=f"{SITE}/feed/update/{urn}/",
        writer=author(external_id=string(told, "owner")),
        published_at=moment(changed(notification) / 1_000),
        facts={"thread": urn},
    )


def read_told(notification: Thing, urn: Comment) -> Posted | None:
    """Return a comment as its notification tells it, which does not say what it answers; None where it tells none."""
    told, at = _comment(notification), {"time": changed(notification)}
    if not string(told, "text"):
        return None
    return read_comment({"actor": string(told, "owner"), "message": told, "created": at}, urn)


def comment_of(notification: Thing) -> Comment | None:
    """Return the comment that a notification is about."""
    return read_urn(string(_comment(notification), "entity")) or read_urn(_activity(notification))
