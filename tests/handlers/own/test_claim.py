"""Claim: one owner, and the others are told who."""

from handlers.base.command import ByToken
from handlers.own.claim import ClaimMention
from handlers.own.release import ReleaseMention
from storage.tables.states import Via
from tests.harness.scene import Scene, at


def test_who_claims_first_is_the_owner_and_the_log_knows(scene: Scene) -> None:
    ana = scene.person("Ana", "ana@acme.example")
    mention = scene.arrive()
    answer = scene.do(ClaimMention(who=ana, reference=at(mention), via=Via.BUTTON))
    assert answer.ok
    now = scene.look(mention)
    assert now.status == "claimed"
    assert now.version == mention.version + 1
    assert scene.log(mention) == ["arrived", "claimed"]


def test_second_person_is_told_who_was_first_and_changes_nothing(scene: Scene) -> None:
    ana, ben = scene.person("Ana"), scene.person("Ben")
    mention = scene.arrive()
    scene.do(ClaimMention(who=ana, reference=at(mention)))
    scene.pass_time(minutes=5)
    answer = scene.do(ClaimMention(who=ben, reference=at(mention)))
    assert not answer.ok
    assert answer.text == f"Ana has #{mention.token} already, since 5 minutes ago."
    assert scene.log(mention) == ["arrived", "claimed"]


def test_claiming_twice_is_no_error_and_no_second_row(scene: Scene) -> None:
    ana = scene.person("Ana")
    mention = scene.arrive()
    scene.do(ClaimMention(who=ana, reference=at(mention)))
    again = scene.do(ClaimMention(who=ana, reference=at(mention)))
    assert again.ok
    assert again.text == f"#{mention.token} is yours already."
    assert scene.log(mention) == ["arrived", "claimed"]


def test_a_repeated_gesture_gets_the_same_answer_and_no_second_effect(scene: Scene) -> None:
    ana, ben = scene.person("Ana"), scene.person("Ben")
    mention = scene.arrive()
    first = scene.do(ClaimMention(who=ana, reference=at(mention), request_key="press-1"))
    scene.do(ReleaseMention(who=ana, reference=ByToken(mention.token)))
    scene.do(ClaimMention(who=ben, reference=ByToken(mention.token)))
    again = scene.do(ClaimMention(who=ana, reference=at(mention), request_key="press-1"))
    assert (again.text, again.ok, again.repeated) == (first.text, first.ok, True)
    assert scene.log(mention) == ["arrived", "claimed", "released", "claimed"]


def test_an_employee_whom_we_do_not_know_yet_may_claim(scene: Scene) -> None:
    mention = scene.arrive()
    answer = scene.do(ClaimMention(who=scene.who("U-NEW", "Nia"), reference=at(mention)))
    assert answer.ok
    assert answer.unknown_person
