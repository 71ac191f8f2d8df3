"""Several at once: each mention with its own right and its own row, once, and what stayed as it was is named."""

import html
import re
from collections import Counter

import pytest

from handlers.own.claim import ClaimMention
from handlers.verbs import FOR_SEVERAL
from storage.own.mentions import MentionRow
from tests.bot.chat.desk.installation import Browser, DeskInstallation
from tests.bot.chat.desk.replying import main_of
from tests.bot.chat.desk.test_pages import HOSTILE
from tests.harness.samples import samples
from tests.harness.scene import at


def boxes(page: str) -> dict[str, str]:
    """Return what the boxes of a board send, by mention."""
    found = re.findall(r'name="pick" form="several" value="((\w+)\.\d+)"', page)
    return {token: value for value, token in found}


def choose(browser: Browser, verb: str, picked: list[str]) -> str:
    """Send what is ticked on the board; returns the page with the form."""
    hidden = browser.form("/?select=1") | {"back": "/?department=finance"}
    answer = browser.client.post(
        f"/several/{verb}", data=hidden | {"pick": picked}, headers={"Origin": browser.house.url}
    )
    assert answer.status_code == 200, answer.text
    return answer.text


def send(browser: Browser, verb: str, page: str, **typed: str) -> tuple[int, str]:
    """Fill in the form of a page and send it."""
    form = page[page.index("<main") :]
    pairs = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', form)
    data: dict[str, str | list[str]] = {name: html.unescape(value) for name, value in pairs}
    data["pick"] = [value for name, value in pairs if name == "pick"]
    answer = browser.client.post(f"/several/{verb}", data=data | typed, headers={"Origin": browser.house.url})
    return answer.status_code, answer.text


def heading(page: str) -> str:
    return html.unescape(re.sub(r"<[^>]+>", "", re.findall(r"<h1[^>]*>(.*?)</h1>", page)[0]))


def five(house: DeskInstallation) -> list[MentionRow]:
    return [house.scene.arrive(f"A refund, please, number {number}") for number in range(5)]


def test_some_are_done_and_those_that_are_somebody_elses_are_named_with_why(house: DeskInstallation) -> None:
    rows = five(house)
    ana = house.visitor()
    assert boxes(ana.get("/").text) == {}
    ticked = boxes(ana.get("/?select=1").text)
    assert set(ticked) == {one.token for one in rows}
    page = choose(ana, "dismiss", [ticked[one.token] for one in rows])
    assert heading(page) == "Dismiss 5 mentions"
    house.scene.do(ClaimMention(who=house.scene.who("UBEN"), reference=at(rows[0])))
    house.scene.do(ClaimMention(who=house.scene.who("UBEN"), reference=at(rows[1])))
    ana.press("note", rows[2].token, text="A note changes no version")
    ana.press("snooze", rows[3].token, until="2h")
    status, page = send(ana, "dismiss", page, reason="spam")
    assert status == 200
    assert heading(page) == "Dismiss: 2 done, 2 are Ben’s, 1 changed meanwhile."
    refused = re.findall(r'<li><a href="/m/(\w+)">[^<]*</a> <span dir="auto">([^<]+)</span>', page)
    assert [token for token, _ in refused] == [rows[0].token, rows[1].token, rows[3].token]
    assert all("changed since this was shown to you" in why for _, why in refused)
    assert [house.scene.look(one).status for one in rows] == ["claimed", "claimed", "dismissed", "snoozed", "dismissed"]
    assert 'href="/?department=finance">Back' in page


def test_each_has_a_row_of_its_own_and_the_same_page_sent_twice_does_nothing_twice(house: DeskInstallation) -> None:
    rows, ana = five(house), house.visitor()
    ticked = boxes(ana.get("/?select=1").text)
    page = choose(ana, "assign", list(ticked.values()))
    first = send(ana, "assign", page, person="Ben", note="Yours")
    again = send(ana, "assign", page, person="Ben", note="Yours")
    assert heading(first[1]) == heading(again[1]) == "Assign: 5 done."
    assert [house.scene.log(one) for one in rows] == [["arrived", "assigned"]] * 5
    log = ana.get("/log?action=assigned").text
    assert Counter(re.findall(r"<bdi>(\w+)</bdi></b> assigned", log)) == {"Ana": 5}


def test_what_was_dismissed_by_mistake_is_undone_at_once_where_nobody_else_did_anything_since(
    house: DeskInstallation,
) -> None:
    rows, ana = five(house), house.visitor()
    ticked = boxes(ana.get("/?select=1").text)
    _, page = send(ana, "dismiss", choose(ana, "dismiss", list(ticked.values())), reason="spam")
    house.visitor("Ben").press("reopen", rows[0].token)
    status, page = send(ana, "reopen", page)
    assert status == 200
    assert heading(page) == "Reopen: 4 done, 1 changed meanwhile."
    assert {house.scene.look(one).status for one in rows} == {"new"}
    assert [house.scene.log(one) for one in rows] == [["arrived", "dismissed", "reopened"]] * 5
    assert ">Undo<" not in page


def test_nothing_is_offered_to_be_undone_where_nothing_undoes_it(house: DeskInstallation) -> None:
    five(house)
    ana = house.visitor()
    ticked = boxes(ana.get("/?select=1").text)
    _, page = send(ana, "assign", choose(ana, "assign", list(ticked.values())), person="Ben", note="")
    assert heading(page) == "Assign: 5 done."
    assert ">Undo<" not in page


def test_what_is_owned_is_refused_by_the_rule_of_right_with_the_owners_name(house: DeskInstallation) -> None:
    rows, ana = five(house), house.visitor()
    for one in rows[:3]:
        house.scene.do(ClaimMention(who=house.scene.who("UBEN"), reference=at(one)))
    ana.press("claim", rows[3].token)
    ana.press("dismiss", rows[4].token, reason="spam")
    now = [house.scene.look(one) for one in rows]
    page = choose(ana, "handoff", [f"{one.token}.{one.version}" for one in now])
    _, page = send(ana, "handoff", page, department="support", note="")
    assert heading(page) == "Hand off: 1 done, 3 are Ben’s, 1 is closed already."
    assert f"Ben has #{rows[0].token}. Take it over first" in main_of(page)
    assert house.scene.look(rows[3]).owner_id is None


def test_what_was_typed_wrongly_comes_back_with_all_that_was_chosen_and_nothing_is_done(
    house: DeskInstallation,
) -> None:
    rows, ana = five(house), house.visitor()
    ticked = boxes(ana.get("/?select=1").text)
    page = choose(ana, "handoff", list(ticked.values()))
    status, page = send(ana, "handoff", page, department="nowhere", note="Why <b>not</b>")
    assert status == 422
    assert page.count('name="pick"') == 5
    assert "Why &lt;b&gt;not&lt;/b&gt;" in page
    assert all(house.scene.log(one) == ["arrived"] for one in rows)
    status, page = send(ana, "handoff", page, department="support", note="")
    assert (status, heading(page)) == (200, "Hand off: 5 done.")


def test_nothing_too_much_and_what_is_not_ours_is_refused(house: DeskInstallation) -> None:
    rows, ana = five(house), house.visitor()
    own = {"csrf": ana.csrf, "nonce": "n", "back": "/"}
    headers = {"Origin": house.url}

    def post(verb: str, picked: list[str], form: dict[str, str] = own) -> int:
        return ana.client.post(f"/several/{verb}", data=form | {"pick": picked}, headers=headers).status_code

    good = [f"{one.token}.{one.version}" for one in rows]
    assert post("dismiss", []) == 303
    assert "Choose at least one mention first." in ana.get("/").text
    assert post("dismiss", ["<b>.1"]) == 400
    assert post("claim", good) == post("no-such", good) == 404
    assert post("dismiss", good, own | {"csrf": "wrong"}) == 403
    assert post("dismiss", [*good, *(f"zzz{number:03}.1" for number in range(95))]) == 200
    assert post("dismiss", [*good, *(f"zzz{number:03}.1" for number in range(96))]) == 422
    assert post("dismiss", [f"zzz{number:04}.1" for number in range(500)]) == 400
    page = choose(ana, "dismiss", ["zzzz9.1"])
    assert heading(send(ana, "dismiss", page, reason="spam")[1]) == "Dismiss: 0 done, 1 is gone."
    assert all(house.scene.log(one) == ["arrived"] for one in rows)


@pytest.mark.parametrize("verb", sorted(FOR_SEVERAL))
def test_every_verb_for_several_asks_for_its_fields_once(house: DeskInstallation, verb: str) -> None:
    rows, ana = five(house), house.visitor()
    page = choose(ana, verb, [f"{one.token}.{one.version}" for one in rows[:2]])
    for field in FOR_SEVERAL[verb].fields:
        assert page.count(f'name="{field.name}"') == 1
    typed = samples(FOR_SEVERAL[verb])
    status, page = send(ana, verb, page, **{name: str(value) for name, value in typed.items()})
    assert status in (200, 422), page


@pytest.mark.parametrize("hostile", HOSTILE)
def test_an_owners_name_is_inert(house: DeskInstallation, hostile: str) -> None:
    mention, ana = house.scene.arrive(), house.visitor()
    house.scene.person(hostile, account="UHOSTILE")
    house.scene.do(ClaimMention(who=house.scene.who("UHOSTILE"), reference=at(mention)))
    page = choose(ana, "dismiss", [f"{mention.token}.{house.scene.look(mention).version}"])
    _, page = send(ana, "dismiss", page, reason="spam")
    for markup in ("<script>alert", "<img src=x", 'onmouseover="', ">49<"):
        assert markup not in page
    assert "0 done, 1 is" in heading(page)
