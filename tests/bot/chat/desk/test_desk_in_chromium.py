"""The desk in a real browser: two windows at once, the keyboard alone, a narrow screen, contrast, hostile text.

With DIBS_SCREENSHOTS set to a folder (`make test-desk` does so) the two pictures of the documents are written there.
"""

import os
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from bot.chat.desk import pages, platform
from bot.cli.demo.places import as_post
from bot.cli.demo.samples import SAMPLES
from bot.cli.demo.story import build_organisation
from handlers.listen.ingest import ingest
from tests.bot.chat.desk.installation import DeskInstallation, open_installation
from tests.bot.chat.desk.test_verbs import BEFORE, LOGGED
from tests.bot.chat.desk.test_verbs import TYPED as FILLED_IN
from tests.bot.chat.desk.windows import CONTRAST, card, tab_to, window
from tests.harness.patience import HANG_SECONDS

pytestmark = pytest.mark.desk

TYPED = {
    "takeover": "Ben is ill",
    "assign": "Ben",
    "handoff": "",
    "snooze": "In 2",
    "dismiss": "",
    "note": "Seen before",
}


def fill(house: DeskInstallation) -> None:
    """Let all samples of the demo arrive, a few seconds apart."""
    organisation = house.scene.organisation
    rules = {one.name: one for one in organisation.sources}
    for number, sample in enumerate(SAMPLES):
        house.scene.pass_time(seconds=5)
        now = house.scene.now
        house.scene.database.write(
            lambda session, sample=sample, number=number, now=now: ingest(  # type: ignore[misc]
                session,
                rules[sample.source],
                house.scene.matcher,
                organisation,
                [replace(as_post(sample, number), published_at=now)],
                now,
                random.Random(number),
            )
        )


@pytest.fixture
def full_house(tmp_path: Path) -> Iterator[DeskInstallation]:
    with open_installation(tmp_path, build_organisation()) as house:
        fill(house)
        yield house


def test_a_stream_that_is_held_open_and_carries_nothing_is_noticed_and_connected_anew(
    chromium: Browser, house: DeskInstallation, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (platform, pages):
        monkeypatch.setattr(module, "HEARTBEAT_SECONDS", 0.3)
    with window(chromium, house, "Ana") as ana:
        asked: list[str] = []
        ana.on("request", lambda request: asked.append(request.url) if "/live" in request.url else None)
        monkeypatch.setattr(platform, "HEARTBEAT_SECONDS", 3_600.0)
        (held,) = house.desk._live._listeners
        monkeypatch.setattr(held, "give", lambda event: None)
        new = house.scene.arrive("A new one")
        expect(card(ana, new)).to_be_visible()  # there was nothing that it could have moved
        assert asked


def test_a_claim_in_one_window_shows_in_the_other_without_reload_and_without_moving_focus(
    chromium: Browser, house: DeskInstallation
) -> None:
    first = [house.scene.arrive(f"Hello {number}") for number in range(12)]
    with window(chromium, house, "Ana") as ana, window(chromium, house, "Ben") as ben:
        ben.evaluate("window.stillTheSame = true")
        held = card(ben, first[0]).get_by_role("button", name="Claim")
        held.scroll_into_view_if_needed()
        held.focus()
        before = ben.evaluate("[document.activeElement.closest('.card').getBoundingClientRect().top]")
        new = house.scene.arrive("A new one")
        expect(ben.locator("#fresh")).to_have_text("1 new mention")
        expect(ben.locator("#news")).to_contain_text(f"New mention #{new.token} for Customer support")
        card(ana, first[5]).get_by_role("button", name="Claim").click()
        expect(ana.locator("#said")).to_contain_text("Done.")
        expect(card(ben, first[5])).to_contain_text("Ana has it.")
        expect(ben.locator("#news")).to_contain_text(f"Ana claimed #{first[5].token}")
        expect(ana.locator("#news")).not_to_contain_text("Ana claimed")
        expect(ben.locator("[data-tab=hands] .n")).to_have_text("1")
        after = ben.evaluate("[document.activeElement.closest('.card').getBoundingClientRect().top]")
        assert ben.evaluate("window.stillTheSame") is True
        assert ben.evaluate("document.activeElement.closest('.card').id") == f"c-{first[0].token}"
        assert abs(before[0] - after[0]) <= 2


def test_a_card_that_changes_under_the_focus_keeps_it(chromium: Browser, house: DeskInstallation) -> None:
    mention = house.scene.arrive()
    with window(chromium, house, "Ben") as ben:
        card(ben, mention).locator("[data-form=draft]").focus()
        house.visitor("Ana").press("claim", mention.token)
        expect(card(ben, mention)).to_contain_text("Ana has it.")
        assert ben.evaluate("document.activeElement.dataset.form") == "draft"


def test_who_comes_second_is_told_at_once_and_sees_who_has_it(chromium: Browser, house: DeskInstallation) -> None:
    mention = house.scene.arrive()
    with window(chromium, house, "Ben") as ben:
        ben.context.set_offline(True)
        house.visitor("Ana").press("claim", mention.token)
        ben.context.set_offline(False)
        claim = card(ben, mention).locator("[data-verb=claim]")
        if claim.count():
            claim.click()
            expect(ben.locator("#said")).to_contain_text(f"Ana has #{mention.token} already")
        expect(card(ben, mention)).to_contain_text("Ana has it.")


@pytest.mark.turns
@pytest.mark.parametrize("verb", sorted(LOGGED))
def test_every_verb_by_keyboard_alone(chromium: Browser, house: DeskInstallation, verb: str) -> None:
    mention = house.scene.arrive()
    if verb in BEFORE:
        name, first = BEFORE[verb]
        house.visitor(name).press(first, mention.token, **FILLED_IN.get(first, {}))
    with window(chromium, house, "Ana") as ana:
        if verb in BEFORE:
            ana.goto(f"{house.url}/m/{mention.token}")
            expect(ana.locator("#live-words")).to_have_text("Live")
        ana.keyboard.press("j")
        assert ana.evaluate("document.activeElement.id") == f"c-{mention.token}"
        control = f"#c-{mention.token} [data-verb={verb}], #c-{mention.token} [data-form={verb}]"
        if not ana.locator(control).first.is_visible():
            tab_to(ana, "details.more > summary")
            ana.keyboard.press("Enter")
        tab_to(ana, control)
        ana.keyboard.press("Enter")
        if verb in TYPED:
            expect(ana.locator("#sheet")).to_be_visible()
            ana.keyboard.type(TYPED[verb])
            tab_to(ana, "#sheet button.primary")
            ana.keyboard.press("Enter")
            expect(ana.locator("#sheet")).to_be_hidden()
        expect(ana.locator("#said")).to_contain_text("Done.")
        assert house.scene.log(mention)[-1] == LOGGED[verb]
        ana.wait_for_function("document.activeElement !== document.body", timeout=1_000 * HANG_SECONDS)


def test_a_wrong_field_is_named_beside_it_and_what_was_typed_stays(chromium: Browser, house: DeskInstallation) -> None:
    mention = house.scene.arrive()
    with window(chromium, house, "Ana") as ana:
        card(ana, mention).locator("summary", has_text="More").click()
        card(ana, mention).locator("[data-form=snooze]").click()
        expect(ana.locator("#f-until")).to_be_focused()
        ana.locator("#o-until").fill("2020-01-01T10:30")
        tab_to(ana, "#sheet button.primary")
        ana.keyboard.press("Enter")
        expect(ana.locator("#e-until")).to_be_visible()
        expect(ana.locator("#o-until")).to_have_value("2020-01-01T10:30")
        expect(ana.locator("#f-until")).to_be_focused()
        ana.keyboard.press("Escape")
        expect(ana.locator("#sheet")).to_be_hidden()
        ana.wait_for_function("document.activeElement.closest('.card') !== null", timeout=1_000 * HANG_SECONDS)


def test_keys_move_claim_help_and_can_be_switched_off(chromium: Browser, house: DeskInstallation) -> None:
    older, newer = house.scene.arrive("One"), house.scene.arrive("Two")
    with window(chromium, house, "Ana") as ana:
        ana.keyboard.press("?")
        expect(ana.locator("#help")).to_be_visible()
        ana.keyboard.press("Escape")
        expect(ana.locator("#help")).to_be_hidden()
        # The browser gives the focus back a little after the dialog is hidden.
        ana.wait_for_function("document.activeElement === document.body")
        ana.keyboard.press("j")
        ana.keyboard.press("j")
        ana.keyboard.press("c")
        expect(card(ana, older)).to_contain_text("Ana has it.")
        ana.keyboard.press("k")
        assert ana.evaluate("document.activeElement.id") == f"c-{newer.token}"
        ana.keyboard.press("?")
        ana.locator("#keys-on").uncheck()
        ana.keyboard.press("Escape")
        expect(ana.locator("#help")).to_be_hidden()
        ana.keyboard.press("c")
        ana.wait_for_timeout(300)
        assert house.scene.look(newer).owner_id is None


def test_what_was_missed_is_caught_up_after_a_gap(chromium: Browser, house: DeskInstallation) -> None:
    mention = house.scene.arrive()
    with window(chromium, house, "Ben") as ben:
        house.loop.call_soon_threadsafe(house.cut_streams)
        expect(ben.locator("#live-words")).to_have_text("Reconnecting…")
        house.visitor("Ana").press("claim", mention.token)
        new = house.scene.arrive("While away")
        expect(ben.locator("#live-words")).to_have_text("Live")
        expect(card(ben, mention)).to_contain_text("Ana has it.")
        ben.locator("#fresh").click()
        expect(card(ben, new)).to_be_visible()


def test_more_is_loaded_below_without_leaving_the_page(chromium: Browser, full_house: DeskInstallation) -> None:
    with window(chromium, full_house, "Ana") as ana:
        assert ana.locator(".card").count() == 20
        ana.get_by_role("link", name="Load more").click()
        expect(ana.locator(".card")).to_have_count(40)
        expect(ana.locator("#more")).to_have_count(0)


def test_hostile_mentions_run_nothing_and_reach_no_other_host(chromium: Browser, full_house: DeskInstallation) -> None:
    with window(chromium, full_house, "Ana") as ana:
        asked: list[str] = []
        ana.on("request", lambda request: asked.append(request.url))
        ana.get_by_role("link", name="Load more").click()
        expect(ana.locator(".card")).to_have_count(40)
        assert ana.locator(".card script, .card img:not(.sign), .card h1").count() == 0
        assert [url for url in asked if not url.startswith(full_house.url)] == []
        assert ana.locator(".body:not([dir=auto])").count() == 0
        assert ana.evaluate("getComputedStyle(document.querySelector('.body')).unicodeBidi") == "isolate"


@pytest.mark.turns
@pytest.mark.parametrize(
    "path", ["/", "/?tab=done", "/log", "/sources", "/digest/finance", "/m/{token}", "/m/{token}/snooze"]
)
def test_nothing_is_wider_than_a_telephone(chromium: Browser, full_house: DeskInstallation, path: str) -> None:
    ana_http = full_house.visitor("Ana")
    page_text = ana_http.get("/?order=oldest").text
    token = page_text.split('data-token="')[1][:5]
    ana_http.press("note", token, text="wordwithoutanyend" * 40)
    with window(chromium, full_house, "Ana", width=390) as ana:
        ana.goto(full_house.url + path.format(token=token))
        assert ana.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.turns
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_text_has_the_contrast_of_wcag_aa(chromium: Browser, full_house: DeskInstallation, scheme: str) -> None:
    token = full_house.visitor("Ana").get("/").text.split('data-token="')[1][:5]
    full_house.visitor("Ben").press("claim", token)
    with window(chromium, full_house, "Ana", scheme=scheme) as ana:
        for path in (
            "/",
            "/?tab=hands",
            "/log",
            "/sources",
            "/digest/finance",
            f"/m/{token}",
            f"/m/{token}/snooze",
            "/m/zzzzz",
        ):
            ana.goto(full_house.url + path)
            for opened in ana.locator("details.more").all()[:1]:
                opened.locator("summary").click()
            assert ana.evaluate(CONTRAST) == [], path


def test_motion_is_left_out_where_it_is_not_wanted(chromium: Browser, house: DeskInstallation) -> None:
    with window(chromium, house, "Ana") as ana:
        ana.emulate_media(reduced_motion="reduce")
        mention = house.scene.arrive()
        expect(card(ana, mention)).to_be_visible()
        assert card(ana, mention).evaluate("(card) => getComputedStyle(card).animationName") == "none"


@pytest.mark.turns
@pytest.mark.parametrize("width", [1280, 390])
def test_the_pictures_of_the_desk_can_be_taken(chromium: Browser, tmp_path: Path, width: int) -> None:
    folder = Path(os.environ.get("DIBS_SCREENSHOTS", tmp_path))
    folder.mkdir(parents=True, exist_ok=True)
    with open_installation(tmp_path, build_organisation(), personas=True) as house:
        house.scene.now = datetime.now(UTC) - timedelta(seconds=5 * len(SAMPLES) + 20)
        fill(house)
        _take_picture(chromium, house, folder, width)


def _take_picture(chromium: Browser, house: DeskInstallation, folder: Path, width: int) -> None:
    tokens = [row[:5] for row in house.visitor("Ben").get("/").text.split('data-token="')[1:]]
    house.visitor("Ben").press("claim", tokens[4])
    house.visitor("Chloe").press("resolve", tokens[5])
    house.visitor("Ana").press("snooze", tokens[6], until="2h")
    house.visitor("Ana").press("claim", tokens[7])
    words = "Hallo Max, ich habe hier selbst gelernt. Frag mich, was Du willst. Chloe"
    house.visitor("Chloe").press("draft", tokens[0], text=words, then="keep")
    with window(chromium, house, "Ana", width=width) as ana:
        house.visitor("Ben").press("claim", tokens[1])
        expect(ana.locator(f"#c-{tokens[1]}")).to_contain_text("Ben has it.")
        ana.wait_for_timeout(1_500)  # the mark of what changed has faded
        picture = folder / f"desk-{width}.png"
        ana.evaluate("document.fonts.ready")
        ana.screenshot(path=picture)
        assert picture.stat().st_size > 20_000
