"""The board in a real browser: nothing moves under the pointer, much is seen at once, and all of it can be undone."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from bot.cli.demo.story import build_organisation
from tests.bot.chat.desk.installation import DeskInstallation, open_installation
from tests.bot.chat.desk.test_desk_in_chromium import fill
from tests.bot.chat.desk.windows import card, tab_to, window

pytestmark = pytest.mark.desk
UNDER = """([x, y]) => {
    const verb = document.elementFromPoint(x, y).closest('.verb');
    return verb && [verb.dataset.verb, verb.closest('.card').dataset.token];
}"""
STOP = "document.activeElement.dataset.verb || document.activeElement.closest('p, h2').className"
TOPS = "[...document.querySelectorAll('.card')].map((card) => card.getBoundingClientRect().top)"


@pytest.fixture
def full_house(tmp_path: Path) -> Iterator[DeskInstallation]:
    with open_installation(tmp_path, build_organisation(), personas=True) as house:
        fill(house)
        yield house


def rest_on(page: Page, token: str, verb: str) -> tuple[float, float]:
    """Move the pointer to a button of a card, and leave it there."""
    box = page.locator(f"#c-{token} [data-verb={verb}]").bounding_box()
    assert box is not None
    at = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.move(*at)
    return at


@pytest.mark.parametrize("scrolled", [0, 300])
def test_what_the_pointer_rests_on_is_the_same_after_ten_arrivals(
    chromium: Browser, house: DeskInstallation, scrolled: int
) -> None:
    old = [house.scene.arrive(f"Hello {number}").token for number in range(12)][::-1]
    aimed = old[4 if scrolled else 0]
    with window(chromium, house, "Ana") as ana:
        ana.evaluate(f"scrollTo(0, {scrolled})")
        at = rest_on(ana, aimed, "claim")
        assert ana.evaluate(UNDER, at) == ["claim", aimed]
        new = [house.scene.arrive(f"New {number}").token for number in range(10)]
        expect(ana.locator("#fresh")).to_have_text("10 new mentions")
        expect(ana).to_have_title("(22) Unclaimed · Dibs")
        assert ana.evaluate(UNDER, at) == ["claim", aimed]
        ana.keyboard.press(".")
        expect(ana.locator("#fresh")).to_be_hidden()
        shown = ana.locator(".card").evaluate_all("(cards) => cards.map((card) => card.dataset.token)")
        assert shown == new[::-1] + old
        assert ana.evaluate("document.activeElement.dataset.token") == new[-1]
        heights = ana.locator(".card").evaluate_all(
            "(cards) => cards.map((card) => [card.offsetHeight, card.scrollHeight])"
        )
        assert all(height > 80 and height >= whole for height, whole in heights), heights


def test_a_press_on_what_just_changed_there_does_nothing_and_says_so(
    chromium: Browser, house: DeskInstallation
) -> None:
    old = [house.scene.arrive(f"Hello {number}. " * 20) for number in range(4)][::-1]
    with window(chromium, house, "Ana") as ana:
        ana.evaluate("document.body.dataset.still = '60000'")
        at = rest_on(ana, old[2].token, "claim")
        house.visitor("Ben").press("claim", old[2].token)  # another button stands there now
        expect(card(ana, old[2])).to_contain_text("Ben has it.")
        ana.mouse.click(*at)
        expect(ana.locator("#said")).to_contain_text("that press did nothing")
        ana.locator("#said").get_by_role("button", name="Close").click()
        house.visitor("Ben").press("resolve", old[0].token)  # its card is one line now, and all below comes up
        expect(card(ana, old[0])).to_contain_text("Resolved")
        tops = ana.evaluate(TOPS)
        ana.mouse.click(*rest_on(ana, old[1].token, "claim"))
        expect(ana.locator("#said")).to_contain_text("that press did nothing")
        assert ana.evaluate(TOPS) == tops  # what is said lies over the page
        ana.evaluate("document.body.dataset.still = '0'")
        ana.mouse.click(*rest_on(ana, old[1].token, "claim"))
        expect(card(ana, old[1])).to_contain_text("Ana has it.")
        assert house.scene.log(old[1]) == ["arrived", "claimed"]
        expect(ana.locator("#sheet")).to_be_hidden()


def test_what_was_resolved_can_be_undone_by_mouse_and_by_key(chromium: Browser, house: DeskInstallation) -> None:
    mention, other = house.scene.arrive(), house.scene.arrive()
    house.visitor("Ana").press("claim", mention.token)
    with window(chromium, house, "Ana") as ana:
        ana.goto(f"{house.url}/?tab=mine")
        expect(ana.locator("#live-words")).to_have_text("Live")
        tops = ana.evaluate(TOPS)
        card(ana, mention).locator("[data-verb=resolve]").click()
        expect(ana.locator("#said")).to_contain_text("is resolved.")
        assert ana.evaluate(TOPS) == tops
        ana.locator("#said").get_by_role("button", name="Undo").click()
        expect(card(ana, mention)).to_contain_text("Ana has it.")
        ana.keyboard.press("e")  # the card has the focus
        expect(card(ana, mention)).to_contain_text("Resolved by Ana.")
        ana.keyboard.press("z")
        expect(card(ana, mention)).to_contain_text("Ana has it.")
        assert house.scene.log(mention)[-4:] == ["resolved", "reopened", "resolved", "reopened"]
        ana.goto(house.url)
        expect(ana.locator("#live-words")).to_have_text("Live")
        house.visitor("Ben").press("claim", other.token)
        expect(card(ana, other)).to_contain_text("Ben has it.")
        assert card(ana, other).locator("[data-verb=resolve], [data-verb=release], [data-form=handoff]").count() == 0
        expect(card(ana, other).get_by_role("link", name="Take over")).to_be_visible()


def test_much_is_seen_at_once(chromium: Browser, full_house: DeskInstallation) -> None:
    tops = "[...document.querySelectorAll('.card')].map((card) => card.getBoundingClientRect())"
    with window(chromium, full_house, "Ana") as ana:
        ana.set_viewport_size({"width": 1280, "height": 900})
        whole = ana.evaluate(f"{tops}.filter((box) => box.bottom <= innerHeight).length")
        assert whole >= 5
        assert ana.evaluate(f"Math.max(...{tops}.map((box) => box.height))") <= 125
        ana.set_viewport_size({"width": 390, "height": 844})
        assert ana.evaluate(f"{tops}[0].top") <= 200


def test_keys_alone_do_a_whole_day(chromium: Browser, house: DeskInstallation) -> None:
    other, mention = house.scene.arrive("Hello there"), house.scene.arrive("Where is my refund?")
    with window(chromium, house, "Ana") as ana, window(chromium, house, "Ben") as ben:
        ana.keyboard.press("/")
        ana.keyboard.type("refund")
        ana.keyboard.press("Enter")
        ana.wait_for_url(f"{house.url}/?q=refund")
        expect(ana).to_have_title("(1) Refund · Dibs")
        expect(ana.locator("#live-words")).to_have_text("Live")
        assert ana.locator(".card").count() == 1
        ana.keyboard.press("j")
        ana.keyboard.press("c")
        expect(card(ana, mention)).to_contain_text("Ana has it.")
        ana.keyboard.press("d")
        expect(ana.locator("#f-text")).to_be_focused()
        ana.keyboard.type("I am sorry about the refund, Kim. I look into it today. Ana")
        tab_to(ana, "#sheet .ends button.primary")
        ana.keyboard.press("Enter")
        expect(card(ana, mention)).to_contain_text("waits for a second person")

        ben.keyboard.press("g")
        ben.keyboard.press("r")
        expect(ben).to_have_title("(1) To review · Dibs")
        expect(ben.locator("#live-words")).to_have_text("Live")
        ben.keyboard.press("j")
        ben.keyboard.press("r")
        expect(ben.locator("#sheet h1")).to_contain_text("Review")
        tab_to(ben, "#sheet .ends button.primary")
        ben.keyboard.press("Enter")
        expect(card(ben, mention)).to_contain_text("approved by Ben")

        ana.keyboard.press("g")
        ana.keyboard.press("u")
        expect(ana).to_have_title("(1) Unclaimed · Dibs")
        expect(ana.locator("#live-words")).to_have_text("Live")
        ana.keyboard.press("j")
        ana.keyboard.press("e")
        expect(card(ana, other)).to_contain_text("Resolved")
        ana.keyboard.press("z")
        expect(card(ana, other)).to_contain_text("Nobody has it.")
        ana.keyboard.press("n")
        expect(ana.locator("#f-text")).to_be_focused()
        ana.keyboard.press("Escape")
        expect(ana.locator("#sheet")).to_be_hidden()
        assert house.scene.log(other) == ["arrived", "resolved", "reopened"]
        # A card is few stops: who wrote, where it stands, and its buttons, among which arrows lead.
        ana.reload()
        card(ana, other).focus()
        stops = []
        for _ in range(3):
            ana.keyboard.press("Tab")
            stops.append(ana.evaluate(STOP))
        assert stops == ["title", "from", "claim"]
        ana.keyboard.press("ArrowRight")
        ana.keyboard.press("ArrowRight")
        ana.keyboard.press("ArrowDown")
        assert ana.evaluate("Boolean(document.activeElement.closest('.menu'))")
