"""Hand off: the card moves to the other department's home; the old one stays, without buttons, and says where to."""

import pytest

from handlers.base.command import ByToken
from handlers.dispatch.text_commands import Typed, read_command
from handlers.own.claim import ClaimMention
from handlers.own.hand_off import HandOffMention
from handlers.own.resolve import ResolveMention
from tests.harness.channels import card, card_key, deliver, history, in_channel, last, message, notices, remarks
from tests.harness.scene import Scene, at


def test_the_card_moves_and_the_old_one_says_where_to(scene: Scene) -> None:
    ana = scene.person("Ana")
    mention = scene.arrive()
    deliver(scene)
    answer = scene.do(HandOffMention(who=ana, reference=at(mention), department="support", note="Not money."))
    assert answer.text == f"#{mention.token} is with Customer support now."
    old, new = card(scene, mention, "C-FINANCE"), card(scene, mention, "C-SUPPORT")
    assert (old.moved, old.buttons, old.state) == (True, (), "Moved to Customer support (#support-social).")
    assert not new.moved
    assert new.buttons
    assert sorted(deliver(scene)) == [card_key(mention, "C-FINANCE"), card_key(mention, "C-SUPPORT")]
    assert remarks(scene, mention) == ["Not money."]


def test_the_owner_is_cleared_and_the_log_holds_both_departments(scene: Scene) -> None:
    ana = scene.person("Ana")
    mention = scene.arrive()
    scene.do(ClaimMention(who=ana, reference=at(mention)))
    owned = scene.look(mention)
    scene.do(HandOffMention(who=ana, reference=at(owned), department="Customer support"))
    now, row = scene.look(mention), last(scene, mention)
    assert (now.status, now.owner_id, now.version) == ("new", None, owned.version + 1)
    assert (row["action"], row["from_owner_id"], row["to_owner_id"]) == ("handed_off", owned.owner_id, None)
    assert (row["from_department_id"], row["to_department_id"]) == (mention.department_id, now.department_id)


def test_coming_back_revives_the_old_card_and_posts_one_notice(scene: Scene) -> None:
    ana = scene.person("Ana")
    mention = scene.arrive()
    deliver(scene)
    stood = message(scene, card_key(mention, "C-FINANCE"))
    scene.do(HandOffMention(who=ana, reference=ByToken(mention.token), department="support"))
    deliver(scene)
    scene.do(HandOffMention(who=ana, reference=ByToken(mention.token), department="finance", note="It was money."))
    assert card(scene, mention, "C-FINANCE").buttons
    assert card(scene, mention, "C-SUPPORT").moved
    assert message(scene, card_key(mention, "C-FINANCE")).reference == stood.reference
    (back,) = notices(scene, "C-FINANCE")
    link = back.sections[0].lines[0].link
    assert back.text == f"#{mention.token} came back to this channel. Ana (Finance) passed it on: “It was money.”"
    assert link is not None
    assert link.places == (("slack", "C-FINANCE", stood.reference),)
    assert notices(scene, "C-SUPPORT") == []


def test_each_return_is_told_once(scene: Scene) -> None:
    ana = scene.person("Ana")
    mention = scene.arrive()
    for department in ("support", "finance", "support", "finance"):
        deliver(scene)
        scene.do(HandOffMention(who=ana, reference=ByToken(mention.token), department=department))
    assert [len(notices(scene, channel)) for channel in ("C-FINANCE", "C-SUPPORT")] == [2, 1]
    assert [len(in_channel(scene, channel)) for channel in ("C-FINANCE", "C-SUPPORT")] == [3, 2]


def test_somebody_elses_a_closed_one_and_a_stale_form_are_refused(scene: Scene) -> None:
    ana, ben = scene.person("Ana"), scene.person("Ben")
    mention = scene.arrive()
    scene.do(ClaimMention(who=ana, reference=at(mention)))
    theirs = scene.do(HandOffMention(who=ben, reference=ByToken(mention.token), department="support"))
    assert "Take it over first" in theirs.text
    stale = scene.do(HandOffMention(who=ana, reference=at(mention), department="support"))
    assert "changed since" in stale.text
    scene.do(ResolveMention(who=ana, reference=ByToken(mention.token)))
    closed = scene.do(HandOffMention(who=ana, reference=ByToken(mention.token), department="support"))
    assert "Reopen it first" in closed.text
    assert len(history(scene, mention)) == 3
    assert in_channel(scene, "C-SUPPORT") == []


def test_an_unknown_department_and_its_own_are_refused_in_the_field(scene: Scene) -> None:
    ana = scene.person("Ana")
    mention = scene.arrive()
    unknown = scene.do(HandOffMention(who=ana, reference=at(mention), department="legal"))
    assert unknown.fields == {"department": "There is no department 'legal'. There are: support, finance."}
    own = scene.do(HandOffMention(who=ana, reference=at(mention), department="#finance-care"))
    assert own.fields == {"department": f"#{mention.token} is with Finance already."}


@pytest.mark.parametrize(
    ("words", "note"),
    [
        ("Customer support", ""),
        ("customer support they know", "they know"),
        ("“Customer support” they know", "they know"),
        ("„Customer support“, they know", "they know"),
        ("'Customer support' they know", "they know"),
        ("support they know", "they know"),
        ("Support: they know", "they know"),
        ("#support they know", "they know"),
        ("support\nthey know", "they know"),
    ],
)
def test_a_department_is_typed_by_its_name_as_the_form_offers_it(scene: Scene, words: str, note: str) -> None:
    scene.person("Ana")
    mention = scene.arrive()
    text = f"handoff #{mention.token} {words}"
    answer = scene.do(read_command(Typed(text=text, who=scene.who("UANA"), request_key="")))
    assert answer.text == f"#{mention.token} is with Customer support now."
    assert remarks(scene, mention) == ([note] if note else [])


@pytest.mark.parametrize("words", ["Customer they know", "“Customer” support", "Customers support", "supportive of it"])
def test_a_part_of_a_departments_name_is_none(scene: Scene, words: str) -> None:
    scene.person("Ana")
    mention = scene.arrive()
    text = f"handoff #{mention.token} {words}"
    answer = scene.do(read_command(Typed(text=text, who=scene.who("UANA"), request_key="")))
    assert answer.text.startswith("There is no department")
    assert scene.log(mention) == ["arrived"]
