"""The desk lets in whom a chat platform would: a seat there is no account of its own kind; what ended stays ended."""

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
from handlers.people.sign_in import SESSION_LIVES
from handlers.verbs import ON_CARDS
from storage.engine.database import Database, open_engine
from storage.people import people, sessions
from storage.tables.states import IdentityKind
from tests.bot.chat.desk.installation import DeskInstallation
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
