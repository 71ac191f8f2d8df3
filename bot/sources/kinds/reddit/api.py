"""Asking Reddit with OAuth (https://github.com/reddit-archive/reddit/wiki/OAuth2).

The refresh token lasts until somebody revokes it; what it buys lasts an hour or a day. Every request says who asks
(https://github.com/reddit-archive/reddit/wiki/API#rules), since Reddit turns away what calls itself like others.
"""

from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any
from urllib.parse import urlsplit

from bot.net.errors import SourceRefused, SourceUnavailable
from bot.net.fetching import WRITING
from bot.net.oauth import basic, refresh_form
from bot.sources.base import SourceConfig
from bot.sources.kinds.reddit.posts import Thing
from bot.sources.kinds.reddit.verdicts import SCOPES, VERDICTS
from bot.sources.kit.answer import Answer
from bot.sources.kit.json import mapping, objects, string
from bot.sources.kit.remembered import once
from bot.sources.kit.rest import Query, Rest
from bot.sources.kit.tools import SourceTools
from bot.sources.proof import Lack, Proof
from handlers.base.cards import one_line

_REPLYING = (
    ("submit", "replies fail"),
    ("history", "whether a reply stands cannot be looked up"),
)


def user_agent(username: str) -> str:
    """Return who asks, in the form that Reddit wants: platform, application, version, account."""
    try:
        number = version("dibs")
    except PackageNotFoundError:  # run from a checkout that was never installed
        number = "0"
    return f"python:dibs:{number} (by /u/{username})"


class RedditApi:
    """Reddit, asked with one account's refresh token."""

    def __init__(
        self,
        addresses: tuple[str, str],
        username: str,
        secrets: Mapping[str, str],
        variables: Mapping[str, str],
        config: SourceConfig[Any],
        tools: SourceTools,
    ) -> None:
        """Take the addresses of the API and of its tokens, the secrets, the variables that hold them, the source."""
        base, self._auth = addresses
        self._agent = user_agent(username)
        self._secrets = secrets
        self._variables = variables
        self.rest = Rest(
            tools.fetcher,
            base,
            name="Reddit",
            not_ours=f"{urlsplit(base).hostname} did not answer as Reddit does.",
            renew=self._buy,
            headers=lambda token: {"authorization": f"bearer {token}", "user-agent": self._agent},
            verdicts=VERDICTS,
            allow_private=config.allow_private,
        )
        self.not_reddit = self.rest.not_ours
        self.name = once(self._account)
        self._scopes: tuple[str, ...] = ()

    async def get(self, path: str, query: Query = ()) -> Any:
        """Ask for JSON.

        Raises:
            SourceUnavailable: It may work later, or what answers is not Reddit.
            SourceRefused: The token is not taken, or what is asked for is not there or closed.
        """
        answer = await self.rest.get(path, [*query, ("raw_json", "1")])
        if answer.gone:
            raise SourceRefused(f"Reddit has nothing at {path} ({answer.status}); there may be no such subreddit.")
        if not answer.ok:
            raise SourceRefused(
                f"Reddit refused the request with {answer.status}: look whether our account may see it, and whether "
                f"{self._variables['refresh_token']} was made with the scopes {SCOPES}."
            )
        return answer.json

    async def listing(self, path: str, query: Query = ()) -> tuple[list[Thing], str]:
        """Ask for a listing; return its things, and the name after which the next page begins, or empty.

        Raises:
            SourceUnavailable, SourceRefused: As ``get`` does.
        """
        answer = mapping(await self.get(path, query))
        return self.things_of(answer), string(mapping(answer.get("data")), "after")

    def things_of(self, listing: Mapping[str, Any]) -> list[Thing]:
        """Return the things of a listing (https://www.reddit.com/dev/api/#listings).

        Raises:
            SourceUnavailable: It is none.
        """
        data = mapping(listing.get("data"))
        if listing.get("kind") != "Listing" or not isinstance(data.get("children"), list):
            raise SourceUnavailable(self.not_reddit)
        return [mapping(child.get("data")) for child in objects(data["children"])]

    async def info(self, *fullnames: str) -> dict[str, Thing]:
        """Return things by their full names; what never was or is hidden is left out.

        Raises:
            SourceUnavailable, SourceRefused: As ``get`` does.
        """
        found, _ = await self.listing("/api/info", [("id", ",".join(fullnames))])
        return {string(thing, "name"): thing for thing in found}

    async def send(self, path: str, form: Mapping[str, str]) -> Answer:
        """Send a form once.

        Raises:
            SourceUnavailable, SourceRefused, MaybeSent: As ``bot.sources.kit.rest.Rest.send`` does.
        """
        return await self.rest.send(path, form={**form, "api_type": "json", "raw_json": "1"}, bucket=WRITING)

    async def _account(self) -> str:
        """Return the name of our own account.

        Raises:
            SourceUnavailable, SourceRefused: As ``get`` does.
        """
        if not (name := string(mapping(await self.get("/api/v1/me")), "name")):
            raise SourceUnavailable(self.not_reddit)
        return name

    async def prove(self, hearing: str) -> Proof:
        """Return whose refresh token it is, and what it was made for; ``hearing`` is the scope that listening wants.

        Raises:
            SourceUnavailable, SourceRefused: As ``get`` does.
        """
        me = mapping(await self.get("/api/v1/me"))
        if not (name := one_line(string(me, "name"), 40)):
            raise SourceUnavailable(self.not_reddit)
        told = self._scopes and self._scopes != ("*",)
        wanted = ((hearing, "nothing is heard"), *_REPLYING) if told else ()
        lacks = [self._lack(scope, what, hearing) for scope, what in wanted if scope not in self._scopes]
        if me.get("is_suspended") is True:
            lack = "The account is suspended, so replies fail."
            lacks.append(Lack(sentence=lack, mend="Log in at Reddit as it to see why and until when."))
        return Proof(who=f"u/{name}", rights=self._scopes, lacks=tuple(lacks))

    def _lack(self, scope: str, what: str, hearing: str) -> Lack:
        mend = f"Authorise the application anew with the scopes {SCOPES}, and put the token into"
        return Lack(
            sentence=f"Its refresh token lacks the scope {scope}: {what}.",
            mend=f"{mend} {self._variables['refresh_token']}.",
            hears=scope == hearing,
        )

    async def _buy(self, _refused: str | None) -> str:
        """Buy an access token with the refresh token."""
        answer = await self.rest.sign_in(
            f"{self._auth.rstrip('/')}/api/v1/access_token",
            form=refresh_form(self._secrets["refresh_token"]),
            headers={
                "authorization": basic(self._secrets["client_id"], self._secrets["client_secret"]),
                "user-agent": self._agent,
            },
        )
        if answer.status == 401:
            raise SourceRefused(
                f"Reddit does not know the application: compare {self._variables['client_id']} and "
                f"{self._variables['client_secret']} with reddit.com/prefs/apps."
            )
        if not answer.ok or "error" in answer.object:  # some errors of theirs are a 200
            raise SourceRefused(
                f"Reddit does not take the refresh token: authorise the application anew with the scopes {SCOPES}, "
                f"for a permanent duration, and put the token into {self._variables['refresh_token']}."
            )
        if not string(answer.object, "access_token"):
            raise SourceUnavailable(self.not_reddit)
        self._scopes = tuple(one_line(string(answer.object, "scope"), 400).split())
        return string(answer.object, "access_token")
