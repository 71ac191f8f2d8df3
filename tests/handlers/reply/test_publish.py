"""Publish: one press of a person with the right, of what a second person read, and never two at once."""

import threading

import pytest
from sqlalchemy import update
from sqlmodel import Session

from handlers.base.charter import BY_HAND, ReviewWhen
from handlers.base.command import Answer, ByToken
from handlers.base.events import Deleted
from handlers.own.claim import ClaimMention
from handlers.own.hand_off import HandOffMention
from handlers.own.resolve import ResolveMention
from handlers.own.snooze import SnoozeMention
from handlers.reply.publish import PublishDraft
from handlers.report.log import mention_log
from storage.own import ownership
from storage.own.mentions import MentionRow
from storage.reply import drafts
from storage.reply.drafts import DraftRow
from storage.tables.base import table_of
from storage.tables.replies import Publication
from storage.tables.states import DraftState
from tests.handlers.reply.installation import TEXT, RepliesInstallation, beside, choices
from tests.harness.channels import told
from tests.harness.patience import HANG_SECONDS
from tests.harness.scene import at

_publication = table_of(Publication)


def approved(house: RepliesInstallation, writer: str = "Ana", **charter: object) -> MentionRow:
    """Return a mention with one draft that a second person approved."""
    if charter:
        house.charter(**charter)  # type: ignore[arg-type]
    mention = house.scene.arrive()
    house.draft(house.hire(writer), mention, then="review")
    assert house.review(house.hire("Lea"), house.of(house.hire(writer), mention)).ok
    return mention


def test_an_approved_draft_goes_on_its_way_with_one_press(house: RepliesInstallation) -> None:
    mention = approved(house)
    answer = house.publish(house.hire("Ana"), mention)
    assert (answer.ok, answer.text) == (
        True,
        f"The reply to #{mention.token} is on its way. The card says when it is there.",
    )
    draft, going = house.only(mention), house.on_its_way(mention)
    assert draft.state == "publishing"
    assert going is not None
    assert (going.draft_id, going.draft_version, going.text, going.state) == (draft.id, 1, TEXT, "due")
    assert house.scene.log(mention)[-2:] == ["owned_by_reply", "publishing"]


def test_the_signature_of_the_charter_stands_under_what_goes_out(house: RepliesInstallation) -> None:
    mention = approved(house, signature="{name}, {department} at Acme")
    house.publish(house.hire("Ana"), mention)
    going = house.on_its_way(mention)
    assert going is not None
    assert going.text == f"{TEXT}\nAna, Finance at Acme"


def test_its_writer_owns_from_then_on_what_nobody_owned(house: RepliesInstallation) -> None:
    ana, ben = house.hire("Ana"), house.hire("Ben")
    mention = approved(house, writer="Ben")
    house.publish(ana, mention)
    now = house.scene.look(mention)
    assert (now.owner_id, now.status, now.first_claimed_at) == (house.person_id(ben), "claimed", house.scene.now)
    assert told(house.scene, ben)[-1].startswith(f"Ana published your reply to #{mention.token}.")


def test_the_log_says_whose_draft_was_sent_by_whom_and_that_nobody_claimed(house: RepliesInstallation) -> None:
    ana, ben = house.hire("Ana"), house.hire("Ben")
    mention = approved(house, writer="Ben")
    house.publish(ana, mention)
    rows = house.scene.database.read(lambda session: mention_log(session, mention.id))
    row = rows[-2]
    assert (row.action, row.words) == ("owned_by_reply", "It became Ben’s, whose draft Ana sent")
    assert (row.actor_id, row.department) == (house.person_id(ana), "Finance")
    stored = list(house.scene.database.read(lambda session: list(ownership.rows(session, mention_id=mention.id))))[-2]
    assert (stored["from_owner_id"], stored["to_owner_id"]) == (None, house.person_id(ben))
    own = approved(house)
    house.publish(ana, own)
    rows = house.scene.database.read(lambda session: mention_log(session, own.id))
    assert rows[-2].words == "It became Ana’s, who sent the reply"
    assert house.scene.database.read(ownership.verify).trouble == ""


def test_what_somebody_owns_stays_theirs_and_they_are_told(house: RepliesInstallation) -> None:
    ana, cleo = house.hire("Ana"), house.hire("Cleo")
    mention = approved(house)
    house.scene.do(ClaimMention(who=cleo, reference=ByToken(mention.token)))
    house.publish(ana, mention)
    assert house.scene.look(mention).owner_id == house.person_id(cleo)
    assert told(house.scene, cleo) == [
        f"Ana published a reply to #{mention.token}. The card says when it is there.",
    ]


def test_what_was_snoozed_and_nobodys_wakes(house: RepliesInstallation) -> None:
    mention = approved(house)
    house.scene.do(SnoozeMention(who=house.hire("Ana"), reference=ByToken(mention.token), until="2h"))
    assert house.publish(house.hire("Ana"), mention).ok
    now = house.scene.look(mention)
    assert (now.status, now.snoozed_until) == ("claimed", None)


# --- who may ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("publish", "may", "named"),
    [
        ((), {"Ana"}, "Finance"),
        (("support",), {"Ben"}, "Customer support"),
        (("support", "ana@acme.example"), {"Ana", "Ben"}, "Customer support and Ana"),
        (("ghost@acme.example",), set(), "ghost@acme.example"),
        (("anyone",), {"Ana", "Ben", "Lea"}, "anyone"),
    ],
)
def test_the_charter_says_who_publishes_and_who_may_is_named(
    house: RepliesInstallation, publish: tuple[str, ...], may: set[str], named: str
) -> None:
    mention = approved(house, publish=publish)
    for name in ("Ana", "Ben", "Lea"):
        if name in may:
            continue
        answer = house.publish(house.hire(name), mention)
        assert (answer.ok, answer.text) == (False, f"Publishing on blog is for {named}.")
        assert house.states(mention) == ["approved"]
        assert house.scene.log(mention)[-1] == "refused"
    for name in sorted(may)[:1]:
        assert house.publish(house.hire(name), mention).ok


def test_the_right_of_the_owning_department_moves_with_the_mention(house: RepliesInstallation) -> None:
    ana, ben = house.hire("Ana"), house.hire("Ben")
    mention = approved(house)
    house.scene.do(HandOffMention(who=ana, reference=ByToken(mention.token), department="support"))
    assert house.states(mention) == ["approved"]  # the draft stays
    assert house.publish(ana, mention).text == "Publishing on blog is for Customer support."
    assert house.publish(ben, mention).ok


def test_acting_in_the_channel_of_the_owning_department_gives_no_right_to_publish(house: RepliesInstallation) -> None:
    mention = approved(house)
    stranger = house.scene.who("UNEW", "Noa", channel="C-FINANCE")
    house.scene.do(ClaimMention(who=stranger, reference=ByToken(mention.token)))  # which anybody may
    answer = house.publish(stranger, mention)
    assert (answer.ok, house.on_its_way(mention)) == (False, None)


def test_without_the_right_a_draft_is_kept_all_the_same(house: RepliesInstallation) -> None:
    house.charter(review="none")
    ben = house.hire("Ben")
    mention = house.scene.arrive()
    answer = house.draft(ben, mention, then="publish")
    assert (answer.ok, answer.text) == (False, "Your draft is kept. Publishing on blog is for Finance.")
    assert house.states(mention) == ["draft"]
    assert house.scene.log(mention) == ["arrived", "drafted", "refused"]


# --- a second person -------------------------------------------------------------------------------------------------


def test_what_nobody_read_does_not_go_out(house: RepliesInstallation) -> None:
    ana = house.hire("Ana")
    mention = house.scene.arrive()
    house.draft(ana, mention)
    answer = house.publish(ana, mention)
    assert (answer.ok, answer.text) == (False, "On blog a second person reads first. Ask for a review.")
    assert house.on_its_way(mention) is None


def test_where_nobody_has_to_read_the_writer_publishes_at_once(house: RepliesInstallation) -> None:
    house.charter(review="none")
    mention = house.scene.arrive()
    assert house.draft(house.hire("Ana"), mention, then="publish").ok
    assert house.states(mention) == ["publishing"]


@pytest.mark.parametrize(
    ("post", "text"),
    [
        ("My refund! I will call my LAWYERS.", TEXT),
        ("Where is my refund?", "I am Ana. Please have your lawyer call us."),
    ],
)
def test_a_risk_word_in_post_or_draft_wants_a_second_person(house: RepliesInstallation, post: str, text: str) -> None:
    house.charter(review_when=ReviewWhen(words=("lawyer*", "sue")))
    ana = house.hire("Ana")
    mention = house.scene.arrive(post)
    answer = house.draft(ana, mention, text, then="publish")
    assert answer.text == (
        "Your draft is kept. It is about “lawyer*”, so a second person reads first. Ask for a review."
    )
    calm = house.scene.arrive("There is an issue with my refund.")  # "sue" is a part of "issue", and no risk
    assert house.draft(ana, calm, then="publish").ok


def test_the_first_replies_of_a_person_on_a_source_are_read(house: RepliesInstallation) -> None:
    house.charter(review_when=ReviewWhen(first=1))
    ana = house.hire("Ana")
    first, second = house.scene.arrive(), house.scene.arrive()
    answer = house.draft(ana, first, then="publish")
    assert "The first 1 replies of a person on blog are read by a second person." in answer.text
    settle(house, first, DraftState.PUBLISHED)
    assert house.draft(ana, second, "I am Ana. It is on its way to your bank.", then="publish").ok


def test_where_nobody_has_to_read_others_read_a_draft_before_they_publish_it(house: RepliesInstallation) -> None:
    house.charter(review="none")
    ana, ben = house.hire("Ana"), house.hire("Ben")
    mention = house.scene.arrive()
    house.draft(ben, mention, "I sent your refund. Ben")
    answer = house.publish(ana, mention)
    assert answer.form is not None
    assert beside(answer.form)["Ben’s reply, as it will stand there"] == ["I sent your refund. Ben"]
    (shown,) = choices(answer.form, "draft")
    house.draft(ben, mention, "Something else. Ben")
    assert "changed since it was shown" in house.publish(ana, mention, shown).text
    draft = house.only(mention)
    assert house.publish(ana, mention, f"{draft.token}.{draft.version}").ok


def test_what_became_binding_after_the_approval_stops_it_still(house: RepliesInstallation) -> None:
    mention = approved(house)
    house.charter(blocked=("refund",))
    answer = house.publish(house.hire("Ana"), mention)
    assert not answer.ok
    assert "refund" in answer.text
    assert house.states(mention) == ["approved"]


# --- which, and when -------------------------------------------------------------------------------------------------


def test_of_several_one_is_chosen(house: RepliesInstallation) -> None:
    ana, ben, lea = house.hire("Ana"), house.hire("Ben"), house.hire("Lea")
    mention = house.scene.arrive()
    house.draft(ana, mention, then="review")
    house.draft(ben, mention, "I sent your refund. Ben", then="review")
    house.review(lea, house.of(ana, mention), others="keep")
    house.review(lea, house.of(ben, mention), others="keep")
    answer = house.publish(ana, mention)
    assert answer.form is not None
    assert len(choices(answer.form, "draft")) == 2
    assert house.on_its_way(mention) is None
    assert house.publish(ana, mention, choices(answer.form, "draft")[1]).ok
    assert house.states(mention) == ["approved", "publishing"]


def test_an_approved_one_goes_before_what_is_being_written(house: RepliesInstallation) -> None:
    mention = approved(house)
    house.draft(house.hire("Ben"), mention, "I am Ben, and I look at it.")
    assert house.publish(house.hire("Ana"), mention).ok
    assert house.states(mention) == ["publishing", "draft"]


def test_a_second_one_is_told_who_was_first_and_since_when(house: RepliesInstallation) -> None:
    ana, ben, lea = house.hire("Ana"), house.hire("Ben"), house.hire("Lea")
    mention = house.scene.arrive()
    house.draft(ana, mention, then="review")
    house.draft(ben, mention, "I sent your refund. Ben", then="review")
    house.review(lea, house.of(ana, mention), others="keep")
    house.review(lea, house.of(ben, mention), others="keep")
    assert house.publish(ana, mention, house.of(ana, mention).token).ok
    house.scene.pass_time(minutes=5)
    answer = house.publish(ana, mention, house.of(ben, mention).token)
    assert not answer.ok
    assert answer.text.startswith(f"Ana published a reply to #{mention.token} 5 minutes ago, and it is on its way.")
    assert house.states(mention) == ["publishing", "approved"]


def test_what_is_on_its_way_can_neither_be_edited_nor_published_again(house: RepliesInstallation) -> None:
    ana = house.hire("Ana")
    mention = approved(house)
    house.publish(ana, mention)
    assert "on its way out" in house.draft(ana, mention, "Something else. Ana").text
    assert "cannot be published now: on its way" in house.publish(ana, mention).text
    assert house.only(mention).text == TEXT


def test_one_that_failed_may_be_tried_again(house: RepliesInstallation) -> None:
    ana = house.hire("Ana")
    mention = approved(house)
    house.publish(ana, mention)
    first = house.on_its_way(mention)
    settle(house, mention, DraftState.FAILED, "failed")
    assert house.publish(ana, mention).ok
    again = house.on_its_way(mention)
    assert first is not None
    assert again is not None
    assert (again.id, again.send_id, again.state) == (first.id, first.send_id, "due")


def test_a_closed_mention_is_reopened_first(house: RepliesInstallation) -> None:
    ana = house.hire("Ana")
    mention = approved(house)
    house.scene.do(ResolveMention(who=ana, reference=ByToken(mention.token)))
    answer = house.publish(ana, mention)
    assert answer.text == f"#{mention.token} is resolved already. Reopen it first."
    assert house.states(mention) == ["approved"]


def test_what_the_author_deleted_is_answered_no_more(house: RepliesInstallation) -> None:
    house.charter(review="none")
    ana = house.hire("Ana")
    mention = house.scene.arrive(external_id="p")
    house.scene.do(ClaimMention(who=ana, reference=at(mention)))
    house.draft(ana, mention)
    house.scene.ingest(Deleted(external_id="p"))
    assert "deleted the post" in house.publish(ana, mention).text
    assert house.on_its_way(mention) is None


def test_a_stale_button_publishes_nothing(house: RepliesInstallation) -> None:
    ana = house.hire("Ana")
    mention = approved(house)
    answer = house.scene.do(PublishDraft(who=ana, reference=at(mention)))
    assert "changed since this was shown" in answer.text
    assert house.states(mention) == ["approved"]


def test_there_is_nothing_to_publish_but_drafts(house: RepliesInstallation) -> None:
    ana = house.hire("Ana")
    mention = house.scene.arrive()
    assert house.publish(ana, mention).text == f"There is no draft on #{mention.token} to publish. Write one first."
    house.draft(ana, mention)
    assert not house.publish(ana, mention, "Buy our anvils!").ok
    assert house.on_its_way(mention) is None


# --- by hand ---------------------------------------------------------------------------------------------------------


def test_where_we_cannot_publish_a_person_gets_the_text_and_the_place(house: RepliesInstallation) -> None:
    mention = approved(house, reply=BY_HAND, signature="{name} at Acme")
    answer = house.publish(house.hire("Ana"), mention)
    assert answer.ok
    assert answer.notice is not None
    reply, place = answer.notice.sections
    assert [line.text for line in reply.lines] == [TEXT, "Ana at Acme"]
    (line,) = place.lines
    assert line.link is not None
    assert (line.link.label, line.link.url) == ("Open on blog", "https://blog.example/1")
    assert line.button is not None
    assert line.button.verb == "posted"
    assert house.on_its_way(mention) is None
    assert house.states(mention) == ["approved"]


def test_by_hand_needs_the_same_right_and_the_same_consent(house: RepliesInstallation) -> None:
    house.charter(reply=BY_HAND)
    ana, ben = house.hire("Ana"), house.hire("Ben")
    mention = house.scene.arrive()
    house.draft(ana, mention)
    assert house.publish(ana, mention).notice is None
    assert house.publish(ben, mention).text == "Publishing on blog is for Finance."


# --- at the same moment ----------------------------------------------------------------------------------------------


@pytest.mark.race
@pytest.mark.parametrize("round_", range(5))
def test_of_all_who_publish_at_once_one_does(house: RepliesInstallation, round_: int) -> None:
    """Two drafts, each pressed by several people at the same moment: one publication, and the log explains it."""
    names = ["Ana", "Ben", "Lea"]
    people = [house.hire(name) for name in names]
    house.charter(publish=("anyone",))
    mention = house.scene.arrive()
    for who, name in zip(people, names, strict=True):
        house.draft(who, mention, f"I am {name}, and I sent your refund.", then="review")
    tokens = []
    for who, reader in zip(people, people[1:] + people[:1], strict=True):
        assert house.review(reader, house.of(who, mention), others="keep").ok
        tokens.append(house.of(who, mention).token)
    answers = at_once(house, mention, tokens * 3)
    assert sum(one.ok for one in answers) == 1
    assert sorted(house.states(mention)) == ["approved", "approved", "publishing"]
    assert house.scene.log(mention).count("publishing") == 1
    assert house.scene.database.read(ownership.verify).trouble == ""


def at_once(house: RepliesInstallation, mention: MentionRow, tokens: list[str]) -> list[Answer]:
    """Let somebody publish each of these drafts in the same moment."""
    ana, barrier = house.hire("Ana"), threading.Barrier(len(tokens))
    futures = []

    def press(token: str) -> None:
        command = PublishDraft(who=ana, reference=ByToken(mention.token), draft=token)
        barrier.wait(HANG_SECONDS)
        scene = house.scene
        futures.append(
            scene.database.submit(lambda session: scene.dispatcher.handle(session, command, scene.now), urgent=True)
        )

    threads = [threading.Thread(target=press, args=(token,)) for token in tokens]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [future.result(HANG_SECONDS) for future in futures]


def settle(
    house: RepliesInstallation, mention: MentionRow, state: DraftState, publication: str = "published"
) -> DraftRow | None:
    """Let the only draft of a mention have ended so, as the worker writes it down."""
    draft = house.only(mention)

    def work(session: Session) -> DraftRow | None:
        session.connection().execute(
            update(_publication).where(_publication.c.mention_id == mention.id).values(state=publication)
        )
        return drafts.change(session, draft, house.scene.now, state=str(state))

    return house.scene.database.write(work)
