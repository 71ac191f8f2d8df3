"""GitHub's things as events, in the one shape in which REST and webhooks tell them (GraphQL is asked for the same).

Where a thing stands is said by its address: ``/acme/app/issues/12#issuecomment-34``. Issues, pull requests and
discussions of a repository share one row of numbers, comments have their own. Markdown stays as it was written, without
what readers are not shown: comments of HTML, which templates of issues are full of.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from bot.sources.kit.build import author, deleted, iso_moment, post
from bot.sources.kit.fields import parts
from bot.sources.kit.html import web_link
from bot.sources.kit.json import mapping, string
from bot.sources.kit.pictures import Hosts
from handlers.base.events import Author, Event, Posted
from handlers.text.bounds import MAX_TEXT

FACES: Hosts = tuple(f"avatars{number}.githubusercontent.com" for number in ("", 0, 1, 2, 3))
ISSUES, PULLS, DISCUSSIONS = "issues", "pull", "discussions"
REPOSITORY = r"[A-Za-z0-9][A-Za-z0-9-]{0,38}/[A-Za-z0-9._-]{1,100}"
_PATH = re.compile(rf"/({REPOSITORY})/({ISSUES}|{PULLS}|{DISCUSSIONS})/([0-9]{{1,12}})/?")
_COMMENT = re.compile(r"(?:issue|discussion)comment-([0-9]{1,20})")
# Code as it is fenced or marked, in which a comment of HTML is shown; and comments, one that never ends among them.
_SHOWN_OR_NOT = re.compile(
    r"(?ms)^ {0,3}(`{3,}+|~{3,}+)[^\n]*+(?:\n.*?(?:^ {0,3}\1|\Z)|\Z)"
    r"|(?<!`)(`++)[^`]++\2(?!`)"
    r"|<!--.*?(?:-->|\Z)"
)
# Whom a comment of ours speaks to, behind the name that its mark bears (``replies.prepare``).
_ADDRESSED = re.compile(r"<!-- dibs:[0-9A-Za-z]+x([0-9]{1,20})x([0-9]{1,20}) -->")
_COMMENTS, _ANSWERS = parts("comments.nodes"), parts("replies.nodes")

Thing = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Address:
    """Where something stands; ``comment`` is empty for an issue, a pull request or a discussion itself."""

    repository: str
    kind: str
    number: int
    comment: str = ""

    @property
    def top(self) -> str:
        """The name of what all of it stands below."""
        return f"{self.repository.casefold()}#{self.number}"

    @property
    def name(self) -> str:
        """Its own name."""
        return self.beside(self.comment) if self.comment else self.top

    def beside(self, comment: str) -> str:
        """Return the name of another comment there."""
        return f"{'discussion-comment' if self.kind == DISCUSSIONS else 'comment'}/{comment}"


def read_address(url: str) -> Address | None:
    """Return what an address names, whatever its host; None for what is none of these."""
    parts = urlsplit(web_link(url))
    found, comment = _PATH.fullmatch(parts.path), _COMMENT.fullmatch(parts.fragment)
    if found is None:
        return None
    return Address(found[1], found[2], int(found[3]), comment[1] if comment else "")


def number_of(name: str) -> int:
    """Return the number of a comment by its name; 0 for what is none."""
    number = name.rpartition("/")[2]
    return int(number) if number.isdecimal() else 0


def is_public(repository: Thing) -> bool:
    """Say whether everybody may read a repository; what does not say so is closed."""
    told = string(repository, "visibility").casefold()
    return told == "public" or (not told and repository.get("private") is False)


def login_of(thing: Thing) -> str:
    """Return who wrote it, as REST calls them; GraphQL leaves away what marks an App."""
    user = mapping(thing.get("user"))
    login, bot = string(user, "login"), string(user, "type") == "Bot"
    return f"{login}[bot]" if bot and not login.endswith("[bot]") else login


def addressed_to(thing: Thing) -> tuple[str, str]:
    """Return which comment a reply of ours answers, and whose; "0" where that is the issue itself, or a nobody.

    Empty where the mark does not say, as it does not below what was written by hand.
    """
    found = _ADDRESSED.findall(string(thing, "body"))
    return found[-1] if found else ("", "")


def visible(markdown: str) -> str:
    """Return Markdown without its comments of HTML, but for those that are shown as code."""
    return _SHOWN_OR_NOT.sub(lambda found: "" if found[0].startswith("<!--") else found[0], markdown)


def read_thing(
    thing: Thing, us: str, *, discussion: str = "", thread: Thing | None = None, pulls: bool = True
) -> Posted | None:
    """Return what stands there; None for what robots wrote, for what is gone, and for what is none of these things.

    Args:
        thing: It.
        us: The name of our account, whose posts are told as all others.
        discussion: The node of the discussion that it is part of.
        thread: The comment of a discussion below which it stands.
        pulls: Whether pull requests, and what stands below them, are any of these.
    """
    at, login = read_address(string(thing, "html_url")), login_of(thing)
    ours = login.casefold() == us.casefold()
    robot = login.endswith("[bot]") and not ours
    if at is None or robot or thing.get("deleted_at") or (at.kind == PULLS and not pulls):
        return None
    above = read_address(string(thread or {}, "html_url"))
    below = above.name if above else at.top
    of, to = addressed_to(thing) if ours else ("", "")
    facts = _facts(thing, at, discussion, thread or {})
    return post(
        external_id=at.name,
        title=string(thing, "title"),
        text=visible(string(thing, "body")[: 2 * MAX_TEXT]),
        url=string(thing, "html_url"),
        writer=_author(thing, login),
        published_at=iso_moment(string(thing, "created_at")),
        reply_to=(at.beside(of) if of.strip("0") else below) if at.comment else "",
        thread=at.top if at.comment else "",
        facts=facts | ({"below": below} if at.comment else {}) | ({"of": of, "to": to} if ours else {}),
    )


def _facts(thing: Thing, at: Address, discussion: str, thread: Thing) -> dict[str, object]:
    node = string(thing, "node_id")
    told = {
        "repository": at.repository,
        "number": at.number,
        "kind": at.kind,
        "node": node,
        "discussion": discussion,
        # Answers to answers stand beside them: a thread of a discussion is one level deep.
        "thread": string(thread, "node_id") or (node if discussion and at.comment else ""),
    }
    return {name: value for name, value in told.items() if value}


def read_discussion(topic: Thing, us: str, since: str = "") -> list[Event | None]:
    """Return a discussion and what changed below it since, each with what stands below that.

    A comment that was deleted still stands there while somebody had answered it.
    """
    discussion = string(topic, "node_id")
    found: list[Event | None] = [read_thing(topic, us, discussion=discussion)]
    for one in _COMMENTS(topic):
        for thing, thread in [(one, None), *((answer, one) for answer in _ANSWERS(one))]:
            at, gone = read_address(string(thing, "html_url")), string(thing, "deleted_at")
            if at is not None and max(gone, string(thing, "updated_at")) >= since:
                found.append(deleted(at.name) if gone else read_thing(thing, us, discussion=discussion, thread=thread))
    return found


def _author(thing: Thing, login: str) -> Author:
    user = mapping(thing.get("user"))  # there is none where the account is gone
    number = user.get("id")
    return author(
        name=login,
        handle=login,
        url=string(user, "html_url"),
        external_id=str(number) if type(number) is int else login,
        avatar=string(user, "avatar_url"),
        hosts=FACES,
    )
