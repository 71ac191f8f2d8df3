"""Reviews as posts (https://developers.google.com/android-publisher/api-ref/rest/v3/reviews).

A review is a list of what its writer and its developer said, one each. Its text begins with its title and a tab, or
with the tab alone. Where Google translated it, the words that were written stand beside. On which device it was
written, and of which version, is told, too, and not kept.
"""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from bot.sources.kit.build import author, moment, post
from bot.sources.kit.json import mapping, objects, string, whole
from bot.sources.kit.one_reply import REVIEW
from bot.sources.kit.reviews import starred
from handlers.base.events import Posted

HOST = "play.google.com"
ID = re.compile(r"[A-Za-z0-9:_=-]{1,150}")
_SECONDS = re.compile(r"[0-9]{1,12}")

Told = Mapping[str, Any]


def id_of(review: Told) -> str:
    """Return the id of a review; "" for what is none."""
    named = string(review, "reviewId")
    return named if ID.fullmatch(named) else ""


def said(review: Told, by: str) -> Told:
    """Return what was said last by "userComment" or "developerComment"."""
    return next((mapping(one[by]) for one in reversed(objects(review.get("comments"))) if by in one), {})


def seconds(review: Told) -> float:
    """Return when its writer wrote or changed it last, in seconds since 1970; 0 when it does not say."""
    told = string(mapping(said(review, "userComment").get("lastModified")), "seconds")
    return float(told) if _SECONDS.fullmatch(told) else 0.0


def read_review(review: Told, package: str) -> Posted | None:
    """Return a review of an app; None for what is none."""
    name, wrote = id_of(review), said(review, "userComment")
    if not name or not wrote:
        return None
    title, tab, text = (string(wrote, "originalText") or string(wrote, "text")).partition("\t")
    written = seconds(review)
    return post(
        external_id=name,
        title=starred(whole(wrote, "starRating"), headline=title if tab else ""),
        text=text if tab else title,
        url=f"https://{HOST}/store/apps/details?{urlencode({'id': package, 'reviewId': name})}",
        writer=author(name=string(review, "authorName")),
        published_at=moment(written) if written else None,
        facts={REVIEW: name},
    )
