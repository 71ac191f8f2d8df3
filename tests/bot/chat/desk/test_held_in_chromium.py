"""To mute and to bring forth in a browser: one reads what it would have held, presses, and finds it under Held back."""

import pytest
from playwright.sync_api import Browser, expect

from handlers.base.events import Author
from tests.bot.chat.desk.installation import DeskInstallation
from tests.bot.chat.desk.test_held import BOT
from tests.bot.chat.desk.windows import card, window

pytestmark = pytest.mark.desk


def test_what_is_muted_is_read_before_it_is_pressed_and_brought_forth_from_its_list(
    chromium: Browser, house: DeskInstallation
) -> None:
    for number in range(8):
        house.scene.arrive(author=Author(handle=f"p{number}", external_id=f"p{number}"))
    mention = house.scene.arrive("Cheap refund tips", author=BOT)
    with window(chromium, house, "Ana") as ana:
        card(ana, mention).locator("summary").click()
        card(ana, mention).get_by_role("link", name="Mute").click()
        sheet = ana.locator("form.sheet")
        expect(sheet).to_contain_text("In the last 30 days that would have been 1: 1 open.")
        sheet.get_by_label("Mute").select_option("term")
        sheet.get_by_label("Words").fill("cheap*")
        sheet.get_by_role("button", name="Mute").click()
        expect(sheet).to_contain_text("“cheap*”")
        expect(sheet).to_contain_text("Nothing is muted yet.")
        sheet.get_by_role("button", name="Mute").click()
        expect(ana.locator("body")).to_contain_text("Muted: “cheap*”, for Finance, until")
        house.scene.ingest(house.scene.posted("CHEAPEST refund of all"))
        ana.goto(f"{house.url}/held")
        expect(ana.locator("#cards article")).to_have_count(1)
        ana.locator("#cards").get_by_role("button", name="Show").click()
        expect(ana.locator("body")).to_contain_text("has its card now")
        ana.goto(f"{house.url}/held")
        ana.get_by_role("button", name="Unmute").click()
        expect(ana.locator("body")).to_contain_text("is not muted any more")
