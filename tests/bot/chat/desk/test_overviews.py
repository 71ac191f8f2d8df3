"""The pages on how the house is set up: charters, topics, people and who may come in; nobody is counted on them."""

import html
import re
from dataclasses import replace
from pathlib import Path

import pytest
from sqlmodel import Session

from bot.chat.desk import overviews
from handlers.base.charter import Charter, ReviewWhen, Stance
from handlers.base.organisation import SourceRules
from handlers.own.claim import ClaimMention
from handlers.people.accounts import Account, learn_account
from handlers.people.operators import find_anybody, switch
from handlers.report import colleagues
from handlers.text.match import Topic
from storage.own import lately
from storage.people import people
from storage.tables.states import IdentityKind
from tests.bot.chat.desk.installation import DeskInstallation, open_installation
from tests.bot.chat.desk.replying import OPEN, open_replying
from tests.harness.scene import ORGANISATION, at

HELP = Charter(written=True, owner="support", purpose="We help.", voice="Kind", publish=("ana@acme.example", "support"))
SOURCES = (
    SourceRules(name="blog", kind="feed", baseline=False, charter=HELP),
    SourceRules(name="forum", kind="feed", baseline=False, charter=replace(HELP, purpose="we  HELP", owner="")),
    SourceRules(name="paper", kind="feed", baseline=False),
    SourceRules(
        name="praise",
        kind="feed",
        charter=Charter(
            written=True,
            owner="zoe@acme.example",
            stance=Stance.PROACTIVE,
            publish=("anyone",),
            review="finance",
            review_when=ReviewWhen(words=("lawyer",)),
            own_review=True,
        ),
    ),
)


def words(markup: str) -> str:
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", markup))).strip()


def sections(page: str) -> dict[str, str]:
    found = re.findall(r'<section class="known" aria-label="([^"]+)">(.*?)</section>', page, re.DOTALL)
    return {html.unescape(name): words(markup) for name, markup in found}


def rows(page: str) -> list[list[str]]:
    body = page[page.index("<tbody>") : page.index("</tbody>")]
    return [[words(cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", row)] for row in body.split("</tr>")[:-1]]


def test_charters_say_what_each_source_is_for_and_what_is_wrong_with_it(tmp_path: Path) -> None:
    with open_installation(tmp_path, replace(ORGANISATION, sources=SOURCES)) as house:
        shown = sections(house.visitor().get("/charters").text)
        assert list(shown) == ["blog", "forum", "paper", "praise", "Everything else"]
        assert "It has the same role as forum." in shown["blog"]
        assert "Kept by Customer support" in shown["blog"]
        assert "May publish Ana and Customer support" in shown["blog"]
        assert "It has the same role as blog." in shown["forum"]
        assert "Nobody keeps it: it has no owner." in shown["forum"]
        assert "It has no charter" in shown["paper"]
        assert "May publish the department that has the mention" in shown["paper"]
        assert "A second person reads every reply first." in shown["paper"]
        assert "It says no role." in shown["praise"]
        assert "We speak first here too." in shown["praise"]
        said = "Somebody of Finance reads first: replies about “lawyer”. Whoever wrote it may be the one."
        assert said in shown["praise"]


def test_what_was_heard_and_answered_in_thirty_days_is_counted_and_no_further(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_replying(tmp_path, OPEN) as desk:
        scene = desk.house.scene
        scene.arrive("An old one")
        scene.pass_time(days=31)
        answered, _ = desk.arrive(), desk.arrive()
        desk.draft("Ana", answered)
        ana = desk.house.visitor("Ana")
        ana.press("posted", answered.token, "/", url="https://blog.example/1#reply-7")
        assert "2 heard, 1 of them answered" in sections(ana.get("/charters").text)["blog"]
        monkeypatch.setattr(lately, "MOST_COUNTED", 1)
        page = ana.get("/charters").text
        assert "only the newest were counted" in page
        assert "1 heard" in sections(page)["blog"]


def test_topics_show_their_words_inert_and_what_they_recognised_in_seven_days(tmp_path: Path) -> None:
    topics = (
        Topic(name="billing", department="finance", any=("refund", "invoice"), none=("<b>bold</b>",)),
        Topic(name="both", department="support", all=("app", "crash")),
    )
    with open_installation(tmp_path, replace(ORGANISATION, topics=topics)) as house:
        house.scene.arrive("A refund, long ago")
        house.scene.pass_time(days=8)
        house.scene.arrive("A refund")
        house.scene.arrive("Nothing that anybody knows")
        page = house.visitor().get("/topics").text
        shown = sections(page)
        assert shown["billing"] == "billing to Finance One of refund invoice None of <b>bold</b> 7 days 1 mention"
        assert shown["both"] == "both to Customer support All of app crash 7 days 0 mentions"
        assert "<b>bold" not in page
        assert "Recognised by no topic in 7 days: 1." in words(page)


def test_a_query_is_tried_on_the_page_of_topics(tmp_path: Path) -> None:
    topics = (
        Topic(name="billing & co", department="finance", query='refund -"<b>bold</b>"', product="Acme <i>Pay</i>"),
    )
    with open_installation(tmp_path, replace(ORGANISATION, topics=topics)) as house:
        mention = house.scene.arrive("A <i>refund</i> of two")
        house.scene.arrive("Nothing that anybody knows")
        ana = house.visitor()
        page = ana.get("/topics").text
        assert words(page).count("This query") == 0
        assert "refund -&#34;&lt;b&gt;bold&lt;/b&gt;&#34;" in page
        assert "for Acme <i>Pay</i>" in sections(page)["billing & co"]
        assert 'href="/topics?try=billing+%26+co"' in page or 'href="/topics?try=billing%20%26%20co"' in page
        page = ana.get("/topics?try=refund*+OR+knows").text
        found = sections(page)["What it would have found"]
        assert "Read as refund* OR knows 2 of 2 mentions of the last 7 days match." in found
        assert "What was dropped was not stored, so it cannot be tried." in found
        assert "Mon 02 2" in found
        assert "A <i>refund</i> of two refund* came in by billing & co" in found
        assert "Nothing that anybody knows knows came in by no topic" in found
        assert f'href="/m/{mention.token}"' in page
        assert "<i>" not in page
        page = ana.get("/topics?try=billing+%26+co").text
        assert sections(page)["What it would have found"].startswith("billing & co on the mentions")
        page = ana.get("/topics?try=refund+or+%3Cb%3E").text
        refused = sections(page)["This query cannot be taken"]
        assert "“or” at position 7 is a small word: write OR, or put it in quotes." in refused
        assert "    refund or &lt;b&gt;\n           ^" in page
        assert "<b>" not in page.partition("<main")[2].partition("</main")[0]


def test_people_are_shown_with_their_rights_and_without_any_figure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_installation(tmp_path, replace(ORGANISATION, sources=SOURCES)) as house:
        guest = Account(platform="slack", workspace="T1", external_id="UG", name="Gil", kind=IdentityKind.GUEST)
        house.scene.database.write(lambda session: learn_account(session, guest, house.scene.now))
        ana = house.visitor()
        before = ana.get("/people").text
        mention = house.scene.arrive()
        house.scene.do(ClaimMention(who=house.scene.who("UANA"), reference=at(mention)))
        page = ana.get("/people").text
        table = slice(page.index("<table"), page.index("</table>"))
        assert page[table] == before[before.index("<table") : before.index("</table>")]
        assert not re.search(r"\d", words(page[table]))
        assert "<time" not in page[table]
        own = "paper, for mentions of their departments"
        assert rows(page) == [
            ["Ana", "Finance", "Slack", f"blog, forum and praise; {own}", "everywhere"],
            ["Ben", "Customer support", "Slack", f"blog, forum and praise; {own}", "blog, forum and paper"],
            ["Chloe", "none", "Slack", "praise", "blog, forum and paper"],
        ]
        monkeypatch.setattr(colleagues, "PAGE", 2)
        assert [row[0] for row in rows(ana.get("/people").text)] == ["Ana", "Ben"]
        assert [row[0] for row in rows(ana.get("/people?from=2").text)] == ["Chloe"]
        assert rows(ana.get("/people?from=9999999").text) == []
        assert [row[0] for row in rows(ana.get("/people?from=-1").text)] == ["Ana", "Ben"]


def test_who_may_come_in_is_said_with_the_way_or_why_not(
    house: DeskInstallation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fill(session: Session) -> None:
        now = house.scene.now
        people.add_person(session, "<b>Zoe</b>", "zoe@acme.example")
        switch(session, find_anybody(session, "Ben"), now, on=False)
        kinds = {"Gil": IdentityKind.GUEST, "Olga": IdentityKind.OUTSIDER, "Gone": IdentityKind.MEMBER}
        for name, kind in kinds.items():
            one = Account(
                platform="slack", workspace="T1", external_id=name, name=name, kind=kind, active=name != "Gone"
            )
            learn_account(session, one, now)

    house.scene.database.write(fill)
    ana = house.visitor()
    page = ana.get("/welcome").text
    assert rows(page) == [
        ["<b>Zoe</b>", "yes", "let in by an operator"],
        ["Ana", "yes", "by Slack"],
        ["Ben", "no", "switched off by an operator"],
        ["Chloe", "yes", "by Slack"],
        ["Gil", "no", "a guest, and guests are not let in"],
        ["Gone", "no", "gone: no account of theirs is left"],
        ["Olga", "no", "a guest from another organisation"],
    ]
    assert "no guests (guests = true would let them in)" in page
    assert "ana@acme.example" in page  # the admins and members of dibs.toml
    assert "<b>Zoe" not in page
    monkeypatch.setattr(overviews, "WAYS_PAGE", 3)
    assert [row[0] for row in rows(ana.get("/welcome?from=3").text)] == ["Chloe", "Gil", "Gone"]
    assert 'href="/welcome?from=6"' in ana.get("/welcome?from=3").text


def test_all_of_them_stand_in_the_navigation_and_want_a_session(house: DeskInstallation) -> None:
    ana = house.visitor()
    for path in ("/report", "/sources", "/charters", "/topics", "/people", "/welcome", "/sessions"):
        page = ana.get(path).text
        assert f'<a href="{path}" aria-current="page">' in page
        ana.client.cookies.clear()
        assert ana.get(path).status_code == 401
        ana = house.visitor()
