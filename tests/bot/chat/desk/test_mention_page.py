"""A mention's page: the talk with the notes between its turns, and beside it what we know of its author and source."""

import html
import re
from dataclasses import replace
from pathlib import Path

import pytest

from handlers.base.charter import Charter, ReviewWhen
from handlers.base.events import Author
from handlers.base.organisation import SourceRules
from handlers.report import context
from storage.listen import authors
from storage.tables.states import Action
from tests.bot.chat.desk.installation import DeskInstallation, open_installation
from tests.bot.chat.desk.replying import OPEN, TEXT, open_replying
from tests.bot.chat.desk.test_pages import HOSTILE
from tests.harness.scene import ORGANISATION


def known(page: str) -> str:
    """Return what stands under What we know, as it is read."""
    aside = page[page.index("<aside aria-labelledby") : page.index('<h2 id="log">')]
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", aside))).strip()


def earlier(page: str) -> list[str]:
    return re.findall(r'<li><p><a href="/m/(\w+)"', page[page.index("<aside aria-labelledby") :])


def test_what_the_author_wrote_before_and_our_answer_stand_beside_it_newest_first(tmp_path: Path) -> None:
    with open_replying(tmp_path, OPEN) as desk:
        first = desk.arrive("Where is my refund?")
        desk.draft("Ana", first, then="publish")
        desk.wait_for(first, Action.RESPONDED)
        second = desk.arrive("And where is my invoice?", lang="en")
        desk.arrive("I am somebody else", author=Author(name="Kim", handle="kim", external_id="another"))
        third = desk.arrive("Hello again")
        page = desk.house.visitor().get(f"/m/{third.token}").text
        assert earlier(page) == [second.token, first.token]
        said = known(page)
        assert f"#{second.token} And where is my invoice?" in said
        assert f": {TEXT}" in said
        assert "Role We answer customers who ask for help" in said
        assert "May publish anyone" in said
        assert "Nobody has to read first." in said


def test_the_author_is_known_across_the_sources_of_one_network_and_no_further(tmp_path: Path) -> None:
    sources = tuple(
        SourceRules(name=name, kind="feed", baseline=False, network=network)
        for name, network in (("search", "Bluesky"), ("stream", "Bluesky"), ("blog", ""), ("paper", ""))
    )
    with open_installation(tmp_path, replace(ORGANISATION, sources=sources)) as house:
        scene, made = house.scene, {}
        for rules in sources:
            post = scene.posted(f"Hello from {rules.name}")
            scene.ingest(post, source=rules.name)
            made[rules.name] = re.findall(r'data-token="(\w+)"', house.visitor().get("/").text)[0]
        ana = house.visitor()
        assert earlier(ana.get(f"/m/{made['stream']}").text) == [made["search"]]
        assert "the only mention of theirs" in known(ana.get(f"/m/{made['paper']}").text)


def test_of_an_author_who_writes_without_end_a_bounded_part_is_read(
    house: DeskInstallation, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [house.scene.arrive(f"Hello {number}") for number in range(9)]
    page = house.visitor().get(f"/m/{made[-1].token}").text
    assert earlier(page) == [one.token for one in made[-2:-7:-1]]
    assert "There are more before these." in known(page)
    monkeypatch.setattr(authors, "LOOKED_AT", 3)
    page = house.visitor().get(f"/m/{made[-1].token}").text
    assert earlier(page) == [one.token for one in made[-2:-4:-1]]
    assert context.MOST_EARLIER == 5


def test_who_may_publish_and_read_first_is_said_for_who_looks(tmp_path: Path) -> None:
    when = ReviewWhen(words=("refund",), first=3)
    charter = Charter(written=True, purpose="Help", publish=("support",), review="support", review_when=when)
    rules = SourceRules(name="blog", kind="feed", baseline=False, charter=charter)
    with open_installation(tmp_path, replace(ORGANISATION, sources=(rules,))) as house:
        mention = house.scene.arrive()
        ana, ben = (known(house.visitor(name).get(f"/m/{mention.token}").text) for name in ("Ana", "Ben"))
        reads = "Somebody of Customer support reads first: replies about “refund” and a person’s first 3 replies."
        assert "May publish Customer support Review" in ana
        assert f"Review {reads}" in ana
        assert "You may" not in ana
        assert "May publish Customer support – you, too Review" in ben
        assert f"{reads} You may, unless you wrote it." in ben


def test_notes_stand_in_the_talk_at_their_time(tmp_path: Path) -> None:
    with open_replying(tmp_path, OPEN) as desk:
        scene, ana = desk.house.scene, desk.house.visitor()
        mention = desk.arrive()
        scene.pass_time(minutes=1)
        ana.press("note", mention.token, text="Before we answered")
        scene.pass_time(minutes=1)
        desk.draft("Ana", mention, then="publish")
        desk.wait_for(mention, Action.RESPONDED)
        scene.pass_time(minutes=1)
        ana.press("note", mention.token, text="After we answered")
        page = ana.get(f"/m/{mention.token}").text
        talk = page[page.index('id="talk"') : page.index("<aside")]
        bodies = re.findall(r'<p class="body" dir="auto"[^>]*>([^<]*)</p>', talk)
        assert bodies == ["Where is my refund?", "Before we answered", TEXT, "After we answered"]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_what_an_author_wrote_before_is_inert(house: DeskInstallation, hostile: str) -> None:
    author = Author(name=hostile, handle="x", url="javascript:alert(1)", external_id="x")
    house.scene.arrive(hostile, title=hostile, author=author)
    mention = house.scene.arrive("Hello", author=author)
    page = house.visitor().get(f"/m/{mention.token}").text
    for markup in ("<script>alert", "<img src=x", 'onmouseover="', "javascript:", ">49<"):
        assert markup not in page
    assert len(earlier(page)) == 1
