"""The page of reports: it says what CSV and JSON say, and each number leads to as many mentions as it is."""

import csv
import html
import io
import re
from datetime import timedelta

import pytest

from handlers.base.command import ByToken
from handlers.own.claim import ClaimMention
from handlers.own.hand_off import HandOffMention
from handlers.own.resolve import ResolveMention
from tests.bot.chat.desk.installation import DeskInstallation
from tests.harness.counted import count
from tests.harness.scene import Scene, at
from tests.harness.storms import minute

WORDS = re.compile(r"<[^>]+>")


def month(scene: Scene) -> None:
    """Let six people of each department work for a while, so that both have figures of their own."""
    for number in range(12):
        mention = scene.arrive()
        who = scene.who(f"U{number}", f"Colleague {number}", channel="C-FINANCE" if number % 2 else "C-SUPPORT")
        scene.pass_time(minutes=5)
        assert scene.do(ClaimMention(who=who, reference=at(mention))).ok
        if number % 3 == 0:
            assert scene.do(ResolveMention(who=who, reference=ByToken(mention.token))).ok
        elif number % 3 == 1:
            gone = HandOffMention(who=who, reference=ByToken(mention.token), department="support")
            assert scene.do(gone).ok
    count(scene.database, scene.organisation.timezone)


@pytest.fixture
def busy(house: DeskInstallation) -> DeskInstallation:
    month(house.scene)
    return house


def test_every_number_on_the_page_is_the_length_of_what_it_opens_and_what_the_files_say(busy: DeskInstallation) -> None:
    label = f"{busy.scene.now:%Y-%m}"
    ana = busy.visitor()
    page = ana.get(f"/report?period={label}").text
    assert "12 mentions arrived so far" in page
    assert "Colleague" not in page
    links = re.findall(r'<a href="(/report/rows\?[^"]+)">([^<]+)</a>(?: <small>n (\d+)</small>)?', page)
    assert len(links) > 15
    for address, shown, n in links:
        opened = ana.get(html.unescape(address)).text
        (total,) = re.findall(r"<h1>(\d+) counted", opened)
        assert total == (n or shown), address
        assert len(re.findall(r'<li><a href="/m/', opened)) == int(total)
        assert "Colleague" not in opened
    said = ana.get(f"/report?period={label}&format=json").json()
    rows = list(csv.DictReader(io.StringIO(ana.get(f"/report?period={label}&format=csv").text)))
    assert [row["shown"] for row in rows] == [one["shown"] for one in said["figures"]]
    words = html.unescape(WORDS.sub("", page))
    assert all(one["shown"] in words for one in said["figures"])
    assert all(sentence in words for sentence in said["sentences"])


def test_what_is_none_gets_a_sentence_and_no_number(busy: DeskInstallation) -> None:
    ana = busy.visitor()
    for asked, cure in (
        ("period=soon", "2026-W48"),
        ("period=2026-03&department=sales", "There are: support, finance."),
        ("period=2026-03&product=anvil", "There is no product “anvil”."),
        ("period=2001", "Nothing arrived in 2001"),
    ):
        refused = ana.get(f"/report?{asked}")
        assert refused.status_code == 400
        assert cure in html.unescape(refused.text)
        assert "How is this counted?" not in refused.text
    assert ana.get("/report/rows?figure=salaries").status_code == 400


def test_a_quarter_is_served_as_it_was_made_and_says_when(busy: DeskInstallation) -> None:
    scene, ana = busy.scene, busy.visitor()
    label = f"{scene.now.year}-Q{(scene.now.month + 2) // 3}"
    assert "is not made yet" in ana.get(f"/report?period={label}").text
    assert minute(scene, "kept reports") == [f"The report of {one} is made." for one in (label, label[:4])]
    made = f"{scene.now:%Y-%m-%d %H:%M}"
    scene.arrive()
    count(scene.database, scene.organisation.timezone)
    scene.pass_time(minutes=5)
    page = ana.get(f"/report?period={label}").text
    assert "12 mentions arrived so far" in page
    assert f"As of {made} UTC" in page
    assert ana.get(f"/report?period={label}&format=json").json()["as_of"].startswith(made.replace(" ", "T"))
    opened = ana.get(f"/report/rows?period={label}&figure=arrived").text
    assert "<h1>13 counted" in opened
    assert "Counted as of now" in opened


def test_one_department_and_the_periods_around_are_a_link_away(busy: DeskInstallation) -> None:
    label = f"{busy.scene.now:%Y-%m}"
    page = busy.visitor().get(f"/report?period={label}&department=finance").text
    assert "<h2>By department</h2>" in page
    assert "<h2>The company</h2>" not in page
    before = f"{busy.scene.now.replace(day=1) - timedelta(days=1):%Y-%m}"
    assert f"/report?period={before}&amp;department=finance" in page
    assert '<a href="/report" aria-current="page">' in page
