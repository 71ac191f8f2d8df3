"""YouTube on loopback, in memory: it refuses what the real one refuses.

What it knows: threads of a channel, by id and newest first, twenty a page though a hundred were asked for; what stands
below one, of which a thread itself shows two; comments by id; a search; replies. A day has ten thousand units and a
hundred searches, until midnight in California, and what it refuses costs, too. A reply goes to a thread, never to a
reply. Text as it was written is shown to its writer alone. ``faults`` are played on the next replies, one each:
"die" (made, and the connection cut), "early" (cut before), "500" (made), "processingFailure" (made),
"processingFailure early" (not made), "hidden" (made, and shown to nobody), "held" (made, and held back for moderators,
who see it), "quota"; any other is the reason of a 403.
"""

from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from aiohttp import web

from tests.fakes.google import Json, Tokens, cut, no
from tests.fakes.serving import served

US = "UCacmeacmeacmeacmeacmeac"
SCOPE = "https://www.googleapis.com/auth/youtube.force-ssl"
BEGIN = datetime(2026, 3, 4, 5, 0, tzinfo=UTC)
PAGE = 20
INLINE = 2
_PACIFIC = ZoneInfo("America/Los_Angeles")
_NOBODY = "nobody"


@dataclass
class FakeYouTube:
    """The site.

    Attributes:
        threads: By id.
        below: What stands below the first comment of each thread, oldest first, by its id.
        videos: What the search finds.
        whole_404: That one of the asked threads is gone costs the whole answer.
        oldest_first: So stands what is below a thread; nobody says that it does not.
        endless: Each page, an empty one too, says that there is another.
        live: What is written is written now, whatever seconds are said.
        units: What is spent today; ``searches`` are counted apart.
    """

    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    threads: dict[str, Json] = field(default_factory=dict)
    below: dict[str, list[Json]] = field(default_factory=dict)
    videos: list[Json] = field(default_factory=list)
    faults: deque[str] = field(default_factory=deque)
    asked: list[tuple[str, str]] = field(default_factory=list)
    whole_404: bool = False
    oldest_first: bool = False
    endless: bool = False
    live: bool = False
    tokens: Tokens = field(default_factory=lambda: Tokens(SCOPE))
    units: int = 0
    searches: int = 0
    most_units: int = 10_000
    made: int = 0
    base_url: str = ""
    _day: str = ""

    def comment(self, seconds: float, text: str, writer: str = "ana", video: str = "v1", **more: Any) -> Json:
        """Let somebody begin a thread below a video, or with none below a post of the channel; returns the thread."""
        thread_id = f"Ug{len(self.threads):024x}"
        top = self._by(thread_id, seconds, text, writer)
        around = {"channelId": US, "canReply": True, "isPublic": True, "topLevelComment": top, **more}
        around |= {"videoId": video} if video else {}
        self.threads[thread_id] = {"kind": "youtube#commentThread", "id": thread_id, "snippet": around}
        self.below[thread_id] = []
        return self.threads[thread_id]

    def answer(self, seconds: float, thread: Json, text: str, writer: str = "ana", **more: Any) -> Json:
        """Let somebody answer in a thread; returns the comment."""
        name = f"{thread['id']}.{len(self.below[thread['id']]):04x}{self.made:04x}"
        one = self._by(name, seconds, text, writer, parentId=thread["id"], **more)
        self.below[thread["id"]].append(one)
        return one

    def video(self, seconds: float, video: str, title: str, channel: str = "UCother") -> Json:
        """Let somebody publish a video that the search finds."""
        told = {
            "publishedAt": _time(seconds),
            "channelId": channel,
            "title": title,
            "description": "",
            "thumbnails": {},
        }
        self.videos.append({"id": {"kind": "youtube#video", "videoId": video}, "snippet": told})
        return self.videos[-1]

    def edit(self, comment: Json, text: str, seconds: float) -> None:
        """Let its writer change a comment."""
        comment["snippet"] |= {"textDisplay": text, "textOriginal": text, "updatedAt": _time(seconds)}

    def ours(self) -> list[Json]:
        """Return what our channel has standing, whoever sees it, in the order in which it came."""
        found = [one for below in self.below.values() for one in below if _writer(one) == US]
        return sorted(found, key=_said_at)

    @asynccontextmanager
    async def serve(self) -> AsyncIterator["FakeYouTube"]:
        """Serve on loopback for the length of the block."""
        app = web.Application(middlewares=[self._guard])
        app.router.add_post("/token", self.tokens.sell)
        app.router.add_get("/youtube/v3/commentThreads", self._threads)
        app.router.add_get("/youtube/v3/comments", self._comments)
        app.router.add_get("/youtube/v3/search", self._search)
        app.router.add_get("/youtube/v3/channels", self._channels)
        app.router.add_post("/youtube/v3/comments", self._reply)
        async with served(app) as self.base_url:
            yield self

    @web.middleware
    async def _guard(self, request: web.Request, handler: Any) -> web.StreamResponse:
        self.asked.append((request.method, request.path_qs))
        if request.path == "/token":
            return await handler(request)  # type: ignore[no-any-return]
        if (stranger := self.tokens.check(request)) is not None:
            return stranger
        today = f"{self.now().astimezone(_PACIFIC):%Y-%m-%d}"
        if today != self._day:
            self._day, self.units, self.searches = today, 0, 0
        if request.path.endswith("/search"):
            if self.searches >= 100:
                return _spent()
            self.searches += 1
        else:
            cost = 50 if request.method == "POST" else 1
            if self.units + cost > self.most_units:
                return _spent()
            self.units += cost
        response: web.StreamResponse = await handler(request)
        return response

    async def _threads(self, request: web.Request) -> web.Response:
        query = request.query
        if query.get("textFormat") != "plainText":
            return no(400, reason="invalidTextFormat")
        if "id" in query:
            names = query["id"].split(",")
            found = [self.threads[name] for name in names if name in self.threads]
            if len(names) > 50 or (self.whole_404 and len(found) < len(names)):
                return no(404, reason="commentThreadNotFound")
            return _list([self._shown(one) for one in found])
        if query.get("allThreadsRelatedToChannelId") != US:
            return no(403, reason="forbidden")
        wanted = query.get("moderationStatus", "published")
        found = [one for one in self.threads.values() if self._is(one, wanted)]
        found.sort(key=lambda one: str(one["snippet"]["topLevelComment"]["snippet"]["publishedAt"]), reverse=True)
        return self._page(request, [self._shown(one, wanted) for one in found])

    async def _comments(self, request: web.Request) -> web.Response:
        query = request.query
        if "id" in query:
            every = [one["snippet"]["topLevelComment"] for one in self.threads.values()]
            every += [one for below in self.below.values() for one in below if not one.get("hidden")]
            return _list([_seen(one) for one in every if one["id"] in query["id"].split(",")])
        if query["parentId"] not in self.threads:
            return no(404, reason="commentNotFound")
        found = [one for one in self.below[query["parentId"]] if _is_published(one)]
        found.sort(key=_said_at, reverse=not self.oldest_first)
        return self._page(request, [_seen(one) for one in found])

    async def _channels(self, request: web.Request) -> web.Response:
        mine = request.query.get("mine") == "true"
        return _list([{"kind": "youtube#channel", "id": US, "snippet": {"title": "Acme"}}] if mine else [])

    async def _search(self, request: web.Request) -> web.Response:
        words = request.query["q"].lower()
        found = [one for one in self.videos if words in str(one["snippet"]["title"]).lower()]
        found.sort(key=lambda one: str(one["snippet"]["publishedAt"]), reverse=True)
        return _list(found[: int(request.query["maxResults"])])

    async def _reply(self, request: web.Request) -> web.StreamResponse:
        told = (await request.json())["snippet"]
        parent, text = str(told["parentId"]), str(told["textOriginal"])
        fault = self.faults.popleft() if self.faults else ""
        if fault == "early":
            return cut(request)
        if fault == "quota":
            self.units = self.most_units
            return _spent()
        if fault == "processingFailure early":
            return no(400, reason="processingFailure")
        if fault and fault not in ("die", "500", "processingFailure", "hidden", "held"):
            return no(403, reason=fault)
        if (refusal := self._refusal(parent, text)) is not None:
            return refusal
        self.made += 1
        hidden = {"hidden": True} if fault == "hidden" else {}
        made = self.answer(3_600 + self.made, self.threads[parent], text, US) | hidden
        self.below[parent][-1] = made
        if fault == "held":
            made["snippet"]["moderationStatus"] = "heldForReview"
        if fault == "die":
            return cut(request)
        if fault == "500":
            return no(500)
        return no(400, reason="processingFailure") if fault == "processingFailure" else web.json_response(_seen(made))

    def _refusal(self, parent: str, text: str) -> web.Response | None:
        if not text.strip():
            return no(400, reason="commentTextRequired")
        if len(text) > 10_000:
            return no(400, reason="commentTextTooLong")
        if "." in parent or parent not in self.threads:  # a reply has no replies
            return no(404, reason="parentCommentNotFound")
        return None if self.threads[parent]["snippet"]["canReply"] else no(400, reason="operationNotSupported")

    def _is(self, thread: Json, wanted: str) -> bool:
        if wanted == "published":
            return _is_published(thread["snippet"]["topLevelComment"])
        return any(one["snippet"].get("moderationStatus") == wanted for one in self.below[thread["id"]])

    def _shown(self, thread: Json, wanted: str = "published") -> Json:
        below = [one for one in self.below[thread["id"]] if not one.get("hidden")]
        standing = [one for one in below if _is_published(one)]
        shown = standing[-INLINE:] if wanted == "published" else [one for one in below if one not in standing]
        top = _seen(thread["snippet"]["topLevelComment"])
        around = thread["snippet"] | {"topLevelComment": top, "totalReplyCount": len(standing)}
        beside = {"replies": {"comments": [_seen(one) for one in reversed(shown)]}} if shown else {}
        return thread | {"snippet": around} | beside

    def _page(self, request: web.Request, found: list[Json]) -> web.Response:
        token = request.query.get("pageToken", "0")
        if not token.isdecimal():
            return no(400, reason="invalidPageToken")
        begin, end = int(token), int(token) + min(int(request.query["maxResults"]), PAGE)
        return _list(found[begin:end], {"nextPageToken": str(end)} if end < len(found) or self.endless else {})

    def _by(self, name: str, seconds: float, text: str, writer: str, **more: Any) -> Json:
        at = self.now().isoformat().replace("+00:00", "Z") if self.live else _time(seconds)
        told = {
            "authorDisplayName": "@acme" if writer == US else f"@{writer}",
            "authorChannelUrl": f"http://www.youtube.com/@{writer}",
            "authorChannelId": {"value": writer},
            "channelId": US,
            "textDisplay": text,
            "textOriginal": text,
            "publishedAt": at,
            "updatedAt": at,
            **more,
        }
        if writer == _NOBODY:
            for gone in ("authorDisplayName", "authorChannelUrl", "authorChannelId"):
                del told[gone]
        return {"kind": "youtube#comment", "id": name, "snippet": told}


def _seen(comment: Json) -> Json:
    """Return a comment as our channel sees it: as it was written only where it is ours."""
    told = dict(comment["snippet"])
    if _writer(comment) != US:
        told.pop("textOriginal", None)
    return {"kind": comment["kind"], "id": comment["id"], "snippet": told}


def _is_published(comment: Json) -> bool:
    return not comment.get("hidden") and comment["snippet"].get("moderationStatus", "published") == "published"


def _writer(comment: Json) -> str:
    return str(comment["snippet"].get("authorChannelId", {}).get("value", ""))


def _spent() -> web.Response:
    return no(403, reason="quotaExceeded", message="The request cannot be completed: you have exceeded your quota.")


def _list(items: list[Json], more: Json | None = None) -> web.Response:
    return web.json_response({"kind": "youtube#list", "items": items, **(more or {})})


def _said_at(comment: Json) -> datetime:
    return datetime.fromisoformat(comment["snippet"]["publishedAt"])


def _time(seconds: float) -> str:
    return (BEGIN + timedelta(seconds=seconds)).isoformat().replace("+00:00", "Z")
