"""Every verb without any script: a button or a form, an answer on the next page, a row in the log."""

import re
from datetime import UTC, datetime

import pytest

from handlers.base.situation import Situation
from handlers.base.verb import Verb
from handlers.verbs import ON_CARDS
from storage.tables.states import Action, Status
from tests.bot.chat.desk.installation import DeskInstallation
from tests.bot.chat.desk.replying import STORIES
from tests.harness.samples import samples

TYPED = {
    "takeover": {"reason": "Ben is ill"},
    "handoff": {"department": "support", "note": "Yours, I think"},
    "assign": {"person": "person:2", "note": "You know them"},
    "snooze": {"until": "2h"},
    "dismiss": {"reason": "spam"},
    "note": {"text": "Seen before"},
}
LOGGED = {
    "claim": Action.CLAIMED,
    "resolve": Action.RESOLVED,
    "release": Action.RELEASED,
    "takeover": Action.TAKEN_OVER,
    "handoff": Action.HANDED_OFF,
    "assign": Action.ASSIGNED,
    "snooze": Action.SNOOZED,
    "dismiss": Action.DISMISSED,
    "reopen": Action.REOPENED,
    "wake": Action.WOKEN,
    "note": Action.NOTED,
}
# Those of replies have stories of their own, and the one that leads to all of them does nothing by itself.
OFFERED_AT_ONCE = [
    verb
    for verb in ON_CARDS
    if verb.name not in STORIES and not verb.last and verb.when(Situation(status=Status.NEW, by_api=True))
]
BEFORE = {
    "release": ("Ana", "claim"),
    "takeover": ("Ben", "claim"),
    "reopen": ("Ana", "resolve"),
    "wake": ("Ana", "snooze"),
}


@pytest.mark.parametrize("verb", OFFERED_AT_ONCE, ids=lambda verb: verb.name)
def test_what_a_new_card_offers_works_without_a_script(house: DeskInstallation, verb: Verb) -> None:
    mention, ana = house.scene.arrive(), house.visitor("Ana")
    answer = ana.press(verb.name, mention.token, "/?tab=mine", **samples(verb))
    if answer.status_code == 200:  # there is something to be read first
        read = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', answer.text))
        answer = ana.post(f"/m/{mention.token}/{verb.name}", read | samples(verb))
    assert (answer.status_code, answer.headers["Location"]) == (303, "/?tab=mine")
    assert "<b>Done.</b>" in ana.get("/?tab=mine").text


@pytest.mark.parametrize("verb", sorted(LOGGED))
def test_every_change_of_hands_is_logged_as_what_it_is(house: DeskInstallation, verb: str) -> None:
    mention = house.scene.arrive()
    if verb in BEFORE:
        name, first = BEFORE[verb]
        house.visitor(name).press(first, mention.token, **TYPED.get(first, {}))
    ana = house.visitor("Ana")
    answer = ana.press(verb, mention.token, "/?tab=mine", **TYPED.get(verb, {}))
    assert (answer.status_code, answer.headers["Location"]) == (303, "/?tab=mine")
    assert house.scene.log(mention)[-1] == LOGGED[verb]
    assert "<b>Done.</b>" in ana.get("/?tab=mine").text
    assert "<b>Done.</b>" not in ana.get("/?tab=mine").text  # said once


def test_who_comes_second_is_told_who_was_first(house: DeskInstallation) -> None:
    mention = house.scene.arrive()
    ana, ben = house.visitor("Ana"), house.visitor("Ben")
    form = ben.form("/", mention.token)
    ana.press("claim", mention.token)
    ben.post(f"/m/{mention.token}/claim", form)
    page = ben.get("/").text
    assert "<b>Not done.</b>" in page
    assert f"Ana has #{mention.token} already" in page


def test_a_wrong_form_comes_back_with_what_was_typed_and_says_what_is_wrong_beside_the_field(
    house: DeskInstallation,
) -> None:
    mention = house.scene.arrive()
    ana = house.visitor()
    answer = ana.press("snooze", mention.token, until='next "Juvember"')
    assert answer.status_code == 422
    assert 'value="next &#34;Juvember&#34;"' in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert 'id="e-until"' in answer.text
    assert house.scene.look(mention).status == "new"


def test_a_moment_is_chosen_or_picked_without_a_script(house: DeskInstallation) -> None:
    mention, ana = house.scene.arrive(), house.visitor()
    page = ana.get(f"/m/{mention.token}/snooze").text
    offered = dict(re.findall(r'<option value="([^"]+)">([^<]+)</option>', page))
    assert offered == {
        "2026-03-02T10:58Z": "In 2 hours (11:58)",
        "2026-03-02T14:00Z": "This afternoon (15:00)",
        "2026-03-03T08:00Z": "Tomorrow 9:00 (Tue 3 Mar)",
        "2026-03-09T08:00Z": "Monday 9:00 (Mon 9 Mar)",
    }
    assert '<input type="datetime-local" id="o-until" name="until.other"' in page
    assert "By the clocks of Europe/Berlin." in page
    nothing = ana.press("snooze", mention.token, until="", **{"until.other": ""})
    assert nothing.status_code == 422
    assert "When? Choose a time, or pick another one." in nothing.text
    past = ana.press("snooze", mention.token, until="", **{"until.other": "2026-03-02T08:00"})
    assert past.status_code == 422
    assert 'value="2026-03-02T08:00" aria-invalid="true"' in past.text
    assert house.scene.log(mention) == ["arrived"]
    house.scene.pass_time(hours=1)
    ana.press("snooze", mention.token, until="2026-03-02T10:58Z", **{"until.other": ""})
    assert house.scene.look(mention).snoozed_until == datetime(2026, 3, 2, 10, 58, tzinfo=UTC)
    picked = ana.press("snooze", mention.token, until="2026-03-02T10:58Z", **{"until.other": "2026-03-30T10:30"})
    assert picked.status_code == 303
    assert house.scene.look(mention).snoozed_until == datetime(2026, 3, 30, 8, 30, tzinfo=UTC)


def test_an_old_form_is_refused_keeps_what_was_typed_and_may_be_sent_again(house: DeskInstallation) -> None:
    mention = house.scene.arrive()
    ana, ben = house.visitor("Ana"), house.visitor("Ben")
    form = ana.form(f"/m/{mention.token}/handoff")
    ben.press("claim", mention.token)
    ben.press("release", mention.token)
    answer = ana.post(f"/m/{mention.token}/handoff", {**form, "department": "support", "note": "My words"})
    assert answer.status_code == 422
    assert "changed since" in answer.text
    assert "My words" in answer.text
    assert house.scene.log(mention)[-1] == "released"


def test_the_same_page_pressed_twice_is_one_note(house: DeskInstallation) -> None:
    mention = house.scene.arrive()
    ana = house.visitor()
    form = {**ana.form(f"/m/{mention.token}/note"), "text": "Once"}
    for _ in range(3):
        ana.post(f"/m/{mention.token}/note", form)
    ana.post(f"/m/{mention.token}/note", {**form, "text": "Another"})
    assert house.scene.log(mention) == ["arrived", "noted", "noted"]


def test_our_script_gets_the_answer_and_the_card_as_it_stands_now(house: DeskInstallation) -> None:
    mention = house.scene.arrive()
    ana = house.visitor()
    form = ana.form("/", mention.token)
    answer = ana.post(f"/m/{mention.token}/claim", form, Accept="application/json").json()
    assert answer["ok"]
    assert answer["text"]
    assert "Ana has it." in answer["card"]
    wrong = ana.post(f"/m/{mention.token}/snooze", {**form, "until": "?"}, Accept="application/json").json()
    assert not wrong["ok"]
    assert wrong["text"]


@pytest.mark.parametrize(
    "back", ["https://evil.example/", "//evil.example", "/\\evil.example", "/x\r\nSet-Cookie: a=b", ""]
)
def test_the_way_back_is_ours(house: DeskInstallation, back: str) -> None:
    mention = house.scene.arrive()
    answer = house.visitor().press("claim", mention.token, back)
    assert answer.headers["Location"] == f"/m/{mention.token}"


def test_nobody_puts_words_into_our_mouth(house: DeskInstallation) -> None:
    ana = house.visitor()
    ana.client.cookies.set(f"dibs-{house.port}-said", "WyJHaXZlIG1lIHlvdXIga2V5cyIsIHRydWVd.00", domain="127.0.0.1")
    assert "Give me" not in ana.get("/").text
