"""The platform over HTTP: signed gestures come in, rows change, and the card, the thread or the person is told."""

import json
import random
from asyncio import gather
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlmodel import Session

from bot.chat.kit.text import GONE
from bot.chat.teams.receive.card_actions import APART
from bot.chat.teams.receive.listeners import ELSEWHERE
from bot.runtime.clock import utc_now
from handlers.base.charter import Charter, ReplyRules
from handlers.base.organisation import SourceRules
from handlers.base.usage import usage
from handlers.verbs import ON_CARDS, OTHERS
from storage.engine.database import Database
from storage.own import mentions
from storage.tables.base import table_of
from storage.tables.replies import Publication
from tests.bot.chat.teams import cards
from tests.bot.chat.teams.installation import TeamsInstallation, installation, offers, said, words
from tests.bot.chat.teams.sdk.test_client import _break
from tests.fakes.teams.activities import Json
from tests.fakes.teams.connector import Standing
from tests.harness.loops import run_in
from tests.harness.threads import begun

TEXT = "I am sorry about your refund. I sent it again today. Ana"
BERLIN = ZoneInfo("Europe/Berlin")
_publication = table_of(Publication)


@pytest.fixture
def home(database: Database) -> Iterator[TeamsInstallation]:
    """A house with Teams in it, on SQLite and on PostgreSQL."""
    with installation(database) as built:
        yield built


# --- buttons ---------------------------------------------------------------------------------------------------------


def test_a_press_claims_and_is_answered_with_the_fresh_card(home: TeamsInstallation) -> None:
    row = home.arrive()
    answer = home.press(home.teams.ana, row, "claim")
    assert "Ana Lopez has it." in said(answer)
    assert home.owner(row) == "Ana Lopez"
    home.shows(row, "Ana Lopez has it.")


def test_who_comes_second_gets_the_card_with_the_name_of_the_first(home: TeamsInstallation) -> None:
    row = home.arrive()
    home.press(home.teams.ana, row, "claim")
    answer = said(home.press(home.teams.ben, row, "claim"))
    assert "⚠" in answer
    assert answer.count("Ana Lopez") >= 2
    assert home.owner(row) == "Ana Lopez"


def test_who_is_refused_what_a_colleague_has_may_take_it_over_from_there(home: TeamsInstallation) -> None:
    row = home.arrive()
    home.press(home.teams.ana, row, "claim")
    refused = home.press(home.teams.ben, row, "release")["value"]
    cards.check(refused)
    first = refused["actions"][0]
    assert (first["type"], first["title"]) == ("Action.ShowCard", "Take over…")
    assert not any(
        one["title"] == "Take over…" for one in home.stands(row).activity["attachments"][0]["content"]["actions"]
    )
    assert "Ben Weiss has it." in said(home.press(home.teams.ben, row, "takeover", reason="She is away."))


def test_a_press_that_is_delivered_again_has_one_effect_and_the_same_answer(home: TeamsInstallation) -> None:
    row = home.arrive()
    data = {"ref": f"{row.token}.{row.version}"}
    press = home.teams.build.press(home.teams.ana, home.finance, home.stands(row).id, "dibs:claim", data)
    answers = [home.send(press) for _ in range(3)]
    assert {status for status, _ in answers} == {200}
    assert all("Ana Lopez has it." in said(body) for _, body in answers)
    assert home.scene.log(row) == ["arrived", "claimed"]


def test_a_button_that_is_out_of_date_is_answered_with_the_reason_and_the_card_of_now(home: TeamsInstallation) -> None:
    row = home.arrive()
    home.press(home.teams.ana, row, "claim")
    old = {"ref": f"{row.token}.{row.version}"}
    press = home.teams.build.press(home.teams.ana, home.finance, home.stands(row).id, "dibs:release", old)
    answer = said(home.send(press)[1])
    assert "⚠" in answer
    assert "Ana Lopez has it." in answer
    assert home.owner(row) == "Ana Lopez"


@pytest.mark.parametrize(
    ("verb", "data"),
    [("dibs:claim", {"ref": "zzzz.1"}), ("dibs:note", {"ref": "zzzz.1"}), ("dibs:show", {"ref": "zzzz.1"})],
)
def test_a_token_of_a_mention_that_is_gone_is_told_in_a_sentence(
    home: TeamsInstallation, verb: str, data: Json
) -> None:
    status, body = home.send(home.teams.build.press(home.teams.ana, home.finance, "18", verb, data))
    assert status == 200
    assert "no such mention" in said(body)


@pytest.mark.parametrize(
    ("verb", "data"),
    [("dibs:explode", {"ref": "k7f2.1"}), ("claim", {"ref": "k7f2.1"}), ("dibs:claim", {"ref": ["k7f2"]})],
)
def test_a_button_that_is_none_of_ours_is_told_in_a_sentence(home: TeamsInstallation, verb: str, data: Json) -> None:
    row = home.arrive()
    status, body = home.send(home.teams.build.press(home.teams.ana, home.finance, home.stands(row).id, verb, data))
    assert (status, said(body)) == (200, GONE)
    assert home.scene.log(row) == ["arrived"]


def test_refresh_shows_the_card_as_it_stands_and_changes_nothing(home: TeamsInstallation) -> None:
    row = home.arrive()
    home.press(home.teams.ana, row, "claim")
    answer = said(home.press(home.teams.ben, row, "show"))
    assert "Ana Lopez has it." in answer
    assert "⚠" not in answer
    assert home.scene.log(row) == ["arrived", "claimed"]


def test_a_client_without_execute_is_answered_by_a_message_in_the_thread(home: TeamsInstallation) -> None:
    row = home.arrive()
    card = home.stands(row)
    data = {"verb": "dibs:claim", "ref": f"{row.token}.{row.version}"}
    thread = f"{home.finance.id};messageid={card.id}"
    pressed = home.teams.build.activity("message", home.teams.ana, home.finance, value=data, replyToId=card.id)
    pressed["conversation"]["id"] = thread
    for _ in range(3):  # delivered again, it is answered once all the same
        assert home.send(pressed) == (200, None)
    assert home.owner(row) == "Ana Lopez"
    home.settle()
    (answer,) = [one for one in home.teams.messages(home.finance) if " is yours." in words(one)]
    assert answer.thread == card.id


# --- forms -----------------------------------------------------------------------------------------------------------


def test_forms_in_the_card_are_commands_when_they_are_sent(home: TeamsInstallation) -> None:
    row = home.arrive()
    ana, ben = home.teams.ana, home.teams.ben
    assert "⚠" not in said(home.press(ana, row, "note", text="She is an old customer."))
    assert "Ben Weiss has it." in said(home.press(ana, row, "assign", person=ben.aad))
    form = home.press(ben, row, "snooze")["value"]
    cards.check(form)
    chosen = next(one for one in cards.inputs(form)["snooze.until"]["choices"] if one["title"].startswith("In 2 hours"))
    assert "Snoozed" in said(home.press(ben, row, "snooze", until=chosen["value"]))
    assert home.scene.look(row).snoozed_until == datetime.fromisoformat(chosen["value"])
    assert "Dismissed" in said(home.press(ben, row, "dismiss", reason="spam"))
    assert home.scene.log(row) == ["arrived", "noted", "assigned", "snoozed", "dismissed"]
    home.told(ben, "Ana Lopez")


def test_what_is_wrong_with_a_form_stands_beside_what_was_typed(home: TeamsInstallation) -> None:
    row = home.arrive()
    answer = home.press(home.teams.ana, row, "assign", person="nobody@acme.example", note="You know them.")
    cards.check(answer["value"])
    assert cards.inputs(answer["value"])["assign.note"]["value"] == "You know them."
    assert "⚠" in said(answer)
    assert home.scene.log(row) == ["arrived"]


def test_a_moment_is_picked_by_its_day_and_its_time_in_the_actors_zone(home: TeamsInstallation) -> None:
    row, ana = home.arrive(), home.teams.ana
    for picked in ({"until": "", "until.date": "", "until.time": ""}, {"until": ""}):
        asked = home.press(ana, row, "snooze", None, **picked)
        assert "When? Choose a time, or pick another one." in said(asked)
    assert "past" in said(home.press(ana, row, "snooze", None, **{"until.date": "2020-01-01", "until.time": "10:30"}))
    assert home.scene.log(row) == ["arrived"]
    tomorrow = (home.scene.now.astimezone(BERLIN) + timedelta(days=1)).date()
    picked = {"until": "2020-01-01T00:00Z", "until.date": tomorrow.isoformat(), "until.time": "10:30"}
    assert "Snoozed" in said(home.press(ana, row, "snooze", None, **picked))
    there = datetime.combine(tomorrow, time(10, 30), BERLIN)
    assert home.scene.look(row).snoozed_until == there.astimezone(UTC)


def test_a_form_that_has_to_be_looked_up_is_the_answer_to_the_press(home: TeamsInstallation) -> None:
    row = home.arrive()
    form = home.press(home.teams.ana, row, "handoff")["value"]
    cards.check(form)
    choices = cards.inputs(form)["handoff.department"]["choices"]
    assert [one["value"] for one in choices] == ["support"]
    assert home.scene.log(row) == ["arrived"]
    answer = said(home.press(home.teams.ana, row, "handoff", department="support"))
    assert "Moved to Customer support" in answer
    home.stands(row, home.support)


def test_the_last_entry_of_the_menu_has_the_whole_text_and_leads_to_everything_else(home: TeamsInstallation) -> None:
    row, ana = home.arrive("Where is my refund? " + "I wait. " * 150 + "Kind regards, Kim."), home.teams.ana
    menu = [one for one in home.stands(row).activity["attachments"][0]["content"]["actions"] if "mode" in one]
    assert menu[-1]["title"] == "More…"
    assert "Kind regards" not in words(home.stands(row))
    more = menu[-1]["verb"].removeprefix("dibs:")
    form = home.press(ana, row, more)["value"]
    cards.check(form)
    assert "Kind regards, Kim." in "\n".join(cards.texts(form))
    assert {"note", "claim", "resolve"} <= {one["value"] for one in cards.inputs(form)[f"{more}.verb"]["choices"]}
    note = home.press(ana, row, more, verb="note")["value"]
    cards.check(note)
    assert cards.inputs(note).keys() == {"note.text"}
    home.press(ana, row, "note", text="She is an old customer.")
    assert "Ana Lopez has it." in said(home.press(ana, row, more, verb="claim"))
    assert "⚠" in said(home.press(ana, row, more, verb="sing"))
    assert home.scene.log(row) == ["arrived", "noted", "claimed"]


def test_who_was_picked_and_is_not_in_the_team_is_given_nothing(home: TeamsInstallation) -> None:
    row = home.arrive()
    stranger = "99999999-0000-4000-8000-000000000009"
    answer = home.press(home.teams.ana, row, "assign", person=stranger)
    assert "could not see that this person is in this team" in said(answer)
    gus = home.teams.person("gus", "Gus Guest", role="guest")
    home.teams.memory.rooms[home.finance.id].members.append(gus)
    assert "Only our own people" in said(home.press(home.teams.ana, row, "assign", person=gus.aad))
    assert home.scene.log(row) == ["arrived"]


def test_a_reply_goes_from_draft_to_review_to_publishing_by_forms(database: Database) -> None:
    charter = Charter(written=True, publish=("support",), purpose="Answer who asks")
    reply = ReplyRules(by_api=True, limit=300, unit="graphemes")
    rules = SourceRules(name="blog", kind="feed", baseline=False, charter=charter, reply=reply)
    with installation(database, changes={"sources": (rules,)}) as home:
        row, ana, ben = home.arrive(), home.teams.ana, home.teams.ben
        form = home.press(ana, row, "draft")["value"]
        cards.check(form)
        assert "Answer who asks." in "\n".join(cards.texts(form))
        assert "waits for a second person" in said(home.press(ana, row, "draft", text=TEXT, then="review"))
        form = home.press(ben, row, "review")["value"]
        assert TEXT in "\n".join(cards.texts(form))
        assert publications(home) == []
        home.send_form(ben, row, form, "Approve")
        assert "publish" in offers(home.shows(row, "approved").activity["attachments"][0]["content"])
        assert "on its way" in said(home.press(ben, row, "publish"))
        assert publications(home) == [("due", TEXT)]
        home.told(ana, "approved your draft")


def test_a_review_is_heard_by_one_new_post_with_the_way_to_the_card_until_it_is_decided(database: Database) -> None:
    rules = SourceRules(name="blog", kind="feed", baseline=False, charter=Charter(written=True, publish=("support",)))
    with installation(database, changes={"sources": (rules,)}) as home:
        row, ana, ben = home.arrive(), home.teams.ana, home.teams.ben
        card = home.stands(row)

        def new() -> list[Standing]:
            return [one for one in home.teams.messages(home.finance) if one.id != card.id]

        for _ in range(2):  # once more, in the same version
            home.press(ana, row, "draft", text=TEXT, then="review")
        (asked,) = home.wait_for(new)
        said_there = f"Ana Lopez's reply to #{row.token} waits for a second person to read it."
        assert said_there in words(asked)
        drawn = asked.activity["attachments"][0]["content"]
        cards.check(drawn)
        links = [one["selectAction"]["url"] for one in cards.walk(drawn) if "selectAction" in one]
        assert [link.partition("?")[0].rpartition("/")[2] for link in links] == [card.id]
        press = home.teams.build.press(
            ben, home.finance, asked.id, "dibs:review", {"ref": f"{row.token}.{row.version}"}
        )
        form = home.send(press)[1]["value"]
        assert TEXT in "\n".join(cards.texts(form))
        home.send_form(ben, row, form, "Approve")
        decided = f"Decided: {ben.name} approved Ana Lopez's reply to #{row.token}."
        home.wait_for(lambda: decided in words(new()[0]))
        assert len(new()) == 1


def publications(home: TeamsInstallation) -> list[tuple[str, str]]:
    query = select(_publication.c.state, _publication.c.text).order_by(_publication.c.id)

    def look(session: Session) -> list[tuple[str, str]]:
        return [(one[0], one[1]) for one in session.connection().execute(query)]

    return home.read(look)


def test_a_text_to_post_by_hand_stands_in_place_of_the_card_with_a_way_back(database: Database) -> None:
    rules = SourceRules(
        name="blog", kind="feed", baseline=False, charter=Charter(written=True, review="none", publish=("anyone",))
    )
    with installation(database, changes={"sources": (rules,)}) as home:
        row, ana = home.arrive(), home.teams.ana
        home.press(ana, row, "draft", text=TEXT, then="keep")
        answer = home.press(ana, row, "publish")
        assert TEXT in said(answer)
        assert offers(answer["value"]) == ["posted", "show"]


# --- typed -----------------------------------------------------------------------------------------------------------


def test_a_command_in_a_channel_is_answered_in_its_thread(home: TeamsInstallation) -> None:
    row = home.arrive()
    asked = home.teams.build.message(home.teams.ana, home.finance, f"claim #{row.token}")
    asked["conversation"]["id"] = f"{home.finance.id};messageid=1700000000001"
    assert home.send(asked) == (200, None)
    assert home.owner(row) == "Ana Lopez"
    assert home.answered(home.finance, " is yours.").thread == "1700000000001"


def test_a_command_in_the_chat_with_the_bot_needs_no_mention_of_it(home: TeamsInstallation) -> None:
    row = home.arrive()
    chat = home.chat(home.teams.ben)
    home.say(home.teams.ben, chat, f"claim #{row.token}")
    assert home.owner(row) == "Ben Weiss"
    home.answered(chat, " is yours.")
    home.say(home.teams.ben, chat, "mine")
    home.answered(chat, "Yours: 1")


def test_a_button_in_a_list_leaves_the_list_where_it_stands(home: TeamsInstallation) -> None:
    row = home.arrive()
    chat = home.chat(home.teams.ana)
    home.say(home.teams.ana, chat, "list finance")
    listed = home.answered(chat, f"#{row.token}")
    (button,) = [
        one for one in cards.walk(listed.activity["attachments"][0]["content"]) if one["type"] == "Action.Execute"
    ]
    press = home.teams.build.press(home.teams.ana, chat, listed.id, button["verb"], button["data"])
    status, body = home.send(press)
    assert status == 200
    assert body["type"] == "application/vnd.microsoft.activity.message"
    assert "yours" in said(body)
    assert home.owner(row) == "Ana Lopez"


def test_a_line_on_the_card_of_a_thread_claims_what_it_is_about_and_leaves_the_card_where_it_stands(
    home: TeamsInstallation,
) -> None:
    lead, (one, other) = begun(home.scene)
    card = home.shows(lead, "2 more in this public thread")
    content = card.activity["attachments"][0]["content"]
    lines = [part for part in cards.walk(content) if str(part.get("data", {}).get("ref", "")).startswith(one.token)]
    press = home.teams.build.press(home.teams.ana, home.finance, card.id, lines[0]["verb"], lines[0]["data"])
    assert home.send(press)[0] == 200
    assert home.owner(one) == "Ana Lopez"
    home.shows(one, "Ana Lopez has it.")
    home.shows(lead, "1 more in this public thread")
    home.say(home.teams.ben, home.finance, f"<at>Dibs</at> split {other.token}")
    home.wait_for(lambda: "in this public thread" not in words(home.stands(lead)))
    assert (home.scene.look(other).held, home.owner(lead)) == ("", None)


def test_help_shows_daily_things_and_every_verb_behind_a_button_typed_as_it_works_there(
    home: TeamsInstallation,
) -> None:
    row, chat = home.arrive(), home.chat(home.teams.ana)
    home.say(home.teams.ana, chat, "help")
    brief = home.answered(chat, "every day")
    assert f"or type claim #{row.token}" in words(brief)
    card = brief.activity["attachments"][0]["content"]
    offered = {one["title"]: one for one in cards.walk(card) if one["type"] == "Action.Execute"}
    assert offered.keys() == {"Unclaimed", "Mine", "Bring in a post…", "Digest", "All commands"}

    def press(title: str) -> Json:
        sent = offered[title]
        status, body = home.send(home.teams.build.press(home.teams.ana, chat, brief.id, sent["verb"], sent["data"]))
        assert status == 200
        answer: Json = body
        return answer

    everything = said(press("All commands"))
    for line in [f"{usage(one)} — {one.help}" for one in (*ON_CARDS, *OTHERS) if one.help]:
        assert line in everything
    assert "Yours" in said(press("Mine")) or "You have nothing" in said(press("Mine"))
    form = press("Bring in a post…")
    assert "Bring in a post" in said(form)
    assert "⚠" not in said(form)
    home.say(home.teams.ana, home.finance, "help all")
    home.answered(home.finance, "@Dibs snooze REF UNTIL")


def test_who_is_mentioned_in_a_command_is_given_the_mention(home: TeamsInstallation) -> None:
    row = home.arrive()
    build, ben = home.teams.build, home.teams.ben
    asked = build.message(home.teams.ana, home.finance, f"assign #{row.token} <at>Ben</at>")
    asked["entities"].append({"type": "mention", "text": "<at>Ben</at>", "mentioned": {"id": ben.id, "name": "Ben"}})
    assert home.send(asked) == (200, None)
    assert home.owner(row) == "Ben Weiss"


def test_a_link_for_one_person_alone_is_not_told_in_a_channel(database: Database) -> None:
    with installation(database, changes={"desk_url": "https://dibs.acme.example"}) as home:
        home.say(home.teams.ana, home.finance, "desk")
        assert "https://dibs.acme.example" in home.told(home.teams.ana, "https://dibs.acme.example")
        home.answered(home.finance, ELSEWHERE)
        assert not [one for one in home.teams.messages(home.finance) if "https://dibs" in words(one)]


def test_the_personal_page_offers_what_is_about_no_mention_and_no_link_is_told_in_a_channel(database: Database) -> None:
    with installation(database, changes={"desk_url": "https://dibs.acme.example"}) as home:
        build, ana = home.teams.build, home.teams.ana
        chat = home.chat(ana)
        home.say(ana, chat, "home")
        page = home.answered(chat, "Nothing waits.")
        drawn = page.activity["attachments"][0]["content"]
        cards.check(drawn)
        assert offers(drawn) == ["add", "desk"]
        form = home.send(build.press(ana, chat, page.id, "dibs:add", {"ref": "", "listed": "1"}))[1]["value"]
        assert "url" in {name.partition(".")[2] for name, _ in cards.inputs(form).items()}
        pressed = {"ref": "", "listed": "1"}
        assert "https://dibs.acme.example/enter?key=" in said(
            home.send(build.press(ana, chat, page.id, "dibs:desk", pressed))[1]
        )
        plain = build.activity("message", ana, home.finance, value={"verb": "dibs:desk", **pressed}, replyToId=page.id)
        assert home.send(plain) == (200, None)  # a client without Action.Execute
        home.answered(home.finance, APART)
        assert not [one for one in home.teams.messages(home.finance) if "enter?key=" in words(one)]


def test_who_types_too_late_is_told_who_was_first_in_their_own_chat_and_not_before_all(home: TeamsInstallation) -> None:
    row = home.arrive()
    home.say(home.teams.ana, home.finance, f"claim #{row.token}")
    home.say(home.teams.ben, home.finance, f"claim #{row.token}")
    home.told(home.teams.ben, f"Ana Lopez has #{row.token}")
    home.answered(home.finance, ELSEWHERE)
    assert not [one for one in home.teams.messages(home.finance) if "Ana Lopez has #" in words(one)]
    assert home.owner(row) == "Ana Lopez"


def test_a_refusal_stands_in_the_thread_where_teams_opens_no_chat(home: TeamsInstallation) -> None:
    row = home.arrive()
    home.say(home.teams.ana, home.finance, f"claim #{row.token}")
    home.answered(home.finance, " is yours.")
    home.teams.fault("POST conversations", status=403, code="ConversationBlockedByUser")
    home.say(home.teams.ben, home.finance, f"claim #{row.token}")
    home.answered(home.finance, f"Ana Lopez has #{row.token}")


def test_what_is_not_said_to_us_is_acknowledged_and_does_nothing(home: TeamsInstallation) -> None:
    row = home.arrive()
    build, ana = home.teams.build, home.teams.ana
    before = len(home.teams.messages(home.finance))
    for activity in (
        build.activity("message", ana, home.finance, text=f"claim #{row.token}"),
        build.activity("typing", ana, home.finance),
        build.activity("messageUpdate", ana, home.finance, text=f"claim #{row.token}"),
    ):
        assert home.send(activity) == (200, None)
    assert home.send(build.activity("invoke", ana, home.finance, name="task/fetch", value={})) == (200, {})
    home.settle()
    assert len(home.teams.messages(home.finance)) == before
    assert home.scene.log(row) == ["arrived"]


# --- reactions -------------------------------------------------------------------------------------------------------


def test_eyes_claim_and_taking_them_away_gives_back_what_they_took(home: TeamsInstallation) -> None:
    row, build = home.arrive(), home.teams.build
    card, ana = home.stands(row), home.teams.ana
    assert home.send(build.react(ana, home.finance, card.id, "1f440_eyes")) == (200, None)
    assert home.owner(row) == "Ana Lopez"
    later = (utc_now() + timedelta(seconds=5)).isoformat()
    away = build.react(ana, home.finance, card.id, "1f440_eyes", added=False) | {"timestamp": later}
    assert home.send(away) == (200, None)
    assert home.owner(row) is None
    home.press(ana, row, "claim")
    home.send(away | {"id": "1", "timestamp": (utc_now() + timedelta(seconds=9)).isoformat()})
    assert home.owner(row) == "Ana Lopez"


def test_a_reaction_that_is_refused_is_told_to_who_reacted_alone(home: TeamsInstallation) -> None:
    row = home.arrive()
    home.press(home.teams.ana, row, "claim")
    home.send(home.teams.build.react(home.teams.ben, home.finance, home.stands(row).id, "1f440_eyes"))
    assert "Ana Lopez" in home.told(home.teams.ben, "Ana Lopez")
    assert home.owner(row) == "Ana Lopez"


def test_reactions_that_mean_nothing_and_those_on_other_messages_do_nothing(home: TeamsInstallation) -> None:
    row, build = home.arrive(), home.teams.build
    home.send(build.react(home.teams.ana, home.finance, home.stands(row).id, "like"))
    home.send(build.react(home.teams.ana, home.finance, "1800000009999", "1f440_eyes"))
    assert home.scene.log(row) == ["arrived"]


# --- bad input -------------------------------------------------------------------------------------------------------


def test_a_thousand_broken_activities_are_never_a_failure_and_change_no_owner(home: TeamsInstallation) -> None:
    row, rng = home.arrive(), random.Random(11)
    build, ana, card = home.teams.build, home.teams.ana, home.stands(row)
    ref = {"ref": f"{row.token}.{row.version}"}
    whole: list[Json] = [
        build.press(ana, home.finance, card.id, "dibs:note", ref | {"note.text": "x", "form": "note"}),
        build.press(ana, home.finance, card.id, "dibs:handoff", ref),
        build.message(ana, home.finance, "list"),
        build.react(ana, home.finance, card.id, "like"),
        build.install(ana, home.finance),
        build.update(ana, home.finance, "channelRenamed"),
    ]
    statuses: set[int] = set()
    for number in range(1_000):
        broken: Json = json.loads(json.dumps(whole[number % len(whole)]))
        broken["id"] = str(number)
        for _ in range(rng.randint(1, 4)):
            _break(broken, rng)
            broken = json.loads(json.dumps(broken))
        statuses.add(home.send(broken)[0])
    assert statuses <= {200, 400, 401}
    assert 200 in statuses
    assert home.owner(row) is None
    everything = home.read(lambda session: mentions.listed(session, mentions.Filter()))
    assert [one.id for one in everything] == [row.id]


def test_help_is_given_to_who_writes_nothing_at_all(home: TeamsInstallation) -> None:
    chat = home.chat(home.teams.ana)
    home.say(home.teams.ana, chat, "")
    home.answered(chat, "What one does with Dibs every day")


@pytest.mark.race
def test_a_card_is_claimed_once_by_fifty_who_press_at_once(home: TeamsInstallation) -> None:
    people = [home.teams.person(f"p{number}", f"Person {number}") for number in range(50)]
    home.teams.memory.rooms[home.finance.id].members.extend(people)
    row = home.arrive()
    card, data = home.stands(row), {"ref": f"{row.token}.{row.version}"}
    build = home.teams.build
    presses = [build.press(one, home.finance, card.id, "dibs:claim", data) for one in people]

    async def at_once() -> list[tuple[int, Any]]:
        return list(await gather(*(home.teams.send(one) for one in presses)))

    answers = run_in(home.teams.loop, at_once())
    assert {status for status, _ in answers} == {200}
    owner = home.owner(row)
    assert owner is not None
    told = [said(body) for _, body in answers]
    assert all(owner in one for one in told)
    assert sum("⚠" not in one for one in told) == 1
    assert home.scene.log(row) == ["arrived", "claimed"]
