"""Asking GitHub with one token: REST (https://docs.github.com/rest), and GraphQL for what REST does not know.

Searches and GraphQL are counted apart from the rest, and so is what is written: each is a bucket of its own, so a
search that is spent leaves reading and answering alone.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from bot.net.errors import SourceRefused, SourceUnavailable
from bot.net.fetching import WRITING
from bot.sources.base import SourceConfig
from bot.sources.kinds.github.options import GitHubOptions
from bot.sources.kinds.github.posts import is_public
from bot.sources.kinds.github.queries import ANSWER, BESIDE, ME
from bot.sources.kinds.github.verdicts import RIGHTS, VERDICTS
from bot.sources.kit.answer import Answer
from bot.sources.kit.auth import asked_as, token_account
from bot.sources.kit.build import iso_moment
from bot.sources.kit.fields import inside, text
from bot.sources.kit.json import string
from bot.sources.kit.paging import gathered
from bot.sources.kit.remembered import once
from bot.sources.kit.rest import Query
from bot.sources.kit.tools import SourceTools
from bot.sources.proof import Lack, Proof
from bot.sources.registry import secret_variables
from handlers.base.cards import one_line

VERSION = "2022-11-28"
SEARCH, GRAPHQL = "search", "graphql"
# An answer has 2 MiB at most, and a comment may be a log of 65,536 characters.
PAGE = 25
_SERVER = "/api/v3"  # where GitHub Enterprise Server has its REST
_MOST_PAGES = 40
_CARRIED = {"accept": "application/vnd.github+json", "x-github-api-version": VERSION}
_ANOTHER = "The token in {} is that of {}, and username says {}; it needs the rights {}."
_CANNOT_WRITE = "Its token lacks the scope public_repo: replies fail."
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
        server, host = base.endswith(_SERVER), urlsplit(base).hostname or ""
        self._root = "/v3" if server else ""
        self.site = host if server else host.removeprefix("api.")
        # Whether the token is that of our account, for what stands there is looked for under its name; asked once.
        self.is_us = once(self._see)
        self.rest = asked_as(account, base.removesuffix(self._root), "GitHub", config, tools, verdicts=VERDICTS)

    async def get(self, path: str, query: Query = (), *, bucket: str = "") -> Thing | None:
        """Ask REST for an object; None where there is nothing, or nothing for our eyes.

        Raises:
            SourceUnavailable: It may work later, or what answers is not GitHub.
            SourceRefused: The token is not taken, or what is asked for is not understood.
        """
        return await self.rest.find(self._root + path, query, bucket=bucket)

    async def listed(self, path: str, query: Query = ()) -> list[Thing]:
        """Ask REST for a list.

        Raises:
            SourceUnavailable, SourceRefused: As ``get`` does; also where there is no such list.
        """
        found = await self.rest.listed(self._root + path, query)
        if found is None:
            raise SourceRefused(f"GitHub has nothing at {path}: look for it there, and whether the token may see it.")
        return found

    async def is_public(self, repository: str) -> bool:
        """Say whether everybody may read a repository now.

        Raises:
            SourceUnavailable, SourceRefused: As ``get`` does.
        """
        return is_public(await self.get(f"/repos/{repository}") or {})

    async def comments(self, repository: str, number: int, since: str) -> tuple[list[Thing], bool]:
        """Return the comments of an issue that are new, or were changed, since a moment; and whether that is all.

        Raises:
            SourceUnavailable, SourceRefused: As ``listed`` does.
        """

        async def page(cursor: str) -> tuple[list[Thing], str]:
            query = [("since", since), ("per_page", str(PAGE)), ("page", cursor or "1")]
            found = await self.listed(f"/repos/{repository}/issues/{number}/comments", query)
            return found, str(int(cursor or "1") + 1) if len(found) == PAGE else ""

        return await gathered(page, _MOST_PAGES)

    async def ask(self, asked: str, **variables: object) -> Thing:
        """Ask GraphQL; what is not there is null in what it returns.

        Raises:
            SourceUnavailable, SourceRefused: As ``get`` does.
        """
        return inside((await self._told(asked, variables)).object, "data")

    async def _told(self, asked: str, variables: Thing) -> Answer:
        sent = {"query": asked, "variables": variables}
        answer = await self.rest.question("/graphql", json=sent, bucket=GRAPHQL)
        if not isinstance(answer.object.get("data"), dict):
            self.rest.read(answer, of=f"GraphQL, asked with the token in {self._variable}")
            raise SourceUnavailable(self.rest.not_ours)
        return answer

    async def beside(self, facts: Thing, before: str | None = None) -> Thing:
        """Ask for a post of a discussion, the discussion, and a page of what stands where an answer would.

        Raises:
            SourceUnavailable, SourceRefused: As ``get`` does.
        """
        node = string(facts, "node")
        discussion = string(facts, "discussion") or node
        place = string(facts, "thread") or discussion
        return await self.ask(BESIDE, node=node, discussion=discussion, place=place, before=before)

    async def comment(self, facts: Thing, body: str) -> Answer:
        """Write a comment, once.

        Raises:
            SourceUnavailable, SourceRefused, MaybeSent: As ``bot.sources.kit.rest.Rest.send`` does.
        """
        if facts.get("kind") == "discussions":
            discussion = string(facts, "discussion") or string(facts, "node")
            where = {"discussionId": discussion, "replyToId": string(facts, "thread") or None}
            sent = {"query": ANSWER, "variables": {**where, "body": body}}
            return await self.rest.send("/graphql", json=sent, bucket=WRITING)
        path = f"{self._root}/repos/{facts['repository']}/issues/{facts['number']}/comments"
        return await self.rest.send(path, json={"body": body}, bucket=WRITING)

    async def prove(self) -> Proof:
        """Return whose token it is, what it may do as far as it says so, and when it ends.

        A classic token tells its scopes and a fine-grained one does not; both tell when they end
        (https://docs.github.com/rest/authentication/authenticating-to-the-rest-api).

        Raises:
            SourceUnavailable, SourceRefused: As ``get`` does; also where it is another's.
        """
        answer = await self._see()
        scopes = one_line(answer.headers.get("x-oauth-scopes", ""), 400).replace(",", " ").split()
        ends = answer.headers.get("github-authentication-token-expiration", "").removesuffix(" UTC")
        lack = Lack(sentence=_CANNOT_WRITE, mend=_MEND.format(RIGHTS, self._variable))
        lacks = () if not scopes or {"repo", "public_repo"} & set(scopes) else (lack,)
        return Proof(who=self.us, rights=tuple(scopes), until=iso_moment(ends), lacks=lacks)

    async def _see(self) -> Answer:
        answer = await self._told(ME, {})
        login = text("data.viewer.login")(answer.object)
        if login.casefold() != self.us.casefold():
            raise SourceRefused(_ANOTHER.format(self._variable, one_line(login, 60) or "nobody", self.us, RIGHTS))
        return answer
