"""An instance of Mastodon on loopback, in memory: it refuses what a real one refuses.

What it knows: one hashtag timeline, search, mention notifications, statuses, their context, our own statuses, the page
about itself, and two streams. Ids rise as Mastodon's do, pages come newest first, ``since_id`` skips and ``min_id``
does not, texts become HTML with shortened names, and an Idempotency-Key is heeded for as long as the fake lives, unless
``ignores_keys``. ``faults`` are played on the next requests to publish, one each.
"""

import asyncio
import html
import json
import re
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

Json = dict[str, Any]
TOKEN = "sample-access-token"
US = "200"
_BEGIN = datetime(2026, 3, 4, 5, 0, tzinfo=UTC).timestamp()
_LINK = re.compile(r"https?://[^\s<]+")
_NAME = re.compile(r"(?<![\w/@])@(\w+)(?:@[\w.-]+\w)?")


def status_id(seconds: float) -> str:
    """Return an id as Mastodon draws it, for so many seconds after the begin of the play."""
    return str(int((_BEGIN + seconds) * 1_000) << 16)


def markup(text: str) -> str:
    """Write a text as Mastodon shows it: paragraphs, short names, links whose ends are hidden."""
    shown = html.escape(text, quote=False)
    shown = _LINK.sub(_link, shown)
    shown = _NAME.sub(
        r'<span class="h-card"><a href="https://x.example/@\1" class="u-url mention">@<span>\1</span></a></span>', shown
    )
    return "<p>" + shown.replace("\n\n", "</p><p>").replace("\n", "<br />") + "</p>"


def _link(match: re.Match[str]) -> str:
    scheme, _, rest = match.group().partition("://")
    return (
        f'<a href="{match.group()}" rel="nofollow"><span class="invisible">{scheme}://</span><span class="ellipsis">'
        f'{rest[:30]}</span><span class="invisible">{rest[30:]}</span></a>'
    )


@dataclass
class FakeMastodon:
    """The instance; ``statuses`` is all that stands there, by id.

    Attributes:
        faults: "die" (accepted, and the connection cut), "early" (cut before), "500" (accepted), "503" (not accepted),
            "hang" (accepted, never answered), "429".
        foreign: Statuses of other instances, by address, which stand here once somebody resolves them.
        bad_token: The number with which a token that does not count is refused.
        bad_text: The number with which a text is refused.
        scopes: What our token was made for; None = a server that tells it nobody.
    """

    token: str = TOKEN
    limit: int = 500
    ignores_keys: bool = False
    bad_token: int = 401
    bad_text: int = 422
    scopes: tuple[str, ...] | None = ("read", "write:statuses")
    headers: bool = True
    statuses: dict[str, Json] = field(default_factory=dict)
    foreign: dict[str, Json] = field(default_factory=dict)
    notifications: list[Json] = field(default_factory=list)
    faults: deque[str] = field(default_factory=deque)
    asked: list[tuple[str, str]] = field(default_factory=list)
    posted: list[Json] = field(default_factory=list)
    authorizations: list[str] = field(default_factory=list)
    base_url: str = ""
    _keys: dict[str, str] = field(default_factory=dict)
    _streams: list[asyncio.Queue[bytes | None]] = field(default_factory=list)

    def write(self, seconds: float, text: str, *, name: str = "ana", **more: Any) -> Json:
        """Let somebody write a status; returns it."""
        made = self.status(status_id(seconds), text, name, _BEGIN + seconds, **more)
        self.statuses[made["id"]] = made
        return made

    def status(self, own_id: str, text: str, name: str, at: float, **more: Any) -> Json:
        """Build a status, as the API shows it."""
        user, _, host = name.partition("@")
        home = f"https://{host}" if host else self.base_url
        ours = name == "acme"
        account = {
            "id": US if ours else f"1{sum(map(ord, name))}",
            "username": user,
            "acct": name,
            "display_name": user.title(),
            "url": f"{home}/@{user}",
            "followers_count": 321,
        }
        return {
            "id": own_id,
            "created_at": datetime.fromtimestamp(at, UTC).isoformat().replace("+00:00", "Z"),
            "in_reply_to_id": None,
            "visibility": "public",
            "spoiler_text": "",
            "language": "en",
            "uri": f"{home}/users/{user}/statuses/{own_id}",
            "url": f"{home}/@{user}/{own_id}",
            "edited_at": None,
            "content": markup(text),
            "reblog": None,
            "account": account,
            "mentions": [],
            "tags": [{"name": tag.lower()} for tag in re.findall(r"#(\w+)", text)],
            **more,
        }

    def notify(self, notification_id: str, status: Json, kind: str = "mention") -> Json:
        """Let somebody's status be told to our account."""
        made = {"id": notification_id, "type": kind, "account": status["account"], "status": status}
        self.notifications.append(made)
        return made

    async def tell(self, event: str, payload: Json | str, *, cut: bool = False) -> None:
        """Tell all streams of something; ``cut`` ends them."""
        data = payload if isinstance(payload, str) else json.dumps(payload)
        while not self._streams:
            await asyncio.sleep(0.01)
        for stream in self._streams:
            stream.put_nowait(f":thump\nevent: {event}\ndata: {data}\n\n".encode())
            if cut:
                stream.put_nowait(None)

    def replies_to(self, parent: str) -> list[Json]:
        """Return what stands below a status."""
        return [one for one in self.statuses.values() if one["in_reply_to_id"] == parent]

    @asynccontextmanager
    async def serve(self) -> AsyncIterator["FakeMastodon"]:
        """Serve on loopback for the length of the block."""
        app = web.Application(middlewares=[self._guard])
        get, post = app.router.add_get, app.router.add_post
        get("/api/v1/timelines/tag/{tag}", self._tag)
        get("/api/v1/notifications", self._notifications)
        get("/api/v2/search", self._search)
        get("/api/v1/statuses/{id}", self._status)
        get("/api/v1/statuses/{id}/context", self._context)
        get("/api/v1/accounts/verify_credentials", self._me)
        get("/api/v1/apps/verify_credentials", self._app)
        get("/api/v1/accounts/{id}/statuses", self._own)
        get("/api/v2/instance", self._instance)
        get("/api/v1/streaming/{name}", self._stream)
        post("/api/v1/statuses", self._publish)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.base_url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            yield self
        finally:
            for stream in self._streams:
                stream.put_nowait(None)
            await runner.cleanup()

    @web.middleware
    async def _guard(self, request: web.Request, handler: Any) -> web.StreamResponse:
        """Refuse a bad token everywhere, and none where one is wanted; tell the limits."""
        self.asked.append((request.method, request.path_qs))
        given = request.headers.get("authorization", "")
        self.authorizations.append(given)
        public = request.path.startswith(("/api/v1/timelines/", "/api/v2/instance", "/api/v1/statuses/"))
        if (given and given != f"Bearer {self.token}") or (not given and not public):
            return web.json_response({"error": "The access token is invalid"}, status=self.bad_token)
        response: web.StreamResponse = await handler(request)
        if self.headers and not response.prepared:
            response.headers.setdefault("X-RateLimit-Remaining", "299")
            response.headers.setdefault("X-RateLimit-Reset", "2026-03-04T05:10:00.441909Z")
        return response

    async def _tag(self, request: web.Request) -> web.Response:
        tag = request.match_info["tag"].lower()
        public = (one for one in self.statuses.values() if one["visibility"] == "public")
        found = [one for one in public if any(name["name"] == tag for name in one["tags"])]
        return web.json_response(_page(found, request.query))

    async def _notifications(self, request: web.Request) -> web.Response:
        kinds = request.query.getall("types[]", [])
        return web.json_response(
            _page([one for one in self.notifications if not kinds or one["type"] in kinds], request.query, most=80)
        )

    async def _search(self, request: web.Request) -> web.Response:
        query = request.query
        words = query["q"]
        if words.startswith("http"):
            if words in self.foreign and query.get("resolve") == "true":
                made = self.foreign[words]
                self.statuses[made["id"]] = made
            found = [one for one in self.statuses.values() if words in (one["url"], one["uri"])]
        else:
            found = [one for one in self.statuses.values() if words.lower() in one["content"].lower()]
            since = int(query.get("min_id", "0")) >> 16
            found = [one for one in found if int(one["id"]) >> 16 > since // 1_000 * 1_000]  # a search knows seconds
        found.sort(key=lambda one: int(one["id"]), reverse=True)
        begin = int(query.get("offset", "0"))
        limit = min(int(query.get("limit", "20")), 40)
        return web.json_response({"accounts": [], "hashtags": [], "statuses": found[begin : begin + limit]})

    async def _status(self, request: web.Request) -> web.Response:
        found = self.statuses.get(request.match_info["id"])
        return web.json_response(found) if found else _not_found()

    async def _context(self, request: web.Request) -> web.Response:
        if request.match_info["id"] not in self.statuses:
            return _not_found()
        return web.json_response({"ancestors": [], "descendants": self.replies_to(request.match_info["id"])})

    async def _me(self, request: web.Request) -> web.Response:
        return web.json_response({"id": US, "username": "acme", "acct": "acme"})

    async def _app(self, request: web.Request) -> web.Response:
        told = {} if self.scopes is None else {"scopes": list(self.scopes)}
        return web.json_response({"name": "Dibs", "website": None, **told})

    async def _own(self, request: web.Request) -> web.Response:
        found = [one for one in self.statuses.values() if one["account"]["id"] == request.match_info["id"]]
        return web.json_response(_page(found, request.query))

    async def _instance(self, request: web.Request) -> web.Response:
        told = {
            "urls": {"streaming": self.base_url.replace("http", "ws", 1)},
            "statuses": {"max_characters": self.limit, "characters_reserved_per_url": 23},
        }
        return web.json_response({"domain": "127.0.0.1", "version": "4.6.4", "configuration": told})

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        if request.match_info["name"] not in ("user", "hashtag"):
            return _not_found()
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        await response.write(b":)\n")
        queue: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._streams.append(queue)
        while (piece := await queue.get()) is not None:
            await response.write(piece)
        self._streams.remove(queue)
        return response

    async def _publish(self, request: web.Request) -> web.StreamResponse:
        fault = self.faults.popleft() if self.faults else ""
        if fault == "early":
            return _cut(request)
        if fault in ("429", "503"):
            reset = {"Date": "Wed, 04 Mar 2026 05:00:00 GMT", "X-RateLimit-Reset": "2026-03-04T05:02:00Z"}
            return web.json_response({"error": "Too many requests"}, status=int(fault), headers=reset)
        if self.scopes is not None and not {"write", "write:statuses"} & set(self.scopes):
            return web.json_response({"error": "This action is outside the authorized scopes"}, status=403)
        sent = await request.json()
        parent = sent.get("in_reply_to_id")
        if parent and parent not in self.statuses:
            return _not_found()
        if not sent["status"].strip() or _counted(sent["status"]) > self.limit:
            return web.json_response({"error": "Validation failed: Text is too long"}, status=self.bad_text)
        made = self._accept(sent, request.headers.get("idempotency-key", ""))
        if fault == "die":
            return _cut(request)
        if fault == "500":
            return web.json_response({"error": "We're sorry, but something went wrong"}, status=500)
        if fault == "hang":
            await asyncio.sleep(30)
        return web.json_response(made)

    def _accept(self, sent: Json, key: str) -> Json:
        if key in self._keys and not self.ignores_keys:
            return self.statuses[self._keys[key]]
        self.posted.append(sent)
        seconds = 3_600.0 + len(self.posted)
        made = self.write(seconds, sent["status"], name="acme", in_reply_to_id=sent.get("in_reply_to_id"))
        made["visibility"] = sent.get("visibility", "public")
        self._keys[key] = made["id"]
        return made


def _page(found: list[Json], query: Any, most: int = 40) -> list[Json]:
    """Return a page, newest first; with ``min_id`` the one that follows it, with ``since_id`` the newest."""
    ordered = sorted(found, key=lambda one: (len(one["id"]), one["id"]))
    limit = min(int(query.get("limit", "20")), most)
    key = query.get("min_id") or query.get("since_id")
    if key:
        ordered = [one for one in ordered if (len(one["id"]), one["id"]) > (len(key), key)]
    page = ordered[:limit] if "min_id" in query else ordered[-limit:]
    return list(reversed(page))


def _counted(text: str) -> int:
    return len(_NAME.sub(r"@\1", _LINK.sub("x" * 23, text)))


def _not_found() -> web.Response:
    return web.json_response({"error": "Record not found"}, status=404)


def _cut(request: web.Request) -> web.StreamResponse:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
