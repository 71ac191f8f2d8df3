"""A Facebook Page on loopback, in memory: it refuses what the real one refuses.

What it knows: posts of the Page and of its visitors, and of others that name it; comments, one level deep, whoever they
answer. Who wrote something is told of strangers only with Advanced Access. ``faults`` are played on the next comments
of ours, one each: "die" (made, and the connection cut), "early" (cut before), "500" (made), "503" (not made), or a
code: "368" (not made), "made 1/99" (made, and answered with a no).
"""

from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web

from tests.fakes.meta import APP, Fields, Json, MetaApp, No, gone, listed, read_fields, shown
from tests.fakes.serving import served

PAGE = "100200300400500"
BEGIN = datetime(2026, 3, 4, 5, 0, tzinfo=UTC)
RIGHTS = ("pages_read_engagement", "pages_read_user_content", "pages_manage_engagement", "pages_manage_metadata")
MOST = 8_000
ROOT = "/v25.0"


@dataclass
class FakeFacebook:
    """The Page; ``posts`` and ``comments`` are all that stand there, by their ids.

    Attributes:
        advanced: Strangers are named.
        names_us: What our Page wrote says so.
        ordered: It heeds the order that is asked for.
        subscriptions: By application, of which fields it is told.
        begin: From when on its seconds are counted.
        made: How many comments of ours came by the API.
    """

    app: MetaApp = field(default_factory=lambda: MetaApp(rights=RIGHTS))
    page: str = PAGE
    advanced: bool = True
    names_us: bool = True
    ordered: bool = True
    posts: dict[str, Json] = field(default_factory=dict)
    comments: dict[str, Json] = field(default_factory=dict)
    subscriptions: dict[str, list[str]] = field(default_factory=lambda: {APP: ["feed", "mention"]})
    faults: deque[str] = field(default_factory=deque)
    begin: datetime = BEGIN
    made: int = 0
    base_url: str = ""
    root: str = ""
    _number: int = 9_000

    # --- what people do there ---

    def post(self, seconds: float, text: str = "Our news", by: str = "", *, place: str = "", **more: Any) -> Json:
        """Publish a post, as the Page or by somebody, there or elsewhere, where it names the Page."""
        made = self._made(f"{place or self.page}_{self._next()}", seconds, text, by, **more)
        self.posts[made["id"]] = made | {"tagged": bool(place)}
        return self.posts[made["id"]]

    def comment(
        self, seconds: float, post: Json, text: str, by: str = "kim", *, to: Json | None = None, **more: Any
    ) -> Json:
        """Let somebody comment on a post, or answer a comment; "" is the Page."""
        first = to and (to["parent"] or to["id"])  # there is one level
        name = f"{post['id'].rpartition('_')[2]}_{self._next()}"
        made = self._made(name, seconds, text, by, post=post["id"], parent=first, can_comment=True, **more)
        self.comments[name] = made
        return made

    def edit(self, thing: Json, text: str, seconds: float = 0, verb: str = "edited") -> tuple[dict[str, str], bytes]:
        """Let its writer edit it; returns what is posted to a hook."""
        thing["message"] = text
        return self.change(thing, verb, seconds)

    def remove(self, thing: Json, seconds: float = 0) -> tuple[dict[str, str], bytes]:
        """Let it be deleted, with what stands below it; returns what is posted to a hook."""
        for name, one in list(self.comments.items()):
            if thing["id"] in (name, one["parent"], one["post"]):
                del self.comments[name]
        self.posts.pop(thing["id"], None)
        return self.change(thing, "remove", seconds)

    def change(
        self, thing: Json, verb: str = "add", seconds: float = 0, topic: str = "feed"
    ) -> tuple[dict[str, str], bytes]:
        """Return what is posted to a hook of a comment or a post, by default when it was written."""
        return self.app.delivery("page", self.entry(thing, verb, seconds, topic))

    def entry(self, thing: Json, verb: str = "add", seconds: float = 0, topic: str = "feed") -> Json:
        """Return one entry of a delivery."""
        at = int((thing["at"] if not seconds else self.begin + timedelta(seconds=seconds)).timestamp())
        value: Json = {"item": "comment" if "post" in thing else "post", "verb": verb, "created_time": at}
        value |= {"post_id": thing.get("post", thing["id"])}
        if "post" in thing:
            value |= {"comment_id": thing["id"], "parent_id": thing["parent"] or thing["post"]}
        value |= {"from": self._from(thing)} if self._from(thing) else {}
        value |= {"message": thing["message"]} if thing["message"] and verb != "remove" else {}
        return {"id": self.page, "time": at, "changes": [{"field": topic, "value": value}]}

    def ours(self) -> list[Json]:
        """Return the comments of the Page."""
        return [one for one in self.comments.values() if one["by"] == ""]

    def _next(self) -> int:
        self._number += 1
        return self._number

    def _made(self, name: str, seconds: float, text: str, by: str, **more: Any) -> Json:
        at = self.begin + timedelta(seconds=seconds)
        return {"id": name, "at": at, "message": text, "by": by, "is_hidden": False, **more}

    def _from(self, thing: Json) -> Json | None:
        if not thing["by"]:
            return {"id": self.page, "name": "Acme"} if self.names_us else None
        number = "7" + str(sum(map(ord, thing["by"])))
        return {"id": number, "name": thing["by"].title()} if self.advanced else None

    # --- the API ---

    @asynccontextmanager
    async def serve(self) -> AsyncIterator["FakeFacebook"]:
        """Serve on loopback for the length of the block."""
        app = web.Application(middlewares=[self._guard])
        app.router.add_get(f"{ROOT}/me", self._me)
        app.router.add_post(f"{ROOT}/debug_token", self.app.debug)
        app.router.add_get(f"{ROOT}/{{page}}/feed", self._feed)
        app.router.add_get(f"{ROOT}/{{page}}/tagged", self._tagged)
        app.router.add_get(f"{ROOT}/{{page}}/subscribed_apps", self._subscribed)
        app.router.add_get(f"{ROOT}/{{name}}/comments", self._below)
        app.router.add_post(f"{ROOT}/{{name}}/comments", self._comment)
        app.router.add_get(f"{ROOT}/{{name}}", self._one)
        async with served(app) as self.root:
            self.base_url = self.root + ROOT
            yield self

    @web.middleware
    async def _guard(self, request: web.Request, handler: Any) -> web.StreamResponse:
        try:
            self.app.check(request)
            return await handler(request)  # type: ignore[no-any-return]
        except No as error:
            return error.response

    async def _me(self, request: web.Request) -> web.Response:
        return web.json_response({"id": self.page, "name": "Acme"})

    async def _subscribed(self, request: web.Request) -> web.Response:
        self.app.need("pages_manage_metadata")
        apps = [{"id": name, "subscribed_fields": fields} for name, fields in self.subscriptions.items()]
        return web.json_response({"data": apps})

    async def _feed(self, request: web.Request) -> web.Response:
        return self._posts(request, [one for one in self.posts.values() if not one["tagged"]])

    async def _tagged(self, request: web.Request) -> web.Response:
        return self._posts(request, [one for one in self.posts.values() if one["tagged"]])

    def _posts(self, request: web.Request, posts: list[Json]) -> web.Response:
        self.app.need("pages_read_engagement", "pages_read_user_content")
        if request.match_info["page"] != self.page:
            raise gone(request.match_info["page"])
        asked = read_fields(request.query["fields"])
        posts.sort(key=lambda one: one["at"], reverse=True)
        told = [self._post_shown(one, asked) for one in posts]
        return self._listed(request, told)

    def _listed(self, request: web.Request, told: list[Json]) -> web.Response:
        begin = int(request.query.get("after", "0"))
        address = f"{self.root}{request.path}"
        return web.json_response(listed(told, request.query, address, self.app.token, begin))

    async def _one(self, request: web.Request) -> web.Response:
        name, asked = request.match_info["name"], read_fields(request.query.get("fields", "id"))
        if name in self.posts:
            return web.json_response(self._post_shown(self.posts[name], asked))
        if name in self.comments:
            return web.json_response(self._comment_shown(self.comments[name], asked))
        raise gone(name)

    async def _below(self, request: web.Request) -> web.Response:
        name, asked = request.match_info["name"], read_fields(request.query["fields"])
        if name not in self.posts and name not in self.comments:
            raise gone(name)
        found = self._standing(name, request.query.get("filter", ""), request.query.get("order", ""))
        return self._listed(request, [self._comment_shown(one, asked) for one in found])

    def _standing(self, name: str, every: str, order: str) -> list[Json]:
        """Return what stands below a post or a comment."""
        found = [
            one for one in self.comments.values() if name in (one["post"] if not one["parent"] else "", one["parent"])
        ]
        if every == "stream":
            found = [one for one in self.comments.values() if name in (one["post"], one["parent"])]
        newest_first = self.ordered and order == "reverse_chronological"
        return sorted(found, key=lambda one: one["at"], reverse=newest_first)

    def _post_shown(self, one: Json, asked: Fields) -> Json:
        def comments(post: Json) -> Json:
            limits, inner = asked["comments"]
            found = self._standing(post["id"], limits.get("filter", ""), limits.get("order", ""))
            address = f"{self.base_url}/{post['id']}/comments"
            return listed([self._comment_shown(each, inner) for each in found], limits, address, self.app.token)

        return shown(
            one,
            asked,
            {**self._common(), "full_picture": lambda post: post.get("picture"), "comments": comments},
            "Post",
        )

    def _comment_shown(self, one: Json, asked: Fields) -> Json:
        more: Any = {
            "parent": lambda each: {"id": each["parent"]} if each["parent"] else None,
            "can_comment": lambda each: each["can_comment"],
            "attachment": lambda each: each.get("attachment"),
        }
        return shown(one, asked, self._common() | more, "Comment")

    def _common(self) -> Any:
        return {
            "id": lambda each: each["id"],
            "message": lambda each: each["message"],
            "created_time": lambda each: each["at"].strftime("%Y-%m-%dT%H:%M:%S+0000"),
            "from": self._from,
            "is_hidden": lambda each: each["is_hidden"],
            "permalink_url": lambda each: f"https://www.facebook.com/{each['id']}",
        }

    async def _comment(self, request: web.Request) -> web.StreamResponse:
        name, form = request.match_info["name"], await request.post()
        fault = self.faults.popleft() if self.faults else ""
        if fault == "early":
            return _cut(request)
        if fault == "503":
            return web.Response(status=503)
        if fault and fault[0].isdecimal() and fault != "500":
            raise _played(fault)
        self.app.need("pages_manage_engagement")
        above: Json | None = self.comments.get(name) or self.posts.get(name)
        if above is None or above["is_hidden"]:
            raise gone(name)
        if above.get("can_comment") is False:
            raise No(403, 200, message="(#200) Permissions error")
        text = str(form.get("message", ""))
        if not text or len(text) > MOST:
            raise No(400, 100, message="(#100) Param message must be a text of at most 8000 characters")
        self.made += 1
        post = self.posts[str(above.get("post", above["id"]))]
        made = self.comment(3_600 + 2 * self.made, post, text, "", to=above if "post" in above else None)
        if fault == "die":
            return _cut(request)
        if fault == "500":
            return web.Response(status=500)
        if fault.startswith("made "):
            raise _played(fault.removeprefix("made "))
        return web.json_response({"id": made["id"]})


def _played(code: str) -> No:
    number, _, below = code.partition("/")
    return No(400, int(number), int(below or 0))


def _cut(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
