"""A channel on YouTube, where people write in public and Dibs answers."""

import json
from contextlib import AbstractAsyncContextManager
from typing import Any

from aiohttp import web

from tests.fakes.google import SECRETS
from tests.fakes.sites.base import Reply, Site, put
from tests.fakes.youtube import US, FakeYouTube


class OnYouTube(Site):
    """Comments on our channel."""

    kind = "youtube"
    restores = False

    def serve(self) -> AbstractAsyncContextManager[Any]:
        self.fake = FakeYouTube(live=True)
        put(self.fake, "_reply", self.gate.around(self.fake._reply, self._parent))
        return self.fake.serve()

    async def _parent(self, request: web.Request) -> str:
        return str(json.loads(await request.read())["snippet"]["parentId"])

    def options(self) -> str:
        where = f'base_url = "{self.fake.base_url}"\ntoken_url = "{self.fake.base_url}/token"'
        # So much that no poll rests, not in the first seconds of a day in California either.
        return f'channel = "{US}"\nbudget = "10,000,000 units a day"\n{where}'

    def credentials(self) -> dict[str, str]:
        return dict(SECRETS)

    def _write(self, text: str) -> str:
        return str(self.fake.comment(0, text)["id"])

    def stands_below(self, post: str) -> str:
        return post.partition(".")[0]

    def _answer(self, text: str, to: str) -> str:
        return str(self.fake.answer(0, self.fake.threads[self.stands_below(to)], text)["id"])

    def by_hand(self, text: str, to: str) -> str:
        """Let a colleague answer in a thread, as our channel."""

        def write() -> str:
            return str(self.fake.answer(0, self.fake.threads[to], text, US)["id"])

        return self._there(write)

    def _replies(self) -> list[Reply]:
        told = [(one["id"], one["snippet"]) for one in self.fake.ours()]
        return [Reply(name, said["parentId"], "", said["textOriginal"]) for name, said in told]

    def _revoke(self) -> None:
        self.fake.tokens.revoke()

    def _restore(self) -> None:
        self.fake.tokens.restore()
