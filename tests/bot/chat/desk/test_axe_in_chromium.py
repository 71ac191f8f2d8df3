"""Every page of the desk, in every state that one comes upon, as axe-core sees it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from bot.cli.demo.story import build_organisation
from tests.bot.chat.desk.axe.checker import HOW, complaints, find
from tests.bot.chat.desk.installation import DeskInstallation, open_installation
from tests.bot.chat.desk.test_desk_in_chromium import fill
from tests.bot.chat.desk.windows import window

pytestmark = [pytest.mark.desk, pytest.mark.skipif(find() is None, reason=HOW)]
PAGES = (
    "/",
    "/?tab=mine",
    "/?tab=hands",
    "/?tab=done",
    "/?tab=review",
    "/?q=acme&lang=de&age=1d&order=oldest",
    "/?q=nothingsaysthis&planet=mars",
    "/log",
    "/digest/finance",
    "/sources",
    "/sessions",
    "/voice",
    "/charters",
    "/topics",
    "/held",
    "/people",
    "/welcome",
    "/help",
    "/?select=1",
    "/m/{mine}",
    "/m/{theirs}",
    "/m/{free}/draft",
    "/m/{free}/assign",
    "/m/{free}/mute",
    "/m/{free}/snooze",
    "/m/{theirs}/takeover",
    "/m/zzzzz",
    "/nowhere",
    "/add",
)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[DeskInstallation]:
    with open_installation(tmp_path, build_organisation()) as house:
        fill(house)
        yield house


@pytest.mark.turns
@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_axe_finds_nothing_on_any_page_in_any_state(
    chromium: Browser, house: DeskInstallation, scheme: str, width: int
) -> None:
    ana_http, ben_http = house.visitor("Ana"), house.visitor("Ben")
    tokens = [one[:5] for one in ana_http.get("/").text.split('data-token="')[1:]]
    free, mine, theirs, done = tokens[:4]
    ana_http.press("claim", mine)
    ben_http.press("claim", theirs)
    ben_http.press("note", theirs, text="Seen before")
    ben_http.press("resolve", done)
    with window(chromium, house, "Ana", scheme=scheme, width=width) as ana:
        for path in PAGES:
            ana.goto(house.url + path.format(free=free, mine=mine, theirs=theirs))
            assert complaints(ana) == [], path
            assert ana.title().endswith(" · Dibs"), path
        ana.goto(house.url)
        ana.locator(f"#c-{free} .more > summary").click()
        assert complaints(ana) == []
        ana.locator(f"#c-{free} [data-form=assign]").click()
        expect(ana.locator("#sheet h1")).to_be_visible()
        assert complaints(ana) == []
        ana.keyboard.press("Escape")
        expect(ana.locator("#sheet")).to_be_hidden()
        ana.locator(".filters > summary").click()
        assert complaints(ana) == []
        ana.keyboard.press("Escape")
        ana.locator(f"#c-{free} .more > summary").click()
        ana.locator(f"#c-{free} [data-verb=resolve]").click()
        expect(ana.locator("#said .offer button")).to_be_visible()
        assert complaints(ana) == []
        ana.keyboard.press("?")
        expect(ana.locator("#help")).to_be_visible()
        assert complaints(ana) == []
