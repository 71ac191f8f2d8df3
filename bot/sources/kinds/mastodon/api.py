"""Asking an instance of Mastodon, or of what speaks its API (GoToSocial, Akkoma, Pleroma …).

Servers differ in the numbers of their refusals: a bad token is 401 here and 400 there, a bad text 422 or 400, and
headers of limits may be absent. So what a refusal of a text means is asked, not guessed (``takes_token``). Posting has
a limit of its own beside that of all requests, and the answer to a post tells of that one alone
(https://github.com/mastodon/mastodon/blob/main/app/lib/rate_limiter.rb).
The token travels in a header alone (https://docs.joinmastodon.org/client/authorized/).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from bot.net.errors import SourceRefused, SourceUnavailable
from bot.net.fetching import WRITING
from bot.sources.base import SourceConfig
from bot.sources.kinds.mastodon.verdicts import INVALID, verdicts
from bot.sources.kit.answer import Answer
from bot.sources.kit.auth import StaticHeader, asked_as
from bot.sources.kit.json import mapping, objects, string
from bot.sources.kit.pictures import Hosts
from bot.sources.kit.rest import Made, Query
from bot.sources.kit.tools import SourceTools
from handlers.base.cards import one_line
from handlers.base.replying import Outcome

MAX_CHARACTERS = 500
LINK_LENGTH = 23

_LARGEST_LIMIT = 1_000_000
_MOST_SCOPES = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Our own account."""

    id: str
    acct: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """What an instance says of itself.

    Attributes:
        limit: The longest status, in graphemes.
        link_length: What a link counts, whatever its length.
        streaming: Where its streams are (an http or https address), or empty.
    """

    limit: int = MAX_CHARACTERS
    link_length: int = LINK_LENGTH
    streaming: str = ""


class MastodonApi:
    """One instance, asked with one token or with none."""

    def __init__(
        self,
        base_url: str,
        token: str,
        variable: str,
        config: SourceConfig[Any],
        tools: SourceTools,
        files: Hosts = (),
    ) -> None:
        """Take the address of the instance, the token, the variable that holds it, the source, and where files lie."""
        self.base_url = base_url.rstrip("/")
        self.home = urlsplit(self.base_url).hostname or ""
        self.files = files
        self.variable = variable
        self.allow_private = config.allow_private
        self.headers = {"authorization": f"Bearer {token}"} if token else {}
        self.has_token = bool(token)
        account = StaticHeader(self.headers, lambda: self.refused_token)
        table = verdicts(self.home)
        self._rest = asked_as(account, base_url, "Mastodon", config, tools, name=self.home, verdicts=table)
        self.not_mastodon = self._rest.not_ours
        self._account: Account | None = None
        self._instance: Instance | None = None

    async def get(self, path: str, query: Query = ()) -> Any:
        """Ask for JSON.

        Raises:
            SourceUnavailable: It may work later, or what answers is no Mastodon.
            SourceRefused: The token is not taken, or there is nothing of this kind.
        """
        answer = await self._ask(path, query)
        if answer.gone:
            raise SourceRefused(f"{self.home} has nothing at {path} ({answer.status}).")
        return answer.json

    async def find(self, path: str, query: Query = ()) -> Mapping[str, Any] | None:
        """Ask for one object; None when it is not there, or not for our eyes.

        Raises:
            SourceUnavailable, SourceRefused: As ``get`` does.
        """
        answer = await self._ask(path, query)
        return None if answer.gone else answer.object

    async def send(self, path: str, json: Mapping[str, object], headers: Mapping[str, str]) -> Answer:
        """Send JSON once; a refusal that is not about our token comes back.

        Raises:
            SourceUnavailable, SourceRefused, MaybeSent: As ``bot.sources.kit.rest.Rest.send`` does.
        """
        return await self._rest.send(path, json=json, headers=headers, bucket=WRITING)

    async def outcome(self, answer: Answer, made: Made) -> Outcome:
        """Return what became of a reply that was answered so, as ``bot.sources.kit.rest.Rest.outcome`` does.

        A token that does not count any more is the source's trouble, not the draft's.

        Raises:
            SourceUnavailable, SourceRefused: It was certainly not taken.
        """
        if answer.status in INVALID and not await self.takes_token():
            raise SourceRefused(self.refused_token)
        return self._rest.outcome(answer, made)

    async def account(self) -> Account:
        """Return our own account; asked once.

        Raises:
            SourceUnavailable, SourceRefused: As ``get`` does.
        """
        if self._account is None:
            answer = mapping(await self.get("/api/v1/accounts/verify_credentials"))
            if not string(answer, "id"):
                raise SourceUnavailable(self.not_mastodon)
            self._account = Account(id=string(answer, "id"), acct=string(answer, "acct"))
        return self._account

    async def scopes(self) -> tuple[str, ...]:
        """Return what the application of our token may do; a token has the same, unless it was made for less.

        Mastodon tells it from 4.3 on (https://docs.joinmastodon.org/methods/apps/#verify_credentials), others do not.

        Raises:
            SourceUnavailable, SourceRefused: As ``get`` does.
        """
        answer = await self._rest.get("/api/v1/apps/verify_credentials")
        told = answer.object.get("scopes") if answer.ok else None
        names = told.split() if isinstance(told, str) else told if isinstance(told, list) else []
        return tuple(one_line(name, 40) for name in names[:_MOST_SCOPES] if isinstance(name, str))

    async def takes_token(self) -> bool:
        """Say whether our token still counts.

        Raises:
            SourceUnavailable: It cannot be asked now.
        """
        self._account = None
        try:
            await self.account()
        except SourceRefused:
            return False
        return True

    async def instance(self) -> Instance:
        """Return the limits of the instance; asked once (https://docs.joinmastodon.org/entities/Instance/).

        Servers from before version 2 of this page are asked for the first version.

        Raises:
            SourceUnavailable, SourceRefused: As ``get`` does.
        """
        if self._instance is None:
            answer = await self.find("/api/v2/instance")
            if answer is None:
                answer = await self.find("/api/v1/instance")
            self._instance = _read_instance(answer or {})
        return self._instance

    async def resolve(self, url: str) -> Mapping[str, Any] | None:
        """Return the status at ``url``, which our instance fetches from another where it has to; None = no status.

        https://docs.joinmastodon.org/methods/search/#v2: ``resolve`` wants a token.

        Raises:
            SourceUnavailable, SourceRefused: As ``get`` does.
        """
        query = [("q", url), ("type", "statuses"), ("limit", "1")]
        answer = await self.find("/api/v2/search", [*query, ("resolve", "true")] if self.has_token else query)
        found = objects((answer or {}).get("statuses"))
        return found[0] if found and string(found[0], "id") else None

    async def status(self, status_id: str) -> Mapping[str, Any] | None:
        """Return one status by our instance's id, or None.

        Raises:
            SourceUnavailable, SourceRefused: As ``get`` does.
        """
        found = await self.find(f"/api/v1/statuses/{quote(status_id, safe='')}")
        return found if found and string(found, "id") else None

    @property
    def refused_token(self) -> str:
        """The sentence for a token that does not count any more, which says how to mend it."""
        if not self.has_token:
            return f"{self.home} wants an access token; put one into {self.variable}."
        return (
            f"{self.home} does not take the access token: make a new one there (Preferences, Development) "
            f"and put it into {self.variable}."
        )

    async def _ask(self, path: str, query: Query) -> Answer:
        """Get an answer that is a success or says that something is not there."""
        answer = await self._rest.get(path, query)
        if answer.ok or answer.gone:
            return answer
        if answer.status == 403:
            raise SourceRefused(self.refused_token)
        raise SourceRefused(f"{self.home} refused the request with {answer.status}.")


def _read_instance(answer: Mapping[str, Any]) -> Instance:
    configuration = mapping(answer.get("configuration"))
    statuses = mapping(configuration.get("statuses"))
    limit = _count(statuses, "max_characters") or _count(answer, "max_toot_chars") or MAX_CHARACTERS
    urls = mapping(configuration.get("urls")) or mapping(answer.get("urls"))
    streaming = string(urls, "streaming") or string(urls, "streaming_api")
    for socket, web in (("wss://", "https://"), ("ws://", "http://")):
        if streaming.startswith(socket):
            streaming = web + streaming.removeprefix(socket)
    return Instance(
        limit=limit,
        link_length=_count(statuses, "characters_reserved_per_url") or LINK_LENGTH,
        streaming=streaming.rstrip("/") if streaming.startswith(("https://", "http://")) else "",
    )


def _count(values: Mapping[str, Any], name: str) -> int:
    value = values.get(name)
    return value if type(value) is int and 0 < value <= _LARGEST_LIMIT else 0
