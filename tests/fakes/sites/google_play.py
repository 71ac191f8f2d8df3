"""An app in Google Play, whose reviews Dibs hears and answers."""

from contextlib import AbstractAsyncContextManager
from typing import Any
from urllib.parse import unquote

from aiohttp import web

from tests.fakes.google_play import PACKAGE, SECRETS, FakeGooglePlay
from tests.fakes.sites.base import Reply, Site, put


class OnGooglePlay(Site):
    """Reviews of one app; nobody answers a reply there, but whoever wrote a review may change it."""

    kind = "google_play"
    converses = False

    def serve(self) -> AbstractAsyncContextManager[Any]:
        self.fake = FakeGooglePlay()
        put(self.fake, "_reply", self.gate.around(self.fake._reply, self._parent))
        return self.fake.serve()

    async def _parent(self, request: web.Request) -> str:
        return unquote(request.match_info["review"]).removesuffix(":reply")

    def options(self) -> str:
        where = f'base_url = "{self.fake.base_url}"\ntoken_url = "{self.fake.base_url}/token"'
        # Stories are told in seconds, and Google counts by the hour.
        return f'package = "{PACKAGE}"\nbudget = "100,000 requests a minute"\n{where}'

    def credentials(self) -> dict[str, str]:
        return dict(SECRETS)

    def _write(self, text: str) -> str:
        return str(self.fake.review(len(self.fake.reviews), f"\t{text}")["reviewId"])

    def _answer(self, text: str, to: str) -> str:
        self.fake.change(self.fake.reviews[to], 1_800 + len(self.fake.posts), text=f"\t{text}")
        return to

    def _replies(self) -> list[Reply]:
        return [Reply(f"{name}/reply", name, "", text) for name, text in self.fake.posts]

    def by_hand(self, text: str) -> None:
        """Let a colleague answer every review."""
        self._there(lambda: [self.fake.reply(review, text) for review in self.fake.reviews.values()])

    def delete(self, name: str) -> None:
        """Let its writer delete a review."""
        self._there(lambda: self.fake.reviews.pop(name))

    def _revoke(self) -> None:
        self.fake.tokens.revoke()

    def _restore(self) -> None:
        self.fake.tokens.restore()
