"""Reviews as posts (https://developer.apple.com/documentation/appstoreconnectapi/customerreview/attributes-data.dictionary).

The stars, the store's country and the headline are the title. Apple has no address of one review; that of all reviews
of the app in App Store Connect opens where it can be read and answered, and the id behind it says which one is meant.
"""

import re
from collections.abc import Mapping
from typing import Any

from bot.sources.kit.build import author, iso_moment, post
from bot.sources.kit.fields import timestamp
from bot.sources.kit.json import mapping, string, whole
from bot.sources.kit.one_reply import REVIEW
from bot.sources.kit.reviews import starred
from handlers.base.events import Posted

HOST = "appstoreconnect.apple.com"
_ID = re.compile(r"[A-Za-z0-9-]{1,100}")
_PLACE = re.compile(r"[A-Z]{3}")

Told = Mapping[str, Any]


def page_of(app: str) -> str:
    """Return where people see and answer the reviews of an app, up to the id of one."""
    return f"https://{HOST}/apps/{app}/distribution/activity/ios/ratingsResponses#review-"


def id_at(url: str, app: str) -> str:
    """Return the id of the review that an address of ours names; "" for other addresses."""
    named = url.removeprefix(page_of(app))
    return named if named != url and _ID.fullmatch(named) else ""


def id_of(review: Told) -> str:
    """Return the id of a review; "" for what is none."""
    named = string(review, "id")
    return named if _ID.fullmatch(named) and string(review, "type") == "customerReviews" else ""


# When it was written.
seconds = timestamp("attributes.createdDate")


def read_review(review: Told, app: str) -> Posted | None:
    """Return a review of an app; None for what is none."""
    if not (name := id_of(review)):
        return None
    wrote = mapping(review.get("attributes"))
    place = string(wrote, "territory")
    return post(
        external_id=name,
        title=starred(
            whole(wrote, "rating"), f" in {place}" if _PLACE.fullmatch(place) else "", string(wrote, "title")
        ),
        text=string(wrote, "body"),
        url=page_of(app) + name,
        writer=author(name=string(wrote, "reviewerNickname")),
        published_at=iso_moment(string(wrote, "createdDate")),
        facts={REVIEW: name},
    )
