"""The two versions of Lemmy's API, as far as they differ in paths and lists.

Version 4 came with Lemmy 1.0, which answers a few requests of version 3 too, and not those that we need; 0.19 knows
version 3 alone. Who mentions and who answers us stands in one list since then.
"""

from collections.abc import Mapping
from dataclasses import dataclass

SEARCHING = "searching"


@dataclass(frozen=True, slots=True, kw_only=True)
class List:
    """A list, newest first.

    Attributes:
        path: Where it is asked for.
        query: What is asked with it; {} stands for what it is a list of.
        holds: Under which name its things stand, where they have one of their own.
        bucket: What its requests are counted in.
    """

    path: str
    query: tuple[tuple[str, str], ...] = ()
    holds: str
    bucket: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A version.

    Attributes:
        name: How its paths begin.
        login: Where a session is bought.
        me: What tells who we are.
        place: What the place of a page is called; a page that is a number is counted.
        lists: By what they are called here.
    """

    name: str
    login: str
    me: str
    place: str
    lists: Mapping[str, List]


_FOUND = (("q", "{}"), ("sort", "New"), ("listing_type", "All"))
# The second name of the words is that which 1.0 was to give them, and may give them.
_FOUND_SINCE = (("q", "{}"), ("search_term", "{}"), ("sort", "new"), ("listing_type", "all"))
_ALL = (("sort", "New"), ("unread_only", "false"))

V3 = Version(
    name="v3",
    login="/user/login",
    me="/site",
    place="page",
    lists={
        "mentions": List(path="/user/mention", query=_ALL, holds="mentions"),
        "replies": List(path="/user/replies", query=_ALL, holds="replies"),
        "comments": List(path="/search", query=(*_FOUND, ("type_", "Comments")), holds="comments", bucket=SEARCHING),
        "posts": List(path="/search", query=(*_FOUND, ("type_", "Posts")), holds="posts", bucket=SEARCHING),
        "ours": List(path="/user", query=(("person_id", "{}"), ("sort", "New")), holds="comments"),
    },
)
V4 = Version(
    name="v4",
    login="/account/auth/login",
    me="/account",
    place="page_cursor",
    lists={
        "mentions": List(path="/account/notification/list", holds="notifications"),
        "comments": List(
            path="/search", query=(*_FOUND_SINCE, ("type_", "comments")), holds="comments", bucket=SEARCHING
        ),
        "posts": List(path="/search", query=(*_FOUND_SINCE, ("type_", "posts")), holds="posts", bucket=SEARCHING),
        "ours": List(path="/person/content", query=(("person_id", "{}"), ("type_", "comments")), holds="comments"),
    },
)
