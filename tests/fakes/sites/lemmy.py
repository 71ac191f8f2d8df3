"""An instance of Lemmy, where people speak to our account and Dibs answers."""

import json
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from tests.fakes.lemmy import PASSWORD, US, FakeLemmy
from tests.fakes.sites.base import Reply, Site, put


class OnLemmy(Site):
    """Who speaks to our account, and what a search finds."""

    kind = "lemmy"
    version = "v4"

    def serve(self) -> AbstractAsyncContextManager[Any]:
        self.fake = FakeLemmy(version=self.version, clock=lambda: datetime.now(UTC))
        put(self.fake, "_create", self.gate.around(self.fake._create, self._parent))
        return self.fake.serve()

    async def _parent(self, request: web.Request) -> str:
        told = json.loads(await request.read())
        above = ("comment", told["parent_id"]) if "parent_id" in told else ("post", told["post_id"])
        return str(self.fake.things[above]["ap_id"])

    def options(self) -> str:
        return f'base_url = "{self.fake.base_url}"\nusername = "{US}"'

    def credentials(self) -> dict[str, str]:
        return {"password": PASSWORD}

    def _write(self, text: str) -> str:
        at = datetime.now(UTC)
        said = self.fake.comment(text, self.fake.post("A question", at=at), at=at)
        self.fake.tell(said, "mention")
        return str(said["ap_id"])

    def _answer(self, text: str, to: str) -> str:
        (above,) = [one for one in self.fake.things.values() if one["ap_id"] == to]
        said = self.fake.comment(text, above, at=datetime.now(UTC))
        self.fake.tell(said, "reply")
        return str(said["ap_id"])

    def _replies(self) -> list[Reply]:
        return [self._reply(one) for one in self.fake.ours()]

    def _reply(self, one: dict[str, Any]) -> Reply:
        _, *above, _ = one["path"].split(".")
        top = self.fake.things["post", one["post"]]
        parent = self.fake.things["comment", int(above[-1])] if above else top
        return Reply(one["ap_id"], parent["ap_id"], "", one["content"].partition("\n\n[//]: #")[0])

    def _revoke(self) -> None:
        self.fake.password, self.fake.sessions = "another", set()

    def _restore(self) -> None:
        self.fake.password = PASSWORD
