"""What stands in public is, byte for byte, what the desk showed last before the press; on every source that replies."""

import html
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from bot.net.client import Fetcher
from bot.runtime.clock import Clock
from bot.sources.base import Source
from bot.sources.kit.sandbox import Isolation
from bot.sources.kit.tools import SourceTools
from bot.sources.registry import build
from handlers.base.events import Deleted
from handlers.own.resolve import ResolveMention
from storage.own import mentions
from storage.own.mentions import MentionRow
from storage.tables.states import Action
from tests.bot.chat.desk.installation import Browser, DeskInstallation, open_installation
from tests.bot.chat.desk.replying import BY_HAND, OPEN, main_of, open_replying
from tests.fakes.sites.base import Site
from tests.fakes.sites.served import serve
from tests.harness.loops import run_in
from tests.harness.patience import wait_until
from tests.harness.scene import ORGANISATION, at
from tests.harness.talking import settings_of

CHARTER = 'publish = ["anyone"]\nreview = "none"\nsignature = "— {name}, Acme {department}"'
# Spaces at the ends of lines, an empty line, a mark that nobody sees, letters that are written from right to left.
TEXT = "I am  sorry, Kim.  \n\nSee https://help.example/a?b=1&c=<2>\u200b, please: שלום 👩‍👩‍👧 *not* <b>bold</b>."


@dataclass
class SiteAtTheDesk:
    """A desk that answers on a site."""

    house: DeskInstallation
    site: Site
    mention: MentionRow


@contextmanager
def answering(folder: Path, name: str) -> Iterator[SiteAtTheDesk]:
    """Open a desk whose one source is a site, on which Kim wrote."""
    with serve([name], CHARTER) as sites:
        site = sites[name]
        parent = site.write("#acme refund: where is it?")
        settings = settings_of(site)
        sources: dict[str, Source] = {}
        organisation = replace(ORGANISATION, sources=(replace(settings.rules, baseline=False),))
        with open_installation(folder, organisation, sources=sources) as house:
            clock = Clock()
            fetcher = Fetcher(clock)

            async def hear() -> Any:
                tools = SourceTools(fetcher=fetcher, isolation=Isolation(), clock=clock)
                sources[name] = build(settings.config, tools)
                return await sources[name].poll("")  # type: ignore[attr-defined]

            house.scene.ingest(*run_in(house.loop, hear()).events, source=name)
            (mention,) = house.scene.database.read(
                lambda session: mentions.listed(session, mentions.Filter(), limit=2, newest=True)
            )
            assert parent
            yield SiteAtTheDesk(house, site, mention)
            run_in(house.loop, fetcher.aclose())


def check(visitor: Browser, mention: MentionRow, **typed: str) -> dict[str, Any]:
    """Ask how what was typed will stand there, as the desk's script does."""
    path = f"/m/{mention.token}/draft"
    answer = visitor.post(f"{path}/check", {**visitor.form(path), **typed})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def whole(page: str) -> str:
    """Return the last reply that a page shows as it will stand there."""
    return html.unescape(re.findall(r'<p class="whole" dir="auto">(.*?)</p>', page, re.DOTALL)[-1])


@pytest.mark.parametrize("name", ["bluesky", "lemmy", "mastodon", "reddit", "wordpress"])
def test_what_a_service_receives_is_what_was_shown_last(tmp_path: Path, name: str) -> None:
    with answering(tmp_path, name) as there:
        ana, mention = there.house.visitor("Ana"), there.mention
        path = f"/m/{mention.token}/draft"
        shown = check(ana, mention, text=TEXT)
        assert "Zero width space (U+200B)" in shown["preview"]
        assert ("A card of <bdi>help.example</bdi>" in shown["preview"]) is (name == "mastodon")
        form = {**ana.form(path), "shown": shown["shown"], "text": TEXT, "then": "publish"}
        assert ana.post(path, form).status_code == 303

        def is_there() -> bool:
            there.house.rest(0.05)
            return Action.RESPONDED in there.house.scene.log(mention)

        wait_until(is_there, lambda: there.house.scene.log(mention))
        preview = whole(shown["preview"])
        assert [one.text for one in there.site.replies()] == [preview]
        assert preview.endswith("\n— Ana, Acme Finance")
        assert preview.startswith("@kim I am  sorry" if name == "mastodon" else "I am  sorry")


def test_what_is_given_to_copy_is_what_was_shown_last(tmp_path: Path) -> None:
    with open_replying(tmp_path, replace(OPEN, signature="— {name}"), BY_HAND) as desk:
        mention = desk.arrive()
        ana = desk.house.visitor("Ana")
        shown = check(ana, mention, text=TEXT)
        page = ana.press("draft", mention.token, "/", text=TEXT, then="publish", shown=shown["shown"]).text
        copied = re.search(r'<textarea class="copy"[^>]*>(.*?)</textarea>', page, re.DOTALL)
        assert copied is not None
        assert html.unescape(copied[1]) == whole(shown["preview"]) == f"{TEXT}\n— Ana"


# --- the look at what is typed ---------------------------------------------------------------------------------------


def test_a_look_keeps_nothing_and_sends_nothing(tmp_path: Path) -> None:
    with open_replying(tmp_path, replace(OPEN, signature="— {name}")) as desk:
        mention = desk.arrive()
        ana = desk.house.visitor("Ana")
        assert whole(check(ana, mention, text="Hello")["preview"]) == "Hello\n— Ana"
        assert check(ana, mention, saved="Sorry")["text"] == "Hello Kim, I am sorry. I look into it today. Ana"
        assert desk.house.scene.log(mention) == ["arrived"]
        assert desk.place.standing == []


def test_a_look_is_for_who_has_a_session_from_our_own_page(tmp_path: Path) -> None:
    with open_replying(tmp_path, OPEN) as desk:
        mention = desk.arrive()
        path, ana = f"/m/{mention.token}/draft/check", desk.house.visitor("Ana")
        form = {**ana.form(f"/m/{mention.token}/draft"), "text": "Hello"}
        assert Browser(desk.house).post(path, form).status_code == 401
        assert ana.post(path, {**form, "csrf": "0"}).status_code == 403
        assert ana.post(path, form, Origin="https://evil.example").status_code == 403
        assert ana.get(path).status_code == 404


def test_a_text_that_is_far_too_long_is_said_to_be_and_comes_back_whole(tmp_path: Path) -> None:
    with open_replying(tmp_path, OPEN) as desk:
        mention = desk.arrive()
        ana, text = desk.house.visitor("Ana"), "I am sorry. " * 8_333 + "Ana."
        said = check(ana, mention, text=text)["preview"]
        assert "a draft has at most 10,000 characters, and this has 100,000. Nothing was cut" in said
        page = ana.press("draft", mention.token, "/", text=text, then="keep")
        assert page.status_code == 422
        assert "Nothing was cut" in page.text
        assert f">{text}</textarea>" in page.text
        assert desk.house.scene.log(mention) == ["arrived"]


def test_a_look_at_what_is_gone_or_closed_says_so(tmp_path: Path) -> None:
    with open_replying(tmp_path, OPEN) as desk:
        mention = desk.arrive(external_id="gone")
        ana = desk.house.visitor("Ana")
        form = ana.form(f"/m/{mention.token}/draft")
        desk.house.scene.do(ResolveMention(who=desk.house.scene.who("UANA", "Ana"), reference=at(mention)))
        assert "This is resolved: a draft can be kept" in check(ana, mention, text="Hello")["preview"]
        desk.house.scene.ingest(Deleted(external_id="gone"))
        assert "The author deleted the post" in html.unescape(check(ana, mention, text="Hello")["preview"])
        nowhere = ana.post("/m/zzzzz/draft/check", {**form, "text": "Hello"}).json()
        assert (nowhere["ok"], "There is no such mention" in nowhere["text"]) == (False, True)


def test_the_buttons_say_what_they_do_as_the_text_becomes_a_risk(tmp_path: Path) -> None:
    charter = replace(OPEN, review="second person", review_when=replace(OPEN.review_when, words=("lawyer",)))
    with open_replying(tmp_path, charter) as desk:
        mention = desk.arrive()
        ana = desk.house.visitor("Ana")
        page = main_of(ana.get(f"/m/{mention.token}/draft").text)
        assert re.findall(r'name="then" value="(\w+)">([^<]+)<', page) == [
            ("keep", "Save as a draft"),
            ("review", "Ask for a review"),
            ("publish", "Publish now"),
        ]
        assert ">Publish now<" in check(ana, mention, text="I send it. Ana")["ends"]
        assert ">Publish now<" not in check(ana, mention, text="Ask your lawyer. Ana")["ends"]
