"""Resolve: done; the owner stays in the record."""

from handlers.base.command import ByToken
from handlers.own.claim import ClaimMention
from handlers.own.resolve import ResolveMention
from tests.harness.channels import last, remarks
from tests.harness.scene import Scene, at


def test_owner_resolves_and_stays_the_owner(scene: Scene) -> None:
    ana = scene.person("Ana")
    mention = scene.arrive()
    scene.do(ClaimMention(who=ana, reference=at(mention)))
    owned = scene.look(mention)
    scene.pass_time(minutes=12)
    answer = scene.do(ResolveMention(who=ana, reference=at(owned), note="Refunded."))
    now = scene.look(mention)
    assert answer.ok
    assert (now.status, now.owner_id, now.version) == ("resolved", owned.owner_id, owned.version + 1)
    assert now.resolved_at == scene.now
    row = last(scene, mention)
    assert (row["action"], row["from_owner_id"], row["to_owner_id"]) == ("resolved", owned.owner_id, owned.owner_id)
    assert remarks(scene, mention) == ["Refunded."]


def test_anyone_resolves_what_nobody_has(scene: Scene) -> None:
    ben = scene.person("Ben")
    mention = scene.arrive()
    assert scene.do(ResolveMention(who=ben, reference=at(mention))).ok
    now = scene.look(mention)
    assert (now.status, now.owner_id) == ("resolved", None)


def test_nobody_resolves_what_somebody_else_has(scene: Scene) -> None:
    ana, ben = scene.person("Ana"), scene.person("Ben")
    mention = scene.arrive()
    scene.do(ClaimMention(who=ana, reference=at(mention)))
    answer = scene.do(ResolveMention(who=ben, reference=ByToken(mention.token)))
    assert answer.text == f"Ana has #{mention.token}. Take it over first if you want to change it."
    assert scene.look(mention).status == "claimed"


def test_resolving_twice_and_a_stale_button_are_refused(scene: Scene) -> None:
    ana = scene.person("Ana")
    mention = scene.arrive()
    scene.do(ResolveMention(who=ana, reference=at(mention)))
    assert "changed since this was shown" in scene.do(ResolveMention(who=ana, reference=at(mention))).text
    again = scene.do(ResolveMention(who=ana, reference=ByToken(mention.token)))
    assert again.text == f"#{mention.token} is resolved already. Reopen it first."
    assert scene.log(mention) == ["arrived", "resolved"]


def test_claiming_a_closed_one_is_refused_in_a_sentence(scene: Scene) -> None:
    ana = scene.person("Ana")
    mention = scene.arrive()
    scene.do(ResolveMention(who=ana, reference=at(mention)))
    answer = scene.do(ClaimMention(who=ana, reference=ByToken(mention.token)))
    assert (answer.ok, answer.text) == (False, f"#{mention.token} is resolved already. Reopen it first.")
