"""Credentials that are bought and run out: an OAuth access token, the session of an account.

Who is turned away asks for another, names the one that was refused, and the first to do so buys it for all: ten polls
that meet the same 401 cost one request. That matters where a refresh token is good for one use: a second buyer would
end the account's session for both. What cannot be renewed any more once it has run out says when it is due.
"""

import asyncio
from base64 import b64encode
from collections.abc import Awaitable, Callable, Mapping
from typing import Generic, TypeVar

CredentialT = TypeVar("CredentialT")
AnswerT = TypeVar("AnswerT")


class Renewable(Generic[CredentialT]):
    """One credential that all requests share."""

    def __init__(
        self,
        renew: Callable[[CredentialT | None], Awaitable[CredentialT]],
        due: Callable[[CredentialT], bool] = lambda _held: False,
    ) -> None:
        """Take what buys a credential, given the one that was refused, and what says that one is to be renewed.

        Nothing is bought yet.
        """
        self._renew = renew
        self._due = due
        self._held: CredentialT | None = None
        self._lock = asyncio.Lock()

    async def get(self, refused: CredentialT | None = None) -> CredentialT:
        """Return a credential other than ``refused``: the one that we have, or a new one."""
        async with self._lock:
            if self._held is None or self._held == refused:
                self._held = await self._renew(refused)
            elif self._due(self._held):
                self._held = await self._renew(None)
            return self._held

    async def ask(
        self, ask: Callable[[CredentialT], Awaitable[AnswerT]], is_refused: Callable[[AnswerT], bool]
    ) -> AnswerT:
        """Ask, and once more with a new credential where this one was refused; the second answer counts."""
        held = await self.get()
        answer = await ask(held)
        if not is_refused(answer):
            return answer
        return await ask(await self.get(held))


def refresh_form(refresh_token: str) -> Mapping[str, str]:
    """Return the form that buys an access token with a refresh token (RFC 6749 §6)."""
    return {"grant_type": "refresh_token", "refresh_token": refresh_token}


def basic(client_id: str, client_secret: str) -> str:
    """Return the header by which an application says who it is (RFC 6749 §2.3.1)."""
    return "Basic " + b64encode(f"{client_id}:{client_secret}".encode()).decode("ascii")
