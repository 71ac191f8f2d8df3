"""Release: only the owner gives it back, and then it is anybody's."""

from handlers.base.command import ByToken
from handlers.own.claim import ClaimMention
from handlers.own.release import ReleaseMention
from handlers.own.resolve import ResolveMention
from handlers.own.snooze import SnoozeMention
from tests.harness.channels import last
from tests.harness.scene import Scene, at


def test_owner_releases_and_it_is_new_again(scene: Scene) -> None:
    ana = scene.person("Ana", "ana@acme.example")
    mention = scene.arrive()
    scene.do(ClaimMention(who=ana, reference=at(mention)))
    owned = scene.look(mention)
    answer = scene.do(ReleaseMention(who=ana, reference=at(owned)))
    now = scene.look(mention)
    assert answer.text == f"#{mention.token} is free again."
    assert (now.status, now.owner_id, now.version) == ("new", None, owned.version + 1)
    row = last(scene, mention)
    assert (row["action"], row["from_owner_id"], row["to_owner_id"]) == ("released", owned.owner_id, None)
    assert row["actor_id"] == owned.owner_id


def test_first_claim_stays_in_the_clocks_after_a_release(scene: Scene) -> None:
    ana, ben = scene.person("Ana"), scene.person("Ben")
    mention = scene.arrive()
    scene.do(ClaimMention(who=ana, reference=at(mention)))
    first = scene.look(mention).first_claimed_at
    scene.do(ReleaseMention(who=ana, reference=ByToken(mention.token)))
    scene.pass_time(hours=1)
    scene.do(ClaimMention(who=ben, reference=ByToken(mention.token)))
    assert scene.look(mention).first_claimed_at == first


def test_nobody_releases_what_somebody_else_has(scene: Scene) -> None:
    ana, ben = scene.person("Ana"), scene.person("Ben")
    mention = scene.arrive()
    scene.do(ClaimMention(who=ana, reference=at(mention)))
    answer = scene.do(ReleaseMention(who=ben, reference=ByToken(mention.token)))
    assert not answer.ok
    assert answer.text == f"Ana has #{mention.token}; only the owner can release it."
    assert scene.log(mention) == ["arrived", "claimed"]


def test_what_nobody_has_cannot_be_released(scene: Scene) -> None:
    ana = scene.person("Ana")
    mention = scene.arrive()
    answer = scene.do(ReleaseMention(who=ana, reference=at(mention)))
    assert not answer.ok
    assert "nothing to release" in answer.text


def test_a_snoozed_one_that_is_released_sleeps_no_more(scene: Scene) -> None:
    ana = scene.person("Ana")
    mention = scene.arrive()
    scene.do(ClaimMention(who=ana, reference=at(mention)))
    scene.do(SnoozeMention(who=ana, reference=ByToken(mention.token), until="2h"))
    scene.do(ReleaseMention(who=ana, reference=ByToken(mention.token)))
    now = scene.look(mention)
    assert (now.status, now.snoozed_until) == ("new", None)


def test_a_closed_one_cannot_be_released(scene: Scene) -> None:
    ana = scene.person("Ana")
    mention = scene.arrive()
    scene.do(ClaimMention(who=ana, reference=at(mention)))
    scene.do(ResolveMention(who=ana, reference=ByToken(mention.token)))
    answer = scene.do(ReleaseMention(who=ana, reference=ByToken(mention.token)))
    assert answer.text == f"#{mention.token} is resolved already. Reopen it first."
    assert not answer.ok


def test_a_stale_button_releases_nothing(scene: Scene) -> None:
    ana = scene.person("Ana")
    mention = scene.arrive()
    scene.do(ClaimMention(who=ana, reference=at(mention)))
    answer = scene.do(ReleaseMention(who=ana, reference=at(mention)))
    assert not answer.ok
    assert "changed since this was shown" in answer.text
    assert scene.look(mention).status == "claimed"
