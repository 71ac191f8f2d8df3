"""HTTP: one HTTP session to Microsoft, bounded in size and time, that follows nobody elsewhere and repeats nothing.

A send that may have been seen must never be repeated blindly, so what certainly did not arrive (no connection) is told
apart from what may have (a time-out, a cut connection).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.request import getproxies

import aiohttp
from yarl import URL

from bot.chat.base import HeldBack, TryLater, Unclear
from bot.net.permit import PermittedBody, Withdrawn
from bot.net.retry_after import retry_after

# For what only reads; a send has less (``bot.outbox.worker``).
TIMEOUT_SECONDS = 10.0
_LARGEST_ANSWER = 4 * 1024 * 1024
Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """An answer: its status, its headers, its bytes."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def object(self) -> Json:
        """Return the object that the body is; what is none is an empty one."""
        try:
            value = json.loads(self.body)
        except (ValueError, RecursionError):
            return {}
        return value if isinstance(value, dict) else {}

    def seconds_to_wait(self) -> float | None:
        """Return what Retry-After says, an hour at most."""
        return retry_after(self.headers, longest=3_600.0)


class Line:
    """One session, opened with the first request."""

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None

    async def send(
        self,
        method: str,
        address: str,
        *,
        headers: Mapping[str, str] | None = None,
        data: bytes | Mapping[str, str] | None = None,
        seconds: float = TIMEOUT_SECONDS,
    ) -> Heard:
        """Send one request, once; ``address`` is taken as it is written.

        Raises:
            TryLater: It certainly did not arrive.
            HeldBack: Its permit was withdrawn before it left.
            Unclear: It may have arrived.
        """
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(
                trust_env=bool(getproxies()), cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False
            )
        timeout = aiohttp.ClientTimeout(total=seconds, sock_connect=seconds / 2)
        host = URL(address).host or ""
        named = {"Accept-Encoding": "identity"} | dict(headers or {})
        body = PermittedBody(data) if isinstance(data, bytes) else data
        try:
            async with self._session.request(
                method, URL(address, encoded=True), headers=named, data=body, timeout=timeout, allow_redirects=False
            ) as answer:
                return Heard(status=answer.status, headers=answer.headers, body=await _bounded(answer, host))
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
            raise TryLater(f"{host} cannot be reached.") from None
        except TimeoutError:
            raise Unclear(f"{host} did not answer in time.") from None
        except (aiohttp.ClientError, OSError) as error:
            if isinstance(error.__cause__, Withdrawn):
                raise HeldBack(f"What goes to {host} was held back.") from None
            raise Unclear(f"The connection to {host} was cut: {type(error).__name__}.") from None

    async def close(self) -> None:
        """Close the session."""
        if self._session is not None:
            await self._session.close()


async def _bounded(answer: aiohttp.ClientResponse, host: str) -> bytes:
    body = bytearray()
    async for part in answer.content.iter_chunked(65_536):
        body += part
        if len(body) > _LARGEST_ANSWER:
            raise Unclear(f"The answer of {host} is larger than any of Teams'.")
    return bytes(body)
