"""A Page on Facebook, where people write in public and Dibs answers."""

from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from tests.fakes.facebook import PAGE, FakeFacebook
from tests.fakes.meta import SECRETS, Json
from tests.fakes.sites.base import Reply, Site, put


class OnFacebook(Site):
    """Comments below one post of our Page; what answers them stands in their threads."""

    kind = "facebook"

    def serve(self) -> AbstractAsyncContextManager[Any]:
        self.fake = FakeFacebook(begin=datetime.now(UTC).replace(microsecond=0))
        self.news = self.fake.post(-60)
        put(self.fake, "_comment", self.gate.around(self.fake._comment, self._parent))
        return self.fake.serve()

    async def _parent(self, request: web.Request) -> str:
        return request.match_info["name"]

    def options(self) -> str:
        return f'page = "{PAGE}"\nbase_url = "{self.fake.base_url}"'

    def credentials(self) -> dict[str, str]:
        return dict(SECRETS)

    def stands_below(self, post: str) -> str:
        """Return the comment that is first in its row: there is one level."""
        return str(self.fake.comments[post]["parent"] or post)

    def change(self, name: str, verb: str = "add") -> tuple[dict[str, str], bytes]:
        """Return what is posted to a hook of ours about a comment."""
        return self._there(lambda: self.fake.change(self.fake.comments[name], verb))

    def padded(self, name: str, size: int) -> tuple[dict[str, str], bytes]:
        """Return such a delivery with so many bytes of what nobody asked for."""

        def deliver() -> tuple[dict[str, str], bytes]:
            self.fake.app.escaped = True  # so that the letters of this one stand as they are
            other: Json = {
                "id": "1",
                "time": 1,
                "changes": [{"field": "feed", "value": {"message": "é😀" * (size // 6)}}],
            }
            return self.fake.app.delivery("page", other, self.fake.entry(self.fake.comments[name]))

        return self._there(deliver)

    def by_hand(self, text: str, to: str) -> str:
        """Let a colleague answer in a thread, as our Page."""
        return self._there(lambda: self._comment(text, to, ""))

    def _write(self, text: str) -> str:
        return str(self.fake.comment(self._seconds(), self.news, text)["id"])

    def _answer(self, text: str, to: str) -> str:
        return self._comment(text, to, "kim")

    def _comment(self, text: str, to: str, by: str) -> str:
        # Newer than our last reply and older than the next, and Facebook counts whole seconds.
        at = 3_601 + 2 * self.fake.made
        return str(self.fake.comment(at, self.news, text, by, to=self.fake.comments[to])["id"])

    def _seconds(self) -> float:
        return (datetime.now(UTC) - self.fake.begin).total_seconds()

    def _replies(self) -> list[Reply]:
        return [Reply(one["id"], one["parent"], "", one["message"]) for one in self.fake.ours()]

    def revoke_now(self) -> None:
        """Let our credential count no more, from a request on that is under way."""
        self._revoke()
        self.fake.faults.append("190/463")

    def _revoke(self) -> None:
        self.fake.app.token = "another-token"

    def _restore(self) -> None:
        self.fake.app.token = SECRETS["access_token"]
