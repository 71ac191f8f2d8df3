"""A place with reviews on Google, where people write in public and Dibs answers."""

from contextlib import AbstractAsyncContextManager
from typing import Any

from aiohttp import web

from tests.fakes.google import SECRETS
from tests.fakes.google_reviews import PLACE, FakeGoogleReviews
from tests.fakes.sites.base import Reply, Site, put

# A review is known without the account by which we see it.
ACCOUNT = PLACE.partition("locations/")[0]


class OnGoogleReviews(Site):
    """Reviews of one place; nobody answers a reply there, but whoever wrote a review may change it."""

    kind = "google_reviews"
    converses = False
    # A token that was refused is remembered as that: a person signs in again.
    restores = False

    def serve(self) -> AbstractAsyncContextManager[Any]:
        self.fake = FakeGoogleReviews(state="PENDING")
        put(self.fake, "_reply", self.gate.around(self.fake._reply, self._parent))
        return self.fake.serve()

    async def _parent(self, request: web.Request) -> str:
        return request.path.removeprefix(f"/v4/{ACCOUNT}").removesuffix("/reply")

    def options(self) -> str:
        where = f'base_url = "{self.fake.base_url}"\ntoken_url = "{self.fake.base_url}/token"'
        return f'locations = {{ "{PLACE}" = "Berlin" }}\n{where}'

    def credentials(self) -> dict[str, str]:
        return dict(SECRETS)

    def _write(self, text: str) -> str:
        return str(self.fake.review(len(self.fake.reviews), text)["name"]).removeprefix(ACCOUNT)

    def _answer(self, text: str, to: str) -> str:
        self.fake.change(self.fake.reviews[ACCOUNT + to], 7_200 + len(self.fake.puts), comment=text)
        return to

    def _replies(self) -> list[Reply]:
        sent = [(name.removeprefix(ACCOUNT), text) for name, text in self.fake.puts]
        return [Reply(f"{name}/reply", name, "", text) for name, text in sent]

    def by_hand(self, text: str) -> None:
        """Let a colleague answer every review."""

        def write() -> None:
            for review in self.fake.reviews.values():
                review["reviewReply"] = {"comment": text, "reviewReplyState": "APPROVED"}

        self._there(write)

    def delete(self, name: str) -> None:
        """Let its writer delete a review."""
        self._there(lambda: self.fake.reviews.pop(ACCOUNT + name))

    def moderate(self, state: str, violation: str = "") -> None:
        """Let Google say what becomes of the replies that stand there."""

        def decide() -> None:
            for review in self.fake.reviews.values():
                if "reviewReply" in review:
                    self.fake.moderate(review, state, violation)

        self._there(decide)

    def let_through(self) -> bool:
        self.fake.state = "APPROVED"
        return True

    def _revoke(self) -> None:
        self.fake.tokens.revoke()

    def _restore(self) -> None:
        self.fake.tokens.restore()
