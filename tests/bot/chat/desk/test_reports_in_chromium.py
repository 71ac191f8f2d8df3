"""The page of reports in a real browser: pictures that fit a telephone and can be read in both schemes.

With DIBS_SCREENSHOTS set to a folder (`make test-desk` does so) its picture for the documents, and those of Voice and
of a storm, are written there.
"""

import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from bot.cli.demo.past import add_history
from bot.cli.demo.places import as_post
from bot.cli.demo.storm import STORM, add_past
from bot.cli.demo.story import build_organisation
from handlers.listen.ingest import ingest
from tests.bot.chat.desk.axe.checker import complaints, find
from tests.bot.chat.desk.installation import DeskInstallation, open_installation
from tests.bot.chat.desk.test_reports import month
from tests.bot.chat.desk.windows import CONTRAST, window
from tests.harness.counted import count
from tests.harness.storms import minute

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


@pytest.mark.turns
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


def test_the_pictures_of_the_report_of_voice_and_of_a_storm_can_be_taken(chromium: Browser, tmp_path: Path) -> None:
    folder = Path(os.environ.get("DIBS_SCREENSHOTS", tmp_path))
    folder.mkdir(parents=True, exist_ok=True)
    organisation = build_organisation()
    with open_installation(tmp_path, organisation, personas=True) as house:
        scene = house.scene
        scene.now = datetime.now(UTC)
        scene.database.write(lambda session: add_history(session, scene.now))
        scene.database.write(lambda session: add_past(session, scene.now))
        count(scene.database, organisation.timezone)
        events = [replace(as_post(one, 100 + number), published_at=scene.now) for number, one in enumerate(STORM)]
        rules, random = organisation.source(STORM[0].source), Random(1)
        scene.database.write(
            lambda session: ingest(session, rules, scene.matcher, organisation, events, scene.now, random)
        )
        minute(scene)
        with window(chromium, house, "Ben") as ben:
            lead = ben.locator("article", has_text="Storm on Rocket 9: 14 people")
            expect(lead).to_contain_text("13 posts are folded here")
            ben.goto(f"{house.url}/m/{lead.get_attribute('data-token')}")
            _take(ben.locator("article").first, folder / "storm.png")
            ben.goto(f"{house.url}/report")
            ben.set_viewport_size({"width": 1280, "height": 1200})
            _take(ben, folder / "report.png")
            minute(scene, "proposals")
            ben.goto(f"{house.url}/voice")
            ben.set_viewport_size({"width": 1280, "height": 720})
            _take(ben, folder / "voice.png")


def _take(shown: Page | Locator, picture: Path) -> None:
    shown.screenshot(path=picture)
    assert picture.stat().st_size > 10_000
