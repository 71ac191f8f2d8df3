"""A Discourse on loopback, in memory: it refuses what the real one refuses.

What it knows: the latest posts, search, a topic with its posts, posts by id and by number, categories, what it says of
itself, publishing, and the queue of its moderators. An admin's key is shown everything; others what they may see;
without a key what all may. ``faults`` are played on the next posts, one each. There is no idempotency: the real one
remembers a request for two minutes, and then makes another post.
"""

import asyncio
import re
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.fakes.discourse_board import IDEAS, MARK, OPEN, STAFF, US, Board, Json
from tests.fakes.serving import served

KEY = "sample-api-key"
PAGE = 50


@dataclass
class FakeDiscourse(Board):
    """The forum.

    Attributes:
        admin: Our key is that of an admin: restricted categories, deleted posts and whispers are shown to it.
        era: How it pages: "new" shows fifty posts before an id that may be seen, "middle" takes fifty up to an id and
            leaves out what may not be seen, "elder" does so with fifty ids.
        narrow: Our key was made for some of the routes alone, and not for the one that says who we are.
        moderated: What we post waits for the moderators.
        sentences: What it says to a bad text, by what is wrong: in the language of the forum.
        faults: "die" (accepted, and the connection cut), "early" (cut before), "500" (accepted), "hang" (accepted,
            never answered), "429", or "422 sentence".
    """

    key: str = KEY
    login_required: bool = False
    admin: bool = True
    staff: bool = False
    era: str = "new"
    narrow: bool = False
    moderated: bool = False
    shows_queue: bool = True
    longest: int = 32_000
    tells_rest: bool = True
    sentences: dict[str, str] = field(
        default_factory=lambda: {
            "similar": "Body is too similar to what you recently posted",
            "topic": "Something has gone wrong. Perhaps this topic was closed or deleted while you were looking at it?",
            "short": "Body is too short (minimum is 10 characters)",
            "long": "Body is too long (maximum is 32000 characters)",
        }
    )
    faults: deque[str] = field(default_factory=deque)
    asked: list[str] = field(default_factory=list)
    made: int = 0
    minutes: float = 0.0
    base_url: str = ""
    _said: dict[str, float] = field(default_factory=dict)

    @asynccontextmanager
    async def serve(self) -> AsyncIterator["FakeDiscourse"]:
        """Serve on loopback for the length of the block."""
        app = web.Application(middlewares=[self._guard])
        get = app.router.add_get
        get("/posts.json", self._latest)
        get("/search.json", self._search)
        get("/posts/by_number/{topic}/{number}.json", self._by_number)
        get("/posts/{username}/pending.json", self._pending)
        get("/posts/{id}.json", self._one)
        get("/t/{topic}/posts.json", self._some)
        get("/t/{topic}/{number}.json", self._topic)
        get("/t/{topic}.json", self._topic)
        get("/c/{id}/show.json", self._category)
        get("/site/basic-info.json", self._about)
        get("/session/current.json", self._session)
        app.router.add_post("/posts.json", self._publish)
        async with served(app) as self.base_url:
            yield self

    # --- who sees what ---

    @web.middleware
    async def _guard(self, request: web.Request, handler: Any) -> web.StreamResponse:
        self.asked.append(f"{request.method} {request.path_qs}")
        key = request.headers.get("api-key")
        if key is not None and (key != self.key or request.headers.get("api-username") != US):
            return _no(403, "invalid_access", "The API username or key is invalid.")
        if key is None and self.login_required and request.path != "/site/basic-info.json":
            return _no(403, "not_logged_in", "You need to be logged in to do that.")
        answer: web.StreamResponse = await handler(request)
        return answer

    def _sees_all(self, request: web.Request) -> bool:
        return self.admin and "api-key" in request.headers

    def _sees(self, request: web.Request, post: Json) -> bool:
        topic = self.topics.get(post["topic_id"])
        if topic is None:
            return False
        if self._sees_all(request):
            return True
        whispered = post["post_type"] == 4
        return topic["category_id"] in (OPEN, IDEAS) and not post["deleted_at"] and not whispered

    # --- what is asked ---

    async def _latest(self, request: web.Request) -> web.Response:
        before = int(request.query.get("before") or 10**9)
        public = [one for one in self.posts.values() if self._is_listed(one)]
        public = sorted(public, key=lambda one: -one["id"])
        seen = [one for one in public if self._sees(request, one)]
        if self.era == "new":
            found = [one for one in seen if one["id"] < before][:PAGE]
        else:
            found = [one for one in public if one["id"] <= before][:PAGE]
            newest = min(before, max(self.posts, default=0))
            oldest = newest - PAGE if self.era == "elder" else 0
            found = [one for one in found if one in seen and one["id"] > oldest]
        return web.json_response({"latest_posts": [self._listed(one) for one in found]})

    def _is_listed(self, post: Json) -> bool:
        topic = self.topics.get(post["topic_id"])
        return topic is not None and topic["category_id"] and post["post_type"] == 1 and not post["deleted_at"]

    async def _search(self, request: web.Request) -> web.Response:
        words = request.query["q"].removesuffix(" order:latest").lower()
        if len(words) < 3:
            return _no(400, "invalid_parameters", "Your search term is too short.")
        page = int(request.query.get("page", "1"))
        hits = [one for one in self.posts.values() if self._is_listed(one) and self._sees(request, one)]
        hits = [one for one in reversed(hits) if words in one["raw"].lower()]
        shown = hits[PAGE * (page - 1) : PAGE * page]
        names = ("id", "username", "avatar_template", "created_at", "post_number", "topic_id")
        posts = [{name: one[name] for name in names} | {"blurb": one["raw"][:20]} for one in shown]
        topics = [self.topics[number] for number in {one["topic_id"] for one in shown}]
        more = {"more_full_page_results": True if len(hits) > PAGE * page else None}
        return web.json_response({"posts": posts, "topics": topics, "grouped_search_result": more})

    async def _one(self, request: web.Request) -> web.Response:
        post = self.posts.get(int(request.match_info["id"]))
        return self._show(request, post)

    async def _by_number(self, request: web.Request) -> web.Response:
        where = (int(request.match_info["topic"]), int(request.match_info["number"]))
        found = [one for one in self.posts.values() if (one["topic_id"], one["post_number"]) == where]
        return self._show(request, found[0] if found else None)

    def _show(self, request: web.Request, post: Json | None) -> web.Response:
        if post is None or (post["deleted_at"] and not self._sees_all(request)):
            return _no(404, "not_found", "The requested URL or resource could not be found.")
        if not self._sees(request, post):
            return _no(403, "invalid_access", "You are not permitted to view the requested resource.")
        return web.json_response(post | {"topic_slug": self.topics[post["topic_id"]]["slug"]})

    async def _topic(self, request: web.Request) -> web.Response:
        topic = self.topics.get(int(request.match_info["topic"]))
        if topic is None:
            return web.Response(status=404, text="<html>Not found</html>")
        found = [one for one in self._in(topic) if self._sees(request, one)]
        if not found:
            return _no(403, "invalid_access", "You are not permitted to view the requested resource.")
        if name := request.query.get("username_filters"):
            found = [one for one in found if one["post_number"] == 1 or one["username"] == name]
        stream = [one["id"] for one in found]
        begin = 0
        if near := int(request.match_info.get("number", "0")):
            begin = max(sum(one["post_number"] < near for one in found) - 5, 0)
        shown = [_shown(one, request) for one in found[begin : begin + 20]]
        return web.json_response(topic | {"post_stream": {"posts": shown, "stream": stream}})

    async def _some(self, request: web.Request) -> web.Response:
        ids = {int(one) for one in request.query.getall("post_ids[]")}
        found = [one for one in self.posts.values() if one["id"] in ids and self._sees(request, one)]
        shown = [_shown(one, request) for one in found][:20]
        return web.json_response({"post_stream": {"posts": shown}, "id": int(request.match_info["topic"])})

    async def _category(self, request: web.Request) -> web.Response:
        number = int(request.match_info["id"])
        if number == STAFF and not self._sees_all(request):
            return _no(403, "invalid_access", "You are not permitted to view the requested resource.")
        slug = {OPEN: "support", STAFF: "staff", IDEAS: "ideas"}.get(number)
        if slug is None:
            return _no(404, "not_found", "The requested URL or resource could not be found.")
        return web.json_response({"category": {"id": number, "slug": slug, "read_restricted": number == STAFF}})

    async def _about(self, request: web.Request) -> web.Response:
        return web.json_response({"title": "Acme forum", "login_required": self.login_required})

    async def _session(self, request: web.Request) -> web.Response:
        if "api-key" not in request.headers:
            return web.json_response({}, status=404)
        if self.narrow:
            return _no(403, "invalid_access", "You are not permitted to view the requested resource.")
        us = {"id": 7, "username": US, "admin": self.admin, "moderator": False, "trust_level": 1}
        return web.json_response({"current_user": us})

    async def _pending(self, request: web.Request) -> web.Response:
        if not self.shows_queue:
            return _no(404, "not_found", "The requested URL or resource could not be found.")
        waiting = [{"id": number, **one} for number, one in self.queue.items()]
        return web.json_response({"pending_posts": waiting})

    # --- publishing ---

    async def _publish(self, request: web.Request) -> web.StreamResponse:
        told = await request.json()
        fault = self.faults.popleft() if self.faults else ""
        if fault == "early":
            return _cut(request)
        if fault == "429":
            return self._too_often()
        if "api-key" not in request.headers:
            return _no(403, "not_logged_in", "You need to be logged in to do that.")
        if refused := fault.removeprefix("422 ") if fault.startswith("422 ") else self._refusal(told):
            return web.json_response({"action": "create_post", "errors": [refused]}, status=422)
        self.made += 1
        self._said[_flat(told["raw"])] = self.minutes
        answer = self._enqueued(told) if self.moderated else self._made(told)
        if fault == "die":
            return _cut(request)
        if fault == "500":
            return web.Response(status=500, text="<html>Oops</html>")
        if fault == "hang":
            await asyncio.sleep(30)
        return web.json_response(answer)

    def _made(self, told: Json) -> Json:
        post = self.post(self.topics[told["topic_id"]], told["raw"], US, to=told.get("reply_to_post_number"))
        return self._listed(post)

    def _enqueued(self, told: Json) -> Json:
        number = len(self.queue) + 701
        to = told.get("reply_to_post_number")
        self.queue[number] = {"raw_text": told["raw"], "topic_id": told["topic_id"], "username": US, "to": to}
        pending = {"id": number, "raw": told["raw"], "topic_id": told["topic_id"]}
        return {"success": True, "action": "enqueued", "pending_post": pending, "pending_count": len(self.queue)}

    def _refusal(self, told: Json) -> str:
        """Return the sentence with which the real one refuses a post, or nothing."""
        topic, raw = self.topics.get(told.get("topic_id") or 0), str(told.get("raw", "")).strip()
        if topic is None or topic["closed"] or topic["archived"]:
            return self.sentences["topic"]
        if len(MARK.sub("", raw).strip()) < 10:
            return self.sentences["short"]
        if len(raw) > self.longest:
            return self.sentences["long"]
        said = self._said.get(_flat(raw))
        return "" if said is None or self.staff or self.minutes - said >= 5 else self.sentences["similar"]

    def _too_often(self) -> web.Response:
        said = {"errors": ["You've performed this action too many times."], "error_type": "rate_limit"}
        extras = {"wait_seconds": 18, "time_left": "18 seconds"}
        headers = {"Retry-After": "18"} if self.tells_rest else {}
        return web.json_response(said | {"extras": extras}, status=429, headers=headers)


def _shown(post: Json, request: web.Request) -> Json:
    """Return a post as a topic shows it: its Markdown only where that was asked for."""
    return post if "include_raw" in request.query else {name: value for name, value in post.items() if name != "raw"}


def _flat(raw: str) -> str:
    return re.sub(r"\s+", "", raw).lower()


def _no(status: int, kind: str, sentence: str) -> web.Response:
    return web.json_response({"errors": [sentence], "error_type": kind}, status=status)


def _cut(request: web.Request) -> web.StreamResponse:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
