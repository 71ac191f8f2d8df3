"""The API of Bluesky: XRPC over a session of one account (https://docs.bsky.app/docs/api/at-protocol-xrpc-api).

A session is made from an app password once and then refreshed, because making one is allowed 30 times in five minutes
and 300 times a day (https://docs.bsky.app/docs/advanced-guides/rate-limits). An access token that is no longer good is
answered with 400 and ``ExpiredToken`` or ``InvalidToken``, not with 401. Refreshing rotates both tokens, which live in
memory alone, and in no sentence. What is written is counted apart from what is read, and so are sessions that are
made; one that is refreshed is not counted among these.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.net.errors import SourceRefused, SourceUnavailable
from bot.net.fetching import REFRESHING, SIGNING_IN, WRITING
from bot.sources.base import SourceConfig
from bot.sources.kinds.bluesky.verdicts import error_of, verdicts
from bot.sources.kit.answer import Answer
from bot.sources.kit.json import string
from bot.sources.kit.rest import Made, Query, Rest
from bot.sources.kit.tools import SourceTools
from bot.sources.proof import Lack, Proof
from handlers.base.cards import one_line
from handlers.base.replying import Outcome

NOT_BLUESKY = "The service did not answer as Bluesky does."

_CLOSED = frozenset({"AccountTakedown", "AccountDeactivated", "AccountSuspended", "AccountDeleted"})
_NO_HANDLE = "handle.invalid"  # what an account is called whose handle is not its own any more


@dataclass(frozen=True, slots=True)
class _Session:
    did: str
    access: str = field(repr=False)
    refresh: str = field(repr=False)
    handle: str = ""
    closed: str = ""


class BlueskyApi:
    """One service, asked as one account; safe to be used by many at once."""

    def __init__(
        self, base_url: str, handle: str, password: str, variable: str, config: SourceConfig[Any], tools: SourceTools
    ) -> None:
        """Take the account; nothing is asked yet.

        Args:
            base_url: The service of the account.
            handle: The account; empty = none, and then only what needs no login works.
            password: Its app password.
            variable: The environment variable that holds the password, for sentences.
            config: The source.
            tools: The client of the source.
        """
        self.handle = handle
        self.logged_in = bool(handle and password)
        self._password = password
        self._variable = variable
        self._rest = Rest(
            tools.fetcher,
            base_url,
            name="Bluesky",
            not_ours=NOT_BLUESKY,
            renew=self._renew,
            headers=lambda session: _authorization(session.access),
            verdicts=verdicts(handle),
            allow_private=config.allow_private,
        )

    async def did(self) -> str:
        """Return the account's own name, which stays when its handle changes.

        Raises:
            SourceUnavailable: It may work later.
            SourceRefused: The service does not take the password.
        """
        return (await self._rest.credential.get()).did

    async def prove(self) -> Proof:
        """Return who we are there; a session tells it, and an app password may do all that we do.

        Raises:
            SourceUnavailable, SourceRefused: As ``did`` does.
        """
        session = await self._rest.credential.get()
        who = f"@{session.handle}" if session.handle and session.handle != _NO_HANDLE else session.did
        if not session.closed:
            return Proof(who=who)
        lack = f"The account is {session.closed} there, so nothing can be published as it."
        return Proof(who=who, lacks=(Lack(sentence=lack, mend="Log in at Bluesky as it, and see what it asks for."),))

    async def query(self, method: str, params: Query) -> Answer:
        """Ask; every refusal but that of the session itself is the caller's to read.

        Raises:
            SourceUnavailable, SourceRefused: As ``bot.sources.kit.rest.Rest.get`` does.
        """
        return self._open(await self._rest.get(f"/xrpc/{method}", params))

    async def procedure(self, method: str, body: Mapping[str, Any]) -> Answer:
        """Do.

        Raises:
            SourceUnavailable, SourceRefused, MaybeSent: As ``bot.sources.kit.rest.Rest.send`` does.
        """
        return self._open(await self._rest.send(f"/xrpc/{method}", json=body, bucket=WRITING))

    def outcome(self, answer: Answer, made: Made) -> Outcome:
        """Return what became of a reply that was answered so, as ``bot.sources.kit.rest.Rest.outcome`` does.

        Raises:
            SourceUnavailable, SourceRefused: It was certainly not taken.
        """
        return self._rest.outcome(answer, made)

    async def _renew(self, stale: _Session | None) -> _Session:
        if not self.logged_in:
            raise SourceRefused(f"This needs an account: set handle in dibs.toml and {self._variable}.")
        if stale is not None:
            answer = await self._sign_in("refreshSession", None, stale.refresh, REFRESHING)
            if answer.ok:
                return _read_session(answer)
        answer = await self._sign_in("createSession", {"identifier": self.handle, "password": self._password})
        if answer.ok:
            return _read_session(answer)
        raise SourceRefused(
            f"Bluesky does not take the app password of {self.handle} ({error_of(answer) or answer.status}): make a "
            f"new one in its settings under “App passwords”, and put it into {self._variable}."
        )

    async def _sign_in(
        self, method: str, body: Mapping[str, str] | None, token: str = "", bucket: str = SIGNING_IN
    ) -> Answer:
        address = f"{self._rest.base_url}/xrpc/com.atproto.server.{method}"
        sent = await self._rest.sign_in(address, json=body, headers=_authorization(token), bucket=bucket)
        return self._open(sent)

    def _open(self, answer: Answer) -> Answer:
        """Return the answer, unless it says that the account itself is closed."""
        if error_of(answer) in _CLOSED:
            raise SourceRefused(
                f"Bluesky has closed the account {self.handle} ({error_of(answer)}): log in there to see why, or name "
                "another account in dibs.toml."
            )
        return answer


def _authorization(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"} if token else {}


def _read_session(answer: Answer) -> _Session:
    told = answer.object
    tokens = string(told, "accessJwt"), string(told, "refreshJwt")
    closed = (one_line(string(told, "status"), 40) or "switched off") if told.get("active") is False else ""
    session = _Session(string(told, "did"), *tokens, handle=one_line(string(told, "handle"), 100), closed=closed)
    if not session.did.startswith("did:") or not session.access or not session.refresh:
        raise SourceUnavailable(NOT_BLUESKY)
    return session
