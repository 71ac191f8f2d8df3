"""Review: a second person judges the text that they read, and the writer hears of it."""

import pytest

from handlers.base.command import ByToken
from handlers.base.events import Deleted
from handlers.own.claim import ClaimMention
from handlers.reply.review import ReviewDraft
from storage.own import mentions
from storage.reply import drafts
from tests.handlers.reply.installation import TEXT, RepliesInstallation, beside, choices, initial
from tests.harness.channels import remarks, told
from tests.harness.scene import at


def test_a_second_person_approves_and_the_writer_is_told(house: RepliesInstallation) -> None:
    ana, ben = house.hire("Ana"), house.hire("Ben")
    mention = house.scene.arrive()
    house.draft(ana, mention, then="review")
    answer = house.review(ben, house.only(mention), remark="Kind and clear.")
    assert (answer.ok, answer.text) == (True, "The draft is approved. Ana is told.")
    draft = house.only(mention)
    assert (draft.state, draft.approved_version, draft.approved_by_id) == ("approved", 1, house.person_id(ben))
    assert told(house.scene, ana) == [f"Ben approved your draft on #{mention.token}: Kind and clear."]
    assert house.scene.log(mention) == ["arrived", "drafted", "review_asked", "approved"]
    assert remarks(house.scene, mention) == ["Kind and clear."]
    assert house.scene.look(mention).status == "new"  # nothing waits any more


@pytest.mark.parametrize(
    ("verdict", "state", "said"),
    [
        ("changes", "changes_requested", "Ben asks you to change your draft on #{}: Say when."),
        ("reject", "rejected", "Ben rejected your draft on #{}: Say when."),
    ],
)
def test_what_is_not_approved_needs_a_reason_which_the_writer_reads(
    house: RepliesInstallation, verdict: str, state: str, said: str
) -> None:
    ana, ben = house.hire("Ana"), house.hire("Ben")
    mention = house.scene.arrive()
    house.draft(ana, mention, then="review")
    assert house.review(ben, house.only(mention), verdict).fields == {"remark": "Say why: the writer is told."}
    assert house.review(ben, house.only(mention), verdict, remark=" Say when. ").ok
    assert house.states(mention) == [state]
    assert told(house.scene, ana) == [said.format(mention.token)]
    assert house.scene.log(mention)[-1] == state
    assert house.scene.look(mention).status == "new"
    assert not house.publish(ana, mention).ok


def test_after_a_rejection_one_may_begin_anew(house: RepliesInstallation) -> None:
    ana, ben = house.hire("Ana"), house.hire("Ben")
    mention = house.scene.arrive()
    house.draft(ana, mention, then="review")
    house.review(ben, house.only(mention), "reject", remark="No.")
    assert house.draft(ana, mention, "I am Ana, and I sent your refund.").ok
    assert house.states(mention) == ["rejected", "draft"]


def test_two_verdicts_on_two_versions_are_told_both(house: RepliesInstallation) -> None:
    ana, ben = house.hire("Ana"), house.hire("Ben")
    mention = house.scene.arrive()
    house.draft(ana, mention, then="review")
    house.review(ben, house.only(mention), "changes", remark="Shorter.")
    house.draft(ana, mention, "I sent it again. Ana", then="review")
    house.review(ben, house.only(mention))
    assert told(house.scene, ana) == [
        f"Ben asks you to change your draft on #{mention.token}: Shorter.",
        f"Ben approved your draft on #{mention.token}.",
    ]


# --- who may ---------------------------------------------------------------------------------------------------------


def test_nobody_approves_their_own(house: RepliesInstallation) -> None:
    ana = house.hire("Ana")
    mention = house.scene.arrive()
    house.draft(ana, mention, then="review")
    answer = house.review(ana, house.only(mention))
    assert (answer.ok, answer.text) == (False, "You wrote it, so a second person has to read it.")
    assert house.states(mention) == ["in_review"]
    assert house.form("review", ana, mention) == answer.text


def test_the_charter_may_let_people_approve_their_own(house: RepliesInstallation) -> None:
    house.charter(own_review=True)
    ana = house.hire("Ana")
    mention = house.scene.arrive()
    house.draft(ana, mention, then="review")
    assert house.review(ana, house.only(mention)).ok
    assert told(house.scene, ana) == []


def test_where_a_department_reads_its_members_alone_judge(house: RepliesInstallation) -> None:
    house.charter(review="legal")
    ana, ben, lea = house.hire("Ana"), house.hire("Ben"), house.hire("Lea")
    mention = house.scene.arrive()
    answer = house.draft(ana, mention, then="review")
    assert answer.text.endswith("waits for somebody of Legal now.")
    refused = house.review(ben, house.only(mention))
    assert (refused.ok, refused.text) == (False, "The charter of blog wants it read by somebody of Legal.")
    assert house.review(lea, house.only(mention)).ok


def test_acting_in_the_channel_of_a_department_gives_no_right_to_judge_for_it(house: RepliesInstallation) -> None:
    house.charter(review="legal")
    ana = house.hire("Ana")
    mention = house.scene.arrive()
    house.draft(ana, mention, then="review")
    stranger = house.scene.who("UNEW", "Noa", channel="C-LEGAL")
    refused = house.review(stranger, house.only(mention))
    assert not refused.ok
    assert house.states(mention) == ["in_review"]


# --- what was read is what is judged ---------------------------------------------------------------------------------


def test_of_a_draft_that_was_edited_meanwhile_nothing_can_be_said(house: RepliesInstallation) -> None:
    ana, ben = house.hire("Ana"), house.hire("Ben")
    mention = house.scene.arrive()
    house.draft(ana, mention, then="review")
    read = house.only(mention)
    house.draft(ana, mention, "Something else entirely. Ana", then="review")
    answer = house.review(ben, read)
    assert (answer.ok, answer.text) == (
        False,
        "That draft was changed since it was shown to you. Please read it again.",
    )
    assert house.states(mention) == ["in_review"]


def test_a_verdict_on_what_nobody_read_is_answered_with_the_form(house: RepliesInstallation) -> None:
    ana, ben = house.hire("Ana"), house.hire("Ben")
    mention = house.scene.arrive()
    house.draft(ana, mention, then="review")
    for named in ("", house.only(mention).token):
        answer = house.review(ben, house.only(mention), draft=named)
        assert answer.form is not None
        assert answer.text == "Read the draft before you judge it."
    assert house.states(mention) == ["in_review"]


def test_a_claim_in_between_changes_nothing_of_what_was_read(house: RepliesInstallation) -> None:
    ana, ben = house.hire("Ana"), house.hire("Ben")
    mention = house.scene.arrive()
    house.draft(ana, mention, then="review")
    draft = house.only(mention)
    stale = ReviewDraft(
        who=ben, reference=at(house.scene.look(mention)), verdict="approve", draft=f"{draft.token}.{draft.version}"
    )
    house.scene.do(ClaimMention(who=ana, reference=ByToken(mention.token)))
    assert house.scene.do(stale).ok


def test_a_draft_that_waits_no_more_cannot_be_judged(house: RepliesInstallation) -> None:
    ana, ben = house.hire("Ana"), house.hire("Ben")
    mention = house.scene.arrive()
    house.draft(ana, mention, then="review")
    draft = house.only(mention)
    house.withdraw(ana, mention)
    answer = house.review(ben, draft)
    assert (answer.ok, answer.text) == (False, f"No draft on #{mention.token} waits for a second person.")


def test_no_verdict_but_ours_counts(house: RepliesInstallation) -> None:
    ana, ben = house.hire("Ana"), house.hire("Ben")
    mention = house.scene.arrive()
    house.draft(ana, mention, then="review")
    assert "verdict" in house.review(ben, house.only(mention), "perhaps").fields
    assert house.states(mention) == ["in_review"]


# --- the other drafts ------------------------------------------------------------------------------------------------


def test_approving_lets_the_other_drafts_give_way_and_tells_their_writers(house: RepliesInstallation) -> None:
    ana, ben, cleo = house.hire("Ana"), house.hire("Ben"), house.hire("Cleo")
    mention = house.scene.arrive()
    house.draft(ana, mention, then="review")
    house.draft(cleo, mention, "I am Cleo. I sent your refund.", then="review")
    assert house.review(ben, house.of(ana, mention)).ok
    assert house.states(mention) == ["approved", "superseded"]
    assert told(house.scene, cleo) == [f"Ben approved another draft on #{mention.token}, and yours gave way to it."]
    assert house.scene.look(mention).status == "new"


def test_the_approver_may_let_the_others_stay(house: RepliesInstallation) -> None:
    ana, ben, cleo = house.hire("Ana"), house.hire("Ben"), house.hire("Cleo")
    mention = house.scene.arrive()
    house.draft(ana, mention, then="review")
    house.draft(cleo, mention, "I am Cleo. I sent your refund.", then="review")
    house.review(ben, house.of(ana, mention), others="keep")
    assert house.states(mention) == ["approved", "in_review"]
    assert house.scene.look(mention).status == "in_review"
    assert told(house.scene, cleo) == []


def test_what_is_not_approved_lets_nothing_give_way(house: RepliesInstallation) -> None:
    ana, ben, cleo = house.hire("Ana"), house.hire("Ben"), house.hire("Cleo")
    mention = house.scene.arrive()
    house.draft(ana, mention, then="review")
    house.draft(cleo, mention, "I am Cleo. I sent your refund.")
    house.review(ben, house.of(ana, mention), "reject", remark="No.")
    assert house.states(mention) == ["rejected", "draft"]


# --- the form --------------------------------------------------------------------------------------------------------


def test_the_form_shows_post_draft_charter_advice_and_what_changed(house: RepliesInstallation) -> None:
    house.charter(purpose="To help.", signature="-- {name}, {department}")
    ana, ben = house.hire("Ana"), house.hire("Ben")
    mention = house.scene.arrive("Where is my refund?\n\n" + "And where is my invoice? " * 60)
    house.draft(ana, mention, "It was sent.", then="review")
    first = beside(house.shown("review", ben, mention))
    assert first["The post"][0] == "Where is my refund?"
    assert len("".join(first["The post"])) > 1_400  # whole
    assert first["Ana’s reply, as it will stand there"] == ["It was sent.", "-- Ana, Finance"]
    assert first["The charter of blog"][0] == "To help."
    assert "What Ana changed since it was read" not in first
    house.review(ben, house.only(mention), "changes", remark="When?")
    house.draft(ana, mention, "It was sent today.", then="review")
    assert beside(house.shown("review", ben, mention))["What Ana changed since it was read"] == [
        "- It was sent.",
        "+ It was sent today.",
    ]


def test_the_form_carries_the_version_that_it_shows(house: RepliesInstallation) -> None:
    ana, ben = house.hire("Ana"), house.hire("Ben")
    mention = house.scene.arrive()
    house.draft(ana, mention, then="review")
    draft = house.only(mention)
    form = house.shown("review", ben, mention)
    assert initial(form, "draft") == f"{draft.token}.1"
    assert [one.label for one in form.fields[0].choices] == [f"Ana: {TEXT}"]
    assert {one.name for one in form.fields} == {"draft", "verdict", "remark"}


def test_approving_and_publishing_in_one_is_offered_to_who_may_publish(house: RepliesInstallation) -> None:
    ana, ben = house.hire("Ana"), house.hire("Ben")
    mention = house.scene.arrive()
    house.draft(ben, mention, "I sent your refund. Ben", then="review")
    assert "approve_publish" in choices(house.shown("review", ana, mention), "verdict")
    house.charter(publish=("support",))
    assert "approve_publish" not in choices(house.shown("review", ana, mention), "verdict")


# --- approve and publish ---------------------------------------------------------------------------------------------


def test_who_may_publish_approves_and_publishes_in_one(house: RepliesInstallation) -> None:
    ana, ben = house.hire("Ana"), house.hire("Ben")
    mention = house.scene.arrive()
    house.draft(ben, mention, "I sent your refund. Ben", then="review")
    answer = house.review(ana, house.only(mention), "approve_publish")
    assert answer.ok
    assert house.states(mention) == ["publishing"]
    going = house.on_its_way(mention)
    assert going is not None
    assert (going.text, going.person_id) == ("I sent your refund. Ben", house.person_id(ana))
    assert house.scene.log(mention)[-3:] == ["approved", "owned_by_reply", "publishing"]
    assert told(house.scene, ben)[0] == f"Ana approved your draft on #{mention.token}."


def test_what_is_approved_and_cannot_go_out_is_told_to_be_approved(house: RepliesInstallation) -> None:
    ana, ben = house.hire("Ana"), house.hire("Ben")
    mention = house.scene.arrive()
    house.scene.do(ClaimMention(who=ana, reference=at(mention)))  # what nobody has is dismissed with its post
    house.draft(ben, mention, then="review")
    post = house.scene.database.read(lambda session: mentions.original(session, mention.id))
    house.scene.ingest(Deleted(external_id=post.external_id))
    answer = house.review(ana, house.only(mention), "approve_publish")
    assert not answer.ok
    assert answer.text == "The draft is approved. The author deleted the post, so there is nothing to answer any more."
    assert house.states(mention) == ["approved"]


def test_who_may_not_publish_is_told_who_may_and_approves_nothing(house: RepliesInstallation) -> None:
    ana, ben = house.hire("Ana"), house.hire("Ben")
    mention = house.scene.arrive()
    house.draft(ana, mention, then="review")
    answer = house.review(ben, house.only(mention), "approve_publish")
    assert (answer.ok, answer.text) == (False, "Publishing on blog is for Finance. You may approve it.")
    assert house.states(mention) == ["in_review"]


def test_what_was_said_of_each_version_is_kept(house: RepliesInstallation) -> None:
    ana, ben = house.hire("Ana"), house.hire("Ben")
    mention = house.scene.arrive()
    house.draft(ana, mention, then="review")
    house.review(ben, house.only(mention), "changes", remark="Shorter.")
    house.draft(ana, mention, "I sent it again. Ana", then="review")
    house.review(ben, house.only(mention))
    said = house.scene.database.read(lambda session: drafts.last_review(session, house.only(mention).id))
    assert said is not None
    assert (said.version, said.verdict, said.person_id) == (2, "approved", house.person_id(ben))
