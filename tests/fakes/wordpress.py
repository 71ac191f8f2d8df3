"""A WordPress site on loopback, in memory: it refuses what a real one refuses, in the order in which that does.

What it knows: comments as lists, by number, and made; what they stand under; who asks. ``after`` is compared by the
clock on the wall of ``zone``; lists count what the one who asks may not see. What is sent passes through KSES and comes
back as HTML. The same words from the same account below the same comment are 409, the next comment within 15 seconds is
400, and the parent is not looked at. ``faults`` are played on the next comments that are made, one each.
"""

import asyncio
import html
import re
from base64 import b64decode
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import md5
from typing import Any
from zoneinfo import ZoneInfo

from aiohttp import web

from tests.fakes.serving import served

Json = dict[str, Any]
SECRETS = {"user": "acme-care", "application_password": "abcd EFGH 1234 ijkl MNOP 5678"}
US = 7
BEGIN = datetime(2026, 3, 4, 5, 0, tzinfo=UTC)
_MOST_BYTES = 65_525
_KINDS = ("posts", "pages")
_STATUS = {"1": "approved", "0": "hold"}
_TAGS = re.compile(r"(<!--.*?-->)|<[^>]*>", re.DOTALL)


class No(Exception):
    """An answer of the site's that is an error."""

    def __init__(self, status: int, code: str, message: str = "Sorry, you are not allowed to do that.") -> None:
        super().__init__(code)
        self.response = web.json_response({"code": code, "message": message, "data": {"status": status}}, status=status)


@dataclass
class FakeWordPress:
    """The site; ``comments`` is all that was ever written there, by number.

    Attributes:
        role: Of our account: "subscriber" is not shown what others are not, "editor" waits for nobody.
        moderated: What no editor writes is held.
        plain: Its permalinks are plain: /wp-json is the home page.
        closed: Strangers are kept out.
        deaf: The web server does not hand Authorization on.
        words: Words that make a comment spam.
        faults: "die" (accepted, and the connection cut), "early" (cut before), "500" (accepted), "hang" (accepted,
            never answered), "503" (not accepted), or a status and a code: "403 rest_comment_closed".
    """

    role: str = "contributor"
    moderated: bool = False
    plain: bool = False
    closed: bool = False
    deaf: bool = False
    faces: bool = True
    total: bool = True
    words: tuple[str, ...] = ()
    zone: str = "Europe/Berlin"
    password: str = SECRETS["application_password"]
    clock: Callable[[], datetime] = lambda: BEGIN + timedelta(hours=1)
    pages: dict[int, Json] = field(default_factory=dict)
    comments: dict[int, Json] = field(default_factory=dict)
    faults: deque[str] = field(default_factory=deque)
    asked: list[tuple[str, str]] = field(default_factory=list)
    made: int = 0
    base_url: str = ""

    def page(self, title: str = "Our news", *, kind: str = "posts", status: str = "publish", **more: Any) -> int:
        """Publish something to comment on; returns its number."""
        number = 100 + len(self.pages)
        self.pages[number] = {"kind": kind, "title": title, "status": status, "comment_status": "open", **more}
        return number

    def comment(self, seconds: float, page: int, text: str, name: str = "Kim", **more: Any) -> int:
        """Let somebody comment; returns the number of the comment."""
        number = 1_000 + len(self.comments)
        known = {"post": page, "parent": 0, "author": 0, "name": name, "email": f"{name.lower()}@mail.example"}
        at = {"date": BEGIN + timedelta(seconds=seconds), "approved": "1", "type": "comment", "url": ""}
        self.comments[number] = {"id": number, "content": text, **known, **at, **more}
        return number

    def ours(self) -> list[Json]:
        """Return what our account wrote."""
        return [one for one in self.comments.values() if one["author"] == US]

    @asynccontextmanager
    async def serve(self) -> AsyncIterator["FakeWordPress"]:
        """Serve on loopback for the length of the block."""
        app = web.Application(client_max_size=8 * 1024 * 1024)
        app.router.add_route("*", "/{path:.*}", self._any)
        async with served(app) as self.base_url:
            yield self

    async def _any(self, request: web.Request) -> web.StreamResponse:
        self.asked.append((request.method, request.path_qs))
        route = request.query.get("rest_route", "")
        if request.path.startswith("/wp-json/") and not self.plain:
            route = request.path.removeprefix("/wp-json")
        if not route.startswith("/wp/v2/"):
            return web.Response(text="<html>Welcome to our blog</html>", content_type="text/html")
        try:
            return await self._route(request, route.removeprefix("/wp/v2"))
        except No as no:
            return no.response

    async def _route(self, request: web.Request, path: str) -> web.StreamResponse:
        user = self._who(request)
        if self.closed and not user:
            raise No(401, "rest_login_required")
        _, kind, *rest = path.split("/")
        if kind == "users" and rest == ["me"]:
            if not user:
                raise No(401, "rest_not_logged_in", "You are not currently logged in.")
            return self._answer(request, {"id": US, "name": "Acme Care", "slug": "acme-care", **self._inside(request)})
        if kind == "comments" and request.method == "POST":
            return await self._create(request)
        if kind == "comments":
            return self._one(request, user, int(rest[0])) if rest else self._list(request, user)
        if kind in _KINDS and not rest:
            return self._pages(request, kind)
        raise No(404, "rest_no_route", "No route was found matching the URL and request method.")

    def _who(self, request: web.Request) -> int:
        given = request.headers.get("authorization", "")
        if not given or self.deaf:
            return 0
        name, _, password = b64decode(given.removeprefix("Basic ")).decode().partition(":")
        if name != SECRETS["user"]:
            raise No(401, "invalid_username", "Unknown username.")
        if re.sub("[^A-Za-z0-9]", "", password) != re.sub("[^A-Za-z0-9]", "", self.password):
            raise No(401, "incorrect_password", "The provided password is an invalid application password.")
        return US

    def _inside(self, request: web.Request) -> Json:
        """Return what is told of an account to whom asks for it as for editing."""
        if request.query.get("context") != "edit":
            return {}
        may = {name: True for name in ("read", "edit_posts", "moderate_comments") if name == "read" or self._may(name)}
        return {"username": SECRETS["user"], "email": "care@acme.example", "roles": [self.role], "capabilities": may}

    def _may(self, right: str) -> bool:
        """Say what our role may: "edit_posts" from contributors on, "moderate_comments" from editors on."""
        return self.role == "editor" or (right == "edit_posts" and self.role == "contributor")

    # --- reading ---

    def _list(self, request: web.Request, user: int) -> web.Response:
        query = request.query
        status = query.get("status", "approve")
        refused = [name for name in ("author", "author_email") if query.get(name)]
        refused += ["status"] * (status != "approve")
        if refused and not (user and self._may("edit_posts")):
            raise No(403 if user else 401, "rest_forbidden_param", f"Query parameter not permitted: {refused[0]}")
        most, offset = int(query.get("per_page", "10")), int(query.get("offset", "0"))
        if not 1 <= most <= 100:
            raise No(400, "rest_invalid_param", "Invalid parameter(s): per_page")
        found = [one for one in self.comments.values() if one["type"] == "comment" and self._is_asked_for(one, query)]
        found.sort(key=lambda one: (one["date"], one["id"]), reverse=query.get("order", "desc") == "desc")
        part = [one for one in found[offset : offset + most] if self._may_read(one, user)]
        headers = {"X-WP-Total": str(len(found)), "X-WP-TotalPages": str(-(-len(found) // most))} if self.total else {}
        return self._answer(request, [self._shown(one) for one in part], headers=headers)

    def _is_asked_for(self, one: Json, query: Any) -> bool:
        wanted = {"approve": ("1",), "hold": ("0",), "all": ("0", "1")}.get(query.get("status", "approve"))
        numbers = {name: query[name].split(",") for name in ("post", "parent", "author") if query.get(name)}
        after = query.get("after")
        return (
            (wanted is None or one["approved"] in wanted)
            and all(str(one[name]) in wanted_numbers for name, wanted_numbers in numbers.items())
            and (not after or self._wall(one["date"]) > self._wall(datetime.fromisoformat(after)))
        )

    def _wall(self, moment: datetime) -> str:
        moment = moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(self.zone))
        return moment.astimezone(ZoneInfo(self.zone)).strftime("%Y-%m-%d %H:%M:%S")

    def _may_read(self, one: Json, user: int) -> bool:
        page = self.pages.get(one["post"])
        public = page is not None and page["status"] == "publish" and not page.get("password")
        if one["approved"] == "1" and (public or (user and self._may("moderate_comments"))):
            return True
        return bool(user) and (one["author"] == user or self._may("moderate_comments"))

    def _one(self, request: web.Request, user: int, number: int) -> web.Response:
        one = self.comments.get(number)
        if one is None:
            raise No(404, "rest_comment_invalid_id", "Invalid comment ID.")
        if one["post"] not in self.pages:
            raise No(404, "rest_post_invalid_id", "Invalid post ID.")
        if not self._may_read(one, user):
            raise No(403 if user else 401, "rest_cannot_read", "Sorry, you are not allowed to read this comment.")
        return self._answer(request, self._shown(one))

    def _pages(self, request: web.Request, kind: str) -> web.Response:
        wanted = {int(one) for one in request.query["include"].split(",")}
        found = [
            {
                "id": number,
                "title": {"rendered": html.escape(page["title"], quote=False)},
                "status": page["status"],
                "comment_status": page["comment_status"],
                "content": {"protected": bool(page.get("password"))},
            }
            for number, page in self.pages.items()
            if number in wanted and page["kind"] == kind and page["status"] == "publish"
        ]
        return self._answer(request, found)

    def link(self, number: int) -> str:
        """Return the address of a comment."""
        page = self.comments[number]["post"]
        return f"{self.base_url}/{f'?p={page}' if self.plain else f'2026/03/post-{page}/'}#comment-{number}"

    def _shown(self, one: Json) -> Json:
        page = self.pages.get(one["post"])
        face = md5(one["email"].encode(), usedforsecurity=False).hexdigest()
        up = f"/wp/v2/{page['kind'] if page else 'posts'}/{one['post']}"
        rest = f"{self.base_url}/index.php?rest_route={up}" if self.plain else f"{self.base_url}/wp-json{up}"
        shown = {
            "id": one["id"],
            "post": one["post"],
            "parent": one["parent"],
            "author": one["author"],
            "author_name": html.escape(one["name"]),
            "author_url": one["url"],
            "date": self._wall(one["date"]).replace(" ", "T"),
            "date_gmt": one["date"].strftime("%Y-%m-%dT%H:%M:%S"),
            "content": {"rendered": rendered(one["content"])},
            "link": self.link(one["id"]),
            "status": _STATUS.get(one["approved"], one["approved"]),
            "type": one["type"],
            "meta": [],
            "_links": {"up": [{"embeddable": True, "post_type": "post", "href": rest}]} if page else {},
        }
        if self.faces:
            shown["author_avatar_urls"] = {"96": f"https://secure.gravatar.com/avatar/{face}?s=96&d=mm&r=g"}
        return shown

    def _answer(self, request: web.Request, told: Any, **more: Any) -> web.Response:
        """Answer with the fields that were asked for; one of an object within is asked for by a dot."""
        names = {one.partition(".")[0] for one in request.query.get("_fields", "").split(",") if one}

        def chosen(one: Json) -> Json:
            return {name: value for name, value in one.items() if not names or name in names}

        return web.json_response([chosen(one) for one in told] if isinstance(told, list) else chosen(told), **more)

    # --- writing ---

    async def _create(self, request: web.Request) -> web.StreamResponse:
        fault = self.faults.popleft() if self.faults else ""
        if fault == "early":
            return _cut(request)
        if fault == "503":
            return web.Response(status=503, text="Briefly unavailable for scheduled maintenance.")
        if " " in fault:
            status, code = fault.split(" ")
            raise No(int(status), code)
        made = self._accept(self._who(request), await request.json())
        if fault == "die":
            return _cut(request)
        if fault == "500":
            return web.json_response({"code": "internal_server_error", "message": "Critical error."}, status=500)
        if fault == "hang":
            await asyncio.sleep(30)
        beside = {"author_email": made["email"], "author_ip": "192.0.2.1"} if self._may("moderate_comments") else {}
        return self._answer(request, {**self._shown(made), **beside}, status=201)

    def _accept(self, user: int, sent: Json) -> Json:
        if not user:
            raise No(401, "rest_comment_login_required", "Sorry, you must be logged in to comment.")
        page = self.pages.get(sent.get("post", 0))
        if page is None:
            raise No(403, "rest_comment_invalid_post_id")
        if page["status"] in ("draft", "trash"):
            raise No(403, f"rest_comment_{page['status']}_post")
        if page["status"] != "publish" and not self._may("moderate_comments"):
            raise No(403, "rest_cannot_read_post")
        if page["comment_status"] != "open":
            raise No(403, "rest_comment_closed", "Sorry, comments are closed for this item.")
        content = sent.get("content")
        if not isinstance(content, str) or not content:
            raise No(400, "rest_comment_content_invalid", "Invalid comment content.")
        if len(content.encode()) > _MOST_BYTES:
            raise No(400, "comment_content_column_length", "Comment field exceeds maximum length allowed.")
        parent = sent.get("parent", 0)
        self._is_allowed(content, parent)
        self.made += 1
        number = self.comment(0, sent["post"], kses(content), "Acme Care", parent=parent, author=US)
        self.comments[number] |= {
            "date": self.clock(),
            "email": "care@acme.example",
            "approved": self._approved(content),
        }
        return self.comments[number]

    def _is_allowed(self, content: str, parent: int) -> None:
        """Refuse what comes twice, before it is cleaned, and what comes too fast (wp_allow_comment)."""
        standing = [one for one in self.ours() if one["approved"] != "trash"]
        if any(one["parent"] == parent and one["content"] == content for one in standing):
            raise No(409, "comment_duplicate", "Duplicate comment detected; it looks as though you have said that.")
        last = max((one["date"] for one in self.ours()), default=BEGIN - timedelta(days=1))
        if not self._may("moderate_comments") and (self.clock() - last).total_seconds() < 15:
            raise No(400, "comment_flood", "You are posting comments too quickly. Slow down.")

    def _approved(self, content: str) -> str:
        if self._may("moderate_comments"):
            return "1"
        if any(word in content for word in self.words):
            return "spam"
        return "0" if self.moderated else "1"


def kses(content: str) -> str:
    """Clean what was sent, as wp_filter_kses does: comments of HTML stay, tags go, a lone "&" becomes a name."""
    kept = _TAGS.sub(lambda found: found[1] or "", content)
    return re.sub(r"&(?!#?\w+;)", "&amp;", kept)


def rendered(content: str) -> str:
    """Write what is stored as the site shows it: quotes, dashes, paragraphs, links; comments of HTML untouched."""
    parts = re.split(r"(<!--.*?-->)", content)
    shown = "".join(part if part.startswith("<!--") else _set(part) for part in parts)
    paragraphs = (part.strip().replace("\n", "<br />\n") for part in re.split(r"\n{2,}", shown.strip()))
    return "".join(f"<p>{part}</p>\n" for part in paragraphs if part)


def _set(text: str) -> str:
    pieces = re.split(r"(<a .*?</a>|<[^>]*>)", text)
    return "".join(piece if piece.startswith("<") else _linked(piece) for piece in pieces)


def _linked(text: str) -> str:
    pieces = re.split(r"(https?://[^\s<]+)", text)
    return "".join(
        f'<a href="{one}" rel="nofollow ugc">{one}</a>' if number % 2 else _texturized(one)
        for number, one in enumerate(pieces)
    )


def _texturized(text: str) -> str:
    text = re.sub(r'"([^"]*)"', "&#8220;\\1&#8221;", text)
    return text.replace("'", "&#8217;").replace(" -- ", " &#8212; ").replace("...", "&#8230;")


def _cut(request: web.Request) -> web.StreamResponse:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
