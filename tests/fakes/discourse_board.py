"""What stands on the forum that is played in ``tests.fakes.discourse``: topics and posts, and what is told of them.

Ids of posts rise. What waits for the moderators has none yet, and gets its own when it is let through.
"""

import hmac
import html
import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import count
from typing import Any

Json = dict[str, Any]
US = "acme_support"
HOOK_SECRET = "sample-hook-secret"
BEGIN = datetime(2026, 3, 4, 4, 0, tzinfo=UTC)
OPEN, STAFF, IDEAS = 4, 5, 6
MARK = re.compile(r"<!--.*?-->", re.DOTALL)


@dataclass
class Board:
    """Topics, posts and what waits, by id, and what the webhook tells of them."""

    topics: dict[int, Json] = field(default_factory=dict)
    posts: dict[int, Json] = field(default_factory=dict)
    queue: dict[int, Json] = field(default_factory=dict)
    _ids: Any = field(default_factory=lambda: count(101))
    _events: Any = field(default_factory=lambda: count(9_001))

    def topic(self, title: str, text: str, username: str = "kim", *, category: int | None = OPEN, **more: Any) -> Json:
        """Let somebody begin a topic; returns its first post. One without a category is a private message."""
        number = len(self.topics) + 11
        archetype = "regular" if category else "private_message"
        self.topics[number] = {
            "id": number,
            "title": title,
            "slug": re.sub(r"\W+", "-", title.lower()).strip("-"),
            "category_id": category,
            "archetype": archetype,
            "closed": False,
            "archived": False,
            "visible": True,
        }
        return self.post(self.topics[number], text, username, **more)

    def post(self, topic: Json, text: str, username: str = "kim", *, to: int | None = None, **more: Any) -> Json:
        """Let somebody post in a topic, in answer to the post of this number; returns the post."""
        number = 1 + max((one["post_number"] for one in self._in(topic)), default=0)
        post_id = next(self._ids)
        at = (BEGIN + timedelta(minutes=post_id)).isoformat().replace("+00:00", ".000Z")
        self.posts[post_id] = {
            "id": post_id,
            "name": username.title(),
            "username": username,
            "user_id": {"system": -1, US: 7, "kim": 21, "ben": 22}.get(username, 30),
            "avatar_template": f"/user_avatar/forum.example/{username}/{{size}}/1_2.png",
            "created_at": at,
            "updated_at": at,
            "raw": text,
            "cooked": cook(text),
            "post_number": number,
            "post_type": 1,
            "reply_to_post_number": to,
            "topic_id": topic["id"],
            "version": 1,
            "hidden": False,
            "deleted_at": None,
            "user_deleted": False,
            **more,
        }
        return self.posts[post_id]

    def edit(self, post: Json, text: str) -> Json:
        """Let its author edit a post."""
        post.update(raw=text, cooked=cook(text), version=post["version"] + 1)
        return post

    def move(self, post: Json, topic: Json) -> None:
        """Let a moderator move a post to another topic: it keeps its id, and gets another number."""
        number = 1 + max((one["post_number"] for one in self._in(topic)), default=0)
        post.update(topic_id=topic["id"], post_number=number, reply_to_post_number=None)

    def let_through(self) -> None:
        """Let the moderators approve all that waits."""
        for one in self.queue.values():
            self.post(self.topics[one["topic_id"]], one["raw_text"], US, to=one["to"])
        self.queue.clear()

    def ours(self, topic: int = 0) -> list[Json]:
        """Return what our account has standing there."""
        return [one for one in self.posts.values() if one["username"] == US and topic in (0, one["topic_id"])]

    def delivery(
        self, event: str, told: Json, *, kind: str = "post", form: bool = False, escaped: bool = False
    ) -> tuple[dict[str, str], bytes]:
        """Return a delivery of the webhook, headers and body; a repeat bears another id, and is else the same."""
        body = {kind: self._as_system(told) if kind == "post" else told} if kind != "ping" else {"ping": "OK"}
        raw = json.dumps(body, ensure_ascii=escaped).encode()
        headers = {
            "Content-Type": "application/x-www-form-urlencoded" if form else "application/json",
            "X-Discourse-Instance": "https://forum.example",
            "X-Discourse-Event-Id": str(next(self._events)),
            "X-Discourse-Event-Type": kind,
            "X-Discourse-Event": event,
        }
        return headers | signed(raw), raw

    def _in(self, topic: Json) -> list[Json]:
        return [one for one in self.posts.values() if one["topic_id"] == topic["id"]]

    def _listed(self, post: Json) -> Json:
        topic = self.topics[post["topic_id"]]
        told = {"topic_title": topic["title"], "topic_slug": topic["slug"], "category_id": topic["category_id"]}
        return post | {name: value for name, value in told.items() if value is not None}

    def _as_system(self, post: Json) -> Json:
        topic = self.topics[post["topic_id"]]
        return self._listed(post) | {"topic_archetype": topic["archetype"]}


def cook(text: str) -> str:
    """Write a text as Discourse's HTML; of Markdown it knows paragraphs and bare links, and comments are not shown."""
    shown = html.escape(MARK.sub("", text).strip(), quote=False)
    shown = re.sub(r"https?://[^\s<]+", lambda found: f'<a href="{found[0]}">{found[0]}</a>', shown)
    return "\n".join(f"<p>{part}</p>" for part in shown.split("\n\n"))


def signed(raw: bytes, secret: str = HOOK_SECRET) -> dict[str, str]:
    """Return the header that proves a body."""
    return {"X-Discourse-Event-Signature": "sha256=" + hmac.new(secret.encode(), raw, sha256).hexdigest()}
