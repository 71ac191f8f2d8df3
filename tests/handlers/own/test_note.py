"""Note: always allowed, changes nothing but the log."""

from handlers.base.command import ByToken
from handlers.own.claim import ClaimMention
from handlers.own.note import NoteMention
from handlers.own.resolve import ResolveMention
from tests.harness.channels import card_key, deliver, last, message, remarks
from tests.harness.scene import Scene, at


def test_anyone_notes_on_anything_at_any_time(scene: Scene) -> None:
    ana, ben = scene.person("Ana"), scene.person("Ben")
    mention = scene.arrive()
    scene.do(ClaimMention(who=ana, reference=at(mention)))
    assert scene.do(NoteMention(who=ben, reference=ByToken(mention.token), text="They wrote before.")).ok
    scene.do(ResolveMention(who=ana, reference=ByToken(mention.token)))
    assert scene.do(NoteMention(who=ben, reference=ByToken(mention.token), text="Well done.")).ok
    assert scene.log(mention) == ["arrived", "claimed", "noted", "resolved", "noted"]
    assert remarks(scene, mention) == ["They wrote before.", "Well done."]


def test_a_note_raises_no_version_and_so_makes_no_button_stale(scene: Scene) -> None:
    ana = scene.person("Ana")
    mention = scene.arrive()
    scene.do(NoteMention(who=ana, reference=at(mention), text="Look."))
    assert scene.look(mention) == mention
    assert scene.do(ResolveMention(who=ana, reference=at(mention))).ok


def test_a_stale_form_still_notes(scene: Scene) -> None:
    ana = scene.person("Ana")
    mention = scene.arrive()
    scene.do(ClaimMention(who=ana, reference=at(mention)))
    assert scene.do(NoteMention(who=ana, reference=at(mention), text="Look.")).ok


def test_the_log_says_who_had_it_when_it_was_noted(scene: Scene) -> None:
    ana, ben = scene.person("Ana"), scene.person("Ben")
    mention = scene.arrive()
    scene.do(ClaimMention(who=ana, reference=at(mention)))
    scene.do(NoteMention(who=ben, reference=ByToken(mention.token), text="Look."))
    row, owner = last(scene, mention), scene.look(mention).owner_id
    assert (row["from_owner_id"], row["to_owner_id"]) == (owner, owner)
    assert row["actor_id"] != owner


def test_the_card_is_drawn_again(scene: Scene) -> None:
    ana = scene.person("Ana")
    mention = scene.arrive()
    deliver(scene)
    scene.do(NoteMention(who=ana, reference=at(mention), text="Look."))
    assert message(scene, card_key(mention, "C-FINANCE")).state == "due"


def test_an_empty_note_is_refused_in_the_field(scene: Scene) -> None:
    ana = scene.person("Ana")
    mention = scene.arrive()
    assert scene.do(NoteMention(who=ana, reference=at(mention), text=" \n")).fields == {"text": "Write a few words."}
    assert scene.log(mention) == ["arrived"]


def test_what_no_database_takes_is_left_out_and_the_rest_is_bounded(scene: Scene) -> None:
    ana = scene.person("Ana")
    mention = scene.arrive()
    text = "a\x00b\ud800c" + "x" * 5_000
    assert scene.do(NoteMention(who=ana, reference=at(mention), text=text)).ok
    (kept,) = remarks(scene, mention)
    assert kept.startswith("ab?cx")
    assert len(kept) <= 2_000
