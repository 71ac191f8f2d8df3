"""Comments and media of Instagram as posts (https://developers.facebook.com/docs/instagram-platform/reference/instagram-media).

Threads below a comment are flat: whatever stands there answers the first comment, as Instagram has it, so whom somebody
answers follows from what was said before. The address of a comment is not told, and made of that of its media; what
mentions us elsewhere has none. Strangers may be told without their number, and then by their names.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bot.sources.kit.build import author, post
from bot.sources.kit.json import mapping, objects, string
from bot.sources.kit.meta import ident, when
from bot.sources.kit.pictures import media
from bot.sources.kit.rows import answered as in_a_row
from handlers.base.events import Author, Posted
from handlers.base.media import Media, MediaKind

SITE = "https://www.instagram.com"
HOSTS = ("instagram.com",)
FILES = ("*.cdninstagram.com", "*.fbcdn.net")
# What an account may ask of its own comments; of one that mentions it elsewhere less is told.
ONE = "id,from,hidden,parent_id,text,timestamp,username"
BELOW = 25
COMMENT = f"{ONE},media{{id,permalink}},replies.limit({BELOW}){{{ONE}}}"
MENTIONED = "id,media{id},text,timestamp,username"
MEDIA = "id,caption,media_type,media_url,timestamp,username"
OWN_MEDIA = "id,comments_count,timestamp"
TAGGED = f"{MEDIA},permalink"
COMMENT_KIND, MENTION, CAPTION, TAG, LIVE = "comment", "mention", "caption", "tag", "live"
_NAMED = re.compile(r"@([A-Za-z0-9._]{1,30})")
_KINDS = {"IMAGE": MediaKind.PICTURE, "VIDEO": MediaKind.VIDEO, "CAROUSEL_ALBUM": MediaKind.PICTURE}

Thing = Mapping[str, Any]


def seconds(thing: Thing) -> float:
    """Return when it was written, in seconds since 1970; 0 where that is not told."""
    moment = when(thing, "timestamp")
    return moment.timestamp() if moment else 0.0


def name_of(thing: Thing) -> str:
    """Return the name of who wrote it, as names are compared."""
    return (string(mapping(thing.get("from")), "username") or string(thing, "username")).lower()


def is_shown(comment: Thing) -> bool:
    """Say whether it is a comment that everybody may read."""
    return bool(ident(comment, "id")) and comment.get("hidden") is not True


def address(place: str, top: str, comment: str = "") -> str:
    """Return where a comment stands below media at ``place``, an answer in the thread of ``top``."""
    if not place:
        return ""
    inside = f"r/{comment}/" if comment and comment != top else ""
    return f"{place.rstrip('/')}/c/{top}/{inside}"


def below(comment: Thing) -> list[Thing]:
    """Return the answers that stand beside a comment, oldest first."""
    return sorted(objects(mapping(comment.get("replies")).get("data")), key=seconds)


def is_long(comment: Thing) -> bool:
    """Say whether there may be more answers than stand beside a comment."""
    return len(below(comment)) >= BELOW


def read_thread(top: Thing, us: str) -> list[Posted]:
    """Return a comment and its answers, as far as everybody may read them."""
    if not is_shown(top):
        return []
    place, answers = mapping(top.get("media")), [one for one in below(top) if is_shown(one)]
    told = [_comment(top, place, ident(top, "id"), "")]
    return told + [
        _comment(one, place, ident(top, "id"), answered(top, answers[:number], one, us))
        for number, one in enumerate(answers)
    ]


def answered(top: Thing, before: Sequence[Thing], one: Thing, us: str) -> str:
    """Return the id of what an answer in a thread answers.

    Args:
        top: The first comment.
        before: What stands in the thread before it, oldest first.
        one: The answer.
        us: The name of our account.
    """
    writer = name_of(one)
    # What our account said there to somebody else by name is no word of ours to the writer.
    row = [
        (ident(each, "id"), "" if name_of(each) == us and _named(each) not in ("", writer) else name_of(each))
        for each in before
    ]
    return in_a_row(ident(top, "id"), name_of(top), row, writer, us, _named(one))


def _named(one: Thing) -> str:
    """Return to whom a comment speaks by its first word; empty where that is no name."""
    found = _NAMED.match(string(one, "text").strip())
    return found[1].lower() if found else ""


def read_mention(comment: Thing, media_id: str) -> Posted | None:
    """Return a comment of somebody else's media that mentions us; None for what is none."""
    if not ident(comment, "id"):
        return None
    facts = {"kind": MENTION, "media": ident(mapping(comment.get("media")), "id") or media_id}
    return post(
        external_id=ident(comment, "id"),
        text=string(comment, "text"),
        writer=_writer(comment),
        published_at=when(comment, "timestamp"),
        facts=facts,
    )


def read_media(thing: Thing, us: str, *, tagged: bool) -> Posted | None:
    """Return somebody else's media that mention us in their caption, or on which we are tagged."""
    caption = string(thing, "caption")
    # Of what others wrote Instagram leaves the @ of a mention out, mostly.
    named = re.search(rf"(?<![\w.])@?{re.escape(us)}(?!\.?\w)", caption, re.IGNORECASE)
    kind = CAPTION if named or not tagged else TAG
    if not ident(thing, "id") or name_of(thing) == us:
        return None
    return post(
        external_id=ident(thing, "id"),
        text=caption,
        url=string(thing, "permalink"),
        writer=_writer(thing),
        published_at=when(thing, "timestamp"),
        media=_shown(thing),
        facts={"kind": kind, "media": ident(thing, "id")},
    )


def read_live(value: Thing, at: Thing) -> Posted | None:
    """Return a comment below a live video, as a delivery tells it, at the time of that."""
    if not ident(value, "id") or not string(value, "text"):
        return None
    return post(
        external_id=ident(value, "id"),
        text=string(value, "text"),
        writer=_writer(value),
        published_at=when(at, "time"),
        facts={"kind": LIVE},
    )


def _comment(one: Thing, place: Thing, top: str, reply_to: str) -> Posted:
    return post(
        external_id=ident(one, "id"),
        text=string(one, "text"),
        url=address(string(place, "permalink"), top, ident(one, "id")),
        writer=_writer(one),
        published_at=when(one, "timestamp"),
        reply_to=reply_to,
        facts={"kind": COMMENT_KIND, "top": top, "url": string(place, "permalink")},
    )


def _writer(thing: Thing) -> Author:
    name = string(mapping(thing.get("from")), "username") or string(thing, "username")
    return author(name=name, handle=name, url=f"{SITE}/{name}/" if _NAMED.fullmatch(f"@{name}") else "")


def _shown(thing: Thing) -> Iterator[Media]:
    kind = _KINDS.get(string(thing, "media_type"))
    if kind is not None:
        # Of a video the file is told, and no still.
        yield media(kind, string(thing, "media_url") if kind is MediaKind.PICTURE else "", hosts=FILES)
