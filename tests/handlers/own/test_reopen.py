"""Reopen: anyone may; it goes back to its owner if that person is still there."""

from dataclasses import replace
from random import Random

from handlers.base.command import ByToken
from handlers.own.claim import ClaimMention
from handlers.own.dismiss import DismissMention
from handlers.own.reconcile import reconcile
from handlers.own.reopen import ReopenMention
from handlers.own.resolve import ResolveMention
from handlers.own.snooze import SnoozeMention
from handlers.people.accounts import Account, learn_account
from tests.harness.channels import card, card_key, history, last, message, remarks, told
from tests.harness.scene import Scene, at


def test_anyone_reopens_and_the_owner_gets_it_back_and_is_told(scene: Scene) -> None:
    ana, ben = scene.person("Ana"), scene.person("Ben")
    mention = scene.arrive()
    scene.do(ClaimMention(who=ana, reference=at(mention)))
    owner = scene.look(mention).owner_id
    scene.do(ResolveMention(who=ana, reference=ByToken(mention.token)))
    answer = scene.do(ReopenMention(who=ben, reference=ByToken(mention.token), note="They wrote again."))
    now = scene.look(mention)
    assert answer.text == f"#{mention.token} is open again. Ana has it."
    assert (now.status, now.owner_id, now.resolved_at) == ("claimed", owner, None)
    assert last(scene, mention)["action"] == "reopened"
    assert remarks(scene, mention) == ["They wrote again."]
    assert told(scene, ana) == [f"Ben reopened #{mention.token}. You have it: They wrote again."]


def test_what_nobody_had_is_new_again(scene: Scene) -> None:
    ana = scene.person("Ana")
    mention = scene.arrive()
    scene.do(DismissMention(who=ana, reference=at(mention)))
    answer = scene.do(ReopenMention(who=ana, reference=ByToken(mention.token)))
    assert answer.text == f"#{mention.token} is open again. Nobody has it."
    assert scene.look(mention).status == "new"


def test_an_owner_who_left_does_not_get_it_back(scene: Scene) -> None:
    ana, ben = scene.person("Ana"), scene.person("Ben")
    mention = scene.arrive()
    scene.do(ClaimMention(who=ana, reference=at(mention)))
    owner = scene.look(mention).owner_id
    scene.do(ResolveMention(who=ana, reference=ByToken(mention.token)))
    gone = Account(platform="slack", workspace="T1", external_id="UANA", name="Ana", active=False)
    scene.database.write(lambda session: learn_account(session, gone, scene.now))
    scene.do(ReopenMention(who=ben, reference=ByToken(mention.token)))
    now = scene.look(mention)
    assert (now.status, now.owner_id) == ("new", None)
    row = last(scene, mention)
    assert (row["from_owner_id"], row["to_owner_id"]) == (owner, None)


def test_who_asks_to_reopen_a_snoozed_one_wakes_it(scene: Scene) -> None:
    ana, ben = scene.person("Ana"), scene.person("Ben")
    mention = scene.arrive()
    scene.do(ClaimMention(who=ana, reference=at(mention)))
    scene.do(SnoozeMention(who=ana, reference=ByToken(mention.token), until="2h"))
    assert "Take it over first" in scene.do(ReopenMention(who=ben, reference=ByToken(mention.token))).text
    answer = scene.do(ReopenMention(who=ana, reference=ByToken(mention.token), note="They called."))
    assert answer.text == f"#{mention.token} is awake again. It is yours."
    assert scene.log(mention)[-1] == "woken"
    assert remarks(scene, mention) == ["They called."]


def test_an_open_one_and_a_stale_button_are_refused(scene: Scene) -> None:
    ana = scene.person("Ana")
    mention = scene.arrive()
    assert scene.do(ReopenMention(who=ana, reference=at(mention))).text == f"#{mention.token} is open already."
    scene.do(ResolveMention(who=ana, reference=at(mention)))
    assert "changed since" in scene.do(ReopenMention(who=ana, reference=at(mention))).text
    assert scene.log(mention) == ["arrived", "resolved"]


def test_its_card_stands_in_the_home_that_the_department_has_now(scene: Scene) -> None:
    ana = scene.person("Ana")
    mention = scene.arrive()
    scene.do(ResolveMention(who=ana, reference=at(mention)))
    support, finance = scene.organisation.departments
    moved = replace(scene.organisation, departments=(support, replace(finance, homes={"slack": "C-NEW"})))
    scene.database.write(lambda session: reconcile(session, moved, scene.now, Random(1)))
    scene.do(ReopenMention(who=ana, reference=ByToken(mention.token)))
    assert message(scene, card_key(mention, "C-NEW")).state == "due"
    assert card(scene, mention, "C-FINANCE").moved


def test_what_a_removed_department_left_behind_opens_in_the_fallback(scene: Scene) -> None:
    ben = scene.person("Ben")
    mention = scene.arrive()
    scene.do(ResolveMention(who=ben, reference=at(mention)))
    alone = replace(scene.organisation, departments=scene.organisation.departments[:1])
    scene.database.write(lambda session: reconcile(session, alone, scene.now, Random(1)))
    assert scene.do(ReopenMention(who=ben, reference=ByToken(mention.token))).ok
    first, *_, reopened = history(scene, mention)
    assert reopened["from_department_id"] == first["to_department_id"]
    assert reopened["to_department_id"] == scene.look(mention).department_id != first["to_department_id"]
    assert not card(scene, mention, "C-SUPPORT").moved
