"""An app in the App Store, whose reviews Dibs hears and answers."""

from contextlib import AbstractAsyncContextManager
from typing import Any

from aiohttp import web

from tests.fakes.app_store import APP, ISSUER, KEY_ID, SECRETS, FakeAppStore
from tests.fakes.sites.base import Reply, Site, put


class OnAppStore(Site):
    """Reviews of one app; nobody answers a reply there, but whoever wrote a review may change it."""

    kind = "app_store"
    converses = False

    def serve(self) -> AbstractAsyncContextManager[Any]:
        self.fake = FakeAppStore(state="PENDING_PUBLISH")
        put(self.fake, "_reply", self.gate.around(self.fake._reply, self._parent))
        return self.fake.serve()

    async def _parent(self, request: web.Request) -> str:
        return str((await request.json())["data"]["relationships"]["review"]["data"]["id"])

    def options(self) -> str:
        which = f'app = "{APP}"\nissuer_id = "{ISSUER}"\nkey_id = "{KEY_ID}"'
        return f'{which}\nbase_url = "{self.fake.base_url}"'

    def credentials(self) -> dict[str, str]:
        return dict(SECRETS)

    def _write(self, text: str) -> str:
        return str(self.fake.review(len(self.fake.reviews), text)["id"])

    def _answer(self, text: str, to: str) -> str:
        self.fake.change(self.fake.reviews[to], body=text)
        return to

    def _replies(self) -> list[Reply]:
        return [Reply(f"{name}/reply", name, "", text) for name, text in self.fake.posts]

    def by_hand(self, text: str) -> None:
        """Let a colleague answer every review."""
        self._there(lambda: [self.fake.reply(name, text) for name in self.fake.reviews])

    def publish(self) -> None:
        """Let Apple show the replies that are pending."""
        self._there(self.fake.publish)

    def drop(self) -> None:
        """Let Apple show none of the replies, and say nothing of it."""
        self._there(self.fake.replies.clear)

    def delete(self, name: str) -> None:
        """Let its writer delete a review."""
        self._there(lambda: self.fake.delete(self.fake.reviews[name]))

    def let_through(self) -> bool:
        self.fake.state = "PUBLISHED"
        return True

    def _revoke(self) -> None:
        self.fake.revoked = True

    def _restore(self) -> None:
        self.fake.revoked = False
