"""X, where people write in public and Dibs answers who spoke to us."""

import json
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web

from tests.fakes.letting_in import CLIENT
from tests.fakes.sites.base import Reply, Site, put
from tests.fakes.x import US as X_US
from tests.fakes.x import FakeX


class OnX(Site):
    """The mentions of our account on X, whose tokens are kept where the process keeps what it knows."""

    kind = "x"
    repeats = False
    restores = False
    keeps = True
    rotates = True

    def serve(self) -> AbstractAsyncContextManager[Any]:
        # X tells whole seconds: whoever answers does so in the next one.
        self.ahead = timedelta(0)
        self.fake = FakeX(now=lambda: datetime.now(UTC) + self.ahead)
        self.seed = self.fake.letting.seed()
        put(self.fake, "_publish", self.gate.around(self.fake._publish, self._parent))
        return self.fake.serve()

    async def _parent(self, request: web.Request) -> str:
        return str(json.loads(await request.read())["reply"]["in_reply_to_tweet_id"])

    def options(self) -> str:
        # So much that no poll rests, not in the first seconds of a month either.
        return f'username = "{X_US["username"]}"\nbudget = "100,000 USD a month"\nbase_url = "{self.fake.base_url}"'

    def credentials(self) -> dict[str, str]:
        return {**CLIENT, "refresh_token": self.seed}

    def _write(self, text: str) -> str:
        return str(self.fake.write(f"@{X_US['username']} {text}", ago=90)["id"])

    def _answer(self, text: str, to: str) -> str:
        self.ahead += timedelta(seconds=1)
        return str(self.fake.write(f"@{X_US['username']} {text}", to=self.fake.posts[to])["id"])

    def _replies(self) -> list[Reply]:
        ours = [one for one in self.fake.posts.values() if one["author_id"] == X_US["id"]]
        return [Reply(one["id"], one["referenced_tweets"][0]["id"], "", one["whole"]) for one in ours]

    def is_let_in(self) -> bool:
        return self._there(lambda: self.fake.letting.alive)

    def expire(self) -> None:
        self._there(self.fake.letting.expire)

    def sign_in(self) -> None:
        def agree() -> None:
            self.fake.letting.families.clear()
            self.seed = self.fake.letting.seed()

        self._there(agree)

    def _revoke(self) -> None:
        self.fake.letting.families.clear()

    def _restore(self) -> None:
        raise NotImplementedError("Somebody has to sign in again.")
