"""Sites where people write in public and Dibs answers: the fakes of four services in a thread of their own.

Before the one request that publishes, each has a gate (``tests.fakes.gate``). What stands is counted on the fake's own
books.
"""

import asyncio
import html
import json
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

from aiohttp import web

from bot.sources.registry import secret_variables
from tests.fakes.bluesky import FakeBluesky
from tests.fakes.discourse import KEY, FakeDiscourse
from tests.fakes.discourse_board import HOOK_SECRET, MARK
from tests.fakes.discourse_board import US as DISCOURSE_US
from tests.fakes.gate import Gate, Handler
from tests.fakes.github import FakeGitHub
from tests.fakes.github_things import REPOSITORY, SECRET
from tests.fakes.github_things import US as GITHUB_US
from tests.fakes.mastodon import US as MASTODON_US
from tests.fakes.mastodon import FakeMastodon
from tests.fakes.reddit import SECRETS, FakeReddit
from tests.fakes.reddit import US as REDDIT_US
from tests.fakes.wordpress import SECRETS as WORDPRESS_SECRETS
from tests.fakes.wordpress import FakeWordPress
from tests.harness.loops import loop_in_thread, run_in

CHARTER = 'publish = ["ana@acme.example"]\nreview = "none"'
SOURCE = """
[[sources]]
name = "{name}"
kind = "{kind}"
{options}
every = "{every}"
backfill = true
allow_private = true
[sources.charter]
purpose = "Answer who asks."
{charter}
"""
_PUT = "com.atproto.repo.putRecord"

_T = TypeVar("_T")


@dataclass(frozen=True)
class Reply:
    """What our account has standing there.

    Attributes:
        root: What its thread began with, where the service is told of it.
        text: As it was sent.
    """

    name: str
    parent: str
    root: str
    text: str


@dataclass
class Site(ABC):
    """One source, as dibs.toml names it, and the service behind it. Its methods run in the service's own loop."""

    name: str
    charter: str = CHARTER
    gate: Gate = field(default_factory=Gate)
    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop, repr=False)

    kind = ""
    every = "1s"

    @abstractmethod
    def serve(self) -> AbstractAsyncContextManager[Any]:
        """Serve for the length of the block."""

    @abstractmethod
    def options(self) -> str:
        """Return the options of its kind in dibs.toml."""

    @abstractmethod
    def credentials(self) -> dict[str, str]:
        """Return its secrets by their names in the registry."""

    @abstractmethod
    def _write(self, text: str) -> str: ...

    @abstractmethod
    def _answer(self, text: str, to: str) -> str: ...

    @abstractmethod
    def _replies(self) -> list[Reply]: ...

    @abstractmethod
    def _revoke(self) -> None: ...

    @abstractmethod
    def _restore(self) -> None: ...

    def write(self, text: str) -> str:
        """Let somebody write a post; returns the service's own name for it."""
        return self._there(lambda: self._write(text))

    def answer(self, text: str, to: str) -> str:
        """Let the same person answer a post that stands there; returns the service's own name for it."""
        return self._there(lambda: self._answer(text, to))

    def replies(self) -> list[Reply]:
        """Return what our account has standing there, in the order in which it came."""
        return self._there(self._replies)

    def answers(self, parent: str) -> list[str]:
        """Return what our account has standing below a post."""
        return [one.text for one in self.replies() if one.parent == parent]

    def revoke(self) -> None:
        """Let our credential count no more."""
        self._there(self._revoke)

    def restore(self) -> None:
        """Let our credential count again."""
        self._there(self._restore)

    def toml(self) -> str:
        """Return its table in dibs.toml."""
        told = {"name": self.name, "kind": self.kind, "every": self.every, "charter": self.charter}
        return SOURCE.format(**told, options=self.options())

    def secrets(self) -> dict[str, str]:
        """Return the environment that holds its secrets."""
        variables = secret_variables(self.kind, self.name)
        return {variables[field]: value for field, value in self.credentials().items()}

    def _there(self, work: Callable[[], _T]) -> _T:
        async def run() -> _T:
            return work()

        return run_in(self.loop, run())


class OnBluesky(Site):
    """A search on Bluesky."""

    kind = "bluesky"

    def serve(self) -> AbstractAsyncContextManager[Any]:
        self.fake = FakeBluesky()
        self.us, self.author = self.fake.add_account("acme.example"), self.fake.add_account("kim.example")
        _put(self.fake, "_answer", self.gate.around(self.fake._answer, self._parent))
        return self.fake

    async def _parent(self, request: web.Request) -> str:
        if request.match_info["method"] != _PUT:
            return ""
        return str(json.loads(await request.read())["record"]["reply"]["parent"]["uri"])

    def options(self) -> str:
        return f'listen = "search"\nquery = "acme"\nhandle = "{self.us.handle}"\nbase_url = "{self.fake.url}"'

    def credentials(self) -> dict[str, str]:
        return {"app_password": "app-pass-word-1"}

    def _write(self, text: str) -> str:
        return self.fake.write(self.author.did, text, at=datetime.now(UTC)).uri

    def _answer(self, text: str, to: str) -> str:
        above = self.fake.posts[to]
        parent = {"uri": above.uri, "cid": above.cid}
        reply = {"root": above.record.get("reply", {}).get("root", parent), "parent": parent}
        return self.fake.write(self.author.did, text, at=datetime.now(UTC), reply=reply).uri

    def _replies(self) -> list[Reply]:
        ours = [(one.uri, one.record) for one in self.fake.posts.values() if one.did == self.us.did]
        refs = [(uri, record["reply"], record["text"]) for uri, record in ours]
        return [Reply(uri, reply["parent"]["uri"], reply["root"]["uri"], text) for uri, reply, text in refs]

    def _revoke(self) -> None:
        self.fake.revoke(self.us)

    def _restore(self) -> None:
        self.us.passwords.add("app-pass-word-1")


class OnMastodon(Site):
    """A hashtag on Mastodon."""

    kind = "mastodon"
    ignores_keys = False

    def serve(self) -> AbstractAsyncContextManager[Any]:
        self.written = 0
        # Each its own: what two sources ask with one token counts against the same limits.
        self.token = f"sample-token-of-{self.name}"
        self.fake = FakeMastodon(token=self.token, ignores_keys=self.ignores_keys)
        _put(self.fake, "_publish", self.gate.around(self.fake._publish, self._parent))
        return self.fake.serve()

    async def _parent(self, request: web.Request) -> str:
        return str(json.loads(await request.read())["in_reply_to_id"])

    def options(self) -> str:
        return f'listen = "hashtag"\nhashtag = "acme"\nbase_url = "{self.fake.base_url}"'

    def credentials(self) -> dict[str, str]:
        return {"access_token": self.token}

    def _write(self, text: str) -> str:
        return self._status(text)

    def _answer(self, text: str, to: str) -> str:
        return self._status(text, in_reply_to_id=to)

    def _status(self, text: str, **more: Any) -> str:
        self.written += 1
        # Newer than our last reply and older than the next, as its ids say.
        seconds = 3_600.0 + len(self.fake.posted) + self.written / 1_000
        return str(self.fake.write(seconds, text, name="kim", **more)["id"])

    def _replies(self) -> list[Reply]:
        ours = [one for one in self.fake.statuses.values() if one["account"]["id"] == MASTODON_US]
        sent = zip(ours, self.fake.posted, strict=True)
        return [Reply(one["id"], one["in_reply_to_id"], "", said["status"]) for one, said in sent]

    def _revoke(self) -> None:
        self.fake.token = "another-token"

    def _restore(self) -> None:
        self.fake.token = self.token


class OnDeafMastodon(OnMastodon):
    """A hashtag on a server that speaks Mastodon's API and heeds no Idempotency-Key."""

    ignores_keys = True


class OnReddit(Site):
    """A subreddit: its posts, and all comments there, our own among them."""

    kind = "reddit"

    def serve(self) -> AbstractAsyncContextManager[Any]:
        self.fake = FakeReddit()
        _put(self.fake, "_comment", self.gate.around(self.fake._comment, self._parent))
        return self.fake.serve()

    async def _parent(self, request: web.Request) -> str:
        return str((await request.post())["thing_id"])

    def options(self) -> str:
        where = f'base_url = "{self.fake.base_url}"\nauth_url = "{self.fake.base_url}"'
        return f'listen = "subreddit"\nsubreddit = "acme"\nusername = "{REDDIT_US}"\n{where}'

    def credentials(self) -> dict[str, str]:
        return dict(SECRETS)

    def _write(self, text: str) -> str:
        return str(self.fake.post(len(self.fake.things), "A question", text)["name"])

    def _answer(self, text: str, to: str) -> str:
        # Newer than our last reply and older than the next.
        seconds = 3_600.5 + self.fake.made
        return str(self.fake.comment(seconds, self.fake.things[to], text, author="ana")["name"])

    def _replies(self) -> list[Reply]:
        ours = [one for one in self.fake.things.values() if one["author"] == REDDIT_US]
        return [Reply(one["name"], one["parent_id"], one["link_id"], one["body"]) for one in ours]

    def _revoke(self) -> None:
        self.fake.refresh_token = "another-token"
        self.fake.expire()

    def _restore(self) -> None:
        self.fake.refresh_token = SECRETS["refresh_token"]


class OnWordPress(Site):
    """The comments below one post of a blog, of which our account is an editor."""

    kind = "wordpress"

    def serve(self) -> AbstractAsyncContextManager[Any]:
        self.fake = FakeWordPress(role="editor", clock=lambda: datetime.now(UTC))
        self.page = self.fake.page()
        _put(self.fake, "_create", self.gate.around(self.fake._create, self._parent))
        return self.fake.serve()

    async def _parent(self, request: web.Request) -> str:
        return str(json.loads(await request.read())["parent"])

    def options(self) -> str:
        return f'base_url = "{self.fake.base_url}"'

    def credentials(self) -> dict[str, str]:
        return dict(WORDPRESS_SECRETS)

    def _write(self, text: str) -> str:
        return str(self.fake.comment(0, self.page, text, date=datetime.now(UTC)))

    def _answer(self, text: str, to: str) -> str:
        return str(self.fake.comment(0, self.page, text, date=datetime.now(UTC), parent=int(to)))

    def _replies(self) -> list[Reply]:
        sent = [(one, html.unescape(one["content"].partition("\n\n<!--")[0])) for one in self.fake.ours()]
        return [Reply(str(one["id"]), str(one["parent"]), "", text) for one, text in sent]

    def _revoke(self) -> None:
        self.fake.password = "another"

    def _restore(self) -> None:
        self.fake.password = WORDPRESS_SECRETS["application_password"]


class OnDiscourse(Site):
    """All latest posts of a forum."""

    kind = "discourse"

    def serve(self) -> AbstractAsyncContextManager[Any]:
        self.fake = FakeDiscourse()
        _put(self.fake, "_publish", self.gate.around(self.fake._publish, self._parent))
        return self.fake.serve()

    async def _parent(self, request: web.Request) -> str:
        told = json.loads(await request.read())
        return self._at(told["topic_id"], told["reply_to_post_number"])

    def _at(self, topic: int, number: int) -> str:
        where = (topic, number)
        return next(
            str(name) for name, one in self.fake.posts.items() if (one["topic_id"], one["post_number"]) == where
        )

    def options(self) -> str:
        return f'base_url = "{self.fake.base_url}"\nusername = "{DISCOURSE_US}"'

    def credentials(self) -> dict[str, str]:
        return {"api_key": KEY, "webhook_secret": HOOK_SECRET}

    def _write(self, text: str) -> str:
        return str(self.fake.topic("A question", text)["id"])

    def _answer(self, text: str, to: str) -> str:
        above = self.fake.posts[int(to)]
        return str(self.fake.post(self.fake.topics[above["topic_id"]], text, to=above["post_number"])["id"])

    def _replies(self) -> list[Reply]:
        return [
            Reply(
                str(one["id"]),
                self._at(one["topic_id"], one["reply_to_post_number"]),
                self._at(one["topic_id"], 1),
                MARK.sub("", one["raw"]).rstrip(),
            )
            for one in self.fake.ours()
        ]

    def _revoke(self) -> None:
        self.fake.key = "another-key"

    def _restore(self) -> None:
        self.fake.key = KEY


class OnGitHub(Site):
    """A repository of ours: issues, and comments in one row below each, whatever they answer."""

    kind = "github"

    def serve(self) -> AbstractAsyncContextManager[Any]:
        self.token = f"sample-token-of-{self.name}"
        self.fake = FakeGitHub(token=self.token, _at=datetime.now(UTC))
        _put(self.fake, "_comment", self.gate.around(self.fake._comment, self._parent))
        return self.fake.serve()

    async def _parent(self, request: web.Request) -> str:
        return self._answered(f"{REPOSITORY}#{request.match_info['number']}", (await request.json())["body"])

    def _answered(self, issue: str, body: str) -> str:
        """Return what a reply of ours answers, as its mark says."""
        found = re.search(r"\n\n<!-- dibs:[0-9a-f]+x(\d+)x\d+ -->$", body)
        assert found is not None, body
        return issue if found[1] == "0" else f"comment/{found[1]}"

    def options(self) -> str:
        return f'repositories = ["{REPOSITORY}"]\nusername = "{GITHUB_US}"\nbase_url = "{self.fake.base_url}"'

    def credentials(self) -> dict[str, str]:
        return {"token": self.token, "webhook_secret": SECRET}

    def delivery(self, action: str, name: str) -> tuple[dict[str, str], bytes]:
        """Return what GitHub posts to a hook of ours about what stands there."""
        return self._there(lambda: self.fake.delivery(action, self.fake.things[name]))

    def _write(self, text: str) -> str:
        return str(self.fake.issue("A question", text)["_name"])

    def _answer(self, text: str, to: str) -> str:
        return str(self.fake.comment(self.fake.things[self.fake.things[to]["_topic"]], text)["_name"])

    def _replies(self) -> list[Reply]:
        ours = [one for one in self.fake.things.values() if one["user"]["login"] == GITHUB_US]
        parted = [(one, one["body"].partition("\n\n<!--")[0]) for one in ours]
        return [
            Reply(one["_name"], self._answered(one["_topic"], one["body"]), one["_topic"], said) for one, said in parted
        ]

    def _revoke(self) -> None:
        self.fake.token = "another-token"

    def _restore(self) -> None:
        self.fake.token = self.token


SITES: dict[str, type[Site]] = {
    "bluesky": OnBluesky,
    "discourse": OnDiscourse,
    "github": OnGitHub,
    "mastodon": OnMastodon,
    "mastodon-deaf": OnDeafMastodon,
    "reddit": OnReddit,
    "wordpress": OnWordPress,
}


@contextmanager
def serve(names: Sequence[str], charter: str = CHARTER) -> Iterator[dict[str, Site]]:
    """Serve these sites until the block ends."""
    stack = AsyncExitStack()
    with loop_in_thread("sites") as loop:
        sites = {name: SITES[name](name, charter, loop=loop) for name in names}

        async def open_all() -> None:
            for site in sites.values():
                await stack.enter_async_context(site.serve())

        run_in(loop, open_all())
        try:
            yield sites
        finally:
            run_in(loop, stack.aclose())


def _put(fake: object, name: str, handler: Handler) -> None:
    """Put a handler in the place of a fake's own, from outside."""
    setattr(fake, name, handler)
