"""Asking a Discourse (https://docs.discourse.org), with the key of one account, or as anybody does.

A key that does not count is a 403 and so is what our account may not see; which of both it is has to be asked
(``find``), since the sentence beside it is in the forum's language. Searching has a limit of its own.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from bot.sources.base import SourceConfig
from bot.sources.kinds.discourse.options import DiscourseOptions
from bot.sources.kinds.discourse.verdicts import verdicts
from bot.sources.kit.auth import StaticHeader, asked_as
from bot.sources.kit.json import whole
from bot.sources.kit.options import OptionError
from bot.sources.kit.rest import Query
from bot.sources.kit.tools import SourceTools
from bot.sources.proof import Proof
from bot.sources.registry import secret_variables
from handlers.base.cards import one_line

Json = Mapping[str, Any]
_ME = "/session/current.json"
_MEND = "Look whether the key in {} counts, is that of {}, and is global."
_MEMBERS = "Only members may read {2}: put a key into {0}."


class Forum:
    """One forum, asked with one key or with none."""

    def __init__(self, config: SourceConfig[DiscourseOptions], tools: SourceTools) -> None:
        """Take the forum; nothing is asked yet.

        Raises:
            OptionError: There is a key, and nobody whose key it is, or it would go out in the clear.
        """
        self.options = options = config.options
        self.home = urlsplit(options.base_url).hostname or ""
        self.variable = secret_variables(config.kind, config.name)["api_key"]
        key = config.secrets.get("api_key", "").strip()
        if key and not options.username:
            raise OptionError("username", f"is missing: the account whose key {self.variable} is.")
        self.has_key = bool(key)
        refused = (_MEND if key else _MEMBERS).format(self.variable, options.username, self.home)
        account = StaticHeader({"api-key": key, "api-username": options.username} if key else {}, lambda: refused)
        table = verdicts(self.home, refused)
        self.rest = asked_as(account, options.base_url, "Discourse", config, tools, name=self.home, verdicts=table)

    async def find(self, path: str, query: Query = ()) -> Json | None:
        """Ask for an object; None when it is not there, or not for our eyes.

        Raises:
            SourceUnavailable: It may work later, or what answers is no Discourse.
            SourceRefused: The key is not taken.
        """
        answer = await self.rest.get(path, query)
        if answer.status == 403 and self.has_key:
            await self.rest.have(_ME)
        return None if answer.status == 403 else self.rest.read(answer)

    async def name(self, at: tuple[int, int]) -> str:
        """Return by which name a post is known, by its topic and its number there; empty where it is not shown.

        Raises:
            SourceUnavailable, SourceRefused: As ``find`` does.
        """
        told = await self.find("/posts/by_number/{}/{}.json".format(*at)) or {}
        return str(whole(told, "id") or "")

    async def prove(self) -> Proof:
        """Return whose key it is, and what that account is there.

        Raises:
            SourceUnavailable, SourceRefused: As ``find`` does.
        """
        me = self.rest.held(await self.rest.have(_ME), "current_user", dict)
        name = one_line(self.rest.held(me, "username", str), 60)
        roles = [role for role in ("admin", "moderator") if me.get(role) is True]
        level = me.get("trust_level")
        return Proof(who=name, rights=(*roles, *([f"trust level {level}"] if type(level) is int else [])))
