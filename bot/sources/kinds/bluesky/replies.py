"""Replies on Bluesky: one record under a key that is chosen before it is sent.

https://docs.bsky.app/docs/advanced-guides/posts#replies and …/api/com-atproto-repo-put-record. ``putRecord`` with a
key of our own makes one record however often it is sent, where ``createRecord`` would make one each time; so the key
and the whole record stand in ``prepared``. The service takes a reply to a post that is gone, so the post is looked at
first: ``check`` brings what the record has to name (the post and the root of its thread, each with its hash).
"""

import json
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any

from bot.net.errors import SourceUnavailable
from bot.runtime.clock import Clock
from bot.sources.kinds.bluesky.api import NOT_BLUESKY, BlueskyApi
from bot.sources.kinds.bluesky.facets import facets_of
from bot.sources.kinds.bluesky.posts import COLLECTION, at_uri, named_in, parts_of, read_view, web_address
from bot.sources.kinds.bluesky.verdicts import error_of, refused
from bot.sources.kit.build import iso_moment
from bot.sources.kit.json import mapping, objects, string
from bot.sources.kit.replying import read_context, reads_as
from handlers.base.charter import ReplyRules, length
from handlers.base.replying import Alive, Allowed, Changed, Gone, Handoff, Outcome, Parent, ParentState, Published

RULES = ReplyRules(by_api=True, limit=300, unit="graphemes")
MAX_BYTES = 3_000

_TID = "234567abcdefghijklmnopqrstuvwxyz"
_GONE = "It was deleted, or its author hides it."
# How servers say it that give the error no name.
_NO_RECORD = "Could not locate record"


class BlueskyReplies:
    """Answers as one account."""

    def __init__(self, api: BlueskyApi, clock: Clock) -> None:
        """Take the account, and the clock by which replies are dated."""
        self._api = api
        self._clock = clock

    def can_reply(self, parent: Parent) -> Allowed | Handoff:
        """Say whether we can answer this post ourselves."""
        if not parts_of(parent.external_id):
            return Handoff(parent.url, "It is no post of Bluesky's.")
        if not self._api.logged_in:
            return Handoff(parent.url, "Dibs has no account there: its source names no handle, or no app password.")
        return Allowed()

    async def check(self, parent: Parent) -> ParentState:
        """Look whether it stands as we know it, may be answered, and was not answered by us without our knowing."""
        did = await self._api.did()
        answer = await self._api.query("app.bsky.feed.getPosts", [("uris", parent.external_id)])
        if not answer.ok:
            raise refused(answer, "a look at the post")
        view = next((one for one in objects(answer.object.get("posts")) if one.get("uri") == parent.external_id), None)
        if view is None:
            return Gone(_GONE)
        if closed := _closed(view):
            return Gone(closed)
        context = _context(view, did, self._clock.now())
        post = read_view(view)
        if post is None or not reads_as(post, parent):
            return Changed("The post was edited after it had come here.", context, post)
        ours = await self._answered(parent, did)
        if ours is None:
            return Gone(_GONE)
        return Changed(f"We answered it already: {ours}", context) if ours else Alive(context)

    async def _answered(self, parent: Parent, did: str) -> str | None:
        """Return the address of an answer of ours that we do not know, an empty string when there is none; None = gone.

        What a person named by hand bears a handle in its address, or our did; its key is the same.
        """
        known = {found[1] for one in parent.ours if (found := named_in(one))}
        params = [("uri", parent.external_id), ("depth", "1"), ("parentHeight", "0")]
        answer = await self._api.query("app.bsky.feed.getPostThread", params)
        thread = mapping(answer.object.get("thread"))
        if error_of(answer) == "NotFound" or thread.get("notFound") is True or thread.get("blocked") is True:
            return None
        if not answer.ok:
            raise refused(answer, "a look at the thread")
        for one in objects(thread.get("replies")):
            post = mapping(one.get("post"))
            uri = parts_of(string(post, "uri"))
            if string(mapping(post.get("author")), "did") == did and uri is not None and uri[1] not in known:
                return web_address(at_uri(*uri))
        return ""

    def prepare(self, parent: Parent, text: str, send_id: str, context: str) -> str:
        """Return the record and its key as JSON.

        Raises:
            ValueError: It is empty or too long, or the post was not looked at.
        """
        if not text.strip():
            raise ValueError("The reply is empty.")
        if (count := length(text, RULES)) > RULES.limit:
            raise ValueError(f"The reply has {count} characters; Bluesky takes {RULES.limit}.")
        if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
            raise ValueError(f"The reply has more than {MAX_BYTES} bytes, which Bluesky does not take.")
        seen = read_context(context, "uri", "cid", "root_uri", "root_cid", "did", "at")
        record: dict[str, Any] = {
            "$type": COLLECTION,
            "text": text,
            "createdAt": seen["at"],
            "reply": {
                "root": {"uri": seen["root_uri"], "cid": seen["root_cid"]},
                "parent": {"uri": seen["uri"], "cid": seen["cid"]},
            },
        }
        if facets := facets_of(text):
            record["facets"] = facets
        key = record_key(seen["at"], send_id)
        request = {"repo": seen["did"], "collection": COLLECTION, "rkey": key, "record": record}
        return json.dumps(request, ensure_ascii=False)

    async def publish(self, prepared: str) -> Outcome:
        """Send the record once; what is raised and may stand there is found under its key."""
        request = json.loads(prepared)
        answer = await self._api.procedure("com.atproto.repo.putRecord", request)
        uri = at_uri(request["repo"], request["rkey"])
        made = Published(uri, web_address(uri))
        return self._api.outcome(answer, lambda told: made if told.get("uri") == uri else None)

    async def find_published(self, prepared: str) -> Published | None:
        """Look for the record under its key."""
        request = json.loads(prepared)
        params = [(name, request[name]) for name in ("repo", "collection", "rkey")]
        answer = await self._api.query("com.atproto.repo.getRecord", params)
        if answer.ok:
            uri = at_uri(request["repo"], request["rkey"])
            if answer.object.get("uri") != uri:
                raise SourceUnavailable(NOT_BLUESKY)
            return Published(uri, web_address(uri))
        if error_of(answer) == "RecordNotFound" or string(answer.object, "message").startswith(_NO_RECORD):
            return None
        raise refused(answer, "a look for the reply")


def record_key(at: str, send_id: str) -> str:
    """Return a TID (https://atproto.com/specs/tid): the moment, made a send's own by its id."""
    moment = iso_moment(at)
    if moment is None:
        raise ValueError("The moment of the reply is none.")
    own = int.from_bytes(sha256(send_id.encode()).digest()[:8], "big")
    milliseconds = int(moment.timestamp() * 1_000)
    number = (milliseconds * 1_000 + own % 1_000) << 10 | (own >> 32) % 1_024
    return "".join(_TID[number >> shift & 31] for shift in range(60, -1, -5))


def _closed(view: Mapping[str, Any]) -> str:
    """Return why a post takes no answer from us, or an empty string."""
    viewer, author = mapping(view.get("viewer")), mapping(mapping(view.get("author")).get("viewer"))
    if author.get("blockedBy") is True:
        return "Its author has blocked our account."
    if author.get("blocking"):
        return "Our account has blocked its author."
    if viewer.get("replyDisabled") is True:
        return "Its author takes no replies from us there."
    return ""


def _context(view: Mapping[str, Any], did: str, now: datetime) -> str:
    """Write down what the record will name: the post, and the root of its thread, which it may be itself."""
    here = {"uri": string(view, "uri"), "cid": string(view, "cid")}
    told = mapping(mapping(mapping(view.get("record")).get("reply")).get("root"))
    root = told if parts_of(string(told, "uri")) and string(told, "cid") else here
    if not here["cid"]:
        raise SourceUnavailable(NOT_BLUESKY)
    seen = {
        **here,
        "root_uri": string(root, "uri"),
        "root_cid": string(root, "cid"),
        "did": did,
        "at": now.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    }
    return json.dumps(seen)
