"""A community on Khoros, where people write in public and Dibs answers."""

import html
import json
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from tests.fakes.khoros import SECRETS, US, FakeKhoros
from tests.fakes.sites.base import Reply, Site, put


class OnKhoros(Site):
    """One board of a community."""

    kind = "khoros"

    def serve(self) -> AbstractAsyncContextManager[Any]:
        self.fake = FakeKhoros(now=lambda: datetime.now(UTC))
        put(self.fake, "_post", self.gate.around(self.fake._post, self._parent))
        return self.fake.serve()

    async def _parent(self, request: web.Request) -> str:
        return str(json.loads(await request.read())["data"]["parent"]["id"])

    def options(self) -> str:
        return f'base_url = "{self.fake.base_url}"\nusername = "{US["login"]}"'

    def credentials(self) -> dict[str, str]:
        return dict(SECRETS)

    def _write(self, text: str) -> str:
        return str(self.fake.write(f"<p>{html.escape(text)}</p>")["id"])

    def _answer(self, text: str, to: str) -> str:
        return str(self.fake.write(f"<p>{html.escape(text)}</p>", to=self.fake.messages[to])["id"])

    def _replies(self) -> list[Reply]:
        told = [(one["id"], one["parent"]["id"], one["body"]) for one in self.fake.ours()]
        return [Reply(name, parent, "", html.unescape(body[3:-4])) for name, parent, body in told]

    def _revoke(self) -> None:
        self.fake.password = "another"
        self.fake.sessions.clear()

    def _restore(self) -> None:
        self.fake.password = SECRETS["password"]
