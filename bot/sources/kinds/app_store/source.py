"""The App Store: the reviews of one app, the newest first.

The list is ordered by when a review was written, and nothing says when it was changed. So the whole of its first page,
the newest two hundred, is shown to Dibs again with each poll: what reads differently since is an edit, and what is
missing was deleted (``bot.sources.kit.reviews``). An older review that was edited is seen when somebody answers it.

What lets us in is a key of the team, by which each token is signed for a quarter of an hour
(https://developer.apple.com/documentation/appstoreconnectapi/generating-tokens-for-api-requests).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any

from bot.net.errors import SourceRefused, SourceUnavailable
from bot.sources.base import Batch, Capabilities, SourceConfig
from bot.sources.kinds.app_store.posts import HOST, id_at, id_of, read_review, seconds
from bot.sources.kinds.app_store.replies import RULES, AppReviews
from bot.sources.kinds.app_store.verdicts import GONE, VERDICTS
from bot.sources.kit.auth import asked_as
from bot.sources.kit.json import mapping, objects, string
from bot.sources.kit.one_reply import OneReply
from bot.sources.kit.options import Like, Options, WebAddress
from bot.sources.kit.reviews import Watched
from bot.sources.kit.signed_jwt import SignedJwt, Signer
from bot.sources.kit.tools import SourceTools
from bot.sources.kit.walk import NewestFirst, Page
from bot.sources.proof import Proof
from bot.sources.registry import secret_variables
from handlers.base.events import Posted

AUDIENCE = "appstoreconnect-v1"
PAGE = 200
OVERLAP_SECONDS = 3_600.0
WATCHED = 100
_LIST = "reviews"
_LONGEST_CURSOR = 2_000
_APP = Like("[0-9]{1,20}", 'is the number of an app, such as "1234567890".')
_UUID = "[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"
_ISSUER = Like(_UUID, "is what App Store Connect shows above the keys of the team.")
_KEY = Like("[A-Z0-9]{5,20}", 'is the id of the key, such as "SAMPLEKEY1".')


@dataclass(frozen=True, slots=True, kw_only=True)
class AppStoreOptions(Options):
    """Options: what is heard, and by which key.

    Attributes:
        app: The number of our app, as its address in App Store Connect has it.
        issuer_id: Who issued the key, as App Store Connect shows it above the keys of the team.
        key_id: The id of the key.
        base_url: The API.
    """

    app: Annotated[str, _APP]
    issuer_id: Annotated[str, _ISSUER]
    key_id: Annotated[str, _KEY]
    base_url: WebAddress = "https://api.appstoreconnect.apple.com"


class AppStore:
    """The reviews of one app, polled, and answered."""

    capabilities = Capabilities(polls=True, finds=True, reply=RULES, network="App Store", hosts=(HOST,))

    def __init__(self, config: SourceConfig[AppStoreOptions], tools: SourceTools) -> None:
        """Take what is heard; nothing is asked yet.

        Raises:
            OptionError: The key is missing or none, or what signs is not installed.
        """
        options, variable = config.options, secret_variables(config.kind, config.name)["private_key"]
        key = config.secrets.get("private_key", "")
        signer = Signer(key, "ES256", variable=variable, key_id=options.key_id)
        claims = {"iss": options.issuer_id, "aud": AUDIENCE}
        account = SignedJwt("App Store Connect", signer, claims, tools, variable=variable)
        base = f"{options.base_url.rstrip('/')}/v1"
        self._api = asked_as(account, base, "App Store Connect", config, tools, verdicts=VERDICTS)
        self._options = options
        self._walk = NewestFirst(1.0, lambda since: since - OVERLAP_SECONDS, cursor_may_die=True)
        self._reviews = AppReviews(self._api, options.app)
        self.replies = OneReply(self._reviews, RULES, taker="Apple", gone=GONE)

    async def poll(self, checkpoint: str) -> Batch:
        """Fetch one page, oldest first; ``more`` says that the walk is not at its end.

        Raises:
            SourceUnavailable: Apple is not well.
            SourceRefused: It does not take the key, or the key may not see this app.
        """
        watched = Watched(checkpoint, [_LIST], WATCHED)
        return watched.with_gone(await self._walk.poll(checkpoint, {_LIST: partial(self._page, watched)}))

    async def find(self, url: str) -> Posted | None:
        """Return the review at an address that stands on one of our cards; None for other addresses.

        Raises:
            SourceUnavailable, SourceRefused: As ``poll`` does.
        """
        name = id_at(url, self._options.app)
        review = await self._reviews.look(name) if name else None
        return review.posted if review else None

    async def prove(self) -> Proof:
        """Ask for one review; who may reply is not told before somebody does.

        Raises:
            SourceUnavailable, SourceRefused: As ``poll`` does.
        """
        await self._asked("", 1)
        return Proof(who=f"key {self._options.key_id} for app {self._options.app}")

    @property
    def _path(self) -> str:
        return f"/apps/{self._options.app}/customerReviews"

    async def _asked(self, cursor: str, size: int = PAGE) -> Mapping[str, Any]:
        query = [] if cursor else [("sort", "-createdDate"), ("limit", str(size))]
        answer = await self._api.find(cursor or self._path, query)
        if answer is None and not cursor:
            raise SourceRefused(f"App Store Connect shows this key no app {self._options.app}.")
        return answer or {}

    async def _page(self, watched: Watched, cursor: str, _since: float) -> Page[float]:
        """Take a page; the first one tells what is missing."""
        answer = await self._asked(cursor)
        reviews = [one for one in objects(answer.get("data")) if id_of(one)]
        following = self._following(string(mapping(answer.get("links")), "next"))
        if not cursor:
            shown = {id_of(one): seconds(one) for one in reviews}
            edge = min(shown.values(), default=0.0) if following else 0.0
            await watched.see(_LIST, shown, edge, self._stands)
        return Page([(seconds(one), read_review(one, self._options.app)) for one in reviews], following)

    def _following(self, address: str) -> str:
        """Return where the next page stands, behind our base; our token goes nowhere else.

        Raises:
            SourceUnavailable: It is said to stand elsewhere.
        """
        following = address.removeprefix(self._api.base_url)
        if address and (not following.startswith(f"{self._path}?") or len(following) > _LONGEST_CURSOR):
            raise SourceUnavailable("App Store Connect says that its list goes on at another address.")
        return following

    async def _stands(self, review: str) -> bool:
        return await self._api.find(f"/customerReviews/{review}") is not None
