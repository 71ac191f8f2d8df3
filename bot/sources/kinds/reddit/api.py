"""Asking Reddit with OAuth (https://github.com/reddit-archive/reddit/wiki/OAuth2).

The refresh token lasts until somebody revokes it; what it buys lasts an hour or a day. Every request says who asks
(https://github.com/reddit-archive/reddit/wiki/API#rules), since Reddit turns away what calls itself like others.
"""

from collections.abc import Mapping
from typing import Any

from bot.net.errors import SourceRefused, SourceUnavailable
from bot.net.fetching import WRITING
from bot.net.oauth import basic, refresh_form
from bot.runtime.version import our_version
from bot.sources.base import SourceConfig
from bot.sources.kinds.reddit.options import RedditOptions
from bot.sources.kinds.reddit.verdicts import SCOPES, VERDICTS
from bot.sources.kit.answer import Answer
from bot.sources.kit.auth import asked_as
from bot.sources.kit.fields import Thing
from bot.sources.kit.json import mapping, objects, string
from bot.sources.kit.options import all_set, not_in_the_clear
from bot.sources.kit.remembered import once
from bot.sources.kit.rest import Query
from bot.sources.kit.tools import SourceTools
from bot.sources.proof import NOTHING_HEARD, Lack, Proof, lacking
from bot.sources.registry import secret_variables
from handlers.base.cards import one_line

_REPLYING = (
    ("submit", "replies fail"),
    ("history", "whether a reply stands cannot be looked up"),
)


def user_agent(username: str) -> str:
    """Return who asks, in the form that Reddit wants: platform, application, version, account."""
    return f"python:dibs:{our_version()} (by /u/{username})"


class RedditApi:
    """Reddit, asked with one account's refresh token, which buys what ``Rest`` asks with."""

    def __init__(self, config: SourceConfig[RedditOptions], tools: SourceTools) -> None:
        """Take the account; nothing is asked yet.

        Raises:
            OptionError: A credential is missing, or would go out in the clear.
        """
        options, self._variables = config.options, secret_variables(config.kind, config.name)
        self._secrets = all_set(config.secrets, self._variables, "Reddit answers nobody without it.")
        not_in_the_clear("auth_url", options.auth_url, allow_private=config.allow_private)
        self._auth, self._agent = options.auth_url.rstrip("/"), user_agent(options.name)
        self.rest = asked_as(self, options.base_url, "Reddit", config, tools, verdicts=VERDICTS)
        self.me = once(self._account)
        self._scopes: tuple[str, ...] = ()

    def due(self, held: str) -> bool:
        """Say whether what was bought is to be bought anew before it is refused; it never is."""
        return False

    def headers(self, held: str) -> Mapping[str, str]:
        """Return what a request carries."""
        return {"authorization": f"bearer {held}", "user-agent": self._agent}

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
            raise SourceUnavailable(self.rest.not_ours)
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

    async def _account(self) -> Thing:
        """Return our own account, which has a name.

        Raises:
            SourceUnavailable, SourceRefused: As ``get`` does.
        """
        me = mapping(await self.get("/api/v1/me"))
        if not string(me, "name").strip():
            raise SourceUnavailable(self.rest.not_ours)
        return me

    async def prove(self, hearing: str) -> Proof:
        """Return whose refresh token it is, and what it was made for; ``hearing`` is the scope that listening wants.

        Raises:
            SourceUnavailable, SourceRefused: As ``get`` does.
        """
        me = await self._account()
        told = self._scopes and self._scopes != ("*",)
        wanted = ((hearing, NOTHING_HEARD), *_REPLYING) if told else ()
        mend = f"Authorise the application anew with the scopes {SCOPES}, and put the token into"
        lacks = lacking("refresh token", self._scopes, wanted, f"{mend} {self._variables['refresh_token']}.")
        if me.get("is_suspended") is True:
            lack = "The account is suspended, so replies fail."
            lacks += (Lack(sentence=lack, mend="Log in at Reddit as it to see why and until when."),)
        return Proof(who=f"u/{one_line(string(me, 'name'), 40)}", rights=self._scopes, lacks=lacks)

    async def renew(self, refused: str | None) -> str:
        """Buy an access token with the refresh token.

        Raises:
            SourceUnavailable: It may work later.
            SourceRefused: The application or the token is not taken; the sentence says how to mend it.
        """
        answer = await self.rest.sign_in(
            f"{self._auth}/api/v1/access_token",
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
            raise SourceUnavailable(self.rest.not_ours)
        self._scopes = tuple(one_line(string(answer.object, "scope"), 400).split())
        return string(answer.object, "access_token")
