"""Asking a Discourse (https://docs.discourse.org), with the key of one account, or as anybody does.

A key that does not count is a 403 and so is what our account may not see; which of both it is has to be asked
(``find``), since the sentence beside it is in the forum's language. Searching has a limit of its own.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from bot.net.errors import SourceRefused, SourceUnavailable
from bot.net.fetching import WRITING
from bot.sources.base import SourceConfig
from bot.sources.kinds.discourse.verdicts import verdicts
from bot.sources.kit.answer import Answer
from bot.sources.kit.auth import StaticHeader, asked_as
from bot.sources.kit.json import mapping, string
from bot.sources.kit.rest import Query
from bot.sources.kit.tools import SourceTools
from bot.sources.proof import Proof
from handlers.base.cards import one_line

Json = Mapping[str, Any]


class Forum:
    """One forum, asked with one key or with none."""

    def __init__(
        self, base_url: str, username: str, key: str, variable: str, config: SourceConfig[Any], tools: SourceTools
    ) -> None:
        """Take its address, our account, its key, the variable that holds it, and the source."""
        self.base_url = base_url.rstrip("/")
        self.home = urlsplit(self.base_url).hostname or ""
        self.username = username
        self.variable = variable
        self.has_key = bool(key)
        mend = f"Look whether the key in {variable} counts, is that of {username or 'an account'}, and is global."
        self._refused = mend if key else f"Only members may read {self.home}: put a key into {variable}."
        account = StaticHeader({"api-key": key, "api-username": username} if key else {}, lambda: self._refused)
        table = verdicts(self.home, mend)
        self.rest = asked_as(account, base_url, "Discourse", config, tools, name=self.home, verdicts=table)
        self.not_discourse = self.rest.not_ours

    async def get(self, path: str, query: Query = (), *, bucket: str = "") -> Json:
        """Ask for an object that has to be there.

        Raises:
            SourceUnavailable: It may work later, or what answers is no Discourse.
            SourceRefused: The key is not taken, or it shows us less than we ask for.
        """
        answer = await self.rest.get(path, query, bucket=bucket)
        if not answer.ok:
            raise SourceRefused(f"{self.home} refused the request with {answer.status}. {self._refused}")
        if not answer.object:
            raise SourceUnavailable(self.not_discourse)
        return answer.object

    async def find(self, path: str, query: Query = ()) -> Json | None:
        """Ask for an object; None when it is not there, or not for our eyes.

        Raises:
            SourceUnavailable, SourceRefused: As ``get`` does.
        """
        answer = await self.rest.get(path, query)
        if answer.status == 403 and self.has_key:
            await self.get("/session/current.json")
        return None if answer.gone or answer.status == 403 else self._read(answer)

    async def prove(self) -> Proof:
        """Return whose key it is, and what that account is there.

        Raises:
            SourceUnavailable, SourceRefused: As ``get`` does.
        """
        me = mapping((await self.get("/session/current.json")).get("current_user"))
        if not (name := one_line(string(me, "username"), 60)):
            raise SourceUnavailable(self.not_discourse)
        roles = [role for role in ("admin", "moderator") if me.get(role) is True]
        level = me.get("trust_level")
        return Proof(who=name, rights=(*roles, *([f"trust level {level}"] if type(level) is int else [])))

    async def send(self, path: str, json: Json) -> Answer:
        """Send JSON once.

        Raises:
            SourceUnavailable, SourceRefused, MaybeSent: As ``bot.sources.kit.rest.Rest.send`` does.
        """
        return await self.rest.send(path, json=json, bucket=WRITING)

    def _read(self, answer: Answer) -> Json:
        if not answer.ok:
            raise SourceRefused(f"{self.home} refused the request with {answer.status}.")
        if not answer.object:
            raise SourceUnavailable(self.not_discourse)
        return answer.object
