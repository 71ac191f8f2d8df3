"""Instagram on loopback, in memory: it refuses what the real one refuses, and makes what it answers 400 to.

What it knows: our media and how many comments they have, the comments below them, newest first, with answers oldest
first, media on which we are tagged, and media and comments of others that mention us, by their numbers alone, without
the @ before our name. Who a stranger is, is told by number only with Advanced Access. A comment is answered in its
thread, an answer is not.

``faults`` are played on the next comments of ours, one each: "die" (made, and the connection cut), "early" (cut
before), "500" (made), "hang" (made, and never answered), "429"; any other is "STATUS CODE/SUBCODE sentence" (not made),
or "made STATUS CODE/SUBCODE sentence".
"""

import asyncio
import re
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from typing import Any

from aiohttp import web

from tests.fakes.google import cut
from tests.fakes.letting_in import LettingIn
from tests.fakes.meta import APP, Fields, MetaApp, No, gone, listed, read_fields, shown
from tests.fakes.serving import served

Json = dict[str, Any]
US = {"id": "17841400000000001", "username": "acme_support"}
RIGHTS = ("instagram_basic", "instagram_manage_comments", "pages_read_engagement", "pages_show_list")
NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
ROOT = "/v25.0"
LONGEST = 2_200


@dataclass
class FakeInstagram:
    """The network; ``media`` and ``comments`` are all that stand there, by their ids.

    Attributes:
        letting: Who renews tokens, where Instagram itself lets us in.
        advanced: Strangers are told by number.
        subscriptions: By application, of which fields it is told.
        made: How many comments of ours came by the API.
    """

    now: Callable[[], datetime] = lambda: NOW
    app: MetaApp = field(default_factory=lambda: MetaApp(rights=RIGHTS))
    letting: LettingIn = field(default_factory=lambda: LettingIn(basic=False, scopes=(), account=US["username"]))
    advanced: bool = True
    media: dict[str, Json] = field(default_factory=dict)
    comments: dict[str, Json] = field(default_factory=dict)
    faults: deque[str] = field(default_factory=deque)
    subscriptions: dict[str, list[str]] = field(default_factory=lambda: {APP: ["comments", "mentions"]})
    made: int = 0
    base_url: str = ""
    _numbers: int = 0

    # --- what people do there ---

    def publish(self, caption: str = "Our news", by: str = US["username"], *, ago: float = 900.0, **more: Any) -> Json:
        """Publish something, some seconds ago; ``tags`` us, or does not."""
        name = self._name("179")
        made = {
            "id": name,
            "caption": caption,
            "username": by,
            "media_type": "IMAGE",
            "media_url": f"https://scontent.cdninstagram.com/{name}.jpg",
            "permalink": f"https://www.instagram.com/p/C{name}/",
            "timestamp": _time(self.now() - timedelta(seconds=ago)),
            "tags": False,
            "closed": False,
            **more,
        }
        self.media[name] = made
        return made

    def comment(
        self, text: str, below: Json, by: str = "kim", *, ago: float = 0.0, to: Json | None = None, **more: Any
    ) -> Json:
        """Let somebody comment below something, or answer in the thread of ``to``."""
        name = self._name("178")
        made = {
            "id": name,
            "text": text,
            "username": by,
            "media": below["id"],
            "parent": (to["parent"] or to["id"]) if to else "",
            "timestamp": _time(self.now() - timedelta(seconds=ago)),
            "hidden": False,
            "order": self._numbers,
            **more,
        }
        self.comments[name] = made
        return made

    def delete(self, comment: Json) -> None:
        """Take a comment away, with all that stands below it."""
        for one in [comment, *self._below(comment)]:
            self.comments.pop(one["id"], None)

    def ours(self, below: Json | None = None) -> list[Json]:
        """Return what our account has standing below something, or anywhere."""
        found = [one for one in self.comments.values() if _ours(one)]
        return [one for one in found if below is None or below["id"] in (one["parent"], one["media"])]

    def ring(self, topic: str, value: Json) -> tuple[dict[str, str], bytes]:
        """Return a signed delivery of one change."""
        change = {"field": topic, "value": value}
        return self.app.delivery(
            "instagram", {"id": US["id"], "time": int(self.now().timestamp()), "changes": [change]}
        )

    def rings(self, comment: Json) -> tuple[dict[str, str], bytes]:
        """Return the delivery of a comment below our own media."""
        value = {"id": comment["id"], "text": comment["text"], "media": {"id": comment["media"]}}
        value |= {"from": {"id": "1", "username": comment["username"]}}
        return self.ring("comments", value | ({"parent_id": comment["parent"]} if comment["parent"] else {}))

    # --- what it answers ---

    @asynccontextmanager
    async def serve(self) -> AsyncIterator["FakeInstagram"]:
        """Serve on loopback for the length of the block."""
        app = web.Application(middlewares=[self._guard])
        app.router.add_post("/oauth/access_token", self.letting._token)
        app.router.add_get("/access_token", self.letting._exchange)
        app.router.add_get("/refresh_access_token", self.letting._renew)
        app.router.add_post(f"{ROOT}/debug_token", self.app.debug)
        app.router.add_get(f"{ROOT}/me", self._me)
        app.router.add_get(f"{ROOT}/{US['id']}", self._me)
        app.router.add_get(f"{ROOT}/{US['id']}/media", self._own_media)
        app.router.add_get(f"{ROOT}/{US['id']}/tags", self._tags)
        app.router.add_get(f"{ROOT}/{US['id']}/subscribed_apps", self._subscribed)
        app.router.add_post(f"{ROOT}/{US['id']}/mentions", self._answer_mention)
        app.router.add_get(f"{ROOT}/{{id}}/comments", self._comments)
        app.router.add_get(f"{ROOT}/{{id}}/replies", self._replies)
        app.router.add_post(f"{ROOT}/{{id}}/replies", self._reply)
        app.router.add_get(f"{ROOT}/{{id}}", self._one)
        async with served(app) as self.base_url:
            yield self

    @web.middleware
    async def _guard(self, request: web.Request, handler: Any) -> web.StreamResponse:
        if not request.path.startswith(f"{ROOT}/"):
            return await handler(request)  # type: ignore[no-any-return]
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if self.letting._of(token) is not None:
            self.app.token = token
        try:
            self.app.check(request)
            return await handler(request)  # type: ignore[no-any-return]
        except No as error:
            return error.response

    async def _me(self, request: web.Request) -> web.Response:
        asked = read_fields(request.query.get("fields", "id"))
        shows = {
            "id": lambda _one: US["id"],
            "username": lambda _one: US["username"],
            "mentioned_comment": lambda _one: self._mentioned_comment(*asked["mentioned_comment"]),
            "mentioned_media": lambda _one: self._mentioned_media(*asked["mentioned_media"]),
        }
        return web.json_response(shown({}, asked, shows, "IGUser"))

    def _mentioned_comment(self, by: dict[str, str], asked: Fields) -> Json:
        one = self.comments.get(by["comment_id"])
        if one is None or f"@{US['username']}" not in one["text"]:
            raise gone(by["comment_id"])
        if self.media[one["media"]]["closed"]:
            raise No(400, 100, 2207999, "Comments are disabled on this media")
        shows = {
            **_plain("id", "timestamp", "username"),
            "text": lambda each: _without_at(each["text"]),
            "media": lambda each: {"id": each["media"]},
        }
        return shown(one, asked, shows, "IGComment")

    def _mentioned_media(self, by: dict[str, str], asked: Fields) -> Json:
        one = self.media.get(by["media_id"])
        if one is None or f"@{US['username']}" not in one["caption"]:
            raise gone(by["media_id"])
        # No address of it: only of one's own media, and of those on which one is tagged.
        shows = _plain("id", "media_type", "media_url", "timestamp", "username")
        return shown(one, asked, shows | {"caption": lambda each: _without_at(each["caption"])}, "IGMedia")

    async def _own_media(self, request: web.Request) -> web.Response:
        return self._page(request, [one for one in self.media.values() if _ours(one)], self._media)

    async def _tags(self, request: web.Request) -> web.Response:
        answer = self._told(request, [one for one in self.media.values() if one["tags"]], self._media)
        answer.get("paging", {}).pop("next", None)  # of this list alone it is not told
        return web.json_response(answer)

    async def _comments(self, request: web.Request) -> web.Response:
        media = self.media.get(request.match_info["id"])
        if media is None or not _ours(media):
            raise gone(request.match_info["id"])
        self.app.need("instagram_manage_comments")
        tops = [one for one in self.comments.values() if one["media"] == media["id"] and not one["parent"]]
        return self._page(request, tops, self._comment)

    async def _replies(self, request: web.Request) -> web.Response:
        one = self._own_place(request)
        asked, found = read_fields(request.query.get("fields", "id")), self._below(one)
        told = [self._comment(each, asked) for each in found]
        return web.json_response(self._listed(told, dict(request.query), f"/{one['id']}/replies"))

    async def _one(self, request: web.Request) -> web.Response:
        one = self._own_place(request)
        return web.json_response(self._comment(one, read_fields(request.query.get("fields", "id"))))

    async def _subscribed(self, request: web.Request) -> web.Response:
        told = [{"id": name, "subscribed_fields": fields} for name, fields in self.subscriptions.items()]
        return web.json_response({"data": told})

    async def _reply(self, request: web.Request) -> web.StreamResponse:
        one, form = self._own_place(request), await request.post()
        if one["parent"] or one["hidden"] or self.media[one["media"]]["closed"]:
            raise No(400, 100, 2207998, "Only top-level comments can be replied to")
        return await self._made(request, form, self.media[one["media"]], one)

    async def _answer_mention(self, request: web.Request) -> web.StreamResponse:
        form = await request.post()
        media = self.media.get(str(form.get("media_id")))
        comment = self.comments.get(str(form.get("comment_id"))) if "comment_id" in form else None
        named = comment["text"] if comment else media["caption"] if media else ""
        if media is None or f"@{US['username']}" not in named:
            raise gone(str(form.get("media_id")))
        return await self._made(request, form, media, comment)

    async def _made(self, request: web.Request, form: Any, media: Json, to: Json | None) -> web.StreamResponse:
        fault = self.faults.popleft() if self.faults else ""
        if fault == "early":
            return cut(request)
        if fault == "429":
            return web.json_response({}, status=429)
        refusal = re.fullmatch(r"(made )?(\d{3}) (\d+)/(\d*) (.*)", fault)
        said = No(int(refusal[2]), int(refusal[3]), int(refusal[4] or 0), refusal[5]) if refusal else None
        if said is not None and refusal is not None and not refusal[1]:
            raise said
        self.app.need("instagram_manage_comments")
        text = str(form.get("message", ""))
        if not 0 < len(text.strip()) <= LONGEST:
            raise No(400, 100, message="(#100) The comment is empty or too long")
        self.made += 1
        made = self.comment(text, media, US["username"], to=to)
        if said is not None:
            raise said
        if "fields" in form or "fields" in request.query:
            raise No(400, 20, 1772107, "Invalid parameter")
        if fault == "die":
            return cut(request)
        if fault == "500":
            raise No(500, 1, message="An unknown error has occurred.")
        if fault == "hang":
            await asyncio.sleep(30)
        return web.json_response({"id": made["id"]})

    # --- how it tells ---

    def _own_place(self, request: web.Request) -> Json:
        """Return a comment below our own media; others are not for our eyes."""
        one = self.comments.get(request.match_info["id"])
        if one is None or not _ours(self.media[one["media"]]):
            raise gone(request.match_info["id"])
        return one

    def _below(self, comment: Json) -> list[Json]:
        found = [one for one in self.comments.values() if one["parent"] == comment["id"]]
        return sorted(found, key=lambda one: (one["timestamp"], one["order"]))

    def _page(self, request: web.Request, found: Sequence[Json], tell: Callable[[Json, Fields], Json]) -> web.Response:
        return web.json_response(self._told(request, found, tell))

    def _told(self, request: web.Request, found: Sequence[Json], tell: Callable[[Json, Fields], Json]) -> Json:
        newest = sorted(found, key=lambda one: (one["timestamp"], one["id"]), reverse=True)
        asked = read_fields(request.query.get("fields", "id"))
        told = [tell(one, asked) for one in newest]
        return self._listed(told, dict(request.query), request.path.removeprefix(ROOT))

    def _listed(self, told: Sequence[Json], query: dict[str, str], path: str) -> Json:
        limits = {"limit": str(min(int(query.get("limit", "25")), 50))}
        return listed(told, limits, f"{self.base_url}{ROOT}{path}", self.app.token, int(query.get("after", "0")))

    def _media(self, one: Json, asked: Fields) -> Json:
        shows = _plain("id", "media_type", "media_url", "permalink", "timestamp", "username")
        shows["caption"] = lambda each: each["caption"] if _ours(each) else _without_at(each["caption"])
        shows["comments_count"] = lambda each: sum(1 for it in self.comments.values() if it["media"] == each["id"])
        return shown(one, asked, shows, "IGMedia")

    def _comment(self, one: Json, asked: Fields) -> Json:
        shows: dict[str, Callable[[Json], Any]] = {
            **_plain("id", "text", "timestamp", "username", "hidden"),
            "from": lambda each: {"id": "1", "username": each["username"]} if self.advanced or _ours(each) else None,
            "parent_id": lambda each: each["parent"] or None,
            "media": lambda each: self._media(self.media[each["media"]], asked["media"][1]),
            "replies": lambda each: self._answers(each, *asked["replies"]),
        }
        return shown(one, asked, shows, "IGComment")

    def _answers(self, one: Json, limits: dict[str, str], asked: Fields) -> Json | None:
        found = [self._comment(each, asked) for each in self._below(one)]
        return self._listed(found, limits, f"/{one['id']}/replies") if found else None

    def _name(self, kind: str) -> str:
        self._numbers += 1
        return f"{kind}00000000{self._numbers:06}"


def _without_at(words: str) -> str:
    """Write what mentions us as Instagram does where it is not below our own media."""
    return words.replace(f"@{US['username']}", US["username"])


def _plain(*names: str) -> dict[str, Callable[[Json], Any]]:
    return {name: itemgetter(name) for name in names}


def _ours(one: Json) -> bool:
    return bool(one["username"] == US["username"])


def _time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S+0000")
