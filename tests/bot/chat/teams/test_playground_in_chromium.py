"""The real bot in Microsoft's own simulator of Teams, in a browser: our cards, drawn by Teams' own renderer.

With DIBS_SCREENSHOTS set to a folder (`make test-playground` does so) the pictures of the documents are written there.
"""

import os
import re
from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, Route, expect, sync_playwright

from bot.chat.teams.draw.card import draw
from handlers.verbs import ON_CARDS
from tests.bot.chat.desk.windows import ARGUMENTS
from tests.bot.chat.states import States
from tests.bot.chat.teams.playground.simulator import HOW, TENANT, Playground, find, new, playing
from tests.end_to_end.bot_process import TEAMS_HOMES, BotProcess, mentioned
from tests.handlers.reply.installation import RepliesInstallation
from tests.harness.scene import Scene

# Its page asks for pictures and animations of Microsoft's, which are not needed: it shall reach this machine alone.
ALONE = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
_SHEET = """
body { margin: 16px; background: #f5f5f5; font: 13px sans-serif; color: #424242 }
main { columns: 3; column-gap: 16px }
figure { margin: 0 0 16px; break-inside: avoid }
figcaption { margin: 0 0 4px }
img { display: block; background: #fff; border: 1px solid #d6d6d6; border-radius: 4px }
"""
CHANNEL, CHAT = "Acme - finance-care", "Personal Chat"

pytestmark = [
    pytest.mark.skipif(find() is None, reason=HOW),
]


@dataclass
class RunningInPlayground:
    """Ana at her window, and the bot behind it."""

    page: Page
    playground: Playground
    bot: BotProcess

    def go(self, room: str) -> None:
        """Go to a room; it tells the bot of itself when it is opened first."""
        self.page.get_by_role("treeitem", name=room).click()

    def arrive(self, number: int, text: str) -> str:
        """Let a mention arrive; returns its reference."""
        assert self.bot.push(mentioned(number, text)) == 200
        expect(self.card(text)).to_be_visible()
        mention = next(row for row in self.bot.reader.mentions("teams") if row["external_id"] == f"hook-{number}")
        return str(mention["token"])

    def card(self, text: str) -> Locator:
        """Return the card with these words, in the room that is open."""
        return self.page.locator(".ac-adaptiveCard").filter(has_text=text).first

    def post(self, text: str) -> None:
        """Begin a thread in the channel that says something to the bot, chosen from who can be named."""
        self.page.get_by_role("textbox").first.click()
        self.page.keyboard.type("@Dibs")
        self.page.get_by_role("menuitem", name="Dibs").click()
        self.page.keyboard.type(f" {text}")
        self.page.get_by_role("button", name="Post", exact=True).click()

    def say(self, text: str) -> None:
        """Write to the bot in the personal chat."""
        self.page.get_by_role("textbox").last.click()
        self.page.keyboard.type(text)
        self.page.get_by_role("button", name="Send Message").click()

    def reference(self, token: str) -> str:
        """Return the id of the message that is a mention's card."""
        mention = next(row for row in self.bot.reader.mentions("teams") if row["token"] == token)
        key = f"card:{mention['id']}:{TEAMS_HOMES['finance']}"
        return self.bot.wait_for(lambda: self.bot.reader.reference(key) or "")

    def picture(self, name: str) -> None:
        """Take a picture for the documents, without the simulator's log."""
        folder = Path(os.environ.get("DIBS_SCREENSHOTS", self.bot.folder))
        folder.mkdir(parents=True, exist_ok=True)
        self.page.mouse.move(0, 0)
        self.page.evaluate("document.fonts.ready")
        self.page.screenshot(path=folder / name)
        assert (folder / name).stat().st_size > 20_000

    def sheet(self, name: str, pictures: Mapping[str, bytes]) -> None:
        """Take one picture of several, each under its name."""
        folder = Path(os.environ.get("DIBS_SCREENSHOTS", self.bot.folder))
        folder.mkdir(parents=True, exist_ok=True)
        shown = "".join(
            f"<figure><figcaption>{of}</figcaption><img src='data:image/png;base64,{b64encode(png).decode()}'></figure>"
            for of, png in pictures.items()
        )
        browser = self.page.context.browser
        assert browser is not None
        page = browser.new_page(viewport={"width": 1_460, "height": 400})
        page.set_content(f"<style>{_SHEET}</style><main>{shown}</main>")
        page.screenshot(path=folder / name, full_page=True)
        page.close()
        assert (folder / name).stat().st_size > 20_000


@pytest.fixture(scope="module")
def stage(chromium_path: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningInPlayground]:
    """A bot, a simulator and a window, which the tests share: each of them takes seconds to start."""
    folder, playground = tmp_path_factory.mktemp("playground"), new()
    bot = BotProcess(folder, None, teams=playground)
    with bot, playing(folder, playground), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=[*ARGUMENTS, ALONE])
        page = browser.new_page(viewport={"width": 1280, "height": 1150})
        page.goto(playground.url)
        page.get_by_role("button", name="Hide log panel").click()
        made = RunningInPlayground(page, playground, bot)
        made.go(CHANNEL)
        expect(made.card("Hello, I am Dibs.")).to_be_visible()
        yield made
        browser.close()
        assert "Traceback" not in bot.log


def test_a_card_is_claimed_by_its_button_and_shows_it(stage: RunningInPlayground) -> None:
    stage.go(CHANNEL)
    stage.arrive(1, "Where is my refund for the anvil?")
    card = stage.card("refund for the anvil")
    expect(card).to_contain_text("Nobody has it.")
    card.get_by_role("button", name="Claim").click()
    expect(card).to_contain_text("Ana Lopez has it.")
    expect(card.get_by_role("button", name="Resolve")).to_be_visible()
    expect(card.get_by_role("button", name="Claim")).to_have_count(0)
    assert set(stage.bot.reader.owners().values()) == {"Ana Lopez"}


def test_a_card_that_somebody_else_claimed_changes_without_a_press_of_mine(stage: RunningInPlayground) -> None:
    stage.go(CHANNEL)
    token = stage.arrive(2, "The invoice of March is wrong.")
    card = stage.card("invoice of March")
    expect(card).to_contain_text("Nobody has it.")
    stage.playground.send(stage.playground.press(1, token, stage.reference(token), "claim"))
    expect(card).to_contain_text("Ben Weiss has it.")


def test_a_form_in_the_card_says_why_it_needs_no_answer(stage: RunningInPlayground) -> None:
    stage.go(CHANNEL)
    stage.arrive(3, "My refund went to my old account.")
    card = stage.card("my old account")
    stage.picture("teams-channel.png")
    card.get_by_role("button", name="More options").click()
    stage.page.get_by_text("Dismiss…").last.click()
    card.get_by_role("combobox").click()
    stage.page.get_by_role("option").first.click()
    card.get_by_role("button", name="Dismiss", exact=True).click()
    expect(card).to_contain_text("Dismissed.")
    expect(card).not_to_contain_text("Nobody has it.")


def test_the_last_entry_of_the_menu_leads_to_everything_else(stage: RunningInPlayground) -> None:
    stage.go(CHANNEL)
    token = stage.arrive(5, "Two refunds came, and one invoice too many.")
    card = stage.card("one invoice too many")
    card.get_by_role("button", name="More options").click()
    stage.page.get_by_text("More…").last.click()
    more = stage.card(f"More on #{token}")
    more.get_by_role("combobox").click()
    stage.page.get_by_role("option", name="Note", exact=True).click()
    more.get_by_role("button", name="Go on").click()
    note = stage.card(f"Note #{token}")
    note.get_by_role("textbox").first.fill("Asked the bank.")
    note.get_by_role("button", name="Note", exact=True).click()
    stage.bot.wait_for(lambda: any(row["action"] == "noted" for row in stage.bot.reader.log()))
    expect(card).to_contain_text("Nobody has it.")


def test_a_command_in_a_channel_is_answered_in_its_thread(stage: RunningInPlayground) -> None:
    stage.go(CHANNEL)
    token = stage.arrive(4, "No refund after six weeks.")
    stage.post(f"claim #{token}")
    expect(stage.card("No refund after six weeks.")).to_contain_text("Ana Lopez has it.")
    stage.post("list")
    expect(stage.page.get_by_text(re.compile("Nobody has|Unclaimed|nobody", re.IGNORECASE)).first).to_be_visible()


def test_the_personal_chat_answers_help_and_what_i_have(stage: RunningInPlayground) -> None:
    stage.go(CHAT)
    stage.say("help all")
    answer = stage.card("All that Dibs understands")
    for verb in ON_CARDS:
        if verb.help:
            expect(answer).to_contain_text(f"{verb.name} ")
    stage.say("mine")
    expect(stage.card("No refund after six weeks.")).to_be_visible()
    stage.picture("teams-chat.png")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_card_is_low_and_has_one_row_of_buttons_in_every_state(stage: RunningInPlayground, scene: Scene) -> None:
    """Drawn by Teams' own renderer; what is fetched of a stranger's is drawn here, since the page has no network."""
    stage.page.route("https://pictures.example/**", _painted)
    stage.go(CHANNEL)
    pictures: dict[str, bytes] = {}
    heights: dict[str, float] = {}
    for name, one in States(RepliesInstallation(scene)).all().items():
        stage.playground.post(draw(one, TENANT).activity())
        card = stage.card(f"#{one.token}")
        expect(card).to_be_visible()
        box = card.bounding_box()
        assert box is not None
        heights[name] = box["height"]
        rows = {round(button.bounding_box()["y"]) for button in card.get_by_role("button").all()}  # type: ignore[index]
        assert len(rows) <= 1, name
        assert card.get_by_role("button").count() <= 4, name
        pictures[name] = card.screenshot()
    stage.sheet("teams-cards.png", pictures)
    assert heights["new"] <= 260, heights
    assert max(heights[name] for name in ("resolved", "dismissed", "moved")) <= 95, heights


def _painted(route: Route) -> None:
    """Paint a face, or an anvil."""
    face = '<circle cx="20" cy="15" r="8"/><ellipse cx="20" cy="38" rx="14" ry="13"/>'
    anvil = '<path d="M4 8h32v5c-9 0-12 4-12 9v3h6v5H10v-5h6v-3c0-5-4-6-12-9z"/>'
    shape, size = (face, "40") if "kim" in route.request.url else (anvil, "320")
    drawn = f'<svg xmlns="http://www.w3.org/2000/svg" width="{size}" height="{size}" viewBox="0 0 40 40"'
    body = f'{drawn}><rect width="40" height="40" fill="#cfe3dc"/><g fill="#0f5a4a">{shape}</g></svg>'
    route.fulfill(body=body, content_type="image/svg+xml")
