"""Snooze and wake: set aside until a moment; back by itself, or asked for, to its owner or to everybody."""

from datetime import UTC, datetime, timedelta

import pytest

from handlers.base.cards import Rank
from handlers.base.command import ByToken
from handlers.own.claim import ClaimMention
from handlers.own.resolve import ResolveMention
from handlers.own.snooze import SnoozeMention
from handlers.own.wake import WAKING, WakeMention, WakeSnoozed
from handlers.people.accounts import Account, learn_account
from storage.own import put_off
from tests.harness.channels import card, card_key, deliver, last, message, remarks, told
from tests.harness.scene import Scene, at


def wake(scene: Scene) -> int:
    """Let the timer look once; returns how many woke."""
    command = WakeSnoozed(job="wake")
    answer = scene.database.write(lambda session: scene.dispatcher.handle(session, command, scene.now))
    return int(answer.text.split()[0])


def test_owner_snoozes_keeps_it_and_hears_until_when(scene: Scene) -> None:
    ana = scene.person("Ana")
    mention = scene.arrive()
    scene.do(ClaimMention(who=ana, reference=at(mention)))
    owned = scene.look(mention)
    answer = scene.do(SnoozeMention(who=ana, reference=at(owned), until="2h"))
    now = scene.look(mention)
    assert (now.status, now.owner_id, now.version) == ("snoozed", owned.owner_id, owned.version + 1)
    assert now.snoozed_until == scene.now + timedelta(hours=2)
    assert answer.text == f"#{mention.token} is snoozed until Monday 2 March 2026, 11:58 (Europe/Berlin)."
    assert last(scene, mention)["action"] == "snoozed"


def test_times_are_read_in_the_actors_own_zone(scene: Scene) -> None:
    known = Account(platform="slack", workspace="T1", external_id="UYUI", name="Yui", timezone="Asia/Tokyo")
    scene.database.write(lambda session: learn_account(session, known, scene.now))
    mention = scene.arrive()
    scene.do(SnoozeMention(who=scene.who("UYUI"), reference=at(mention), until="tomorrow"))
    assert scene.look(mention).snoozed_until == datetime(2026, 3, 3, 0, 0, tzinfo=UTC)


def test_a_time_that_the_clock_skips_is_said_to_who_typed_it(scene: Scene) -> None:
    known = Account(platform="slack", workspace="T1", external_id="UUWE", name="Uwe", timezone="Europe/Berlin")
    scene.database.write(lambda session: learn_account(session, known, scene.now))
    mention = scene.arrive()
    answer = scene.do(SnoozeMention(who=scene.who("UUWE"), reference=at(mention), until="2026-03-29 02:30"))
    assert answer.text == (
        f"#{mention.token} is snoozed until Sunday 29 March 2026, 03:30 (Europe/Berlin). "
        "The clock skips 02:30 on that day."
    )


def test_without_a_zone_the_departments_counts(scene: Scene) -> None:
    ben = scene.person("Ben")
    mention = scene.arrive("Hello there")  # no topic: support, New York
    scene.do(SnoozeMention(who=ben, reference=at(mention), until="tomorrow"))
    assert scene.look(mention).snoozed_until == datetime(2026, 3, 3, 14, 0, tzinfo=UTC)


def test_it_wakes_when_its_time_has_come_once_and_the_owner_is_told(scene: Scene) -> None:
    ana = scene.person("Ana")
    mention = scene.arrive()
    scene.do(ClaimMention(who=ana, reference=at(mention)))
    scene.do(SnoozeMention(who=ana, reference=ByToken(mention.token), until="2h"))
    deliver(scene)
    scene.pass_time(minutes=119)
    assert wake(scene) == 0
    scene.pass_time(minutes=1)
    assert wake(scene) == 1
    assert wake(scene) == 0
    now = scene.look(mention)
    assert (now.status, now.snoozed_until) == ("claimed", None)
    row = last(scene, mention)
    assert (row["action"], row["via"], row["actor_id"]) == ("woken", "timer", None)
    assert told(scene, ana) == [f"#{mention.token} is awake again."]
    shown = message(scene, card_key(mention, "C-FINANCE"))
    assert (shown.state, shown.by_person) == ("due", False)


def test_what_nobody_has_wakes_as_new(scene: Scene) -> None:
    ana = scene.person("Ana")
    mention = scene.arrive()
    scene.do(SnoozeMention(who=ana, reference=at(mention), until="30m"))
    scene.pass_time(hours=1)
    assert wake(scene) == 1
    assert scene.look(mention).status == "new"


def test_what_could_not_be_woken_just_now_waits_and_holds_nothing_else_up(scene: Scene) -> None:
    ben, rows = scene.person("Ben"), [scene.arrive(), scene.arrive()]
    for row in rows:
        scene.do(SnoozeMention(who=ben, reference=at(row), until="2h"))
    scene.pass_time(hours=2)
    until = scene.now + timedelta(minutes=4)
    scene.database.write(lambda session: put_off.put(session, WAKING, rows[0].id, 3, until, "KeyError"))
    assert wake(scene) == 1
    assert [scene.look(row).status for row in rows] == ["snoozed", "new"]
    scene.pass_time(minutes=4)
    assert wake(scene) == 1
    assert scene.database.read(lambda session: put_off.tries(session, WAKING)) == {}


def test_an_owner_who_left_is_not_woken_for(scene: Scene) -> None:
    ana = scene.person("Ana")
    mention = scene.arrive()
    scene.do(ClaimMention(who=ana, reference=at(mention)))
    scene.do(SnoozeMention(who=ana, reference=ByToken(mention.token), until="30m"))
    gone = Account(platform="slack", workspace="T1", external_id="UANA", name="Ana", active=False)
    scene.database.write(lambda session: learn_account(session, gone, scene.now))
    scene.pass_time(hours=1)
    wake(scene)
    now = scene.look(mention)
    assert (now.status, now.owner_id) == ("new", None)
    assert told(scene, ana) == []


def test_claiming_a_free_snoozed_one_wakes_it(scene: Scene) -> None:
    ana = scene.person("Ana")
    mention = scene.arrive()
    scene.do(SnoozeMention(who=ana, reference=at(mention), until="2h"))
    assert scene.do(ClaimMention(who=ana, reference=ByToken(mention.token))).ok
    now = scene.look(mention)
    assert (now.status, now.snoozed_until) == ("claimed", None)
    scene.pass_time(hours=3)
    assert wake(scene) == 0


def test_claiming_ones_own_snoozed_one_wakes_it(scene: Scene) -> None:
    ana, ben = scene.person("Ana"), scene.person("Ben")
    mention = scene.arrive()
    scene.do(ClaimMention(who=ana, reference=at(mention)))
    scene.do(SnoozeMention(who=ana, reference=ByToken(mention.token), until="2h"))
    assert "Ana has" in scene.do(ClaimMention(who=ben, reference=ByToken(mention.token))).text
    assert scene.do(ClaimMention(who=ana, reference=ByToken(mention.token))).ok
    assert scene.log(mention) == ["arrived", "claimed", "snoozed", "woken"]
    assert scene.look(mention).status == "claimed"


def test_its_owner_wakes_it_before_its_time_and_the_log_says_who(scene: Scene) -> None:
    ana, ben = scene.person("Ana"), scene.person("Ben")
    mention = scene.arrive()
    scene.do(ClaimMention(who=ana, reference=at(mention)))
    scene.do(SnoozeMention(who=ana, reference=ByToken(mention.token), until="2h"))
    asleep = scene.look(mention)
    assert "Take it over first" in scene.do(WakeMention(who=ben, reference=at(asleep))).text
    answer = scene.do(WakeMention(who=ana, reference=at(asleep), note="They called."))
    assert answer.text == f"#{mention.token} is awake again. It is yours."
    now = scene.look(mention)
    assert (now.status, now.snoozed_until, now.owner_id) == ("claimed", None, asleep.owner_id)
    row = last(scene, mention)
    assert (row["action"], row["actor_id"]) == ("woken", asleep.owner_id)
    assert remarks(scene, mention) == ["They called."]
    scene.pass_time(hours=3)
    assert wake(scene) == 0


def test_anybody_wakes_what_nobody_has(scene: Scene) -> None:
    ana, ben = scene.person("Ana"), scene.person("Ben")
    mention = scene.arrive()
    scene.do(SnoozeMention(who=ana, reference=at(mention), until="2h"))
    answer = scene.do(WakeMention(who=ben, reference=ByToken(mention.token)))
    assert answer.text == f"#{mention.token} is awake again. Nobody has it."
    assert scene.look(mention).status == "new"


def test_what_does_not_sleep_and_a_stale_button_are_refused(scene: Scene) -> None:
    ana, mention = scene.person("Ana"), scene.arrive()
    assert scene.do(WakeMention(who=ana, reference=at(mention))).text == f"#{mention.token} is awake already."
    scene.do(SnoozeMention(who=ana, reference=at(mention), until="2h"))
    assert "changed since" in scene.do(WakeMention(who=ana, reference=at(mention))).text
    scene.do(ResolveMention(who=ana, reference=ByToken(mention.token)))
    assert "Reopen it first" in scene.do(WakeMention(who=ana, reference=ByToken(mention.token))).text
    assert scene.log(mention) == ["arrived", "snoozed", "resolved"]


def test_the_card_of_a_snoozed_one_offers_to_wake_it_first(scene: Scene) -> None:
    ana, mention = scene.person("Ana"), scene.arrive()
    scene.do(ClaimMention(who=ana, reference=at(mention)))
    scene.do(SnoozeMention(who=ana, reference=ByToken(mention.token), until="2h"))
    buttons = card(scene, mention, "C-FINANCE").buttons
    shown = {rank: [one.label for one in buttons if one.rank == rank] for rank in Rank}
    assert (shown[Rank.MAIN], shown[Rank.BUTTON]) == (["Wake"], [])
    assert set(shown[Rank.MENU]) == {"Resolve", "Release", "Hand off", "Note", "More…"}
    scene.do(ResolveMention(who=ana, reference=ByToken(mention.token)))
    labels = [one.label for one in card(scene, mention, "C-FINANCE").buttons]
    assert "Reopen" in labels
    assert "Wake" not in labels


@pytest.mark.parametrize("until", ["", "soon", "yesterday", "2026-03-01", "0001-01-01T00:00+14:00", "99999w"])
def test_a_time_that_cannot_be_is_refused_in_the_field(scene: Scene, until: str) -> None:
    ana = scene.person("Ana")
    mention = scene.arrive()
    assert "until" in scene.do(SnoozeMention(who=ana, reference=at(mention), until=until)).fields
    assert scene.look(mention) == mention


def test_somebody_elses_a_closed_one_and_a_stale_form_are_refused(scene: Scene) -> None:
    ana, ben = scene.person("Ana"), scene.person("Ben")
    mention = scene.arrive()
    scene.do(ClaimMention(who=ana, reference=at(mention)))
    assert "Take it over" in scene.do(SnoozeMention(who=ben, reference=ByToken(mention.token), until="2h")).text
    assert "changed since" in scene.do(SnoozeMention(who=ana, reference=at(mention), until="2h")).text
    scene.do(ResolveMention(who=ana, reference=ByToken(mention.token)))
    assert "Reopen it" in scene.do(SnoozeMention(who=ana, reference=ByToken(mention.token), until="2h")).text
