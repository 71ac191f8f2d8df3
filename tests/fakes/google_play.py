"""The reviews of Google Play on loopback, in memory: it refuses what the real one refuses.

What it knows: reviews of one app, by the time of their last change and by id, of which the list shows those of the last
week that say something; and their one reply, which another one replaces without a word, and from which HTML is taken.
Access tokens are sold for what the key of the service account has signed. ``faults`` are played on the next replies,
one each: "die" (taken, and the connection cut), "early" (cut before), "500" (taken), "old" (500, not taken), "429",
"4xx" (taken, and an unknown no).
"""

import re
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from aiohttp import web

from tests.fakes.google import Json, Tokens, cut, no
from tests.fakes.serving import served
from tests.fakes.signing import EMAIL, claims_of, key_file, keys

PACKAGE = "com.acme.app"
SCOPE = "https://www.googleapis.com/auth/androidpublisher"
SECRETS = {"service_account": key_file()}
# Seconds since 1970, some of them before the clock of tests.
BEGIN = 1_772_590_000
_MOST = 350
_WEEK = 7 * 86_400
_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"


class ServiceTokens(Tokens):
    """Sells access tokens for what a service account has signed."""

    revoked = False
    audience = ""

    def revoke(self) -> None:
        """Let the key count no more."""
        self.revoked = True
        self.expire()

    def restore(self) -> None:
        """Let it count again."""
        self.revoked = False

    async def sell(self, request: web.Request) -> web.Response:
        """Sell one for an assertion that lasts an hour at most."""
        form = await request.post()
        claims = claims_of(str(form.get("assertion")), keys()[0].public_key(), self.audience, "k1")
        good = claims and claims["iss"] == EMAIL and claims.get("scope") == self.scope
        if form.get("grant_type") != _GRANT or not good or claims["exp"] - claims["iat"] > 3_600 or self.revoked:
            told = {"error": "invalid_grant", "error_description": "Invalid JWT Signature."}
            return web.json_response(told, status=400)
        self.sold += 1
        token = f"access-{self.sold}"
        self._good.add(token)
        return web.json_response({"access_token": token, "token_type": "Bearer", "expires_in": 3599})


@dataclass
class FakeGooglePlay:
    """The service.

    Attributes:
        reviews: By their ids.
        packages: The apps that are published.
        right: What the service account may not do: "" = it may all, "read" = it may not reply, "none" = nothing.
        closed: Reviews that refuse replies with 403, whatever the right.
        now: Seconds since 1970; the list shows the week before it.
        forgets: What is older is not shown by its id either.
        posts: All replies that were taken, in their order: review and words.
    """

    reviews: dict[str, Json] = field(default_factory=dict)
    packages: tuple[str, ...] = (PACKAGE,)
    right: str = ""
    closed: set[str] = field(default_factory=set)
    now: float = BEGIN + 3_600
    forgets: bool = False
    page: int = 100
    faults: deque[str] = field(default_factory=deque)
    posts: list[tuple[str, str]] = field(default_factory=list)
    asked: list[tuple[str, str]] = field(default_factory=list)
    tokens: ServiceTokens = field(default_factory=lambda: ServiceTokens(SCOPE))
    base_url: str = ""

    def review(self, seconds: float, text: str = "\tHm.", stars: int = 2, **more: Any) -> Json:
        """Let somebody review the app; returns the review."""
        name = f"gp:AOqp{len(self.reviews):04}"
        comment = {"text": text, "starRating": stars, "reviewerLanguage": "en", "device": "trltecan"}
        comment |= {"androidOsVersion": 21, "appVersionName": "1.2.3", "lastModified": _time(seconds), **more}
        self.reviews[name] = {"reviewId": name, "authorName": "Ana Example", "comments": [{"userComment": comment}]}
        return self.reviews[name]

    def change(self, review: Json, seconds: float, **values: Any) -> None:
        """Let its writer change a review."""
        review["comments"][0]["userComment"] |= {**values, "lastModified": _time(seconds)}

    def reply(self, review: Json, text: str) -> Json:
        """Let a reply stand there, in the place of another one."""
        made = {"text": text, "lastModified": _time(3_600 + len(self.posts))}
        review["comments"][1:] = [{"developerComment": made}]
        return made

    @asynccontextmanager
    async def serve(self) -> AsyncIterator["FakeGooglePlay"]:
        """Serve on loopback for the length of the block."""
        app = web.Application(middlewares=[self._guard])
        app.router.add_post("/token", self.tokens.sell)
        reviews = "/androidpublisher/v3/applications/{package}/reviews"
        app.router.add_get(reviews, self._list)
        app.router.add_get(f"{reviews}/{{review}}", self._one)
        app.router.add_post(f"{reviews}/{{review}}", self._reply)
        async with served(app) as self.base_url:
            self.tokens.audience = f"{self.base_url}/token"
            yield self

    @web.middleware
    async def _guard(self, request: web.Request, handler: Any) -> web.StreamResponse:
        self.asked.append((request.method, request.raw_path))
        if request.path == "/token":
            return await handler(request)  # type: ignore[no-any-return]
        if (stranger := self.tokens.check(request)) is not None:
            return stranger
        if request.match_info["package"] not in self.packages:
            return no(404, "NOT_FOUND", "applicationNotFound", "No application was found for the given package name.")
        if self.right == "none":
            return _forbidden()
        return await handler(request)  # type: ignore[no-any-return]

    async def _list(self, request: web.Request) -> web.Response:
        token, most = request.query.get("token", "0"), min(int(request.query["maxResults"]), self.page)
        if not token.isdecimal():
            return no(400, "INVALID_ARGUMENT", "badRequest", "Invalid pagination token.")
        found = [one for one in self.reviews.values() if _changed(one) > self.now - _WEEK and _says(one)]
        found.sort(key=_changed, reverse=True)
        page = found[int(token) : int(token) + most]
        following = str(int(token) + most) if int(token) + most < len(found) else ""
        paging = {"tokenPagination": {"nextPageToken": following}} if following else {}
        return web.json_response({"reviews": page, **paging} if page else {})

    async def _one(self, request: web.Request) -> web.Response:
        found = self.reviews.get(request.match_info["review"])
        if found is None or (self.forgets and _changed(found) <= self.now - _WEEK):
            return _gone()
        return web.json_response(found)

    async def _reply(self, request: web.Request) -> web.StreamResponse:
        name, verb = unquote(request.match_info["review"]).rsplit(":", 1)
        text = str((await request.json())["replyText"])
        fault = self.faults.popleft() if self.faults else ""
        if fault == "early":
            return cut(request)
        if fault == "429":
            return no(429, "RESOURCE_EXHAUSTED", "rateLimitExceeded")
        if fault == "old":
            return web.json_response({"error": {"code": 500, "message": None}}, status=500)
        if verb != "reply" or name not in self.reviews:
            return _gone()
        if self.right or name in self.closed:
            return _forbidden()
        if not text.strip() or len(text) > _MOST:
            return no(400, "INVALID_ARGUMENT", "badRequest", "The reply is too long.")
        text = re.sub(r"<[^<>]*>", "", text)
        self.posts.append((name, text))
        made = self.reply(self.reviews[name], text)
        if fault == "die":
            return cut(request)
        if fault == "4xx":
            return no(412, "FAILED_PRECONDITION", "conditionNotMet")
        result = {"replyText": text, "lastEdited": made["lastModified"]}
        return no(500, "INTERNAL") if fault == "500" else web.json_response({"result": result})


def _changed(review: Json) -> float:
    return float(review["comments"][0]["userComment"]["lastModified"]["seconds"])


def _says(review: Json) -> bool:
    return bool(str(review["comments"][0]["userComment"]["text"]).strip())


def _gone() -> web.Response:
    return no(404, "NOT_FOUND", "notFound", "Review not found.")


def _forbidden() -> web.Response:
    why = "The current user has insufficient permissions to perform the requested operation."
    return no(403, "PERMISSION_DENIED", "permissionDenied", why)


def _time(seconds: float) -> Json:
    return {"seconds": str(int(BEGIN + seconds)), "nanos": 713_000_000}
