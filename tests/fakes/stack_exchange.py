"""The API of Stack Exchange on loopback, in memory: it refuses what the real one refuses, always by 400 and compressed.

Who asks a method again before the seconds that it wanted to be left alone are over, on whichever site, violates that;
who asks more than the day's requests is told for how long there are no more. A search shows excerpts and entities, and
what was deleted a little longer than anybody sees it.
"""

import gzip
import html
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web

from tests.fakes.serving import served

Json = dict[str, Any]
KEY = "U4DMV-sample-key"
BEGIN = datetime(2026, 3, 4, 5, 0, tzinfo=UTC)
_MOST = 100


class No(Exception):
    """An answer that is an error."""

    def __init__(self, number: int, name: str, message: str) -> None:
        super().__init__(message)
        self.told = {"error_id": number, "error_name": name, "error_message": message}


@dataclass
class FakeStackExchange:
    """All sites; ``things`` are questions, answers and comments, by site and number.

    Attributes:
        quota: How many requests a day has; with the key, ten thousand.
        spent: How many were asked for today.
        wants_rest: For how many seconds a method is to be left alone after its next answer; empty = for none.
        broken: The next error, a number and a name, instead of any answer.
    """

    sites: tuple[str, ...] = ("stackoverflow", "serverfault", "unix")
    quota: int = 300
    clock: Callable[[], datetime] = lambda: BEGIN + timedelta(hours=1)
    things: dict[tuple[str, int], Json] = field(default_factory=dict)
    wants_rest: dict[str, int] = field(default_factory=dict)
    shut: dict[str, datetime] = field(default_factory=dict)
    broken: tuple[int, str] | None = None
    spent: int = 0
    violations: int = 0
    asked: list[tuple[str, Json]] = field(default_factory=list)
    base_url: str = ""

    def question(self, title: str, body: str, site: str = "stackoverflow", **more: Any) -> Json:
        """Let somebody ask; ``at`` is when."""
        return self._add(site, {"post_type": "question", "title": title, "body": body, **more})

    def answer(self, body: str, to: Json, **more: Any) -> Json:
        """Let somebody answer a question."""
        told = {"post_type": "answer", "title": to["title"], "question_id": to["post_id"]}
        return self._add(to["site"], {**told, "body": body, **more})

    def comment(self, body: str, to: Json, **more: Any) -> Json:
        """Let somebody comment on a question or an answer."""
        return self._add(to["site"], {"post_type": "comment", "title": "", "body": body, "on": to["post_id"], **more})

    def _add(self, site: str, told: Json) -> Json:
        number = 1_000 + len(self.things)
        at = BEGIN + timedelta(seconds=len(self.things))
        made = {"site": site, "post_id": number, "at": at, "who": "Kim & Co", "deleted": False, "edited": None, **told}
        self.things[site, number] = made
        return made

    @asynccontextmanager
    async def serve(self) -> AsyncIterator["FakeStackExchange"]:
        """Serve on loopback for the length of the block."""
        app = web.Application()
        app.router.add_route("GET", "/2.3/{path:.*}", self._any)
        async with served(app) as url:
            self.base_url = f"{url}/2.3"
            yield self

    async def _any(self, request: web.Request) -> web.Response:
        query = dict(request.query)
        path = request.path.removeprefix("/2.3")
        self.asked.append((path, query))
        try:
            told, status = self._wrapped(path, query), 200
        except No as no:
            told, status = no.told, 400
        headers = {"Content-Encoding": "gzip", "Content-Type": "application/json; charset=utf-8"}
        return web.Response(status=status, headers=headers, body=gzip.compress(json.dumps(told).encode()))

    def _wrapped(self, path: str, query: Json) -> Json:
        if self.broken is not None:
            raise No(*self.broken, "something went wrong")
        if query.get("key", KEY) != KEY:
            raise No(400, "bad_parameter", "`key` doesn't match a known application")
        most = 10_000 if "key" in query else self.quota
        if self.spent >= most:
            raise No(
                502, "throttle_violation", "too many requests from this IP, more requests available in 17524 seconds"
            )
        self.spent += 1
        method = "/search/excerpts" if path == "/search/excerpts" else "/" + path.split("/")[1]
        if self.shut.get(method, BEGIN) > self.clock():
            self.violations += 1
            raise No(502, "throttle_violation", "Violation of backoff parameter")
        if query.get("site") not in self.sites:
            raise No(400, "bad_parameter", f"No site found for name `{query.get('site')}`")
        items, more = self._listed(method, path, query)
        told: Json = {"items": items, "has_more": more, "quota_max": most, "quota_remaining": most - self.spent}
        if rest := self.wants_rest.pop(method, 0):
            self.shut[method] = self.clock() + timedelta(seconds=rest)
            told["backoff"] = rest
        return told

    def _listed(self, method: str, path: str, query: Json) -> tuple[list[Json], bool]:
        most = int(query.get("pagesize", "30"))
        if not 1 <= most <= _MOST:
            raise No(400, "bad_parameter", "pagesize")
        if method == "/search/excerpts":
            return self._search(query, most)
        numbers = [int(one) for one in path.split("/")[2].split(";")]
        if len(numbers) > _MOST:
            raise No(400, "bad_parameter", "ids")
        found = [self.things.get((query["site"], one)) for one in numbers]
        wanted = [one for one in found if one is not None and not one["deleted"]]
        if method == "/comments":
            return [self._comment(one, query) for one in wanted if one["post_type"] == "comment"], False
        assert method == "/posts", path
        return [self._post(one, query) for one in wanted if one["post_type"] != "comment"], False

    def _search(self, query: Json, most: int) -> tuple[list[Json], bool]:
        assert query["sort"] == "creation"
        words, since = query["q"].casefold(), float(query.get("fromdate", "0"))
        until = float(query.get("todate", "1e12"))
        found = [
            one
            for (site, _), one in self.things.items()
            if site == query["site"]
            and one["post_type"] != "comment"
            and words in f"{one['title']} {one['body']}".casefold()
            and since <= one["at"].timestamp() <= until
        ]
        found.sort(key=lambda one: (one["at"], one["post_id"]), reverse=query["order"] == "desc")
        return [self._excerpt(one) for one in found[:most]], len(found) > most

    def _excerpt(self, one: Json) -> Json:
        answers = one["post_type"] == "answer"
        told = {"item_type": one["post_type"], "question_id": one["question_id"] if answers else one["post_id"]}
        told |= {"title": html.escape(one["title"]), "body": "cut …", "excerpt": '… <span class="highlight">x</span> …'}
        told |= {"creation_date": int(one["at"].timestamp()), "last_activity_date": int(one["at"].timestamp())}
        return told | ({"answer_id": one["post_id"]} if answers else {})

    def _post(self, one: Json, query: Json) -> Json:
        told = {"post_id": one["post_id"], "post_type": one["post_type"], "owner": self._owner(one)}
        if one["edited"]:
            told["last_edit_date"] = int(one["edited"].timestamp())
        return told | self._written(one, query)

    def _comment(self, one: Json, query: Json) -> Json:
        told = {"comment_id": one["post_id"], "post_id": one["on"], "owner": self._owner(one)}
        return told | self._written(one, query)

    def _written(self, one: Json, query: Json) -> Json:
        body = {"body": one["body"]} if query.get("filter") == "withbody" else {}
        return {"creation_date": int(one["at"].timestamp()), **body}

    def _owner(self, one: Json) -> Json:
        if not one["who"]:
            return {"user_type": "does_not_exist", "display_name": "user12"}
        host = {"unix": "unix.stackexchange.com"}.get(one["site"], f"{one['site']}.com")
        name = html.escape(one["who"])
        return {"user_id": 7, "user_type": "registered", "display_name": name, "link": f"https://{host}/users/7/kim"}
