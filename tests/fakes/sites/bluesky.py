"""Bluesky, as a place, where people write in public and Dibs answers."""

import json
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from tests.fakes.bluesky import FakeBluesky
from tests.fakes.sites.base import Reply, Site, put

_PUT = "com.atproto.repo.putRecord"


class OnBluesky(Site):
    """A search on Bluesky."""

    kind = "bluesky"

    def serve(self) -> AbstractAsyncContextManager[Any]:
        self.fake = FakeBluesky()
        self.us, self.author = self.fake.add_account("acme.example"), self.fake.add_account("kim.example")
        put(self.fake, "_answer", self.gate.around(self.fake._answer, self._parent))
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
