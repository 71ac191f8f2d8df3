"""Split: what stands on the card of its public thread has its own place there, and a card of its own for the asking."""

import threading
from datetime import timedelta

import pytest

from handlers.base.command import Asking, ByToken
from handlers.base.events import Author, Deleted
from handlers.base.forms import draw_form
from handlers.dispatch.offers import undoing
from handlers.own import dismiss_rest
from handlers.own.claim import ClaimMention
from handlers.own.dismiss import DismissMention
from handlers.own.dismiss_rest import DismissRest
from handlers.own.hand_off import HandOffMention
from handlers.own.join import JoinMention
from handlers.own.note import NoteMention
from handlers.own.resolve import ResolveMention
from handlers.own.show import ShowMention
from handlers.own.split import VERB, SplitMention
from handlers.own.strike import StrikeClocks
from handlers.report.digest import build_digest
from storage.channels import messages
from storage.engine.database import Database
from storage.own import mentions, ownership
from storage.own.mentions import MentionRow
from storage.tables.states import Held, Status
from tests.harness.channels import card, card_key, deliver, in_channel, message
from tests.harness.patience import HANG_SECONDS
from tests.harness.scene import Scene, at
from tests.harness.storms import minute, people, promise_claims, with_history
from tests.harness.threads import begun, listed, say


def shown(scene: Scene, lead: MentionRow) -> list[str]:
    """Return what the card of a thread says of what stands on it: its title, and each of the lines."""
    under = card(scene, lead, "C-FINANCE").under
    return [under.title, *(line.text for line in under.lines)] if under is not None else []


def has_card(scene: Scene, mention: MentionRow, channel: str = "C-FINANCE") -> bool:
    return card_key(mention, channel) in {row.key for row in in_channel(scene, channel)}


def labels(scene: Scene, mention: MentionRow) -> list[str]:
    return [one.label for one in card(scene, mention, "C-FINANCE").buttons]


# --- what the card says ----------------------------------------------------------------------------------------------


def test_the_card_shows_the_newest_with_a_button_each_and_how_many_more(scene: Scene) -> None:
    lead, under = begun(scene, 8)
    drawn = card(scene, lead, "C-FINANCE").under
    assert drawn is not None
    assert (drawn.title, drawn.more) == ("7 more in this public thread", 2)
    assert [line.token for line in drawn.lines] == [one.token for one in reversed(under[2:])]
    assert drawn.lines[0].text == f"#{under[-1].token} Sam Sample: Where is my refund?"
    assert {line.button.label for line in drawn.lines if line.button} == {"Claim"}
    assert "Dismiss the rest (7)" in labels(scene, lead)


def test_what_is_split_has_its_own_card_and_twice_is_once(scene: Scene) -> None:
    lead, (one, other) = begun(scene)
    ana = scene.person("Ana")
    deliver(scene)
    assert scene.do(SplitMention(who=ana, reference=at(one))).text == f"#{one.token} has its own card now, for Finance."
    assert (scene.look(one).held, has_card(scene, one), has_card(scene, other)) == (Held.NO, True, False)
    assert scene.log(one) == ["held", "arrived", "shown"]
    assert deliver(scene) == [card_key(lead, "C-FINANCE"), card_key(one, "C-FINANCE")]
    assert shown(scene, lead)[0] == "1 more in this public thread"
    assert scene.do(SplitMention(who=ana, reference=at(one))).text == f"#{one.token} has its own card already."
    assert scene.do(ShowMention(who=ana, reference=at(other))).ok
    assert shown(scene, lead) == []
    say(scene, thread="t3_1")
    assert listed(scene, Held.THREAD)[0].held_by == lead.id


def test_what_is_kept_back_otherwise_is_not_split(database: Database) -> None:
    scene = with_history(database)
    people(scene, 20)
    minute(scene)
    answer = scene.do(SplitMention(who=scene.person("Ana"), reference=ByToken(listed(scene, Held.STORM)[0].token)))
    assert (answer.ok, "does not stand on the card of a public thread" in answer.text) == (False, True)


def test_a_claim_of_the_card_is_one_of_its_first_and_a_claim_of_a_line_one_of_that(scene: Scene) -> None:
    lead, (one, other) = begun(scene)
    ana, ben = scene.person("Ana"), scene.person("Ben")
    assert scene.do(ClaimMention(who=ana, reference=at(lead))).ok
    assert [scene.look(each).owner_id for each in (one, other)] == [None, None]
    assert len(shown(scene, lead)) == 3
    assert scene.do(ClaimMention(who=ben, reference=at(one))).ok
    now = scene.look(one)
    assert (now.status, now.held, has_card(scene, one)) == (Status.CLAIMED, Held.NO, True)
    assert scene.log(one) == ["held", "arrived", "shown", "claimed"]
    assert shown(scene, lead)[0] == "1 more in this public thread"


def test_what_goes_to_another_department_has_its_card_there(scene: Scene) -> None:
    lead, (one, _) = begun(scene)
    assert scene.do(HandOffMention(who=scene.person("Ana"), reference=at(one), department="support")).ok
    assert (has_card(scene, one), has_card(scene, one, "C-SUPPORT")) == (False, True)
    assert shown(scene, lead)[0] == "1 more in this public thread"


def test_what_is_edited_or_deleted_reads_so_on_the_card_on_which_it_stands(scene: Scene) -> None:
    lead, (one, _) = begun(scene)
    deliver(scene)
    post = scene.database.read(lambda session: mentions.original(session, one.id))
    edited = scene.posted("My refund came.", external_id=post.external_id, author=Author(external_id="author-2"))
    scene.ingest(edited)
    assert card_key(lead, "C-FINANCE") in deliver(scene)
    assert any("My refund came." in line for line in shown(scene, lead))
    scene.ingest(Deleted(external_id=post.external_id))
    assert card_key(lead, "C-FINANCE") in deliver(scene)
    assert shown(scene, lead)[0] == "1 more in this public thread"
    scene.database.write(lambda session: messages.say_less(session, listed(scene, Held.THREAD)[-1].id))
    assert deliver(scene) == [card_key(lead, "C-FINANCE")]


def test_a_note_and_a_dismissal_leave_it_where_it_is(scene: Scene) -> None:
    lead, (one, other) = begun(scene)
    ana = scene.person("Ana")
    scene.do(NoteMention(who=ana, reference=at(one), text="The same customer."))
    scene.do(DismissMention(who=ana, reference=at(other)))
    assert (scene.look(one).held, scene.look(other).held) == (Held.THREAD, Held.THREAD)
    assert len(shown(scene, lead)) == 2
    assert [has_card(scene, one), has_card(scene, other)] == [False, False]


def test_what_was_split_off_is_put_back_as_long_as_nobody_has_it(scene: Scene) -> None:
    lead, (one, other) = begun(scene)
    ana = scene.person("Ana")
    deliver(scene)
    assert scene.do(SplitMention(who=ana, reference=at(one))).ok
    undo = undoing(VERB, scene.look(one))
    assert undo is not None
    assert (undo.label, undo.verb) == ("Undo", "join")
    deliver(scene)
    assert scene.do(JoinMention(who=ana, reference=ByToken(one.token))).text == (
        f"#{one.token} stands on the card of #{lead.token} now."
    )
    now = scene.look(one)
    assert (now.held, now.held_by, now.version) == (Held.THREAD, lead.id, one.version + 1)
    drawn = card(scene, one, "C-FINANCE")
    assert (drawn.brief, drawn.state) == (True, f"On the card of its public thread, #{lead.token}.")
    assert shown(scene, lead)[0] == "2 more in this public thread"
    assert scene.log(one) == ["held", "arrived", "shown", "held"]
    assert scene.do(JoinMention(who=ana, reference=ByToken(one.token))).ok
    scene.do(ClaimMention(who=ana, reference=at(other)))
    assert not scene.do(JoinMention(who=ana, reference=ByToken(other.token))).ok
    assert "Others stand on the card" in scene.do(JoinMention(who=ana, reference=ByToken(lead.token))).text
    assert scene.database.read(ownership.verify).trouble == ""


def test_what_has_no_other_card_of_its_thread_stays_where_it_is(scene: Scene) -> None:
    alone = scene.arrive(thread="t3_9")
    answer = scene.do(JoinMention(who=scene.person("Ana"), reference=at(alone)))
    assert (answer.ok, "No other card of the public thread" in answer.text) == (False, True)


# --- when the card goes ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["resolved", "handed off", "deleted"])
def test_when_the_card_is_closed_or_goes_elsewhere_the_next_has_one_and_the_others_stand_on_it(
    scene: Scene, how: str
) -> None:
    lead, (one, other, third) = begun(scene, 4)
    ana = scene.person("Ana")
    if how == "resolved":
        scene.do(ClaimMention(who=ana, reference=at(lead)))
        scene.do(ResolveMention(who=ana, reference=ByToken(lead.token)))
    elif how == "handed off":
        scene.do(HandOffMention(who=ana, reference=at(lead), department="support"))
    else:
        began = scene.database.read(lambda session: mentions.original(session, lead.id))
        scene.ingest(Deleted(external_id=began.external_id))
    assert minute(scene, "threads") == ["1 cards go on with their public threads."]
    assert minute(scene, "threads") == []
    assert (scene.look(one).held, has_card(scene, one)) == (Held.NO, True)
    assert [scene.look(each).held_by for each in (other, third)] == [one.id, one.id]
    assert shown(scene, one)[0] == "2 more in this public thread"
    assert shown(scene, lead) == []
    say(scene, thread="t3_1")
    assert listed(scene, Held.THREAD)[-1].held_by == one.id


def test_a_card_that_others_stand_on_is_not_folded_into_a_storm(database: Database) -> None:
    scene = with_history(database)
    lead, under = begun(scene)
    scene.pass_time(minutes=1)
    people(scene, 20)
    minute(scene)
    assert scene.look(lead).held == Held.NO
    assert len(listed(scene, Held.STORM)) == 20
    assert [scene.look(one).held_by for one in under] == [lead.id, lead.id]


# --- the rest --------------------------------------------------------------------------------------------------------


def test_the_rest_is_dismissed_with_one_reason_and_what_came_after_the_form_is_not(scene: Scene) -> None:
    lead, (one, other) = begun(scene)
    ana = scene.person("Ana")
    form = scene.database.read(
        lambda session: draw_form(
            dismiss_rest.VERB,
            Asking(session=session, organisation=scene.organisation, now=scene.now, found=lead),
        )
    )
    assert [line.text.partition(" ")[0] for line in form.beside[0].lines] == [f"#{one.token}", f"#{other.token}"]
    say(scene, thread="t3_1")
    reference = ByToken(lead.token, lead.version, form.shown)
    answer = scene.do(DismissRest(who=ana, reference=reference, reason="spam"))
    assert answer.text == "2 are dismissed. Reason: It is spam."
    assert [scene.look(each).status for each in (lead, one, other)] == [Status.NEW, Status.DISMISSED, Status.DISMISSED]
    assert shown(scene, lead)[0] == "1 more in this public thread"
    assert scene.do(DismissRest(who=ana, reference=ByToken(lead.token))).text == ("1 is dismissed. Reason: none given.")
    assert not scene.do(DismissRest(who=ana, reference=ByToken(lead.token))).ok


# --- clocks ----------------------------------------------------------------------------------------------------------


def test_each_has_clocks_of_its_own_and_the_ladder_speaks_below_the_card_that_it_stands_on(database: Database) -> None:
    scene = Scene(database)
    promise_claims(scene, timedelta(hours=1))
    lead, (one, _) = begun(scene)
    ana = scene.person("Ana")
    scene.do(ClaimMention(who=ana, reference=at(lead)))
    scene.pass_time(hours=2)
    while scene.do(StrikeClocks(job="clocks")).ok:
        pass
    assert shown(scene, lead)[0] == "2 more in this public thread, 2 of them late"
    assert shown(scene, lead)[1].endswith(" — late")
    told = [row for row in in_channel(scene, "C-FINANCE") if row.key.startswith(f"clock:{one.id}:")]
    assert told
    deliver(scene)
    (place,) = {row.thread for row in in_channel(scene, "C-FINANCE") if row.key.startswith(f"clock:{one.id}:")}
    assert place == message(scene, card_key(lead, "C-FINANCE")).reference


# --- what counts cards -----------------------------------------------------------------------------------------------


def test_the_digest_says_how_many_stand_on_a_card_and_how_many_had_none_of_their_own(scene: Scene) -> None:
    lead, _ = begun(scene)
    scene.pass_time(days=1)
    of, now = lead.department_id, scene.now
    notice = scene.database.read(lambda session: build_digest(session, scene.organisation, of, now))
    lines = [line.text for part in notice.sections for line in part.lines]
    assert any(line.startswith(f"#{lead.token} ") and line.endswith("2 more on its card.") for line in lines)
    assert "2 on the card of a thread" in lines


# --- races -----------------------------------------------------------------------------------------------------------


@pytest.mark.race
def test_whoever_arrives_while_the_card_is_closed_has_a_place_where_somebody_looks(scene: Scene) -> None:
    ana = scene.person("Ana")
    for turn in range(5):
        thread = f"t3_{turn}"
        say(scene, thread=thread)
        lead = listed(scene)[-1]
        barrier = threading.Barrier(2)

        def close(lead: MentionRow = lead, barrier: threading.Barrier = barrier) -> None:
            barrier.wait(HANG_SECONDS)
            scene.do(DismissMention(who=ana, reference=at(lead)))

        one = threading.Thread(target=close)
        one.start()
        barrier.wait(HANG_SECONDS)
        say(scene, 2, thread=thread)
        one.join(HANG_SECONDS)
        minute(scene, "threads")
        (open_,) = (each for each in listed(scene) if each.status == Status.NEW)
        (under,) = (each for each in listed(scene, Held.THREAD) if each.held_by == open_.id)
        scene.do(DismissMention(who=ana, reference=at(under)))
        scene.do(DismissMention(who=ana, reference=at(open_)))
    assert scene.database.read(ownership.verify).trouble == ""
