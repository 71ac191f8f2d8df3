"""Answering a review, once (https://developers.google.com/android-publisher/reply-to-reviews).

A review has one reply (``bot.sources.kit.one_reply``), which stands there at once. What is too long is rejected, and
what looks like HTML is taken out of it without a word, so it is not sent.
"""

import re
from typing import Any
from urllib.parse import quote

from bot.net.fetching import WRITING
from bot.sources.kinds.google_play.posts import read_review, said
from bot.sources.kinds.google_play.verdicts import MAX_CHARACTERS
from bot.sources.kit.json import mapping, string
from bot.sources.kit.one_reply import Review, Standing
from bot.sources.kit.rest import Rest
from handlers.base.charter import ReplyRules
from handlers.base.replying import Refused, Unclear

RULES = ReplyRules(by_api=True, limit=MAX_CHARACTERS)
HTML = re.compile(r"<[^<>]*>")


class AppReviews:
    """The reviews of one app, one by one, by their ids."""

    def __init__(self, api: Rest[Any], package: str) -> None:
        """Take the API of the app."""
        self._api = api
        self._package = package

    async def look(self, review: str) -> Review | None:
        """Return how it stands there, as ``Reviews`` says."""
        told = await self._api.find(_path(review))
        posted = read_review(told, self._package) if told else None
        if told is None or posted is None:
            return None
        text = string(said(told, "developerComment"), "text")
        return Review(posted, Standing(text=text) if text else None)

    async def answer(self, review: str, text: str) -> Standing | Refused | Unclear:
        """Send the reply, as ``Reviews`` says."""
        answer = await self._api.send(f"{_path(review)}:reply", json={"replyText": text}, bucket=WRITING)
        if (no := self._api.no(answer)) is not None:
            return no
        stands = string(mapping(answer.object.get("result")), "replyText")
        return Standing(text=stands) if stands else Unclear(self._api.not_ours)


def _path(review: str) -> str:
    return f"/reviews/{quote(review, safe='')}"
