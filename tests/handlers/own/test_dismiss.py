"""Dismiss: no answer needed, and the reason is kept."""

import pytest

from handlers.base.command import ByToken
from handlers.own.claim import ClaimMention
from handlers.own.dismiss import DismissMention
from tests.harness.channels import last, remarks
from tests.harness.scene import Scene, at


@pytest.mark.parametrize(
    ("given", "kept"), [("spam", "It is spam"), ("", "none given"), ("A joke of ours.", "A joke of ours.")]
)
def test_anyone_dismisses_what_nobody_has_and_the_reason_is_kept(scene: Scene, given: str, kept: str) -> None:
    ana = scene.person("Ana")
    mention = scene.arrive()
    answer = scene.do(DismissMention(who=ana, reference=at(mention), reason=given))
    now = scene.look(mention)
    assert answer.text.startswith(f"#{mention.token} is dismissed. Reason: {kept}")
    assert (now.status, now.version) == ("dismissed", mention.version + 1)
    assert last(scene, mention)["action"] == "dismissed"
    assert remarks(scene, mention) == [kept]


def test_without_a_reason_the_record_says_so(scene: Scene) -> None:
    ana = scene.person("Ana")
    mention = scene.arrive()
    scene.do(DismissMention(who=ana, reference=at(mention)))
    assert remarks(scene, mention) == ["none given"]


def test_owner_dismisses_and_stays_the_owner(scene: Scene) -> None:
    ana = scene.person("Ana")
    mention = scene.arrive()
    scene.do(ClaimMention(who=ana, reference=at(mention)))
    owner = scene.look(mention).owner_id
    scene.do(DismissMention(who=ana, reference=ByToken(mention.token)))
    now = scene.look(mention)
    assert (now.status, now.owner_id) == ("dismissed", owner)


def test_somebody_elses_a_closed_one_and_a_stale_form_are_refused(scene: Scene) -> None:
    ana, ben = scene.person("Ana"), scene.person("Ben")
    mention = scene.arrive()
    scene.do(ClaimMention(who=ana, reference=at(mention)))
    assert "Take it over first" in scene.do(DismissMention(who=ben, reference=ByToken(mention.token))).text
    assert "changed since" in scene.do(DismissMention(who=ana, reference=at(mention))).text
    scene.do(DismissMention(who=ana, reference=ByToken(mention.token)))
    assert "dismissed already" in scene.do(DismissMention(who=ana, reference=ByToken(mention.token))).text
    assert scene.log(mention) == ["arrived", "claimed", "dismissed"]
