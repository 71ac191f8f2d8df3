"""Signing in at Google, as both of its kinds do: by `dibs source login`, with a token that stays."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest

from bot.net.client import Fetcher
from bot.net.errors import SignedOut
from bot.runtime.async_database import AsyncDatabase
from bot.runtime.clock import Clock
from bot.runtime.ids import Ids
from bot.sources.base import SourceConfig
from bot.sources.kinds.youtube.options import YouTubeOptions
from bot.sources.kinds.youtube.source import YouTube
from bot.sources.kit.accounts import Accounts
from bot.sources.kit.login import Login, LoginFailed
from bot.sources.kit.sandbox import Isolation
from bot.sources.kit.seals import Seal
from bot.sources.kit.tools import SourceTools
from bot.sources.registry import secret_variables, sign_in
from storage.engine.database import Database
from tests.bot.sources.scene import NOW
from tests.fakes.google import SECRETS
from tests.fakes.youtube import US, FakeYouTube
from tests.harness.accounts import KEY

REDIRECT = "http://127.0.0.1:8484/oauth/tube"
CLIENT = {name: value for name, value in SECRETS.items() if name != "refresh_token"}

Story = Callable[[FakeYouTube, SourceConfig[YouTubeOptions], SourceTools], Awaitable[None]]


def lived(story: Story, database: Database) -> None:
    async def run() -> None:
        clock = Clock(lambda: NOW)
        fetcher = Fetcher(clock, seconds=5)
        accounts = Accounts(AsyncDatabase(database), Seal.of(KEY), clock, Ids())
        tools = SourceTools(fetcher=fetcher, isolation=Isolation(), clock=clock, accounts=accounts)
        async with FakeYouTube(now=lambda: NOW).serve() as site:
            options = YouTubeOptions(channel=US, base_url=site.base_url, token_url=f"{site.base_url}/token")
            config = SourceConfig(name="tube", kind="youtube", options=options, secrets=CLIENT, allow_private=True)
            try:
                await story(site, config, tools)
            finally:
                await fetcher.aclose()

    asyncio.run(run())


def login(config: SourceConfig[YouTubeOptions], tools: SourceTools, *, more: dict[str, str] | None = None) -> Login:
    declared = sign_in(config)
    assert declared is not None
    declared = declared if more is None else replace(declared, more=more)
    return Login(declared, config, tools, secret_variables(config.kind, config.name), REDIRECT)


def test_whoever_owns_the_channel_signs_in_and_it_is_heard(database: Database) -> None:
    async def story(site: FakeYouTube, config: SourceConfig[YouTubeOptions], tools: SourceTools) -> None:
        source = YouTube(config, tools)
        with pytest.raises(SignedOut, match="dibs source login tube"):
            await source.poll("")
        found = login(config, tools)
        address = await found.begin()
        asked = parse_qs(urlsplit(address).query)
        assert address.startswith("https://accounts.google.com/o/oauth2/v2/auth?")
        assert asked["scope"] == ["https://www.googleapis.com/auth/youtube.force-ssl"]
        signed_in = await found.paste(site.tokens.consent(address))
        assert signed_in.sentences[0] == "Signed in to YouTube as Acme."
        site.comment(1, "acme")
        assert len((await YouTube(config, tools).poll("")).events) == 1
        site.tokens.expire()
        await YouTube(config, tools).poll("")
        site.tokens.revoke()
        with pytest.raises(SignedOut, match="dibs source login tube"):
            await YouTube(config, tools).poll("")

    lived(story, database)


def test_google_gives_no_token_that_stays_to_who_does_not_ask_for_it(database: Database) -> None:
    async def story(site: FakeYouTube, config: SourceConfig[YouTubeOptions], tools: SourceTools) -> None:
        found = login(config, tools, more={})
        led = site.tokens.consent(await found.begin())
        with pytest.raises(LoginFailed, match="no token to refresh by"):
            await found.paste(led)

    lived(story, database)
