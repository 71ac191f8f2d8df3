"""An instance of Lemmy on loopback, in memory, in version 3 or 4 of its API: it refuses what a real one refuses.

It tells things in the words of its version alone, and the paths of the other one are 404. Most requests with a session
that has ended are answered as anybody's are. A comment without a language copies that of its post, and is refused where
the community does not take that; moderators' removals empty a text, and version 3 shows nobody their own comment that
was removed, or whose language their account has not chosen. Links lose their campaign fields. ``faults`` are played on
the next comments that are made, one each.
"""

import asyncio
import re
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web

from tests.fakes.serving import served

Json = dict[str, Any]
US, PASSWORD, ME = "acme_support", "correct-horse-battery", 20
# Who lives here is told by the address at which it is served.
HOME, FAR = "here", "far.example"
BEGIN = datetime(2026, 3, 4, 5, 0, tzinfo=UTC)
ANY, ENGLISH, GERMAN = 0, 37, 32
_MOST = 10_000
_CAMPAIGN = re.compile(r"(?<=[?&])utm_\w+=[^\s&)]*&?")


class No(Exception):
    """An answer that is an error."""

    def __init__(self, error: str, status: int = 400) -> None:
        super().__init__(error)
        self.response = web.json_response({"error": error}, status=status)


@dataclass
class FakeLemmy:
    """The instance; ``things`` are all posts and comments, by kind and number.

    Attributes:
        version: "v3" or "v4"; a story may let it become another.
        shape: How version 4 calls the list of a search: "own" is by kind, else the name of the one list.
        limits: Which paths are asked for too often now, and with what status.
        taken: The languages that communities take, by community; an absent one takes all.
        chosen: The languages that our account reads; none = all.
        slow: Its communities live elsewhere, and take nothing yet: what we say is pending.
        faults: "die" (accepted, and the connection cut), "early" (cut before), "500" (accepted), "hang" (accepted,
            never answered), "503" (not accepted), "behind" (accepted, and 400 because of what comes after it), or a
            word that it is refused by.
    """

    version: str = "v3"
    shape: str = "own"
    private: bool = False
    second_factor: bool = False
    banned: bool = False
    slow: bool = False
    password: str = PASSWORD
    chosen: tuple[int, ...] = ()
    taken: dict[int, tuple[int, ...]] = field(default_factory=dict)
    limits: dict[str, int] = field(default_factory=dict)
    clock: Callable[[], datetime] = lambda: BEGIN + timedelta(hours=1)
    people: dict[str, Json] = field(default_factory=dict)
    communities: dict[int, Json] = field(default_factory=dict)
    things: dict[tuple[str, int], Json] = field(default_factory=dict)
    notices: list[Json] = field(default_factory=list)
    far: dict[str, tuple[str, int]] = field(default_factory=dict)
    sessions: set[str] = field(default_factory=set)
    banned_from: set[int] = field(default_factory=set)
    faults: deque[str] = field(default_factory=deque)
    asked: list[tuple[str, str]] = field(default_factory=list)
    made: int = 0
    logins: int = 0
    base_url: str = ""

    def __post_init__(self) -> None:
        self.community()
        self.person(US, number=ME)

    # --- what people do there ---

    def person(self, name: str, host: str = HOME, *, number: int = 0, **more: Any) -> Json:
        """Let somebody have an account."""
        known = {"id": number or 100 + len(self.people), "name": name, "host": host, "banned": False, **more}
        return self.people.setdefault(f"{name}@{host}", known)

    def community(self, name: str = "support", **more: Any) -> int:
        """Found a community; returns its number."""
        number = 10 + len(self.communities)
        self.communities[number] = {"id": number, "name": name, "visibility": "public", **more}
        return number

    def post(self, title: str, body: str = "", who: str = "kim", host: str = HOME, **more: Any) -> Json:
        """Let somebody post; ``at`` is when, ``far`` on which instance it was written."""
        return self._add("post", {"name": title, "body": body, "community": 10, "locked": False, **more}, who, host)

    def comment(self, text: str, to: Json, who: str = "kim", host: str = HOME, **more: Any) -> Json:
        """Let somebody answer a post or a comment."""
        top = to["id"] if to["kind"] == "post" else to["post"]
        path = "0" if to["kind"] == "post" else to["path"]
        told = {"content": text, "post": top, "path": path, "language": ANY, "federation_pending": False, **more}
        made = self._add("comment", told, who, host)
        made["path"] = f"{path}.{made['id']}"
        return made

    def _add(self, kind: str, told: Json, who: str, host: str) -> Json:
        number = (180 if kind == "post" else 500) + sum(one == kind for one, _ in self.things)
        at = told.pop("at", None) or BEGIN + timedelta(seconds=len(self.things))
        known = {"kind": kind, "id": number, "who": self.person(who, host), "at": at, "language": ANY}
        made = {**known, "deleted": False, "removed": False, "edited": None, **told}
        elsewhere = made.pop("far", None)
        made["ap_id"] = elsewhere or f"{self.base_url}/{kind}/{number}"
        self.things[kind, number] = made
        return made

    def tell(self, thing: Json, kind: str = "mention", at: datetime | None = None) -> None:
        """Tell our account that somebody spoke to it: "mention", "reply", or something else in version 4."""
        self.notices.append({"id": 1 + len(self.notices), "kind": kind, "thing": thing, "at": at or thing["at"]})

    def ours(self) -> list[Json]:
        """Return what our account said, oldest first."""
        return [one for (kind, _), one in self.things.items() if kind == "comment" and one["who"]["id"] == ME]

    def at(self, thing: Json) -> str:
        """Return where a thing stands on this instance."""
        return f"{self.base_url}/{thing['kind']}/{thing['id']}"

    # --- asking ---

    @asynccontextmanager
    async def serve(self) -> AsyncIterator["FakeLemmy"]:
        """Serve on loopback for the length of the block."""
        app = web.Application(client_max_size=8 * 1024 * 1024)
        app.router.add_route("*", "/{path:.*}", self._any)
        async with served(app) as self.base_url:
            yield self

    async def _any(self, request: web.Request) -> web.StreamResponse:
        self.asked.append((request.method, request.path_qs))
        _, api, version, *rest = [*request.path.split("/"), "", ""]
        path = "/" + "/".join(filter(None, rest))
        if api != "api" or version != self.version:
            return web.Response(status=404)
        if status := self.limits.get(path):
            return web.json_response({"error": "rate_limit_error"}, status=status)
        try:
            return await self._route(request, path)
        except No as no:
            return no.response

    async def _route(self, request: web.Request, path: str) -> web.StreamResponse:
        if request.method == "POST":
            if path in ("/user/login", "/account/auth/login") and self._is_of(path, "/user/login"):
                return await self._log_in(request)
            return await self._create(request)
        v3 = {"/user/mention": self._inbox, "/user/replies": self._inbox, "/user": self._content}
        v4 = {"/account": self._account, "/account/notification/list": self._inbox, "/person/content": self._content}
        both = {
            "/site": self._site,
            "/search": self._search,
            "/comment": self._one,
            "/post": self._one,
            "/community": self._languages,
            "/resolve_object": self._resolve,
        }
        routes = both | (v3 if self.version == "v3" else v4)
        if path not in routes:
            raise No("not_found", 404)
        return web.json_response(routes[path](request, path))

    def _is_of(self, path: str, third: str) -> bool:
        return (path == third) == (self.version == "v3")

    async def _log_in(self, request: web.Request) -> web.Response:
        self.logins += 1
        sent = await request.json()
        if (sent.get("username_or_email"), sent.get("password")) != (US, self.password):
            raise No("incorrect_login", 401)
        if self.second_factor:
            raise No("missing_totp_token")
        token = f"jwt-{self.logins}"
        self.sessions.add(token)
        return web.json_response({"jwt": token, "registration_created": False, "verify_email_sent": False})

    def _me(self, request: web.Request, *, wanted: bool = True) -> bool:
        """Say whether our account asks; a session that has ended is nobody's, and no error where nobody may ask too."""
        known = request.headers.get("authorization", "").removeprefix("Bearer ") in self.sessions
        if wanted and not known:
            raise No("incorrect_login", 401)
        return known

    def _site(self, request: web.Request, path: str) -> Json:
        told: Json = {"site_view": {"local_site": {"private_instance": self.private}}, "version": "0.19.11"}
        if self.version == "v3" and self._me(request, wanted=False):
            told["my_user"] = self._account(request, path)
        return told

    def _account(self, request: web.Request, path: str) -> Json:
        self._me(request)
        person, banned = self.people[f"{US}@{HOME}"], self.banned
        user: Json = {"person": self._person(person | {"banned": banned}), "local_user": {}}
        if self.version == "v4":
            user["banned"] = banned
        return {"local_user_view": user, "discussion_languages": list(self.chosen)}

    def _inbox(self, request: web.Request, path: str) -> Json:
        self._me(request)
        kinds = {"/user/mention": ("mention",), "/user/replies": ("reply",)}.get(path)
        told = [one for one in self.notices if kinds is None or one["kind"] in kinds]
        told.sort(key=lambda one: (one["at"], one["id"]), reverse=True)
        return self._paged(request, {"/user/mention": "mentions", "/user/replies": "replies"}.get(path, "items"), told)

    def _notice(self, one: Json, name: str) -> Json:
        around = {"id": one["id"], "recipient_id": ME, "read": False, self._named("published"): _iso(one["at"])}
        if name != "items":
            return {{"mentions": "person_mention"}.get(name, "comment_reply"): around, **self._view(one["thing"])}
        around["kind"] = one["kind"]
        if one["kind"] == "private_message":
            return {
                "notification": around,
                "data": {"type_": "private_message", "private_message": {"content": "psst"}},
            }
        return {"notification": around, "data": {"type_": one["thing"]["kind"], **self._view(one["thing"])}}

    def _search(self, request: web.Request, path: str) -> Json:
        words, what = request.query["q"], request.query["type_"]
        title = self.version == "v3"
        assert what in (("Comments", "Posts") if title else ("comments", "posts")), what
        assert request.query["sort"] == ("New" if title else "new")
        kind = what.lower().removesuffix("s")
        found = [one for (of, _), one in self.things.items() if of == kind and words.casefold() in _words(one)]
        found.sort(key=lambda one: (one["at"], one["id"]), reverse=True)
        if title or self.shape == "own":
            return {"comments": [], "posts": []} | self._paged(request, f"{kind}s", found)
        return self._paged(request, self.shape, found)

    def _content(self, request: web.Request, path: str) -> Json:
        known = self._me(request, wanted=False)
        assert int(request.query["person_id"]) == ME
        found = [one for one in self.ours() if known or not (one["deleted"] or one["federation_pending"])]
        if self.version == "v3":
            found = [one for one in found if not one["removed"] and self._is_read(one["language"])]
        found.sort(key=lambda one: (one["at"], one["id"]), reverse=True)
        return self._paged(request, "comments" if self.version == "v3" else "items", found)

    def _is_read(self, language: int) -> bool:
        return not self.chosen or language in self.chosen

    def _paged(self, request: web.Request, name: str, found: list[Json]) -> Json:
        """Return a page of a list: by number in version 3, behind a cursor in version 4."""
        most = int(request.query.get("limit", "10"))
        assert 1 <= most <= 50
        if self.version == "v3":
            begin = (int(request.query.get("page", "1")) - 1) * most
        else:
            cursor = request.query.get("page_cursor", "Pc0")
            if not cursor.startswith("Pc"):
                raise No("couldnt_parse_pagination_token")
            begin = int(cursor.removeprefix("Pc"))
        part = found[begin : begin + most]
        told: Json = {name: [self._listed(one, name) for one in part]}
        if self.version == "v4":
            more = begin + most < len(found)
            told |= {"next_page": f"Pc{begin + most}" if more else None, "prev_page": None}
        return told

    def _listed(self, one: Json, name: str) -> Json:
        if "thing" in one:
            return self._notice(one, name)
        return self._view(one) | ({} if name in ("comments", "posts") else {"type_": one["kind"]})

    def _one(self, request: web.Request, path: str) -> Json:
        kind = path.removeprefix("/")
        thing = self.things.get((kind, int(request.query["id"])))
        if thing is None:
            raise No("not_found" if self.version == "v4" else f"couldnt_find_{kind}", 404)
        return {f"{kind}_view": self._view(thing)}

    def _languages(self, request: web.Request, path: str) -> Json:
        number = int(request.query["id"])
        return {"community_view": {}, "discussion_languages": list(self.taken.get(number, ()))}

    def _resolve(self, request: web.Request, path: str) -> Json:
        address = request.query["q"]
        known = next((key for key, one in self.things.items() if one["ap_id"] == address), None)
        if known is None and self._me(request, wanted=False):
            known = self.far.get(address)
        if known is None:
            raise No("not_found" if self.version == "v4" else "couldnt_find_object", 404)
        view = self._view(self.things[known])
        if self.version == "v4" and self.shape != "own":
            return {"results": [{"type_": known[0], **view}]}
        return {known[0]: view}

    # --- how things are told ---

    def _named(self, name: str) -> str:
        """Return what a moment is called in this version."""
        return name if self.version == "v3" else f"{name}_at"

    def _person(self, one: Json) -> Json:
        address = "actor_id" if self.version == "v3" else "ap_id"
        told = {"id": one["id"], "name": one["name"], "display_name": one["name"].title()}
        where = self.base_url if one["host"] == HOME else f"https://{one['host']}"
        if self.version == "v3":
            told["banned"] = one["banned"]
        return told | {address: f"{where}/u/{one['name']}", "avatar": one.get("avatar")}

    def _view(self, thing: Json) -> Json:
        top = thing if thing["kind"] == "post" else self.things["post", thing["post"]]
        community = self.communities[top["community"]]
        visibility = community["visibility"]
        if self.version == "v3":
            visibility = {"public": "Public", "local_only_private": "LocalOnly"}.get(visibility, visibility)
        view: Json = {
            "creator": self._person(thing["who"]),
            "post": self._shown(top),
            "community": {"id": community["id"], "name": community["name"], "visibility": visibility},
        }
        if thing["kind"] == "comment":
            view["comment"] = self._shown(thing)
        banned = community["id"] in self.banned_from
        if self.version == "v3":
            return view | {"banned_from_community": banned, "counts": {}}
        return view | ({"community_actions": {"received_ban_at": _iso(BEGIN)}} if banned else {})

    def _shown(self, thing: Json) -> Json:
        told = {name: thing[name] for name in ("id", "ap_id", "deleted", "removed")}
        told |= {self._named("published"): _iso(thing["at"]), "language_id": thing["language"]}
        if thing["edited"]:
            told[self._named("updated")] = _iso(thing["edited"])
        gone = thing["deleted"] or thing["removed"]
        if thing["kind"] == "post":
            named = ("name", "locked", "url", "thumbnail_url", "alt_text", "nsfw")
            told |= {name: thing[name] for name in named if name in thing}
            return told | {"body": "" if gone else thing["body"], "creator_id": thing["who"]["id"]}
        told |= {"content": "" if gone else thing["content"], "path": thing["path"], "post_id": thing["post"]}
        if self.version == "v4":
            told |= {"federation_pending": thing["federation_pending"], "locked": thing.get("locked", False)}
        return told | {"creator_id": thing["who"]["id"]}

    # --- writing ---

    async def _create(self, request: web.Request) -> web.StreamResponse:
        if request.path != f"/api/{self.version}/comment":
            raise No("not_found", 404)
        fault = self.faults.popleft() if self.faults else ""
        if fault == "early":
            return _cut(request)
        if fault == "503":
            return web.Response(status=503, text="Down for maintenance.")
        known = ("", "die", "500", "hang", "behind")
        if fault not in known:
            raise No(fault)
        self._me(request)
        made = self._accept(await request.json())
        if fault == "die":
            return _cut(request)
        if fault == "500":
            return web.Response(status=500, text="Bad gateway")
        if fault == "behind":
            raise No("couldnt_like_comment")
        if fault == "hang":
            await asyncio.sleep(30)
        return web.json_response({"comment_view": self._view(made), "recipient_ids": []})

    def _accept(self, sent: Json) -> Json:
        top = self.things.get(("post", sent["post_id"]))
        if top is None:
            raise No("not_found" if self.version == "v4" else "couldnt_find_post", 404)
        self._is_allowed(sent, top)
        above = self.things.get(("comment", sent.get("parent_id", 0)), top)
        if "parent_id" in sent and (above is top or above["post"] != top["id"]):
            raise No("couldnt_create_comment")
        language = sent.get("language_id", top["language"])
        if (taken := self.taken.get(top["community"], ())) and language not in taken:
            raise No("language_not_allowed")
        content = _CAMPAIGN.sub("", sent["content"])
        self.made += 1
        more: Json = {"language": language, "at": self.clock(), "federation_pending": self.slow}
        return self.comment(content, above, US, **more)

    def _is_allowed(self, sent: Json, top: Json) -> None:
        content = sent["content"]
        if not content or len(content) > _MOST:
            raise No("invalid_body_field")
        if self.banned:
            raise No("site_ban")
        if top["community"] in self.banned_from:
            raise No("banned_from_community" if self.version == "v3" else "person_is_banned_from_community")
        if top["deleted"] or top["removed"]:
            raise No("deleted")
        if top["locked"]:
            raise No("locked")


def _words(thing: Json) -> str:
    return f"{thing.get('name', '')} {thing.get('body', '')} {thing.get('content', '')}".casefold()


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _cut(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
