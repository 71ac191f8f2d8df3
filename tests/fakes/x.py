"""X on loopback, in memory: it refuses what the real one refuses, and sells what the real one sells.

What it knows: tokens that are good for one use, who we are, mentions, search, posts by id, our own posts, publishing,
and the check of a webhook. It tells what was asked for and no more: fields and expansions are by name. Lists come
newest first and show an edited post in its latest state. Each endpoint has limits of its own, told in every answer.
``faults`` are played on the next publications, one each.
"""

import asyncio
import base64
import hmac
import html
import json
import re
import unicodedata
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

from aiohttp import web

from handlers.text.weights import has_link, weighted
from tests.fakes.letting_in import LettingIn

Json = dict[str, Any]
US: dict[str, str] = {"id": "2244994945", "username": "acme_support", "name": "Acme"}
PEOPLE: dict[str, Json] = {
    US["id"]: US,
    "101": {"id": "101", "username": "kim", "name": "Kim"},
    "102": {"id": "102", "username": "ben", "name": "Ben"},
    "103": {"id": "103", "username": "hidden", "name": "Hidden", "protected": True},
}
IDS: dict[str, str] = {one["username"]: number for number, one in PEOPLE.items()}
CONSUMER_SECRET = "sample-consumer-secret"
NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
# Of its answers, which need not be asked for.
_DEFAULT = ("id", "text", "edit_history_tweet_ids")
_PRICES = {"mentions": 1, "ours": 1, "search": 5, "posts": 5}
_LIMITS = {"mentions": 300, "ours": 900, "search": 300, "posts": 5_000, "me": 75, "write": 100}
_EPOCH_MS = 1_288_834_974_657
_URL = re.compile(r"https?://[^\s<>]+")
_NAMED = re.compile(r"@([A-Za-z0-9_]{1,15})")

PROBLEM = "https://api.x.com/2/problems/"
NOT_SUMMONED = (
    "Reply to this conversation is not allowed because you have not been mentioned or otherwise engaged by the author "
    "of the post you are replying to."
)
TWICE = "You are not allowed to create a Tweet with duplicate content."
GONE = "You attempted to reply to a Tweet that is deleted or not visible to you."


@dataclass
class FakeX:
    """The network; ``posts`` is all that stands there, by id, each state of an edited one.

    Attributes:
        faults: "die" (accepted, and the connection cut), "early" (cut before), "500" (accepted), "hang" (accepted,
            never answered), "429", "401"; any other is "STATUS kind: sentence".
        left: How many requests an endpoint answers yet, where that is fewer than X allows.
        lags: Whether our own list does not show a fresh post yet.
        credits: What may be spent yet, in thousandths of a dollar.
        spent: What was, as X counts it.
        empties: How many of the next pages of mentions are empty, and have another one behind them.
        hook_valid: Whether the webhook has answered the last check.
        answers: What is answered to everything in the place of all that.
    """

    now: Callable[[], datetime] = lambda: NOW
    letting: LettingIn = field(default_factory=lambda: LettingIn(scopes=()))
    posts: dict[str, Json] = field(default_factory=dict)
    files: dict[str, Json] = field(default_factory=dict)
    faults: deque[str] = field(default_factory=deque)
    left: dict[str, int] = field(default_factory=dict)
    lags: bool = False
    credits: int = 1_000_000
    spent: int = 0
    empties: int = 0
    dead_tokens: set[str] = field(default_factory=set)
    asked: list[tuple[str, str, Json]] = field(default_factory=list)
    made: int = 0
    hook_valid: bool = True
    answers: Any = None
    base_url: str = ""
    _paid: set[tuple[str, str]] = field(default_factory=set)
    _numbers: int = 0

    # --- what people do ---

    def write(self, text: str, by: str = "kim", *, ago: float = 0.0, **more: Any) -> Json:
        """Let somebody post, some seconds ago; ``to`` and ``quotes`` are posts, ``shows`` pictures."""
        to, quotes, shows = more.pop("to", None), more.pop("quotes", None), more.pop("shows", ())
        post_id = self._id(ago)
        if quotes is not None:
            text += f" https://x.com/{PEOPLE[quotes['author_id']]['username']}/status/{quotes['id']}"
        keys = [self._file(post_id, number, one) for number, one in enumerate(shows)]
        text += f" https://x.com/{by}/status/{post_id}/photo/1" if keys else ""
        refs = [("replied_to", to), ("quoted", quotes), ("retweeted", more.pop("passes_on", None))]
        made = {
            "id": post_id,
            "author_id": IDS[by],
            "created_at": (self.now() - timedelta(seconds=ago)).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
            "edit_history_tweet_ids": [post_id],
            "lang": "en",
            "reply_settings": "everyone",
            "possibly_sensitive": False,
            "conversation_id": to["conversation_id"] if to else post_id,
            "attachments": {"media_keys": keys} if keys else {},
            "referenced_tweets": [{"type": kind, "id": one["id"]} for kind, one in refs if one is not None],
            "whole": text,
            **_written(text, keys),
            **more,
        }
        self.posts[post_id] = made
        return made

    def edit(self, one: Json, text: str) -> Json:
        """Let an author edit: another post, which knows the one before, as that knows it."""
        new = self._id(0.0)
        one["edit_history_tweet_ids"].append(new)
        self.posts[new] = {**one, "id": new, "whole": text, **_written(text, one["attachments"].get("media_keys", ()))}
        return self.posts[new]

    def delete(self, one: Json) -> None:
        """Take a post away, in all its states."""
        for state in one["edit_history_tweet_ids"]:
            self.posts.pop(state, None)

    def answers_to(self, one: Json) -> list[Json]:
        """Return what our account has standing directly below a post."""
        ours = [each for each in self.posts.values() if each["author_id"] == US["id"]]
        return [each for each in ours if _referred(each, "replied_to") == one["id"]]

    def ring(self, event: str, one: Json, *, escaped: bool) -> tuple[dict[str, str], bytes]:
        """Return a signed delivery of the Activity API: headers and body, which is ASCII with escapes or is not."""
        told = {"filter": {"user_id": US["id"]}, "event_type": event, "tag": "dibs", "payload": _told(one, ("text",))}
        raw = json.dumps({"data": {"event_uuid": one["id"], **told}}, ensure_ascii=escaped).encode()
        return {"X-Twitter-Webhooks-Signature": f"sha256={_signature(raw)}"}, raw

    def check_hook(self, answer: Callable[[dict[str, str]], str]) -> bool:
        """Ask a webhook whether it knows the secret; one that answers wrongly gets nothing any more."""
        token = f"token-{self._id(0.0)}"
        try:
            told = json.loads(answer({"crc_token": token}))
            self.hook_valid = told == {"response_token": f"sha256={_signature(token.encode())}"}
        except ValueError:
            self.hook_valid = False
        return self.hook_valid

    # --- what it answers ---

    @asynccontextmanager
    async def serve(self) -> AsyncIterator["FakeX"]:
        """Serve on loopback for the length of the block."""
        app = web.Application()
        app.router.add_post("/2/oauth2/token", self.letting._token)
        app.router.add_get("/2/users/me", self._endpoint("me", self._whoami))
        app.router.add_get("/2/users/{id}/mentions", self._endpoint("mentions", self._mentions))
        app.router.add_get("/2/users/{id}/tweets", self._endpoint("ours", self._ours))
        app.router.add_get("/2/tweets/search/recent", self._endpoint("search", self._search))
        app.router.add_get("/2/tweets", self._endpoint("posts", self._by_id))
        app.router.add_post("/2/tweets", self._endpoint("write", lambda request: self._publish(request)))
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.base_url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            yield self
        finally:
            await runner.cleanup()

    def _endpoint(self, name: str, handler: Any) -> Any:
        """Return a handler behind the token, the limits of its endpoint, and what was paid."""

        async def guarded(request: web.Request) -> web.StreamResponse:
            self.asked.append((request.method, request.path, dict(request.query)))
            if self.answers is not None:
                return await self.answers(request)  # type: ignore[no-any-return]
            token = request.headers.get("authorization", "").removeprefix("Bearer ")
            if self.letting._of(token) is None:
                return _problem(401, "Unauthorized", "about:blank")
            left = self.left.get(name, _LIMITS[name])
            reset = str(int(self.now().timestamp()) + 900)
            headers = {"x-rate-limit-limit": str(_LIMITS[name]), "x-rate-limit-reset": reset}
            headers["date"] = format_datetime(self.now(), usegmt=True)
            headers["x-rate-limit-remaining"] = str(max(left - 1, 0))
            if left <= 0:
                answer: web.StreamResponse = _problem(429, "Too Many Requests", "about:blank")
            elif self.credits <= 0 and name != "me":
                answer = _problem(402, "Your account does not have any credits.", f"{PROBLEM}credits-depleted")
            else:
                if name in self.left:
                    self.left[name] = left - 1
                answer = await handler(request)
            answer.headers.update(headers)
            return answer

        return guarded

    async def _whoami(self, request: web.Request) -> web.Response:
        return web.json_response({"data": US})

    async def _mentions(self, request: web.Request) -> web.Response:
        if request.match_info["id"] != US["id"] or not 5 <= int(request.query.get("max_results", "10")) <= 100:
            return _problem(400, "One or more parameters to your request was invalid.", f"{PROBLEM}invalid-request")
        if self.empties:
            self.empties -= 1
            token = f"{request.query.get('pagination_token', '0').partition('-')[0]}-{self.empties}"
            return web.json_response({"meta": {"result_count": 0, "next_token": token}})
        found = [one for one in self._latest() if _mentions(one)]
        return self._page(request, "mentions", found, "pagination_token")

    async def _ours(self, request: web.Request) -> web.Response:
        found = [one for one in self._latest() if one["author_id"] == request.match_info["id"]]
        found = [one for one in found if not (self.lags and one.get("fresh"))]
        return self._page(request, "ours", found, "pagination_token")

    async def _search(self, request: web.Request) -> web.Response:
        query, week = request.query.get("query", ""), self.now() - timedelta(days=7)
        oldest = int(week.timestamp() * 1_000 - _EPOCH_MS) << 22
        bad = not 0 < len(query) <= 512 or not 10 <= int(request.query.get("max_results", "10")) <= 100
        if bad or 0 < int(request.query.get("since_id", "0")) < oldest:
            why = f"'since_id' must be a tweet id created after {week:%Y-%m-%dT%H:%MZ}."
            return _problem(400, why, f"{PROBLEM}invalid-request")
        words = re.sub(r"\s-\S+", "", query).strip("()").casefold().split()
        found = [one for one in self._latest() if all(word in one["whole"].casefold() for word in words)]
        if "-is:retweet" in query:
            found = [one for one in found if not _referred(one, "retweeted")]
        if who := re.search(r"-from:(\w+)", query):
            found = [one for one in found if PEOPLE[one["author_id"]]["username"] != who[1]]
        return self._page(request, "search", [one for one in found if int(one["id"]) > oldest], "next_token")

    async def _by_id(self, request: web.Request) -> web.Response:
        ids = request.query["ids"].split(",")
        found = [self.posts[one] for one in ids if one in self.posts]
        shown = {one["id"] for one in found}
        missing = [
            {
                "value": one,
                "resource_id": one,
                "resource_type": "tweet",
                "parameter": "ids",
                "title": "Not Found Error",
                "detail": f"Could not find tweet with ids: [{one}].",
                "type": f"{PROBLEM}resource-not-found",
            }
            for one in ids
            if one not in shown
        ]
        body = self._body(request, "posts", found)
        return web.json_response(body | ({"errors": missing} if missing else {}))

    async def _publish(self, request: web.Request) -> web.StreamResponse:
        fault = self.faults.popleft() if self.faults else ""
        if fault == "early":
            return _cut(request)
        if fault in ("429", "401"):
            return _problem(int(fault), "No", "about:blank")
        if told := re.fullmatch(r"(\d{3}) (\S*): (.*)", fault):
            return _problem(int(told[1]), told[3], f"{PROBLEM}{told[2]}" if told[2] else "about:blank")
        asked = await request.json()
        text, to = unicodedata.normalize("NFC", asked["text"]), str(asked["reply"]["in_reply_to_tweet_id"])
        if refused := self._refusal(text, to):
            return refused
        self.made += 1
        parent = self.posts[to]
        spoken_to = f"@{PEOPLE[parent['author_id']]['username']} "
        made = self.write(text if text.startswith("@") else spoken_to + text, US["username"], to=parent, fresh=True)
        self._pay("write", made["id"], 200 if has_link(text) else 10)
        if fault == "die":
            return _cut(request)
        if fault == "500":
            return _problem(500, "Internal Server Error", "about:blank")
        if fault == "hang":
            await asyncio.sleep(30)
        return web.json_response({"data": {"id": made["id"], "text": made["text"]}}, status=201)

    def _refusal(self, text: str, to: str) -> web.Response | None:
        parent = self.posts.get(to)
        if parent is None:
            return _problem(403, GONE, "about:blank")
        if not _mentions(parent) and not self._quotes_us(parent):
            return _problem(403, NOT_SUMMONED, "about:blank")
        if not text or weighted(text) > 280:
            return _problem(403, "Your Tweet text is too long.", "about:blank")
        said = {_plain(one["whole"]) for one in self.posts.values() if one["author_id"] == US["id"]}
        return _problem(403, TWICE, "about:blank") if _plain(text) in said else None

    # --- how it tells ---

    def _latest(self) -> list[Json]:
        """Return all posts in their latest state, the newest first."""
        shown = [one for one in self.posts.values() if one["edit_history_tweet_ids"][-1] == one["id"]]
        return sorted(shown, key=lambda one: int(one["id"]), reverse=True)

    def _page(self, request: web.Request, name: str, found: Sequence[Json], token: str) -> web.Response:
        query = request.query
        found = [one for one in found if int(one["id"]) > int(query.get("since_id", "0"))]
        given = query.get(token, "0")
        if given in self.dead_tokens:
            return _problem(400, f"The query parameter [{token}] is invalid.", f"{PROBLEM}invalid-request")
        begin, size = int(given.partition("-")[0]), int(query.get("max_results", "10"))
        page = found[begin : begin + size]
        meta: Json = {"result_count": len(page)}
        if begin + size < len(found):
            meta["next_token"] = str(begin + size)
        return web.json_response(self._body(request, name, page) | {"meta": meta})

    def _body(self, request: web.Request, name: str, page: Sequence[Json]) -> Json:
        """Write posts with the fields that were asked for, and what belongs to them; what is returned is paid for."""
        query = request.query
        fields = {*_DEFAULT, *query.get("tweet.fields", "").split(",")}
        expanded = query.get("expansions", "").split(",")
        users = [self._user(one["author_id"], query) for one in page] if "author_id" in expanded else []
        keys = [key for one in page for key in one["attachments"].get("media_keys", ())]
        files = [self._shown(key, query) for key in keys] if "attachments.media_keys" in expanded else []
        for kind, things, price in (("post", page, _PRICES[name]), ("user", users, 10), ("media", files, 5)):
            for one in things:
                self._pay(kind, str(one.get("id", one.get("media_key"))), price)
        beside = {"users": list({one["id"]: one for one in users}.values()), "media": files}
        beside = {kind: things for kind, things in beside.items() if things}
        body: Json = {"data": [_told(one, fields) for one in page]} if page else {}
        return body | ({"includes": beside} if beside else {})

    def _user(self, number: str, query: Any) -> Json:
        face = {"profile_image_url": f"https://pbs.twimg.com/profile_images/{number}/a_normal.jpg", "protected": False}
        face |= {"public_metrics": {"followers_count": 12_400}}
        fields = {"id", "name", "username", *query.get("user.fields", "").split(",")}
        return {name: value for name, value in (face | PEOPLE[number]).items() if name in fields}

    def _shown(self, key: str, query: Any) -> Json:
        fields = {"media_key", "type", *query.get("media.fields", "").split(",")}
        return {name: value for name, value in self.files[key].items() if name in fields}

    def _pay(self, kind: str, name: str, price: int) -> None:
        """Charge for what was returned, once in a day of UTC."""
        paid = (f"{self.now():%Y-%m-%d}", f"{kind} {name}")
        if paid not in self._paid:
            self._paid.add(paid)
            self.spent += price
            self.credits -= price

    def _quotes_us(self, one: Json) -> bool:
        return self.posts.get(_referred(one, "quoted"), {}).get("author_id") == US["id"]

    def _file(self, post_id: str, number: int, shown: Json) -> str:
        key = f"3_{post_id}{number}"
        self.files[key] = {"media_key": key, "type": "photo", "url": f"https://pbs.twimg.com/media/{key}.jpg", **shown}
        return key

    def _id(self, ago: float) -> str:
        self._numbers += 1
        moment = self.now().timestamp() - ago
        return str(((int(moment * 1_000) - _EPOCH_MS) << 22) + self._numbers)


def _written(text: str, keys: Sequence[str]) -> Json:
    """Write a text as X tells it: shortened links, signs of HTML as entities, cut at 280 with the whole in a note."""
    urls, shortened = [], text
    for number, link in enumerate(_URL.findall(text)):
        short = f"https://t.co/{number:010d}"
        shortened = shortened.replace(link, short, 1)
        urls.append({"url": short, "expanded_url": link, "display_url": link.partition("://")[2][:20]})
        if "/photo/" in link and keys:
            urls[-1]["media_key"] = keys[0]
    names = [{"username": name, "id": IDS.get(name.lower(), "1")} for name in _NAMED.findall(text)]
    escaped = html.escape(shortened, quote=False)
    entities: Json = {"urls": urls, "mentions": names}
    if weighted(text) <= 280:
        return {"text": escaped, "entities": entities}
    cut = f"{shortened[:240].rpartition(' ')[0]}…"
    seen = {"urls": [one for one in urls if one["url"] in cut], "mentions": names}
    note = {"text": escaped, "entities": {"urls": urls, "mentions": names}}
    return {"text": html.escape(cut, quote=False), "entities": seen, "note_tweet": note}


def _told(one: Json, fields: Any) -> Json:
    return {name: value for name, value in one.items() if name in {*_DEFAULT, *fields} and value not in ({}, [])}


def _mentions(one: Json) -> bool:
    named: list[Json] = one["entities"]["mentions"]
    return any(each["id"] == US["id"] for each in named)


def _referred(one: Json, how: str) -> str:
    return next((str(each["id"]) for each in one["referenced_tweets"] if each["type"] == how), "")


def _plain(text: str) -> str:
    return " ".join(re.sub(r"\A(?:@\w+\s+)+", "", text).split()).casefold()


def _signature(raw: bytes) -> str:
    return base64.b64encode(hmac.digest(CONSUMER_SECRET.encode(), raw, "sha256")).decode()


def _problem(status: int, detail: str, kind: str) -> web.Response:
    title = {401: "Unauthorized", 402: "CreditsDepleted", 403: "Forbidden", 429: "Too Many Requests"}.get(status, "No")
    return web.json_response({"title": title, "detail": detail, "type": kind, "status": status}, status=status)


def _cut(request: web.Request) -> web.StreamResponse:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
