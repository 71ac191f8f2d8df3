"""GitHub on loopback, in memory: it refuses what the real one refuses.

What it knows: issues, pull requests and their comments by REST, with ``since``, sorting and pages; the search of
issues; discussions by GraphQL, told by the name of the operation and with every variable that it declares; and
deliveries to hooks, signed over what is sent. A token is wanted, and a name of who asks. Core, search and GraphQL have
their own budgets. ``faults`` are played on the next comments, one each.
"""

import asyncio
import re
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.fakes.github_things import REPOSITORY, US, GitHubThings, Json, shown
from tests.fakes.serving import served

TOKEN = "sample-token-of-acme"
_LONGEST = 65_536
# What refuses before anything is made: status, sentence, and headers that matter.
_REFUSALS: dict[str, tuple[int, str, dict[str, str]]] = {
    "secondary": (403, "You have exceeded a secondary rate limit. Please wait a few minutes.", {}),
    "retry": (403, "You have exceeded a secondary rate limit.", {"retry-after": "37"}),
    "429": (429, "You have exceeded a secondary rate limit.", {"retry-after": "90"}),
    "right": (403, "Resource not accessible by personal access token", {}),
    "archived": (403, "Repository was archived so is read-only.", {}),
    "blocked": (403, "You can't comment because you are blocked.", {}),
    "410": (410, "Issues are disabled for this repo", {}),
    "422": (422, "Validation Failed", {}),
}


@dataclass
class FakeGitHub(GitHubThings):
    """The site.

    Attributes:
        faults: "500" (made), "die" (made, and the connection cut), "early" (cut before), "hang" (made, never answered),
            one of the refusals above, or what GraphQL says: "TYPE: sentence".
        left: What is left of each budget.
        incomplete: Searches are broken off.
        hidden: Discussions are not shown to our token.
        unseen: Why no post is shown to whoever looks at one, as GraphQL says it beside what it shows: "TYPE: sentence".
        went_wrong: Questions by GraphQL are answered by a trouble of GitHub's own, inside a 200.
        scopes: What a classic token was made for, as GitHub tells it; empty = one that tells nothing.
        ends: When our token ends, as GitHub tells it.
        down: What everything is answered by, where that is not 0.
    """

    token: str = TOKEN
    login: str = US
    faults: deque[str] = field(default_factory=deque)
    left: dict[str, int] = field(default_factory=lambda: {"core": 5_000, "search": 30, "graphql": 5_000})
    incomplete: bool = False
    hidden: bool = False
    unseen: str = ""
    went_wrong: bool = False
    scopes: str = ""
    ends: str = ""
    down: int = 0
    asked: list[str] = field(default_factory=list)
    made: int = 0

    @asynccontextmanager
    async def serve(self) -> AsyncIterator["FakeGitHub"]:
        """Serve on loopback for the length of the block."""
        app = web.Application(middlewares=[self._guard])
        get, post = app.router.add_get, app.router.add_post
        place = "/repos/{owner}/{name}"
        get(place, self._repository)
        get(f"{place}/issues", self._issues)
        get(f"{place}/issues/comments", self._all_comments)
        get(f"{place}/issues/comments/{{id}}", self._one_comment)
        get(f"{place}/issues/{{number}}", self._one_issue)
        get(f"{place}/issues/{{number}}/comments", self._comments)
        get("/search/issues", self._search)
        post(f"{place}/issues/{{number}}/comments", self._comment)
        post("/graphql", self._graphql)
        async with served(app) as self.base_url:
            yield self

    @web.middleware
    async def _guard(self, request: web.Request, handler: Any) -> web.StreamResponse:
        self.asked.append(f"{request.method} {request.path_qs}")
        bucket = {"/graphql": "graphql", "/search/issues": "search"}.get(request.path, "core")
        if self.down:
            return web.Response(status=self.down, text="<html>Unicorn!</html>")
        if not request.headers.get("user-agent"):
            return self._no(bucket, 403, "Request forbidden by administrative rules.")
        if request.headers.get("authorization") != f"Bearer {self.token}":
            return self._no(bucket, 401, "Bad credentials")
        if "x-github-api-version" not in request.headers:
            return self._no(bucket, 400, "This test wants a version")
        if self.left[bucket] <= 0:
            return self._no(bucket, 403, "API rate limit exceeded for user ID 1.")
        self.left[bucket] -= 1
        response: web.StreamResponse = await handler(request)
        of_token = {"x-oauth-scopes": self.scopes, "github-authentication-token-expiration": self.ends}
        told = self._budget(bucket) | {name: value for name, value in of_token.items() if value}
        for name, value in told.items():
            response.headers.setdefault(name, value)
        return response

    def _budget(self, bucket: str) -> dict[str, str]:
        told = {"limit": "5000", "remaining": str(self.left[bucket]), "reset": "600", "resource": bucket}
        return {f"x-ratelimit-{name}": value for name, value in told.items()}

    def _no(self, bucket: str, status: int, message: str, **more: Any) -> web.Response:
        headers = self._budget(bucket) | more.pop("headers", {})
        return web.json_response({"message": message, "status": str(status), **more}, status=status, headers=headers)

    def _in(self, request: web.Request, prefix: str) -> list[Json]:
        repository = "{owner}/{name}".format(**request.match_info).casefold()
        found = [one for name, one in self.things.items() if name.startswith(prefix)]
        return [one for one in found if self._place(one)["_repository"].casefold() == repository]

    def _place(self, one: Json) -> Json:
        return self.things.get(one.get("_topic", ""), one) if "_topic" in one else one

    async def _repository(self, request: web.Request) -> web.Response:
        seen = self.visibility.get("{owner}/{name}".format(**request.match_info))
        if seen is None:
            return self._no("core", 404, "Not Found")
        return web.json_response({"full_name": REPOSITORY, "visibility": seen, "private": seen != "public"})

    async def _issues(self, request: web.Request) -> web.Response:
        if "{owner}/{name}".format(**request.match_info) not in self.visibility:
            return self._no("core", 404, "Not Found")
        found = [one for one in self._in(request, "") if one.get("_kind") == "issues"]
        return web.json_response(_page(found, request.query))

    async def _all_comments(self, request: web.Request) -> web.Response:
        return web.json_response(_page(self._in(request, "comment/"), request.query))

    async def _one_issue(self, request: web.Request) -> web.Response:
        return self._one("{owner}/{name}#{number}".format(**request.match_info))

    async def _one_comment(self, request: web.Request) -> web.Response:
        return self._one(f"comment/{request.match_info['id']}")

    def _one(self, name: str) -> web.Response:
        found = self.things.get(name)
        return web.json_response(shown(found)) if found else self._no("core", 404, "Not Found")

    async def _comments(self, request: web.Request) -> web.Response:
        found = self.comments("{owner}/{name}#{number}".format(**request.match_info))
        # This list knows no sorting: it is by number.
        query = {name: value for name, value in request.query.items() if name in ("since", "per_page", "page")}
        return web.json_response(_page(found, {**query, "sort": "created", "direction": "asc"}))

    async def _search(self, request: web.Request) -> web.Response:
        words = request.query["q"].split()
        if not {"is:issue", "is:pull-request"} & set(words):
            return self._no("search", 422, "Query must include 'is:issue' or 'is:pull-request'")
        since = next((one.removeprefix("updated:>=") for one in words if one.startswith("updated:>=")), "")
        found = [one for one in self._matching(words, "issues") if one["updated_at"] >= since]
        query = {**request.query, "direction": request.query.get("order", "desc")}
        items = _page(found, query)
        return web.json_response({"total_count": len(found), "incomplete_results": self.incomplete, "items": items})

    def _matching(self, words: list[str], kind: str) -> list[Json]:
        plain = [one.strip('"').lower() for one in words if ":" not in one]
        public = [
            one
            for one in self.things.values()
            if one.get("_kind") == kind
            and ("is:public" not in words or self.visibility[one["_repository"]] == "public")
            and "pull_request" not in one
        ]
        return [one for one in public if all(word in f"{one['title']} {one['body']}".lower() for word in plain)]

    # --- what is written ---

    async def _comment(self, request: web.Request) -> web.StreamResponse:
        name, body = "{owner}/{name}#{number}".format(**request.match_info), (await request.json())["body"]
        fault = self.faults.popleft() if self.faults else ""
        topic = self.things.get(name)
        if fault in _REFUSALS:
            status, message, headers = _REFUSALS[fault]
            errors = [{"resource": "IssueComment", "code": "custom", "message": "body is not right"}]
            return self._no("core", status, message, headers=headers, **({"errors": errors} if status == 422 else {}))
        if topic is None:
            return self._no("core", 404, "Not Found")
        if topic["locked"]:
            return self._no("core", 403, "Unable to create comment because issue is locked.")
        if not body.strip() or len(body) > _LONGEST:
            why = {"resource": "IssueComment", "code": "custom", "field": "body", "message": "body is too long"}
            return self._no("core", 422, "Validation Failed", errors=[why])
        return await self._write(request, fault, topic, body, None)

    async def _write(
        self, request: web.Request, fault: str, topic: Json, body: str, below: Json | None
    ) -> web.StreamResponse:
        """Make a comment, unless the connection was cut before, and answer as the fault says."""
        if fault == "early":
            return _cut(request)
        self.made += 1
        thing = self.comment(topic, body, self.login, below)
        made = shown(thing) if topic["_kind"] == "issues" else self._graph(thing)
        if fault == "die":
            return _cut(request)
        if fault == "500":
            return web.json_response({"message": "Server Error"}, status=500)
        if fault == "hang":
            await asyncio.sleep(30)
        if topic["_kind"] == "issues":
            return web.json_response(made, status=201)
        return web.json_response({"data": {"addDiscussionComment": {"comment": made}}})

    # --- GraphQL ---

    async def _graphql(self, request: web.Request) -> web.StreamResponse:
        told = await request.json()
        query, variables = told["query"], told["variables"]
        head = re.match(r"(?:query|mutation) (\w+)(?:\(([^)]*)\))?", query)
        assert head is not None, query
        declared = re.findall(r"\$(\w+): \w+(!?)", head[2] or "")
        missing = [name for name, needed in declared if needed and variables.get(name) is None]
        if missing or set(variables) - {name for name, _ in declared}:
            return _errors("BAD", f"Variable ${missing} was provided invalid value")
        if head[1] == "Answer":
            return await self._answer(request, variables)
        if self.went_wrong:
            return _errors("", "Something went wrong while executing your query.")
        data, wrong = getattr(self, f"_ask_{head[1].lower()}")(variables), []
        if any(value is None for value in data.values()):
            wrong = [{"type": "NOT_FOUND", "message": "Could not resolve to a node."}]
        if self.unseen and head[1] == "Beside":
            data, wrong = {"post": None}, [dict(zip(("type", "message"), self.unseen.split(": ", 1), strict=True))]
        return web.json_response({"data": data, **({"errors": wrong} if wrong else {})})

    def _ask_me(self, variables: Json) -> Json:
        return {"viewer": {"login": self.login}}

    def _ask_heard(self, variables: Json) -> Json:
        repository = f"{variables['owner']}/{variables['name']}"
        if repository not in self.visibility:
            return {"repository": None}
        if self.hidden:
            return {"repository": {"visibility": self.visibility[repository].upper(), "discussions": None}}
        found = [one for one in self.things.values() if one.get("_kind") == "discussions"]
        listed = self._connection([one for one in found if one["_repository"] == repository], variables, 10)
        return {"repository": {"visibility": self.visibility[repository].upper(), "discussions": listed}}

    def _ask_found(self, variables: Json) -> Json:
        words = variables["query"].split()
        assert "sort:updated-desc" in words
        return {"search": self._connection(self._matching(words, "discussions"), variables, 50)}

    def _ask_one(self, variables: Json) -> Json:
        repository = f"{variables['owner']}/{variables['name']}"
        topic = self.things.get(f"{repository}#{variables['number']}")
        if repository not in self.visibility:
            return {"repository": None}
        shown = self._whole(topic) if topic is not None and topic["_kind"] == "discussions" else None
        return {"repository": {"visibility": self.visibility[repository].upper(), "discussion": shown}}

    def _ask_beside(self, variables: Json) -> Json:
        post = self._node(variables["node"])
        if post is None:
            return {"post": None}
        topic = self._place(post)
        private = {"private": self.visibility[topic["_repository"]] != "public"}

        def beside(one: Json) -> Json:
            """Return a page of what stands directly below something."""
            below = "" if one is topic else one["_name"]
            there = [one for one in self.comments(topic["_name"]) if one["_below"] == below]
            end = int(variables["before"]) if variables["before"] else len(there)
            begin = max(end - 25, 0)
            page = {"startCursor": str(begin), "hasPreviousPage": begin > 0}
            return {"beside": {"pageInfo": page, "nodes": [self._graph(one) for one in there[begin:end]]}}

        whole = {**self._graph(topic), "repository": private}
        if post is topic:
            return {"post": {**whole, **beside(topic)}}
        if topic["_kind"] == "discussions":
            above = self.things.get(post["_below"])
            place = {"node_id": above["node_id"], **beside(above)} if above else None
            return {"post": {**self._graph(post), "discussion": whole, "above": place, **beside(post)}}
        issue = {**whole, **beside(topic)}
        return {"post": {**self._graph(post), "issue": issue, "pull": issue if "pull_request" in topic else None}}

    def _graph(self, thing: Json) -> Json:
        """Write it as GraphQL does: an App is called without what marks it, and a remark says what it stands below."""
        user = thing["user"] and {**thing["user"], "login": thing["user"]["login"].removesuffix("[bot]")}
        below = self.things.get(thing.get("_below", ""))
        thread = {name: below[name] for name in ("node_id", "html_url")} if below else None
        said = {"discussion": {"node_id": f"N_{thing['_topic']}"}, "thread": thread} if "_topic" in thing else {}
        return {**shown(thing), "user": user, **(said if "#discussioncomment-" in thing["html_url"] else {})}

    def _node(self, node: str) -> Json | None:
        return self.things.get(node.removeprefix("N_"))

    def _connection(self, found: list[Json], variables: Json, first: int) -> Json:
        ordered = sorted(found, key=lambda one: str(one["updated_at"]), reverse=True)
        begin = int(variables.get("after") or 0)
        more = {"endCursor": str(begin + first), "hasNextPage": begin + first < len(ordered)}
        return {"pageInfo": more, "nodes": [self._whole(one) for one in ordered[begin : begin + first]]}

    def _whole(self, topic: Json) -> Json:
        below = self.comments(topic["_name"])

        def nodes(name: str, most: int) -> Json:
            return {"nodes": [whole(one) for one in below if one["_below"] == name][-most:]}

        def whole(one: Json) -> Json:
            return self._graph(one) | ({} if one["_below"] else {"replies": nodes(one["_name"], 20)})

        return self._graph(topic) | {"comments": nodes("", 30)}

    async def _answer(self, request: web.Request, variables: Json) -> web.StreamResponse:
        topic, body = self._node(variables["discussionId"]), variables["body"]
        below = self._node(variables["replyToId"]) if variables.get("replyToId") else None
        fault = self.faults.popleft() if self.faults else ""
        if ": " in fault:
            return _errors(*fault.split(": ", 1))
        if topic is None or (variables.get("replyToId") and below is None):
            return _errors("NOT_FOUND", "Could not resolve to a node with the global id.")
        if topic["locked"]:
            return _errors("FORBIDDEN", "Discussion is locked.")
        if below is not None and below["_below"]:
            return _errors("UNPROCESSABLE", "Parent comment is already in a thread, cannot reply to it")
        if len(body) > _LONGEST:
            return _errors("UNPROCESSABLE", "Body is too long (maximum is 65536 characters)")
        return await self._write(request, fault, topic, body, below)


def _errors(kind: str, message: str) -> web.Response:
    return web.json_response({"data": None, "errors": [{"type": kind, "message": message}]})


def _page(found: list[Json], query: Any) -> list[Json]:
    """Return a page of what changed since, in the order that is asked for."""
    by = {"updated": "updated_at", "created": "created_at"}[query.get("sort", "created")]
    ordered = sorted(found, key=lambda one: str(one[by]), reverse=query.get("direction", "desc") == "desc")
    kept = [one for one in ordered if one["updated_at"] >= query.get("since", "")]
    size = min(int(query.get("per_page", "30")), 100)
    begin = (int(query.get("page", "1")) - 1) * size
    return [shown(one) for one in kept[begin : begin + size]]


def _cut(request: web.Request) -> web.StreamResponse:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
