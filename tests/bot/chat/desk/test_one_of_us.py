"""The desk lets in whom a chat platform would: a seat there is no account of its own kind; what ended stays ended."""

from dataclasses import replace
from functools import partial

import pytest

from handlers.people.accounts import Account, learn_account
from handlers.verbs import ON_CARDS
from storage.tables.states import IdentityKind
from tests.bot.chat.desk.installation import DeskInstallation

ANA = Account(platform="slack", workspace="T1", external_id="UANA", name="Ana", email="ana@acme.example")
GUEST = replace(ANA, kind=IdentityKind.GUEST)
GONE = replace(ANA, active=False)
STRANGER = replace(ANA, kind=IdentityKind.OUTSIDER, active=False)
IN_TEAMS = replace(ANA, platform="teams", workspace="tenant", external_id="aad-ana")
PAGES = ("/", "/log", "/digest", "/sources", "/tabs", "/live", "/add")


def tell(house: DeskInstallation, *accounts: Account) -> None:
    for one in accounts:
        house.scene.database.write(partial(learn_account, account=one, now=house.scene.now))


def test_who_became_a_guest_neither_looks_nor_acts_and_is_told_why(house: DeskInstallation) -> None:
    ana, mention = house.visitor("Ana"), house.scene.arrive()
    form = ana.form(f"/m/{mention.token}", mention.token)
    tell(house, GUEST)
    for path in (*PAGES, f"/m/{mention.token}", f"/m/{mention.token}/card", f"/m/{mention.token}/draft"):
        page = ana.get(path)
        assert (page.status_code, "Guests cannot do this here" in page.text) == (403, True), path
        assert mention.token not in page.text
    for verb in ON_CARDS:
        assert ana.post(f"/m/{mention.token}/{verb.name}", {**form, "text": "Hello"}).status_code == 403
    assert house.scene.log(mention) == ["arrived"]


@pytest.mark.parametrize("ended", [GUEST, GONE, STRANGER], ids=["guest", "deactivated", "stranger"])
def test_who_is_a_full_member_somewhere_else_still_is_one(house: DeskInstallation, ended: Account) -> None:
    tell(house, IN_TEAMS)
    ana, mention = house.visitor("Ana"), house.scene.arrive()
    tell(house, ended)
    assert ana.press("claim", mention.token).status_code == 303
    assert house.scene.log(mention) == ["arrived", "claimed"]
    tell(house, replace(IN_TEAMS, kind=IdentityKind.GUEST))
    assert ana.get("/").status_code in (401, 403)


@pytest.mark.parametrize("ended", [GONE, STRANGER], ids=["deactivated", "stranger"])
def test_a_session_that_ended_stays_ended_and_so_do_links(house: DeskInstallation, ended: Account) -> None:
    ana, link = house.visitor("Ana"), house.link("Ana")
    tell(house, ended)
    assert ana.get("/").status_code == 401
    house.scene.pass_time(days=1)
    tell(house, ANA)
    assert ana.get("/").status_code == 401
    assert ana.get(link.removeprefix(house.url)).status_code == 403
    assert house.visitor("Ana").get("/").status_code == 200


def test_who_became_a_full_member_again_goes_on(house: DeskInstallation) -> None:
    ana = house.visitor("Ana")
    tell(house, GUEST)
    assert ana.get("/").status_code == 403
    tell(house, ANA)
    assert ana.get("/").status_code == 200


def test_of_several_links_the_newest_alone_is_good(house: DeskInstallation) -> None:
    links = [house.link("Ana").removeprefix(house.url) for _ in range(4)]
    others = house.link("Ben").removeprefix(house.url)
    browser = house.visitor("Chloe")
    assert [browser.get(one).status_code for one in links] == [403, 403, 403, 200]
    keys = [one.removeprefix("/enter?key=") for one in links]
    assert [browser.post("/enter", {"key": one}).status_code for one in reversed(keys)] == [303, 403, 403, 403]
    assert browser.get(others).status_code == 200
