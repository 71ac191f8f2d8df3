"""Posts of a forum as events, known by their ids, which they keep when a moderator moves them to another topic.

What a post answers is told by its number in the topic, and to answer nothing is to answer the first one. Its name is
known where that post was seen; else the forum is asked (``Forum.name``).
"""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from bot.sources.kinds.discourse.cooked import read_cooked
from bot.sources.kit.beside import descriptions, with_beside
from bot.sources.kit.build import author, iso_moment, known, post
from bot.sources.kit.fields import parts
from bot.sources.kit.html import on_site, web_link
from bot.sources.kit.json import string, whole
from bot.sources.kit.pictures import Hosts, hosts_of
from handlers.base.events import Author, Posted

# Where the vendor keeps the files of the forums that it runs.
CDN = ("*.discourse-cdn.com",)
_REGULAR = 1
_PLACE = re.compile(r"/t/(?:(?!\d+(?:/|$))[^/]+/)?(\d{1,12})(?:/(\d{1,12}))?/?")
# What a topic shows of its posts.
POSTS = parts("post_stream.posts")
# What a topic says of each of its posts, and what it calls that.
_OF_TOPIC = {
    "topic_title": "title",
    "topic_slug": "slug",
    "topic_archetype": "archetype",
    "category_id": "category_id",
    "closed": "closed",
    "archived": "archived",
}
# What a forum shows of who chose no face.
_NO_FACE = ("/letter_avatar", "avatars.discourse.org/")

Json = Mapping[str, Any]


def is_gone(told: Json) -> bool:
    """Say whether its text was taken away: by its author, by a moderator, or by those who flagged it."""
    return bool(told.get("deleted_at") or told.get("user_deleted") or told.get("hidden"))


def newness(told: Json) -> tuple[bool, int]:
    """Return how new a post is as it is told: its version, or that it is gone."""
    return is_gone(told), whole(told, "version")


def stands_at(told: Json) -> tuple[int, int]:
    """Return the topic of a post, and its number there."""
    return whole(told, "topic_id"), whole(told, "post_number")


def above(told: Json) -> tuple[int, int] | None:
    """Return the topic and the number of the post that one answers; the first one of a topic answers nothing."""
    number = whole(told, "reply_to_post_number") or (1 if whole(told, "post_number") > 1 else 0)
    return (whole(told, "topic_id"), number) if number else None


def is_speech(told: Json) -> bool:
    """Say whether somebody said it to all: no whisper, no note that a topic was closed, nothing by the system.

    A private message is known by its kind where that is told; it has no category, either.
    """
    said = whole(told, "id") > 0 and told.get("post_type") == _REGULAR and whole(told, "user_id") >= 0
    return said and (told.get("topic_archetype") or "regular") == "regular"


def read_post(told: Json, base_url: str, files: Hosts = (), *, reply_to: str = "") -> Posted:
    """Return what stands there as a post.

    Args:
        told: The post; of its topic it may say ``topic_title``, ``closed`` and ``archived``.
        base_url: The forum.
        files: Other hosts where that keeps its pictures.
        reply_to: The name of what it answers.
    """
    hosts = hosts_of(urlsplit(base_url).hostname or "") + CDN + files
    cooked = read_cooked(string(told, "cooked"), base_url, hosts)
    return post(
        external_id=str(whole(told, "id")),
        title=string(told, "topic_title"),
        text=with_beside(cooked.text, descriptions(one.alt for one in cooked.media)),
        url=address(told, base_url),
        writer=_author(told, base_url, hosts),
        published_at=iso_moment(string(told, "created_at")),
        links=cooked.links,
        reply_to=reply_to,
        thread=f"topic:{whole(told, 'topic_id')}" if whole(told, "topic_id") else "",
        media=cooked.media,
        facts=known(
            topic=whole(told, "topic_id"),
            number=whole(told, "post_number"),
            closed=bool(told.get("closed")),
            archived=bool(told.get("archived")),
        ),
    )


def of_topic(told: Json, topic: Json) -> Json:
    """Return a post with what only its topic says of it."""
    return {**told, **{name: topic.get(of) for name, of in _OF_TOPIC.items()}}


def address(told: Json, base_url: str) -> str:
    """Return where a post stands."""
    slug = string(told, "topic_slug") or "-"
    return web_link(f"{base_url}/t/{slug}/{whole(told, 'topic_id')}/{whole(told, 'post_number')}")


def place(url: str, base_url: str) -> tuple[int, int] | None:
    """Return the topic and the number of the post at an address of this forum; None for any other address."""
    link = on_site(url, base_url)
    found = _PLACE.fullmatch(link.path) if link else None
    return (int(found[1]), int(found[2] or 1)) if found else None


def _author(told: Json, base_url: str, hosts: Hosts) -> Author:
    name = string(told, "username")
    face = string(told, "avatar_template").replace("{size}", "96")
    return author(
        name=string(told, "name") or string(told, "display_username") or name,
        handle=name,
        url=f"{base_url}/u/{name}" if name else "",
        external_id=str(told["user_id"]) if whole(told, "user_id") else name,
        avatar="" if any(mark in face for mark in _NO_FACE) else web_link(face, f"{base_url}/"),
        hosts=hosts,
    )
