"""The desk lets in whom a chat platform would: a seat there is no account of its own kind; what ended stays ended."""

import re
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import replace
from functools import partial

import pytest
from sqlmodel import Session

from handlers.base.command import ByToken
from handlers.base.errors import NotAllowed
from handlers.own.claim import ClaimMention
from handlers.people.accounts import Account, learn_account
from handlers.people.people import among_us, require_one_of_us
from handlers.people.seats import describe
from handlers.people.sign_in import SESSION_LIVES
from handlers.verbs import ON_CARDS
from storage.engine.database import Database, open_engine
from storage.people import people, sessions
from storage.tables.states import IdentityKind
from tests.bot.chat.desk.installation import Browser, DeskInstallation
from tests.bot.chat.desk.test_events import listening
from tests.harness.bare import promised

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


# --- the live stream -------------------------------------------------------------------------------------------------


def grow_old(house: DeskInstallation) -> None:
    house.scene.now += SESSION_LIVES


def join_somebody_else(house: DeskInstallation) -> None:
    tell(house, replace(IN_TEAMS, email="ana.lopez@acme.example"), replace(ANA, email="ana.lopez@acme.example"))


def drop_sessions(house: DeskInstallation) -> None:
    house.scene.database.write(lambda session: sessions.drop_all(session, people.by_name(session, "Ana")[0].id))


ENDS: dict[str, Callable[[DeskInstallation], None]] = {
    "deactivated": lambda house: tell(house, GONE),
    "guest": lambda house: tell(house, GUEST),
    "stranger": lambda house: tell(house, STRANGER),
    "age": grow_old,
    "somebody else": join_somebody_else,
    "ended elsewhere": drop_sessions,
}


@pytest.mark.parametrize("end", ENDS)
def test_the_stream_ends_with_the_right_to_it_before_anything_else_is_told(house: DeskInstallation, end: str) -> None:
    with listening(house.visitor("Ana")) as ana:
        assert ana.event()[0] == "hello"
        ENDS[end](house)
        mention = house.scene.arrive()
        with pytest.raises(EOFError):
            ana.event()
    with listening(house.visitor("Ben")) as ben:
        assert ben.event()[0] == "hello"
        house.scene.do(ClaimMention(who=house.scene.who("UBEN"), reference=ByToken(mention.token)))
        assert ben.event()[1]["token"] == mention.token


@pytest.mark.parametrize("end", ["age", "ended by another process"])
def test_the_stream_ends_within_seconds_though_nothing_happens(house: DeskInstallation, end: str) -> None:
    with listening(house.visitor("Ana")) as ana, listening(house.visitor("Ben")) as ben:
        assert ana.event()[0] == ben.event()[0] == "hello"
        with promised(5, "the end of a stream"):
            if end == "age":
                house.scene.now += SESSION_LIVES
            else:
                with closing(Database(open_engine(house.scene.database.engine.url.render_as_string()))) as elsewhere:
                    elsewhere.write(lambda session: sessions.drop_all(session, people.by_name(session, "Ana")[0].id))
            with pytest.raises(EOFError):
                ana.event()


def test_streams_of_all_others_go_on(house: DeskInstallation) -> None:
    with listening(house.visitor("Ana")) as ana, listening(house.visitor("Ben")) as ben:
        assert ana.event()[0] == ben.event()[0] == "hello"
        tell(house, GONE)
        mention = house.scene.arrive()
        assert ben.event()[1]["token"] == mention.token


def test_many_are_asked_what_one_is_asked(house: DeskInstallation) -> None:
    tell(house, GUEST, replace(ANA, external_id="UDAN", name="Dan", email="dan@acme.example", active=False))
    scene = house.scene

    def ask(session: Session) -> tuple[set[str], set[str]]:
        everybody = people.several(session, range(1, 9))
        found = among_us(session, [one.id for one in everybody], scene.organisation)
        one_by_one = set()
        for person in everybody:
            with suppress(NotAllowed):
                require_one_of_us(session, person, scene.organisation)
                one_by_one.add(person.name)
        return {one.name for one in everybody if one.id in found}, one_by_one

    assert scene.database.read(ask) == ({"Ben", "Chloe"}, {"Ben", "Chloe"})


# --- one's own sessions ----------------------------------------------------------------------------------------------

PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 Version/17.0 Safari/604.1"


def sit_down(house: DeskInstallation, agent: str = "", name: str = "Ana") -> Browser:
    browser = Browser(house)
    key = house.link(name).rsplit("key=", 1)[1]
    assert browser.post("/enter", {"key": key}, **{"User-Agent": agent}).status_code == 303
    return browser


def others(browser: Browser) -> list[str]:
    return re.findall(r'name="which" value="([0-9a-f]+)"', browser.get("/sessions").text)


def test_one_sees_where_one_sits_and_ends_what_is_elsewhere_with_its_stream(house: DeskInstallation) -> None:
    here, phone, third, ben = sit_down(house), sit_down(house, PHONE), sit_down(house), sit_down(house, name="Ben")
    page = here.get("/sessions").text
    assert "Safari on iPhone" in page
    assert len(others(here)) == 2
    row = next(part for part in page.split("<tr>") if "iPhone" in part)
    which = re.findall(r'name="which" value="([0-9a-f]+)"', row)[0]
    with listening(phone) as stream:
        assert stream.event()[0] == "hello"
        assert here.post("/sessions", {"csrf": here.csrf, "which": which}).status_code == 303
        with pytest.raises(EOFError):
            stream.event()
    assert [one.get("/").status_code for one in (here, phone, third, ben)] == [200, 401, 200, 200]
    unused = house.link("Ana").removeprefix(house.url)
    assert here.post("/sessions", {"csrf": here.csrf, "which": "others"}).status_code == 303
    assert [one.get("/").status_code for one in (here, third, ben)] == [200, 401, 200]
    assert here.get(unused).status_code == 403
    assert others(here) == []


@pytest.mark.parametrize("which", ["", "ben", "here", "%", "0" * 16])
def test_nobody_elses_session_ends_nor_ones_own_by_mistake(house: DeskInstallation, which: str) -> None:
    ana, ben, ana_too = sit_down(house), sit_down(house, name="Ben"), sit_down(house)
    (bens,) = others(sit_down(house, name="Ben"))
    (mine,) = others(ana_too)
    named = {"ben": bens, "here": mine}.get(which, which)
    ana.post("/sessions", {"csrf": ana.csrf, "which": named})
    assert [one.get("/").status_code for one in (ana, ben, ana_too)] == [200, 200, 200]
    assert ana.post("/sessions", {"which": "others"}).status_code == 403


@pytest.mark.parametrize(
    ("agent", "said"),
    [
        (PHONE, "Safari on iPhone"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", "Firefox on Linux"),
        ("Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/126.0 Mobile Safari/537.36", "Chrome on Android"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/126.0 Safari/537.36 Edg/126.0", "Edge on Windows"),
        ("<script>alert(1)</script>", "a browser"),
        ("", "a browser"),
    ],
)
def test_a_browser_is_told_by_what_it_says_of_itself_and_never_quoted(agent: str, said: str) -> None:
    assert describe(agent) == said
