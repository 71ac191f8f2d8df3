"""Threads on loopback, in memory: it refuses what the real one refuses.

What it knows: who we are, mentions, our posts and replies, what stands below one, a search, posts by id, replies in
two steps, the quota, and tokens that renew themselves. It tells the fields that are asked for, and one that it does not
know costs the whole answer. A container is made public once, and only when it is FINISHED, which it may become later,
or never; after a day it is thrown away. Limits are a 400 with a code, and say no time.

``faults`` are played on the next publications, one each: "die" (made public, and the connection cut), "early" (cut
before), "500" (made public), "hang" (made public, and never answered), "lag" (it does not see its own container yet);
any other is "STATUS CODE/SUBCODE sentence". ``first`` are played on the next first steps, in the same words.
"""

import asyncio
import hmac
import json
import re
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web

from handlers.text.graphemes import emoji_by_bytes
from tests.fakes.google import cut
from tests.fakes.letting_in import CLIENT, LettingIn
from tests.fakes.serving import served

Json = dict[str, Any]
US = {"id": "9001", "username": "acme_support", "name": "Acme"}
SCOPES = (
    "threads_basic",
    "threads_content_publish",
    "threads_keyword_search",
    "threads_manage_mentions",
    "threads_manage_replies",
    "threads_read_replies",
)
NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
SITE = "https://www.threads.com"
# Those of all lists; what stands beside them in other lists is refused.
_KNOWN = frozenset(
    {
        *("id", "media_product_type", "media_type", "media_url", "permalink", "username", "text", "timestamp"),
        *("shortcode", "thumbnail_url", "children", "is_quote_post", "has_replies", "root_post", "replied_to"),
        *("is_reply", "is_reply_owned_by_me", "hide_status", "reply_audience", "quoted_post", "reposted_post"),
        *("gif_url", "topic_tag", "is_verified", "profile_picture_url"),
    }
)
_LINK = re.compile(r"https?://\S+")
_DAY = timedelta(days=1)


@dataclass
class Container:
    """What the first step left: ``asks`` is how often it is still IN_PROGRESS, ``error`` why it never is done."""

    name: str
    text: str
    to: str
    made_at: datetime
    asks: int = 0
    error: str = ""
    post: str = ""


@dataclass
class FakeThreads:
    """The network; ``posts`` is all that stands there, by id.

    Attributes:
        slow: So often the next containers are still IN_PROGRESS.
        broken: Why the next containers never are done.
        limited: Everything is refused with this code, as a limit.
        lags: Whether our own list does not show a fresh reply yet.
        private: Whose posts cannot be seen by their ids, but in lists: all that are not below ours.
        granted: What the account allowed.
        closed: Who cannot be answered, by the ids of their posts.
    """

    now: Callable[[], datetime] = lambda: NOW
    letting: LettingIn = field(default_factory=lambda: LettingIn(basic=False, scopes=SCOPES, account=US["username"]))
    posts: dict[str, Json] = field(default_factory=dict)
    containers: dict[str, Container] = field(default_factory=dict)
    faults: deque[str] = field(default_factory=deque)
    first: deque[str] = field(default_factory=deque)
    slow: int = 0
    broken: str = ""
    limited: int = 0
    lags: bool = False
    private: bool = False
    granted: set[str] = field(default_factory=lambda: set(SCOPES))
    closed: set[str] = field(default_factory=set)
    quota: int = 1_000
    asked: list[tuple[str, str, Json]] = field(default_factory=list)
    answers: Any = None
    base_url: str = ""
    _numbers: int = 0

    # --- what people do ---

    def write(self, text: str, by: str = "kim", *, ago: float = 0.0, to: Json | None = None, **more: Any) -> Json:
        """Let somebody write, some seconds ago, below ``to`` or by itself."""
        name = self._name()
        made: Json = {
            "id": name,
            "media_product_type": "THREADS",
            "media_type": "TEXT_POST",
            "permalink": f"{SITE}/@{by}/post/C{name}",
            "username": by,
            "text": text,
            "timestamp": _time(self.now() - timedelta(seconds=ago)),
            "shortcode": f"C{name}",
            "is_reply": to is not None,
            "is_quote_post": False,
            "reply_audience": "EVERYONE",
            "profile_picture_url": f"https://scontent.cdninstagram.com/{by}.jpg",
        }
        if to is not None:
            root = to.get("root_post", {"id": to["id"]})
            made |= {"root_post": root, "replied_to": {"id": to["id"]}, "hide_status": "NOT_HUSHED"}
        self.posts[name] = made | more
        return self.posts[name]

    def edit(self, one: Json, text: str) -> None:
        """Let its author change it, as Threads allows for a quarter of an hour."""
        one["text"] = text

    def delete(self, one: Json) -> None:
        """Let its author take it away."""
        del self.posts[one["id"]]

    def answers_to(self, one: Json) -> list[Json]:
        """Return what our account has standing directly below a post."""
        return [each for each in self.posts.values() if _ours(each) and _parent(each) == one["id"]]

    def ring(self, what: str, value: Json, *, escaped: bool = True) -> tuple[dict[str, str], bytes]:
        """Return a signed delivery: headers and body, which is ASCII with escapes or is not."""
        told = {
            "app_id": "123456",
            "topic": "moderate" if what in ("replies", "delete") else "interaction",
            "target_id": US["id"],
            "time": int(self.now().timestamp()),
            "subscription_id": "234567",
            "has_uid_field": False,
            "values": {"value": value, "field": what},
        }
        raw = json.dumps(told, ensure_ascii=escaped).replace("/", "\\/").encode()
        return {"X-Hub-Signature-256": f"sha256={signature(raw)}"}, raw

    def tells(self, one: Json) -> Json:
        """Return a post as a delivery tells it."""
        left_out = ("is_quote_post", "reply_audience", "hide_status")
        root = {"root_post": one["root_post"] | {"owner_id": "1", "username": "x"}} if "root_post" in one else {}
        return {name: value for name, value in one.items() if name not in left_out} | root

    # --- what it answers ---

    @asynccontextmanager
    async def serve(self) -> AsyncIterator["FakeThreads"]:
        """Serve on loopback for the length of the block."""
        app = web.Application(middlewares=[self._guard])
        app.router.add_post("/oauth/access_token", self.letting._token)
        app.router.add_get("/access_token", self.letting._exchange)
        app.router.add_get("/refresh_access_token", self.letting._renew)
        app.router.add_post("/v1.0/debug_token", self._token)
        app.router.add_get("/v1.0/me", self._me)
        app.router.add_get("/v1.0/me/mentions", self._mentions)
        app.router.add_get("/v1.0/me/threads", self._own_posts)
        app.router.add_get("/v1.0/me/replies", self._own_replies)
        app.router.add_get("/v1.0/keyword_search", self._search)
        app.router.add_get("/v1.0/me/threads_publishing_limit", self._limit)
        app.router.add_post("/v1.0/me/threads", self._create)
        app.router.add_post("/v1.0/me/threads_publish", self._publish)
        app.router.add_get("/v1.0/{id}/conversation", self._conversation)
        app.router.add_get("/v1.0/{id}/replies", self._below)
        app.router.add_get("/v1.0/{id}", self._one)
        async with served(app) as self.base_url:
            yield self

    @web.middleware
    async def _guard(self, request: web.Request, handler: Any) -> web.StreamResponse:
        if not request.path.startswith("/v1.0/"):
            return await handler(request)  # type: ignore[no-any-return]
        self.asked.append((request.method, request.path.removeprefix("/v1.0"), dict(request.query)))
        if self.answers is not None:
            return await self.answers(request)  # type: ignore[no-any-return]
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if "access_token" in request.query or self.letting._of(token) is None:
            return no(400, 190, words="Error validating access token: Session has expired.")
        if self.limited:
            return no(400, self.limited, words="Application request limit reached")
        strange = set(filter(None, request.query.get("fields", "").split(","))) - _KNOWN
        if strange and request.method == "GET" and request.path.rpartition("/")[2] in _LISTS:
            return no(400, 100, words=f"(#100) Tried accessing nonexisting field ({strange.pop()})")
        return await handler(request)  # type: ignore[no-any-return]

    async def _me(self, request: web.Request) -> web.Response:
        return web.json_response({name: US[name] for name in request.query.get("fields", "id").split(",")})

    async def _token(self, request: web.Request) -> web.Response:
        form = await request.post()
        family = self.letting._of(str(form["input_token"]))
        ends = int(family.ends_at.timestamp()) if family else 0
        told = {"app_id": "123456", "expires_at": ends, "scopes": sorted(self.granted)}
        return web.json_response({"data": told})

    async def _mentions(self, request: web.Request) -> web.Response:
        if refusal := self._lacks("threads_manage_mentions"):
            return refusal
        named = f"@{US['username']}"
        return self._page(request, [one for one in self.posts.values() if named in one["text"].lower()])

    async def _own_posts(self, request: web.Request) -> web.Response:
        return self._page(request, [one for one in self.posts.values() if _ours(one) and not one["is_reply"]])

    async def _own_replies(self, request: web.Request) -> web.Response:
        if refusal := self._lacks("threads_read_replies"):
            return refusal
        found = [one for one in self.posts.values() if _ours(one) and one["is_reply"]]
        return self._page(request, [one for one in found if not (self.lags and one.get("fresh"))])

    async def _search(self, request: web.Request) -> web.Response:
        words = request.query["q"].casefold()
        searched = [one for one in self.posts.values() if words in one["text"].casefold()]
        if "threads_keyword_search" not in self.granted:
            searched = [one for one in searched if _ours(one)]
        if request.query.get("search_type") != "RECENT":
            searched = searched[:1]
        return self._page(request, searched)

    async def _conversation(self, request: web.Request) -> web.Response:
        root = self.posts.get(request.match_info["id"])
        if root is None or root["is_reply"] or not _ours(root):
            return _gone(request.match_info["id"])
        found = [one for one in self.posts.values() if one.get("root_post", {}).get("id") == root["id"]]
        return self._lacks("threads_read_replies") or self._page(request, found)

    async def _below(self, request: web.Request) -> web.Response:
        one = self.posts.get(request.match_info["id"])
        if one is None or not _ours(one):
            return _gone(request.match_info["id"])
        found = [each for each in self.posts.values() if _parent(each) == one["id"]]
        return self._lacks("threads_read_replies") or self._page(request, found)

    async def _one(self, request: web.Request) -> web.Response:
        name = request.match_info["id"]
        if (container := self.containers.get(name)) is not None:
            return web.json_response(self._status(container))
        one = self.posts.get(name)
        if one is None or (self.private and not _ours(one) and not self._is_below_us(one)):
            return _gone(name)
        return web.json_response(self._told(one, request.query.get("fields", "id")))

    async def _limit(self, request: web.Request) -> web.Response:
        if refusal := self._lacks("threads_content_publish", "threads_manage_replies"):
            return refusal
        config = {"quota_total": 1_000, "quota_duration": 86_400}
        return web.json_response({"data": [{"reply_quota_usage": 1_000 - self.quota, "reply_config": config}]})

    async def _create(self, request: web.Request) -> web.StreamResponse:
        form = {name: str(value) for name, value in (await request.post()).items()}
        fault = self.first.popleft() if self.first else ""
        if (played := self._played(request, fault)) is not None:
            return played
        if refusal := self._lacks("threads_content_publish", "threads_manage_replies"):
            return refusal
        if (refused := self._refusal(form)) is not None:
            return refused
        name = self._name()
        made = Container(name, form["text"], form["reply_to_id"], self.now(), self.slow, self.broken)
        self.containers[name] = made
        return await _answered(request, fault, {"id": name})

    def _refusal(self, form: Json) -> web.Response | None:
        text, to = form.get("text", ""), form.get("reply_to_id", "")
        if form.get("media_type") != "TEXT" or "auto_publish_text" in form or not text.strip():
            return no(400, 100, words="(#100) Param media_type must be one of {TEXT, IMAGE, VIDEO, CAROUSEL}")
        if emoji_by_bytes(text) > 500:
            return no(400, 100, words="(#100) Param text must be at most 500 characters long.")
        if len(set(_LINK.findall(text))) > 5:
            return no(400, 100, 4279065, "THREADS_API__LINK_LIMIT_EXCEEDED")
        if to not in self.posts:
            return no(400, 24, 4279009, "The requested resource does not exist")
        if to in self.closed:
            return no(400, 100, 4279999, "You cannot reply to this post")
        return None

    async def _publish(self, request: web.Request) -> web.StreamResponse:
        container = self.containers.get(str((await request.post()).get("creation_id")))
        fault = self.faults.popleft() if self.faults else ""
        if (played := self._played(request, fault)) is not None:
            return played
        lacking = container is None or self._status(container)["status"] != "FINISHED" or container.to not in self.posts
        if lacking or fault == "lag":
            return no(400, 24, 4279009, "The requested resource does not exist")
        assert container is not None
        if self.quota <= 0:
            return no(400, 4, words="Application request limit reached")
        self.quota -= 1
        made = self.write(container.text, US["username"], to=self.posts[container.to], fresh=True)
        container.post = made["id"]
        return await _answered(request, fault, {"id": made["id"]})

    def _played(self, request: web.Request, fault: str) -> web.StreamResponse | None:
        if fault == "early":
            return cut(request)
        if fault == "429":
            return web.json_response({}, status=429)
        told = re.fullmatch(r"(\d{3}) (\d+)/(\d*) (.*)", fault)
        return no(int(told[1]), int(told[2]), int(told[3] or 0), told[4]) if told else None

    # --- how it tells ---

    def _status(self, container: Container) -> Json:
        told: Json = {"id": container.name, "status": "FINISHED"}
        if container.post:
            told["status"] = "PUBLISHED"
        elif container.error:
            told |= {"status": "ERROR", "error_message": container.error}
        elif self.now() - container.made_at >= _DAY:
            told["status"] = "EXPIRED"
        elif container.asks > 0:
            container.asks -= 1
            told["status"] = "IN_PROGRESS"
        return told

    def _lacks(self, *scopes: str) -> web.Response | None:
        return None if self.granted.issuperset(scopes) else no(400, 10, words="Application does not have permission")

    def _is_below_us(self, one: Json) -> bool:
        above = [one.get(where, {}).get("id", "") for where in ("root_post", "replied_to")]
        return any(name in self.posts and _ours(self.posts[name]) for name in above)

    def _page(self, request: web.Request, found: Sequence[Json]) -> web.Response:
        query = request.query
        begin, size = int(query.get("after", "0")), int(query.get("limit", "25"))
        if not 0 < size <= 100:
            return no(400, 100, words="(#100) limit")
        since, until = int(query.get("since", "1688540400")), int(query.get("until", "9999999999"))
        if since < 1_688_540_400:
            return no(400, 100, words="(#100) since")
        newest = sorted(found, key=lambda one: (one["timestamp"], one["id"]), reverse=True)
        newest = [one for one in newest if since <= _seconds(one) <= until]
        page = newest[begin : begin + size]
        told: Json = {"data": [self._told(one, query.get("fields", "id")) for one in page]}
        if page:  # behind the last page, too, and no address of a next one: whoever asks finds nothing there
            told["paging"] = {"cursors": {"before": str(begin), "after": str(begin + size)}}
        return web.json_response(told)

    def _told(self, one: Json, fields: str) -> Json:
        below = any(_parent(each) == one["id"] for each in self.posts.values())
        whole = one | {"has_replies": below} | ({"is_reply_owned_by_me": _ours(one)} if one["is_reply"] else {})
        return {name: value for name, value in whole.items() if name in {"id", *fields.split(",")}}

    def _name(self) -> str:
        self._numbers += 1
        return f"1803850000{self._numbers:07}"


_LISTS = frozenset({"mentions", "threads", "replies", "conversation", "keyword_search"})


def signature(raw: bytes) -> str:
    """Sign a body with the secret of the application."""
    return hmac.digest(CLIENT["client_secret"].encode(), raw, "sha256").hex()


def no(status: int, code: int, subcode: int = 0, words: str = "") -> web.Response:
    """Refuse, as Threads does."""
    error: Json = {"message": words, "type": "OAuthException", "code": code, "fbtrace_id": "Aabc"}
    error |= {"error_subcode": subcode, "error_user_msg": words} if subcode else {}
    return web.json_response({"error": error}, status=status)


async def _answered(request: web.Request, fault: str, told: Json) -> web.StreamResponse:
    if fault == "die":
        return cut(request)
    if fault == "500":
        return no(500, 1, words="An unknown error has occurred.")
    if fault == "hang":
        await asyncio.sleep(30)
    return web.json_response(told)


def _gone(name: str) -> web.Response:
    words = (
        f"Unsupported get request. Object with ID '{name}' does not exist, cannot be loaded due to missing permissions"
    )
    return no(400, 100, 33, words)


def _ours(one: Json) -> bool:
    return bool(one["username"] == US["username"])


def _parent(one: Json) -> str:
    return str(one.get("replied_to", {}).get("id", ""))


def _time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S+0000")


def _seconds(one: Json) -> int:
    return int(datetime.fromisoformat(one["timestamp"]).timestamp())
