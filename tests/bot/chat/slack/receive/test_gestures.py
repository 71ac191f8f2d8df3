"""People's gestures on Slack become changes of hands: by button, menu, form, slash command, shortcut and emoji."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from storage.reply import drafts
from storage.tables.states import Held
from tests.bot.chat.slack.installation import SlackInstallation, fine, installation, press_of, verbs_of
from tests.fakes.slack.records import Channel
from tests.harness.threads import listed, say


@pytest.fixture(params=["http", "socket"])
def home(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[SlackInstallation]:
    with installation(tmp_path, socket=request.param == "socket") as built:
        if request.param == "socket":
            built.slack.wait_for(lambda: built.slack.hub.connected)
        yield built


@pytest.fixture
def over_http(tmp_path: Path) -> Iterator[SlackInstallation]:
    with installation(tmp_path) as built:
        yield built


def test_pressing_claim_makes_the_presser_the_owner_and_the_card_says_so(home: SlackInstallation) -> None:
    row, card = home.arrive()
    assert fine(home.slack.press(home.ana, card, "dibs:claim"))
    shown = home.shows(row, "Ana has it.")
    assert "claim" not in verbs_of(shown)
    assert home.scene.log(row) == ["arrived", "claimed"]
    assert home.slack.ephemerals(home.ana) == []


def test_the_second_person_is_told_privately_who_was_first(home: SlackInstallation) -> None:
    row, card = home.arrive()
    first, second = home.slack.gather(
        [home.slack.build.press(person, card, "dibs:claim") for person in (home.ana, home.ben)]
    )
    assert fine(first)
    assert fine(second)
    shown = str(home.shows(row, "🔵").blocks)
    loser, winner = (home.ben, "Ana") if "Ana has it." in shown else (home.ana, "Ben")
    said = home.told(loser, "already")
    assert f"{winner} has #{row.token}" in said
    assert "dibs:takeover" in said
    assert home.scene.log(row) == ["arrived", "claimed"]


def test_what_stands_on_the_card_of_its_thread_is_claimed_there_and_split_by_what_is_typed(
    over_http: SlackInstallation,
) -> None:
    home = over_http
    lead, _ = home.arrive(thread="t3_1")
    say(home.scene, 2, thread="t3_1")
    one, other = listed(home.scene, Held.THREAD)
    card = home.shows(lead, "2 more in this public thread")
    assert fine(home.slack.press(home.ana, card, "dibs:claim", value=f"{one.token}.1"))
    assert "Ana has it." in str(home.stands(one).blocks)
    assert one.token not in str(home.shows(lead, "1 more in this public thread").blocks)
    home.slack.slash(home.ben, home.finance, f"split {other.token}")
    home.stands(other)
    home.slack.wait_for(lambda: "in this public thread" not in str(home.stands(lead).blocks))
    assert home.owner(lead) is None


def test_who_is_refused_what_a_colleague_has_takes_it_over_by_the_button_beside_the_refusal(
    over_http: SlackInstallation,
) -> None:
    home = over_http
    row, card = home.arrive()
    home.slack.press(home.ana, card, "dibs:claim")
    card = home.shows(row, "Ana has it.")
    assert "takeover" not in verbs_of(card)
    home.press(home.ben, card, "resolve")
    home.told(home.ben, "Take it over first")
    (refusal,) = home.slack.ephemerals(home.ben)
    home.slack.press(home.ben, refusal, "dibs:takeover")
    home.slack.submit(home.ben, {"reason": "Ana is away."})
    home.shows(row, "Ben has it.")


def test_eleven_deliveries_of_one_press_have_one_effect_and_one_refusal(over_http: SlackInstallation) -> None:
    home = over_http
    row, card = home.arrive()
    home.slack.press(home.ana, card, "dibs:claim", repeat=11, at_once=True)
    home.slack.press(home.ben, card, "dibs:claim", stale=True, repeat=11)
    home.settle()
    assert home.scene.log(row) == ["arrived", "claimed"]
    assert len(home.slack.ephemerals(home.ben)) == 1


def test_a_stale_button_is_refused_and_the_actor_is_told(over_http: SlackInstallation) -> None:
    home = over_http
    row, card = home.arrive()
    home.slack.press(home.ana, card, "dibs:claim")
    home.press(home.ana, card, "resolve", stale=True)
    assert "changed since" in home.told(home.ana, "changed since")
    assert home.scene.log(row) == ["arrived", "claimed"]


def test_every_plain_verb_works_by_its_button_or_its_menu_entry(over_http: SlackInstallation) -> None:
    home = over_http
    row, card = home.arrive()
    for action, words in [
        ("claim", "Ana has it."),
        ("release", "Nobody has it."),
        ("resolve", "Resolved"),
        ("reopen", "Nobody has it."),
    ]:
        assert fine(home.press(home.ana, card, action))
        card = home.shows(row, words)
    assert home.scene.log(row) == ["arrived", "claimed", "released", "resolved", "reopened"]


def test_every_verb_with_a_form_works_through_it(over_http: SlackInstallation) -> None:
    home = over_http
    row, card = home.arrive()
    steps: list[tuple[str, dict[str, Any], str]] = [
        ("note", {"text": "Known customer."}, ""),
        ("assign", {"person": home.ben.id}, "Ben has it."),
        ("takeover", {"reason": "Ben is away."}, "Ana has it."),
        ("snooze", {"Or another time": _in(home, hours=3)}, "Snoozed"),
        ("wake", {}, "Ana has it."),
        ("dismiss", {"reason": "spam"}, "Dismissed"),
    ]
    for verb, values, words in steps:
        home.press(home.ana, card, verb)
        if values:
            ack = home.slack.submit(home.ana, values)
            assert fine(ack), verb
            assert home.slack.views(home.ana) == [], (verb, ack.body)
        card = home.shows(row, words) if words else card
    assert home.scene.log(row) == ["arrived", "noted", "assigned", "taken_over", "snoozed", "woken", "dismissed"] or (
        home.scene.log(row)[-2] == "reopened"
    )
    assert f"Ana gave you #{row.token}" in home.told(home.ben, "gave you")


def test_handing_off_moves_the_card_and_the_old_one_says_where(over_http: SlackInstallation) -> None:
    home = over_http
    row, card = home.arrive()
    home.slack.press(home.ana, card, "dibs:handoff")
    assert fine(home.slack.submit(home.ana, {"department": "support"}))
    new = home.stands(row, home.support)
    home.slack.wait_for(lambda: "Moved to Customer support" in str(home.stands(row, home.finance).blocks))
    old = home.stands(row, home.finance)
    assert verbs_of(old) == []
    assert len(old.blocks) == 1
    assert "claim" in verbs_of(new)
    leads = f"archives/{new.channel}/p{new.ts.replace('.', '')}|"
    home.slack.wait_for(lambda: leads in str(home.stands(row, home.finance).blocks))


def test_what_is_wrong_with_a_form_stands_beside_the_field_and_may_be_corrected(over_http: SlackInstallation) -> None:
    home = over_http
    row, card = home.arrive()
    home.slack.press(home.ana, card, press_of(card, "snooze"))
    home.slack.submit(home.ana, {})
    (view,) = home.slack.views(home.ana)
    assert view.errors == {"until": "When? Choose a time, or pick another one."}
    home.slack.submit(home.ana, {"until.other": _in(home, hours=-1)})
    (view,) = home.slack.views(home.ana)
    assert "past" in view.errors["until"]
    soon, *_ = next(one["element"]["options"] for one in view.blocks if one.get("block_id") == "until")
    assert soon["text"]["text"].startswith("In 2 hours (")
    picked = _in(home, hours=50)
    home.slack.submit(home.ana, {"until": soon["value"], "until.other": picked})
    assert home.slack.views(home.ana) == []
    home.shows(row, "Snoozed")
    assert home.scene.look(row).snoozed_until == datetime.fromtimestamp(picked, UTC)


def test_a_moment_that_is_chosen_is_the_one_that_it_said(over_http: SlackInstallation) -> None:
    home = over_http
    row, card = home.arrive()
    home.slack.press(home.ana, card, press_of(card, "snooze"))
    (view,) = home.slack.views(home.ana)
    moments = next(one["element"] for one in view.blocks if one.get("block_id") == "until")
    assert moments["type"] == "radio_buttons"
    assert "initial_option" not in moments
    *_, last = moments["options"]
    home.slack.submit(home.ana, {"until": last["text"]["text"]})
    home.shows(row, "Snoozed")
    assert home.scene.look(row).snoozed_until == datetime.fromisoformat(last["value"])


@pytest.mark.parametrize("moment", ["1700000000", 5, 10**11, True, 1700000000.5])
def test_a_picked_moment_is_a_number_of_ten_digits_or_nothing_is_done(
    over_http: SlackInstallation, moment: object
) -> None:
    home = over_http
    row, card = home.arrive()
    home.slack.press(home.ana, card, press_of(card, "snooze"))
    gesture = home.slack.build.submit(home.ana, home.slack.views(home.ana)[-1], {"until.other": _in(home, hours=3)})
    gesture.payload["view"]["state"]["values"]["until.other"]["until.other"]["selected_date_time"] = moment
    home.slack.gather([gesture])
    home.settle()
    assert home.scene.log(row) == ["arrived"]


def _in(home: SlackInstallation, hours: int) -> int:
    """Return a moment as Slack's picker gives it."""
    return int((home.scene.now + timedelta(hours=hours)).timestamp())


def test_a_form_that_came_too_late_says_so_in_its_place(over_http: SlackInstallation) -> None:
    home = over_http
    row, card = home.arrive()
    home.slack.press(home.ana, card, press_of(card, "dismiss"))
    home.slack.press(home.ben, card, "dibs:claim")
    home.slack.submit(home.ana, {"reason": "spam"})
    (view,) = home.slack.views(home.ana)
    assert "changed since" in str(view.body["blocks"])
    assert home.scene.log(row) == ["arrived", "claimed"]


def test_a_trigger_that_ran_out_is_told(over_http: SlackInstallation) -> None:
    home = over_http
    row, card = home.arrive()
    home.slack.fault("views.open", error="expired_trigger_id")
    home.slack.press(home.ana, card, press_of(card, "snooze"))
    assert "took too long" in home.told(home.ana, "took too long")
    assert home.scene.log(row) == ["arrived"]


OLD_ENTRY = {"type": "overflow", "selected_option": {"value": "resolve {about}"}}


@pytest.mark.parametrize(
    ("action", "does"),
    [
        ({"action_id": "dibs:open", "type": "button"}, []),
        ({"action_id": "dibs:resolve", "type": "button", "value": "{about}"}, ["resolved"]),
        ({"action_id": "dibs:more"} | OLD_ENTRY, ["resolved"]),
        ({"action_id": "dibs:more:2"} | OLD_ENTRY, ["resolved"]),
    ],
)
def test_the_buttons_of_cards_drawn_before_still_work(
    over_http: SlackInstallation, action: dict[str, Any], does: list[str]
) -> None:
    home = over_http
    row, card = home.arrive()
    gesture = home.slack.build.press(home.ana, card, "dibs:claim")
    about = f"{row.token}.{row.version}"
    sent = json.loads(json.dumps(action).replace("{about}", about))
    gesture.payload["actions"] = [{"block_id": "b", "action_ts": "1700000000.000100", **sent}]
    (ack,) = home.slack.gather([gesture])
    assert fine(ack)
    home.settle()
    assert home.scene.log(row) == ["arrived", *does]
    assert home.slack.ephemerals(home.ana) == []


def test_whatever_is_possible_is_behind_the_last_entry_with_the_whole_text(over_http: SlackInstallation) -> None:
    home = over_http
    row, card = home.arrive("Where is my refund? " + "It is late. " * 100 + "That was all.")
    assert "That was all." not in str(card.blocks)
    home.slack.press(home.ana, card, press_of(card, "everything"))
    (view,) = home.slack.views(home.ana)
    assert "That was all." in str(view.blocks)
    (choice,) = [block["element"] for block in view.blocks if block["type"] == "input"]
    offered = {one["value"] for one in choice["options"]}
    assert {"claim", "draft", "handoff", "note", "snooze"} <= offered
    assert {"takeover", "release", "reopen", "wake", "everything", "help"}.isdisjoint(offered)
    home.slack.submit(home.ana, {"verb": "note"})
    (form,) = home.slack.views(home.ana)
    assert form.body["title"]["text"] == f"Note #{row.token}"
    home.slack.submit(home.ana, {"text": "Known customer."})
    assert home.slack.views(home.ana) == []
    home.press(home.ana, card, "resolve")
    assert home.scene.log(row) == ["arrived", "noted", "resolved"]


def test_a_repeated_press_opens_its_form_once_and_complains_of_nothing(over_http: SlackInstallation) -> None:
    home = over_http
    _, card = home.arrive()
    home.slack.press(home.ana, card, press_of(card, "snooze"), repeat=3)
    home.settle()
    assert len(home.slack.views(home.ana)) == 1
    assert home.slack.ephemerals(home.ana) == []


def test_every_verb_can_be_typed(home: SlackInstallation) -> None:
    row, _ = home.arrive()
    room, ben = home.finance, home.slack.mention(home.ben)
    for text, said in [
        (f"claim #{row.token}", "is yours"),
        (f"assign {row.token} {ben} please", "Ben has"),
        (f"takeover {row.token} Ben is away", "yours"),
        (f"snooze {row.token} 2h", "nooze"),
        (f"wake {row.token}", "is awake again. It is yours."),
        (f"note {row.token} called them", row.token),
        (f"release {row.token}", "free again"),
        (f"handoff {row.token} support", "support"),
        (f"dismiss {row.token} spam", "dismissed"),
        (f"log {row.token}", "The log of"),
        ("help", "every day"),
        ("help all", "All that Dibs understands"),
        ("list", "Unclaimed in"),
        ("mine", "nothing"),
        ("digest finance", ""),
        ("frobnicate", "I do not know"),
    ]:
        ack = home.slack.slash(home.ana, room, text)
        assert fine(ack)
        assert said in ack.json["text"], (text, ack.json)
        assert ack.json["response_type"] == "ephemeral"


def test_what_help_shows_is_pressed_and_its_hints_are_typed_as_they_work(over_http: SlackInstallation) -> None:
    home = over_http
    row, _ = home.arrive()
    home.slack.slash(home.ana, home.finance, "help")
    (told,) = home.slack.ephemerals(home.ana)
    assert f"or type /dibs claim #{row.token}" in str(told.blocks)
    assert "yours" in home.slack.slash(home.ben, home.finance, f"claim #{row.token}").json["text"]
    home.slack.press(home.ana, told, "dibs:add")
    (form,) = home.slack.views(home.ana)
    assert form.body["title"]["text"] == "Bring in a post"
    for action, said in (("list", "Unclaimed in Finance"), ("mine", "nothing at the moment"), ("digest", "Finance, ")):
        assert fine(home.slack.press(home.ana, told, f"dibs:{action}"))
        home.told(home.ana, said)
    home.slack.press(home.ana, told, "dibs:all")
    assert "/dibs snooze REF UNTIL" in home.told(home.ana, "All that Dibs understands")


def test_a_card_is_named_by_its_permalink_and_by_the_address_of_its_post(over_http: SlackInstallation) -> None:
    home = over_http
    row, card = home.arrive()
    permalink = f"https://acme.slack.com/archives/{card.channel}/p{card.ts.replace('.', '')}"
    assert "is yours" in home.slack.slash(home.ana, home.finance, f"claim <{permalink}>").json["text"]
    answer = home.slack.slash(home.ana, home.finance, "release <https://blog.example/1|blog.example/1>")
    assert f"#{row.token} is free again" in answer.json["text"]


@pytest.mark.parametrize(
    "query", ["?thread_ts={ts}&amp;cid={channel}", "?cid={channel}&amp;thread_ts={ts}", "?thread_ts={ts}"]
)
def test_a_message_in_the_thread_of_a_card_names_the_card(over_http: SlackInstallation, query: str) -> None:
    home = over_http
    _, card = home.arrive()
    link = f"https://acme.slack.com/archives/{card.channel}/p1700009999000100"
    asked = f"claim <{link}{query.format(ts=card.ts, channel=card.channel)}>"
    assert "is yours" in home.slack.slash(home.ana, home.finance, asked).json["text"]


@pytest.mark.parametrize("query", ["", "?thread_ts=1600000000.000100&amp;cid=C1", "?thread_ts=x", "?other=1"])
def test_a_message_elsewhere_names_no_card(over_http: SlackInstallation, query: str) -> None:
    home = over_http
    _, card = home.arrive()
    link = f"https://acme.slack.com/archives/{card.channel}/p1700009999000100{query}"
    assert "no such mention" in home.slack.slash(home.ana, home.finance, f"claim <{link}>").json["text"]


def test_a_draft_is_kept_with_its_paragraphs(over_http: SlackInstallation) -> None:
    home = over_http
    row, _ = home.arrive()
    text = "Hello Kim,\n\n  - a  new parcel &amp; a voucher\n\nAna from Acme"
    assert home.slack.slash(home.ana, home.finance, f"draft #{row.token} {text}").json
    (draft,) = home.scene.database.read(lambda session: drafts.living(session, row.id))
    assert draft.text == text.replace("&amp;", "&")


def test_a_verb_without_a_reference_lists_and_never_guesses(over_http: SlackInstallation) -> None:
    home = over_http
    row, _ = home.arrive()
    ack = home.slack.slash(home.ana, home.finance, "claim")
    assert row.token in str(ack.json["blocks"])
    assert home.owner(row) is None
    (listed,) = home.slack.ephemerals(home.ana)
    home.slack.press(home.ana, listed, "dibs:claim")
    assert "is yours" in home.told(home.ana, "is yours")  # a private list does not change by itself


def test_the_shortcut_claims_a_card_and_nothing_else(home: SlackInstallation) -> None:
    row, card = home.arrive()
    home.slack.shortcut(home.ana, card, "dibs_claim", repeat=3)
    assert "is yours" in home.told(home.ana, "is yours")
    assert home.scene.log(row) == ["arrived", "claimed"]
    home.slack.say(home.ben, home.finance, "Hello")
    talk = home.slack.messages(home.finance)[-1]
    home.slack.shortcut(home.ana, talk, "dibs_claim")
    home.told(home.ana, "no such mention")


def test_the_home_page_lists_and_a_press_there_draws_it_anew(over_http: SlackInstallation) -> None:
    home = over_http
    row, _ = home.arrive()
    home.slack.wait_for(lambda: home.platform._people.learned)
    home.settle()
    home.slack.open_home(home.ana)
    view = home.slack.wait_for(lambda: home.slack.home(home.ana))
    assert view is not None
    assert "Unclaimed in Finance" in str(view.blocks)
    home.slack.press(home.ana, view, "dibs:claim")
    home.slack.wait_for(lambda: "dibs:resolve" in str(getattr(home.slack.home(home.ana), "blocks", "")))
    home.shows(row, "Ana has it.")


def test_the_home_page_offers_what_is_about_no_mention(tmp_path: Path) -> None:
    with installation(tmp_path, changes={"desk_url": "https://dibs.acme.example"}) as home:
        home.slack.wait_for(lambda: home.platform._people.learned)
        home.settle()
        home.slack.open_home(home.ana)
        view = home.slack.wait_for(lambda: home.slack.home(home.ana))
        assert view is not None
        assert "Nothing waits. New cards come into #finance-care." in str(view.blocks)
        assert fine(home.slack.press(home.ana, view, "dibs:add"))
        (form,) = home.slack.views(home.ana)
        assert form.body["title"]["text"] == "Bring in a post"
        assert fine(home.slack.press(home.ana, view, "dibs:desk"))
        assert "https://dibs.acme.example/enter?key=" in home.told(home.ana, "Your way to the desk")
        assert home.slack.messages(home.finance) == []


def test_what_nobody_handles_is_acknowledged(home: SlackInstallation) -> None:
    home.arrive()
    assert fine(home.slack.say(home.ana, home.finance, "just talking"))
    assert fine(
        home.slack.send(home.slack.build.event({"type": "channel_rename", "channel": {"id": "C1", "name": "x"}}))
    )
    assert fine(home.slack.shortcut(home.ana, None, "something_else"))


def test_the_bot_says_once_what_a_card_is_when_it_comes_into_a_channel(over_http: SlackInstallation) -> None:
    home = over_http
    room: Channel = home.slack.workspace.add_channel("general", id="C0GENERAL", bot=False)
    home.slack.join_channel(room, inviter=home.ana, repeat=3)
    home.slack.join_channel(room)
    (welcome,) = home.slack.wait_for(lambda: home.slack.messages(room))
    assert "Claim" in str(welcome.blocks)
    home.settle()
    assert len(home.slack.messages(room)) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"value": "what we never wrote"},
        {"value": "k7f2.-1"},
        {"value": "k7f2.1; DROP TABLE mention"},
        {"value": "K7F2.99999999999"},
        {"value": ""},
        {"action_id": "dibs:of-a-later-release"},
    ],
)
def test_a_signed_press_that_carries_what_is_not_ours_is_told_so_privately_and_does_nothing(
    home: SlackInstallation, changes: dict[str, str]
) -> None:
    row, card = home.arrive()
    gesture = home.slack.build.press(home.ana, card, "dibs:claim")
    gesture.payload["actions"][0].update(changes)
    (answer,) = home.slack.gather([gesture])
    assert fine(answer)
    assert "Nothing was done" in home.told(home.ana, "not one of Dibs")
    assert home.scene.log(row) == ["arrived"]


def test_a_signed_form_that_carries_what_is_not_ours_says_so_where_it_stood(home: SlackInstallation) -> None:
    row, card = home.arrive()
    home.slack.press(home.ana, card, "dibs:handoff")
    gesture = home.slack.build.submit(home.ana, home.slack.views(home.ana)[-1], {"department": "support"})
    ours = json.loads(gesture.payload["view"]["private_metadata"])
    gesture.payload["view"]["private_metadata"] = json.dumps(ours | {"value": "what we never wrote"})
    (answer,) = home.slack.gather([gesture])
    assert fine(answer)
    assert "Nothing was done" in str(answer.json)
    assert home.scene.log(row) == ["arrived"]
