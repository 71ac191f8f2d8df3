"""Withdraw: by who wrote it or who owns the mention, while it is not on its way out."""

from handlers.base.command import ByToken
from handlers.own.claim import ClaimMention
from handlers.reply.withdraw import WithdrawDraft
from tests.handlers.reply.installation import RepliesInstallation, choices
from tests.harness.channels import told
from tests.harness.scene import at


def test_the_writer_takes_a_draft_back_and_may_begin_anew(house: RepliesInstallation) -> None:
    ana = house.hire("Ana")
    mention = house.scene.arrive()
    house.draft(ana, mention)
    answer = house.withdraw(ana, mention)
    assert (answer.ok, answer.text) == (True, f"Your draft on #{mention.token} is withdrawn.")
    assert house.scene.log(mention) == ["arrived", "drafted", "withdrawn"]
    house.draft(ana, mention)
    assert house.states(mention) == ["withdrawn", "draft"]


def test_a_draft_that_waits_takes_the_mention_out_of_review(house: RepliesInstallation) -> None:
    ana = house.hire("Ana")
    mention = house.scene.arrive()
    house.scene.do(ClaimMention(who=ana, reference=at(mention)))
    house.draft(ana, mention, then="review")
    house.withdraw(ana, mention)
    assert house.scene.look(mention).status == "claimed"


def test_who_owns_the_mention_withdraws_what_others_wrote_and_they_are_told(house: RepliesInstallation) -> None:
    ana, ben = house.hire("Ana"), house.hire("Ben")
    mention = house.scene.arrive()
    house.draft(ben, mention, "I sent your refund. Ben")
    assert house.withdraw(ana, mention).text.startswith(f"You have no draft on #{mention.token}.")
    house.scene.do(ClaimMention(who=ana, reference=ByToken(mention.token)))
    assert house.withdraw(ana, mention).ok
    assert house.states(mention) == ["withdrawn"]
    assert told(house.scene, ben) == [f"Ana withdrew your draft on #{mention.token}."]


def test_an_owner_who_wrote_none_chooses_among_several(house: RepliesInstallation) -> None:
    ana, ben, cleo = house.hire("Ana"), house.hire("Ben"), house.hire("Cleo")
    mention = house.scene.arrive()
    house.scene.do(ClaimMention(who=ana, reference=at(mention)))
    house.draft(ben, mention, "I sent your refund. Ben")
    house.draft(cleo, mention, "I sent your refund. Cleo")
    answer = house.withdraw(ana, mention)
    assert answer.form is not None
    assert house.withdraw(ana, mention, choices(answer.form, "draft")[1]).ok
    assert house.states(mention) == ["draft", "withdrawn"]


def test_what_is_on_its_way_cannot_be_withdrawn(house: RepliesInstallation) -> None:
    house.charter(review="none")
    ana = house.hire("Ana")
    mention = house.scene.arrive()
    house.draft(ana, mention, then="publish")
    assert "on its way out and cannot be withdrawn" in house.withdraw(ana, mention).text
    assert house.states(mention) == ["publishing"]


def test_a_stale_button_withdraws_nothing(house: RepliesInstallation) -> None:
    ana = house.hire("Ana")
    mention = house.scene.arrive()
    house.draft(ana, mention, then="review")
    answer = house.scene.do(WithdrawDraft(who=ana, reference=at(mention)))
    assert "changed since this was shown" in answer.text
    assert house.states(mention) == ["in_review"]
