"""A company's Page on LinkedIn, where people comment in public and Dibs answers."""

import json
import re
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from tests.fakes.letting_in import CLIENT
from tests.fakes.linkedin import NUMBER, FakeLinkedIn
from tests.fakes.sites.base import Reply, Site, put

_NUMBER = re.compile(r",(\d+)\)$")


class OnLinkedIn(Site):
    """Comments below a post of the Page; all answers to one stand in a row."""

    kind = "linkedin"
    restores = False

    def serve(self) -> AbstractAsyncContextManager[Any]:
        self.fake = FakeLinkedIn(now=lambda: datetime.now(UTC))
        self.seed = self.fake.letting.seed()
        put(self.fake, "_comment", self.gate.around(self.fake._comment, self._parent))
        return self.fake.serve()

    def _clocks(self) -> list[Any]:
        return [self.fake, self.fake.letting]  # it tells what happened up to a moment that it is told

    def stands_below(self, post: str) -> str:
        """Return the comment that is first in its row: there are two levels."""
        above = self.fake.comments[post.rpartition("/")[2]].get("parentComment")
        return _name(above) if above else post

    async def _parent(self, request: web.Request) -> str:
        return _name(json.loads(await request.read())["parentComment"])

    def options(self) -> str:
        base = self.fake.base_url
        where = f'base_url = "{base}"\ntoken_url = "{base}/oauth/v2/accessToken"'
        return f'organization = "{NUMBER}"\nbudget = "10,000,000 calls a day"\n{where}'

    def credentials(self) -> dict[str, str]:
        return {**CLIENT, "refresh_token": self.seed}

    def _write(self, text: str) -> str:
        return _name(self.fake.comment(text)["commentUrn"])

    def _answer(self, text: str, to: str) -> str:
        return _name(self.fake.comment(text, to=self.fake.comments[to.rpartition("/")[2]])["commentUrn"])

    def by_hand(self, text: str, to: str) -> str:
        """Let a colleague answer as the Page."""
        return self._there(
            lambda: _name(self.fake.comment(text, "us", to=self.fake.comments[to.rpartition("/")[2]])["commentUrn"])
        )

    def delivery(self) -> tuple[dict[str, str], bytes]:
        """Return what LinkedIn posts to a hook of ours about what happened last."""
        return self._there(lambda: self.fake.ring(self.fake.notes[-1]))

    def _replies(self) -> list[Reply]:
        return [
            Reply(_name(one["commentUrn"]), _name(one["parentComment"]), "", one["message"]["text"])
            for one in self.fake.ours()
        ]

    def _revoke(self) -> None:
        self.fake.letting.families.clear()

    def _restore(self) -> None:
        raise NotImplementedError("Somebody has to sign in again.")


def _name(urn: str) -> str:
    found = _NUMBER.search(urn)
    assert found is not None, urn
    return f"comment/{found[1]}"
