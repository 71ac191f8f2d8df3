"""Threads, where people mention our account and Dibs answers in two steps."""

from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web

from tests.fakes.letting_in import CLIENT
from tests.fakes.sites.base import Reply, Site, put
from tests.fakes.threads import US, FakeThreads


class OnThreads(Site):
    """The mentions of our account; its tokens are kept where the process keeps what it knows.

    The gate stands before the second step: the first leaves nothing that anybody sees.
    """

    kind = "threads"
    restores = False
    keeps = True
    stages = True

    def serve(self) -> AbstractAsyncContextManager[Any]:
        self.fake = FakeThreads(now=lambda: datetime.now(UTC))
        self.seed = self.fake.letting.long_lived(age=timedelta(days=30))
        put(self.fake, "_publish", self.gate.around(self.fake._publish, self._parent))
        return self.fake.serve()

    async def _parent(self, request: web.Request) -> str:
        container = self.fake.containers.get(str((await request.post()).get("creation_id")))
        return container.to if container else ""

    def options(self) -> str:
        return f'username = "{US["username"]}"\nbase_url = "{self.fake.base_url}"'

    def credentials(self) -> dict[str, str]:
        return {**CLIENT, "access_token": self.seed}

    def _write(self, text: str) -> str:
        return str(self.fake.write(f"@{US['username']} {text}", ago=90)["id"])

    def _answer(self, text: str, to: str) -> str:
        return str(self.fake.write(text, to=self.fake.posts[to])["id"])

    def by_hand(self, text: str, to: str) -> str:
        """Let a colleague answer, as our account."""
        return self._there(lambda: str(self.fake.write(text, US["username"], to=self.fake.posts[to])["id"]))

    def _replies(self) -> list[Reply]:
        ours = [one for one in self.fake.posts.values() if one["username"] == US["username"]]
        return [Reply(one["id"], one["replied_to"]["id"], "", one["text"]) for one in ours if one["is_reply"]]

    def _revoke(self) -> None:
        self.fake.letting.families.clear()

    def _restore(self) -> None:
        raise NotImplementedError("Somebody has to sign in again.")
