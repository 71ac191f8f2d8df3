"""The page on which an admin lets Dibs in at a network: for admins alone, once, and by whoever began it."""

import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from bot.net.client import Fetcher
from bot.runtime.async_database import AsyncDatabase
from bot.runtime.clock import Clock
from bot.runtime.ids import Ids
from bot.sources import registry
from bot.sources.base import SourceConfig, SourceSettings
from bot.sources.kit.accounts import Accounts
from bot.sources.kit.sandbox import Isolation
from bot.sources.kit.seals import Seal
from bot.sources.kit.tools import SourceTools
from bot.sources.signing_in import SigningIn
from handlers.base.organisation import SourceRules
from storage.listen import credentials, sources
from tests.bot.chat.desk.installation import Browser, DeskInstallation, open_installation
from tests.fakes.letting_in import CLIENT, LettingIn
from tests.harness import sample_kind
from tests.harness.accounts import KEY, NAME
from tests.harness.letting_in import serving
from tests.harness.loops import run_in
from tests.harness.scene import ORGANISATION

PAGE = f"/oauth/{NAME}"


@pytest.fixture
def service() -> Iterator[LettingIn]:
    with serving() as found:
        yield found


@pytest.fixture
def house(service: LettingIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[DeskInstallation]:
    monkeypatch.setitem(registry.KINDS, "sample", sample_kind.ENTRY)
    options = sample_kind.SampleOptions(base_url=service.base_url)
    config = SourceConfig(name=NAME, kind="sample", options=options, secrets=CLIENT, allow_private=True)
    fetcher = Fetcher(Clock())
    rules = SourceRules(name=NAME, kind="sample")
    tables = (SourceSettings(config=config, rules=rules),)
    organisation = replace(ORGANISATION, sources=(*ORGANISATION.sources, rules))

    def signing_in(database: AsyncDatabase, url: str) -> SigningIn:
        clock = Clock()
        accounts = Accounts(database, Seal.of(KEY), clock, Ids())
        tools = SourceTools(fetcher=fetcher, isolation=Isolation(), clock=clock, accounts=accounts)
        return SigningIn(tables, tools, url)

    with open_installation(tmp_path, organisation, signing_in=signing_in) as opened:
        yield opened
        run_in(opened.loop, fetcher.aclose())


def led(browser: Browser, service: LettingIn) -> str:
    """Press the button, open the network's address, agree; returns the address to which one is led back."""
    page = browser.post(PAGE, {"csrf": browser.csrf}).text
    found = re.search(r'href="(https://sample\.example/authorize[^"]*)"', page)
    assert found is not None
    parts = urlsplit(service.consent(unescape(found[1])))
    assert f"{parts.scheme}://{parts.netloc}" == browser.house.url
    return f"{parts.path}?{parts.query}"


def version(house: DeskInstallation) -> int:
    row = house.scene.database.read(lambda session: credentials.get(session, NAME))
    return row.version if row is not None else 0


def test_an_admin_signs_in_and_is_told_as_whom(house: DeskInstallation, service: LettingIn) -> None:
    ana = house.visitor("Ana")
    assert f"{house.url}{PAGE}" in ana.get(PAGE).text
    address = led(ana, service)
    page = ana.client.get(address, headers={"Sec-Fetch-Site": "cross-site"})
    assert page.status_code == 200
    assert "Signed in to Sample as acme." in page.text
    assert version(house) == 1
    for token in (service.families[0].access, service.families[0].refreshes[0]):
        assert token not in page.text
    again = ana.get(address)
    assert (again.status_code, version(house)) == (400, 1)
    assert "belongs to no sign-in" in again.text


def test_whoever_is_no_admin_signs_in_nowhere(house: DeskInstallation, service: LettingIn) -> None:
    ben, address = house.visitor("Ben"), led(house.visitor("Ana"), service)
    for answer in (ben.get(PAGE), ben.get(address), ben.post(PAGE, {"csrf": ben.csrf})):
        assert answer.status_code == 403
        assert "Only an admin signs in at networks" in answer.text
    assert Browser(house).get(address).status_code == 401
    assert version(house) == 0


def test_what_one_session_began_another_does_not_end(house: DeskInstallation, service: LettingIn) -> None:
    ana, elsewhere = house.visitor("Ana"), house.visitor("Ana")
    address = led(ana, service)
    assert elsewhere.get(address).status_code == 400
    assert version(house) == 0
    assert ana.get(address).status_code == 200


def test_the_page_of_sources_leads_an_admin_there_and_nobody_else(house: DeskInstallation) -> None:
    house.scene.database.write(lambda session: sources.ensure(session, NAME, "sample", ""))
    assert house.visitor("Ana").get("/sources").text.count(f'href="{PAGE}"') == 1
    assert PAGE not in house.visitor("Ben").get("/sources").text


def test_it_is_begun_by_our_own_form_alone(house: DeskInstallation) -> None:
    ana = house.visitor("Ana")
    assert ana.post(PAGE, {"csrf": "x"}).status_code == 403
    assert ana.post(PAGE, {"csrf": ana.csrf}, Origin="https://evil.example").status_code == 403


def test_where_nobody_signs_in_there_is_no_such_page(house: DeskInstallation) -> None:
    ana = house.visitor("Ana")
    assert ana.get("/oauth/nowhere").status_code == 404
    assert ana.get("/oauth/%00").status_code == 404


def test_what_the_network_says_in_its_answer_is_no_markup(house: DeskInstallation) -> None:
    ana = house.visitor("Ana")
    page = ana.get(f"{PAGE}?error=%3Cb%3Esesame")
    assert page.status_code == 400
    assert "says that nobody agreed. Nothing was changed." in page.text
    assert "sesame" not in page.text
