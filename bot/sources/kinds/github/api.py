"""Asking GitHub with one token: REST (https://docs.github.com/rest), and GraphQL for what REST does not know.

That is discussions, and a post with what it is part of and what stands beside it, in one question.

Searches and GraphQL are counted apart from the rest, and so is what is written: each is a bucket of its own, so a
search that is spent leaves reading and answering alone.
"""

import re
from collections.abc import Mapping
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from bot.net.errors import SourceRefused, SourceUnavailable
from bot.net.fetching import WRITING
from bot.sources.base import SourceConfig
from bot.sources.kinds.github.options import GitHubOptions
from bot.sources.kinds.github.queries import ANSWER, ME
from bot.sources.kinds.github.verdicts import RIGHTS, VERDICTS
from bot.sources.kit.answer import Answer
from bot.sources.kit.auth import asked_as, token_account
from bot.sources.kit.build import iso_moment
from bot.sources.kit.fields import inside, text
from bot.sources.kit.remembered import once
from bot.sources.kit.tools import SourceTools
from bot.sources.proof import Proof, lacking
from bot.sources.registry import secret_variables
from handlers.base.cards import one_line

VERSION = "2022-11-28"
GRAPHQL = "graphql"
# Where GitHub Enterprise Server has its REST; its GraphQL stands beside it.
_OF_SERVER = re.compile(r"/api/v3\Z")
_CARRIED = {"accept": "application/vnd.github+json", "x-github-api-version": VERSION}
_ANOTHER = "The token in {} is that of {}, and username says {}; it needs the rights {}."
_WANTED = (("public_repo", "replies fail"),)
_MEND = "Give it that scope, or make a fine-grained one with the rights {}, for {}."

Thing = Mapping[str, Any]


class GitHubApi:
    """GitHub, or a GitHub Enterprise Server, asked as one account."""

    def __init__(self, config: SourceConfig[GitHubOptions], tools: SourceTools) -> None:
        """Take whose view it is; nothing is asked yet.

        Raises:
            OptionError: There is no token, or it would go out in the clear.
        """
        self.us = config.options.username
        self._variable = secret_variables(config.kind, config.name)["token"]
        account = token_account(config, "token", self._variable, "GitHub", _CARRIED)
        base = config.options.base_url.rstrip("/")
        host = urlsplit(base).hostname or ""
        self.site = host if _OF_SERVER.search(base) else host.removeprefix("api.")
        self.graphql = f"GraphQL, asked with the token in {self._variable}"
        # Whether the token is that of our account, for what stands there is looked for under its name; asked once.
        self.is_us = once(self._see)
        asked = partial(asked_as, account, network="GitHub", config=config, tools=tools, verdicts=VERDICTS)
        self.rest, self._graph = asked(base), asked(_OF_SERVER.sub("/api", base))

    async def ask(self, asked: str, **variables: object) -> Thing:
        """Ask GraphQL; what is not there is null in what it returns.

        Raises:
            SourceUnavailable: It may work later, or what answers is not GitHub.
            SourceRefused: The token is not taken, or what is asked for is not understood.
        """
        return inside((await self.told(asked, **variables)).object, "data")

    async def told(self, asked: str, **variables: object) -> Answer:
        """Ask GraphQL, and return its answer as it is: what of it is null, and the errors that say why.

        Raises:
            SourceUnavailable, SourceRefused: As ``ask`` does.
        """
        answer = await self._graph.question("/graphql", json={"query": asked, "variables": variables}, bucket=GRAPHQL)
        if not isinstance(answer.object.get("data"), dict):
            self._graph.read(answer, of=self.graphql)
            raise SourceUnavailable(self._graph.not_ours)
        return answer

    async def comment(self, facts: Thing, body: str) -> Answer:
        """Write a comment, once.

        Raises:
            SourceUnavailable, SourceRefused, MaybeSent: As ``bot.sources.kit.rest.Rest.send`` does.
        """
        if facts.get("kind") == "discussions":
            where = {"discussionId": facts.get("discussion", facts.get("node")), "replyToId": facts.get("thread")}
            sent = {"query": ANSWER, "variables": {**where, "body": body}}
            return await self._graph.send("/graphql", json=sent, bucket=WRITING)
        path = f"/repos/{facts['repository']}/issues/{facts['number']}/comments"
        return await self.rest.send(path, json={"body": body}, bucket=WRITING)

    async def prove(self) -> Proof:
        """Return whose token it is, what it may do as far as it says so, and when it ends.

        A classic token tells its scopes and a fine-grained one does not; both tell when they end
        (https://docs.github.com/rest/authentication/authenticating-to-the-rest-api).

        Raises:
            SourceUnavailable, SourceRefused: As ``ask`` does; also where it is another's.
        """
        answer = await self._see()
        scopes = one_line(answer.headers.get("x-oauth-scopes", ""), 400).replace(",", " ").split()
        ends = answer.headers.get("github-authentication-token-expiration", "").removesuffix(" UTC")
        wanted = _WANTED if scopes and "repo" not in scopes else ()
        lacks = lacking("token", scopes, wanted, _MEND.format(RIGHTS, self._variable))
        return Proof(who=self.us, rights=tuple(scopes), until=iso_moment(ends), lacks=lacks)

    async def _see(self) -> Answer:
        answer = await self.told(ME)
        login = text("data.viewer.login")(answer.object)
        if login.casefold() != self.us.casefold():
            raise SourceRefused(_ANOTHER.format(self._variable, one_line(login, 60) or "nobody", self.us, RIGHTS))
        return answer
