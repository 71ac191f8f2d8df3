"""Answering a review, once (https://developers.google.com/my-business/reference/rest/v4/accounts.locations.reviews/updateReply).

A review has one reply (``bot.sources.kit.one_reply``), and Google approves it: one that is pending is not said to stand
there, and one that is rejected comes back to its writer with what Google says of it.
"""

from collections.abc import Mapping
from typing import Any

from bot.net.fetching import WRITING
from bot.sources.kinds.google_reviews.posts import read_review
from bot.sources.kinds.google_reviews.verdicts import MAX_BYTES
from bot.sources.kit.accounts import Pair
from bot.sources.kit.json import mapping, string
from bot.sources.kit.one_reply import Review, Standing
from bot.sources.kit.rest import Rest
from handlers.base.cards import one_line
from handlers.base.charter import ReplyRules
from handlers.base.replying import Refused, Unclear

PENDING, REJECTED = "PENDING", "REJECTED"
RULES = ReplyRules(by_api=True, limit=MAX_BYTES, unit="bytes")


class PlaceReviews:
    """The reviews of our places, one by one; each by its name with the account, as the API has it."""

    def __init__(self, api: Rest[Pair], places: Mapping[str, str]) -> None:
        """Take the API, and what we call our places."""
        self._api = api
        self._places = places

    async def look(self, review: str) -> Review | None:
        """Return how it stands there, as ``Reviews`` says."""
        told = await self._api.find(f"/{review}")
        posted = read_review(told, self._places.get(review.partition("/reviews/")[0], "")) if told else None
        return Review(posted, _standing(mapping(told.get("reviewReply")))) if told and posted else None

    async def answer(self, review: str, text: str) -> Standing | Refused | Unclear:
        """Send the reply, as ``Reviews`` says."""
        answer = await self._api.send(f"/{review}/reply", method="PUT", json={"comment": text}, bucket=WRITING)
        return self._api.no(answer) or _standing(answer.object) or Unclear(self._api.not_ours)


def _standing(reply: Mapping[str, Any]) -> Standing | None:
    """Read a reply; None for what is none."""
    said, state = string(reply, "comment"), string(reply, "reviewReplyState")
    if not said:
        return None
    why = one_line(_told(reply.get("policyViolation")).replace("_", " ").lower(), 100)
    rejected = f"Google rejected it: {why}." if why else "Google rejected it."
    return Standing(
        text=said,
        url=string(reply, "reviewReplyUrl"),
        held=state == PENDING,
        rejected=rejected if state == REJECTED else "",
    )


def _told(value: object) -> str:
    """Return the words of what Google says of a rejection: one, a list of them, or an object that holds some."""
    found = [*value.values()] if isinstance(value, dict) else value if isinstance(value, list) else [value]
    return ", ".join(one for one in found if isinstance(one, str))
