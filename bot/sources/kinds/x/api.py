"""Asking X, which sells what it answers (https://docs.x.com/x-api/getting-started/pricing).

A request is booked at the most that it can come to, and billed by what came: posts, and their authors and pictures,
which X counts as things that it returned. What it returned before on the same day of UTC it does not charge for again,
which it does not promise; after a restart we count it again.

Each endpoint has limits of its own, so each is a bucket: mentions that were asked for too often keep no reply back.
"""

from collections.abc import Callable, Collection, Mapping
from datetime import date
from typing import Any

from bot.net.errors import SourceRefused, SourceUnavailable
from bot.net.fetching import WRITING
from bot.runtime.clock import Clock
from bot.sources.kinds.x.posts import FIELDS, Me, Shown, history, is_public, read_shown
from bot.sources.kinds.x.verdicts import NO_CREDITS, read
from bot.sources.kit.accounts import Pair
from bot.sources.kit.answer import Answer
from bot.sources.kit.auth import see_account
from bot.sources.kit.json import mapping, objects, string
from bot.sources.kit.remembered import once
from bot.sources.kit.rest import Query, Rest
from handlers.base.budget import USD
from handlers.text.weights import has_link

POST, OWN = USD.parts_of("0.005"), USD.parts_of("0.001")
USER, FILE = USD.parts_of("0.010"), USD.parts_of("0.005")
REPLY, REPLY_WITH_LINK = USD.parts_of("0.010"), USD.parts_of("0.200")
MOST_FILES = 4
# A page is booked as if each post were by another author and showed as many pictures as it may.
PAGE = 10
OWN_PAGE = 100


class XApi:
    """X, asked as one account."""

    def __init__(self, rest: Rest[Pair], username: str, own: int, clock: Clock) -> None:
        """Take what asks, our account as dibs.toml names it, what a post or a mention of its own costs, and the day."""
        self.rest = rest
        self._username = username
        self.own = own
        self._clock = clock
        self.me = once(self._account)
        self._paid: tuple[date, set[str]] = (date.min, set())

    async def _account(self) -> Me:
        """Return our account, which is free.

        Raises:
            SourceUnavailable: It may work later.
            SourceRefused: It is not let in, or is another one than dibs.toml says.
        """
        told = mapping((await self._get("/2/users/me", bucket="me", cost=0)).object.get("data"))
        found = Me(string(told, "id"), string(told, "username"))
        if not found.id or not found.username:
            raise SourceUnavailable(self.rest.not_ours)
        see_account(found.username, self._username)
        return found

    async def shown(self, path: str, query: Query, *, bucket: str, price: int) -> Shown:
        """Ask for a page of posts, each at this price; one behind a token that has ended is empty.

        Raises:
            SourceUnavailable, SourceRefused: As ``me`` does; also where the budget is spent.
        """
        cost = PAGE * (price + USER + MOST_FILES * FILE)
        query = [*FIELDS, ("max_results", str(PAGE)), *query]
        ended = {400} if query[-1][0] in ("pagination_token", "next_token") else set()
        return self._listed(await self._get(path, query, bucket=bucket, cost=cost, price=price, takes=ended))

    async def ours(self, since: str, following: str = "") -> Shown:
        """Return a page of what our account wrote after a post, the newest first.

        Raises:
            SourceUnavailable, SourceRefused: As ``shown`` does.
        """
        query = [("tweet.fields", "edit_history_tweet_ids,note_tweet,referenced_tweets"), ("since_id", since)]
        query += [("max_results", str(OWN_PAGE)), *([("pagination_token", following)] if following else [])]
        path = f"/2/users/{(await self.me()).id}/tweets"
        return read_shown(
            (await self._get(path, query, bucket="ours", cost=OWN_PAGE * self.own, price=self.own)).object
        )

    async def current(self, post_id: str) -> Shown | None:
        """Return a post in its latest state; None where it is gone, or not public.

        Raises:
            SourceUnavailable, SourceRefused: As ``shown`` does.
        """
        for _ in range(2):  # an elder state names the latest one
            query, cost = [*FIELDS, ("ids", post_id)], POST + USER + MOST_FILES * FILE
            answer = await self._get("/2/tweets", query, bucket="posts", cost=cost, price=POST)
            found = read_shown(answer.object)
            if not found.posts:
                if not any(one.get("resource_id") == post_id for one in objects(answer.object.get("errors"))):
                    raise SourceUnavailable(self.rest.not_ours)
                return None
            latest = (history(found.posts[0]) or [post_id])[-1]
            if latest == post_id:
                break
            post_id = latest
        return found if is_public(found.posts[0], found) else None

    async def send(self, request: Mapping[str, Any]) -> Answer:
        """Publish once; a link makes it cost twenty times as much.

        Raises:
            SourceUnavailable, SourceRefused, MaybeSent: As ``bot.sources.kit.rest.Rest.send`` does.
        """
        cost = REPLY_WITH_LINK if has_link(str(request.get("text"))) else REPLY

        def bill(answer: Answer) -> int:
            return cost if answer.ok else 0

        return await self.rest.send("/2/tweets", json=request, bucket=WRITING, cost=cost, bill=bill)

    async def _get(
        self, path: str, query: Query = (), *, bucket: str, cost: int, price: int = 0, takes: Collection[int] = ()
    ) -> Answer:
        answer = await self.rest.get(path, query, bucket=bucket, cost=cost, bill=self._bill(price))
        if answer.ok or answer.status in takes:
            return answer
        if answer.status == 402:
            raise SourceRefused(NO_CREDITS)
        raise SourceRefused(f"X refused the request with {answer.status}. {read(answer).words}".strip())

    def _listed(self, answer: Answer) -> Shown:
        """Read a page of a list, which says how long it is also where it is empty."""
        if answer.ok and not isinstance(answer.object.get("meta"), dict):
            raise SourceUnavailable(self.rest.not_ours)
        return read_shown(answer.object)

    def _bill(self, price: int) -> Callable[[Answer], int]:
        """Return what reads what an answer came to, by what was not paid for today."""

        def bill(answer: Answer) -> int:
            today = self._clock.now().date()
            if self._paid[0] != today:
                self._paid = (today, set())
            beside = mapping(answer.object.get("includes"))
            prices = {f"post {string(one, 'id')}": price for one in objects(answer.object.get("data"))}
            prices |= {f"user {string(one, 'id')}": USER for one in objects(beside.get("users"))}
            prices |= {f"file {string(one, 'media_key')}": FILE for one in objects(beside.get("media"))}
            fresh = prices.keys() - self._paid[1]
            self._paid[1].update(fresh)
            return sum(prices[one] for one in fresh) if answer.ok else 0

        return bill
