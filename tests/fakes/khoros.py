"""A Khoros community on loopback, in memory: it says no inside a 200, and knows only as much LiQL as is asked of it.

What it knows: logging in, sessions that end, messages and users by a few conditions, fields by their names, and posting
a reply. Strangers see public boards, and what moderators let through; no stranger sees a user. ``faults`` are played on
the next posts, one each: "die" (taken, and the connection cut), "early" (cut before), "500" (taken), "429", "203".
"""

import re
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web

from tests.fakes.google import cut
from tests.fakes.serving import served

Json = dict[str, Any]
US = {"id": "7", "login": "acme_support"}
PEOPLE: dict[str, Json] = {"7": US, "11": {"id": "11", "login": "ana"}, "12": {"id": "12", "login": "ben"}}
SECRETS = {"password": "sample-password"}
BOARD, HIDDEN = "support", "staff-room"
NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
_IDS = {str(one["login"]): number for number, one in PEOPLE.items()}
# What may be asked for by its name; any other costs the whole answer.
_FIELDS = {
    *("id", "subject", "body", "post_time", "view_href", "language", "read_only", "moderation_status"),
    *("author.id", "author.login", "author.view_href", "board.id", "parent.id"),
}
_QUERY = re.compile(
    r"SELECT (?P<fields>[\w., ]+?) FROM (?P<kind>messages|users)(?: WHERE (?P<where>.+?))?"
    r"(?: ORDER BY post_time (?P<order>ASC|DESC))?(?: LIMIT (?P<limit>\d+))?(?: OFFSET (?P<offset>\d+))?"
)
_CONDITION = re.compile(r"(?P<field>[\w.]+) (?P<how>=|>=|IN) (?P<value>\d+|'[^'\\]*'|\('[^()\\]*'\))")


@dataclass
class FakeKhoros:
    """The community.

    Attributes:
        messages: All that stand there, by their numbers.
        open: Strangers may read it.
        premoderated: Moderators have to let a reply through before anybody sees it.
        may_post: Our account may.
        tells: What was posted says what its moderators say.
        hidden: Boards that only members read.
    """

    now: Callable[[], datetime] = lambda: NOW
    messages: dict[str, Json] = field(default_factory=dict)
    open: bool = True
    premoderated: bool = False
    may_post: bool = True
    tells: bool = True
    hidden: set[str] = field(default_factory=lambda: {HIDDEN})
    password: str = SECRETS["password"]
    sessions: set[str] = field(default_factory=set)
    logins: int = 0
    faults: deque[str] = field(default_factory=deque)
    asked: list[tuple[str, str]] = field(default_factory=list)
    base_url: str = ""
    limited: int = 0
    _made: int = 100

    # --- what people do ---

    def write(
        self, body: str, by: str = "ana", *, to: Json | None = None, board: str = BOARD, ago: float = 0.0, **more: Any
    ) -> Json:
        """Let somebody post, some seconds ago: a topic, or a reply to a message."""
        self._made += 1
        number = str(self._made)
        board = to["board"]["id"] if to else board
        made: Json = {
            "type": "message",
            "id": number,
            "subject": f"Re: {to['subject'].removeprefix('Re: ')}" if to else "A question",
            "body": body,
            "post_time": (self.now() - timedelta(seconds=ago)).isoformat(timespec="milliseconds"),
            "view_href": f"/t5/{board}/a-question/m-p/{number}",
            "language": "EN",
            "read_only": False,
            "moderation_status": "approved",
            "author": {**PEOPLE[_IDS[by]], "view_href": f"/t5/user/viewprofilepage/user-id/{_IDS[by]}"},
            "board": {"type": "board", "id": board},
            **({"parent": {"type": "message", "id": to["id"]}} if to else {}),
            **more,
        }
        self.messages[number] = made
        return made

    def ours(self) -> list[Json]:
        """Return what our account has there, the oldest first."""
        return [one for one in self.messages.values() if one["author"]["id"] == US["id"]]

    # --- what it answers ---

    @asynccontextmanager
    async def serve(self) -> AsyncIterator["FakeKhoros"]:
        """Serve on loopback for the length of the block."""
        app = web.Application()
        app.router.add_post("/restapi/vc/authentication/sessions/login", self._log_in)
        app.router.add_get("/api/2.0/search", self._search)
        app.router.add_post("/api/2.0/messages", self._post)
        async with served(app) as self.base_url:
            yield self

    async def _log_in(self, request: web.Request) -> web.Response:
        form = await request.post()
        self.asked.append(("POST", request.path_qs))
        if "user.password" in request.query or request.query.get("restapi.response_format") != "json":
            return web.Response(text="<response status='error'/>", content_type="text/xml")
        if (form.get("user.login"), form.get("user.password")) != (US["login"], self.password):
            return _old_no(302, "User authentication failed.")
        self.logins += 1
        key = f"session-{self.logins}"
        self.sessions.add(key)
        return web.json_response({"response": {"status": "success", "value": {"type": "string", "$": key}}})

    async def _search(self, request: web.Request) -> web.Response:
        query = request.query["q"]
        self.asked.append(("GET", query))
        if self.limited:
            self.limited -= 1
            return web.json_response({}, status=429, headers={"Retry-After": "0"})
        key = request.headers.get("li-api-session-key", "")
        if key and key not in self.sessions:
            return _old_no(301, "Invalid session key.")
        if not key and not self.open:
            return _no(203, "You are not authorized to make this request")
        found = _QUERY.fullmatch(query)
        conditions = re.split(r" AND ", found["where"]) if found and found["where"] else []
        if found is None or not set(found["fields"].split(", ")) <= _FIELDS | {"login"}:
            return _no(604, "Invalid query syntax")
        read = [_CONDITION.fullmatch(one) for one in conditions]
        if not all(read):
            return _no(604, "Invalid query syntax")
        rows = list(PEOPLE.values() if found["kind"] == "users" else self.messages.values())
        rows = [one for one in rows if key or (found["kind"] == "messages" and self._is_public(one))]
        for one in filter(None, read):
            rows = [row for row in rows if _holds(row, one)]
        if found["order"]:
            rows.sort(key=lambda row: str(row["post_time"]), reverse=found["order"] == "DESC")
        start = int(found["offset"] or 0)
        page = rows[start : start + min(int(found["limit"] or 25), 1_000)]
        items = [_shown(row, found["fields"].split(", ")) for row in page]
        data = {"type": found["kind"], "list_item_type": "message", "size": len(items), "items": items}
        return web.json_response({"status": "success", "message": "", "http_code": 200, "data": data, "metadata": {}})

    async def _post(self, request: web.Request) -> web.StreamResponse:
        fault, asked = self.faults.popleft() if self.faults else "", (await request.json())["data"]
        if fault == "early":
            return cut(request)
        if fault == "429":
            return web.json_response({}, status=429, headers={"Retry-After": "0"})
        if request.headers.get("li-api-session-key", "") not in self.sessions:
            return _old_no(301, "Invalid session key.")
        parent = self.messages.get(str(asked.get("parent", {}).get("id")))
        if not self.may_post or fault == "203":
            return _no(203, "You are not authorized to make this request")
        if asked.get("type") != "message" or parent is None or asked.get("board") != {"id": parent["board"]["id"]}:
            return _no(101, "Object not found")
        if not asked.get("subject") or re.search(r"<(?!/?p>|br />)", asked["body"]):
            return _no(617, "The body is not valid HTML")
        status = "unmoderated" if self.premoderated else "approved"
        made = self.write(asked["body"], US["login"], to=parent, moderation_status=status, subject=asked["subject"])
        if fault == "die":
            return cut(request)
        if fault == "500":
            return web.json_response({"status": "error"}, status=500)
        told = {name: made[name] for name in ("type", "id", "view_href")}
        told |= {"moderation_status": status} if self.tells else {}
        return web.json_response({"status": "success", "message": "", "http_code": 200, "data": told, "metadata": {}})

    def _is_public(self, message: Json) -> bool:
        kept_back = self.premoderated and message["moderation_status"] == "unmoderated"
        return message["board"].get("id") not in self.hidden and not kept_back


def _holds(row: Json, condition: re.Match[str]) -> bool:
    value: Any = row
    for name in condition["field"].split("."):
        value = value.get(name, {}) if isinstance(value, dict) else {}
    if condition["how"] == ">=":
        return int(datetime.fromisoformat(value).timestamp() * 1_000) >= int(condition["value"])
    return value in re.findall(r"'([^']*)'", condition["value"])


def _shown(row: Json, fields: list[str]) -> Json:
    shown: Json = {}
    for name in fields:
        first, _, second = name.partition(".")
        if second and first in row:
            shown.setdefault(first, {"type": first})[second] = row[first].get(second)
        elif first in row:
            shown[first] = row[first]
    return shown


def _no(code: int, message: str) -> web.Response:
    data = {"type": "error_data", "code": code, "developer_message": "", "more_info": ""}
    return web.json_response({"status": "error", "message": message, "data": data, "metadata": {}})


def _old_no(code: int, message: str) -> web.Response:
    return web.json_response({"response": {"status": "error", "error": {"code": code, "message": message}}})
