"""Sign-in by a proxy, and how long a session lasts that nobody uses."""

import re
from collections.abc import Iterator
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest

from bot.chat.desk.settings import DeskSettings, SigningProxy
from bot.settings.settings import load_settings
from bot.toml.problems import SettingsError
from handlers.people.operators import find_anybody, switch
from handlers.people.sign_in import SESSION_LIVES
from storage.people import people
from tests.bot.chat.desk.installation import Browser, DeskInstallation, open_installation

HEADER = "X-Forwarded-Email"
HERE, ELSEWHERE = "127.0.0.0/8", "192.0.2.0/24"
URL = "https://dibs.acme.example"


@pytest.fixture
def proxied(tmp_path: Path) -> Iterator[DeskInstallation]:
    proxy = SigningProxy(header=HEADER, networks=(ip_network(HERE),))
    with open_installation(tmp_path, proxy=proxy, idle=timedelta(days=7)) as house:
        yield house


def name_on(page: str) -> str:
    found = re.search(r'name="csrf" value="(\w+)"', page)
    return found[1] if found else ""


def test_whom_a_proxy_signed_in_is_at_the_desk_and_changes_things_as_everybody(proxied: DeskInstallation) -> None:
    mention = proxied.scene.arrive("Where is my refund?")
    ana = Browser(proxied)
    first = ana.get("/", **{HEADER: "ANA@Acme.Example"})
    assert first.status_code == 200
    assert "HttpOnly" in first.headers["Set-Cookie"]
    assert "Set-Cookie" not in ana.get("/", **{HEADER: "ana@acme.example"}).headers, "one session, not one a page"
    ana.client.headers[HEADER] = "ana@acme.example"
    assert ana.post(f"/m/{mention.token}/claim", {"csrf": "wrong"}).status_code == 403
    ana.press("claim", mention.token)
    owner = proxied.scene.look(mention).owner_id
    assert owner is not None
    assert proxied.scene.database.read(lambda session: people.get(session, owner)).name == "Ana"


def test_an_unknown_address_is_a_full_member_without_a_department(proxied: DeskInstallation) -> None:
    assert Browser(proxied).get("/", **{HEADER: "Dora@acme.example"}).status_code == 200
    dora = proxied.scene.database.read(lambda session: people.by_email(session, "dora@acme.example"))
    assert dora is not None
    assert dora.active
    assert proxied.scene.database.read(lambda session: people.department_ids(session, dora.id)) == []


def test_who_is_switched_off_stays_out_and_is_told_so(proxied: DeskInstallation) -> None:
    now = proxied.scene.now
    proxied.scene.database.write(lambda session: switch(session, find_anybody(session, "Ben"), now, on=False))
    answer = Browser(proxied).get("/", **{HEADER: "ben@acme.example"})
    assert answer.status_code == 403
    assert "switched off" in answer.text


def test_a_header_from_an_address_that_is_not_listed_is_refused_whatever_else_it_says(tmp_path: Path) -> None:
    proxy = SigningProxy(header=HEADER, networks=(ip_network(ELSEWHERE),))
    with open_installation(tmp_path, proxy=proxy) as house:
        house.scene.arrive("Where is my refund?")
        forged = {HEADER: "ana@acme.example", "X-Forwarded-For": "192.0.2.7", "Forwarded": "for=192.0.2.7"}
        for browser in (Browser(house), house.visitor("Ben")):
            answer = browser.get("/", **forged)
            assert answer.status_code == 403
            assert "may not say so" in answer.text
            assert "refund" not in answer.text
        assert house.visitor("Ben").get("/").status_code == 200, "a link lets in as ever"


@pytest.mark.parametrize(
    "told", [[], ["ana@acme.example", "ben@acme.example"], ["ana@acme.example, ben@acme.example"], ["ana"], ["x" * 400]]
)
def test_what_is_not_said_exactly_once_and_plainly_lets_nobody_in(proxied: DeskInstallation, told: list[str]) -> None:
    answer = Browser(proxied).client.get("/", headers=[(HEADER, one) for one in told])
    assert answer.status_code == (403 if told else 401)


def test_who_signs_in_as_somebody_else_is_somebody_else_and_sends_nothing_typed_before(
    proxied: DeskInstallation,
) -> None:
    browser = Browser(proxied)
    page = browser.get("/log", **{HEADER: "ana@acme.example"}).text
    sent = browser.post("/sessions", {"csrf": name_on(page), "which": "all"}, **{HEADER: "ben@acme.example"})
    assert sent.status_code == 403
    changed = browser.get("/log", **{HEADER: "ben@acme.example"})
    assert "Set-Cookie" in changed.headers
    assert name_on(changed.text) != name_on(page)


def test_without_a_proxy_in_dibs_toml_the_header_means_nothing(house: DeskInstallation) -> None:
    assert Browser(house).get("/", **{HEADER: "ana@acme.example"}).status_code == 401


# --- sessions --------------------------------------------------------------------------------------------------------


def test_a_session_ends_unused_and_lasts_while_it_is_used_but_not_for_ever(proxied: DeskInstallation) -> None:
    used, unused = proxied.visitor("Ana"), proxied.visitor("Ben")
    for _ in range(2):
        proxied.scene.pass_time(days=4)
        assert used.get("/").status_code == 200
        unused.get("/tabs")  # an open page asks that by itself
    assert unused.get("/").status_code == 401
    proxied.scene.pass_time(days=5)
    assert used.get("/").status_code == 200
    proxied.scene.now += SESSION_LIVES - timedelta(days=13)
    assert used.get("/").status_code == 401


def test_one_ends_all_sessions_of_oneself_and_nobody_elses(proxied: DeskInstallation) -> None:
    here, there, ben = proxied.visitor("Ana"), proxied.visitor("Ana"), proxied.visitor("Ben")
    assert here.post("/sessions", {"csrf": here.csrf, "which": "all"}).status_code == 200
    assert [one.get("/").status_code for one in (here, there, ben)] == [401, 401, 200]


# --- settings --------------------------------------------------------------------------------------------------------


def desk(folder: Path, text: str) -> DeskSettings:
    path = folder / "dibs.toml"
    path.write_text(f"[departments.support]\n[desk]\n{text}\n")
    found: DeskSettings = load_settings({"DIBS_PUBLIC_URL": URL}, config_path=path).platforms["desk"]
    return found


def test_the_table_of_the_desk_is_read(tmp_path: Path) -> None:
    found = desk(tmp_path, f'proxy_header = "{HEADER}"\nproxies = ["127.0.0.1", "fd00::/8"]\nidle = "7d"')
    networks = (ip_network("127.0.0.1/32"), ip_network("fd00::/8"))
    assert found == DeskSettings(proxy=SigningProxy(header=HEADER, networks=networks), idle=timedelta(days=7))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('proxies = ["127.0.0.1"]', "counts for nothing without proxy_header"),
        (f'proxy_header = "{HEADER}"', "counts for nothing without proxies"),
        (f'proxy_header = "{HEADER}"\nproxies = []', "counts for nothing without proxies"),
        (f'proxy_header = "{HEADER}"\nproxies = ["0.0.0.0/0"]', "is everybody"),
        (f'proxy_header = "{HEADER}"\nproxies = ["proxy.acme.example"]', "is no address such as"),
        ('proxy_header = "X-Forwarded-For"\nproxies = ["127.0.0.1"]', "is no header for this"),
        ('idle = "7"', "is a time such as"),
        ('idle = "15d"', "from 5 minutes to 14 days"),
    ],
)
def test_half_of_it_or_what_makes_no_sense_is_told(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(SettingsError, match=re.escape(sentence)):
        desk(tmp_path, text)
