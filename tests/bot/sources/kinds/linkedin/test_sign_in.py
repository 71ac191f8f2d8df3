"""Signing in at LinkedIn: without PKCE, for a year at most, and for 60 days where it gives nothing to refresh by."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from bot.net.client import Fetcher
from bot.net.errors import SignedOut
from bot.runtime.async_database import AsyncDatabase
from bot.runtime.clock import Clock
from bot.runtime.ids import Ids
from bot.sources.base import SourceConfig
from bot.sources.kinds.linkedin.options import LinkedInOptions
from bot.sources.kinds.linkedin.source import LinkedIn
from bot.sources.kit.accounts import Accounts
from bot.sources.kit.login import Login
from bot.sources.kit.sandbox import Isolation
from bot.sources.kit.seals import Seal
from bot.sources.kit.tools import SourceTools
from bot.sources.registry import secret_variables, sign_in
from storage.engine.database import Database
from tests.fakes.letting_in import CLIENT
from tests.fakes.linkedin import NOW, NUMBER, SCOPES, FakeLinkedIn
from tests.harness.accounts import KEY

REDIRECT = "http://127.0.0.1:8484/oauth/page"


class Office:
    """One installation, whose time goes on as a test says."""

    def __init__(self, site: FakeLinkedIn, database: Database) -> None:
        self.now: datetime = NOW
        self.site = site
        site.now = site.letting.now = lambda: self.now
        clock = Clock(lambda: self.now)
        self.fetcher = Fetcher(clock, seconds=5)
        accounts = Accounts(AsyncDatabase(database), Seal.of(KEY), clock, Ids())
        self.tools = SourceTools(fetcher=self.fetcher, isolation=Isolation(), clock=clock, accounts=accounts)
        base = site.base_url
        options = LinkedInOptions(organization=NUMBER, base_url=base, token_url=f"{base}/oauth/v2/accessToken")
        self.config = SourceConfig(name="page", kind="linkedin", options=options, secrets=CLIENT, allow_private=True)

    async def sign_in(self) -> tuple[list[str], str]:
        """Sign in; returns what the person is told, and the address that they opened."""
        declared = sign_in(self.config)
        assert declared is not None
        login = Login(declared, self.config, self.tools, secret_variables("linkedin", "page"), REDIRECT)
        address = await login.begin()
        return (await login.paste(self.site.letting.consent(address))).sentences, address

    def source(self) -> LinkedIn:
        """Make the source."""
        return LinkedIn(self.config, self.tools)


def lived(story: Callable[[Office], Awaitable[None]], database: Database, *, refreshes: bool = True) -> None:
    async def run() -> None:
        async with FakeLinkedIn().serve() as site:
            if not refreshes:
                site.letting.refresh_lasts = -1
            office = Office(site, database)
            try:
                await story(office)
            finally:
                await office.fetcher.aclose()

    asyncio.run(run())


def test_an_administrator_signs_in_and_the_page_is_heard_for_a_year(database: Database) -> None:
    async def story(office: Office) -> None:
        with pytest.raises(SignedOut, match="dibs source login page"):
            await office.source().poll("")
        said, address = await office.sign_in()
        asked = parse_qs(urlsplit(address).query)
        assert address.startswith("https://www.linkedin.com/oauth/v2/authorization?")
        assert asked["scope"] == [" ".join(SCOPES)]
        assert not asked.keys() & {"code_challenge", "code_challenge_method"}
        assert said[-1].endswith("is renewed by itself.")
        for _ in range(6):
            await office.source().poll("")
            office.now += timedelta(days=60)
        assert (await office.source().prove()).until == NOW + timedelta(days=365)

    lived(story, database)


def test_where_nothing_refreshes_it_the_end_is_told_and_then_somebody_signs_in_again(database: Database) -> None:
    async def story(office: Office) -> None:
        said, _ = await office.sign_in()
        assert said[-1].endswith("nothing renews it: sign in again before.")
        assert (await office.source().prove()).until == NOW + timedelta(days=60)
        office.now += timedelta(days=60)
        with pytest.raises(SignedOut, match="gave nothing to refresh it by"):
            await office.source().poll("")
        await office.sign_in()
        await office.source().poll("")

    lived(story, database, refreshes=False)
