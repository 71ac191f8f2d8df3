"""LinkedIn on loopback, in memory, as an application of a Page sees it: it refuses what the real one refuses.

What it knows: tokens, versions of its API that it answers, roles, what happened around a Page, comments in rows of two
levels, posts that take none, posts of others whose comments it does not show, the webhook. A comment that answers is
no parent. ``faults`` are played on the next comments, one each: "die" (taken, and the connection cut), "early" (cut
before), "500" (taken), "403" (not taken), "403 taken", "429".
"""

import hmac
import json
import re
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web

from tests.fakes.google import cut
from tests.fakes.letting_in import CLIENT, LettingIn
from tests.fakes.serving import served

Json = dict[str, Any]
NUMBER = "1234567"
US = f"urn:li:organization:{NUMBER}"
POST = "urn:li:activity:7100000000000000001"
NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
SCOPES = ("r_organization_social_feed", "w_organization_social_feed", "rw_organization_admin")
_FIRST = 7_100_000_000_000_000_000
_FORBIDDEN = "Access to resource is forbidden"
_LONG = re.compile(r"urn:li:comment:\((urn:li:\w+:\d+),(\d+)\)")


def _a_year() -> LettingIn:
    return LettingIn(
        rotates=False, basic=False, pkce=False, scopes=SCOPES, lasts=60 * 86_400, refresh_lasts=365 * 86_400
    )


@dataclass
class FakeLinkedIn:
    """The network.

    Attributes:
        comments: All that stand there, by their numbers.
        notes: What happened around the Page, the oldest first.
        closed: Posts that take no comments.
        foreign: Posts of others, whose comments our Page is not shown.
        forbidden: Numbers of comments that are forbidden for a while, or for good.
        versions: Those that are answered.
        approved: The application passed LinkedIn's review.
        bare: What was made is told by a header alone.
        left: How many calls the day has yet.
    """

    now: Callable[[], datetime] = lambda: NOW
    letting: LettingIn = field(default_factory=_a_year)
    comments: dict[str, Json] = field(default_factory=dict)
    notes: list[Json] = field(default_factory=list)
    closed: set[str] = field(default_factory=set)
    foreign: set[str] = field(default_factory=set)
    forbidden: set[str] = field(default_factory=set)
    posts: set[str] = field(default_factory=lambda: {POST})
    versions: tuple[str, ...] = ("202609", "202608")
    roles: tuple[str, ...] = ("ADMINISTRATOR",)
    approved: bool = True
    bare: bool = False
    left: int = 1_000_000
    faults: deque[str] = field(default_factory=deque)
    asked: list[tuple[str, str]] = field(default_factory=list)
    hook_valid: bool = True
    base_url: str = ""
    _made: int = 1

    # --- what people do ---

    def comment(
        self, text: str, by: str = "ana", *, to: Json | None = None, thread: str = POST, ago: float = 0.0, **more: Any
    ) -> Json:
        """Let somebody comment, some seconds ago; below another comment it joins the row of the first one."""
        number, writer = self._number(), US if by == "us" else f"urn:li:person:{by}"
        at = {"actor": writer, "time": self._time(ago)}
        made: Json = {"id": number, "actor": writer, "object": thread, "created": at, "lastModified": dict(at)}
        made |= {"commentUrn": f"urn:li:comment:({thread},{number})", "message": {"attributes": [], "text": text}}
        if to is not None:
            made["parentComment"] = to.get("parentComment") or to["commentUrn"]
        self.comments[number] = made | more
        self.note("ADMIN_COMMENT" if by == "us" else "COMMENT", self.comments[number], ago=ago)
        return self.comments[number]

    def edit(self, comment: Json, text: str) -> None:
        """Let its writer change a comment."""
        comment["message"] = {"attributes": [], "text": text}
        comment["lastModified"]["time"] = self._time(0)
        self.note("COMMENT_EDIT", comment)

    def delete(self, comment: Json) -> None:
        """Take a comment away."""
        del self.comments[comment["id"]]
        self.note("COMMENT_DELETE", comment, decorated=False)

    def mention(self, text: str, by: str = "ben", ago: float = 0.0) -> str:
        """Let somebody write a post that mentions the Page; returns its URN."""
        urn = f"urn:li:share:{self._number()}"
        self.posts.add(urn)
        told = {"share": {"entity": urn, "owner": f"urn:li:person:{by}", "text": text}}
        self._note("SHARE_MENTION", urn, urn, ago, decoratedGeneratedActivity=told)
        return urn

    def like(self) -> Json:
        """Let somebody like a post of ours."""
        return self._note("LIKE", POST, "urn:li:reaction:(urn:li:person:ben,urn:li:activity:1)", 0.0)

    def note(self, action: str, comment: Json, *, decorated: bool = True, ago: float = 0.0) -> Json:
        """Tell what happened to a comment: by its short name, and by the long one where it is decorated."""
        told = {"entity": comment["commentUrn"], "owner": comment["actor"], "text": comment["message"]["text"]}
        more = {"decoratedGeneratedActivity": {"comment": told | {"object": comment["object"]}}} if decorated else {}
        short = comment["commentUrn"].replace("(urn:li:", "(")
        return self._note(action, comment["object"], short, ago, **more)

    def ours(self) -> list[Json]:
        """Return what our Page has standing there, the oldest first."""
        return [one for one in self.comments.values() if one["actor"] == US]

    def ring(self, *notes: Json, escaped: bool = True) -> tuple[dict[str, str], bytes]:
        """Return a signed delivery: headers and body, which is ASCII with escapes or is not."""
        told = {"type": "ORGANIZATION_SOCIAL_ACTION_NOTIFICATIONS", "notifications": [*notes]}
        raw = json.dumps(told, ensure_ascii=escaped).encode()
        return {"X-LI-Signature": _signed(b"hmacsha256=" + raw)}, raw

    def check_hook(self, answer: Callable[[dict[str, str]], str]) -> bool:
        """Ask a webhook whether it knows the secret; three wrong answers and it gets nothing any more."""
        code = "890e4665-4dfe-4ab1-b689-ed553bceeed0"
        expected = {"challengeCode": code, "challengeResponse": _signed(code.encode())}
        self.hook_valid = json.loads(answer({"challengeCode": code})) == expected
        return self.hook_valid

    # --- what it answers ---

    @asynccontextmanager
    async def serve(self) -> AsyncIterator["FakeLinkedIn"]:
        """Serve on loopback for the length of the block."""
        app = web.Application(middlewares=[self._guard])
        app.router.add_post("/oauth/v2/accessToken", self.letting._token)
        app.router.add_get("/rest/organizationalEntityNotifications", self._notifications)
        app.router.add_get("/rest/organizationAcls", self._acls)
        app.router.add_get("/rest/organizations/{number}", self._organization)
        app.router.add_get("/rest/socialMetadata/{urn}", self._metadata)
        app.router.add_get("/rest/socialActions/{urn}/comments", self._below)
        app.router.add_post("/rest/socialActions/{urn}/comments", self._comment)
        app.router.add_get("/rest/socialActions/{urn}/comments/{number}", self._one)
        async with served(app) as self.base_url:
            yield self

    @web.middleware
    async def _guard(self, request: web.Request, handler: Any) -> web.StreamResponse:
        self.asked.append((request.method, request.raw_path))
        if request.path.startswith("/oauth/"):
            return await handler(request)  # type: ignore[no-any-return]
        token, version = request.headers.get("authorization", ""), request.headers.get("linkedin-version", "")
        if not version:
            return _no(400, "VERSION_MISSING", "A version must be present. Please specify a version.")
        if version not in self.versions:
            return _no(426, "NONEXISTENT_VERSION", f"Requested version {version}01 is not active")
        if self.letting._of(token.removeprefix("Bearer ")) is None:
            return _no(401, "REVOKED_ACCESS_TOKEN", "The token used in the request has been revoked by the user")
        if not self.approved:
            return _no(403, "ACCESS_DENIED", "Not enough permissions to access: socialActions.GET.20260901", code=100)
        # Nothing of a URN stands bare in a path; List(), (start:,end:) and their commas do, in a query.
        path, _, query = request.raw_path.partition("?")
        bare = re.search(r"[:(),]", path) or re.search(r"%28|%2C", query)
        if request.headers.get("x-restli-protocol-version") != "2.0.0" or bare:
            return _no(400, "ILLEGAL_ARGUMENT", "Resource method could not be resolved from request parameters.")
        self.left -= 1
        if self.left < 0:
            return _no(429, "TOO_MANY_REQUESTS", "Resource level throttle APPLICATION_AND_MEMBER DAY limit reached.")
        return await handler(request)  # type: ignore[no-any-return]

    async def _notifications(self, request: web.Request) -> web.Response:
        query = request.query
        actions = re.fullmatch(r"List\(([A-Z_,]+)\)", query["actions"])
        span = re.fullmatch(r"\(start:(\d+),end:(\d+)\)", query.get("timeRange", "(start:0,end:9999999999999)"))
        if query["q"] != "criteria" or query["organizationalEntity"] != US or actions is None or span is None:
            return _no(400, "ILLEGAL_ARGUMENT", "Invalid query parameters passed to request")
        oldest = max(int(span[1]), self._time(60 * 86_400))
        found = [
            one
            for one in reversed(self.notes)
            if one["action"] in actions[1].split(",") and oldest <= one["lastModifiedAt"] <= int(span[2])
        ]
        found.sort(key=lambda one: -int(one["lastModifiedAt"]))
        return _page(request, found)

    async def _acls(self, request: web.Request) -> web.Response:
        told = [{"role": one, "organization": US, "state": "APPROVED"} for one in self.roles]
        return _page(request, [{"role": "ADMINISTRATOR", "organization": "urn:li:organization:9"}, *told])

    async def _organization(self, request: web.Request) -> web.Response:
        return web.json_response({"id": int(request.match_info["number"]), "localizedName": "Acme"})

    async def _metadata(self, request: web.Request) -> web.Response:
        urn = request.match_info["urn"]
        if (no := self._unseen(urn)) is not None:
            return no
        return web.json_response({"entity": urn, "commentsState": "CLOSED" if urn in self.closed else "OPEN"})

    async def _below(self, request: web.Request) -> web.Response:
        urn = request.match_info["urn"]
        if (no := self._unseen(urn)) is not None:
            return no
        below = [one for one in self.comments.values() if one.get("parentComment", one["object"]) == urn]
        return _page(request, below)

    async def _one(self, request: web.Request) -> web.Response:
        if (no := self._unseen(request.match_info["urn"])) is not None:
            return no
        if request.match_info["number"] in self.forbidden:
            return _no(403, "ACCESS_DENIED", _FORBIDDEN)
        found = self.comments.get(request.match_info["number"])
        return _no(404, "NOT_FOUND", "Comment not found") if found is None else web.json_response(found)

    async def _comment(self, request: web.Request) -> web.StreamResponse:
        fault, asked = self.faults.popleft() if self.faults else "", await request.json()
        if fault == "early":
            return cut(request)
        if fault == "403":
            return _no(403, "ACCESS_DENIED", _FORBIDDEN)
        if fault == "429":
            return _no(429, "", "Comment create throttled: creation rate limit exceeded for member")
        if (no := self._refusal(request.match_info["urn"], asked)) is not None:
            return no
        parent = _LONG.fullmatch(asked.get("parentComment", ""))
        made = self.comment(
            asked["message"]["text"],
            "us",
            to=self.comments[parent[2]] if parent else None,
            thread=asked["object"],
        )
        if fault == "die":
            return cut(request)
        if fault == "403 taken":
            return _no(403, "ACCESS_DENIED", _FORBIDDEN)
        if fault == "500":
            return _no(500, "INTERNAL_SERVER_ERROR", "Internal error")
        headers = {"x-restli-id": made["id"]}
        return (
            web.Response(status=201, headers=headers)
            if self.bare
            else web.json_response(made, status=201, headers=headers)
        )

    # --- what it knows ---

    def _unseen(self, urn: str) -> web.Response | None:
        """Refuse to show what stands below a post of somebody else, or below nothing."""
        comment = _LONG.fullmatch(urn)
        thread = comment[1] if comment else urn
        if thread in self.foreign:
            return _no(403, "", f"member is unauthorized on {thread}")
        there = thread in self.posts and (comment is None or comment[2] in self.comments)
        return None if there else _no(404, "NOT_FOUND", f"Unable to obtain activity for urn {urn}")

    def _refusal(self, urn: str, asked: Json) -> web.Response | None:
        text, parent = asked.get("message", {}).get("text", ""), asked.get("parentComment", "")
        if set(asked) - {"actor", "object", "message", "parentComment"}:
            return _no(403, "ACCESS_DENIED", "Unpermitted fields present in REQUEST_BODY")
        if asked.get("actor") != US:
            return _no(403, "ACCESS_DENIED", f"member is unauthorized on {asked.get('actor')}")
        if asked.get("object") not in self.posts or urn != (parent or asked["object"]):
            return _no(404, "NOT_FOUND", f"Unable to obtain activity for urn {urn}")
        found = _LONG.fullmatch(parent)
        above = self.comments.get(found[2]) if found else None
        if parent and above is None:
            return _no(404, "NOT_FOUND", "Comment not found")
        if above is not None and "parentComment" in above:
            return _no(400, "ILLEGAL_ARGUMENT", "The parent comment is not a top-level comment")
        if asked["object"] in self.closed:
            return _no(403, "COMMENTS_DISABLED", "Commenting has been turned off")
        if not text.strip() or len(text) > 1_250:
            return _no(400, "FIELD_LENGTH_TOO_LONG", "ERROR :: /message/text :: length is beyond the maximum 1250")
        return None

    def _note(self, action: str, post: str, generated: str, ago: float, **more: Any) -> Json:
        told = {"notificationId": 5_600_000 + len(self.notes), "organizationalEntity": US, "action": action}
        told |= {"sourcePost": post, "generatedActivity": generated, "lastModifiedAt": self._time(ago)}
        self.notes.append(told | {"subscriber": "urn:li:person:admin"} | more)
        return self.notes[-1]

    def _number(self) -> str:
        self._made += 1
        return str(_FIRST + self._made)

    def _time(self, ago: float) -> int:
        return int((self.now() - timedelta(seconds=ago)).timestamp() * 1_000)


def _page(request: web.Request, found: list[Json]) -> web.Response:
    start, count = int(request.query.get("start", "0")), int(request.query.get("count", "10"))
    if not 0 < count <= 100:
        return _no(400, "ILLEGAL_ARGUMENT", "Invalid count")
    paging = {"start": start, "count": count, "total": len(found), "links": []}
    return web.json_response({"paging": paging, "elements": found[start : start + count]})


def _no(status: int, word: str, message: str, code: int = 0) -> web.Response:
    told: Json = {"status": status, "message": message}
    told |= {"code": word} if word else {}
    told |= {"serviceErrorCode": code} if code else {}
    return web.json_response(told, status=status)


def _signed(said: bytes) -> str:
    return hmac.digest(CLIENT["client_secret"].encode(), said, "sha256").hex()
