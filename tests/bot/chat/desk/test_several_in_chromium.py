"""Several at once, the log and what stands beside a mention, in a browser: boxes stay ticked while cards change."""

import pytest
from playwright.sync_api import Browser, expect

from handlers.own.claim import ClaimMention
from tests.bot.chat.desk.installation import DeskInstallation
from tests.bot.chat.desk.windows import CONTRAST, card, window
from tests.harness.scene import at

pytestmark = pytest.mark.desk
PATHS = (
    "/?select=1",
    "/log?proof=1",
    "/log?action=resolved",
    "/charters",
    "/topics",
    "/held",
    "/people",
    "/welcome",
    "/sessions",
)
NO_OVERFLOW = "document.documentElement.scrollWidth <= innerWidth"


def test_boxes_come_by_key_stay_ticked_while_cards_change_and_lead_to_one_form(
    chromium: Browser, house: DeskInstallation
) -> None:
    rows = [house.scene.arrive(f"A refund, number {number}") for number in range(4)]
    with window(chromium, house, "Ana") as ana:
        bar = ana.locator("#several")
        expect(bar).to_be_hidden()
        card(ana, rows[3]).focus()
        ana.keyboard.press("x")
        expect(bar).to_contain_text("1 selected.")
        card(ana, rows[2]).get_by_label(f"Select #{rows[2].token}").check()
        card(ana, rows[0]).locator(".pick").click()
        expect(bar).to_contain_text("3 selected.")
        house.scene.do(ClaimMention(who=house.scene.who("UBEN"), reference=at(rows[2])))
        new = house.scene.arrive("A refund that comes meanwhile")
        expect(card(ana, rows[2])).to_contain_text("Ben has it")
        expect(card(ana, rows[3]).get_by_label("Select #")).to_be_checked()
        ana.locator("#fresh").click()
        expect(card(ana, new).get_by_label("Select #")).not_to_be_checked()
        bar.get_by_role("button", name="Dismiss").click()
        expect(ana.get_by_role("heading", level=1)).to_contain_text("Dismiss ")
        ana.get_by_label("Reason").select_option("spam")
        ana.get_by_role("button", name="Dismiss").click()
        expect(ana.get_by_role("heading", level=1)).to_contain_text("2 done")
        assert [house.scene.look(rows[number]).status for number in (0, 1, 3)] == ["dismissed", "new", "dismissed"]
        ana.get_by_role("link", name="Back to the board").click()
        expect(bar).to_be_hidden()
        ana.get_by_role("link", name="Select several").click()
        bar.get_by_role("button", name="Select all").click()
        expect(bar).to_contain_text("2 selected.")
        bar.get_by_role("link", name="Stop selecting").click()
        expect(bar).to_be_hidden()
        expect(ana.locator(".pick")).to_have_count(0)


@pytest.mark.turns
@pytest.mark.parametrize(("width", "scheme"), [(1280, "dark"), (390, "light")])
def test_the_pages_can_be_read_and_fit_the_screen(
    chromium: Browser, house: DeskInstallation, width: int, scheme: str
) -> None:
    first = house.scene.arrive("A refund, long before")
    mention = house.scene.arrive("Where is my refund, which I was promised? " * 20)
    visitor = house.visitor()
    visitor.press("claim", first.token)
    visitor.press("note", mention.token, text="A note that is as long as it is. " * 20)
    with window(chromium, house, "Ana", width=width, scheme=scheme) as ana:
        for path in (*PATHS, f"/m/{mention.token}"):
            ana.goto(house.url + path)
            assert ana.evaluate(CONTRAST) == [], path
            assert ana.evaluate(NO_OVERFLOW), path
        talk, known = ana.locator("#talk").bounding_box(), ana.locator("#known").bounding_box()
        assert talk is not None
        assert known is not None
        assert (known["x"] > talk["x"] + talk["width"]) == (width == 1280)
        assert (known["y"] > talk["y"]) == (width == 390)
        ana.goto(house.url + "/log")
        heights = ana.evaluate("[...document.querySelectorAll('.timeline li > p')].map((row) => row.offsetHeight)")
        assert len(heights) == 4
        assert max(heights) <= 3 * 26, "a row takes at most three lines"
