"""Accounts of tests: a source whose account is let in by a fake service, on however many replicas a test wants."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.net.client import Fetcher
from bot.runtime.async_database import AsyncDatabase
from bot.runtime.clock import Clock
from bot.runtime.ids import Ids
from bot.sources.base import SourceConfig
from bot.sources.kit.accounts import Accounts
from bot.sources.kit.oauth2 import OAuth2, SelfRenewing
from bot.sources.kit.rest import Rest
from bot.sources.kit.sandbox import Isolation
from bot.sources.kit.seals import Seal
from bot.sources.kit.sign_in import ClientBy, LongLived, SignIn, Who
from bot.sources.kit.token_endpoint import TokenEndpoint
from bot.sources.kit.tools import SourceTools
from storage.engine.database import Database
from storage.listen import credentials
from storage.listen.credentials import CredentialRow
from tests.fakes.letting_in import CLIENT, LettingIn

NAME = "acme-social"
KEY = "c2FtcGxlLWtleS1vbmUtb2YtdGhpcnR5LXR3by1ieXQ="
OTHER_KEY = "c2FtcGxlLWtleS10d28tb2YtdGhpcnR5LXR3by1ieXQ="
VARIABLES = {
    name: f"DIBS_SOURCE_ACME_SOCIAL_{name.upper()}"
    for name in ("client_id", "client_secret", "refresh_token", "access_token")
}


def declared(service: LettingIn, *, long_lived: bool = False) -> SignIn:
    """Return how an application is let in by the fake service."""
    exchanged = LongLived(
        exchange=f"{service.base_url}/exchange",
        exchange_grant="th_exchange_token",
        renew=f"{service.base_url}/renew",
        renew_grant="th_refresh_token",
    )
    return SignIn(
        network="Sample",
        authorize="https://sample.example/authorize",
        token=f"{service.base_url}/token",
        scopes=("read", "write"),
        client_by=ClientBy.BASIC if service.basic else ClientBy.BODY,
        rotates=service.rotates,
        pkce=service.pkce,
        ends=service.refresh_lasts < 0,
        forgives=service.grace,
        who=Who(f"{service.base_url}/me", ("data", 0, "username")),
        long_lived=exchanged if long_lived else None,
    )


def described(**secrets: str) -> SourceConfig[Any]:
    """Describe a source with the application's secrets, and these."""
    return SourceConfig(name=NAME, kind="sample", options=None, secrets=CLIENT | secrets, allow_private=True)


@dataclass
class Replica:
    """One process that asks the service with the account of the source; its time goes on only as a test says."""

    service: LettingIn = field(repr=False)
    database: Database | None
    seed: str = field(default="", repr=False)
    keys: str = KEY
    long_lived: bool = False
    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        database = AsyncDatabase(self.database) if self.database is not None else None
        self.accounts = Accounts(database, Seal.of(self.keys), self.clock, Ids())
        self.fetcher = Fetcher(self.clock, seconds=5)
        self.tools = tools = SourceTools(
            fetcher=self.fetcher, isolation=Isolation(), clock=self.clock, accounts=self.accounts
        )
        sign_in = declared(self.service, long_lived=self.long_lived)
        config = described(**{sign_in.seed: self.seed} if self.seed else {})
        kind = SelfRenewing if self.long_lived else OAuth2
        self.account = kind(sign_in, config, tools, VARIABLES)
        self.endpoint = TokenEndpoint(sign_in, config, tools, VARIABLES)
        self.rest = Rest(
            self.fetcher,
            self.service.base_url,
            name="Sample",
            not_ours="That is not Sample.",
            renew=self.account.renew,
            headers=self.account.headers,
            due=self.account.due,
            allow_private=True,
        )

    async def ask(self) -> bool:
        """Ask who we are; says whether we were told."""
        return (await self.rest.get("/me")).ok


@dataclass
class HeldTime:
    """A time that moves only when a test moves it."""

    moment: datetime = datetime(2026, 3, 4, 5, 6, tzinfo=UTC)

    def now(self) -> datetime:
        """Return it."""
        return self.moment

    def passes(self, **spans: float) -> None:
        """Move it on."""
        self.moment += timedelta(**spans)

    @property
    def clock(self) -> Clock:
        """A clock that shows it."""
        return Clock(now=self.now)


@dataclass
class House:
    """A service, and the replicas that ask it."""

    service: LettingIn = field(repr=False)
    database: Database
    clock: Clock = field(default_factory=Clock)
    replicas: list[Replica] = field(default_factory=list)

    def replica(self, seed: str = "", **how: Any) -> Replica:
        """Start one."""
        made = Replica(self.service, seed=seed, **{"database": self.database, "clock": self.clock, **how})
        self.replicas.append(made)
        return made

    @property
    def row(self) -> CredentialRow:
        """What is kept of the account."""
        row = self.database.read(lambda session: credentials.get(session, NAME))
        assert row is not None
        return row


def lived(story: Callable[[House], Awaitable[None]], database: Database, **service: Any) -> None:
    """Let a story happen in a house with a service, and close what was opened."""

    async def run() -> None:
        async with LettingIn(**service).serve() as serving:
            house = House(serving, database)
            try:
                await story(house)
            finally:
                for one in house.replicas:
                    await one.accounts.stop()
                    await one.fetcher.aclose()

    asyncio.run(run())
