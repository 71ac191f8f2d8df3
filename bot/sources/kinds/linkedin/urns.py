"""What LinkedIn calls comments, in its API and in its addresses.

The API writes the thread with all that stands before it, ``urn:li:comment:(urn:li:activity:A,C)``; notifications and
addresses leave that out, ``urn:li:comment:(activity:A,C)``; and newer addresses have
``urn:li:fsd_comment:(C,urn:li:activity:A)`` besides. One thread has names of several kinds (activity, share, ugcPost)
with numbers of their own, but the number of a comment is its alone: so by that it is known here.
"""

import re
from dataclasses import dataclass
from urllib.parse import quote

from bot.sources.kit.addresses import pasted

SITE = "https://www.linkedin.com"
_HOSTS = ("linkedin.com", "*.linkedin.com")
_THREAD = r"(?:urn:li:)?(activity|ugcPost|share):([0-9]{1,20})"
_POST = re.compile(r"urn:li:(?:activity|ugcPost|share):[0-9]{1,20}")
_COMMENT = re.compile(rf"urn:li:comment:\({_THREAD},([0-9]{{1,20}})\)")
_DASH = re.compile(rf"urn:li:fsd_comment:\(([0-9]{{1,20}}),{_THREAD}\)")
# The innermost first.
_NAMING = ("replyUrn", "dashReplyUrn", "commentUrn", "dashCommentUrn")


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment: the URN of the post that it stands below, and its number."""

    thread: str
    number: str

    @property
    def urn(self) -> str:
        """What the API calls it."""
        return f"urn:li:comment:({self.thread},{self.number})"

    @property
    def short(self) -> str:
        """What addresses call it."""
        return f"urn:li:comment:({self.thread.removeprefix('urn:li:')},{self.number})"

    @property
    def name(self) -> str:
        """By what it is known here."""
        return f"comment/{self.number}"


def read_urn(urn: str) -> Comment | None:
    """Return the comment that a URN of any form names; None for what names none."""
    if found := _COMMENT.fullmatch(urn):
        return Comment(f"urn:li:{found[1]}:{found[2]}", found[3])
    if found := _DASH.fullmatch(urn):
        return Comment(f"urn:li:{found[2]}:{found[3]}", found[1])
    return None


def is_post(urn: str) -> bool:
    """Say whether a URN names a post."""
    return _POST.fullmatch(urn) is not None


def comment_in(url: str) -> Comment | None:
    """Return the comment that an address names; None for other addresses."""
    query = pasted(url, _HOSTS).query
    return next(filter(None, (read_urn(query.get(name, "")) for name in _NAMING)), None)


def address_of(comment: Comment, top: Comment | None = None) -> str:
    """Return where a comment stands; ``top`` is the one below which it does."""
    named = quote((top or comment).short, safe="")
    reply = f"&replyUrn={quote(comment.short, safe='')}" if top is not None and top != comment else ""
    return f"{SITE}/feed/update/{comment.thread}/?commentUrn={named}{reply}"
