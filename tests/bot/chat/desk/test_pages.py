"""The pages: what they show, counted from what their links open, and what becomes of hostile text."""

import html
import re

import pytest
from sqlmodel import Session

from handlers.base.events import Author
from storage.listen import sources
from storage.people import people
from storage.work import incidents
from storage.work.incidents import IncidentKind, Subject
from tests.bot.chat.desk.installation import Browser, DeskInstallation
from tests.harness.sources import set_state
from tests.harness.spending import MONEY, selling, spend

BLOG = Subject(IncidentKind.SOURCE, "blog")
HOSTILE = (
    "<script>alert(1)</script>",
    "</p></article><img src=x onerror=alert(1)>",
    "<!channel> <@U1> <https://evil.example|acme.example>",
    "[acme.example](https://evil.example)",
    "{{ 7*7 }} {% raw %} ${7*7}",
    "\u202eevil\u2066\u2067 \u200b\u200d",
    '" onmouseover="alert(1)',
    "&lt;script&gt; &amp;amp;",
)


def counts(page: str) -> dict[str, int]:
    return {label: int(number) for label, number in re.findall(r">([A-Z][\w ]+) <span class=\"n\">(\d+)</span>", page)}


def tokens(page: str) -> list[str]:
    return re.findall(r'<article class="card [^>]*data-token="(\w+)"', page)


def test_help_shows_daily_things_that_lead_there_and_says_nothing_that_is_typed_in_a_chat(
    house: DeskInstallation,
) -> None:
    house.scene.arrive()
    ana = house.visitor("Ana")
    page = ana.get("/help").text
    main = page[page.index("<main") : page.index("</main>")]
    leads = re.findall(r'<a class="button" href="([^"]+)">([^<]+)</a>', main)
    assert [name for _, name in leads] == ["Unclaimed", "Review", "Mine", "Bring in a post", "Digest"]
    assert [href for href, _ in leads] == ["/", "/?tab=review", "/?tab=mine", "/add", "/digest"]
    assert {ana.get(href).status_code for href, _ in leads} == {200, 303}
    assert "Snooze — look at it later" in main
    assert "/dibs" not in main
    assert '<a href="/help">Help</a>' in ana.get("/").text


def test_the_board_shows_what_nobody_has_with_source_author_text_reason_state_and_buttons(
    house: DeskInstallation,
) -> None:
    mention = house.scene.arrive("Where is my refund?", title="Refund", lang="en")
    page = house.visitor().get("/").text
    assert tokens(page) == [mention.token]
    for words in (
        f"#{mention.token}",
        "Finance",
        "blog.example",
        ">Kim<",
        "Where is my refund?",
        "billing",
        "Nobody has it",
    ):
        assert words in page
    for verb in ("claim", "resolve", "handoff", "assign", "snooze", "dismiss", "note"):
        assert f"/m/{mention.token}/{verb}" in page


@pytest.mark.parametrize("hostile", HOSTILE)
def test_all_notes_stand_on_the_page_of_their_mention_whole_and_inert(house: DeskInstallation, hostile: str) -> None:
    mention = house.scene.arrive()
    ana = house.visitor()
    ana.press("note", mention.token, text=hostile)
    ana.press("handoff", mention.token, department="support", note="An app matter.\n\nNot a billing one.")
    page = ana.get(f"/m/{mention.token}").text
    notes = page[page.index('id="talk"') : page.index("<aside")]
    assert re.findall(r"<bdi>(\w+)</bdi></b> · (\w+) noted", notes) == [("Ana", "Finance")] * 2
    assert [html.unescape(one) for one in re.findall(r'<p class="body" dir="auto">([^<]*)</p>', notes)] == [
        hostile.strip(),
        "An app matter.\n\nNot a billing one.",
    ]


def test_every_number_is_the_length_of_the_list_that_it_opens(house: DeskInstallation) -> None:
    ana, ben = house.visitor("Ana"), house.visitor("Ben")
    rows = [house.scene.arrive(text) for text in ["A refund!", "An invoice!", "Hello", "Hi", "Hey", "Ho"]]
    ana.press("claim", rows[0].token)
    ben.press("claim", rows[1].token)
    ana.press("snooze", rows[2].token, until="2h")
    ana.press("dismiss", rows[3].token, reason="spam")
    page = ana.get("/").text
    found = counts(page)
    assert (found["Unclaimed"], found["Mine"], found["In progress"], found["Snoozed"], found["Done"]) == (2, 1, 1, 1, 1)
    for link, number in re.findall(r'<a href="(/[^"]*)"[^>]*>[\w ]+ <span class="n">(\d+)</span>', page):
        assert len(tokens(ana.get(html.unescape(link)).text)) == int(number), link
    finance = ana.get("/?department=finance&tab=mine").text
    assert counts(finance)["Mine"] == 1
    assert tokens(finance) == [rows[0].token]


def test_the_link_of_a_digest_shows_its_head_and_how_to_prove_it(house: DeskInstallation) -> None:
    ana, head = house.visitor(), "0a" * 32
    assert f"dibs log verify --head {head}" in ana.get(f"/log?head={head}").text
    for other in ("", head[:12], f"{head}%3Cb%3E", "g" * 64):
        assert "--head" not in ana.get(f"/log?head={other}").text


def test_pages_follow_each_other_without_gap_or_repeat_in_both_orders(house: DeskInstallation) -> None:
    made = []
    for number in range(45):
        house.scene.pass_time(seconds=number % 2)  # some arrive in the same moment
        made.append(house.scene.arrive(f"Hello {number}").token)
    ana = house.visitor()
    for order, expected in (("", made[::-1]), ("?order=oldest", made)):
        seen, path = [], f"/{order}"
        while path:
            page = ana.get(path).text
            seen += tokens(page)
            more = re.search(r'id="more"[^>]*href="([^"]+)"', page)
            path = html.unescape(more[1]) if more else ""
        assert seen == expected


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text_in_an_element_of_its_own(house: DeskInstallation, text: str) -> None:
    author = Author(name=text, handle="x", url="javascript:alert(1)", external_id="x")
    mention = house.scene.arrive(text, title=text, author=author, url="https://blog.example/1", lang="en")
    ana = house.visitor()
    ana.press("note", mention.token, text=text)
    own = f"/m/{mention.token}"
    for path in ("/", own, f"{own}/snooze", "/log", "/digest/support", "/digest/finance"):
        page = ana.get(path).text
        for markup in ("<script>alert", "<img src=x", 'onmouseover="', "javascript:", ">49<"):
            assert markup not in page
    page = ana.get("/").text
    bodies = re.findall(r'<p class="body" dir="auto" lang="en">(.*?)</p>', page, re.DOTALL)
    assert [html.unescape(body) for body in bodies] == [text.strip()]


def test_links_of_posts_lead_to_http_only_and_say_where(house: DeskInstallation) -> None:
    house.scene.arrive("Hello", url="https://blog.example/1")
    for url in (
        "javascript:alert(1)",
        "https://good.example@evil.example/",
        "http://[::1",
        "ftp://a.example",
        "https://аcme.example/",
    ):
        house.scene.arrive("Hello", url=url)
    page = house.visitor().get("/").text
    links = re.findall(r'<a href="([^"]+)" target="_blank" rel="([^"]+)"><bdi>.*?opens ([^ "]+) in', page)
    assert {host for _, _, host in links} == {"blog.example", "evil.example", "xn--cme-5cd.example"}
    assert all(rel == "noopener noreferrer nofollow ugc" for _, rel, _ in links)


def test_a_very_long_text_has_its_beginning_on_the_board_and_all_of_it_on_its_own_page(house: DeskInstallation) -> None:
    mention = house.scene.arrive("word " * 7_990 + "the-end")
    ana = house.visitor()
    board = ana.get("/").text
    assert "word word …</p>" in board
    assert len(board) < 20_000
    assert "the-end" in ana.get(f"/m/{mention.token}").text


def test_a_mentions_page_tells_its_log_in_sentences(house: DeskInstallation) -> None:
    mention = house.scene.arrive()
    ana, ben = house.visitor("Ana"), house.visitor("Ben")
    ana.press("claim", mention.token)
    ben.press("takeover", mention.token, reason="Ana is at lunch")
    page = ben.get(f"/m/{mention.token}").text
    assert "Times are those of America/New_York." in page  # Ben's department is there
    assert told(page) == [
        "03:58 It arrived for Finance · source · row 1",
        "03:58 Ana claimed it · Finance · desk · row 2",
        "03:58 Ben took it over from Ana · Customer support · desk · row 3",
    ]
    assert '<q dir="auto">Ana is at lunch</q>' in page


def told(page: str) -> list[str]:
    """Return the sentences of a timeline, as they are read."""
    rows = re.findall(r'<li id="row-\d+"[^>]*>\s*<p>(.*?)</p>', page, re.DOTALL)
    return [html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", one))).strip() for one in rows]


def test_the_whole_log_is_paged_newest_first_under_the_days_of_the_visitors_zone(house: DeskInstallation) -> None:
    house.scene.now = house.scene.now.replace(hour=22, minute=30)  # it is 23:30 in Berlin, where Finance is
    for number in range(60):
        house.scene.pass_time(minutes=1)
        house.scene.arrive(f"Hello {number}")
    ana = house.visitor()
    first = ana.get("/log").text
    rows = [int(one) for one in re.findall(r'<li id="row-(\d+)"', first)]
    assert rows == list(range(60, 10, -1))
    assert re.findall(r"<h2>([^<]+)</h2>", first) == ["Tuesday 3 March 2026", "Monday 2 March 2026"]
    assert told(first)[0].startswith("00:30 #")
    assert "Europe/Berlin" in first
    older = html.unescape(re.search(r'id="older" href="([^"]+)"', first)[1])  # type: ignore[index]
    assert [int(one) for one in re.findall(r'<li id="row-(\d+)"', ana.get(older).text)] == list(range(10, 0, -1))


def test_the_log_is_asked_for_a_department_an_action_and_for_what_did_not_merely_arrive(
    house: DeskInstallation,
) -> None:
    first, second = house.scene.arrive("A refund"), house.scene.arrive("Hello")
    ana = house.visitor()
    ana.press("claim", first.token)
    ana.press("claim", second.token)
    ana.press("resolve", second.token)
    tails = {
        "?arrivals=no": ["resolved", "claimed", "claimed"],
        "?action=claimed": ["claimed", "claimed"],
        "?department=support&action=arrived": ["arrived"],
        "?department=no-such": [],
        "?action=no-such&before=abc": ["resolved", "claimed", "claimed", "arrived", "arrived"],
    }
    for asked, actions in tails.items():
        page = ana.get(f"/log{asked}").text
        assert re.findall(r'<li id="row-\d+" class="(\w+)"', page) == actions, asked
    page = ana.get("/log?action=resolved&proof=1").text
    assert f'<a href="/m/{second.token}">#{second.token}</a>' in page
    assert len(re.findall(r'<code class="hash">[0-9a-f]{64}</code>\s*</li>', page)) == 1
    assert 'title="Row 5, hash ' in page


def test_a_digest_can_be_read_and_claimed_from(house: DeskInstallation) -> None:
    mention = house.scene.arrive()
    ana = house.visitor()
    assert ana.get("/digest").headers["Location"] == "/digest/finance"
    page = ana.get("/digest/finance").text
    assert "Unclaimed: 1" in page
    answer = ana.post(f"/m/{mention.token}/claim", ana.form("/digest/finance") | {"back": "/digest/finance"})
    assert answer.headers["Location"] == "/digest/finance"
    assert house.scene.look(mention).status == "claimed"


def test_what_is_wrong_now_stands_on_the_board(house: DeskInstallation) -> None:
    ana = house.visitor()
    assert "What is wrong now" not in ana.get("/").text
    house.scene.database.write(
        lambda session: incidents.begin(session, BLOG, "The source blog is down: <b>503</b>.", house.scene.now)
    )
    page = ana.get("/").text
    assert "What is wrong now" in page
    assert "&lt;b&gt;503&lt;/b&gt;" in page


def test_the_sources_are_shown_with_their_health_and_what_they_had_shown_before(house: DeskInstallation) -> None:
    old = [house.scene.posted("A refund"), house.scene.posted("Nice weather")]
    house.scene.ingest(*old, baseline=[one.external_id for one in old])
    ana = house.visitor()
    assert "Nothing heard so far" not in ana.get("/").text

    def work(session: Session) -> None:
        sources.ensure(session, "blog", "feed", "")
        sources.add_counts(session, "blog", seen=9, matched=2, dropped=7, last_post_at=None)
        set_state(session, "blog", down_since=house.scene.now, trouble="It said <b>503</b>.")

    house.scene.database.write(work)
    page = ana.get("/sources").text
    shown = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page[page.index("<tbody>") : page.index("</tbody>")])).strip()
    moment = "2 Mar 2026, 08:58 UTC"
    assert html.unescape(shown) == (
        f"blog feed Down since {moment} : It said <b>503</b>. never 2 seen, 1 would match 7"
    )
    assert '<a href="/sources" aria-current="page">Sources</a>' in page


def test_what_a_source_spends_stands_beside_it_as_a_bar_and_in_words(house: DeskInstallation) -> None:
    ana = house.visitor()
    assert "Budget" not in ana.get("/sources").text
    house.scene.organisation = house.office.dispatcher.organisation = selling(house.scene.organisation)
    spend(house.scene.database, MONEY, 9_250, house.scene.now)
    page = ana.get("/sources").text
    assert '<meter min="0" max="10000" low="8000.0" high="9999" optimum="0" value="9250" aria-hidden="true">' in page
    said = "9.25 of 10 USD a month are spent; more from <time "
    assert said in page
    assert "1 Apr 2026, 00:00 UTC" in page[page.index(said) :]


def test_an_empty_board_says_that_somebody_listens(house: DeskInstallation) -> None:
    ana = house.visitor()
    assert "Nothing is waiting." in ana.get("/").text

    def work(session: Session) -> None:
        sources.ensure(session, "blog", "feed", "")
        set_state(session, "blog", last_ok_at=house.scene.now)

    house.scene.database.write(work)
    assert "Listening to 1 source, heard last <time" in ana.get("/").text
    assert "Listening to" not in ana.get("/?q=refund").text
    house.visitor("Ben").press("resolve", house.scene.arrive().token)
    assert "Nothing is waiting." in ana.get("/").text


def test_what_is_not_there_is_a_page_that_says_so(house: DeskInstallation) -> None:
    ana = house.visitor()
    for path in (
        "/nowhere/at/all",
        "/m/zzzzz",
        "/m/zzzzz/card",
        "/m/zzzzz/snooze",
        "/digest/nowhere",
        "/m/%00",
        "/m/" + "x" * 500,
    ):
        answer = ana.get(path)
        assert answer.status_code == 404, path
        assert "There is no such" in answer.text
        assert path.endswith("/card") or 'href="/">Back to the board</a>' in answer.text
        assert "<title>There is nothing here · Dibs</title>" in answer.text
    outside = Browser(house).get("/nowhere")
    assert (outside.status_code, "There is no such page." in outside.text) == (404, True)
    assert ana.client.put("/").status_code == 405
    assert ana.client.delete("/log").status_code == 405
    assert house.scene.database.read(people.departments)
