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

from bot.sources.kit.build import author, deleted, iso_moment, known, post
from bot.sources.kit.fields import number, parts, text
from bot.sources.kit.html import web_link
from bot.sources.kit.json import string
from bot.sources.kit.pictures import Hosts
from handlers.base.events import Author, Event, Posted
from handlers.text.bounds import MAX_TEXT

FACES: Hosts = tuple(f"avatars{number}.githubusercontent.com" for number in ("", 0, 1, 2, 3))
ISSUES, PULLS, DISCUSSIONS = "issues", "pull", "discussions"
# How comments are called there.
_CALLED = {ISSUES: "comment", PULLS: "comment", DISCUSSIONS: "discussion-comment"}
REPOSITORY = r"[A-Za-z0-9][A-Za-z0-9-]{0,38}/[A-Za-z0-9._-]{1,100}"
_PATH = re.compile(rf"/({REPOSITORY})/({ISSUES}|{PULLS}|{DISCUSSIONS})/([0-9]{{1,12}})/?")
_COMMENT = re.compile(r"(?:issue|discussion)comment-([0-9]{1,20})")
# Code as it is fenced or marked, in which a comment of HTML is shown; and comments, one that never ends among them.
_SHOWN_OR_NOT = re.compile(
    r"(?ms)^ {0,3}(`{3,}+|~{3,}+)[^\n]*+(?:\n.*?(?:^ {0,3}\1|\Z)|\Z)"
    r"|(?<!`)(`++)[^`]++\2(?!`)"
    r"|<!--.*?(?:-->|\Z)"
)
# Which comment one of ours answers, and whose: what its mark says behind its name (``replies.prepared``); "0" where
# that is the issue itself, or a nobody. What was written by hand bears no mark.
_ADDRESSED = re.compile(r"<!-- dibs:[0-9A-Za-z]+x([0-9]{1,20})x([0-9]{1,20}) -->")
_LOGIN, _TYPE, _PERSON = text("user.login"), text("user.type"), number("user.id")
_HOME, _FACE = text("user.html_url"), text("user.avatar_url")
_COMMENTS, _ANSWERS = parts("comments.nodes"), parts("replies.nodes")
# Of a comment of a discussion: that, and the comment below which it stands.
_DISCUSSION, _ABOVE, _URL_ABOVE = text("discussion.node_id"), text("thread.node_id"), text("thread.html_url")

Thing = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Address:
    """Where something stands.

    Attributes:
        top: The name of what all of it stands below: of the issue, the pull request or the discussion.
        name: Its own name.
        comment: The number of a comment; empty for what it stands below.
    """

    repository: str
    kind: str
    number: int
    top: str
    name: str
    comment: str = ""


def read_address(url: str) -> Address | None:
    """Return what an address names, whatever its host; None for what is none of these."""
    parts = urlsplit(web_link(url))
    found, comment = _PATH.fullmatch(parts.path), _COMMENT.fullmatch(parts.fragment)
    if found is None:
        return None
    repository, kind, number = found.groups()
    top = f"{repository.casefold()}#{int(number)}"
    if comment is None:
        return Address(repository, kind, int(number), top, top)
    return Address(repository, kind, int(number), top, f"{_CALLED[kind]}/{comment[1]}", comment[1])


def number_of(name: str) -> int:
    """Return the number of a comment by its name; 0 for what is none."""
    comment = name.rpartition("/")[2]
    return int(comment) if comment.isdecimal() else 0


def is_public(repository: Thing) -> bool:
    """Say whether everybody may read a repository; what does not say so is closed."""
    told = string(repository, "visibility").casefold()
    return told == "public" or (not told and repository.get("private") is False)


def login_of(thing: Thing) -> str:
    """Return who wrote it, as REST calls them; GraphQL leaves away what marks an App."""
    login = _LOGIN(thing)
    return f"{login.removesuffix('[bot]')}[bot]" if _TYPE(thing) == "Bot" else login


def visible(markdown: str) -> str:
    """Return Markdown without its comments of HTML, but for those that are shown as code."""
    return _SHOWN_OR_NOT.sub(lambda found: "" if found[0].startswith("<!--") else found[0], markdown)


def read_thing(thing: Thing, us: str, *, pulls: bool = True) -> Posted | None:
    """Return what stands there; None for what robots wrote, for what is gone, and for what is none of these things.

    Args:
        thing: It.
        us: The name of our account, whose posts are told as all others.
        pulls: Whether pull requests, and what stands below them, are any of these.
    """
    at, login = read_address(string(thing, "html_url")), login_of(thing)
    ours = login.casefold() == us.casefold()
    robot = login.endswith("[bot]") and not ours
    if at is None or robot or thing.get("deleted_at") or (at.kind == PULLS and not pulls):
        return None
    above = read_address(_URL_ABOVE(thing))
    below = above.name if above else at.top
    of, to = [("", ""), *_ADDRESSED.findall(string(thing, "body") if ours else "")][-1]
    return post(
        external_id=at.name,
        title=string(thing, "title"),
        text=visible(string(thing, "body")[: 2 * MAX_TEXT]),
        url=string(thing, "html_url"),
        writer=_author(thing, login),
        published_at=iso_moment(string(thing, "created_at")),
        reply_to=(at.name.removesuffix(at.comment) + of if of.strip("0") else below) if at.comment else "",
        thread=at.top if at.comment else "",
        facts=known(
            repository=at.repository,
            number=at.number,
            kind=at.kind,
            node=string(thing, "node_id"),
            discussion=_DISCUSSION(thing),
            # Answers to answers stand beside them: a thread of a discussion is one level deep.
            thread=_ABOVE(thing) or (_DISCUSSION(thing) and string(thing, "node_id")),
            below=below if at.comment else "",
            ours=ours,
            of=of,
            to=to,
        ),
    )


def read_discussion(topic: Thing, us: str, since: str = "") -> list[Event | None]:
    """Return a discussion and what changed below it since, each with what stands below that.

    A comment that was deleted still stands there while somebody had answered it.
    """
    found: list[Event | None] = [read_thing(topic, us)]
    for one in (said for comment in _COMMENTS(topic) for said in (comment, *_ANSWERS(comment))):
        at, gone = read_address(string(one, "html_url")), string(one, "deleted_at")
        if at is not None and max(gone, string(one, "updated_at")) >= since:
            found.append(deleted(at.name) if gone else read_thing(one, us))
    return found


def _author(thing: Thing, login: str) -> Author:
    return author(
        name=login,
        handle=login,
        url=_HOME(thing),
        external_id=str(_PERSON(thing) or login),  # there is nobody where the account is gone
        avatar=_FACE(thing),
        hosts=FACES,
    )
