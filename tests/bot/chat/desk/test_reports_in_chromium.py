"""The page of reports in a real browser: pictures that fit a telephone and can be read in both schemes."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.bot.chat.desk.axe.checker import complaints, find
from tests.bot.chat.desk.installation import DeskInstallation
from tests.bot.chat.desk.test_reports import month
from tests.bot.chat.desk.windows import CONTRAST, window

pytestmark = pytest.mark.desk
# Texts that are smaller than 12 px, or that reach out of their picture.
MISFITS = """() => [...document.querySelectorAll(".picture")].flatMap((picture) => {
  const around = picture.getBoundingClientRect(), scale = around.width / 360;
  return [...picture.querySelectorAll("text")].filter((text) => {
    const box = text.getBoundingClientRect();
    const out = box.left < around.left - 2 || box.right > around.right + 2 || box.bottom > around.bottom + 2;
    return 13 * scale < 11.5 || out;
  }).map((text) => text.textContent);
})"""


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark"), (390, "light"), (1280, "dark")])
def test_pictures_can_be_read_on_a_desk_and_on_a_telephone(
    chromium: Browser, house: DeskInstallation, width: int, scheme: str
) -> None:
    month(house.scene)
    with window(chromium, house, "Ana", width=width, scheme=scheme) as ana:
        ana.goto(f"{house.url}/report?period={house.scene.now:%Y-%m}")
        assert ana.locator(".picture").count() >= 3
        assert ana.evaluate(MISFITS) == []
        assert ana.evaluate("document.documentElement.scrollWidth") <= width
        for one in ana.locator(".chart details").all():
            one.evaluate("(details) => { details.open = true; }")
        assert ana.evaluate(CONTRAST) == []
        assert ana.locator("[style]").count() == 0
        assert ana.evaluate("document.documentElement.scrollWidth") <= width
        if find() is not None:
            assert complaints(ana) == []
        if folder := os.environ.get("DIBS_SCREENSHOTS"):
            ana.screenshot(path=Path(folder) / f"report-{width}-{scheme}.png", full_page=True)
