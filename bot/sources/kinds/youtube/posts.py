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
from collections.abc import Sequence

from bot.sources.kit.build import author, iso_moment, post
from bot.sources.kit.fields import Thing, either, number, part, parts, text, timestamp
from bot.sources.kit.html import decode_entities
from bot.sources.kit.json import string
from bot.sources.kit.pictures import each
from bot.sources.kit.rows import answered
from handlers.base.events import Author, Posted
from handlers.base.media import MediaKind

SITE = "https://www.youtube.com"
FACES = ("yt3.ggpht.com", "*.googleusercontent.com")
STILLS = ("i.ytimg.com",)
HELD = frozenset({"heldForReview", "likelySpam"})
REJECTED = "rejected"
_SHOWN = frozenset({"", "published"})
_NAMED = re.compile(r"@([\w.·-]{1,60})")

# What a thing says of itself.
snippet = part("snippet")
# The channel that wrote a comment; of some that are gone there is none.
channel_of = text("snippet.authorChannelId.value")
# A text as it was written where YouTube says so, which it does of our own alone, else as it is shown.
text_of = either(text("snippet.textOriginal"), text("snippet.textDisplay"))
# What the moderation of our channel says of a comment; mostly nothing.
status_of = text("snippet.moderationStatus")
_name_of = text("snippet.authorDisplayName")
# When it was written.
seconds = timestamp("snippet.publishedAt")
id_of = text("id")
# The comment with which a thread begins, how many answers stand below it, and those of them that YouTube shows beside
# it: some, and not always all.
top_of = part("snippet.topLevelComment")
count_of = number("snippet.totalReplyCount")
inline_of = parts("replies.comments")
# Of what a search found: the video, and a still of it.
_video_of = text("id.videoId")
_still_of = text("snippet.thumbnails.high.url")


def is_edited(comment: Thing) -> bool:
    """Say whether it was changed since it was written."""
    return string(snippet(comment), "updatedAt") != string(snippet(comment), "publishedAt")


def is_public(thread: Thing) -> bool:
    """Say whether everybody may read a thread."""
    return snippet(thread).get("isPublic", True) is True


def is_shown(comment: Thing) -> bool:
    """Say whether a comment has a name, and was not held back."""
    return bool(id_of(comment)) and status_of(comment) in _SHOWN


def address(comment_id: str, video: str, channel: str) -> str:
    """Return where a comment stands; "" where nothing says below what."""
    if video:
        return f"{SITE}/watch?v={video}&lc={comment_id}"
    return f"{SITE}/channel/{channel}/community?lc={comment_id}" if channel else ""


def read_replies(thread: Thing, replies: Sequence[Thing], us: str) -> list[Posted]:
    """Return what stands below it, oldest first; all of it has to be there, so that it is known what answers what."""
    ordered = sorted(filter(is_shown, replies), key=seconds)
    above = ((reply, answers(thread, ordered[:place], reply, us)) for place, reply in enumerate(ordered))
    return [read_comment(thread, reply, answered_one) for reply, answered_one in above]


def read_comment(thread: Thing, comment: Thing, reply_to: str = "") -> Posted:
    """Return a comment of a thread; one that is looked at by itself answers the first."""
    told, around = snippet(comment), snippet(thread)
    video = string(around, "videoId") or string(told, "videoId")
    channel = string(around, "channelId") or string(told, "channelId")
    return post(
        external_id=id_of(comment),
        text=text_of(comment),
        url=address(id_of(comment), video, channel),
        writer=_writer(comment),
        published_at=iso_moment(string(told, "publishedAt")),
        reply_to=reply_to or (id_of(thread) if id_of(comment) != id_of(thread) else ""),
        media=each(MediaKind.PICTURE, [string(told, "imageUrl")], (*FACES, *STILLS)),
        facts={"thread": id_of(thread), "open": around.get("canReply") is True},
    )


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
    row = [(id_of(one), channel_of(one)) for one in before]
    return answered(id_of(thread), channel_of(top_of(thread)), row, channel_of(reply), us, spoken_to)


def read_video(result: Thing) -> Posted | None:
    """Return a video that a search found, as far as it tells; None for what is none."""
    told, video = snippet(result), _video_of(result)
    if not video:
        return None
    channel, name = string(told, "channelId"), decode_entities(string(told, "channelTitle"))
    return post(
        external_id=f"video/{video}",
        title=decode_entities(string(told, "title")),
        text=decode_entities(string(told, "description")),
        url=f"{SITE}/watch?v={video}",
        writer=author(name=name, url=f"{SITE}/channel/{channel}" if channel else "", external_id=channel),
        published_at=iso_moment(string(told, "publishedAt")),
        media=each(MediaKind.VIDEO, [_still_of(result)], STILLS),
    )


def _writer(comment: Thing) -> Author:
    told, name = snippet(comment), _name_of(comment)
    return author(
        name=name,
        handle=name if name.startswith("@") else "",
        url=string(told, "authorChannelUrl"),
        external_id=channel_of(comment),
        avatar=string(told, "authorProfileImageUrl"),
        hosts=FACES,
    )


def _name(comment: Thing) -> str:
    return _name_of(comment).removeprefix("@").casefold()
