"""A reply in a real browser: from the draft to where it stands, by two people at once, by keys, and on a telephone."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from handlers.base.replying import Changed
from storage.own.mentions import MentionRow
from storage.tables.states import Action
from tests.bot.chat.desk.replying import BY_API, BY_HAND, CHARTER, OPEN, TEXT, ReplyingInstallation, open_replying
from tests.bot.chat.desk.windows import CONTRAST, card, tab_to, window
from tests.harness.patience import HANG_SECONDS

pytestmark = pytest.mark.desk

HOSTILE = (
    "</p><script>alert(1)</script> [acme.example](https://evil.example) <https://evil.example|acme.example> \u202egnp"
)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[ReplyingInstallation]:
    with open_replying(tmp_path) as opened:
        yield opened


@pytest.fixture
def open_to_all(tmp_path: Path) -> Iterator[ReplyingInstallation]:
    with open_replying(tmp_path, OPEN, BY_API) as opened:
        yield opened


@pytest.fixture
def by_hand(tmp_path: Path) -> Iterator[ReplyingInstallation]:
    with open_replying(tmp_path, OPEN, BY_HAND) as opened:
        yield opened


def open_form(page: Page, mention: MentionRow, verb: str) -> None:
    """Open the form of a verb, from the menu where it stands there."""
    control = card(page, mention).locator(f"[data-form={verb}]")
    if not control.is_visible():
        card(page, mention).locator(".more > summary").click()
    control.click()
    expect(page.locator("#sheet h1")).to_be_visible()


def state(page: Page, mention: MentionRow) -> Locator:
    """Return the line in which a card says how it stands."""
    return card(page, mention).locator(".state")


def save(page: Page, label: str = "") -> None:
    """Send the form in the dialog, by the button with these words where it has several."""
    named = page.locator("#sheet .ends").get_by_role("button", name=label, exact=True)
    (named if label else page.locator("#sheet form button.primary")).click()


def close_if_open(page: Page) -> None:
    """Close what is to be read, where there was advice."""
    if page.locator("#sheet .told").is_visible():
        page.locator("#sheet [data-close]").last.click()
    expect(page.locator("#sheet")).to_be_hidden()


def test_a_reply_is_drafted_read_by_a_second_person_and_published_before_everybodys_eyes(
    chromium: Browser, desk: ReplyingInstallation
) -> None:
    mention = desk.arrive()
    with window(chromium, desk.house, "Ana") as ana, window(chromium, desk.house, "Ben") as ben:
        open_form(ana, mention, "draft")
        expect(ana.locator("#f-text")).to_be_focused()
        ana.keyboard.type("We are sorry. Ana")
        save(ana, "Save as a draft")
        expect(ana.locator("#sheet .told, #said p").first).to_contain_text("is kept.")
        close_if_open(ana)
        expect(state(ben, mention)).to_contain_text("drafting Ana")
        expect(ben.locator("#news")).to_contain_text(f"Ana drafted a reply to #{mention.token}")

        open_form(ana, mention, "draft")
        expect(ana.locator("#f-text")).to_have_value("We are sorry. Ana")
        ana.locator("#f-text").fill(TEXT)
        save(ana, "Ask for a review")
        close_if_open(ana)
        expect(state(ben, mention)).to_contain_text("Ana’s reply waits for a second person.")

        open_form(ben, mention, "review")
        beside = ben.locator("#sheet .beside")
        expect(beside).to_contain_text("Where is my refund?")
        expect(beside).to_contain_text("We answer customers who ask for help. Plain and kind.")
        expect(beside).to_contain_text(TEXT)
        save(ben, "Approve and publish")
        expect(ben.locator("#said")).to_contain_text("is on its way")
        expect(card(ben, mention)).to_contain_text("Ana answered. Waiting for the author.")
        expect(card(ana, mention)).to_contain_text("Ana answered. Waiting for the author.")
    assert [one.text for one in desk.place.standing] == [TEXT]


def test_a_reviewer_sees_what_changed_since_they_read_it(chromium: Browser, desk: ReplyingInstallation) -> None:
    mention = desk.arrive()
    desk.draft("Ana", mention, "We are sorry. Ana", then="review")
    with window(chromium, desk.house, "Ben") as ben:
        open_form(ben, mention, "review")
        save(ben, "Ask for changes…")
        expect(ben.locator("#e-remark")).to_have_text("Say why: the writer is told.")
        expect(ben.locator("#f-remark")).to_be_focused()
        ben.keyboard.type("Say when it comes.")
        save(ben, "Ask for changes…")
        expect(state(ben, mention)).to_contain_text("Ben asks Ana for changes. “Say when it comes.”")
        desk.draft("Ana", mention, "We are sorry. It comes on Monday. Ana", then="review")
        expect(state(ben, mention)).to_contain_text("Ana’s reply waits for a second person.")
        open_form(ben, mention, "review")
        expect(ben.locator("#sheet .beside")).to_contain_text("What Ana changed since it was read")
        expect(ben.locator("#sheet .beside")).to_contain_text("It comes on Monday.")


def test_a_draft_that_is_edited_while_it_is_read_is_shown_anew_and_what_was_typed_stays(
    chromium: Browser, desk: ReplyingInstallation
) -> None:
    mention = desk.arrive()
    desk.draft("Ana", mention, "We are sorry. Ana", then="review")
    with window(chromium, desk.house, "Ben") as ben:
        open_form(ben, mention, "review")
        ben.locator("#f-remark").fill("Good")
        desk.draft("Ana", mention, "We are not sorry. Ana", then="review")
        save(ben, "Approve")
        expect(ben.locator("#sheet [role=alert]")).to_contain_text("changed since it was shown to you")
        expect(ben.locator("#sheet .beside")).to_contain_text("We are not sorry. Ana")
        expect(ben.locator("#f-remark")).to_have_value("Good")
        save(ben, "Approve")
        expect(state(ben, mention)).to_contain_text("Ana’s reply is approved by Ben")


@pytest.mark.turns
@pytest.mark.parametrize(
    ("text", "wrong"), [("I am sorry. " * 40, "too long"), ("I guarantee it. Ana", "The charter blocks"), ("", "rite")]
)
def test_what_cannot_be_kept_is_said_beside_the_text_which_stays(
    chromium: Browser, desk: ReplyingInstallation, text: str, wrong: str
) -> None:
    mention = desk.arrive()
    with window(chromium, desk.house, "Ana") as ana:
        open_form(ana, mention, "draft")
        ana.locator("#f-text").fill(text)
        save(ana)
        expect(ana.locator("#e-text")).to_contain_text(wrong)
        expect(ana.locator("#f-text")).to_have_value(text)
        expect(ana.locator("#f-text")).to_be_focused()
        expect(ana.locator("#sheet .wrong")).to_have_count(1)
    assert desk.house.scene.log(mention) == ["arrived"]


def test_who_has_no_api_gets_the_text_to_copy_and_says_where_it_stands(
    chromium: Browser, by_hand: ReplyingInstallation
) -> None:
    mention = by_hand.arrive()
    by_hand.draft("Ana", mention)
    with window(chromium, by_hand.house, "Ana") as ana:
        ana.context.grant_permissions(["clipboard-read", "clipboard-write"])
        card(ana, mention).locator(".more > summary").click()
        card(ana, mention).locator("[data-verb=publish]").click()
        expect(ana.locator("#sheet h1")).to_contain_text("copy the text, post it yourself")
        expect(ana.locator("#sheet [data-copy]")).to_be_focused()
        ana.keyboard.press("Enter")
        expect(ana.locator("#sheet [data-copy]")).to_have_text("Copied")
        assert ana.evaluate("navigator.clipboard.readText()") == TEXT
        away = ana.locator("#sheet a[target=_blank]")
        expect(away).to_have_text("Open on blog")
        expect(away).to_have_attribute("href", "https://blog.example/1")
        assert by_hand.house.scene.log(mention)[-1] == Action.DRAFTED  # nothing went out
        ana.locator("#sheet [data-form=posted]").click()
        expect(ana.locator("#f-url")).to_be_focused()
        ana.keyboard.type("https://blog.example/1#reply-7")
        ana.keyboard.press("Enter")
        expect(ana.locator("#said")).to_contain_text("is answered.")
        expect(ana.locator("#sheet")).to_be_hidden()
        expect(card(ana, mention)).to_contain_text("Ana answered.")


def test_several_drafts_are_a_choice(chromium: Browser, open_to_all: ReplyingInstallation) -> None:
    mention = open_to_all.arrive()
    open_to_all.draft("Ana", mention, "I am Ana and I look into it.")
    open_to_all.draft("Ben", mention, "I am Ben and I look into it.")
    with window(chromium, open_to_all.house, "Chloe") as chloe:
        card(chloe, mention).locator(".more > summary").click()
        card(chloe, mention).locator("[data-verb=publish]").click()
        expect(chloe.locator("#sheet .note")).to_contain_text("2 drafts on")
        expect(chloe.locator("#sheet .beside")).to_contain_text("I am Ana and I look into it.")
        expect(chloe.locator("#f-draft")).to_be_focused()
        chloe.locator("#f-draft").select_option(label="Ben: I am Ben and I look into it.")
        save(chloe)
        expect(card(chloe, mention)).to_contain_text("Ben answered.")
    assert [one.text for one in open_to_all.place.standing] == ["I am Ben and I look into it."]


def test_a_post_is_brought_in_by_its_address_then_by_what_it_says(
    chromium: Browser, desk: ReplyingInstallation
) -> None:
    with window(chromium, desk.house, "Ana") as ana:
        ana.get_by_role("link", name="Bring in a post").click()
        expect(ana.locator("#f-url")).to_be_focused()
        expect(ana.locator("#sheet .field")).to_have_count(1)
        ana.keyboard.type("forum.example/t/7")
        ana.keyboard.press("Enter")
        expect(ana.locator("#e-url")).to_be_visible()
        ana.locator("#f-url").fill("https://forum.example/t/7")
        ana.keyboard.press("Enter")
        expect(ana.locator("#sheet .about")).to_contain_text("Nobody could fetch what stands there.")
        expect(ana.locator("#sheet .wrong")).to_have_count(0)
        expect(ana.locator("#f-title")).to_be_focused()
        ana.keyboard.press("Tab")
        ana.keyboard.type("Where is my invoice?")
        save(ana)
        ana.wait_for_url("**/m/*")
        expect(ana.locator(".card")).to_contain_text("Where is my invoice?")
        expect(ana.locator("#said")).to_contain_text("is in, for Finance.")


@pytest.mark.turns
@pytest.mark.parametrize("verb", ["draft", "review", "posted"])
def test_a_hostile_post_beside_a_form_stays_text(chromium: Browser, tmp_path: Path, verb: str) -> None:
    with open_replying(tmp_path, OPEN, BY_HAND) as desk:
        mention = desk.arrive(HOSTILE, title="<img src=x onerror=alert(1)>", lang="en", url="javascript:alert(1)")
        desk.draft("Ana", mention, f"I saw {HOSTILE} Ana", then="review" if verb == "review" else "keep")
        with window(chromium, desk.house, "Ben" if verb == "review" else "Ana") as page:
            asked: list[str] = []
            page.on("request", lambda request: asked.append(request.url))
            open_form(page, mention, verb)
            beside = page.locator("#sheet .beside")
            expect(beside).to_contain_text("<script>alert(1)</script>")
            assert beside.locator("script, img, a").count() == 0
            assert beside.locator("p > span:not([dir=auto])").count() == 0
            assert beside.locator("[lang=en]").count() >= 1
            spans = "[...document.querySelectorAll('#sheet .beside p > span')]"
            assert page.evaluate(f"{spans}.every((one) => getComputedStyle(one).unicodeBidi === 'isolate')")
            assert [url for url in asked if not url.startswith(desk.house.url)] == []


def press(page: Page, mention: MentionRow, verb: str) -> None:
    """Come to a card and press one of its verbs, by keys alone."""
    page.goto(page.url.split("?")[0])
    expect(page.locator("#live-words")).to_have_text("Live")
    page.keyboard.press("j")
    control = f"#c-{mention.token} [data-verb={verb}], #c-{mention.token} [data-form={verb}]"
    if not page.locator(control).first.is_visible():
        tab_to(page, "details.more > summary")
        page.keyboard.press("Enter")
    tab_to(page, control)
    page.keyboard.press("Enter")


def send(page: Page) -> None:
    """Come to the button of the dialog and press it, by keys alone."""
    tab_to(page, "#sheet form button.primary")
    page.keyboard.press("Enter")


def test_a_reply_is_drafted_read_and_published_by_keys_alone(chromium: Browser, desk: ReplyingInstallation) -> None:
    mention = desk.arrive()
    with window(chromium, desk.house, "Ana") as ana, window(chromium, desk.house, "Ben") as ben:
        press(ana, mention, "draft")
        expect(ana.locator("#f-text")).to_be_focused()
        ana.keyboard.type(TEXT)
        expect(ana.locator("#sheet .ends button").first).to_have_text("Ask for a review")  # the charter wants it
        send(ana)
        expect(card(ana, mention)).to_contain_text("reply waits for a second person")
        press(ben, mention, "review")
        expect(ben.locator("#sheet .beside")).to_be_focused()  # one reads first
        send(ben)
        expect(card(ben, mention)).to_contain_text("Ana answered.")
        ben.wait_for_function("document.activeElement.closest('.card') !== null", timeout=1_000 * HANG_SECONDS)


@pytest.mark.turns
@pytest.mark.parametrize("verb", ["publish", "posted", "withdraw", "confirm"])
def test_every_other_verb_of_a_reply_by_keys_alone(chromium: Browser, tmp_path: Path, verb: str) -> None:
    with open_replying(tmp_path, OPEN, BY_HAND if verb == "posted" else BY_API) as desk:
        mention = desk.arrive()
        desk.draft("Ana", mention)
        if verb == "confirm":
            desk.place.states["post-1"] = Changed("The post was edited.", "{}")
            desk.house.visitor("Ana").press("publish", mention.token, "/")
            desk.wait_for(mention, Action.UNCLEAR)
        with window(chromium, desk.house, "Ana") as ana:
            if verb == "confirm":
                ana.goto(f"{desk.house.url}/m/{mention.token}")
            press(ana, mention, verb)
            if verb == "posted":
                expect(ana.locator("#f-url")).to_be_focused()
                ana.keyboard.type("https://blog.example/1#reply-7")
                send(ana)
            if verb == "confirm":
                expect(ana.locator("#sheet .beside")).to_contain_text("The post was edited.")
                send(ana)
            expect(card(ana, mention)).to_contain_text("Nobody has it." if verb == "withdraw" else "Ana answered.")
            desk.wait_for(mention, Action.WITHDRAWN if verb == "withdraw" else Action.RESPONDED)


def _many_words(desk: ReplyingInstallation) -> MentionRow:
    """Let there be much to read: a word without an end in the post, and a draft that was changed."""
    mention = desk.arrive("refund " * 200 + "wordwithoutanyend" * 40, title="A title " * 20)
    desk.draft("Ana", mention, "We are sorry. " + "x" * 200, then="review")
    desk.review("Ben", mention, "changes", remark="Shorter. " + "y" * 200)
    desk.draft("Ana", mention, "We are sorry.", then="review")
    return mention


@pytest.mark.turns
@pytest.mark.parametrize("path", ["/m/{token}", "/m/{token}/draft", "/m/{token}/review", "/add"])
def test_nothing_is_wider_than_a_telephone(chromium: Browser, desk: ReplyingInstallation, path: str) -> None:
    mention = _many_words(desk)
    address = desk.house.url + path.format(token=mention.token)
    with window(chromium, desk.house, "Ben", width=390) as ben:
        ben.goto(address)
        assert ben.evaluate("document.documentElement.scrollWidth") <= 390
        if path.endswith(("draft", "review")):
            ben.goto(f"{desk.house.url}/m/{mention.token}")
            open_form(ben, mention, path.rsplit("/", 1)[1])
            assert ben.evaluate("document.getElementById('sheet').scrollWidth") <= 390
            assert ben.evaluate("document.documentElement.scrollWidth") <= 390


def test_what_is_posted_by_hand_is_not_wider_than_a_telephone(chromium: Browser, by_hand: ReplyingInstallation) -> None:
    mention = by_hand.arrive("wordwithoutanyend" * 40)
    by_hand.draft("Ana", mention, "x" * 400 + " Ana")
    with window(chromium, by_hand.house, "Ana", width=390) as ana:
        card(ana, mention).locator(".more > summary").click()
        card(ana, mention).locator("[data-verb=publish]").click()
        expect(ana.locator("#sheet [data-copy]")).to_be_visible()
        assert ana.evaluate("document.getElementById('sheet').scrollWidth") <= 390
        ana.locator("#sheet [data-form=posted]").click()
        expect(ana.locator("#f-url")).to_be_visible()
        assert ana.evaluate("document.getElementById('sheet').scrollWidth") <= 390


@pytest.mark.turns
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_text_of_replies_has_the_contrast_of_wcag_aa(chromium: Browser, tmp_path: Path, scheme: str) -> None:
    with open_replying(tmp_path, CHARTER, BY_API) as desk:
        mention = _many_words(desk)
        with window(chromium, desk.house, "Ben", scheme=scheme) as ben:
            for verb in ("draft", "review"):
                ben.goto(f"{desk.house.url}/m/{mention.token}/{verb}")
                assert ben.evaluate(CONTRAST) == [], verb
            desk.review("Ben", mention, "approve_publish")
            desk.wait_for(mention, Action.RESPONDED)
            ben.goto(f"{desk.house.url}/m/{mention.token}")
            expect(ben.locator("#talk")).to_contain_text("Our reply")
            assert ben.evaluate(CONTRAST) == []
            ben.goto(f"{desk.house.url}/add")
            assert ben.evaluate(CONTRAST) == []


@pytest.mark.turns
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_text_of_what_is_posted_by_hand_has_the_contrast_of_wcag_aa(
    chromium: Browser, by_hand: ReplyingInstallation, scheme: str
) -> None:
    mention = by_hand.arrive()
    by_hand.draft("Ana", mention)
    with window(chromium, by_hand.house, "Ana", scheme=scheme) as ana:
        card(ana, mention).locator(".more > summary").click()
        card(ana, mention).locator("[data-verb=publish]").click()
        expect(ana.locator("#sheet [data-copy]")).to_be_visible()
        # What lies behind a dialog is dimmed and not to be read.
        assert ana.evaluate(CONTRAST.replace("document.body", "document.getElementById('sheet')")) == []
