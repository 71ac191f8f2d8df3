"""What stands on a GitHub that is played here, and what people do there (``tests.fakes.github`` serves it)."""

import hmac
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

Json = dict[str, Any]
US = "acme-support"
SECRET = "sample-webhook-secret"
REPOSITORY = "acme/app"
BEGIN = datetime(2026, 3, 4, 5, 0, tzinfo=UTC)


@dataclass
class GitHubThings:
    """All that stands there, by the names that Dibs has for it; ``visibility`` is that of each repository."""

    visibility: dict[str, str] = field(default_factory=lambda: {REPOSITORY: "public"})
    things: dict[str, Json] = field(default_factory=dict)
    base_url: str = "https://github.com"
    _at: datetime = BEGIN
    _people: dict[str, int] = field(default_factory=dict)

    def issue(self, title: str, body: str | None = "", author: str = "kim", **more: Any) -> Json:
        """Let somebody open an issue; ``kind="pull"`` makes it a pull request."""
        return self._topic("issues", title, body, author, more)

    def discussion(self, title: str, body: str = "", author: str = "kim", **more: Any) -> Json:
        """Let somebody begin a discussion."""
        return self._topic("discussions", title, body, author, more)

    def comment(self, topic: Json, body: str, author: str = "kim", below: Json | None = None) -> Json:
        """Let somebody comment on an issue or a discussion, or answer a comment of one."""
        number = 1_000 + len(self.things)
        kind = "discussioncomment" if topic["_kind"] == "discussions" else "issuecomment"
        name = f"{'discussion-comment' if kind.startswith('disc') else 'comment'}/{number}"
        made = self._thing(
            name,
            body=body,
            author=author,
            id=number,
            html_url=f"{topic['html_url']}#{kind}-{number}",
            _topic=topic["_name"],
            _below=below["_name"] if below else "",
        )
        topic["updated_at"] = made["updated_at"]
        return made

    def edit(self, thing: Json, body: str) -> None:
        """Let its author edit it."""
        thing["body"], thing["updated_at"] = body, self.tick()

    def delete(self, thing: Json) -> None:
        """Let it be deleted; a comment of a discussion that somebody answered leaves its place."""
        if any(one.get("_below") == thing["_name"] for one in self.things.values()):
            thing |= {"deleted_at": self.tick(), "body": "", "user": None}
        else:
            del self.things[thing["_name"]]

    def comments(self, topic: str) -> list[Json]:
        """Return what stands below an issue or a discussion, in its order."""
        return [one for one in self.things.values() if one.get("_topic") == topic]

    def tick(self, seconds: float = 1) -> str:
        """Let time pass; returns the moment as GitHub writes it."""
        self._at += timedelta(seconds=seconds)
        return self._at.strftime("%Y-%m-%dT%H:%M:%SZ")

    def delivery(self, action: str, thing: Json, secret: str = SECRET, **more: Any) -> tuple[dict[str, str], bytes]:
        """Return what GitHub would post to a hook: its body holds emoji as they are and as escapes, by turns."""
        topic = self.things.get(thing.get("_topic", ""), thing)
        place = "discussion" if topic["_kind"] == "discussions" else "issue"
        said = {place: shown(topic)} | ({"comment": shown(thing)} if topic is not thing else {})
        repository = topic["_repository"]
        told = {"full_name": repository, "private": self.visibility[repository] != "public"}
        payload = {"action": action, **said, "repository": told, "zen": "🐙", **more}
        raw = json.dumps(payload, ensure_ascii=len(self.things) % 2 == 0).encode()
        signature = hmac.digest(secret.encode(), raw, "sha256").hex()
        event = f"{place}_comment" if topic is not thing else place
        return {"X-Hub-Signature-256": f"sha256={signature}", "X-GitHub-Event": event, "X-GitHub-Delivery": "d"}, raw

    def _topic(self, kind: str, title: str, body: str | None, author: str, more: Json) -> Json:
        repository = more.pop("repository", REPOSITORY)
        number = 1 + sum(one.get("_repository") == repository for one in self.things.values())
        place = {"issues": "issues", "discussions": "discussions"}[kind] if more.pop("kind", "") != "pull" else "pull"
        pull = {"pull_request": {"url": "…"}} if place == "pull" else {}
        return self._thing(
            f"{repository}#{number}",
            body=body,
            author=author,
            id=9_000 + len(self.things),
            number=number,
            title=title,
            locked=False,
            html_url=f"{self.base_url}/{repository}/{place}/{number}",
            _kind=kind,
            _repository=repository,
            **pull,
            **more,
        )

    def _thing(self, name: str, author: str, **told: Any) -> Json:
        number = self._people.setdefault(author, 21_000 + len(self._people))
        bot = author.endswith("[bot]")
        page = f"{self.base_url}/{author}"
        user = {"login": author, "id": number, "type": "Bot" if bot else "User", "html_url": page}
        now = self.tick()
        made = {"created_at": now, "updated_at": now, "node_id": f"N_{name}", "user": user, "_name": name, **told}
        self.things[name] = made
        return made


def shown(thing: Json) -> Json:
    """Return a thing as REST and deliveries tell it."""
    return {name: value for name, value in thing.items() if not name.startswith("_")}
