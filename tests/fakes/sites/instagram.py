"""Instagram, where people comment below our media and Dibs answers in their threads."""

from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web

from tests.fakes.instagram import US, FakeInstagram
from tests.fakes.meta import SECRETS, TOKEN
from tests.fakes.sites.base import Reply, Site, put


class OnInstagram(Site):
    """Comments below one picture of ours."""

    kind = "instagram"

    def serve(self) -> AbstractAsyncContextManager[Any]:
        self.latest = datetime.now(UTC)
        self.fake = FakeInstagram(now=self._next_second)
        self.ours = self.fake.publish()
        put(self.fake, "_reply", self.gate.around(self.fake._reply, self._parent))
        return self.fake.serve()

    def _next_second(self) -> datetime:
        """Return a second that is nobody else's: nobody answers within the one in which we wrote."""
        self.latest = max(self.latest + timedelta(seconds=1), datetime.now(UTC))
        return self.latest

    async def _parent(self, request: web.Request) -> str:
        return request.path.split("/")[2]

    def options(self) -> str:
        return f'username = "{US["username"]}"\naccount_id = "{US["id"]}"\nbase_url = "{self.fake.base_url}"'

    def credentials(self) -> dict[str, str]:
        return dict(SECRETS)

    def stands_below(self, post: str) -> str:
        """Return the comment that is first in its row: there is one level."""
        return str(self.fake.comments[post]["parent"] or post)

    def _write(self, text: str) -> str:
        return str(self.fake.comment(text, self.ours, ago=90)["id"])

    def _answer(self, text: str, to: str) -> str:
        return str(self.fake.comment(text, self.ours, to=self.fake.comments[to])["id"])

    def by_hand(self, text: str, to: str) -> str:
        """Let a colleague answer, as our account."""
        said = self.fake.comments[to]
        return self._there(lambda: str(self.fake.comment(text, self.ours, US["username"], to=said)["id"]))

    def _replies(self) -> list[Reply]:
        return [Reply(one["id"], one["parent"], "", one["text"]) for one in self.fake.ours()]

    def _revoke(self) -> None:
        self.fake.app.token = "another"

    def _restore(self) -> None:
        self.fake.app.token = TOKEN
