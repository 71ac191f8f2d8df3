"""Mastodon, where people write in public and Dibs answers."""

import json
from contextlib import AbstractAsyncContextManager
from typing import Any

from aiohttp import web

from tests.fakes.mastodon import US as MASTODON_US
from tests.fakes.mastodon import FakeMastodon
from tests.fakes.sites.base import Reply, Site, put


class OnMastodon(Site):
    """A hashtag on Mastodon."""

    kind = "mastodon"
    ignores_keys = False

    def serve(self) -> AbstractAsyncContextManager[Any]:
        self.written = 0
        # Each its own: what two sources ask with one token counts against the same limits.
        self.token = f"sample-token-of-{self.name}"
        self.fake = FakeMastodon(token=self.token, ignores_keys=self.ignores_keys)
        put(self.fake, "_publish", self.gate.around(self.fake._publish, self._parent))
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
