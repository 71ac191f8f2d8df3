"""Reviews as posts (https://developers.google.com/my-business/reference/rest/v4/accounts.locations.reviews).

The stars are the title, and all that many reviews say. Their id is that of the place and the review, without the
account by which we see them. Whoever stays anonymous has no name. Google adds a translation into the language of the
account to what others wrote, above or below it; the words that were written are the text.
"""

import re
from collections.abc import Mapping
from typing import Any

from bot.sources.kit.build import author, iso_moment, post
from bot.sources.kit.fields import either, timestamp
from bot.sources.kit.json import mapping, objects, string
from bot.sources.kit.one_reply import REVIEW
from bot.sources.kit.pictures import media
from bot.sources.kit.reviews import starred
from handlers.base.events import Author, Posted
from handlers.base.media import Media, MediaKind

HOSTS = ("*.googleusercontent.com", "*.ggpht.com")
_NAME = re.compile(r"(accounts/[0-9]+)/(locations/[0-9]+/reviews/[A-Za-z0-9_=-]{1,150})")
_STARS = {"ONE": 1, "TWO": 2, "THREE": 3, "FOUR": 4, "FIVE": 5}
_TRANSLATED, _ORIGINAL = "(Translated by Google)", "(Original)"

Review = Mapping[str, Any]


def id_of(review: Review) -> str:
    """Return the id of a review; "" for what is none."""
    found = _NAME.fullmatch(string(review, "name"))
    return found[2] if found else ""


# When it was written or changed last.
seconds = either(timestamp("updateTime"), timestamp("createTime"))


def read_review(review: Review, place: str) -> Posted | None:
    """Return a review of a place, by what we call that; None for what is none."""
    if not (name := id_of(review)):
        return None
    stars = _STARS.get(string(review, "starRating"), 0)
    return post(
        external_id=name,
        title=starred(stars, f" for {place}" if place else ""),
        text=original(string(review, "comment")),
        writer=_writer(mapping(review.get("reviewer"))),
        published_at=iso_moment(string(review, "createTime")),
        media=[_shown(one) for one in objects(review.get("reviewMediaItems"))],
        facts={REVIEW: string(review, "name")},
    )


def original(comment: str) -> str:
    """Return what was written, without the translation that Google adds."""
    above, found, below = comment.partition(f"\n{_ORIGINAL}\n")
    if found and above.startswith(_TRANSLATED):
        return below.strip()
    above, found, _ = comment.partition(f"\n{_TRANSLATED}\n")
    return above.strip() if found and above.strip() else comment.strip()


def _writer(reviewer: Mapping[str, Any]) -> Author:
    if reviewer.get("isAnonymous"):
        return Author()
    return author(name=string(reviewer, "displayName"), avatar=string(reviewer, "profilePhotoUrl"), hosts=HOSTS)


def _shown(item: Mapping[str, Any]) -> Media:
    kind = MediaKind.VIDEO if string(item, "videoUrl") else MediaKind.PICTURE
    return media(kind, string(item, "thumbnailUrl"), alt=string(item, "thumbnailLabel"), hosts=HOSTS)
