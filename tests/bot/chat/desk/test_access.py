"""The door: who comes in, from which address, and what may be changed from where."""

from dataclasses import replace
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest
from sqlmodel import Session, select

from handlers.base.command import ByToken
from handlers.own.claim import ClaimMention
from handlers.people.sign_in import SESSION_LIVES
from storage.people import people
from storage.tables.people import DeskSession
from tests.bot.chat.desk.installation import Browser, DeskInstallation, open_installation

PAGES = (
    "/",
    "/log",
    "/sources",
    "/digest",
    "/digest/finance",
    "/tabs",
    "/live",
    "/m/k7f2x",
    "/m/k7f2x/card",
    "/m/k7f2x/snooze",
)


@pytest.mark.parametrize("path", PAGES)
def test_without_a_session_every_page_says_how_to_get_in_and_shows_nothing(house: DeskInstallation, path: str) -> None:
    house.scene.arrive("Where is my refund?")
    answer = Browser(house).get(path)
    assert answer.status_code == 401
    assert "/dibs desk" in answer.text
    assert "refund" not in answer.text


def test_a_link_lets_in_once_and_looking_at_it_does_not_use_it_up(house: DeskInstallation) -> None:
    link = house.link("Ana")
    browser = Browser(house)
    for _ in range(3):  # the chat's own preview, the mail scanner, the person
        page = browser.get(link)
        assert page.status_code == 200
        assert "Enter as" in page.text
    key = {"key": urlsplit(link).query.removeprefix("key=")}
    assert browser.post("/enter", key).status_code == 303
    assert browser.get("/").status_code == 200
    assert Browser(house).post("/enter", key).status_code == 403
    assert Browser(house).get(link).status_code == 403


@pytest.mark.parametrize(("back", "there"), [("/?tab=review", "/?tab=review"), ("//evil.example/", "/"), ("", "/")])
def test_a_link_may_lead_to_a_part_of_the_desk_and_nowhere_else(house: DeskInstallation, back: str, there: str) -> None:
    link, browser = house.link("Ana"), Browser(house)
    page = browser.get(f"{link}&{urlencode({'back': back})}").text
    assert f'name="back" value="{there}"' in page
    answer = browser.post("/enter", {"key": urlsplit(link).query.removeprefix("key="), "back": back})
    assert (answer.status_code, answer.headers["Location"]) == (303, there)


def test_a_link_is_too_old_after_ten_minutes(house: DeskInstallation) -> None:
    link = house.link("Ana")
    house.scene.pass_time(minutes=10)
    assert Browser(house).get(link).status_code == 403
    assert Browser(house).post("/enter", {"key": urlsplit(link).query.removeprefix("key=")}).status_code == 403


def test_a_session_ends_when_it_is_old_when_one_leaves_and_when_the_person_is_gone(house: DeskInstallation) -> None:
    old, left, gone = house.visitor("Ana"), house.visitor("Ben"), house.visitor("Chloe")
    assert left.post("/leave", {"csrf": left.csrf}).status_code == 200
    assert left.get("/").status_code == 401

    def switch_off(session: Session) -> None:
        people.keep_person(session, replace(people.by_name(session, "Chloe")[0], active=False))

    house.scene.database.write(switch_off)
    assert gone.get("/").status_code == 401
    house.scene.now += SESSION_LIVES
    assert old.get("/").status_code == 401


def test_keys_are_kept_as_hashes_only(house: DeskInstallation) -> None:
    link = house.link("Ana")
    browser = house.visitor("Ben")
    cookie = next(iter(browser.client.cookies.jar)).value
    rows = house.scene.database.read(lambda session: list(session.exec(select(DeskSession.hash))))
    assert len(rows) == 2
    assert all(len(row) == 64 and row not in link and row != cookie for row in rows)


def test_the_session_cookie_is_out_of_reach_of_scripts_and_of_other_sites(house: DeskInstallation) -> None:
    key = urlsplit(house.link("Ana")).query.removeprefix("key=")
    said = Browser(house).post("/enter", {"key": key}).headers["Set-Cookie"]
    assert "HttpOnly" in said
    assert "SameSite=Lax" in said
    assert "Secure" not in said  # http on loopback


def test_behind_https_the_cookie_is_secure_and_only_the_public_host_and_loopback_are_served(tmp_path: Path) -> None:
    with open_installation(tmp_path, public_url="https://dibs.acme.example") as house:
        key = urlsplit(house.link("Ana")).query.removeprefix("key=")
        public = {"Host": "dibs.acme.example", "Origin": "https://dibs.acme.example"}
        answer = Browser(house).post("/enter", {"key": key}, **public)
        assert answer.status_code == 303
        assert answer.headers["Set-Cookie"].startswith("__Host-dibs=")
        assert "Secure" in answer.headers["Set-Cookie"]
        assert Browser(house).get("/", Host="dibs.acme.example").status_code == 401
        assert Browser(house).get("/", Host="other.example").status_code == 403


@pytest.mark.parametrize(
    ("public", "served", "refused"),
    [
        ("https://desk.example", ("desk.example", "desk.example:443"), ("desk.example:80", "desk.example:8443")),
        ("https://Desk.example:443", ("desk.example", "DESK.example:443"), ("desk.example:444",)),
        ("http://desk.example:80", ("desk.example", "desk.example:80"), ("desk.example:443", "desk.example:8080")),
        ("http://desk.example:8080", ("desk.example:8080",), ("desk.example", "desk.example:80")),
        ("http://desk.example:443", ("desk.example:443",), ("desk.example", "desk.example:80")),
        ("https://[2001:db8::1]:443", ("[2001:db8::1]", "[2001:db8::1]:443"), ("2001:db8::1", "[2001:db8::2]")),
        ("https://bücher.example", ("xn--bcher-kva.example", "xn--bcher-kva.example:443"), ("b.example",)),
    ],
)
def test_the_schemes_own_port_is_no_part_of_our_address(
    tmp_path: Path, public: str, served: tuple[str, ...], refused: tuple[str, ...]
) -> None:
    scheme = public.partition(":")[0]
    with open_installation(tmp_path, public_url=public) as house:
        for host in served:
            assert Browser(house).get("/", Host=host).status_code == 401
            there = {"Host": host, "Origin": f"{scheme}://{host}", "Sec-Fetch-Site": "same-origin"}
            assert Browser(house).post("/leave", {}, **there).status_code == 401  # let through as far as the session
            foreign = there | {"Origin": f"{'http' if scheme == 'https' else 'https'}://{host}"}
            assert Browser(house).post("/leave", {}, **foreign).status_code == 403
        for host in refused:
            assert Browser(house).get("/", Host=host).status_code == 403
            elsewhere = {"Host": served[0], "Origin": f"{scheme}://{host}"}
            assert Browser(house).post("/leave", {}, **elsewhere).status_code == 403


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "127.0.0.1:1", "localhost.evil.example:{port}", ""])
def test_a_foreign_name_that_resolves_to_us_is_not_served(house: DeskInstallation, host: str) -> None:
    ana = house.visitor()
    assert ana.get("/").status_code == 200
    assert ana.get("/", Host=host.format(port=house.port)).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
    ],
)
def test_a_post_from_another_page_changes_nothing(house: DeskInstallation, headers: dict[str, str]) -> None:
    mention = house.scene.arrive()
    ana = house.visitor()
    form = ana.form("/", mention.token)
    assert ana.post(f"/m/{mention.token}/claim", form, **headers).status_code == 403
    assert house.scene.look(mention).owner_id is None


def test_a_post_that_names_no_origin_at_all_changes_nothing(house: DeskInstallation) -> None:
    mention = house.scene.arrive()
    ana = house.visitor()
    form = ana.form("/", mention.token)
    assert ana.client.post(f"/m/{mention.token}/claim", data=form).status_code == 403
    assert house.scene.look(mention).owner_id is None


def test_a_form_without_this_sessions_token_changes_nothing(house: DeskInstallation) -> None:
    mention = house.scene.arrive()
    ana, ben = house.visitor("Ana"), house.visitor("Ben")
    form = ana.form("/", mention.token)
    for csrf in ("", "0" * 64, ben.form("/", mention.token)["csrf"], "ü"):
        assert ana.post(f"/m/{mention.token}/claim", {**form, "csrf": csrf}).status_code == 403
    assert house.scene.look(mention).owner_id is None
    assert ana.post(f"/m/{mention.token}/claim", form).status_code == 303
    assert house.scene.look(mention).owner_id is not None


def test_every_page_wears_its_headers(house: DeskInstallation) -> None:
    ana = house.visitor()
    for path in ("/", "/log", "/enter", "/nowhere", "/m/zzzzz"):
        answer = ana.get(path)
        if path == "/nowhere":
            continue
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"


def test_our_own_files_are_kept_by_browsers_for_as_long_as_they_are_the_same(house: DeskInstallation) -> None:
    browser = Browser(house)
    plain = browser.get("/static/desk.css")
    assert plain.headers["Cache-Control"] == "no-cache"
    tag = plain.headers["ETag"]
    assert browser.get("/static/desk.css", **{"If-None-Match": tag}).status_code == 304
    versioned = browser.get(f"/static/desk.css?v={tag.strip(chr(34))}")
    assert "immutable" in versioned.headers["Cache-Control"]
    assert browser.get("/static/..%2Fplatform.py").status_code == 404


def test_nobody_acts_as_somebody_else_outside_the_demo(house: DeskInstallation) -> None:
    ana = house.visitor("Ana")
    csrf = ana.csrf
    assert ana.post("/persona", {"csrf": csrf, "persona": "2"}).status_code == 403
    key = urlsplit(house.link("Ben")).query.removeprefix("key=")
    browser = Browser(house)
    browser.post("/enter", {"key": key, "persona": "1"})
    assert "Ben" in browser.get("/").text.split("<main")[0]


def test_in_the_demo_one_acts_as_any_persona_and_the_log_says_which(tmp_path: Path) -> None:
    with open_installation(tmp_path, personas=True) as house:
        mention = house.scene.arrive()
        ana = house.visitor("Ana")
        answer = ana.post("/persona", {"csrf": ana.csrf, "persona": "3", "back": "/log"})
        assert answer.headers["Location"] == "/log"
        ana.press("claim", mention.token)
        assert house.scene.database.read(lambda session: people.get(session, 3)).name == "Chloe"
        assert house.scene.look(mention).owner_id == 3
        assert ana.post("/persona", {"csrf": ana.csrf, "persona": "99"}).status_code == 403


def test_the_desks_actor_is_the_person_of_the_chat(house: DeskInstallation) -> None:
    mention = house.scene.arrive()
    house.visitor("Ana").press("claim", mention.token)
    again = house.scene.do(ClaimMention(who=house.scene.who("UANA"), reference=ByToken(mention.token)))
    assert again.text == f"#{mention.token} is yours already."
