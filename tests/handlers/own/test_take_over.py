"""Take over: one press, a reason asked, and the old owner is told."""

from handlers.base.command import ByToken
from handlers.own.claim import ClaimMention
from handlers.own.resolve import ResolveMention
from handlers.own.take_over import TakeOverMention
from tests.harness.channels import last, person_id, remarks, told
from tests.harness.scene import Scene, at


def test_old_owner_is_told_who_took_it_and_why(scene: Scene) -> None:
    ana, ben = scene.person("Ana"), scene.person("Ben")
    mention = scene.arrive()
    scene.do(ClaimMention(who=ana, reference=at(mention)))
    before = scene.look(mention)
    answer = scene.do(TakeOverMention(who=ben, reference=at(before), reason="You are on holiday."))
    now = scene.look(mention)
    assert answer.text == f"#{mention.token} is yours now. Ana is told."
    assert (now.status, now.version) == ("claimed", before.version + 1)
    row = last(scene, mention)
    assert (row["action"], row["from_owner_id"], row["to_owner_id"]) == ("taken_over", before.owner_id, now.owner_id)
    assert remarks(scene, mention) == ["You are on holiday."]
    assert told(scene, ana) == [f"Ben took over #{mention.token} from you: You are on holiday."]
    assert told(scene, ben) == []


def test_without_a_reason_nothing_is_taken(scene: Scene) -> None:
    ana, ben = scene.person("Ana"), scene.person("Ben")
    mention = scene.arrive()
    scene.do(ClaimMention(who=ana, reference=at(mention)))
    owner = person_id(scene, mention)
    answer = scene.do(TakeOverMention(who=ben, reference=ByToken(mention.token), reason="  "))
    assert "reason" in answer.fields
    assert person_id(scene, mention) == owner


def test_what_nobody_has_is_claimed_instead(scene: Scene) -> None:
    ana = scene.person("Ana")
    mention = scene.arrive()
    answer = scene.do(TakeOverMention(who=ana, reference=at(mention), reason="Mine."))
    assert answer.text == f"Nobody has #{mention.token}: claim it instead."
    assert scene.log(mention) == ["arrived"]


def test_ones_own_is_not_taken_over(scene: Scene) -> None:
    ana = scene.person("Ana")
    mention = scene.arrive()
    scene.do(ClaimMention(who=ana, reference=at(mention)))
    answer = scene.do(TakeOverMention(who=ana, reference=ByToken(mention.token), reason="Mine."))
    assert answer.text == f"#{mention.token} is yours already."


def test_a_closed_one_and_a_stale_form_are_refused(scene: Scene) -> None:
    ana, ben = scene.person("Ana"), scene.person("Ben")
    mention = scene.arrive()
    scene.do(ClaimMention(who=ana, reference=at(mention)))
    stale = scene.do(TakeOverMention(who=ben, reference=at(mention), reason="Mine."))
    assert "changed since this was shown" in stale.text
    scene.do(ResolveMention(who=ana, reference=ByToken(mention.token)))
    closed = scene.do(TakeOverMention(who=ben, reference=ByToken(mention.token), reason="Mine."))
    assert "Reopen it first" in closed.text
    assert told(scene, ana) == []
