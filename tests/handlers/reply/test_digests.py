"""What was read is what goes out: the post, the whole reply with its signature, and the charter; else it is read again.

Each change of the one table flows into a reply after somebody read it, and each of the other leaves it what it was.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from handlers.base.cards import Card, Form
from handlers.base.charter import BY_HAND, ReviewWhen, Stance
from handlers.base.command import Answer, ByToken, Who
from handlers.base.events import Deleted
from handlers.draw.card import draw_card
from handlers.own.claim import ClaimMention
from handlers.people.accounts import sync_members
from handlers.reply.confirm import ConfirmReply
from handlers.reply.draft import DraftReply
from handlers.reply.posted_by_hand import PostedReply
from handlers.reply.publish import PublishDraft
from handlers.reply.review import ReviewDraft
from storage.own.mentions import MentionRow
from storage.reply import drafts, publications
from storage.tables.states import PublicationState
from tests.handlers.reply.installation import BY_API, TEXT, RepliesInstallation, choices, preview
from tests.harness.channels import told

ASKED = "Where is my refund?"
SIGNED = "{name}, {department}"
Change = Callable[[RepliesInstallation], None]


def edited(text: str, title: str = "") -> Change:
    return lambda house: _edit(house, text, title)


def _edit(house: RepliesInstallation, text: str, title: str) -> None:
    house.scene.ingest(house.scene.posted(text, title=title, external_id="post-1", url="https://blog.example/1"))


def called(name: str, account: str = "UANA") -> Change:
    return lambda house: _call(house, name, account)


def _call(house: RepliesInstallation, name: str, account: str) -> None:
    house.scene.person(name, f"{account[1:].lower()}@acme.example", account)


def charter(**changes: Any) -> Change:
    return lambda house: _restart(house, **changes)


def _restart(house: RepliesInstallation, **changes: Any) -> None:
    """Start again with another charter, as after an edit of dibs.toml."""
    (rules,) = house.scene.organisation.sources
    sources = (replace(rules, charter=replace(rules.charter, **changes)),)
    house.scene.organisation = replace(house.scene.organisation, sources=sources)
    house.scene.__post_init__()


def departments(**changed: Any) -> Change:
    return lambda house: _reorganise(house, **changed)


def _reorganise(house: RepliesInstallation, **changed: Any) -> None:
    """Start again with another department, Finance, of which Ana is."""
    all_of_them = tuple(
        replace(one, **changed) if one.key == "finance" else one for one in house.scene.organisation.departments
    )
    house.scene.organisation = replace(house.scene.organisation, departments=all_of_them)
    house.scene.__post_init__()
    house.scene.database.write(lambda session: sync_members(session, house.scene.organisation, {}))


# What flows into a reply, or into what it answers, and what is said of it.
OTHER: dict[str, tuple[Change, str]] = {
    "another question": (edited("Do you agree that children should be beaten?"), "edited the post"),
    "one word more": (edited(f"{ASKED} Not."), "edited the post"),
    "one letter in another case": (edited("Where is my Refund?"), "edited the post"),
    "one sign less": (edited("Where is my refund"), "edited the post"),
    "the same in Arabic": (edited("أين أموالي المستردة؟"), "edited the post"),
    "a sign that turns the words around": (edited(f"{ASKED}\u202e"), "edited the post"),
    "nothing left of it": (edited(""), "edited the post"),
    "a title": (edited(ASKED, "Boycott them"), "edited the post"),
    "another name": (called("Acme lies to you - boycott acme"), "read differently"),
    "another name in Greek": (called("Άννα"), "read differently"),
    "the name in capitals": (called("ANA"), "read differently"),
    "a department that is called differently": (departments(name="Refund fraud"), "read differently"),
    "another signature": (charter(signature="{name} of Acme"), "read differently"),
    "no signature": (charter(signature=""), "read differently"),
    "a disclosure": (charter(disclosure="I work for Acme."), "the charter of blog"),
    "another voice": (charter(voice="Like a lawyer."), "the charter of blog"),
    "another purpose": (charter(purpose="To sell."), "the charter of blog"),
    "words that are blocked": (charter(blocked=("beautiful",)), "the charter of blog"),
    "advice that binds": (charter(binding=("secrets",)), "the charter of blog"),
    "that we speak first": (charter(stance=Stance.PROACTIVE), "the charter of blog"),
    "who publishes": (charter(publish=("finance", "legal")), "the charter of blog"),
    "who reads": (charter(review="legal"), "the charter of blog"),
    "when it is read": (charter(review_when=ReviewWhen(words=("refund",))), "the charter of blog"),
}
SAME: dict[str, Change] = {
    "the post once more": edited(ASKED),
    "spaces": edited("  Where  is my\trefund? "),
    "lines": edited("Where is\n\nmy refund?\r\n"),
    "a space that does not break": edited("Where is\u00a0my refund?"),
    "the name of somebody else": called("Benjamin", "UBEN"),
    "who keeps the charter": charter(owner="legal"),
    "a saved reply": charter(saved=(("sorry", "I am sorry, {author}. {name}"),)),
    "another post of the author": lambda house: _another(house),
    "a department's hours": departments(timezone="Asia/Tokyo"),
}
# What lets nobody else read, where nobody has to.
ALONE = {name: one for name, one in OTHER.items() if name not in ("who reads", "when it is read")}
other = pytest.mark.parametrize(("change", "said"), OTHER.values(), ids=OTHER.keys())
other_alone = pytest.mark.parametrize(("change", "said"), ALONE.values(), ids=ALONE.keys())
same = pytest.mark.parametrize("change", SAME.values(), ids=SAME.keys())


def _another(house: RepliesInstallation) -> None:
    house.scene.ingest(house.scene.posted("The invoice is wrong, too."))


@pytest.fixture
def ana(house: RepliesInstallation) -> Who:
    house.charter(purpose="To help.", signature=SIGNED)
    return house.hire("Ana")


def approved(house: RepliesInstallation, ana: Who, text: str = TEXT) -> MentionRow:
    """Return a mention with Ana's draft, which Lea approved by her form."""
    mention = house.scene.arrive(ASKED)
    assert house.draft(ana, mention, text, then="review").ok
    assert agree(house, house.shown("review", house.hire("Lea"), mention)).ok
    return mention


def agree(house: RepliesInstallation, form: Form, verdict: str = "approve", who: str = "Lea") -> Answer:
    """Send the form of a review as it was drawn."""
    read = choices(form, "draft")[0]
    return house.scene.do(ReviewDraft(who=house.hire(who), reference=pressed(form), verdict=verdict, draft=read))


def pressed(form: Form) -> ByToken:
    """Return what a form carries, as every platform sends it back."""
    token, _, version = form.value.partition(".")
    return ByToken(token, int(version), form.shown)


def page(house: RepliesInstallation, who: Who, mention: MentionRow) -> Form:
    """Open what shows a reply before it is published, as a page that was left open does."""
    answer = house.scene.do(PublishDraft(who=who, reference=ByToken(mention.token, None, "unread")))
    assert answer.form is not None
    return answer.form


def public(house: RepliesInstallation, mention: MentionRow) -> str | None:
    """Return what is on its way out."""
    going = house.on_its_way(mention)
    return going.text if going is not None else None


# --- an approval -----------------------------------------------------------------------------------------------------


@other
def test_what_was_approved_is_not_what_would_go_out_so_it_is_read_again(
    house: RepliesInstallation, ana: Who, change: Change, said: str
) -> None:
    mention = approved(house, ana)
    change(house)
    answer = house.publish(ana, mention)
    assert (answer.ok, public(house, mention), house.states(mention)) == (False, None, ["in_review"])
    assert said in answer.text
    assert "again" in answer.text
    form = house.shown("review", house.hire("Lea"), mention)
    assert any(said in line.text for part in form.beside for line in part.lines)
    assert agree(house, form).ok
    assert house.publish(ana, mention).ok
    assert house.only(mention).text == TEXT  # nothing typed is lost


@same
def test_what_does_not_touch_the_reply_leaves_an_approval_as_it_is(
    house: RepliesInstallation, ana: Who, change: Change
) -> None:
    mention = approved(house, ana)
    change(house)
    assert house.publish(ana, mention).ok
    assert public(house, mention) == f"{TEXT}\nAna, Finance"


@other
def test_whoever_judges_judges_what_stood_in_their_form(
    house: RepliesInstallation, ana: Who, change: Change, said: str
) -> None:
    mention = house.scene.arrive(ASKED)
    house.draft(ana, mention, then="review")
    form = house.shown("review", house.hire("Lea"), mention)
    change(house)
    answer = agree(house, form)
    assert (answer.ok, house.states(mention), said in answer.text) == (False, ["in_review"], True)
    assert agree(house, house.shown("review", house.hire("Lea"), mention)).ok


def test_approving_and_publishing_is_for_what_stood_in_the_form_too(house: RepliesInstallation) -> None:
    house.charter(purpose="To help.", signature=SIGNED, publish=("support",))
    mention = house.scene.arrive(ASKED)
    house.draft(house.hire("Ana"), mention, then="review")
    ben = house.hire("Ben")
    form = house.shown("review", ben, mention)
    called("Acme lies")(house)
    assert not agree(house, form, "approve_publish", who="Ben").ok
    assert public(house, mention) is None
    assert agree(house, house.shown("review", ben, mention), "approve_publish", who="Ben").ok
    assert public(house, mention) == f"{TEXT}\nAcme lies, Finance"


def test_a_writer_is_told_that_their_draft_is_read_again_and_the_readers_that_it_waits(
    house: RepliesInstallation, ana: Who
) -> None:
    charter(publish=("support",), review="legal")(house)
    mention, ben = approved(house, ana), house.hire("Ben")
    edited("Gone mad?")(house)
    assert "waits for somebody of Legal again" in house.publish(ben, mention).text
    assert (
        "is to be read again. Since the draft was approved, the author edited the post." in told(house.scene, ana)[-1]
    )
    assert house.scene.log(mention)[-1] == "review_asked"
    assert house.publish(ben, mention).text == "That draft cannot be published now: waits for review."


def test_of_two_approvals_only_the_one_that_was_given_for_this_post_holds(house: RepliesInstallation, ana: Who) -> None:
    ben = house.hire("Ben")
    mention = house.scene.arrive(ASKED)
    house.draft(ana, mention, then="review")
    house.review(house.hire("Lea"), house.of(ana, mention), others="keep")
    edited("Where is my money?")(house)
    house.draft(ben, mention, "I sent the money. Ben", then="review")
    house.review(house.hire("Lea"), house.of(ben, mention), others="keep")
    assert house.publish(ana, mention).ok
    assert public(house, mention) == "I sent the money. Ben\nBen, Customer support"


def test_who_may_not_publish_sends_nothing_back_to_be_read(house: RepliesInstallation, ana: Who) -> None:
    mention = approved(house, ana)
    edited("Gone mad?")(house)
    assert house.publish(house.hire("Ben"), mention).text.startswith("Publishing on blog is for")
    assert house.states(mention) == ["approved"]


def test_what_is_approved_again_goes_out_as_it_would_stand_now(house: RepliesInstallation, ana: Who) -> None:
    mention = approved(house, ana)
    called("Anna")(house)
    house.publish(ana, mention)
    agree(house, house.shown("review", house.hire("Lea"), mention))
    assert house.publish(ana, mention).ok
    assert public(house, mention) == f"{TEXT}\nAnna, Finance"


def test_an_approval_of_which_nobody_knows_what_it_was_for_does_not_hold(house: RepliesInstallation, ana: Who) -> None:
    mention = approved(house, ana)
    from_before(house, mention)
    answer = house.publish(ana, mention)
    assert (answer.ok, house.states(mention)) == (False, ["in_review"])
    assert "not known any more" in answer.text


def from_before(house: RepliesInstallation, mention: MentionRow) -> None:
    """Let the draft be one of a release that knew no digests."""
    seen = house.only(mention)
    house.scene.database.write(
        lambda session: drafts.change(session, seen, house.scene.now, digests="", approved_digests="")
    )


# --- what a card shows ------------------------------------------------------------------------------------------------


def drawn(house: RepliesInstallation, mention: MentionRow) -> Card:
    return house.scene.database.read(lambda session: draw_card(session, mention.id, house.scene.organisation))


def shown_by_card(house: RepliesInstallation, mention: MentionRow) -> ByToken:
    """Return what the press of Publish on the card carries."""
    (button,) = [one for one in drawn(house, mention).buttons if one.verb == "publish"]
    token, _, version = button.value.partition(".")
    return ByToken(token, int(version), button.shown)


def test_a_card_shows_what_a_press_would_let_out(house: RepliesInstallation, ana: Who) -> None:
    mention = approved(house, ana)
    assert drawn(house, mention).reply == f"{TEXT}\nAna, Finance"
    assert house.scene.do(PublishDraft(who=ana, reference=shown_by_card(house, mention))).ok
    assert drawn(house, mention).reply == ""


@other
def test_a_card_that_shows_another_reply_lets_nothing_out(
    house: RepliesInstallation, ana: Who, change: Change, said: str
) -> None:
    mention = approved(house, ana)
    before = shown_by_card(house, mention)
    change(house)
    card = drawn(house, mention)
    assert card.reply == ""
    assert "is to be read again." in card.state
    assert said in card.state
    house.publish(ana, mention)
    assert agree(house, house.shown("review", house.hire("Lea"), mention)).ok
    answer = house.scene.do(PublishDraft(who=ana, reference=replace(before, version=None)))
    assert (answer.ok, public(house, mention)) == (False, None)
    assert answer.form is not None
    assert said in answer.text
    assert house.scene.do(PublishDraft(who=ana, reference=shown_by_card(house, mention))).ok


def test_what_is_too_long_for_a_card_is_read_in_its_form_before_it_goes_out(house: RepliesInstallation) -> None:
    house.charter(replace(BY_API, limit=5_000), purpose="To help.")
    ana = house.hire("Ana")
    mention = approved(house, ana, f"{TEXT} " + "We look after it. " * 80)
    assert drawn(house, mention).reply == ""
    answer = house.scene.do(PublishDraft(who=ana, reference=shown_by_card(house, mention)))
    assert (answer.ok, public(house, mention)) == (False, None)
    assert answer.form is not None
    read = choices(answer.form, "draft")[0]
    assert house.scene.do(PublishDraft(who=ana, reference=pressed(answer.form), draft=read)).ok


def test_what_nobody_approved_is_shown_on_no_card(house: RepliesInstallation, ana: Who) -> None:
    mention = house.scene.arrive(ASKED)
    house.draft(ana, mention, then="review")
    assert drawn(house, mention).reply == ""


# --- without a review ------------------------------------------------------------------------------------------------


@pytest.fixture
def alone(house: RepliesInstallation) -> Who:
    """Return Ana, where nobody else has to read."""
    house.charter(purpose="To help.", signature=SIGNED, review="none")
    return house.hire("Ana")


@other_alone
def test_what_the_writer_saw_is_not_what_would_go_out_so_it_is_shown_to_them(
    house: RepliesInstallation, alone: Who, change: Change, said: str
) -> None:
    mention = house.scene.arrive(ASKED)
    house.draft(alone, mention)
    change(house)
    answer = house.publish(alone, mention)
    assert (answer.ok, public(house, mention), house.states(mention)) == (False, None, ["draft"])
    assert answer.form is not None
    assert said in answer.text
    assert said in answer.form.beside[0].lines[0].text
    read = choices(answer.form, "draft")[0]
    assert house.scene.do(PublishDraft(who=alone, reference=pressed(answer.form), draft=read)).ok
    assert public(house, mention) is not None


@same
def test_what_does_not_touch_the_reply_asks_its_writer_nothing(
    house: RepliesInstallation, alone: Who, change: Change
) -> None:
    mention = house.scene.arrive(ASKED)
    house.draft(alone, mention)
    change(house)
    assert house.publish(alone, mention).ok


@other_alone
def test_a_text_that_was_written_beside_another_post_is_kept_and_not_published(
    house: RepliesInstallation, alone: Who, change: Change, said: str
) -> None:
    mention = house.scene.arrive(ASKED)
    form = house.shown("draft", alone, mention)
    change(house)
    answer = house.scene.do(DraftReply(who=alone, reference=pressed(form), text=TEXT, then="publish"))
    assert (answer.ok, public(house, mention)) == (False, None)
    assert house.only(mention).text == TEXT
    assert answer.text.startswith("Your draft is kept. ")
    assert said in answer.text


def test_a_text_that_was_shown_as_it_stands_there_beside_this_post_goes_out_at_once(
    house: RepliesInstallation, alone: Who
) -> None:
    mention = house.scene.arrive(ASKED)
    form = house.shown("draft", alone, mention, text=TEXT)
    edited(" Where is  my refund?")(house)
    assert house.scene.do(DraftReply(who=alone, reference=pressed(form), text=TEXT, then="publish")).ok
    assert public(house, mention) == preview(form.preview[0]).text == f"{TEXT}\nAna, Finance"


def test_a_text_whose_signature_nobody_saw_under_it_is_shown_before_it_goes_out(
    house: RepliesInstallation, alone: Who
) -> None:
    mention = house.scene.arrive(ASKED)
    form = house.shown("draft", alone, mention)
    answer = house.scene.do(DraftReply(who=alone, reference=pressed(form), text=TEXT, then="publish"))
    assert (house.only(mention).text, public(house, mention)) == (TEXT, None)
    assert answer.form is not None
    assert answer.form.submit == "Publish now"
    shown = [preview(one) for one in answer.form.beside if one.preview]
    assert [one.text for one in shown] == [f"{TEXT}\nAna, Finance"]
    reference = ByToken(mention.token, None, answer.form.shown)
    assert house.scene.do(PublishDraft(who=alone, reference=reference, draft=choices(answer.form, "draft")[0])).ok
    assert public(house, mention) == shown[0].text


@pytest.mark.parametrize("text", [f"{TEXT}\u200b!", f"\u202e{TEXT}"])
def test_a_mark_that_nobody_sees_is_named_before_it_goes_out(house: RepliesInstallation, text: str) -> None:
    house.charter(review="none")
    ana = house.hire("Ana")
    mention = house.scene.arrive(ASKED)
    form = house.shown("draft", ana, mention)
    answer = house.scene.do(DraftReply(who=ana, reference=pressed(form), text=text, then="publish"))
    assert public(house, mention) is None
    assert answer.form is not None
    (shown,) = [preview(one) for one in answer.form.beside if one.preview]
    assert shown.text == text
    assert len(shown.unseen) == 1


def test_without_anything_to_add_the_words_that_were_typed_are_what_was_seen(house: RepliesInstallation) -> None:
    house.charter(review="none")
    ana = house.hire("Ana")
    mention = house.scene.arrive(ASKED)
    form = house.shown("draft", ana, mention)
    assert house.scene.do(DraftReply(who=ana, reference=pressed(form), text=TEXT, then="publish")).ok
    assert public(house, mention) == TEXT


@other
def test_a_page_that_showed_another_reply_lets_nothing_out(
    house: RepliesInstallation, ana: Who, change: Change, said: str
) -> None:
    mention = approved(house, ana)
    form = page(house, ana, mention)
    change(house)
    house.draft(ana, mention, f"{TEXT}!", then="review")  # and all is in order again, but for the page
    agree(house, house.shown("review", house.hire("Lea"), mention))
    reference = ByToken(mention.token, None, form.shown)
    answer = house.scene.do(PublishDraft(who=ana, reference=reference))
    assert (answer.ok, public(house, mention)) == (False, None)
    assert said in answer.text
    assert answer.form is not None


def test_a_charter_that_asks_for_more_is_asked_for_more(house: RepliesInstallation, alone: Who) -> None:
    mention = house.scene.arrive(ASKED)
    house.draft(alone, mention)
    charter(review="second person")(house)
    assert "Ask for a review." in house.publish(alone, mention).text
    assert public(house, mention) is None


def test_what_was_deleted_is_answered_by_nobody(house: RepliesInstallation, ana: Who) -> None:
    mention = approved(house, ana)
    house.scene.do(ClaimMention(who=ana, reference=ByToken(mention.token)))
    house.scene.ingest(Deleted(external_id="post-1"))
    assert "deleted the post" in house.publish(ana, mention).text
    assert house.states(mention) == ["approved"]


# --- by hand, and all the same ---------------------------------------------------------------------------------------


def test_what_stands_to_be_copied_is_what_may_stand_there(house: RepliesInstallation) -> None:
    house.charter(BY_HAND, purpose="To help.", signature=SIGNED)
    ana = house.hire("Ana")
    mention = approved(house, ana)
    assert any(part.copy == f"{TEXT}\nAna, Finance" for part in house.shown("posted", ana, mention).beside)
    called("Acme lies")(house)
    assert not any(part.copy for part in house.shown("posted", ana, mention).beside)
    refused = house.scene.do(
        PostedReply(who=ana, reference=ByToken(mention.token), url="https://blog.example/1/reply-9")
    )
    assert (refused.ok, "read differently" in refused.text) == (False, True)


def test_what_was_posted_before_the_post_was_edited_is_written_down(house: RepliesInstallation) -> None:
    house.charter(BY_HAND, purpose="To help.", signature=SIGNED)
    ana = house.hire("Ana")
    mention = approved(house, ana)
    form = house.shown("posted", ana, mention)
    edited("Gone mad?")(house)
    assert house.scene.do(PostedReply(who=ana, reference=pressed(form), url="https://blog.example/1/reply-9")).ok


def test_what_was_copied_under_another_name_is_not_written_down_under_this_one(house: RepliesInstallation) -> None:
    house.charter(BY_HAND, purpose="To help.", signature=SIGNED, review="none")
    ana = house.hire("Ana")
    mention = house.scene.arrive(ASKED)
    house.draft(ana, mention)
    form = house.shown("posted", ana, mention)
    called("Anna")(house)
    answer = house.scene.do(PostedReply(who=ana, reference=pressed(form), url="https://blog.example/1/reply-9"))
    assert "Copy it again" in answer.text


def waiting(house: RepliesInstallation, ana: Who) -> MentionRow:
    """Return a mention whose reply waits for a word, since its post was edited after the press."""
    mention = approved(house, ana)
    assert house.publish(ana, mention).ok
    edited("Where is my money?")(house)
    going = house.on_its_way(mention)
    assert going is not None
    leave(house, going.id)
    return mention


def confirm(house: RepliesInstallation, who: Who, mention: MentionRow, shown: str = "", answer: str = "send") -> Answer:
    return house.scene.do(ConfirmReply(who=who, reference=ByToken(mention.token, None, shown), answer=answer))


def test_sending_it_all_the_same_is_a_right_and_for_the_post_that_was_shown(
    house: RepliesInstallation, ana: Who
) -> None:
    mention = waiting(house, ana)
    form = house.shown("confirm", ana, mention)
    assert any("Where is my money?" in line.text for part in form.beside for line in part.lines)
    edited("Do you beat children?")(house)
    refused = confirm(house, ana, mention, form.shown)
    assert (refused.ok, "edited the post" in refused.text) == (False, True)
    assert confirm(house, ana, mention, house.shown("confirm", ana, mention).shown).ok


def test_who_wrote_it_and_may_not_publish_does_not_send_it_all_the_same(house: RepliesInstallation) -> None:
    house.charter(purpose="To help.", publish=("support",))
    ana, ben = house.hire("Ana"), house.hire("Ben")
    mention = house.scene.arrive(ASKED)
    house.draft(ana, mention, then="review")
    agree(house, house.shown("review", house.hire("Lea"), mention))
    house.publish(ben, mention)
    going = house.on_its_way(mention)
    assert going is not None
    leave(house, going.id)
    assert "that is for Customer support" in confirm(house, ana, mention).text
    assert confirm(house, ana, mention, answer="stop").ok


def leave(house: RepliesInstallation, publication: int) -> None:
    asked = {"state": str(PublicationState.ASKED)}
    house.scene.database.write(lambda session: publications.answer(session, publication, PublicationState.DUE, **asked))


@pytest.mark.parametrize("change", [called("Acme lies"), charter(signature="X"), charter(review="legal")])
def test_what_would_be_another_reply_now_is_not_sent_all_the_same(
    house: RepliesInstallation, ana: Who, change: Change
) -> None:
    mention = waiting(house, ana)
    change(house)
    answer = confirm(house, ana, mention)
    assert (answer.ok, "Do not send it" in answer.text) == (False, True)
    assert confirm(house, ana, mention, answer="stop").ok
    assert house.states(mention) == ["approved"]
    assert not house.publish(ana, mention).ok
    assert house.states(mention) == ["in_review"]
