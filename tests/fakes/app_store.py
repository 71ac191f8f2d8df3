"""App Store Connect on loopback, in memory: it refuses what the real one refuses.

What it knows: reviews of one app, by when they were written and by id, and their one reply, which another one
overwrites without a word, and which is pending until ``publish``. Each request bears a token of twenty minutes at most,
signed by the key of the team, for this moment where ``now`` says which that is. ``faults`` are played on the next
replies, one each: "die" (taken, and the connection cut), "early" (cut before), "500" (taken), "429", "409" (taken, and
an unknown no).
"""

from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from tests.fakes.google import cut
from tests.fakes.serving import served
from tests.fakes.signing import claims_of, keys, pem

Json = dict[str, Any]

APP = "1234567890"
ISSUER = "11111111-2222-3333-4444-555555555555"
KEY_ID = "SAMPLEKEY1"
SECRETS = {"private_key": pem(keys()[1])}
BEGIN = datetime(2026, 3, 4, 3, 0, tzinfo=UTC)
_MOST = 5_970
_LONGEST = 20 * 60
_CALIFORNIA = timezone(timedelta(hours=-8))
_RESPONSES = "customerReviewResponses"


@dataclass
class FakeAppStore:
    """The service.

    Attributes:
        reviews: By their ids.
        replies: By the ids of their reviews.
        apps: Those that the key sees.
        role: What the key may: "SUPPORT" all, "READ" read, "" nothing.
        agreed: The agreements are accepted.
        left: Of the requests of this hour.
        state: Of the next replies.
        apart: A pending reply comes only where it is asked for, and not with its review.
        elsewhere: Where the next pages are said to be, in the place of here.
        posts: All replies that were taken, in their order: review and words.
    """

    reviews: dict[str, Json] = field(default_factory=dict)
    replies: dict[str, Json] = field(default_factory=dict)
    apps: tuple[str, ...] = (APP,)
    role: str = "SUPPORT"
    agreed: bool = True
    revoked: bool = False
    now: datetime | None = None
    left: int = 3_600
    state: str = "PUBLISHED"
    apart: bool = False
    elsewhere: str = ""
    page: int = 200
    faults: deque[str] = field(default_factory=deque)
    posts: list[tuple[str, str]] = field(default_factory=list)
    asked: list[tuple[str, str]] = field(default_factory=list)
    base_url: str = ""

    def review(self, seconds: float, body: str = "Hm.", title: str = "", stars: int = 2, place: str = "DEU") -> Json:
        """Let somebody review the app; returns the review."""
        name = f"00000028-b08c-0014-729e-{len(self.reviews):012}"
        told = {"rating": stars, "title": title, "body": body, "reviewerNickname": "Ana Example", "territory": place}
        told["createdDate"] = (BEGIN + timedelta(seconds=seconds)).astimezone(_CALIFORNIA).isoformat()
        self.reviews[name] = {"type": "customerReviews", "id": name, "attributes": told}
        return self.reviews[name]

    def change(self, review: Json, **values: Any) -> None:
        """Let its writer change a review: nothing says when."""
        review["attributes"] |= values

    def delete(self, review: Json) -> None:
        """Let its writer delete a review, and its reply with it."""
        del self.reviews[review["id"]]
        self.replies.pop(review["id"], None)

    def reply(self, review: str, text: str, state: str = "PUBLISHED") -> Json:
        """Let a reply stand there, in the place of another one."""
        told = {"responseBody": text, "lastModifiedDate": BEGIN.isoformat(), "state": state}
        self.replies[review] = {"type": _RESPONSES, "id": f"r-{review}", "attributes": told}
        return self.replies[review]

    def publish(self) -> None:
        """Let what is pending be shown."""
        for reply in self.replies.values():
            reply["attributes"]["state"] = "PUBLISHED"

    @asynccontextmanager
    async def serve(self) -> AsyncIterator["FakeAppStore"]:
        """Serve on loopback for the length of the block."""
        app = web.Application(middlewares=[self._guard])
        app.router.add_get("/v1/apps/{app}/customerReviews", self._list)
        app.router.add_get("/v1/customerReviews/{review}", self._one)
        app.router.add_get("/v1/customerReviews/{review}/response", self._response)
        app.router.add_post("/v1/customerReviewResponses", self._reply)
        async with served(app) as self.base_url:
            yield self

    @web.middleware
    async def _guard(self, request: web.Request, handler: Any) -> web.StreamResponse:
        self.asked.append((request.method, request.path_qs))
        self.left -= 1
        if not self._knows(request.headers.get("authorization", "").removeprefix("Bearer ")):
            return no(401, "NOT_AUTHORIZED", "Provide a properly configured and signed bearer token.")
        if not self.agreed:
            return no(403, "FORBIDDEN.REQUIRED_AGREEMENTS_MISSING_OR_EXPIRED", "An agreement is missing.")
        if self.left < 0:
            return self._limited(no(429, "RATE_LIMIT_EXCEEDED", "The request rate limit has been reached."))
        if not self.role or (self.role == "READ" and request.method == "POST"):
            return no(403, "FORBIDDEN_ERROR", "The API key in use does not allow this request")
        return self._limited(await handler(request))

    def _knows(self, token: str) -> bool:
        claims = claims_of(token, keys()[1].public_key(), "appstoreconnect-v1", KEY_ID)
        if self.revoked or not claims or claims["iss"] != ISSUER or claims["exp"] - claims["iat"] > _LONGEST:
            return False
        return self.now is None or claims["iat"] - 60 <= self.now.timestamp() < claims["exp"]

    def _limited(self, answer: web.StreamResponse) -> web.StreamResponse:
        if not answer.prepared:
            answer.headers["X-Rate-Limit"] = f"user-hour-lim:3600;user-hour-rem:{max(self.left, 0)};"
        return answer

    async def _list(self, request: web.Request) -> web.Response:
        if request.match_info["app"] not in self.apps:
            return no(404, "NOT_FOUND", "There is no resource of type 'apps' with this id.")
        query = dict(request.query)
        cursor, most = query.pop("cursor", "0"), min(int(query["limit"]), self.page)
        if not cursor.isdecimal():
            return no(400, "PARAMETER_ERROR.INVALID", "'x' is not a valid cursor for this request.")
        assert query["sort"] == "-createdDate"
        found = sorted(self.reviews.values(), key=_written, reverse=True)
        page = found[int(cursor) : int(cursor) + most]
        links: Json = {"self": f"{self.base_url}{request.path_qs}"}
        if int(cursor) + most < len(found):
            following = urlencode({"cursor": int(cursor) + most, **query})
            links["next"] = f"{self.elsewhere or self.base_url}{request.path}?{following}"
        return web.json_response({"data": page, "links": links})

    async def _one(self, request: web.Request) -> web.Response:
        name = request.match_info["review"]
        if name not in self.reviews:
            return _gone()
        reply = self.replies.get(name) if request.query.get("include") == "response" else None
        shown = reply is not None and not (self.apart and reply["attributes"]["state"] != "PUBLISHED")
        return web.json_response({"data": self.reviews[name], **({"included": [reply]} if shown else {})})

    async def _response(self, request: web.Request) -> web.Response:
        found = self.replies.get(request.match_info["review"])
        return _gone() if found is None else web.json_response({"data": found})

    async def _reply(self, request: web.Request) -> web.StreamResponse:
        sent = (await request.json())["data"]
        text, about = str(sent["attributes"]["responseBody"]), sent["relationships"]["review"]["data"]
        fault = self.faults.popleft() if self.faults else ""
        if fault == "early":
            return cut(request)
        if fault == "429":
            return no(429, "RATE_LIMIT_EXCEEDED", "The request rate limit has been reached.")
        if sent["type"] != _RESPONSES or about["type"] != "customerReviews" or about["id"] not in self.reviews:
            return no(409, "ENTITY_ERROR.RELATIONSHIP.INVALID", "There is no resource of type 'customerReviews'.")
        if not text.strip() or len(text) > _MOST:
            return no(409, "ENTITY_ERROR.ATTRIBUTE.INVALID.TOO_LONG", "The responseBody is too long.")
        self.posts.append((about["id"], text))
        made = self.reply(about["id"], text, self.state)
        if fault == "die":
            return cut(request)
        if fault == "409":
            return no(409, "STATE_ERROR", "The request cannot be fulfilled because of the state of another resource.")
        return no(500, "UNEXPECTED_ERROR", "") if fault == "500" else web.json_response({"data": made}, status=201)


def no(status: int, code: str, detail: str) -> web.Response:
    """Say no as App Store Connect does."""
    error = {"id": "8e3eec32", "status": str(status), "code": code, "title": "No.", "detail": detail}
    return web.json_response({"errors": [error]}, status=status)


def _gone() -> web.Response:
    return no(404, "NOT_FOUND", "There is no resource with this id.")


def _written(review: Json) -> datetime:
    return datetime.fromisoformat(str(review["attributes"]["createdDate"]))
