"""Comments of WordPress as posts (https://developer.wordpress.org/rest-api/reference/comments/).

Known by their number, which is the site's own. A guest has none: who it is, is told by the name of their face, which
WordPress makes of their e-mail address, and of which only a hash is kept; where the site shows no faces, by name and
address. Neither the face nor its name, which is a digest of a mail address, goes any further.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from urllib.parse import unquote

from bot.sources.kit.build import author, iso_moment, post
from bot.sources.kit.fields import number
from bot.sources.kit.html import decode_entities, read_markup
from bot.sources.kit.json import mapping, objects, string
from handlers.base.events import Author, Posted
from handlers.text.bounds import MAX_TEXT

# No e-mail, no network address: those come to moderators who ask with another context.
FIELDS = "id,post,parent,author,author_name,author_url,date_gmt,content,link,status,type,author_avatar_urls,_links"
_UP = re.compile(r"/wp/v2/([\w-]{1,100})/([0-9]{1,19})$")
_FACE = re.compile(r"/avatar/([0-9a-f]{32,64})(?=[/?]|$)")

Comment = Mapping[str, Any]

# Numbers of WordPress's; 0 is none: of a comment or a page, of what a comment stands under, of the comment that it
# answers, and of who wrote it, unless that was a guest.
id_of = number("id")
post_of = number("post")
parent_of = number("parent")
user_of = number("author")


@dataclass(frozen=True, slots=True)
class Page:
    """What a comment stands under, which everybody may read: a post, a page, whatever the site calls it."""

    title: str
    takes_comments: bool


def is_shown(comment: Comment) -> bool:
    """Say whether it is a person's comment, and everybody sees it; pings and the notes of editors are no comments."""
    return string(comment, "type") == "comment" and string(comment, "status") == "approved"


def route_of(comment: Comment) -> tuple[str, int]:
    """Return where what it stands under is asked for: the name of its kind, and its number; or nothing, and 0."""
    up = objects(mapping(comment.get("_links")).get("up"))
    found = _UP.search(unquote(string(up[0], "href"))) if up else None
    return (found[1], int(found[2])) if found else ("", 0)


def read_comment(comment: Comment, page: Page) -> Posted:
    """Return a comment, which has its number, as a post."""
    markup = read_markup(string(mapping(comment.get("content")), "rendered")[: 4 * MAX_TEXT])
    parent = parent_of(comment)
    return post(
        external_id=str(comment["id"]),
        title=page.title,
        text=markup.text,
        url=string(comment, "link"),
        writer=_author(comment),
        published_at=iso_moment(string(comment, "date_gmt")),
        links=markup.hrefs,
        reply_to=str(parent) if parent else "",
        facts={"open": page.takes_comments},
    )


def _author(comment: Comment) -> Author:
    name, url = decode_entities(string(comment, "author_name")), string(comment, "author_url")
    faces = mapping(comment.get("author_avatar_urls")).values()
    face = next((found[1] for one in faces if isinstance(one, str) and (found := _FACE.search(one))), "")
    guest = sha256((face or f"{name}\n{url}").encode("utf-8", "replace")).hexdigest()[:32]
    user = user_of(comment)
    return author(name=name, url=url, external_id=f"user:{user}" if user else f"guest:{guest}")
