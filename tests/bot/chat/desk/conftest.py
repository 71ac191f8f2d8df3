"""A desk for each test of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.bot.chat.desk.installation import DeskInstallation, open_installation
from tests.bot.chat.desk.windows import ARGUMENTS


@pytest.fixture
def house(tmp_path: Path) -> Iterator[DeskInstallation]:
    with open_installation(tmp_path) as opened:
        yield opened


@pytest.fixture(scope="module")
def chromium(chromium_path: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=list(ARGUMENTS))
        yield browser
        browser.close()
