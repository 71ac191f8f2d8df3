"""A Bluesky on loopback: the service of an account (XRPC) and a Jetstream, which refuse what the real ones refuse.

    async with FakeBluesky() as sky:
        ana = sky.add_account("ana.example")
        post = sky.write(ana.did, "Acme charged me twice")

Sessions: an access token that expired or is unknown is 400, none at all 401; a session is made 30 times in five
minutes; a refresh token is good once. Records: ``putRecord`` with the same key and record makes one, ``createRecord``
with a key that is taken is 500; a reply to what is gone is accepted; a text over 300 graphemes, facets out of the text
and a key that is no TID are 400. Jetstream: the cursor is inclusive, one older than what is kept is moved silently.
"""

import asyncio
import json
import re
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from aiohttp import web

from tests.fakes.bluesky_records import COLLECTION, TID, InvalidRecord, cid_of, tid, validate

START = datetime(2026, 3, 4, 5, 0, tzinfo=UTC)
SESSIONS = 30
_AT = re.compile(rf"at://(did:[a-z]+:[^/]+)/{re.escape(COLLECTION)}/([^/]+)")

Json = dict[str, Any]


@dataclass
class Account:
    """Somebody who has an account there; one that is ``asleep`` may sign in, and write nothing."""

    did: str
    handle: str
    passwords: set[str] = field(default_factory=lambda: {"app-pass-word-1"})
    closed: str = ""
    asleep: str = ""


@dataclass
class Written:
    """A record that stands there."""

    uri: str
    cid: str
    did: str
    record: Json
    indexed_at: str


@dataclass
class Fault:
    """What goes wrong with one call: ``after`` it was done (or before), answer ``status``; 0 = cut, -1 = hang."""

    status: int
    after: bool = False
    headers: dict[str, str] = field(default_factory=dict)


class Refusal(Exception):
    """An answer that is no success."""

    def __init__(self, status: int, error: str, message: str = "") -> None:
        super().__init__(error)
        self.status, self.error, self.message = status, error, message


class FakeBluesky:
    """The server; ``calls`` counts methods, ``asked`` keeps their queries, ``faults`` are played once each."""

    def __init__(self) -> None:
        self.accounts: dict[str, Account] = {}
        self.posts: dict[str, Written] = {}
        self.notifications: list[Json] = []
        self.views: dict[str, Json] = {}
        self.calls: Counter[str] = Counter()
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.faults: dict[str, list[Fault]] = {}
        self.ignores_cursor_after: int | None = None
        self.port = 0
        self._access: dict[str, tuple[str, bool]] = {}
        self._refresh: dict[str, str] = {}
        self._sessions: Counter[str] = Counter()
        self._count = 0
        self._runner: web.AppRunner | None = None
        self._methods: dict[str, Callable[[web.Request], Awaitable[Json]]] = {
            "com.atproto.server.createSession": self._create_session,
            "com.atproto.server.refreshSession": self._refresh_session,
            "com.atproto.identity.resolveHandle": self._resolve_handle,
            "com.atproto.repo.putRecord": self._put_record,
            "com.atproto.repo.createRecord": self._create_record,
            "com.atproto.repo.getRecord": self._get_record,
            "app.bsky.feed.searchPosts": self._search_posts,
            "app.bsky.feed.getPosts": self._get_posts,
            "app.bsky.feed.getPostThread": self._get_thread,
            "app.bsky.notification.listNotifications": self._list_notifications,
        }

    @property
    def url(self) -> str:
        """Where it stands."""
        return f"http://127.0.0.1:{self.port}"

    async def __aenter__(self) -> "FakeBluesky":
        application = web.Application()
        application.router.add_route("*", "/xrpc/{method}", self._answer)
        self._runner = web.AppRunner(application, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.port = int(self._runner.addresses[0][1])
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    # --- what a test does to it ---

    def add_account(self, handle: str) -> Account:
        """Open an account."""
        account = Account(f"did:plc:{sha256(handle.encode()).hexdigest()[:24]}", handle)
        self.accounts[account.did] = account
        return account

    def write(self, did: str, text: str, *, at: datetime | None = None, rkey: str = "", **record: Any) -> Written:
        """Let somebody write a post, a second after the last."""
        self._count += 1
        moment = at or START + timedelta(seconds=self._count)
        whole = {"$type": COLLECTION, "text": text, "createdAt": _iso(moment), **record}
        return self._keep(did, rkey or tid(moment, self._count), whole, _iso(moment))

    def delete(self, uri: str) -> None:
        """Take a post away."""
        del self.posts[uri]

    def notify(self, post: Written, reason: str) -> None:
        """Tell our account of a post."""
        self.notifications.append({"post": post, "reason": reason})

    def expire_access(self) -> None:
        """Let every access token be past its time."""
        self._access = {token: (did, True) for token, (did, _) in self._access.items()}

    def revoke(self, account: Account) -> None:
        """Revoke the app passwords of an account, and with them its sessions."""
        account.passwords.clear()
        self._refresh = {token: did for token, did in self._refresh.items() if did != account.did}
        self.expire_access()

    # --- the front ---

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        self.calls[method] += 1
        self.asked.append((method, dict(request.query)))
        fault = self.faults.get(method, []).pop(0) if self.faults.get(method) else None
        if fault and not fault.after:
            return await self._play(request, fault)
        try:
            if method not in self._methods:
                raise Refusal(501, "MethodNotImplemented")
            body = await self._methods[method](request)
        except Refusal as refusal:
            headers = {"RateLimit-Remaining": "0", "RateLimit-Reset": "300"} if refusal.status == 429 else {}
            answer = {"error": refusal.error, "message": refusal.message}
            return web.json_response(answer, status=refusal.status, headers=headers)
        return await self._play(request, fault) if fault else web.json_response(body)

    async def _play(self, request: web.Request, fault: Fault) -> web.StreamResponse:
        if fault.status == -1:
            await asyncio.sleep(60)
        if fault.status <= 0:
            assert request.transport is not None
            request.transport.abort()
        return web.json_response({"error": "Played"}, status=fault.status or 500, headers=fault.headers)

    def _who(self, request: web.Request) -> str:
        token = _bearer(request)
        if token not in self._access:
            raise Refusal(400, "InvalidToken", "Token could not be verified")
        did, expired = self._access[token]
        if expired:
            raise Refusal(400, "ExpiredToken", "Token has expired")
        if closed := self.accounts[did].closed:
            raise Refusal(401, closed, "Account has been taken down")
        return did

    # --- sessions ---

    async def _create_session(self, request: web.Request) -> Json:
        body = await request.json()
        self._sessions[body["identifier"]] += 1
        if self._sessions[body["identifier"]] > SESSIONS:
            raise Refusal(429, "RateLimitExceeded", "Rate Limit Exceeded")
        account = next((one for one in self.accounts.values() if body["identifier"] in (one.handle, one.did)), None)
        if account is None or body["password"] not in account.passwords:
            raise Refusal(401, "AuthenticationRequired", "Invalid identifier or password")
        if account.closed:
            raise Refusal(401, account.closed, "Account has been taken down")
        return self._begin(account)

    async def _refresh_session(self, request: web.Request) -> Json:
        did = self._refresh.pop(_bearer(request), "")
        if not did:
            raise Refusal(400, "ExpiredToken", "Token has been revoked")
        return self._begin(self.accounts[did])

    def _begin(self, account: Account) -> Json:
        self._count += 1
        access, refresh = f"access-{self._count}", f"refresh-{self._count}"
        self._access[access] = (account.did, False)
        self._refresh[refresh] = account.did
        told = {"did": account.did, "handle": account.handle, "accessJwt": access, "refreshJwt": refresh}
        return told | ({"active": False, "status": account.asleep} if account.asleep else {"active": True})

    # --- reading ---

    async def _resolve_handle(self, request: web.Request) -> Json:
        for account in self.accounts.values():
            if account.handle == request.query["handle"]:
                return {"did": account.did}
        raise Refusal(400, "HandleNotFound", "Unable to resolve handle")

    async def _search_posts(self, request: web.Request) -> Json:
        self._who(request)
        query = request.query
        found = [one for one in self.posts.values() if query["q"].casefold() in one.record["text"].casefold()]
        found = [one for one in found if query.get("since", "") <= _sort_at(one) < query.get("until", "9999")]
        found.sort(key=_sort_at, reverse=True)
        start, limit = int(query.get("cursor", "0")), _limit(query.get("limit", "25"))
        if self.ignores_cursor_after is not None and start >= self.ignores_cursor_after:
            raise Refusal(400, "InvalidRequest", "cursor out of bounds")
        page = {"posts": [self._view(one) for one in found[start : start + limit]]}
        return page | ({"cursor": str(start + limit)} if start + limit < len(found) else {})

    async def _list_notifications(self, request: web.Request) -> Json:
        self._who(request)
        shown = sorted(self.notifications, key=lambda one: str(one["post"].indexed_at), reverse=True)
        if reasons := request.query.getall("reasons", []):
            shown = [one for one in shown if one["reason"] in reasons]
        start, limit = int(request.query.get("cursor", "0")), _limit(request.query.get("limit", "50"))
        page = [self._view(one["post"]) | {"reason": one["reason"], "isRead": False} for one in shown]
        rest = {"cursor": str(start + limit)} if start + limit < len(page) else {}
        return {"notifications": page[start : start + limit]} | rest

    async def _get_posts(self, request: web.Request) -> Json:
        self._who(request)
        uris = request.query.getall("uris")
        if len(uris) > 25 or not all(_AT.fullmatch(uri) for uri in uris):
            raise Refusal(400, "InvalidRequest", "uris must be at-uris")
        return {"posts": [self._view(self.posts[uri]) for uri in uris if uri in self.posts]}

    async def _get_thread(self, request: web.Request) -> Json:
        self._who(request)
        uri = request.query["uri"]
        if uri not in self.posts:
            raise Refusal(400, "NotFound", f"Post not found: {uri}")
        under = [one for one in self.posts.values() if one.record.get("reply", {}).get("parent", {}).get("uri") == uri]
        replies = [{"$type": "app.bsky.feed.defs#threadViewPost", "post": self._view(one)} for one in under]
        return {"thread": {"post": self._view(self.posts[uri]), "replies": replies}}

    def _view(self, post: Written) -> Json:
        author = {"did": post.did, "handle": self.accounts[post.did].handle, "displayName": "", "viewer": {}}
        view = {"uri": post.uri, "cid": post.cid, "author": author, "record": post.record, "viewer": {}}
        return view | {"indexedAt": post.indexed_at} | self.views.get(post.uri, {})

    # --- writing ---

    async def _put_record(self, request: web.Request) -> Json:
        body = self._own(await request.json(), self._who(request))
        if not TID.fullmatch(body["rkey"]):
            raise Refusal(400, "InvalidRequest", "Invalid record key")
        kept = self._keep(body["repo"], body["rkey"], body["record"], "")
        return {"uri": kept.uri, "cid": kept.cid, "validationStatus": "valid"}

    async def _create_record(self, request: web.Request) -> Json:
        body = self._own(await request.json(), self._who(request))
        rkey = body.get("rkey") or tid(START, len(self.posts))
        if f"at://{body['repo']}/{COLLECTION}/{rkey}" in self.posts:
            raise Refusal(500, "InternalServerError", "Internal Server Error")
        kept = self._keep(body["repo"], rkey, body["record"], "")
        return {"uri": kept.uri, "cid": kept.cid}

    def _own(self, body: Json, did: str) -> Json:
        if body.get("repo") != did:
            raise Refusal(401, "AuthenticationRequired", "Authentication Required")
        if self.accounts[did].asleep:
            raise Refusal(401, "AccountDeactivated", "Account is deactivated")
        try:
            validate(body.get("record"))
        except InvalidRecord as error:
            raise Refusal(400, "InvalidRequest", f"Invalid {COLLECTION} record: {error}") from error
        return body

    def _keep(self, did: str, rkey: str, record: Json, indexed_at: str) -> Written:
        uri = f"at://{did}/{COLLECTION}/{rkey}"
        self.posts[uri] = Written(uri, cid_of(record), did, record, indexed_at or record["createdAt"])
        return self.posts[uri]

    async def _get_record(self, request: web.Request) -> Json:
        query = request.query
        found = self.posts.get(f"at://{query['repo']}/{query['collection']}/{query['rkey']}")
        if found is None:
            raise Refusal(400, "RecordNotFound", "Could not locate record")
        return {"uri": found.uri, "cid": found.cid, "value": json.loads(json.dumps(found.record))}


def _bearer(request: web.Request) -> str:
    token = request.headers.get("Authorization", "")
    if not token.startswith("Bearer "):
        raise Refusal(401, "AuthMissing", "Authentication Required")
    return token.removeprefix("Bearer ")


def _limit(text: str) -> int:
    if not 1 <= int(text) <= 100:
        raise Refusal(400, "InvalidRequest", "limit must be 1 to 100")
    return int(text)


def _sort_at(post: Written) -> str:
    return min(str(post.record["createdAt"]), post.indexed_at)


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
