"""The page of what many people say: two lists, each number with its rows, and all that is done by forms alone."""

import html
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from handlers.base.command import as_system
from handlers.report.voice.nightly import prepare_proposals, propose_themes
from storage.engine.database import Session
from storage.tables.states import Via
from tests.bot.chat.desk.installation import DeskInstallation, open_installation
from tests.bot.chat.desk.test_overviews import words
from tests.bot.chat.desk.test_without_a_script import press
from tests.handlers.report.voice.test_nightly import spoken
from tests.harness.scene import ORGANISATION, Scene


def propose(scene: Scene) -> None:
    """Let eight weeks go by and a night in which something is proposed."""
    spoken(scene)

    def work(session: Session) -> None:
        context = as_system(session, scene.organisation, scene.now, scene.dispatcher.random, via=Via.TIMER)
        command = prepare_proposals(context)
        assert command is not None
        propose_themes(command, context)

    scene.database.write(work)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[DeskInstallation]:
    with open_installation(tmp_path, ORGANISATION) as house:
        yield house


def opened(page: str) -> list[tuple[int, str]]:
    """Return the numbers of a page that can be opened, with where they lead."""
    found = re.findall(r'<a class="button quiet" href="(/voice/rows[^"]*)"[^>]*>Open (\d+)</a>', page)
    return [(int(number), html.unescape(path)) for path, number in found]


def test_what_rises_is_named_by_a_form_and_each_number_opens_its_rows(house: DeskInstallation) -> None:
    propose(house.scene)
    ana = house.visitor()
    page = ana.get("/voice").text
    assert "20 people, usually 0" in words(page)
    assert "The battery life is awful" in words(page)
    ((number, path),) = opened(page)
    assert number == ana.get(path).text.count('<li><a href="/m/') == 20
    (link,) = re.findall(r'<a class="button" href="(/theme[^"]*)"', page)
    form = ana.get(html.unescape(link)).text
    assert "Would have found 20 of 260 in the last 30 days." in words(form)
    page = press(ana, form, "Name it", name="Battery").text
    assert "“Battery” is a theme." in words(page)
    page = ana.get("/voice").text
    assert "Nothing without a name is said more than usual" in words(page)
    assert "20 people (the week before 0)" in words(page)
    ((number, path),) = opened(page)
    assert number == ana.get(path).text.count('<li><a href="/m/') == 20
    assert ana.get(f"{path}&from=0&week=2026-W01").text.count('<li><a href="/m/') == 0


def test_what_is_refused_comes_back_with_its_cure_and_what_was_typed(house: DeskInstallation) -> None:
    propose(house.scene)
    ana = house.visitor()
    form = ana.get("/theme?what=name").text
    refused = press(ana, form, "Name it", name="All", query="type:post OR type:comment")
    assert refused.status_code == 422
    assert "That finds everything, whatever it says." in words(refused.text)
    assert 'value="type:post OR type:comment"' in refused.text


def test_all_that_is_done_to_a_theme_is_a_press_and_is_undone_by_one(house: DeskInstallation) -> None:
    propose(house.scene)
    ana = house.visitor()
    for label in ("Not a theme", "Undo"):
        page = press(ana, ana.get("/voice").text, label).text
    assert "Name it</a>" in page
    for name, query in (("Battery", "battery awful"), ("Drain", "drain")):
        press(ana, ana.get("/theme?what=name").text, "Name it", name=name, query=query)
    for label, told in (
        ("Mute for 4 weeks", "Muted"),
        ("It is mended", "is mended"),
        ("End it", "is a theme no more"),
        *[("Undo", "Undone")] * 3,
    ):
        page = press(ana, ana.get("/voice").text, label).text
        assert told in words(page)
    link = next(one for one in re.findall(r'href="(/theme[^"]*merge[^"]*)"', page))
    merged = press(ana, ana.get(html.unescape(link)).text, "Merge it into another").text
    assert "is a part of" in words(merged)


def test_those_who_asked_are_told_by_drafts_and_each_count_opens_as_many(house: DeskInstallation) -> None:
    propose(house.scene)
    ana = house.visitor()
    press(ana, ana.get("/theme?what=name").text, "Name it", name="Battery", query="battery awful")
    press(ana, ana.get("/voice").text, "It is mended")
    page = ana.get("/voice").text
    assert "20 people asked. 0 were told, 20 not yet." in words(page)
    (link,) = re.findall(r'<a class="button" href="(/theme[^"]*what=tell[^"]*)"', page)
    form = ana.get(html.unescape(link)).text
    assert "never to all" in words(form)
    told = press(ana, form, "Tell them", reply="It lasts again since today, {author}. Ana").text
    assert "20 drafts are begun" in words(told)
    page = ana.get("/voice").text
    assert "20 people asked. 0 were told, 20 not yet (drafts: 20)." in words(page)
    assert "what=tell" not in page
    for part, number in (("asked", 20), ("waiting", 20)):
        path = next(one for one in re.findall(r'href="(/voice/rows[^"]*)"', page) if part in one)
        assert ana.get(html.unescape(path)).text.count('<li><a href="/m/') == number
    assert ana.get(html.unescape(path).replace("waiting", "none")).status_code == 400


def test_a_week_or_a_department_that_there_is_not_is_refused_with_its_cure(house: DeskInstallation) -> None:
    ana = house.visitor()
    for path, cure in (
        ("/voice?week=soon", "2026-W48"),
        ("/voice?week=2026-01", "is no week"),
        ("/voice?department=sales", "There are: support, finance."),
        ("/voice/rows?of=zzzzz", "There is no such theme"),
    ):
        refused = ana.get(path)
        assert refused.status_code == 400, path
        assert cure in html.unescape(refused.text), path
    assert ana.get("/voice?department=finance").status_code == 200
    assert ana.get("/voice").status_code == 200
