"""A running Dibs and its accounts: it starts without one, goes on with one, and seals anew at a start."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.app import App, build
from bot.runtime.async_database import AsyncDatabase
from bot.runtime.clock import Clock
from bot.runtime.ids import Ids
from bot.settings.settings import load_settings
from bot.sources import registry
from bot.sources.kit.accounts import Accounts
from bot.sources.kit.options import OptionError
from bot.sources.kit.seals import Seal
from storage.engine.database import Database, open_engine
from storage.listen import sources
from storage.work import incidents
from tests.bot.cli.test_source import TOML
from tests.fakes.letting_in import CLIENT, LettingIn
from tests.harness import sample_kind
from tests.harness.accounts import KEY, NAME, OTHER_KEY
from tests.harness.engines import migrated
from tests.harness.letting_in import serving
from tests.harness.patience import HANG_SECONDS


@pytest.fixture
def service() -> Iterator[LettingIn]:
    with serving() as found:
        yield found


@pytest.fixture
def environ(service: LettingIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    monkeypatch.setitem(registry.KINDS, "sample", sample_kind.ENTRY)
    told = TOML.partition('[[sources]]\nname = "blog"')[0].format(url=service.base_url)
    (tmp_path / "dibs.toml").write_text(told)
    (tmp_path / "dibs.db").write_bytes(migrated())
    secrets = {f"DIBS_SOURCE_ACME_SOCIAL_{name.upper()}": value for name, value in CLIENT.items()}
    places = {"DIBS_CONFIG": str(tmp_path / "dibs.toml"), "DIBS_DATABASE_URL": f"sqlite:///{tmp_path / 'dibs.db'}"}
    return {**secrets, **places, "DIBS_PORT": "0", "DIBS_KEY": KEY}


def run(environ: dict[str, str], *, until_heard: bool) -> list[str]:
    """Start, wait until the source was asked, and stop; returns what is wrong then."""

    async def live(app: App) -> list[str]:
        await app.start()
        try:
            async with asyncio.timeout(HANG_SECONDS):
                while not any(
                    one.last_ok_at if until_heard else one.trouble
                    for one in await app.backend.read(lambda session: sources.states(session, [NAME]))
                ):
                    await asyncio.sleep(0.02)
            return [one.what for one in await app.backend.read(incidents.all_of)]
        finally:
            await app.stop()

    return asyncio.run(live(build(load_settings(environ), Clock(), Ids())))


def test_a_source_waits_until_somebody_signed_in_and_its_account_is_sealed_anew_at_a_start(
    environ: dict[str, str], service: LettingIn
) -> None:
    said = f"Nobody has signed in yet: run `dibs source login {NAME}`."
    assert run(environ, until_heard=False) == [f"Nothing is heard at {NAME}, and replies there wait: {said}"]
    assert run({**environ, "DIBS_SOURCE_ACME_SOCIAL_REFRESH_TOKEN": service.seed()}, until_heard=True) == []
    both = {**environ, "DIBS_KEY": f"{OTHER_KEY} {KEY}"}
    assert run(both, until_heard=True) == []

    async def look() -> bool:
        database = Database(open_engine(environ["DIBS_DATABASE_URL"]))
        accounts = Accounts(AsyncDatabase(database), Seal.of(OTHER_KEY), Clock(), Ids())
        try:
            return await accounts.read(NAME, None) is not None
        finally:
            await asyncio.to_thread(database.close)

    assert asyncio.run(look())
    assert len(service.exchanges) == 1


def test_without_a_key_there_is_no_start(environ: dict[str, str]) -> None:
    with pytest.raises(OptionError, match="DIBS_KEY is not set"):
        build(load_settings({**environ, "DIBS_KEY": ""}), Clock(), Ids())
