"""Google Business Profile on loopback, in memory: it refuses what the real one refuses.

What it knows: reviews of places, by the time of their last change and by name, and their one reply, which another one
replaces without a word. Places that are not verified, or not ours, are closed. A reply is approved, pending, or
rejected, as ``state`` says when it comes; ``moderate`` says something else later. ``faults`` are played on the next
replies, one each: "die" (taken, and the connection cut), "early" (cut before), "500" (taken), "429".
"""

from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web

from tests.fakes.google import Json, Tokens, cut, no
from tests.fakes.serving import served

PLACE = "accounts/1/locations/2"
SCOPE = "https://www.googleapis.com/auth/business.manage"
BEGIN = datetime(2026, 3, 4, 5, 0, tzinfo=UTC)
_MOST_BYTES = 4_096
_STARS = ("ONE", "TWO", "THREE", "FOUR", "FIVE")


@dataclass
class FakeGoogleReviews:
    """The service.

    Attributes:
        reviews: By their names.
        closed: How places refuse: "unverified", or "denied".
        granted: The project has a quota; without one it is 0.
        state: What becomes of the next replies: "APPROVED", "PENDING", "REJECTED", or nothing, as before 2026.
        puts: All replies that were taken, in their order: review and words.
    """

    reviews: dict[str, Json] = field(default_factory=dict)
    closed: dict[str, str] = field(default_factory=dict)
    granted: bool = True
    state: str = "APPROVED"
    faults: deque[str] = field(default_factory=deque)
    puts: list[tuple[str, str]] = field(default_factory=list)
    asked: list[tuple[str, str]] = field(default_factory=list)
    tokens: Tokens = field(default_factory=lambda: Tokens(SCOPE))
    places: tuple[str, ...] = (PLACE, "accounts/1/locations/3")
    base_url: str = ""

    def review(self, seconds: float, comment: str = "", stars: int = 2, place: str = PLACE, **more: Any) -> Json:
        """Let somebody review a place; returns the review."""
        name = f"{place}/reviews/AbFvOq{len(self.reviews):04}"
        written = {"name": name, "reviewId": name.rpartition("/")[2], "starRating": _STARS[stars - 1]}
        written |= {"createTime": _time(seconds), "updateTime": _time(seconds)}
        written |= {"comment": comment} if comment else {}
        self.reviews[name] = {"reviewer": {"displayName": "Ana Example"}, **written, **more}
        return self.reviews[name]

    def change(self, review: Json, seconds: float, **values: Any) -> None:
        """Let its writer change a review."""
        review |= {**values, "updateTime": _time(seconds)}

    def moderate(self, review: Json, state: str, violation: str = "") -> None:
        """Let Google say something else of the reply that stands there."""
        review["reviewReply"]["reviewReplyState"] = state
        if violation:
            review["reviewReply"]["policyViolation"] = violation

    @asynccontextmanager
    async def serve(self) -> AsyncIterator["FakeGoogleReviews"]:
        """Serve on loopback for the length of the block."""
        app = web.Application(middlewares=[self._guard])
        app.router.add_post("/token", self.tokens.sell)
        place = "/v4/accounts/{account}/locations/{location}"
        app.router.add_get(f"{place}/reviews", self._list)
        app.router.add_get(f"{place}/reviews/{{review}}", self._one)
        app.router.add_put(f"{place}/reviews/{{review}}/reply", self._reply)
        async with served(app) as self.base_url:
            yield self

    @web.middleware
    async def _guard(self, request: web.Request, handler: Any) -> web.StreamResponse:
        self.asked.append((request.method, request.path_qs))
        if request.path == "/token":
            return await handler(request)  # type: ignore[no-any-return]
        if (stranger := self.tokens.check(request)) is not None:
            return stranger
        if not self.granted:
            return no(429, "RESOURCE_EXHAUSTED", "RATE_LIMIT_EXCEEDED", "Quota exceeded.", quota_limit_value="0")
        place = request.path.removeprefix("/v4/").partition("/reviews")[0]
        if place not in self.places:
            return no(404, "NOT_FOUND", message="Requested entity was not found.")
        if self.closed.get(place) == "unverified":
            return no(400, "FAILED_PRECONDITION", message="Precondition check failed.")
        if self.closed.get(place) == "denied":
            return no(403, "PERMISSION_DENIED", message="The caller does not have permission")
        return await handler(request)  # type: ignore[no-any-return]

    async def _list(self, request: web.Request) -> web.Response:
        query, place = request.query, request.path.removeprefix("/v4/").rpartition("/")[0]
        token, most = query.get("pageToken", "0"), int(query["pageSize"])
        if query["orderBy"] != "updateTime desc" or most > 50:
            return no(400, "INVALID_ARGUMENT", message="Request contains an invalid argument.")
        if not token.isdecimal():
            return no(400, "INVALID_ARGUMENT", message="Invalid page token.")
        found = [one for one in self.reviews.values() if one["name"].startswith(f"{place}/reviews/")]
        found.sort(key=lambda one: str(one["updateTime"]), reverse=True)
        page = found[int(token) : int(token) + most]
        following = {"nextPageToken": str(int(token) + most)} if int(token) + most < len(found) else {}
        return web.json_response({"reviews": page, "totalReviewCount": len(found), **following} if page else {})

    async def _one(self, request: web.Request) -> web.Response:
        found = self.reviews.get(request.path.removeprefix("/v4/"))
        return _gone() if found is None else web.json_response(found)

    async def _reply(self, request: web.Request) -> web.StreamResponse:
        name = request.path.removeprefix("/v4/").removesuffix("/reply")
        text = str((await request.json())["comment"])
        fault = self.faults.popleft() if self.faults else ""
        if fault == "early":
            return cut(request)
        if fault == "429":
            return no(429, "RESOURCE_EXHAUSTED", "RATE_LIMIT_EXCEEDED", quota_limit_value="300")
        if name not in self.reviews:
            return _gone()
        if not text.strip() or len(text.encode()) > _MOST_BYTES:
            return no(400, "INVALID_ARGUMENT", message="The comment has a wrong length.")
        self.puts.append((name, text))
        made: Json = {"comment": text, "updateTime": _time(3_600 + len(self.puts))}
        made |= {"reviewReplyState": self.state} if self.state else {}
        url = {"reviewReplyUrl": f"https://www.google.com/maps/reviews/reply/{len(self.puts)}"}
        self.reviews[name]["reviewReply"] = made | url
        if fault == "die":
            return cut(request)
        return no(500, "INTERNAL") if fault == "500" else web.json_response(made)


def _gone() -> web.Response:
    return no(404, "NOT_FOUND", message="Requested entity was not found.")


def _time(seconds: float) -> str:
    return (BEGIN + timedelta(seconds=seconds)).isoformat().replace("+00:00", "Z")
