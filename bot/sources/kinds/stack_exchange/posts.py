"""Questions, answers and comments as posts (https://api.stackexchange.com/docs/types/post).

Numbers are those of a site, so a name begins with that: "stackoverflow:12", "stackoverflow:comment:3". Questions and
answers share one row of numbers. Bodies are HTML; titles and names are text with characters written as entities.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from bot.sources.kit.build import author, moment, post
from bot.sources.kit.html import decode_entities, read_markup, web_link
from bot.sources.kit.json import mapping, string, whole
from bot.sources.kit.pictures import in_markup
from handlers.base.events import Author, Posted
from handlers.text.bounds import MAX_TEXT

# Sites that have a name of their own; all others stand below stackexchange.com.
_OWN = ("stackoverflow", "serverfault", "superuser", "askubuntu", "stackapps")
# Where pictures are kept that people upload, and where they were.
HOSTS = ("i.sstatic.net", "i.stack.imgur.com")
# What stands for the description of a picture until its author writes one.
_UNSAID = re.compile(r'\balt="enter image description here"')
_NUMBER = r"([0-9]{1,12})"
_PATH = re.compile(rf"/(?:questions|q)/{_NUMBER}(?:/[^/]+(?:/{_NUMBER})?)?/?|/a/{_NUMBER}(?:/[0-9]+)?/?")
_COMMENT = re.compile(rf"comment{_NUMBER}_{_NUMBER}")

Thing = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Place:
    """What an address names: a question or an answer, or a comment below one."""

    number: int
    comment: int = 0


def host_of(site: str) -> str:
    """Return where a site stands, by the name that the API has for it."""
    if site.endswith(".net"):
        return site
    return f"{site}.com" if site.rpartition(".")[2] in _OWN else f"{site}.stackexchange.com"


def place_of(url: str) -> Place | None:
    """Return what an address of a site names; None for what is none."""
    parts = urlsplit(url)
    found = _PATH.fullmatch(parts.path)
    if found is None:
        return None
    question, below, answer = found.groups()
    if (comment := _COMMENT.fullmatch(parts.fragment)) is not None:
        return Place(int(comment[2]), int(comment[1]))
    # An answer stands behind its question's title; "/q/12/34" is the question 12, shared by person 34.
    anchor = parts.fragment if re.fullmatch(_NUMBER, parts.fragment) else None
    return Place(int(anchor or below or answer or question))


def number_of(hit: Thing) -> int:
    """Return the number of what a search found: of an answer, or else of the question."""
    return max(whole(hit, "answer_id" if string(hit, "item_type") == "answer" else "question_id"), 0)


def name_of(site: str, number: int) -> str:
    """Return the name of a question or an answer."""
    return f"{site}:{number}"


def read_post(thing: Thing, hit: Thing, site: str) -> Posted:
    """Return a question or an answer, which has its number, as a post.

    Args:
        thing: It, with its body.
        hit: How a search shows it, which has the title, and of an answer the question.
        site: Where it stands.
    """
    number, question = whole(thing, "post_id"), whole(hit, "question_id")
    body = string(thing, "body")[: 4 * MAX_TEXT]
    markup = read_markup(body)
    answers = string(thing, "post_type") == "answer"
    asked = name_of(site, question) if answers and question not in (0, number) else ""
    return post(
        external_id=name_of(site, number),
        title=decode_entities(string(thing, "title") or string(hit, "title")),
        text=markup.text,
        url=f"https://{host_of(site)}/{'a' if answers else 'questions'}/{number}",
        writer=_author(thing, site),
        published_at=moment(whole(thing, "creation_date")),
        links=markup.hrefs,
        media=in_markup(_UNSAID.sub("", body), f"https://{host_of(site)}/", HOSTS),
        reply_to=asked,
        thread=asked,
    )


def read_comment(thing: Thing, site: str, url: str) -> Posted:
    """Return a comment, which stands at an address, as a post."""
    markup = read_markup(string(thing, "body")[: 4 * MAX_TEXT])
    return post(
        external_id=f"{site}:comment:{whole(thing, 'comment_id')}",
        text=markup.text,
        url=web_link(string(thing, "link")) or url,
        writer=_author(thing, site),
        published_at=moment(whole(thing, "creation_date")),
        links=markup.hrefs,
        reply_to=name_of(site, whole(thing, "post_id")),
    )


def _author(thing: Thing, site: str) -> Author:
    """Return who wrote it; who left has a name, and no number."""
    owner = mapping(thing.get("owner"))
    number = whole(owner, "user_id")
    return author(
        name=decode_entities(string(owner, "display_name")),
        url=string(owner, "link"),
        external_id=f"{site}:{number}" if number else "",
    )
