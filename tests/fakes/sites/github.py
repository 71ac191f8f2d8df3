"""A repository on GitHub, where people write in public and Dibs answers."""

import re
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from tests.fakes.github import FakeGitHub
from tests.fakes.github_things import REPOSITORY, SECRET
from tests.fakes.github_things import US as GITHUB_US
from tests.fakes.sites.base import Reply, Site, put


class OnGitHub(Site):
    """A repository of ours: issues, and comments in one row below each, whatever they answer."""

    kind = "github"

    def serve(self) -> AbstractAsyncContextManager[Any]:
        self.token = f"sample-token-of-{self.name}"
        self.fake = FakeGitHub(token=self.token, _at=datetime.now(UTC))
        put(self.fake, "_comment", self.gate.around(self.fake._comment, self._parent))
        return self.fake.serve()

    async def _parent(self, request: web.Request) -> str:
        return self._answered(f"{REPOSITORY}#{request.match_info['number']}", (await request.json())["body"])

    def _answered(self, issue: str, body: str) -> str:
        """Return what a reply of ours answers, as its mark says."""
        found = re.search(r"\n\n<!-- dibs:[0-9a-f]+x(\d+)x\d+ -->$", body)
        assert found is not None, body
        return issue if found[1] == "0" else f"comment/{found[1]}"

    def options(self) -> str:
        return f'repositories = ["{REPOSITORY}"]\nusername = "{GITHUB_US}"\nbase_url = "{self.fake.base_url}"'

    def credentials(self) -> dict[str, str]:
        return {"token": self.token, "webhook_secret": SECRET}

    def delivery(self, action: str, name: str) -> tuple[dict[str, str], bytes]:
        """Return what GitHub posts to a hook of ours about what stands there."""
        return self._there(lambda: self.fake.delivery(action, self.fake.things[name]))

    def _write(self, text: str) -> str:
        return str(self.fake.issue("A question", text)["_name"])

    def _answer(self, text: str, to: str) -> str:
        return str(self.fake.comment(self.fake.things[self.fake.things[to]["_topic"]], text)["_name"])

    def _replies(self) -> list[Reply]:
        ours = [one for one in self.fake.things.values() if one["user"]["login"] == GITHUB_US]
        parted = [(one, one["body"].partition("\n\n<!--")[0]) for one in ours]
        return [
            Reply(one["_name"], self._answered(one["_topic"], one["body"]), one["_topic"], said) for one, said in parted
        ]

    def _revoke(self) -> None:
        self.fake.token = "another-token"

    def _restore(self) -> None:
        self.fake.token = self.token
