"""`dibs check` proves accounts: each line says what is so, and each that is not well has the cure that fits it."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.chat.base import Finding
from bot.cli import check_proofs
from bot.cli.check import check_all
from bot.cli.check_accounts import check_accounts
from bot.net.errors import SourceUnavailable
from bot.settings.settings import Settings, load_settings
from bot.sources import registry
from bot.sources.base import Batch, Capabilities, Replier, SourceConfig, SourceSettings
from bot.sources.kinds.github.options import GitHubOptions
from bot.sources.kit.tools import SourceTools
from bot.sources.proof import Lack, Proof
from bot.sources.registry import KindEntry
from handlers.base.budget import Budget, Unit, Window
from handlers.base.organisation import SourceRules
from storage.engine.database import Database
from tests.fakes import bluesky, discourse, discourse_board, github, github_things, mastodon, reddit, wordpress
from tests.fakes.letting_in import CLIENT, LettingIn
from tests.harness import sample_kind
from tests.harness.accounts import KEY
from tests.harness.scene import ORGANISATION

DEPARTMENT = '[departments.support]\nname = "Customer support"\n'
NETWORKS = """
[[sources]]
name = "sky"
kind = "bluesky"
query = "acme"
handle = "acme.example"
base_url = "{sky}"
allow_private = true

[[sources]]
name = "fedi"
kind = "mastodon"
listen = "search"
query = "acme"
base_url = "{fedi}"
allow_private = true

[[sources]]
name = "talk"
kind = "reddit"
username = "acme_support"
query = "acme"
base_url = "{talk}"
auth_url = "{talk}"
allow_private = true

[[sources]]
name = "forum"
kind = "discourse"
username = "{us_there}"
base_url = "{forum}"
allow_private = true

[[sources]]
name = "code"
kind = "github"
username = "{us}"
repositories = ["acme/app"]
base_url = "{code}"
allow_private = true

[[sources]]
name = "blog"
kind = "wordpress"
base_url = "{blog}"
allow_private = true

[[sources]]
name = "news"
kind = "feed"
url = "https://news.example/feed.xml"
"""
SECRETS = {
    "SKY_APP_PASSWORD": "app-pass-word-1",
    "FEDI_ACCESS_TOKEN": mastodon.TOKEN,
    **{f"TALK_{name.upper()}": value for name, value in reddit.SECRETS.items()},
    "FORUM_API_KEY": discourse.KEY,
    "CODE_TOKEN": github.TOKEN,
    **{f"BLOG_{name.upper()}": value for name, value in wordpress.SECRETS.items()},
}


@dataclass
class Networks:
    """The networks on loopback, and what is configured of them."""

    sky: bluesky.FakeBluesky
    fedi: mastodon.FakeMastodon
    talk: reddit.FakeReddit
    forum: discourse.FakeDiscourse
    code: github.FakeGitHub
    blog: wordpress.FakeWordPress
    settings: Settings

    async def proved(self) -> dict[str, list[tuple[str, str, str]]]:
        """Return, by subject, what is found: "ok", "warn" or "fail", the sentence, and the cure."""
        return by_subject(await check_proofs.check_proofs(self.settings, None))


def by_subject(findings: list[Finding]) -> dict[str, list[tuple[str, str, str]]]:
    found: dict[str, list[tuple[str, str, str]]] = {}
    for one in findings:
        mark = "fail" if not one.ok else "warn" if one.mend else "ok"
        found.setdefault(one.subject, []).append((mark, one.sentence, one.mend))
    return found


def at_work(folder: Path, story: Callable[[Networks], Awaitable[None]]) -> None:
    """Run a story with every network that has a fake."""

    async def run() -> None:
        async with AsyncExitStack() as stack:
            sky = await stack.enter_async_context(bluesky.FakeBluesky())
            sky.add_account("acme.example")
            fedi = await stack.enter_async_context(mastodon.FakeMastodon().serve())
            talk = await stack.enter_async_context(reddit.FakeReddit().serve())
            forum = await stack.enter_async_context(discourse.FakeDiscourse().serve())
            code = await stack.enter_async_context(github.FakeGitHub().serve())
            blog = await stack.enter_async_context(wordpress.FakeWordPress().serve())
            written = DEPARTMENT + NETWORKS.format(
                sky=sky.url,
                fedi=fedi.base_url,
                talk=talk.base_url,
                forum=forum.base_url,
                code=code.base_url,
                blog=blog.base_url,
                us=github_things.US,
                us_there=discourse_board.US,
            )
            (folder / "dibs.toml").write_text(written)
            environ = {f"DIBS_SOURCE_{name}": value for name, value in SECRETS.items()}
            environ["DIBS_DATABASE_URL"] = f"sqlite:///{folder / 'dibs.db'}"
            settings = load_settings(environ, config_path=folder / "dibs.toml")
            await story(Networks(sky, fedi, talk, forum, code, blog, settings))

    asyncio.run(run())


def test_every_account_is_proved_and_a_source_without_one_says_nothing(tmp_path: Path) -> None:
    async def story(networks: Networks) -> None:
        networks.code.ends = "2999-12-31 23:59:59 UTC"
        assert await networks.proved() == {
            "Account sky": [("ok", "It is let in as @acme.example.", "")],
            "Account fedi": [("ok", "It is let in as @acme@127.0.0.1, with the rights read, write:statuses.", "")],
            "Account talk": [("ok", "It is let in as u/acme_support, with the rights *.", "")],
            "Account forum": [
                ("ok", f"It is let in as {discourse_board.US}, with the rights admin, trust level 1.", "")
            ],
            "Account code": [("ok", f"It is let in as {github_things.US}, good until 2999-12-31 23:59 UTC.", "")],
            "Account blog": [("ok", "It is let in as acme-care, with the rights contributor.", "")],
        }

    at_work(tmp_path, story)


def test_what_is_revoked_names_its_variable_and_shows_no_secret(tmp_path: Path) -> None:
    async def story(networks: Networks) -> None:
        networks.sky.revoke(next(iter(networks.sky.accounts.values())))
        networks.fedi.token = networks.forum.key = networks.code.token = networks.blog.password = "another"
        networks.talk.refresh_token = "another"
        found = await networks.proved()
        for name, variable in (
            ("sky", "APP_PASSWORD"),
            ("fedi", "ACCESS_TOKEN"),
            ("talk", "REFRESH_TOKEN"),
            ("forum", "API_KEY"),
            ("code", "TOKEN"),
            ("blog", "APPLICATION_PASSWORD"),
        ):
            ((mark, sentence, _),) = found[f"Account {name}"]
            assert mark == "fail"
            assert f"DIBS_SOURCE_{name.upper()}_{variable}" in sentence
        assert not [one for one in SECRETS.values() if one in repr(found) and one != wordpress.SECRETS["user"]]

    at_work(tmp_path, story)


def test_a_missing_right_is_a_line_of_its_own_and_only_hearing_is_worth_a_failure(tmp_path: Path) -> None:
    async def story(networks: Networks) -> None:
        networks.fedi.scopes = ("read:accounts",)
        networks.talk.scope, networks.code.scopes, networks.blog.role = "identity read history", "gist", "subscriber"
        found = await networks.proved()
        assert [mark for mark, _, _ in found["Account fedi"]] == ["ok", "fail", "warn"]
        assert [mark for mark, _, _ in found["Account talk"]] == ["ok", "warn"]
        assert [mark for mark, _, _ in found["Account code"]] == ["ok", "warn"]
        assert [mark for mark, _, _ in found["Account blog"]] == ["ok", "warn"]
        assert "DIBS_SOURCE_TALK_REFRESH_TOKEN" in found["Account talk"][1][2]

    at_work(tmp_path, story)


def test_where_the_network_is_down_no_key_is_to_be_made_anew(tmp_path: Path) -> None:
    (tmp_path / "dibs.toml").write_text(
        DEPARTMENT
        + NETWORKS.format(
            **dict.fromkeys(("sky", "fedi", "talk", "forum", "code", "blog"), "http://127.0.0.1:9"),
            us="a",
            us_there="b",
        )
    )
    environ = {f"DIBS_SOURCE_{name}": value for name, value in SECRETS.items()}
    settings = load_settings(environ, config_path=tmp_path / "dibs.toml")
    found = by_subject(asyncio.run(check_proofs.check_proofs(settings, None)))
    assert len(found) == 6
    for ((mark, sentence, mend),) in found.values():
        assert (mark, sentence) == ("fail", "No connection to 127.0.0.1.")
        assert mend.startswith("See whether this machine reaches it")
        assert "DIBS_SOURCE" not in sentence + mend


def test_a_service_that_is_not_well_is_no_wrong_key(tmp_path: Path) -> None:
    async def story(networks: Networks) -> None:
        networks.code.down = 503
        ((mark, sentence, mend),) = (await networks.proved())["Account code"]
        assert (mark, sentence) == ("fail", "127.0.0.1 answered 503.")
        assert mend == "See whether its service is well, and run this again. No key is wrong."

    at_work(tmp_path, story)


def test_a_token_that_ends_soon_is_a_warning(tmp_path: Path) -> None:
    async def story(networks: Networks) -> None:
        networks.code.ends = "2026-01-02 03:04:05 UTC"
        ((mark, _, mend),) = (await networks.proved())["Account code"]
        assert (mark, mend) == ("warn", "Make a new one there in time, and put it where this one stands.")

    at_work(tmp_path, story)


# --- budgets ---


def test_a_proof_is_paid_from_the_budget_and_a_source_that_is_spent_is_not_asked(database: Database) -> None:
    calls = Budget(unit=Unit("call", "calls"), most=1, window=Window.MONTH)

    async def story() -> None:
        async with github.FakeGitHub().serve() as site:
            options = GitHubOptions(username=github_things.US, repositories=("acme/app",), base_url=site.base_url)
            secrets = {"token": github.TOKEN}
            config = SourceConfig(name="code", kind="github", options=options, secrets=secrets, allow_private=True)
            rules = SourceRules(name="code", kind="github", budgets=(calls,))
            settings = Settings(organisation=ORGANISATION, sources=(SourceSettings(config=config, rules=rules),))
            (first,) = await check_proofs.check_proofs(settings, database)
            (second,) = await check_proofs.check_proofs(settings, database)
            assert (first.ok, first.mend) == (True, "")
            assert second.ok
            assert second.sentence.startswith(
                "It was not asked. Too little is left of 1 call a month; there is more at"
            )
            assert second.mend == "Run this again then, or raise its budget."
            assert len(site.asked) == 1

    asyncio.run(story())


# --- a kind of our own ---


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnOptions:
    """What it does."""

    does: str = ""


class Own:
    """A source whose account does what it is told."""

    capabilities = Capabilities(polls=True)
    replies: Replier | None = None

    def __init__(self, config: SourceConfig[OwnOptions], tools: SourceTools) -> None:
        """Take what it does."""
        self._does = config.options.does

    async def poll(self, checkpoint: str) -> Batch:
        """Find nothing."""
        return Batch(events=(), checkpoint="")

    async def prove(self) -> Proof | None:
        """Do it."""
        if self._does == "hang":
            await asyncio.Event().wait()
        if self._does == "shout":
            raise SourceUnavailable("No\n\x1b[31m" + "x" * 5_000)
        long = ("right",) * 1_000
        return Proof(who="x" * 5_000, rights=long, lacks=(Lack(sentence="It lacks.", mend="Mend."),))


@pytest.fixture
def own(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], list[Finding]]:
    here = "tests.bot.cli.test_check_proofs"
    entry = KindEntry(source=f"{here}:Own", options=f"{here}:OwnOptions")
    monkeypatch.setitem(registry.KINDS, "own", entry)

    def run(does: str) -> list[Finding]:
        return asyncio.run(check_proofs.check_proofs(configured("own", OwnOptions(does=does)), None))

    return run


def configured(kind: str, options: Any, **secrets: str) -> Settings:
    config = SourceConfig(name="us", kind=kind, options=options, secrets=secrets, allow_private=True)
    source = SourceSettings(config=config, rules=SourceRules(name="us", kind=kind))
    return Settings(organisation=ORGANISATION, sources=(source,), key=KEY)


def test_who_does_not_answer_keeps_nobody_waiting(
    own: Callable[[str], list[Finding]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(check_proofs, "SECONDS", 0.05)
    began = time.process_time()
    (found,) = own("hang")  # it would never come back by itself
    assert time.process_time() - began < 2
    assert not found.ok
    assert found.sentence == "It did not say within 0.05 seconds who we are."


def test_what_a_network_says_is_one_short_line(own: Callable[[str], list[Finding]]) -> None:
    for does in ("shout", ""):
        for one in own(does):
            assert len(one.sentence) <= 600
            assert one.sentence.isprintable()


# --- accounts that a person lets in ---


@pytest.fixture
def signed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A kind whose account a person lets in, and whose tokens to refresh by are good for one use."""

    class Proving(sample_kind.Sample):
        async def prove(self) -> Proof | None:
            await self.poll("")
            return Proof(who="acme")

    monkeypatch.setattr(sample_kind, "Sample", Proving)
    monkeypatch.setitem(registry.KINDS, "sample", sample_kind.ENTRY)


def test_what_a_proof_renews_is_kept_and_proves_the_next_time_too(database: Database, signed: None) -> None:
    async def story() -> None:
        async with LettingIn().serve() as service:
            options = sample_kind.SampleOptions(base_url=service.base_url)
            settings = configured("sample", options, refresh_token=service.seed(), **CLIENT)
            for _ in range(2):
                (found,) = await check_proofs.check_proofs(settings, database)
                assert (found.ok, found.sentence) == (True, "It is let in as acme.")
            (kept,) = await check_accounts(database, settings)
            assert kept.ok
            assert len(service.exchanges) == 1

    asyncio.run(story())


@pytest.mark.parametrize(("days", "mend"), [(365, ""), (10, "Run `dibs source login us`.")])
def test_an_account_that_nothing_renews_for_ever_says_until_when(
    database: Database, signed: None, days: int, mend: str
) -> None:
    async def story() -> None:
        async with LettingIn(refresh_lasts=days * 86_400).serve() as service:
            options = sample_kind.SampleOptions(base_url=service.base_url)
            settings = configured("sample", options, refresh_token=service.seed(), **CLIENT)
            await check_proofs.check_proofs(settings, database)
            (kept,) = await check_accounts(database, settings)
            assert kept.ok
            assert kept.sentence.startswith("Kept and sealed; a person has to sign in again before ")
            assert kept.mend == mend

    asyncio.run(story())


def test_an_account_that_ends_soon_and_that_a_person_lets_in_is_mended_by_signing_in(
    database: Database, signed: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def ends(_source: object) -> Proof:
        return Proof(who="acme", until=datetime.now(UTC) + timedelta(days=3))

    monkeypatch.setattr(sample_kind.Sample, "prove", ends)
    settings = configured("sample", sample_kind.SampleOptions(base_url="http://127.0.0.1:9"), **CLIENT)
    (found,) = asyncio.run(check_proofs.check_proofs(settings, database))
    assert (found.ok, found.mend) == (True, "Run `dibs source login us`.")


@pytest.mark.parametrize("kept", [True, False], ids=["database", "no database"])
def test_of_an_account_into_which_nobody_has_signed_yet_its_own_line_speaks(
    database: Database, kept: bool, signed: None
) -> None:
    options = sample_kind.SampleOptions(base_url="http://127.0.0.1:9")
    settings = configured("sample", options, **CLIENT)
    assert asyncio.run(check_proofs.check_proofs(settings, database if kept else None)) == []


def test_check_proves_accounts_beside_all_else(tmp_path: Path) -> None:
    async def story(networks: Networks) -> None:
        found = [one.subject for one in await check_all(networks.settings)]
        assert found.count("Account fedi") == 1

    at_work(tmp_path, story)
