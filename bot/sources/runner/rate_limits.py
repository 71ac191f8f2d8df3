"""Limits: how often a service may be asked, shared by all sources that ask it with the same credential.

A service tells its limits in its own words: Retry-After (RFC 9110 §10.2.3), ``RateLimit-Remaining`` and ``-Reset`` or
their elder ``X-`` forms, with the reset in seconds, as a moment since 1970, or as an ISO time. What is left is spread
evenly over the polls until the reset; what a person waits for, a reply or a post that was pasted, goes at once while
anything is left. A service that says nothing is only kept from more than two requests at once to one host.

A service has several limits at once. Each answer, a refusal too, teaches the one under which it was asked and no other:
a host, a credential, and the bucket of a ``Request`` (reading, writing, signing in). So what was written too often is
read all the same, and one source that may not sign in now leaves another alone that has a session.

In memory, because being wrong after a restart costs one 429; what a source itself was asked to rest is stored with it.
"""

import asyncio
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

from bot.net.errors import SourceUnavailable
from bot.net.fetching import Fetched, Fetches, Request
from bot.net.retry_after import LONGEST_REST, asked_rest, read_budget, retry_after
from bot.runtime.clock import Clock
from bot.sources.base import SourceConfig

AT_ONCE = 2


@dataclass(frozen=True, slots=True)
class Service:
    """A host, with which credential it is asked (a hash: this may be shown), and which of its limits counts."""

    host: str
    credential: str = ""
    bucket: str = ""


def service_of(config: SourceConfig[Any]) -> Service:
    """Return the service that a source asks: the host of its url or base_url, else its kind."""
    address = str(getattr(config.options, "url", "") or getattr(config.options, "base_url", ""))
    try:
        parts = urlsplit(address)
        host, userinfo = parts.hostname or config.kind, parts.netloc.rpartition("@")[0]
    except ValueError:
        host, userinfo = config.kind, ""
    known = [userinfo, *sorted(config.secrets.items())] if userinfo or config.secrets else []
    return Service(host, sha256(json.dumps(known).encode()).hexdigest()[:16] if known else "")


def heard_at(config: SourceConfig[Any]) -> Service:
    """Return the service that a source listens to, where that is another than the one that it asks."""
    stream = urlsplit(str(getattr(config.options, "stream_address", ""))).hostname
    return Service(stream) if stream else service_of(config)


class Limits:
    """What is known of every service's limits."""

    def __init__(self, clock: Clock) -> None:
        """Take the clock; nothing is known yet."""
        self._clock = clock
        self._free_at: dict[Service, datetime] = {}
        self._opens_at: dict[Service, datetime] = {}
        self._gates: dict[str, asyncio.Semaphore] = {}

    def gate(self, service: Service) -> asyncio.Semaphore:
        """Return what lets two in at once, over all credentials for the host."""
        return self._gates.setdefault(service.host, asyncio.Semaphore(AT_ONCE))

    def wait(self, service: Service) -> float:
        """Return in how many seconds the service may be asked again by what can wait: a poll."""
        return max(self._left(self._free_at, service), self.shut(service))

    def shut(self, service: Service) -> float:
        """Return for how many seconds the service answers nobody: it said so, or nothing is left."""
        return self._left(self._opens_at, service)

    def _left(self, moments: Mapping[Service, datetime], service: Service) -> float:
        moment = moments.get(service)
        return max((moment - self._clock.now()).total_seconds(), 0.0) if moment is not None else 0.0

    def rest(self, service: Service, seconds: float) -> None:
        """Do not ask the service for so long, at most a day; a longer rest that is known already stays."""
        self._put_off(self._opens_at, service, seconds)

    def _put_off(self, moments: dict[Service, datetime], service: Service, seconds: float) -> None:
        until = self._clock.now() + timedelta(seconds=min(max(seconds, 0.0), LONGEST_REST))
        moments[service] = max(until, moments.get(service, until))

    def learn(self, service: Service, headers: Mapping[str, str], *, refused: bool = False) -> None:
        """Read what the headers of an answer say; what they do not say or say badly changes nothing.

        Args:
            service: Under which of its limits it was asked.
            headers: Of the answer.
            refused: It was 429: whatever reset it names is when it opens again.
        """
        now = self._clock.now()
        if rest := (asked_rest if refused else retry_after)(headers, now):
            self.rest(service, rest)
        budget = read_budget(headers, now)
        if budget.left is not None and budget.seconds is not None:
            requests = math.floor(budget.left)
            self._put_off(self._free_at if requests else self._opens_at, service, budget.seconds / max(requests, 1))


class HeedfulFetcher(Fetches):
    """The guarded client as one source has it: every answer teaches the limits of its service."""

    def __init__(self, fetcher: Fetches, limits: Limits, service: Service) -> None:
        """Take the client that all share."""
        self._fetcher = fetcher
        self._limits = limits
        self._service = service

    async def fetch(self, request: Request) -> Fetched:
        """Ask, and learn from the answer.

        Raises:
            SourceUnavailable: As ``Fetches`` does; also without asking, where what is counted apart is spent.
        """
        service = replace(self._service, bucket=request.bucket)
        if request.bucket and (left := self._limits.shut(service)) > 0:
            raise SourceUnavailable(f"{service.host} wants a rest from {request.bucket}.", left)
        try:
            fetched = await self._fetcher.fetch(request)
        except SourceUnavailable as error:
            if error.retry_after is not None and error.host == service.host:
                self._limits.rest(service, error.retry_after)
            raise
        if urlsplit(fetched.url).hostname == service.host:  # a redirect's end speaks for itself alone
            self._limits.learn(service, fetched.headers, refused=fetched.status == 429)
        return fetched
