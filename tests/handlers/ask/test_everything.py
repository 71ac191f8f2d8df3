"""Everything: whoever finds no button for what they want finds it here, with the whole text, and no short cut."""

from dataclasses import replace
from typing import Any

import pytest

from handlers.ask.everything import AskEverything
from handlers.base.cards import Field, Form
from handlers.base.command import Answer, Who
from handlers.own.claim import ClaimMention
from handlers.own.resolve import ResolveMention
from storage.own.mentions import MentionRow
from storage.tables.states import DraftState
from tests.handlers.reply.installation import TEXT, RepliesInstallation
from tests.harness.scene import Scene, at


@pytest.fixture
def house(scene: Scene) -> RepliesInstallation:
    built = RepliesInstallation(scene)
    built.charter(publish=("finance",))
    return built


def asked(answer: Form | str | Answer) -> dict[str, str]:
    """Return what may be chosen, by its name."""
    form = answer.form if isinstance(answer, Answer) else answer
    assert isinstance(form, Form)
    (field,) = form.fields
    assert isinstance(field, Field)
    return {one.value: one.label for one in field.choices}


def choose(house: RepliesInstallation, who: Who, mention: MentionRow, verb: str, **reference: Any) -> Answer:
    about = replace(at(mention), **reference)
    return house.scene.do(AskEverything(who=who, reference=about, verb=verb))


def test_it_offers_what_is_possible_now_and_the_whole_text(house: RepliesInstallation) -> None:
    ana = house.hire("Ana")
    text = "It is late, and I wait. " * 60 + "That was all."
    mention = house.scene.arrive(text)
    form = house.form("everything", ana, mention)
    assert isinstance(form, Form)
    assert form.value == f"{mention.token}.{mention.version}"
    assert "That was all." in str(form.beside)
    free = asked(form)
    always = {"claim", "draft", "note", "snooze", "dismiss", "handoff", "assign", "resolve", "judge", "mute"}
    assert free.keys() == always
    assert free["handoff"] == "Hand off"
    house.scene.do(ClaimMention(who=ana, reference=at(mention)))
    house.draft(ana, mention)
    owned = asked(house.form("everything", ana, mention)).keys()
    assert {"release", "takeover", "withdraw", "publish"} <= owned
    assert "claim" not in owned
    house.scene.do(ResolveMention(who=ana, reference=at(house.scene.look(mention))))
    closed = {"draft", "note", "reopen", "withdraw", "judge", "outcome"}
    assert asked(house.form("everything", ana, mention)).keys() == closed


def test_without_a_choice_it_shows_what_there_is(house: RepliesInstallation) -> None:
    ana, mention = house.hire("Ana"), house.scene.arrive()
    assert "claim" in asked(choose(house, ana, mention, ""))
    assert house.scene.log(mention) == ["arrived"]


def test_what_has_a_form_goes_on_in_it_and_what_has_none_is_done(house: RepliesInstallation) -> None:
    ana, mention = house.hire("Ana"), house.scene.arrive()
    form = choose(house, ana, mention, "note").form
    assert form is not None
    assert (form.verb, form.title) == ("note", f"Note #{mention.token}")
    assert house.scene.log(mention) == ["arrived"]
    assert choose(house, ana, mention, "claim").ok
    assert house.scene.log(mention) == ["arrived", "claimed"]


def test_a_choice_that_is_out_of_date_or_none_is_refused(house: RepliesInstallation) -> None:
    ana, mention = house.hire("Ana"), house.scene.arrive()
    for none in ("everything", "help", "frobnicate"):
        refused = choose(house, ana, mention, none)
        assert not refused.ok
        assert set(refused.fields) == {"verb"}
    choose(house, ana, mention, "claim")
    assert "changed since" in choose(house, ana, mention, "resolve").text
    assert house.scene.log(mention) == ["arrived", "claimed"]


def test_what_belongs_to_a_colleague_is_refused_here_too(house: RepliesInstallation) -> None:
    ana, lea, mention = house.hire("Ana"), house.hire("Lea"), house.scene.arrive()
    house.scene.do(ClaimMention(who=ana, reference=at(mention)))
    refused = choose(house, lea, house.scene.look(mention), "resolve")
    assert not refused.ok
    assert refused.offer is not None
    assert (refused.offer.verb, refused.offer.opens_form) == ("takeover", True)
    done = choose(house, ana, house.scene.look(mention), "resolve")
    assert done.offer is not None
    assert done.offer.verb == "outcome"


def test_no_reply_goes_out_that_was_not_shown(house: RepliesInstallation) -> None:
    ana, lea, mention = house.hire("Ana"), house.hire("Lea"), house.scene.arrive()
    house.draft(lea, mention, TEXT, then="review")
    house.review(ana, house.only(mention))
    assert house.states(mention) == [DraftState.APPROVED]
    for version in (None, house.scene.look(mention).version):
        answer = choose(house, ana, mention, "publish", version=version)
        assert house.on_its_way(mention) is None
        assert answer.form is not None
        assert TEXT in str(answer.form.beside)
