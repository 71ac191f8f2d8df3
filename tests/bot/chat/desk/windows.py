"""Windows: somebody at the desk in a real browser, where nothing may go wrong in the console."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, expect

from storage.own.mentions import MentionRow
from tests.bot.chat.desk.installation import DeskInstallation
from tests.harness.patience import HANG_SECONDS

expect.set_options(timeout=1_000 * HANG_SECONDS)

ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
CONTRAST = (Path(__file__).parent / "contrast.js").read_text()


def _is_error(line: ConsoleMessage) -> bool:
    # One test looks at the page of what is not there, another types while its session ends.
    return line.type == "error" and "404" not in line.text and "401" not in line.text


@contextmanager
def window(
    chromium: Browser, house: DeskInstallation, name: str, *, width: int = 1280, scheme: str = "light"
) -> Iterator[Page]:
    """Open a window of its own for somebody, signed in; nothing may go wrong in its console."""
    context: BrowserContext = chromium.new_context(
        viewport={"width": width, "height": 844},
        color_scheme=scheme,  # type: ignore[arg-type]
    )
    # A board that changed takes presses at once here: a test presses as soon as it sees what it waits for.
    context.add_init_script("addEventListener('DOMContentLoaded', () => { document.body.dataset.still = '0'; })")
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda line: complaints.append(line.text) if _is_error(line) else None)
    page.on("dialog", lambda dialog: complaints.append(dialog.message))
    page.goto(house.link(name))
    page.get_by_role("button").click()
    expect(page.locator("#live-words")).to_have_text("Live")
    yield page
    context.close()
    assert complaints == []


def card(page: Page, mention: MentionRow) -> Locator:
    return page.locator(f"#c-{mention.token}")


# Where the focus is: there, in the row of buttons in which it is, or elsewhere.
_WHERE = """(selector) => {
    const here = document.activeElement, row = here.closest('.menu') ? null : here.closest('.buttons');
    const beside = row && [...row.querySelectorAll(selector)].some((one) => !one.closest('.menu'));
    return here.matches(selector) ? 'there' : beside ? 'beside' : 'elsewhere';
}"""


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until the focus is there, and arrows within the buttons of a card, which are one stop."""
    for _ in range(60):
        where = page.evaluate(_WHERE, selector)
        if where == "there":
            return
        page.keyboard.press("ArrowRight" if where == "beside" else "Tab")
    raise AssertionError(f"Tab never came to {selector}")
