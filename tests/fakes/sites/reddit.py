"""Reddit, where people write in public and Dibs answers."""

from contextlib import AbstractAsyncContextManager
from typing import Any

from aiohttp import web

from tests.fakes.reddit import SECRETS, FakeReddit
from tests.fakes.reddit import US as REDDIT_US
from tests.fakes.sites.base import Reply, Site, put


class OnReddit(Site):
    """A subreddit: its posts, and all comments there, our own among them."""

    kind = "reddit"

    def serve(self) -> AbstractAsyncContextManager[Any]:
        self.fake = FakeReddit()
        put(self.fake, "_comment", self.gate.around(self.fake._comment, self._parent))
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
