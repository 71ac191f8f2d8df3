"""What is typed at the desk is not lost: not by Escape, a reload or a session that ended, and nobody else sees it."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from storage.tables.states import Action
from tests.bot.chat.desk.replying import BY_API, OPEN, TEXT, ReplyingInstallation, open_replying
from tests.bot.chat.desk.test_replies_in_chromium import open_form, save
from tests.bot.chat.desk.windows import window

pytestmark = pytest.mark.desk
KEPT = "Object.keys(localStorage).filter((key) => key.startsWith('dibs-typed:'))"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[ReplyingInstallation]:
    with open_replying(tmp_path, replace(OPEN, signature="— {name}"), BY_API) as opened:
        yield opened


def come_in(page: Page, desk: ReplyingInstallation, name: str) -> None:
    """Sign in anew, in the same browser."""
    page.goto(desk.house.link(name))
    page.get_by_role("button").click()
    expect(page.locator("#live-words")).to_have_text("Live")


def test_what_is_typed_outlives_everything_until_it_is_sent(chromium: Browser, desk: ReplyingInstallation) -> None:
    mention = desk.arrive()
    with window(chromium, desk.house, "Ana") as ana:
        text, note = ana.locator("#f-text"), ana.locator("#sheet .unsent-here")
        open_form(ana, mention, "draft")
        ana.keyboard.type(TEXT)
        expect(ana.locator("#sheet .whole")).to_have_text(f"{TEXT}\n— Ana")
        expect(ana.locator("#sheet .count")).to_have_text(f"{len(TEXT) + 6} of 300 graphemes")
        ana.keyboard.press("Escape")
        expect(ana.locator("#sheet")).to_be_hidden()
        open_form(ana, mention, "draft")
        expect(text).to_have_value(TEXT)
        expect(note).to_contain_text("Your unsent text of")
        ana.reload()
        ana.locator("#unsent a").click()
        expect(text).to_have_value(TEXT)
        ana.get_by_role("button", name="Throw it away").click()
        expect(text).to_have_value("")
        ana.get_by_role("button", name="Bring it back").click()
        expect(text).to_have_value(TEXT)

        ana.context.clear_cookies()
        ana.keyboard.type(" Bye")
        expect(note).to_contain_text("Your session has ended")
        expect(text).to_have_value(f"{TEXT} Bye")
        come_in(ana, desk, "Ben")
        expect(ana.locator("#unsent")).to_be_hidden()
        open_form(ana, mention, "draft")
        expect(text).to_have_value("")
        come_in(ana, desk, "Ana")
        ana.locator("#unsent a").click()
        expect(text).to_have_value(f"{TEXT} Bye")

        ana.keyboard.type("!")
        save(ana, "Publish now")
        expect(ana.locator("#said")).to_contain_text("is on its way")
        desk.wait_for(mention, Action.RESPONDED)
        assert [one.text for one in desk.place.standing] == [f"{TEXT} Bye!\n— Ana"]
        assert ana.evaluate(KEPT) == []
        expect(ana.locator("#unsent")).to_be_hidden()


def test_a_saved_reply_comes_where_nobody_typed_and_never_over_what_somebody_did(
    chromium: Browser, desk: ReplyingInstallation
) -> None:
    mention = desk.arrive()
    with window(chromium, desk.house, "Ana") as ana:
        text, saved = ana.locator("#f-text"), "Hello Kim, I am sorry. I look into it today. Ana"
        open_form(ana, mention, "draft")
        ana.locator("#f-saved").select_option("Sorry")
        expect(text).to_have_value(saved)
        expect(text).to_be_focused()
        expect(ana.locator("#sheet .whole")).to_have_text(f"{saved}\n— Ana")
        text.fill("My own words")
        ana.locator("#f-saved").select_option("")
        ana.locator("#f-saved").select_option("Sorry")
        expect(text).to_have_value("My own words")
        ana.get_by_role("button", name="Put the saved reply in its place").click()
        expect(text).to_have_value(saved)
        ana.get_by_role("button", name="Bring my text back").click()
        expect(text).to_have_value("My own words")
        assert desk.house.scene.log(mention) == ["arrived"]


def test_a_paste_that_is_far_too_long_stays_whole_in_its_field(chromium: Browser, desk: ReplyingInstallation) -> None:
    mention, pasted = desk.arrive(), "日本語の文。" * 16_667
    with window(chromium, desk.house, "Ana") as ana:
        open_form(ana, mention, "draft")
        ana.keyboard.insert_text(pasted)
        expect(ana.locator("#sheet .preview")).to_contain_text("this has 100,002. Nothing was cut")
        save(ana, "Save as a draft")
        expect(ana.locator("#e-text")).to_contain_text("at most 10,000 characters. Nothing was cut")
        expect(ana.locator("#f-text")).to_have_value(pasted)
    assert desk.house.scene.log(mention) == ["arrived"]
