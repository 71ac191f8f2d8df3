"""Google Play: the reviews of one app, the newest and the newly changed first.

The list shows those of the last week that say something, by the time of their last change, so an edited review comes
again. What was deleted is missed (``bot.sources.kit.reviews``): what is a week old leaves the list by itself, so only
what is younger is looked at, and one in a poll, for Google counts what is asked of each app by the hour.

Its quotas are 200 requests an hour to read, and 2,000 replies a day, for each app
(https://support.google.com/googleplay/android-developer/contact/review_apiqr). Nobody says when its hour begins; three
a minute are never more than 183 in sixty, wherever that begins, and nothing that was saved can be spent at once.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any

from bot.net.errors import SourceRefused
from bot.net.fetching import WRITING
from bot.sources.base import Batch, Capabilities, SourceConfig
from bot.sources.kinds.google_play.posts import HOST, ID, id_of, read_review, seconds
from bot.sources.kinds.google_play.replies import HTML, RULES, AppReviews
from bot.sources.kinds.google_play.verdicts import GONE, VERDICTS
from bot.sources.kit.addresses import pasted
from bot.sources.kit.auth import asked_as
from bot.sources.kit.json import mapping, objects, string
from bot.sources.kit.one_reply import OneReply
from bot.sources.kit.options import Like, Options, WebAddress, not_in_the_clear
from bot.sources.kit.reviews import Watched
from bot.sources.kit.signed_jwt import GOOGLE_TOKENS, ServiceAccount
from bot.sources.kit.tools import SourceTools
from bot.sources.kit.walk import NewestFirst, Page
from bot.sources.proof import Proof
from bot.sources.registry import secret_variables
from handlers.base.budget import Budget, Unit, Window
from handlers.base.events import Posted

SCOPE = "https://www.googleapis.com/auth/androidpublisher"
PAGE = 100
# Short, since each page of it counts.
OVERLAP_SECONDS = 900.0
WATCHED = 30
# A day less than the week that the list shows.
SHOWN_SECONDS = 6 * 86_400.0
_LIST = "reviews"
_PACKAGE = Like(r"(?a)(?!.{151})[A-Za-z]\w*(?:\.[A-Za-z]\w*)+", 'is the name of an app, such as "com.acme.app".')
BUDGETS = (
    Budget(unit=Unit("request", "requests"), most=3, window=Window.MINUTE, buckets=("",), for_replies=1 / 3),
    Budget(unit=Unit("reply", "replies"), most=2_000, window=Window.PACIFIC_DAY, buckets=(WRITING,)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class GooglePlayOptions(Options):
    """Options: what is heard.

    Attributes:
        package: The name of our app, as its address in the store has it.
        base_url: The API.
        token_url: Where tokens are bought.
    """

    package: Annotated[str, _PACKAGE]
    base_url: WebAddress = "https://androidpublisher.googleapis.com"
    token_url: WebAddress = GOOGLE_TOKENS


class GooglePlay:
    """The reviews of one app, polled, and answered."""

    capabilities = Capabilities(
        polls=True, finds=True, reply=RULES, network="Google Play", hosts=(HOST,), budgets=BUDGETS
    )

    def __init__(self, config: SourceConfig[GooglePlayOptions], tools: SourceTools) -> None:
        """Take what is heard; nothing is asked yet.

        Raises:
            OptionError: The key of the service account is missing or none, or what signs is not installed.
        """
        options, variable = config.options, secret_variables(config.kind, config.name)["service_account"]
        not_in_the_clear("token_url", options.token_url, allow_private=config.allow_private)
        key = config.secrets.get("service_account", "")
        account = ServiceAccount(key, (SCOPE,), config, tools, variable=variable, token_url=options.token_url)
        base = f"{options.base_url.rstrip('/')}/androidpublisher/v3/applications/{options.package}"
        self._api = asked_as(account, base, "Google Play", config, tools, verdicts=VERDICTS)
        self._email = account.email
        self._package = options.package
        self._clock = tools.clock
        self._walk = NewestFirst(1.0, lambda since: since - OVERLAP_SECONDS, cursor_may_die=True)
        self._reviews = AppReviews(self._api, options.package)
        self.replies = OneReply(self._reviews, RULES, taker="Google Play", gone=GONE, takes_out=HTML)

    async def poll(self, checkpoint: str) -> Batch:
        """Fetch one page, oldest first; ``more`` says that the walk is not at its end.

        Raises:
            SourceUnavailable: Google is not well, or too little is left of its quota.
            SourceRefused: It does not let us in, or the app is not ours.
        """
        watched = Watched(checkpoint, [_LIST], WATCHED, looks=1)
        return watched.with_gone(await self._walk.poll(checkpoint, {_LIST: partial(self._page, watched)}))

    async def find(self, url: str) -> Posted | None:
        """Return the review at its address in the store or in the Play Console; None for other addresses.

        Raises:
            SourceUnavailable, SourceRefused: As ``poll`` does.
        """
        asked = pasted(url, (HOST,)).query
        name = asked.get("reviewId", "")
        if not ID.fullmatch(name) or asked.get("id", self._package) != self._package:
            return None
        review = await self._reviews.look(name)
        return review.posted if review else None

    async def prove(self) -> Proof:
        """Ask for one review; who may reply is not told before somebody does.

        Raises:
            SourceUnavailable, SourceRefused: As ``poll`` does.
        """
        await self._asked("", 1)
        return Proof(who=f"{self._email} for {self._package}")

    async def _asked(self, cursor: str, size: int = PAGE) -> Mapping[str, Any]:
        query = [("maxResults", str(size)), *([("token", cursor)] if cursor else [])]
        answer = await self._api.find("/reviews", query)
        if answer is None and not cursor:
            raise SourceRefused(f"Google Play knows no app {self._package} that is published.")
        return answer or {}

    async def _page(self, watched: Watched, cursor: str, _since: float) -> Page[float]:
        """Take a page; the first one tells what is missing."""
        answer = await self._asked(cursor)
        reviews = [one for one in objects(answer.get("reviews")) if id_of(one)]
        following = string(mapping(answer.get("tokenPagination")), "nextPageToken")
        if not cursor:
            shown = {id_of(one): seconds(one) for one in reviews}
            edge = min(shown.values(), default=0.0) if following else 0.0
            week = self._clock.now().timestamp() - SHOWN_SECONDS
            await watched.see(_LIST, shown, max(edge, week), self._stands)
        return Page([(seconds(one), read_review(one, self._package)) for one in reviews], following)

    async def _stands(self, review: str) -> bool:
        return await self._reviews.look(review) is not None
