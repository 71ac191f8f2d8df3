"""What is asked of another's server, and what it answers; written once for whoever asks, guards or heeds.

``bot.net.client.Fetcher`` is the guarded client. What stands before it (limits, and whatever comes to be counted)
takes a ``Request`` and passes it on, so a new field is added here alone.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import httpx

OK = frozenset({200})
# Buckets that services count apart from their reading.
WRITING = "writing"
SIGNING_IN = "signing in"
REFRESHING = "refreshing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request; its ``repr`` shows none of what may be a credential.

    Attributes:
        method: What is a GET is fetched, redirects and all; anything else is sent once.
        json: The body of what is sent, or ``form`` is.
        allow_private: Whether the address may lie in an intranet.
        accept_status: What comes back as an answer; any other status is an error.
        bucket: Which of its limits the service counts this against; empty = the one of its reading.
        most: How many bytes the answer may have, where that is fewer than the client takes.
        cost: How much of a budget it takes at most, where its service sells or rations requests; 0 = nothing.
        bill: Reads from the answer what it came to, where only that tells.
        begun: Called when its first byte is about to go out; what it raises keeps it here.
    """

    method: str
    url: str = field(repr=False)
    json: object = field(default=None, repr=False)
    form: Mapping[str, str] | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    allow_private: bool = False
    accept_status: frozenset[int] = OK
    bucket: str = ""
    most: int | None = None
    cost: int = 1
    bill: "Callable[[Fetched], int] | None" = None
    begun: Callable[[], None] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """An answer, whole: ``headers`` are case-insensitive, ``url`` is where the redirects ended, without userinfo.

    Its ``repr`` shows the status alone: tokens are answered, too.
    """

    status: int
    headers: httpx.Headers = field(repr=False)
    body: bytes = field(repr=False)
    url: str = field(repr=False)


class Fetches(ABC):
    """Asks others' servers."""

    @abstractmethod
    async def fetch(self, request: Request) -> Fetched:
        """Ask; see ``get`` and ``send`` for what is raised."""

    async def get(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        allow_private: bool = False,
        accept_status: frozenset[int] = OK,
    ) -> Fetched:
        """Fetch ``url``, following at most five redirects; userinfo in it is sent as Basic authorization.

        Raises:
            SourceUnavailable: It may work later: time-out, cut off, 429, 5xx, too large, broken compression.
            SourceRefused: Only a person can mend it: a private address, a bad URL, 401, 403, 404, 410, a redirect loop.
        """
        return await self.fetch(
            Request(
                method="GET", url=url, headers=headers or {}, allow_private=allow_private, accept_status=accept_status
            )
        )

    async def send(
        self,
        method: str,
        url: str,
        *,
        json: object = None,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        allow_private: bool = False,
        accept_status: frozenset[int] = OK,
        bucket: str = "",
    ) -> Fetched:
        """Send a request with a body, ``json`` or ``form``, once; userinfo in ``url`` becomes Basic authorization.

        Raises:
            SourceUnavailable: It certainly was not taken, and may be later: no connection, 408, 425, 429.
            SourceRefused: It certainly was not taken: a private address, a bad URL, a redirect, any other 4xx.
            MaybeSent: It may have been taken: a time-out or a cut after it began to go out, 5xx, an unreadable answer.
        """
        return await self.fetch(
            Request(
                method=method,
                url=url,
                json=json,
                form=form,
                headers=headers or {},
                allow_private=allow_private,
                accept_status=accept_status,
                bucket=bucket,
            )
        )
