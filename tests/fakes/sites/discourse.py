"""A forum on Discourse, where people write in public and Dibs answers."""

import json
from contextlib import AbstractAsyncContextManager
from typing import Any

from aiohttp import web

from tests.fakes.discourse import KEY, FakeDiscourse
from tests.fakes.discourse_board import HOOK_SECRET, MARK
from tests.fakes.discourse_board import US as DISCOURSE_US
from tests.fakes.sites.base import Reply, Site, put


class OnDiscourse(Site):
    """All latest posts of a forum."""

    kind = "discourse"

    def serve(self) -> AbstractAsyncContextManager[Any]:
        self.fake = FakeDiscourse()
        put(self.fake, "_publish", self.gate.around(self.fake._publish, self._parent))
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
