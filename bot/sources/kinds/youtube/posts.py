"""YouTube's comments and videos as posts.

A thread is a comment and what stands below it, flat: whoever answers answers the first comment, and a person is
addressed by name, if at all (https://developers.google.com/youtube/v3/docs/comments/list). So that a talk is told from
its neighbours in the same thread, what somebody writes there is read as an answer to the reply of ours that came
since they last wrote: the first such one for whom the thread is, who is answered first, and the last for others; else
to what they wrote before; else to the first comment. A reply of ours that begins with a name answers that person.

Asked for as plain text. Older threads, and those below posts of a channel, have no video; what was held back for the
moderators was not said in public, and is not heard.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from bot.sources.kit.build import author, iso_moment, post
from bot.sources.kit.html import decode_entities
from bot.sources.kit.json import mapping, objects, string, whole
from bot.sources.kit.pictures import media
from bot.sources.kit.rows import answered
from handlers.base.events import Author, Posted
from handlers.base.media import Media, MediaKind

SITE = "https://www.youtube.com"
FACES = ("yt3.ggpht.com", "*.googleusercontent.com")
STILLS = ("i.ytimg.com",)
HELD = frozenset({"heldForReview", "likelySpam"})
REJECTED = "rejected"
_SHOWN = frozenset({"", "published"})
_NAMED = re.compile(r"@([\w.·-]{1,60})")

Thing = Mapping[str, Any]


def snippet(thing: Thing) -> Thing:
    """Return what a thing says of itself."""
    return mapping(thing.get("snippet"))


def channel_of(comment: Thing) -> str:
    """Return the id of the channel that wrote a comment; of some that are gone there is none."""
    return string(mapping(snippet(comment).get("authorChannelId")), "value")


def text_of(comment: Thing) -> str:
    """Return a text as it was written where YouTube says so, which it does of our own alone, else as it is shown."""
    return string(snippet(comment), "textOriginal") or string(snippet(comment), "textDisplay")


def status_of(comment: Thing) -> str:
    """Return what the moderation of our channel says of a comment; mostly nothing."""
    return string(snippet(comment), "moderationStatus")


def seconds(comment: Thing) -> float:
    """Return when it was written, in seconds since 1970; 0 when it does not say."""
    moment = iso_moment(string(snippet(comment), "publishedAt"))
    return moment.timestamp() if moment else 0.0


def is_edited(comment: Thing) -> bool:
    """Say whether it was changed since it was written."""
    return string(snippet(comment), "updatedAt") != string(snippet(comment), "publishedAt")


def top_of(thread: Thing) -> Thing:
    """Return the comment with which a thread begins."""
    return mapping(snippet(thread).get("topLevelComment"))


def inline_of(thread: Thing) -> list[Thing]:
    """Return those of its answers that YouTube shows beside a thread: some, and not always all."""
    return objects(mapping(thread.get("replies")).get("comments"))


def count_of(thread: Thing) -> int:
    """Return how many answers stand in a thread."""
    return max(whole(snippet(thread), "totalReplyCount"), 0)


def is_public(thread: Thing) -> bool:
    """Say whether everybody may read a thread."""
    return snippet(thread).get("isPublic", True) is True


def is_shown(comment: Thing) -> bool:
    """Say whether a comment has a name, and was not held back."""
    return bool(string(comment, "id")) and status_of(comment) in _SHOWN


def address(comment_id: str, video: str, channel: str) -> str:
    """Return where a comment stands; "" where nothing says below what."""
    if video:
        return f"{SITE}/watch?v={video}&lc={comment_id}"
    return f"{SITE}/channel/{channel}/community?lc={comment_id}" if channel else ""


def read_top(thread: Thing) -> Posted:
    """Return the comment with which a thread begins."""
    return _read(thread, top_of(thread))


def read_replies(thread: Thing, replies: Sequence[Thing], us: str) -> list[Posted]:
    """Return what stands below it, oldest first; all of it has to be there, so that it is known what answers what."""
    ordered = sorted(filter(is_shown, replies), key=seconds)
    return [_read(thread, reply, answers(thread, ordered[:number], reply, us)) for number, reply in enumerate(ordered)]


def read_reply(thread: Thing, reply: Thing) -> Posted:
    """Return one that is looked at by itself, as an answer to the first comment."""
    return _read(thread, reply, string(thread, "id"))


def answers(thread: Thing, before: Sequence[Thing], reply: Thing, us: str) -> str:
    """Return the id of what a reply answers.

    Args:
        thread: Where it stands.
        before: What stands there before it, oldest first.
        reply: The reply.
        us: Our channel.
    """
    named = _NAMED.match(text_of(reply).strip())
    name = named[1].casefold() if named else ""
    spoken_to = next((channel_of(one) for one in reversed(before) if name and _name(one) == name), "")
    row = [(string(one, "id"), channel_of(one)) for one in before]
    return answered(string(thread, "id"), channel_of(top_of(thread)), row, channel_of(reply), us, spoken_to)


def read_video(result: Thing) -> Posted | None:
    """Return a video that a search found, as far as it tells; None for what is none."""
    told, video = snippet(result), string(mapping(result.get("id")), "videoId")
    if not video:
        return None
    channel, name = string(told, "channelId"), decode_entities(string(told, "channelTitle"))
    still = string(mapping(mapping(told.get("thumbnails")).get("high")), "url")
    return post(
        external_id=f"video/{video}",
        title=decode_entities(string(told, "title")),
        text=decode_entities(string(told, "description")),
        url=f"{SITE}/watch?v={video}",
        writer=author(name=name, url=f"{SITE}/channel/{channel}" if channel else "", external_id=channel),
        published_at=iso_moment(string(told, "publishedAt")),
        media=[media(MediaKind.VIDEO, still, hosts=STILLS)] if still else [],
    )


def _read(thread: Thing, comment: Thing, reply_to: str = "") -> Posted:
    told, around = snippet(comment), snippet(thread)
    video = string(around, "videoId") or string(told, "videoId")
    channel = string(around, "channelId") or string(told, "channelId")
    return post(
        external_id=string(comment, "id"),
        text=text_of(comment),
        url=address(string(comment, "id"), video, channel),
        writer=_writer(comment),
        published_at=iso_moment(string(told, "publishedAt")),
        reply_to=reply_to,
        media=_shown_by(told),
        facts={"thread": string(thread, "id"), "open": around.get("canReply") is True},
    )


def _shown_by(told: Thing) -> list[Media]:
    picture = string(told, "imageUrl")
    return [media(MediaKind.PICTURE, picture, hosts=(*FACES, *STILLS))] if picture else []


def _writer(comment: Thing) -> Author:
    told, name = snippet(comment), string(snippet(comment), "authorDisplayName")
    return author(
        name=name,
        handle=name if name.startswith("@") else "",
        url=string(told, "authorChannelUrl"),
        external_id=channel_of(comment),
        avatar=string(told, "authorProfileImageUrl"),
        hosts=FACES,
    )


def _name(comment: Thing) -> str:
    return string(snippet(comment), "authorDisplayName").removeprefix("@").casefold()
