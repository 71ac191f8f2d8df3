"""Fold: in a storm one card stands for all, whatever somebody has or had in hand stays, and nothing is lost."""

import threading
import time
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import Session

from handlers.ask.add import AddPost
from handlers.base.command import Answer, ByToken, Command
from handlers.base.events import Author
from handlers.own.claim import ClaimMention
from handlers.own.dismiss import DismissMention
from handlers.own.dismiss_rest import DismissRest
from handlers.own.fold import FoldMentions, prepare_folding
from handlers.own.note import NoteMention
from handlers.own.release import ReleaseMention
from handlers.own.show import ShowMention
from handlers.own.snooze import SnoozeMention
from handlers.own.strike import StrikeClocks
from handlers.own.unfold import UnfoldStorm
from storage.engine.database import Database
from storage.listen import customers
from storage.own import mentions, ownership
from storage.own.mentions import Filter, MentionRow
from storage.tables.states import Held, Status
from tests.harness.channels import card, card_key, deliver, history, in_channel, notices
from tests.harness.patience import HANG_SECONDS
from tests.harness.scene import ORGANISATION, Scene, at
from tests.harness.storms import minute, people, promise_claims, watch, with_history


@pytest.fixture
def storm(database: Database) -> Scene:
    """A scene in which little was said until now."""
    return with_history(database)


def listed(scene: Scene, *held: Held, statuses: tuple[Status, ...] = (Status.NEW,)) -> list[MentionRow]:
    wanted = Filter(held=held or (Held.NO,), statuses=statuses)
    return scene.database.read(lambda session: mentions.listed(session, wanted, limit=10_000))


def break_out(scene: Scene, number: int = 20) -> MentionRow:
    """Let a storm break out among so many; returns its lead as it is then."""
    people(scene, number)
    lead = listed(scene)[0]
    minute(scene)
    return scene.look(lead)


def lead_card(scene: Scene, lead: MentionRow) -> str:
    """Return what the card of a lead says of its storm; empty for nothing."""
    return next((str(one.value) for one in card(scene, lead, "C-FINANCE").asides if "torm on" in str(one.value)), "")


def labels(scene: Scene, mention: MentionRow) -> list[str]:
    return [one.label for one in card(scene, mention, "C-FINANCE").buttons]


# --- what is folded --------------------------------------------------------------------------------------------------


def test_the_first_card_stands_for_all_and_says_so(storm: Scene) -> None:
    lead = break_out(storm)
    folded = listed(storm, Held.STORM)
    assert [one.id for one in listed(storm)] == [lead.id]
    assert len(folded) == 19
    assert (
        lead_card(storm, lead)
        == "Storm on billing: 20 people since 10:30, usually 1 an hour. 19 posts are folded here."
    )
    assert {tuple(storm.log(one)) for one in folded} == {("arrived", "held")}
    assert {one.version for one in folded} == {2}
    cards = [one.key for one in in_channel(storm, "C-FINANCE") if one.key.startswith("card:")]
    assert cards == [card_key(lead, "C-FINANCE")]


def test_what_comes_while_it_is_on_is_folded_where_it_arrives_and_its_clocks_run(storm: Scene) -> None:
    lead = break_out(storm)
    storm.pass_time(minutes=2)
    people(storm, 5)
    new = [one for one in listed(storm, Held.STORM) if one.ingested_at == storm.now]
    assert len(new) == 5
    assert {tuple(storm.log(one)) for one in new} == {("held", "arrived")}
    people(storm, 3, text="Where is my parcel?")  # no topic
    assert len(listed(storm)) == 4
    minute(storm)
    assert "25 people" in lead_card(storm, lead)
    assert "24 posts" in lead_card(storm, lead)


def test_a_card_that_stood_says_where_it_went_and_can_be_had_back(storm: Scene) -> None:
    people(storm, 20)
    deliver(storm)
    lead, other, *_ = listed(storm)
    minute(storm)
    assert card_key(other, "C-FINANCE") in deliver(storm)
    drawn = card(storm, other, "C-FINANCE")
    assert (drawn.brief, drawn.state) == (True, f"Folded into a storm, under #{lead.token}.")
    assert labels(storm, other)[:2] == ["Show", "Claim"]
    storm.do(ShowMention(who=storm.person("Ana"), reference=ByToken(other.token)))
    assert storm.look(other).held == Held.NO
    assert not card(storm, other, "C-FINANCE").brief
    minute(storm)
    assert storm.look(other).held == Held.NO  # somebody wanted it to stand
    assert "18 posts are folded" in lead_card(storm, lead)


def test_what_somebody_laid_a_hand_on_stays(storm: Scene) -> None:
    ana = storm.person("Ana")
    people(storm, 20)
    _, claimed, released, noted, snoozed, dismissed, *_ = listed(storm)
    storm.do(ClaimMention(who=ana, reference=at(claimed)))
    storm.do(ClaimMention(who=ana, reference=at(released)))
    storm.do(ReleaseMention(who=ana, reference=ByToken(released.token)))
    storm.do(NoteMention(who=ana, reference=at(noted), text="Looks odd."))
    storm.do(SnoozeMention(who=ana, reference=at(snoozed), until="2h"))
    storm.do(DismissMention(who=ana, reference=at(dismissed)))
    minute(storm)
    assert {storm.look(one).held for one in (claimed, released, noted, snoozed, dismissed)} == {Held.NO}
    assert len(listed(storm, Held.STORM)) == 14


def test_customers_risks_answers_to_us_and_what_somebody_brought_in_keep_their_cards(storm: Scene) -> None:
    def special() -> list[MentionRow]:
        risk = storm.arrive("My lawyer asks for the refund.", author=Author(external_id=f"r{storm.now}"))
        paying = storm.arrive("A refund, please.", author=Author(external_id="cust", handle="cust"))
        answer = storm.arrive("And my invoice?", reply_to="ours-1", author=Author(external_id=f"a{storm.now}"))
        added = AddPost(who=ana, url=f"https://forum.example/{storm.now:%M}", text="My refund")
        assert storm.do(added).ok
        brought = storm.database.read(lambda session: mentions.by_url(session, added.url))
        assert brought is not None
        return [risk, paying, answer, brought]

    def list_customer(session: Session) -> None:
        number = customers.begin(session, "list", 1)
        customers.add(session, number, [("blog", "cust", "Acme Gold")])
        customers.complete(session, number)

    storm.database.write(list_customer)
    ana = storm.person("Ana")
    ours = storm.posted("Here you are", external_id="ours-1", author=Author(external_id="acme"), reply_to="post-1")
    rules = replace(storm.organisation.sources[0], own_accounts=frozenset({"acme"}))
    storm.organisation = replace(storm.organisation, sources=(rules,), customers=True)
    storm.__post_init__()
    storm.arrive("refund", external_id="post-1")
    storm.ingest(ours)
    before = special()
    people(storm, 20)
    minute(storm)
    assert len(listed(storm, Held.STORM)) == 20
    storm.pass_time(minutes=1)
    after = special()
    assert {storm.look(one).held for one in (*before, *after)} == {Held.NO}


def test_a_storm_of_one_department_folds_nothing_of_another(storm: Scene) -> None:
    people(storm, 20)
    other = storm.arrive("Hello", author=Author(external_id="x"))
    minute(storm)
    assert storm.look(other).held == Held.NO


def test_a_department_may_do_without(database: Database) -> None:
    support, finance = ORGANISATION.departments
    scene = with_history(database)
    scene.organisation = replace(scene.organisation, departments=(support, replace(finance, storms=False)))
    scene.__post_init__()
    break_out(scene, 40)
    assert len(listed(scene)) == 40


# --- what is listed --------------------------------------------------------------------------------------------------


def test_what_is_folded_is_listed_below_the_lead_once_a_minute_fifteen_and_how_many_more(storm: Scene) -> None:
    lead = break_out(storm, 36)
    for _ in range(3):
        minute(storm)
    (first,) = notices(storm, "C-FINANCE")
    assert first.title == f"Folded under #{lead.token}: 35 posts on billing"
    assert (len(first.sections[0].lines), first.sections[0].more) == (15, 20)
    assert {one.button.label for one in first.sections[0].lines if one.button} == {"Show"}
    storm.pass_time(minutes=1)
    people(storm, 2)
    minute(storm)
    assert [len(one.sections[0].lines) for one in notices(storm, "C-FINANCE")] == [15, 2]


def test_how_many_of_them_are_late_is_one_number_on_the_lead_and_nobody_is_told_of_each(database: Database) -> None:
    scene = with_history(database)
    promise_claims(scene, timedelta(minutes=20))
    lead = break_out(scene)
    said = len(notices(scene, "C-FINANCE"))
    scene.pass_time(minutes=25)
    scene.do(StrikeClocks(job="clocks"))
    scene.do(StrikeClocks(job="clocks"))
    assert lead_card(scene, lead).endswith("19 posts are folded here, 19 of them late.")
    assert [scene.log(one).count("late") for one in listed(scene, Held.STORM)] == [1] * 19
    told = [one.title for one in notices(scene, "C-FINANCE")][said:]
    assert len(told) <= 1
    assert all(lead.token in one for one in told)


# --- when it is over -------------------------------------------------------------------------------------------------


def over(scene: Scene, number: int = 20) -> MentionRow:
    lead = break_out(scene, number)
    assert not {"Show them"} & set(labels(scene, lead))
    scene.pass_time(minutes=50)
    minute(scene)
    return scene.look(lead)


def test_when_it_is_over_the_lead_offers_what_can_be_done_and_nothing_is_done_by_itself(storm: Scene) -> None:
    lead = over(storm)
    said = "The storm on billing is over: 20 people from 10:30 to 11:20, usually 1 an hour. 19 posts are folded here."
    assert lead_card(storm, lead) == said
    assert {"Show them", "Dismiss the rest (19)"} <= set(labels(storm, lead))
    assert notices(storm, "C-FINANCE")[-1].title.startswith("The storm on billing is over. 19 posts are folded under")
    storm.pass_time(days=3)
    minute(storm)
    assert len(listed(storm, Held.STORM)) == 19
    people(storm, 1)
    assert storm.look(listed(storm)[-1]).held == Held.NO


def test_all_are_shown_by_one_press(storm: Scene) -> None:
    lead = over(storm)
    answer = storm.do(UnfoldStorm(who=storm.person("Ana"), reference=at(lead)))
    assert (answer.ok, answer.text) == (True, "19 have their cards now.")
    assert len(listed(storm)) == 20
    assert len([one for one in in_channel(storm, "C-FINANCE") if one.key.startswith("card:")]) == 20
    assert lead_card(storm, lead) == ""
    again = storm.do(UnfoldStorm(who=storm.person("Ana"), reference=at(lead)))
    assert (again.ok, again.text) == (False, f"Nothing is folded under #{lead.token}.")
    assert {tuple(storm.log(one)[-1:]) for one in listed(storm) if one.id != lead.id} == {("shown",)}


def test_of_many_some_are_shown_at_a_press(storm: Scene) -> None:
    lead, ana = over(storm, 130), storm.person("Ana")
    said = [storm.do(UnfoldStorm(who=ana, reference=at(lead))).text for _ in range(3)]
    assert said == [
        "50 of 129 have their cards now. Press again for the next.",
        "50 of 79 have their cards now. Press again for the next.",
        "29 have their cards now.",
    ]


def test_the_rest_is_dismissed_with_one_reason_by_who_pressed_however_many_they_are(storm: Scene) -> None:
    lead, ana = over(storm, 80), storm.person("Ana")
    kept = listed(storm, Held.STORM)[60]
    answer = storm.do(DismissRest(who=ana, reference=at(lead), reason="no-answer-needed"))
    assert answer.text == "30 are dismissed, and the other 49 will be within minutes. Reason: It needs no answer."
    storm.do(ClaimMention(who=storm.person("Ben"), reference=ByToken(kept.token)))
    minute(storm)
    assert listed(storm, Held.STORM) == []
    dismissed = listed(storm, Held.STORM, statuses=(Status.DISMISSED,))
    assert len(dismissed) == 78
    rows = [history(storm, one)[-1] for one in dismissed]
    assert {(row["action"], row["actor_id"]) for row in rows} == {("dismissed", rows[0]["actor_id"])}
    assert rows[0]["actor_id"] is not None
    assert (storm.look(kept).status, storm.look(kept).held) == (Status.CLAIMED, Held.NO)
    assert minute(storm) == []
    assert storm.database.read(ownership.verify).trouble == ""


def test_as_long_as_it_is_on_the_rest_is_dismissed_by_nobody_for_more_may_come(storm: Scene) -> None:
    lead = break_out(storm)
    answer = storm.do(DismissRest(who=storm.person("Ana"), reference=ByToken(lead.token)))
    said = "The storm on billing is still on. Dismiss the rest when it is over."
    assert (answer.ok, answer.text) == (False, said)
    people(storm, 3)
    minute(storm)
    assert len(listed(storm, Held.STORM)) == 22


def test_a_lead_that_is_done_with_keeps_its_buttons_as_long_as_anything_is_folded_there(storm: Scene) -> None:
    lead = over(storm)
    storm.do(DismissMention(who=storm.person("Ana"), reference=at(lead)))
    assert not card(storm, lead, "C-FINANCE").brief
    assert {"Show them", "Dismiss the rest (19)"} <= set(labels(storm, lead))
    storm.do(DismissRest(who=storm.person("Ana"), reference=ByToken(lead.token)))
    assert card(storm, lead, "C-FINANCE").brief


# --- races -----------------------------------------------------------------------------------------------------------


def test_a_press_on_a_card_that_was_folded_meanwhile_is_told_so_and_a_claim_wins(storm: Scene) -> None:
    ana = storm.person("Ana")
    people(storm, 20)
    _, one, two, *_ = listed(storm)
    minute(storm)
    refused = storm.do(DismissMention(who=ana, reference=at(one)))
    assert (refused.ok, "changed since this was shown" in refused.text) == (False, True)
    assert storm.do(ClaimMention(who=ana, reference=at(two))).ok
    now = storm.look(two)
    assert (now.held, now.status) == (Held.NO, Status.CLAIMED)
    assert storm.log(two) == ["arrived", "held", "shown", "claimed"]
    assert card_key(two, "C-FINANCE") in {row.key for row in in_channel(storm, "C-FINANCE")}


@pytest.mark.race
@pytest.mark.parametrize("first", ["fold", "claim"])
def test_a_claim_wins_over_a_fold_at_the_same_moment_whoever_is_first(storm: Scene, first: str) -> None:
    """The second begins while the first has written and not yet committed."""
    ana = storm.person("Ana")
    people(storm, 20)
    watch(storm)
    fold = storm.database.read(lambda session: storm.dispatcher.prepare(session, prepare_folding, storm.now))
    assert isinstance(fold, FoldMentions)
    (wanted,) = (one for one in listed(storm) if one.id == fold.mention_ids[3])
    commands: dict[str, Command] = {"fold": fold, "claim": ClaimMention(who=ana, reference=at(wanted))}
    written = threading.Event()

    def write(session: Session) -> Answer:
        answer = storm.dispatcher.handle(session, commands[first], storm.now)
        written.set()
        time.sleep(0.3)  # the other one is under way by then
        return answer

    one = threading.Thread(target=lambda: storm.database.write(write))
    one.start()
    written.wait(HANG_SECONDS)
    (other,) = (command for name, command in commands.items() if name != first)
    assert storm.do(other).ok
    one.join()
    now = storm.look(wanted)
    assert (now.status, now.held) == (Status.CLAIMED, Held.NO)
    log = storm.log(wanted)
    assert log == (["arrived", "held", "shown", "claimed"] if first == "fold" else ["arrived", "claimed"])
    assert card_key(wanted, "C-FINANCE") in {row.key for row in in_channel(storm, "C-FINANCE")}
    assert len(listed(storm, Held.STORM)) == 18
