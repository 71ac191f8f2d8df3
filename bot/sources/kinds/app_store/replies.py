"""Answering a review, once (https://developer.apple.com/documentation/appstoreconnectapi/customer-review-responses).

A review has one reply (``bot.sources.kit.one_reply``), which Apple publishes within a day: until then it is pending,
and is not said to stand there. What is neither is not known to us, so it is held as well.
"""

from collections.abc import Mapping
from typing import Any

from bot.net.fetching import WRITING
from bot.sources.kinds.app_store.posts import read_review
from bot.sources.kinds.app_store.verdicts import MAX_CHARACTERS
from bot.sources.kit.json import mapping, objects, string
from bot.sources.kit.one_reply import Review, Standing
from bot.sources.kit.rest import Rest
from handlers.base.charter import ReplyRules
from handlers.base.replying import Refused, Unclear

RESPONSES = "customerReviewResponses"
PUBLISHED = "PUBLISHED"
RULES = ReplyRules(by_api=True, limit=MAX_CHARACTERS)


class AppReviews:
    """The reviews of one app, one by one, by their ids."""

    def __init__(self, api: Rest[Any], app: str) -> None:
        """Take the API, and the app."""
        self._api = api
        self._app = app

    async def look(self, review: str) -> Review | None:
        """Return how it stands there, as ``Reviews`` says.

        A reply that comes with its review is seen at once; one that is pending may only be told where it is asked for.
        """
        told = await self._api.find(f"/customerReviews/{review}", [("include", "response")])
        posted = read_review(mapping(told.get("data")), self._app) if told else None
        if told is None or posted is None:
            return None
        replies = [one for one in objects(told.get("included")) if string(one, "type") == RESPONSES]
        if not replies:
            asked = await self._api.find(f"/customerReviews/{review}/response") or {}
            replies = [mapping(asked.get("data"))]
        return Review(posted, _standing(replies[0]))

    async def answer(self, review: str, text: str) -> Standing | Refused | Unclear:
        """Send the reply, as ``Reviews`` says."""
        body = {
            "type": RESPONSES,
            "attributes": {"responseBody": text},
            "relationships": {"review": {"data": {"type": "customerReviews", "id": review}}},
        }
        answer = await self._api.send(f"/{RESPONSES}", json={"data": body}, bucket=WRITING)
        stands = _standing(mapping(answer.object.get("data")))
        return self._api.no(answer) or stands or Unclear(self._api.not_ours)


def _standing(reply: Mapping[str, Any]) -> Standing | None:
    """Read a reply; None for what is none."""
    told = mapping(reply.get("attributes"))
    text = string(told, "responseBody")
    return Standing(text=text, held=string(told, "state") != PUBLISHED) if text else None
