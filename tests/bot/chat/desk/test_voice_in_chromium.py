"""What many people say, as it is seen: axe finds nothing, and nothing is wider than the window."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from handlers.ask.theme import ChangeTheme
from storage.report import themes
from tests.bot.chat.desk.axe.checker import HOW, complaints, find
from tests.bot.chat.desk.installation import DeskInstallation, open_installation
from tests.bot.chat.desk.test_voice import propose
from tests.bot.chat.desk.windows import window
from tests.harness.scene import ORGANISATION

pytestmark = [pytest.mark.desk, pytest.mark.skipif(find() is None, reason=HOW)]
PAGES = (
    "/voice",
    "/voice/rows?of={token}",
    "/theme?what=change&theme={token}",
    "/theme?what=tell&theme={other}",
)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[DeskInstallation]:
    with open_installation(tmp_path, ORGANISATION) as house:
        ana = house.scene.person("Ana")
        propose(house.scene)
        for name, query in (("Battery with a rather long name that wraps on a telephone", "battery awful"), ("B", "b")):
            step = ChangeTheme(who=ana, what="name", name=name, query=query, tracker="PAY-112")
            assert house.scene.do(step).ok
        token = house.scene.database.read(themes.alive)[1].token
        assert house.scene.do(ChangeTheme(who=ana, what="mended", theme=token)).ok
        yield house


@pytest.mark.turns
@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 1280), ("light", 390), ("dark", 390)])
def test_axe_finds_nothing_and_nothing_is_cut(
    chromium: Browser, house: DeskInstallation, scheme: str, width: int
) -> None:
    token, other = (one.token for one in house.scene.database.read(themes.alive))
    with window(chromium, house, "Ana", scheme=scheme, width=width) as ana:
        for path in PAGES:
            ana.goto(house.url + path.format(token=token, other=other))
            assert complaints(ana) == [], path
            assert ana.evaluate("document.documentElement.scrollWidth") <= width, path
