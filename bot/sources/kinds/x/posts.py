"""Posts of X as events (https://docs.x.com/x-api/fundamentals/data-dictionary).

An edit is a post with an id of its own, so a post is known by the first of its history; where an answer goes is the
latest, which stands in its facts. What is longer than 280 stands in its note, and is cut where its text is. Links are
told shortened, with what they lead to beside them. The newer names of fields ("post" for "tweet") are read, too.

What a protected account says is said to its followers, and not heard, though our account may be one of them.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bot.sources.kit.beside import descriptions, with_beside
from bot.sources.kit.build import author, iso_moment, post
from bot.sources.kit.fields import either, ids, part, parts
from bot.sources.kit.json import mapping, objects, string
from bot.sources.kit.pictures import media
from bot.sources.kit.rest import Query
from handlers.base.events import Posted
from handlers.base.media import Media, MediaKind
from handlers.text.urls import canonical_url

SITE = "https://x.com"
HOSTS = ("x.com", "twitter.com")
FILES = ("pbs.twimg.com",)
FIELDS: Query = (
    (
        "tweet.fields",
        "attachments,author_id,conversation_id,created_at,edit_history_tweet_ids,entities,in_reply_to_user_id,lang,"
        "note_tweet,possibly_sensitive,referenced_tweets,reply_settings",
    ),
    ("expansions", "attachments.media_keys,author_id"),
    ("user.fields", "name,profile_image_url,protected,public_metrics,username"),
    ("media.fields", "alt_text,preview_image_url,type,url"),
)

_ID = re.compile(r"[0-9]{1,19}")
_STATUS = re.compile(r"https?://(?:www\.|mobile\.)?(?:x|twitter)\.com/([^/?#]+)/status/([0-9]+)(.*)", re.IGNORECASE)
_CANONICAL = re.compile(r"https://twitter\.com/i/status/([0-9]{1,19})")
_KINDS = {"photo": MediaKind.PICTURE, "video": MediaKind.VIDEO, "animated_gif": MediaKind.VIDEO}

Post = Mapping[str, Any]

# By the older names and by the newer ones: the states of a post, what it refers to, and what is longer than 280.
_states = either(ids("edit_history_tweet_ids"), ids("edit_history_post_ids"))
_references = either(parts("referenced_tweets"), parts("referenced_posts"))
_note = either(part("note_tweet"), part("note_post"))
_keys = ids("attachments.media_keys")


@dataclass(frozen=True, slots=True)
class Me:
    """Our account."""

    id: str
    username: str


@dataclass(frozen=True, slots=True)
class Shown:
    """Posts as one answer shows them, the newest first; users and files by id; ``following`` = the next page."""

    posts: tuple[Post, ...]
    users: Mapping[str, Post]
    files: Mapping[str, Post]
    following: str


def read_shown(answer: Mapping[str, Any]) -> Shown:
    """Read an answer that holds posts; what has no id is none."""
    beside = mapping(answer.get("includes"))
    return Shown(
        tuple(one for one in objects(answer.get("data")) if number(one)),
        {string(one, "id"): one for one in objects(beside.get("users"))},
        {string(one, "media_key"): one for one in objects(beside.get("media"))},
        string(mapping(answer.get("meta")), "next_token"),
    )


def number(one: Post) -> int:
    """Return the id of a post as a number, which grows with time; 0 where it has none."""
    told = string(one, "id")
    return int(told) if _ID.fullmatch(told) else 0


def history(one: Post) -> list[str]:
    """Return the ids of all states of a post, the first one first."""
    return [each for each in _states(one) if _ID.fullmatch(each)]


def first_id(one: Post) -> str:
    """Return by what a post is known, however often it is edited."""
    return next(iter(history(one)), string(one, "id"))


def referred(one: Post, how: str) -> str:
    """Return the id of the post that this one answers ("replied_to"), quotes or passes on; empty where it does not."""
    return next((string(each, "id") for each in _references(one) if each.get("type") == how), "")


def is_public(one: Post, shown: Shown) -> bool:
    """Say whether a post was said to everybody, in words of its author's own."""
    return not referred(one, "retweeted") and not shown.users.get(string(one, "author_id"), {}).get("protected")


def read_post(one: Post, shown: Shown, me: Me) -> Posted:
    """Return what stands there as a post."""
    words, links = spelt_out(one)
    files = [shown.files.get(key, {}) for key in _keys(one)]
    who = shown.users.get(string(one, "author_id"), {})
    name = string(who, "username")
    return post(
        external_id=first_id(one),
        text=with_beside(words, descriptions(string(file, "alt_text") for file in files)),
        url=address(string(one, "id"), name),
        writer=author(
            name=string(who, "name") or name,
            handle=name,
            url=f"{SITE}/{name}" if name else "",
            external_id=string(one, "author_id"),
            avatar=string(who, "profile_image_url"),
            hosts=FILES,
            followers=mapping(who.get("public_metrics")).get("followers_count"),
        ),
        published_at=iso_moment(string(one, "created_at")),
        lang=string(one, "lang"),
        links=links,
        reply_to=referred(one, "replied_to"),
        thread=_thread(one, me),
        media=_media(files, hidden=bool(one.get("possibly_sensitive"))),
        facts={"id": (history(one) or [string(one, "id")])[-1], "summoned": _is_summons(one, me)},
    )


def address(post_id: str, username: str = "") -> str:
    """Return where a post stands; X finds it whoever is named."""
    return f"{SITE}/{username or 'i'}/status/{post_id}"


def id_in(url: str) -> str:
    """Return the id in the address of a post, however it is written; empty for other addresses."""
    found = _CANONICAL.fullmatch(canonical_url(url))
    return found[1] if found else ""


def spelt_out(one: Post) -> tuple[str, list[str]]:
    """Return the whole words of a post, each link as what it leads to, and those links.

    X writes the three signs of HTML as entities. The address of what is shown below the words is none of them.
    """
    text = string(_note(one), "text") or string(one, "text")
    for entity, sign in (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):
        text = text.replace(entity, sign)
    links = []
    for link in _entities(one, "urls"):
        short, long = string(link, "url"), string(link, "expanded_url") or string(link, "url")
        status = _STATUS.fullmatch(long)
        shown_below = "media_key" in link or (status is not None and status[3].startswith(("/photo/", "/video/")))
        links += [] if shown_below else [long]
        text = text.replace(short, "" if shown_below else long) if short else text
    return text, links


def _entities(one: Post, kind: str) -> list[Post]:
    """Return the links or the names in a post: those of its note, and those of its text."""
    return [each for part in (_note(one), one) for each in objects(mapping(part.get("entities")).get(kind))]


def _thread(one: Post, me: Me) -> str:
    """Return the name of the post with which a conversation began; none where the post answers one of ours."""
    began = string(one, "conversation_id")
    return "" if began == string(one, "id") or string(one, "in_reply_to_user_id") == me.id else began


def _is_summons(one: Post, me: Me) -> bool:
    """Say whether its author spoke to us: by our name, or by quoting us where everybody may answer."""
    named = _entities(one, "mentions")
    if any(string(who, "id") == me.id or _same(string(who, "username"), me.username) for who in named):
        return True
    statuses = [_STATUS.fullmatch(string(link, "expanded_url")) for link in _entities(one, "urls")]
    quotes_us = any(
        found and found[2] == referred(one, "quoted") and _same(found[1], me.username) for found in statuses
    )
    return quotes_us and string(one, "reply_settings") in ("", "everyone")


def _same(name: str, other: str) -> bool:
    return name.casefold() == other.casefold()


def _media(files: list[Post], *, hidden: bool) -> Iterator[Media]:
    for file in files:
        kind = _KINDS.get(string(file, "type"), MediaKind.OTHER)
        still = string(file, "url") if kind is MediaKind.PICTURE else string(file, "preview_image_url")
        yield media(kind, still, alt=string(file, "alt_text"), hosts=FILES, hidden=hidden)
