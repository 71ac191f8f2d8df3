"""Reddit on loopback, in memory: it refuses what the real one refuses.

What it knows: buying access tokens, lists of posts and comments, search, mentions, things by name, the comments below
a post, our own comments, and commenting, with its errors inside a 200. Lists come newest first; a page before a thing
is empty once that thing is gone. Who does not say who asks gets 429. ``faults`` are played on the next comments, one
each; ``lags`` names where a fresh comment does not show yet ("tree", "user").
"""

import asyncio
import html
import re
from base64 import b64encode
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.fakes.serving import served

Json = dict[str, Any]
SECRETS = {"client_id": "sample-id", "client_secret": "sample-secret", "refresh_token": "sample-refresh-token"}
US = "acme_support"
BEGIN = 1_772_600_000.0
_AGENT = re.compile(r"python:dibs:\S+ \(by /u/[\w-]+\)")
_MOST = 1_000


@dataclass
class FakeReddit:
    """The site; ``things`` is all that stands there, by full name.

    Attributes:
        faults: "die" (accepted, and the connection cut), "early" (cut before), "500" (accepted), "hang" (accepted,
            never answered), "429", "403", "scope"; any other is an error inside a 200: "CODE: sentence".
        oauth_error: How a refresh token that does not count is refused: the status.
        scope: What the refresh token was made for, as tokens are sold; "*" = everything.
    """

    refresh_token: str = SECRETS["refresh_token"]
    oauth_error: int = 400
    scope: str = "*"
    suspended: bool = False
    things: dict[str, Json] = field(default_factory=dict)
    mentions: list[str] = field(default_factory=list)
    faults: deque[str] = field(default_factory=deque)
    lags: set[str] = field(default_factory=set)
    ratelimit: float | None = None
    asked: list[tuple[str, str]] = field(default_factory=list)
    bought: int = 0
    made: int = 0
    base_url: str = ""
    _tokens: set[str] = field(default_factory=set)

    def post(self, seconds: float, title: str, text: str = "", **more: Any) -> Json:
        """Let somebody post; returns the thing."""
        link_id = f"p{len(self.things):x}"
        path = f"/r/acme/comments/{link_id}/a_title/"
        return self._add(
            {
                "name": f"t3_{link_id}",
                "title": title,
                "selftext": text,
                "selftext_html": markdown(text) if text else None,
                "url": f"https://www.reddit.com{path}",
                "permalink": path,
                "removed_by_category": None,
                **self._by("ana", seconds),
                **more,
            }
        )

    def comment(self, seconds: float, parent: Json, text: str, author: str = "ben", **more: Any) -> Json:
        """Let somebody comment; returns the thing."""
        comment_id = f"c{len(self.things):x}"
        link = self.things[parent.get("link_id") or parent["name"]]
        return self._add(
            {
                "name": f"t1_{comment_id}",
                "link_id": link["name"],
                "link_title": link["title"],
                "parent_id": parent["name"],
                "body": text,
                "body_html": markdown(text),
                "permalink": f"{link['permalink']}{comment_id}/",
                "replies": "",
                **self._by(author, seconds),
                **more,
            }
        )

    def answers_to(self, name: str) -> list[Json]:
        """Return what stands directly below a thing."""
        return [one for one in self.things.values() if one.get("parent_id") == name]

    def expire(self) -> None:
        """Let every access token end, as an hour does."""
        self._tokens.clear()

    @asynccontextmanager
    async def serve(self) -> AsyncIterator["FakeReddit"]:
        """Serve on loopback for the length of the block."""
        app = web.Application(middlewares=[self._guard])
        get, post = app.router.add_get, app.router.add_post
        post("/api/v1/access_token", self._sell)
        get("/api/v1/me", self._me)
        get("/api/info", self._info)
        get("/message/mentions", self._mentions)
        get("/r/{room}/new", self._list)
        get("/r/{room}/comments", self._list)
        get("/r/{room}/search", self._search)
        get("/search", self._search)
        get("/user/{name}/comments", self._own)
        get("/comments/{link}", self._tree)
        post("/api/comment", self._comment)
        async with served(app) as self.base_url:
            yield self

    def _by(self, author: str, seconds: float) -> Json:
        return {
            "author": author,
            "author_fullname": f"t2_{author}",
            "created_utc": BEGIN + seconds,
            "locked": False,
            "archived": False,
            "subreddit": "acme",
        }

    def _add(self, thing: Json) -> Json:
        self.things[thing["name"]] = thing
        return thing

    @web.middleware
    async def _guard(self, request: web.Request, handler: Any) -> web.StreamResponse:
        self.asked.append((request.method, request.path_qs))
        if not _AGENT.fullmatch(request.headers.get("user-agent", "")):
            return web.json_response({"message": "Too Many Requests", "error": 429}, status=429)
        if request.path != "/api/v1/access_token":
            given = request.headers.get("authorization", "").partition(" ")[2]
            if given not in self._tokens:
                return web.json_response({"message": "Unauthorized", "error": 401}, status=401)
        response: web.StreamResponse = await handler(request)
        limits = {"x-ratelimit-remaining": "595.0", "x-ratelimit-reset": "355", "x-ratelimit-used": "5"}
        for name, value in limits.items():
            response.headers.setdefault(name, value)
        return response

    async def _sell(self, request: web.Request) -> web.Response:
        pair = b64encode(f"{SECRETS['client_id']}:{SECRETS['client_secret']}".encode()).decode()
        if request.headers.get("authorization") != f"Basic {pair}":
            return web.json_response({"message": "Unauthorized", "error": 401}, status=401)
        form = await request.post()
        if form["grant_type"] != "refresh_token" or form["refresh_token"] != self.refresh_token:
            return web.json_response({"error": "invalid_grant"}, status=self.oauth_error)
        self.bought += 1
        token = f"access-{self.bought}"
        self._tokens.add(token)
        return web.json_response(
            {"access_token": token, "token_type": "bearer", "expires_in": 3600, "scope": self.scope}
        )

    async def _me(self, request: web.Request) -> web.Response:
        if not self._is_for("identity"):
            return _out_of_scope()
        return web.json_response({"name": US, "id": "us", "is_suspended": self.suspended})

    def _is_for(self, scope: str) -> bool:
        return self.scope == "*" or scope in self.scope.split()

    async def _info(self, request: web.Request) -> web.Response:
        names = request.query["id"].split(",")
        # a comment's page does not carry the title of its post here
        found = [{**self.things[name]} for name in names if name in self.things]
        for one in found:
            one.pop("link_title", None)
        return web.json_response(_listing(found))

    async def _mentions(self, request: web.Request) -> web.Response:
        found = []
        for name in self.mentions:
            thing = dict(self.things[name])
            path = thing.pop("permalink")
            found.append(thing | {"context": f"{path}?context=3", "type": "username_mention"})
        return web.json_response(_page(found, request.query))

    async def _list(self, request: web.Request) -> web.Response:
        if request.match_info["room"] != "acme":
            return web.json_response({"reason": "banned", "message": "Not Found", "error": 404}, status=404)
        kind = "t3_" if request.path.endswith("/new") else "t1_"
        return web.json_response(
            _page([one for name, one in self.things.items() if name.startswith(kind)], request.query)
        )

    async def _search(self, request: web.Request) -> web.Response:
        words = request.query["q"].lower()
        found = [
            one
            for name, one in self.things.items()
            if name.startswith("t3_") and words in f"{one['title']} {one['selftext']}".lower()
        ]
        return web.json_response(_page(found, request.query))

    async def _own(self, request: web.Request) -> web.Response:
        found = [one for one in self.things.values() if one["author"] == request.match_info["name"] and "body" in one]
        if "user" in self.lags:
            found = [one for one in found if not one.get("fresh")]
        return web.json_response(_page(found, request.query))

    async def _tree(self, request: web.Request) -> web.Response:
        link = f"t3_{request.match_info['link']}"
        if link not in self.things:
            return web.json_response({"message": "Not Found", "error": 404}, status=404)
        focus = request.query.get("comment")
        if focus is None:
            shown = self._shown(link)
        else:
            thing = self.things[f"t1_{focus}"]
            below = self._shown(thing["name"])
            shown = [thing | {"replies": _listing(below) if below else ""}]
        return web.json_response([_listing([self.things[link]]), _listing(shown)])

    def _shown(self, name: str) -> list[Json]:
        return [one for one in self.answers_to(name) if not ("tree" in self.lags and one.get("fresh"))]

    async def _comment(self, request: web.Request) -> web.StreamResponse:
        form = await request.post()
        fault = self.faults.popleft() if self.faults else ""
        if fault == "early":
            return _cut(request)
        if fault == "scope" or not self._is_for("submit"):
            return _out_of_scope()
        if fault in ("429", "403"):
            headers = {"x-ratelimit-remaining": "0.0", "x-ratelimit-reset": "90"}
            return web.json_response({"message": "No", "error": int(fault)}, status=int(fault), headers=headers)
        errors = self._errors(str(form["thing_id"]), str(form["text"]), fault)
        if errors:
            answer: Json = {"errors": [errors]}
            return web.json_response(
                {"json": answer | ({"ratelimit": self.ratelimit} if self.ratelimit is not None else {})}
            )
        self.made += 1
        made = self.comment(3_600 + self.made, self.things[str(form["thing_id"])], str(form["text"]), US, fresh=True)
        if fault == "die":
            return _cut(request)
        if fault == "500":
            return web.json_response({"message": "Internal Server Error", "error": 500}, status=500)
        if fault == "hang":
            await asyncio.sleep(30)
        return web.json_response({"json": {"errors": [], "data": {"things": [{"kind": "t1", "data": made}]}}})

    def _errors(self, name: str, text: str, fault: str) -> list[str]:
        """Return the error that the real one gives, as it writes it."""
        if ": " in fault:
            code, _, sentence = fault.partition(": ")
            return [code, sentence, "field"]
        if not text.strip():
            return ["NO_TEXT", "we need something here", "text"]
        if len(text) > 10_000:
            return ["TOO_LONG", "this is too long (max: 10000)", "text"]
        thing = self.things.get(name)
        if thing is None or thing.get("body") == "[deleted]":
            return ["DELETED_COMMENT", "that comment has been deleted", "parent"]
        return ["THREAD_LOCKED", "Comments are locked.", "parent"] if thing["locked"] else []


def markdown(text: str) -> str:
    """Write a text as Reddit's HTML; of Markdown it knows paragraphs and bare links."""
    shown = html.escape(text, quote=True).replace("&quot;", '"')
    shown = re.sub(r"https?://[^\s<]+", lambda found: f'<a href="{found.group()}">{found.group()}</a>', shown)
    body = "".join(f"<p>{part}</p>\n" for part in shown.split("\n\n"))
    return f'<!-- SC_OFF --><div class="md">{body}</div><!-- SC_ON -->'


def _listing(things: list[Json], after: str | None = None) -> Json:
    children = [{"kind": one["name"][:2], "data": one} for one in things]
    return {"kind": "Listing", "data": {"after": after, "dist": len(things), "children": children}}


def _page(found: list[Json], query: Any) -> Json:
    """Return a page, newest first, of the newest thousand."""
    ordered = sorted(found, key=lambda one: one["created_utc"], reverse=True)[:_MOST]
    limit = min(int(query.get("limit", "25")), 100)
    names = [one["name"] for one in ordered]
    begin = 0
    if "after" in query:
        begin = names.index(query["after"]) + 1 if query["after"] in names else len(names)
    if "before" in query:
        end = names.index(query["before"]) if query["before"] in names else 0
        return _listing(ordered[max(end - limit, 0) : end])
    page = ordered[begin : begin + limit]
    return _listing(page, page[-1]["name"] if begin + limit < len(ordered) else None)


def _out_of_scope() -> web.Response:
    headers = {"www-authenticate": 'Bearer realm="reddit", error="insufficient_scope"'}
    return web.json_response({"message": "Forbidden", "error": 403}, status=403, headers=headers)


def _cut(request: web.Request) -> web.StreamResponse:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
