"""Asking GitHub with one token: REST (https://docs.github.com/rest), and GraphQL for what REST does not know.

Searches and GraphQL are counted apart from the rest, and so is what is written: each is a bucket of its own, so a
search that is spent leaves reading and answering alone.
"""

from collections.abc import AsyncIterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from bot.net.errors import MaybeSent, SourceRefused, SourceUnavailable
from bot.net.fetching import WRITING
from bot.sources.base import SourceConfig
from bot.sources.kinds.github.posts import is_public
from bot.sources.kinds.github.queries import ANSWER, BESIDE, ME
from bot.sources.kinds.github.verdicts import RIGHTS, VERDICTS
from bot.sources.kit.answer import Answer
from bot.sources.kit.auth import StaticHeader, asked_as
from bot.sources.kit.build import iso_moment
from bot.sources.kit.json import mapping, objects, string
from bot.sources.kit.paging import each
from bot.sources.kit.rest import Query
from bot.sources.kit.tools import SourceTools
from bot.sources.kit.verdicts import Means
from bot.sources.proof import Lack, Proof
from handlers.base.cards import one_line

VERSION = "2022-11-28"
SEARCH, GRAPHQL = "search", "graphql"
# An answer has 2 MiB at most, and a comment may be a log of 65,536 characters.
PAGE = 25
_SERVER = "/api/v3"  # where GitHub Enterprise Server has its REST
_MOST_PAGES = 40
SO_MUCH = "So much was written there since that our own answers cannot be looked for."

Thing = Mapping[str, Any]


class GitHubApi:
    """GitHub, or a GitHub Enterprise Server, asked as one account."""

    def __init__(
        self, base_url: str, username: str, token: str, variable: str, config: SourceConfig[Any], tools: SourceTools
    ) -> None:
        """Take the address of the API, our account, its token, the variable that holds it, and the source."""
        base = base_url.rstrip("/")
        server = base.endswith(_SERVER)
        self._root = "/v3" if server else ""
        host = urlsplit(base).hostname or ""
        self.site = host if server else host.removeprefix("api.")
        self.us = username
        self._variable = variable
        self._is_us = False
        told = {
            "authorization": f"Bearer {token}",
            "accept": "application/vnd.github+json",
            "x-github-api-version": VERSION,
        }
        account = StaticHeader(told, lambda: f"GitHub does not take the token: put a new one into {variable}.")
        root = base.removesuffix("/v3") if server else base
        self.rest = asked_as(account, root, "GitHub", config, tools, verdicts=VERDICTS)
        self.not_github = self.rest.not_ours

    async def get(self, path: str, query: Query = (), *, bucket: str = "") -> Any:
        """Ask REST for JSON; None where there is nothing, or nothing for our eyes.

        Raises:
            SourceUnavailable: It may work later, or what answers is not GitHub.
            SourceRefused: The token is not taken, or what is asked for is not understood.
        """
        answer = await self.rest.get(self._root + path, query, bucket=bucket)
        if answer.gone:
            return None
        if not answer.ok:
            raise SourceRefused(f"{VERDICTS.judge(answer).why} ({answer.status}; look at {self._variable})")
        return answer.json

    async def listed(self, path: str, query: Query = ()) -> list[Thing]:
        """Ask REST for a list.

        Raises:
            SourceUnavailable, SourceRefused: As ``get`` does; also where there is no such list.
        """
        found = await self.get(path, query)
        if found is None:
            raise SourceRefused(f"GitHub has nothing at {path}: look for it there, and whether the token may see it.")
        if not isinstance(found, list):
            raise SourceUnavailable(self.not_github)
        return objects(found)

    async def is_public(self, repository: str) -> bool:
        """Say whether everybody may read a repository now.

        Raises:
            SourceUnavailable, SourceRefused: As ``get`` does.
        """
        return is_public(mapping(await self.get(f"/repos/{repository}")))

    def comments(self, repository: str, number: int, since: str) -> AsyncIterator[Thing]:
        """Yield the comments of an issue that are new, or were changed, since a moment.

        Raises:
            TooMany: There are more.
            SourceUnavailable, SourceRefused: As ``listed`` does.
        """
        path = f"/repos/{repository}/issues/{number}/comments"

        async def page(cursor: str) -> tuple[list[Thing], str]:
            query = [("since", since), ("per_page", str(PAGE)), ("page", cursor or "1")]
            found = await self.listed(path, query)
            return found, str(int(cursor or "1") + 1) if len(found) == PAGE else ""

        return each(page, _MOST_PAGES, SO_MUCH)

    async def ask(self, asked: str, **variables: object) -> Thing:
        """Ask GraphQL; what is not there is null in what it returns.

        Raises:
            SourceUnavailable, SourceRefused: As ``get`` does.
        """
        return mapping((await self._told(asked, variables)).object.get("data"))

    async def _told(self, asked: str, variables: Thing) -> Answer:
        try:
            answer = await self._graphql(asked, variables, GRAPHQL)
        except MaybeSent as error:  # nothing was to be changed
            raise SourceUnavailable(error.reason) from error
        if answer.ok and isinstance(answer.object.get("data"), dict):
            return answer
        verdict = VERDICTS.judge(answer)
        if verdict.means in (Means.FINE, Means.LOOK):  # "Something went wrong", or none of GitHub's
            raise SourceUnavailable(verdict.why or self.not_github)
        raise SourceRefused(f"{verdict.why} ({answer.status}; look at {self._variable})")

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
            return await self._graphql(ANSWER, {**where, "body": body}, WRITING)
        path = f"{self._root}/repos/{facts['repository']}/issues/{facts['number']}/comments"
        return await self.rest.send(path, json={"body": body}, bucket=WRITING)

    async def is_us(self) -> None:
        """See that the token is that of our account, for what stands there is looked for under its name; asked once.

        Raises:
            SourceUnavailable: It cannot be asked now.
            SourceRefused: It is another's.
        """
        if not self._is_us:
            await self._see()

    async def prove(self) -> Proof:
        """Return whose token it is, what it may do as far as it says so, and when it ends.

        A classic token tells its scopes and a fine-grained one does not; both tell when they end
        (https://docs.github.com/rest/authentication/authenticating-to-the-rest-api).

        Raises:
            SourceUnavailable, SourceRefused: As ``is_us`` does.
        """
        answer = await self._see()
        scopes = one_line(answer.headers.get("x-oauth-scopes", ""), 400).replace(",", " ").split()
        ends = answer.headers.get("github-authentication-token-expiration", "").removesuffix(" UTC")
        until = iso_moment(ends)
        lack = Lack(
            sentence="Its token lacks the scope public_repo: replies fail.",
            mend=f"Give it that scope, or make a fine-grained one with the rights {RIGHTS}, for {self._variable}.",
        )
        lacks = (lack,) if scopes and not {"repo", "public_repo"} & set(scopes) else ()
        return Proof(who=self.us, rights=tuple(scopes), until=until, lacks=lacks)

    async def _see(self) -> Answer:
        answer = await self._told(ME, {})
        login = string(mapping(mapping(answer.object.get("data")).get("viewer")), "login")
        if login.casefold() != self.us.casefold():
            raise SourceRefused(
                f"The token in {self._variable} is that of {one_line(login, 60) or 'nobody'}, and username says "
                f"{self.us}; it needs the rights {RIGHTS}."
            )
        self._is_us = True
        return answer

    async def _graphql(self, query: str, variables: Mapping[str, object], bucket: str) -> Answer:
        sent = {"query": query, "variables": dict(variables)}
        return await self.rest.send("/graphql", json=sent, bucket=bucket)
