"""The real bot in Microsoft's own simulator of Teams, in a browser: our cards, drawn by Teams' own renderer.

With DIBS_SCREENSHOTS set to a folder (`make test-playground` does so) the pictures of the README are written there.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect, sync_playwright

from handlers.verbs import ON_CARDS
from tests.bot.chat.desk.windows import ARGUMENTS
from tests.bot.chat.teams.playground.simulator import HOW, Playground, find, new, playing
from tests.end_to_end.bot_process import TEAMS_HOMES, BotProcess, mentioned

# Its page asks for pictures and animations of Microsoft's, which are not needed: it shall reach this machine alone.
ALONE = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
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
        """Take a picture for the README, without the simulator's log."""
        folder = Path(os.environ.get("DIBS_SCREENSHOTS", self.bot.folder))
        folder.mkdir(parents=True, exist_ok=True)
        self.page.mouse.move(0, 0)
        self.page.evaluate("document.fonts.ready")
        self.page.screenshot(path=folder / name)
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
    expect(card.get_by_role("button", name="Release")).to_be_visible()
    assert set(stage.bot.reader.owners().values()) == {"Ana Lopez"}


def test_a_card_that_somebody_else_claimed_changes_without_a_press_of_mine(stage: RunningInPlayground) -> None:
    stage.go(CHANNEL)
    token = stage.arrive(2, "The invoice of March is wrong.")
    card = stage.card("invoice of March")
    expect(card).to_contain_text("Nobody has it.")
    stage.playground.send(stage.playground.press(1, token, stage.reference(token), "claim"))
    expect(card).to_contain_text("Ben Weiss has it.")


def test_a_form_in_the_card_leaves_a_note(stage: RunningInPlayground) -> None:
    stage.go(CHANNEL)
    stage.arrive(3, "My refund went to my old account.")
    card = stage.card("my old account")
    stage.picture("teams-channel.png")
    card.get_by_role("button", name="More options").click()
    stage.page.get_by_text("Note…").last.click()
    card.get_by_role("textbox").first.fill("Asked the bank.")
    card.get_by_role("button", name="Note", exact=True).click()
    stage.bot.wait_for(lambda: any(row["action"] == "noted" for row in stage.bot.reader.log()))


def test_a_command_in_a_channel_is_answered_in_its_thread(stage: RunningInPlayground) -> None:
    stage.go(CHANNEL)
    token = stage.arrive(4, "No refund after six weeks.")
    stage.post(f"claim #{token}")
    expect(stage.card("No refund after six weeks.")).to_contain_text("Ana Lopez has it.")
    stage.post("list")
    expect(stage.page.get_by_text(re.compile("Nobody has|Unclaimed|nobody", re.IGNORECASE)).first).to_be_visible()


def test_the_personal_chat_answers_help_and_what_i_have(stage: RunningInPlayground) -> None:
    stage.go(CHAT)
    stage.say("help")
    answer = stage.card("Questions")
    for verb in ON_CARDS:
        expect(answer).to_contain_text(f"{verb.name} ")
    stage.say("mine")
    expect(stage.card("No refund after six weeks.")).to_be_visible()
    stage.picture("teams-chat.png")
