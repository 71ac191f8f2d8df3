"""Asking Reddit with OAuth (https://github.com/reddit-archive/reddit/wiki/OAuth2).

The refresh token lasts until somebody revokes it; what it buys lasts an hour or a day. No clock is kept of that: an
answer of 401 buys a new one, once, and nothing that was refused with 401 has been taken. Every request says who asks
(https://github.com/reddit-archive/reddit/wiki/API#rules), since Reddit turns away what calls itself like others.
"""

import asyncio
from base64 import b64encode
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any
from urllib.parse import urlencode, urlsplit

from bot.net.errors import MaybeSent, SourceRefused, SourceUnavailable
from bot.net.fetching import Fetched, Fetches
from bot.net.retry_after import asked_rest
from bot.sources.kinds.reddit.posts import Thing
from bot.sources.kit.json import JUDGED, JUDGED_WHEN_SENT, mapping, objects, read_json, string

_GONE = frozenset({404, 410})
SCOPES = "identity, read, history, submit and privatemessages"

Query = Sequence[tuple[str, str]]


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
        fetcher: Fetches,
        *,
        allow_private: bool,
    ) -> None:
        """Take the addresses of the API and of its tokens, the secrets, and the variables that hold them."""
        self._base, self._auth = (address.rstrip("/") for address in addresses)
        self._home = urlsplit(self._base).hostname or ""
        self._agent = user_agent(username)
        self._secrets = secrets
        self._variables = variables
        self._fetcher = fetcher
        self._allow_private = allow_private
        self._token = ""
        self._buying = asyncio.Lock()
        self._name = ""

    async def get(self, path: str, query: Query = ()) -> Any:
        """Ask for JSON.

        Raises:
            SourceUnavailable: It may work later, or what answers is not Reddit.
            SourceRefused: The token is not taken, or what is asked for is not there or closed.
        """
        fetched = await self._ask(path, query)
        if fetched.status in _GONE:
            raise SourceRefused(f"Reddit has nothing at {path} ({fetched.status}); there may be no such subreddit.")
        return await read_json(fetched, self.not_reddit)

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

    async def send(self, path: str, form: Mapping[str, str]) -> Fetched:
        """Send a form once; any answer but a 5xx comes back.

        Raises:
            SourceUnavailable: It was certainly not taken: no connection, 429, no token to be had now.
            SourceRefused: It was certainly not taken, and the credentials have to be mended.
            MaybeSent: It may have been taken.
        """
        token = ""
        for _ in range(2):
            token = await self._bought(refused=token)
            fetched = await self._fetcher.send(
                "POST",
                self._base + path,
                form={**form, "api_type": "json", "raw_json": "1"},
                headers=self._headers(token),
                allow_private=self._allow_private,
                accept_status=JUDGED_WHEN_SENT,
            )
            if fetched.status == 401:
                continue
            if fetched.status == 429:
                raise SourceUnavailable("Reddit asks us to wait (429).", asked_rest(fetched.headers))
            return fetched
        raise SourceRefused(self._refused_token())

    async def name(self) -> str:
        """Return the name of our own account; asked once.

        Raises:
            SourceUnavailable, SourceRefused: As ``get`` does.
        """
        if not self._name:
            self._name = string(mapping(await self.get("/api/v1/me")), "name")
            if not self._name:
                raise SourceUnavailable(self.not_reddit)
        return self._name

    @property
    def not_reddit(self) -> str:
        """The sentence for an answer of the wrong shape."""
        return f"{self._home} did not answer as Reddit does."

    async def _ask(self, path: str, query: Query) -> Fetched:
        address = f"{self._base}{path}?{urlencode([*query, ('raw_json', '1')])}"
        token = ""
        for _ in range(2):
            token = await self._bought(refused=token)
            fetched = await self._fetcher.get(
                address, headers=self._headers(token), allow_private=self._allow_private, accept_status=JUDGED
            )
            if fetched.status == 401:
                continue
            if fetched.status == 200 or fetched.status in _GONE:
                return fetched
            if fetched.status == 429 or fetched.status >= 500:
                raise SourceUnavailable(f"Reddit answered {fetched.status}.", asked_rest(fetched.headers))
            raise SourceRefused(
                f"Reddit refused the request with {fetched.status}: look whether our account may see it, and whether "
                f"{self._variables['refresh_token']} was made with the scopes {SCOPES}."
            )
        raise SourceRefused(self._refused_token())

    def _headers(self, token: str) -> dict[str, str]:
        return {"authorization": f"bearer {token}", "user-agent": self._agent}

    async def _bought(self, *, refused: str) -> str:
        """Return a token other than ``refused``: the one that we have, or a new one."""
        async with self._buying:
            if self._token == refused:
                self._token = await self._buy()
            return self._token

    async def _buy(self) -> str:
        """Buy an access token with the refresh token; a repeat does no harm."""
        pair = f"{self._secrets['client_id']}:{self._secrets['client_secret']}".encode()
        try:
            fetched = await self._fetcher.send(
                "POST",
                f"{self._auth}/api/v1/access_token",
                form={"grant_type": "refresh_token", "refresh_token": self._secrets["refresh_token"]},
                headers={"authorization": f"Basic {b64encode(pair).decode('ascii')}", "user-agent": self._agent},
                allow_private=self._allow_private,
                accept_status=JUDGED_WHEN_SENT,
            )
        except MaybeSent as error:
            raise SourceUnavailable(error.reason) from error
        if fetched.status == 429:
            raise SourceUnavailable("Reddit asks us to wait (429).", asked_rest(fetched.headers))
        if fetched.status == 401:
            raise SourceRefused(
                f"Reddit does not know the application: compare {self._variables['client_id']} and "
                f"{self._variables['client_secret']} with reddit.com/prefs/apps."
            )
        answer = mapping(await read_json(fetched, self.not_reddit)) if fetched.status in (200, 400) else {}
        if fetched.status != 200 or "error" in answer:  # some errors of theirs are a 200
            raise SourceRefused(self._refused_token())
        if not string(answer, "access_token"):
            raise SourceUnavailable(self.not_reddit)
        return string(answer, "access_token")

    def _refused_token(self) -> str:
        return (
            f"Reddit does not take the refresh token: authorise the application anew with the scopes {SCOPES}, for a "
            f"permanent duration, and put the token into {self._variables['refresh_token']}."
        )
