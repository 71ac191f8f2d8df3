"""Google reviews: of each of our places, the newest and the newly changed first.

The list is ordered by the time of the last change, so an edited review comes again, and the walk
(``bot.sources.kit.walk``) needs nothing else for that. What was deleted is missed (``bot.sources.kit.reviews``).
"""

from collections.abc import Mapping
from functools import partial
from typing import Any

from bot.net.errors import SourceRefused
from bot.sources.base import Batch, Capabilities, SourceConfig
from bot.sources.kinds.google_reviews.account import sign_in
from bot.sources.kinds.google_reviews.options import GoogleReviewsOptions
from bot.sources.kinds.google_reviews.posts import id_of, read_review, seconds
from bot.sources.kinds.google_reviews.replies import RULES, PlaceReviews
from bot.sources.kinds.google_reviews.verdicts import VERDICTS
from bot.sources.kit.json import objects, string
from bot.sources.kit.oauth2 import signed_in
from bot.sources.kit.one_reply import OneReply
from bot.sources.kit.reviews import Watched
from bot.sources.kit.tools import SourceTools
from bot.sources.kit.walk import NewestFirst, Page
from bot.sources.proof import Proof
from bot.sources.registry import secret_variables

PAGE = 50
OVERLAP_SECONDS = 3_600.0
# So many reviews of all places together are watched; their names are long.
WATCHED = 30


class GoogleReviews:
    """The reviews of some places, polled, and answered."""

    capabilities = Capabilities(polls=True, reply=RULES, network="Google reviews")

    def __init__(self, config: SourceConfig[GoogleReviewsOptions], tools: SourceTools) -> None:
        """Take what is heard; nothing is asked yet.

        Raises:
            OptionError: A secret of the application is missing, or what is needed to keep the account.
        """
        options, variables = config.options, secret_variables(config.kind, config.name)
        base = f"{options.base_url.rstrip('/')}/v4"
        self._api = signed_in(base, sign_in(options), VERDICTS, config, tools, variables)
        self._places = options.locations
        self._walk = NewestFirst(1.0, lambda since: since - OVERLAP_SECONDS, cursor_may_die=True)
        self.replies = OneReply(PlaceReviews(self._api, options.locations), RULES, taker="Google")

    async def poll(self, checkpoint: str) -> Batch:
        """Fetch one page of each place, oldest first; ``more`` says that a walk is not at its end.

        Raises:
            SourceUnavailable: Google is not well.
            SourceRefused: It does not let us in, has granted no requests yet, or a place is not ours or not verified.
        """
        watched = Watched(checkpoint, self._places, WATCHED)
        lists = {name: partial(self._page, name, watched) for name in self._places}
        return watched.with_gone(await self._walk.poll(checkpoint, lists))

    async def prove(self) -> Proof:
        """Ask for the reviews of each place; Google says of whom a token is only where it was asked for that, too.

        Raises:
            SourceUnavailable, SourceRefused: As ``poll`` does.
        """
        for name in self._places:
            await self._asked(name, "", 1)
        return Proof(who=", ".join(called or name for name, called in self._places.items()))

    async def _asked(self, name: str, cursor: str, size: int = PAGE) -> Mapping[str, Any]:
        query = [("pageSize", str(size)), ("orderBy", "updateTime desc"), *([("pageToken", cursor)] if cursor else [])]
        answer = await self._api.find(f"/{name}/reviews", query, of=self._places[name] or name)
        if answer is None and not cursor:
            raise SourceRefused(f"Google knows no place {name}: compare it with what the API lists.")
        return answer or {}

    async def _page(self, name: str, watched: Watched, cursor: str, _since: float) -> Page[float]:
        """Take a page of one place; the first one tells what is missing."""
        answer = await self._asked(name, cursor)
        reviews = [one for one in objects(answer.get("reviews")) if id_of(one)]
        following = string(answer, "nextPageToken")
        if not cursor:
            shown = {id_of(one): seconds(one) for one in reviews}
            edge = min(shown.values(), default=0.0) if following else 0.0
            await watched.see(name, shown, edge, partial(self._stands, name.partition("/locations/")[0]))
        place = self._places[name]
        return Page([(seconds(one), read_review(one, place)) for one in reviews], following)

    async def _stands(self, account: str, review: str) -> bool:
        return await self._api.find(f"/{account}/{review}") is not None
