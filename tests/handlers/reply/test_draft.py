"""Draft: anybody, at any time, without taking anything; what is kept is kept in versions, and what is wrong is said."""

import pytest

from handlers.base.charter import ReplyRules
from handlers.base.command import ByToken
from handlers.dispatch.dispatch import MAX_TYPED
from handlers.own.claim import ClaimMention
from handlers.own.resolve import ResolveMention
from handlers.reply.draft import DraftReply
from handlers.reply.reading.forms import MAX_DRAFT
from storage.reply import drafts
from tests.handlers.reply.installation import TEXT, RepliesInstallation, beside, choices, initial
from tests.harness.channels import history, notices
from tests.harness.scene import at


def test_a_draft_takes_nothing_from_anybody_and_is_logged(house: RepliesInstallation) -> None:
    ana = house.hire("Ana")
    mention = house.scene.arrive()
    answer = house.draft(ana, mention)
    assert (answer.ok, answer.text) == (True, f"Your draft on #{mention.token} is kept.")
    now = house.scene.look(mention)
    assert (now.status, now.owner_id, now.version) == ("new", None, mention.version)
    assert house.scene.log(mention) == ["arrived", "drafted"]
    assert history(house.scene, mention)[-1]["actor_id"] == house.person_id(ana)
    draft = house.only(mention)
    assert (draft.state, draft.version, draft.text) == ("draft", 1, TEXT)


def test_several_people_draft_without_locking_each_other_and_each_has_one(house: RepliesInstallation) -> None:
    ana, ben = house.hire("Ana"), house.hire("Ben")
    mention = house.scene.arrive()
    assert house.draft(ana, mention, "I am Ana, and I sent your refund.").ok
    assert house.draft(ben, mention, "I am Ben, and I sent your refund.").ok
    assert house.draft(ana, mention, "I am Ana, and I sent your refund today.").ok
    assert [(one.version, one.text) for one in house.drafts(mention)] == [
        (2, "I am Ana, and I sent your refund today."),
        (1, "I am Ben, and I sent your refund."),
    ]


def test_every_version_is_kept(house: RepliesInstallation) -> None:
    ana = house.hire("Ana")
    mention = house.scene.arrive()
    house.draft(ana, mention, "I sent your refund. Ana")
    house.draft(ana, mention, "I sent your refund today. Ana")
    draft = house.only(mention)
    texts = house.scene.database.read(
        lambda session: [drafts.version_text(session, draft.id, version) for version in (1, 2, 3)]
    )
    assert texts == ["I sent your refund. Ana", "I sent your refund today. Ana", None]


def test_the_same_text_again_is_no_new_version(house: RepliesInstallation) -> None:
    ana = house.hire("Ana")
    mention = house.scene.arrive()
    house.draft(ana, mention)
    assert house.draft(ana, mention).ok
    assert house.only(mention).version == 1
    assert house.scene.log(mention) == ["arrived", "drafted"]


def test_what_somebody_claimed_meanwhile_does_not_cost_the_text(house: RepliesInstallation) -> None:
    ana, ben = house.hire("Ana"), house.hire("Ben")
    mention = house.scene.arrive()
    house.scene.do(ClaimMention(who=ben, reference=at(mention)))
    answer = house.scene.do(DraftReply(who=ana, reference=at(mention), text=TEXT, then="keep"))
    assert answer.ok
    assert house.only(mention).text == TEXT


def test_what_is_closed_may_be_drafted_on(house: RepliesInstallation) -> None:
    ana = house.hire("Ana")
    mention = house.scene.arrive()
    house.scene.do(ResolveMention(who=ana, reference=at(mention)))
    assert house.draft(ana, mention).ok
    answer = house.draft(ana, mention, "I sent it again today. Ana", then="review")
    assert not answer.ok
    assert answer.text == f"#{mention.token} is resolved already. Reopen it first."
    assert house.only(mention).text == TEXT  # the form keeps the new text


# --- what is wrong ---------------------------------------------------------------------------------------------------


def test_an_empty_text_is_refused_beside_its_field(house: RepliesInstallation) -> None:
    ana = house.hire("Ana")
    mention = house.scene.arrive()
    answer = house.draft(ana, mention, "  \n ")
    assert not answer.ok
    assert answer.fields["text"].startswith("The draft is empty")
    assert house.drafts(mention) == []


def test_a_text_longer_than_the_platform_takes_is_refused_with_its_count(house: RepliesInstallation) -> None:
    ana = house.hire("Ana")
    mention = house.scene.arrive()
    answer = house.draft(ana, mention, "I am Ana. " * 40)
    assert answer.fields["text"] == answer.text
    assert "too long: blog takes 300, and this has 399" in answer.text
    assert house.drafts(mention) == []


def test_a_draft_may_have_ten_thousand_characters_and_not_one_more(house: RepliesInstallation) -> None:
    house.charter(reply=ReplyRules(by_api=True))
    ana = house.hire("Ana")
    mention = house.scene.arrive()
    long = ("I am Ana. " * 2_000)[:MAX_DRAFT].strip()
    assert len(long) > MAX_TYPED
    assert house.draft(ana, mention, long).ok
    assert house.only(mention).text == long
    answer = house.draft(ana, mention, "x" * (MAX_DRAFT + 1))
    assert "a draft has at most 10,000 characters. Nothing was cut" in answer.fields["text"]
    assert house.only(mention).text == long


def test_a_blocked_word_is_named(house: RepliesInstallation) -> None:
    house.charter(blocked=("guarantee*",))
    ana = house.hire("Ana")
    mention = house.scene.arrive()
    answer = house.draft(ana, mention, "I am Ana, and I guarantee your refund.")
    assert "guarantee" in answer.fields["text"]
    assert house.drafts(mention) == []


def test_advice_is_told_and_stops_nothing(house: RepliesInstallation) -> None:
    ana = house.hire("Ana")
    mention = house.scene.arrive()
    answer = house.draft(ana, mention, "The refund was sent.")
    assert answer.ok
    assert answer.notice is not None
    assert "Nobody seems to speak here" in answer.text
    assert answer.notice.sections[0].title == "As it will stand there"
    assert answer.notice.sections[1].lines[0].text in answer.text
    assert house.only(mention).state == "draft"


def test_what_the_charter_calls_binding_may_be_kept_but_goes_no_further(house: RepliesInstallation) -> None:
    house.charter(binding=("person",))
    ana = house.hire("Ana")
    mention = house.scene.arrive()
    assert house.draft(ana, mention, "The refund was sent.").ok
    for then in ("review", "publish"):
        answer = house.draft(ana, mention, "The refund was sent.", then=then)
        assert not answer.ok
        assert "Nobody seems to speak here" in answer.fields["text"]
    assert house.states(mention) == ["draft"]


# --- the form --------------------------------------------------------------------------------------------------------


def test_the_form_holds_ones_own_draft_and_whatever_helps_beside_it(house: RepliesInstallation) -> None:
    ana, ben = house.hire("Ana"), house.hire("Ben")
    mention = house.scene.arrive("Where is my refund?")
    house.draft(ana, mention, "The refund was sent.")
    house.draft(ben, mention, then="review")
    form = house.shown("draft", ana, mention)
    assert initial(form, "text") == "The refund was sent."
    found = beside(form)
    assert found["The post"][0] == "Where is my refund?"
    assert found["The charter of blog"] == ["To help.", "Publishing is for Finance."]
    assert found["Also drafting"] == ["Ben: waits for review"]
    assert "Nobody seems to speak here" in found["Before it goes out"][0]
    assert found["As it will stand there"] == ["The refund was sent."]
    assert initial(house.shown("draft", house.hire("Cleo"), mention), "text") == ""


def test_the_form_says_what_a_reviewer_asked_for(house: RepliesInstallation) -> None:
    ana, ben = house.hire("Ana"), house.hire("Ben")
    mention = house.scene.arrive()
    house.draft(ana, mention, then="review")
    house.review(ben, house.only(mention), "changes", remark="Say when it arrives.")
    assert beside(house.shown("draft", ana, mention))["Ben asks for changes"] == ["Say when it arrives."]


def test_the_next_step_is_what_the_charter_wants(house: RepliesInstallation) -> None:
    ana, ben = house.hire("Ana"), house.hire("Ben")
    mention = house.scene.arrive()
    form = house.shown("draft", ana, mention)
    assert (initial(form, "then"), choices(form, "then")) == ("review", ["keep", "review"])
    house.charter(review="none")
    form = house.shown("draft", ana, mention)
    assert (initial(form, "then"), choices(form, "then")) == ("keep", ["keep", "review", "publish"])
    assert choices(house.shown("draft", ben, mention), "then") == ["keep", "review"]  # he is of another department


def test_a_saved_reply_fills_the_form_and_is_never_kept_or_sent_by_itself(house: RepliesInstallation) -> None:
    house.charter(saved=(("Sorry", "Hello {author}, I am {name} of {organisation}. {text} {0}"),), review="none")
    ana = house.hire("Ana")
    mention = house.scene.arrive()
    assert choices(house.shown("draft", ana, mention), "saved") == ["Sorry"]
    for then in ("keep", "review", "publish"):
        answer = house.draft(ana, mention, "", then=then, saved="Sorry")
        assert answer.ok
        assert answer.form is not None
        assert initial(answer.form, "text") == "Hello Kim, I am Ana of Acme. {text} {0}"
    assert house.drafts(mention) == []
    assert house.scene.log(mention) == ["arrived"]


def test_a_saved_reply_takes_the_place_of_no_text(house: RepliesInstallation) -> None:
    house.charter(saved=(("Sorry", "Sorry!"),))
    ana = house.hire("Ana")
    mention = house.scene.arrive()
    answer = house.draft(ana, mention, saved="Sorry")
    assert "The saved reply was not used" in answer.text
    assert house.only(mention).text == TEXT


def test_a_saved_reply_that_is_not_there_is_refused(house: RepliesInstallation) -> None:
    ana = house.hire("Ana")
    mention = house.scene.arrive()
    assert "no saved reply 'Sorry'" in house.draft(ana, mention, "", saved="Sorry").fields["saved"]


def test_a_form_that_was_answered_may_be_asked_for_again(house: RepliesInstallation) -> None:
    ana = house.hire("Ana")
    mention = house.scene.arrive()
    command = DraftReply(who=ana, reference=ByToken(mention.token), request_key="slash:1")
    assert [house.scene.do(command).form is not None for _ in range(2)] == [True, True]


@pytest.mark.parametrize("then", ["keep", "review"])
def test_the_same_gesture_twice_has_one_effect(house: RepliesInstallation, then: str) -> None:
    ana = house.hire("Ana")
    mention = house.scene.arrive()
    command = DraftReply(who=ana, reference=ByToken(mention.token), text=TEXT, then=then, request_key="form:1")
    first, again = house.scene.do(command), house.scene.do(command)
    assert (first.text, again.text, again.repeated) == (again.text, first.text, True)
    assert len(house.drafts(mention)) == 1


def test_an_unknown_next_step_is_refused(house: RepliesInstallation) -> None:
    ana = house.hire("Ana")
    answer = house.draft(ana, house.scene.arrive(), then="shout")
    assert answer.fields["then"] == "After that: keep, review, publish."


# --- asking for a review ---------------------------------------------------------------------------------------------


def test_asking_for_a_review_makes_the_mention_wait(house: RepliesInstallation) -> None:
    ana = house.hire("Ana")
    mention = house.scene.arrive()
    answer = house.draft(ana, mention, then="review")
    assert answer.text == f"Your draft on #{mention.token} waits for a second person now."
    now = house.scene.look(mention)
    assert (now.status, now.owner_id, now.version) == ("in_review", None, mention.version + 1)
    assert house.scene.log(mention) == ["arrived", "drafted", "review_asked"]
    again = house.draft(ana, mention, then="review")
    assert again.text == f"Your draft on #{mention.token} waits for a second person already."


def test_editing_what_waits_takes_it_out_of_review(house: RepliesInstallation) -> None:
    ana = house.hire("Ana")
    mention = house.scene.arrive()
    house.draft(ana, mention, then="review")
    house.draft(ana, mention, "I sent your refund again. Ana")
    assert house.states(mention) == ["draft"]
    assert house.scene.look(mention).status == "new"


def test_editing_an_approved_draft_voids_the_approval(house: RepliesInstallation) -> None:
    ana, ben = house.hire("Ana"), house.hire("Ben")
    mention = house.scene.arrive()
    house.draft(ana, mention, then="review")
    house.review(ben, house.only(mention))
    assert house.only(mention).approved
    house.draft(ana, mention, "I sent your refund again. Ana")
    draft = house.only(mention)
    assert (draft.state, draft.approved_version, draft.approved_by_id) == ("draft", None, None)
    refused = house.publish(ana, mention)
    assert not refused.ok
    assert house.on_its_way(mention) is None


def test_saving_an_approved_draft_unchanged_keeps_the_approval(house: RepliesInstallation) -> None:
    ana, ben = house.hire("Ana"), house.hire("Ben")
    mention = house.scene.arrive()
    house.draft(ana, mention, then="review")
    house.review(ben, house.only(mention))
    assert house.draft(ana, mention, then="review").text == f"Your draft on #{mention.token} is approved already."
    assert house.only(mention).state == "approved"


def test_the_department_that_reads_hears_of_it_once_with_a_button(house: RepliesInstallation) -> None:
    house.charter(review="legal")
    ana = house.hire("Ana")
    mention = house.scene.arrive()
    house.draft(ana, mention, then="review")
    house.draft(ana, mention, then="review")
    (notice,) = notices(house.scene, "C-LEGAL")
    assert notice.title == f"Ana's reply to #{mention.token} waits for somebody of Legal."
    button = notice.sections[0].lines[0].button
    assert button is not None
    assert (button.verb, button.opens_form) == ("review", True)


# --- who turns out to be somebody we know ----------------------------------------------------------------------------


def test_what_somebody_drafted_before_we_knew_them_is_theirs_and_their_own_to_no_approval(
    house: RepliesInstallation,
) -> None:
    ana = house.hire("Ana")
    stranger = house.scene.who("UNEW", "Ana on another account")
    mention, both = house.scene.arrive(), house.scene.arrive()
    house.draft(stranger, mention, then="review")
    house.draft(stranger, both, "I sent your refund.")
    house.draft(ana, both)
    house.scene.person("Ana", "ana@acme.example", account="UNEW")
    assert house.only(mention).person_id == house.person_id(ana)
    assert house.review(ana, house.only(mention)).text == "You wrote it, so a second person has to read it."
    assert len({one.person_id for one in house.drafts(both)}) == 2  # nobody has two, and no text is lost
