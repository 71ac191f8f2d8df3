"""A blog on WordPress, where people write in public and Dibs answers."""

import html
import json
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from tests.fakes.sites.base import Reply, Site, put
from tests.fakes.wordpress import SECRETS as WORDPRESS_SECRETS
from tests.fakes.wordpress import FakeWordPress


class OnWordPress(Site):
    """The comments below one post of a blog, of which our account is an editor."""

    kind = "wordpress"

    def serve(self) -> AbstractAsyncContextManager[Any]:
        self.fake = FakeWordPress(role="editor", clock=lambda: datetime.now(UTC))
        self.page = self.fake.page()
        put(self.fake, "_create", self.gate.around(self.fake._create, self._parent))
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
