"""Follow: our reply and what its author answers are posts of the same mention, never a new card."""

from dataclasses import replace

import pytest
from sqlmodel import Session

from handlers.base.cards import Card
from handlers.base.events import Author, Deleted
from handlers.base.organisation import SourceRules
from handlers.draw.card import draw_card
from handlers.own.claim import ClaimMention
from handlers.own.resolve import ResolveMention
from storage.listen import posts
from storage.own import mentions
from storage.own.mentions import Filter, MentionRow
from storage.people import people
from storage.reply import publications
from storage.reply.publications import PublicationRow
from storage.tables.states import Action, PostRole, PublicationState, Status
from tests.harness.channels import facts
from tests.harness.replying import ACME, KIM, PublishingInstallation
from tests.harness.scene import ORGANISATION, Scene, at

LEE = Author(name="Lee", handle="lee", external_id="lee")


@pytest.fixture
def desk(scene: Scene) -> PublishingInstallation:
    return PublishingInstallation(scene)


def answered(desk: PublishingInstallation) -> tuple[MentionRow, PublicationRow]:
    """Let Ana's reply to a new mention be published."""
    mention = desk.scene.arrive()
    row = desk.on_its_way(mention)
    desk.work_to(row, PublicationState.PUBLISHED)
    return mention, row


def number_of_mentions(desk: PublishingInstallation) -> int:
    return desk.scene.database.read(lambda session: mentions.count(session, Filter(statuses=tuple(Status))))


def known(desk: PublishingInstallation, external_id: str) -> posts.PostRow:
    return desk.scene.database.read(lambda session: posts.known(session, "blog", [external_id]))[external_id]


def drawn(desk: PublishingInstallation, mention: MentionRow) -> Card:
    return desk.scene.database.read(lambda session: draw_card(session, mention.id, desk.scene.organisation))


def test_the_authors_answer_comes_back_to_the_owner_on_the_same_card(desk: PublishingInstallation) -> None:
    mention, _ = answered(desk)
    desk.scene.ingest(desk.scene.posted("The refund is still wrong!", external_id="a1", author=KIM, reply_to="reply-1"))
    now = desk.scene.look(mention)
    assert (now.status, now.owner_id) == (Status.CLAIMED, desk.ana)
    assert number_of_mentions(desk) == 1
    assert (known(desk, "a1").role, known(desk, "a1").mention_id) == (PostRole.FOLLOW_UP, mention.id)
    assert desk.scene.log(mention)[-1] == Action.AUTHOR_ANSWERED
    assert desk.told()[-1] == f"The author answered on #{mention.token}: The refund is still wrong!"
    assert drawn(desk, mention).body == "The refund is still wrong!"
    assert drawn(desk, mention).began == "Where is my refund?"


def test_the_same_answer_shown_again_is_told_once_and_an_edit_shows(desk: PublishingInstallation) -> None:
    mention, _ = answered(desk)
    answer = desk.scene.posted("Still wrong", external_id="a1", author=KIM, reply_to="reply-1")
    desk.scene.ingest(answer)
    desk.scene.ingest(answer)
    desk.scene.ingest(replace(answer, text="Solved, thank you"))
    assert desk.scene.log(mention).count(Action.AUTHOR_ANSWERED) == 1
    assert drawn(desk, mention).body == "Solved, thank you"
    desk.scene.ingest(Deleted(external_id="a1"))
    assert (drawn(desk, mention).body, drawn(desk, mention).began) == ("Where is my refund?", "")


def test_an_answer_reopens_what_was_closed(desk: PublishingInstallation) -> None:
    mention, _ = answered(desk)
    ana = desk.scene.who("UANA", "Ana")
    desk.scene.do(ResolveMention(who=ana, reference=at(desk.scene.look(mention))))
    desk.scene.ingest(desk.scene.posted("Not solved", external_id="a1", author=KIM, reply_to="reply-1"))
    now = desk.scene.look(mention)
    assert (now.status, now.owner_id, now.resolved_at) == (Status.CLAIMED, desk.ana, None)


def test_an_answer_is_nobodys_when_its_owner_is_gone(desk: PublishingInstallation) -> None:
    mention, _ = answered(desk)

    def leave(session: Session) -> None:
        people.keep_person(session, replace(people.get(session, desk.ana), active=False))

    desk.scene.database.write(leave)
    desk.scene.ingest(desk.scene.posted("Still wrong", external_id="a1", author=KIM, reply_to="reply-1"))
    now = desk.scene.look(mention)
    assert (now.status, now.owner_id) == (Status.NEW, None)


def test_what_somebody_else_answers_is_matched_like_any_other_post(desk: PublishingInstallation) -> None:
    mention, _ = answered(desk)
    desk.scene.ingest(desk.scene.posted("My refund too!", external_id="b1", author=LEE, reply_to="reply-1"))
    assert number_of_mentions(desk) == 2
    assert desk.scene.look(mention).status == Status.RESPONDED


def test_what_the_author_writes_elsewhere_is_a_mention_of_its_own(desk: PublishingInstallation) -> None:
    answered(desk)
    desk.scene.ingest(desk.scene.posted("Another refund", external_id="a1", author=KIM))
    desk.scene.ingest(desk.scene.posted("And an invoice", external_id="a2", author=KIM, reply_to="of-somebody"))
    assert number_of_mentions(desk) == 3


def test_our_reply_shown_by_its_source_or_another_one_is_no_card(desk: PublishingInstallation) -> None:
    mention, _ = answered(desk)
    url = "https://replies.example/reply-1"
    desk.scene.ingest(desk.scene.posted("About your refund", external_id="reply-1", author=ACME, url=url))
    desk.scene.ingest(desk.scene.posted("About your refund", external_id="tag:9", author=ACME, url=url))
    assert number_of_mentions(desk) == 1
    assert (known(desk, "tag:9").role, known(desk, "tag:9").mention_id) == (PostRole.OURS, mention.id)


def test_other_words_that_another_source_shows_under_our_replys_address_are_seen(scene: Scene) -> None:
    other = SourceRules(name="echo", kind="feed")
    scene.organisation = replace(scene.organisation, sources=(*scene.organisation.sources, other))
    desk = PublishingInstallation(scene)
    mention, row = answered(desk)
    url = "https://replies.example/reply-1"
    scene.ingest(scene.posted("Acme burnt my house down", external_id="e1", author=KIM, url=url), source="echo")
    scene.ingest(scene.posted(row.text, external_id="e2", author=KIM, url=url), source="echo")
    assert number_of_mentions(desk) == 1
    said = facts(drawn(desk, mention))["Another source says of this address"]
    assert said == "“Acme burnt my house down” (Kim, echo)"
    roles = scene.database.read(lambda session: posts.known(session, "echo", ["e1", "e2"]))
    assert (roles["e1"].role, roles["e2"].role) == (PostRole.SIGHTING, PostRole.OURS)


def test_what_we_answered_by_hand_belongs_too_even_in_one_batch_with_its_answer(scene: Scene) -> None:
    ours = SourceRules(name="blog", kind="feed", baseline=False, own_accounts=frozenset({"acme"}))
    desk = PublishingInstallation(Scene(scene.database, organisation=replace(ORGANISATION, sources=(ours,))))
    mention = desk.scene.arrive()
    words = desk.scene.posted("We look into it", external_id="r1", author=ACME, reply_to="post-1")
    desk.scene.ingest(words, desk.scene.posted("Which refund?", external_id="a1", author=KIM, reply_to="r1"))
    assert known(desk, "r1").mention_id == known(desk, "a1").mention_id == mention.id
    assert number_of_mentions(desk) == 1


# --- before the bookkeeping ------------------------------------------------------------------------------------------


def sending(desk: PublishingInstallation) -> tuple[MentionRow, PublicationRow]:
    """Leave a reply as a process leaves it that is killed right after the send."""
    mention = desk.scene.arrive()
    row = desk.on_its_way(mention, text="I look after your refund. Ana")
    now = desk.clock.now()
    prepared = f'{{"send_id": "{row.send_id}", "parent": "post-1", "text": "I look after your refund. Ana"}}'
    desk.source._accept(prepared)

    def die(session: Session) -> None:
        publications.take(session, row.id, "blog", "dead", now)
        assert publications.mark_sending(session, row.id, "dead", prepared, now)

    desk.scene.database.write(die)
    return mention, row


def settle(desk: PublishingInstallation, row: PublicationRow) -> None:
    desk.wait(seconds=10)
    desk.work_to(row, PublicationState.PUBLISHED)


def test_our_reply_that_its_source_shows_before_it_was_settled_is_no_card(desk: PublishingInstallation) -> None:
    mention, row = sending(desk)
    ours = desk.scene.posted("I look after your  refund. Ana", external_id="reply-1", author=ACME, reply_to="post-1")
    desk.scene.ingest(ours)
    assert number_of_mentions(desk) == 1
    settle(desk, row)
    assert (known(desk, "reply-1").role, known(desk, "reply-1").mention_id) == (PostRole.OURS, mention.id)
    desk.scene.ingest(desk.scene.posted("Still wrong", external_id="a1", author=KIM, reply_to="reply-1"))
    assert desk.scene.look(mention).status == Status.CLAIMED


@pytest.mark.parametrize(
    "shown", ["@kim@kim.example I look after your refund. Ana", "@kim I look after  your *refund* — Ana"]
)
def test_our_reply_is_known_by_its_words_whatever_its_source_puts_around_them(
    desk: PublishingInstallation, shown: str
) -> None:
    mention, _ = sending(desk)
    desk.scene.ingest(desk.scene.posted(shown, external_id="reply-1", author=ACME, reply_to="post-1"))
    assert known(desk, "reply-1").mention_id == mention.id
    assert number_of_mentions(desk) == 1


@pytest.mark.parametrize(
    "shown", ["My refund, too! I look after your refund. Ana", "@ana :)", "@kim Look after my refund"]
)
def test_what_others_write_under_the_post_meanwhile_is_not_taken_for_our_reply(
    desk: PublishingInstallation, shown: str
) -> None:
    mention, _ = sending(desk)
    desk.scene.ingest(desk.scene.posted(shown, external_id="b1", author=LEE, reply_to="post-1"))
    assert known(desk, "b1").mention_id != mention.id


def test_our_own_account_answering_is_known_by_its_name(scene: Scene) -> None:
    ours = SourceRules(name="blog", kind="feed", baseline=False, own_accounts=frozenset({"acme"}))
    desk = PublishingInstallation(Scene(scene.database, organisation=replace(ORGANISATION, sources=(ours,))))
    mention, row = sending(desk)
    words = desk.scene.posted("(mangled) your refund", external_id="reply-1", author=ACME, reply_to="post-1")
    answer = desk.scene.posted("My refund is still wrong", external_id="a1", author=KIM, reply_to="reply-1")
    desk.scene.ingest(words, answer)
    assert number_of_mentions(desk) == 1
    assert known(desk, "a1").mention_id == mention.id
    settle(desk, row)
    assert desk.scene.look(mention).status == Status.CLAIMED


def test_an_answer_that_comes_before_the_reply_was_settled_is_no_card_and_stays_the_owners(
    desk: PublishingInstallation,
) -> None:
    mention, row = sending(desk)
    desk.scene.pass_time(seconds=1)
    desk.scene.ingest(desk.scene.posted("My refund? Wrong!", external_id="a1", author=KIM, reply_to="reply-1"))
    assert number_of_mentions(desk) == 1
    assert known(desk, "a1").mention_id == mention.id
    settle(desk, row)
    now = desk.scene.look(mention)
    assert (now.status, now.owner_id) == (Status.CLAIMED, desk.ana)
    assert now.first_response_at is not None
    assert desk.scene.log(mention)[-3:] == [Action.AUTHOR_ANSWERED, Action.OWNED_BY_REPLY, Action.RESPONDED]


def test_a_reply_that_was_taken_for_a_mention_is_put_right_when_it_is_settled(desk: PublishingInstallation) -> None:
    mention, row = sending(desk)
    desk.scene.ingest(desk.scene.posted("(mangled) your refund", external_id="reply-1", author=ACME))
    assert number_of_mentions(desk) == 2
    settle(desk, row)
    wrong = known(desk, "reply-1").mention_id
    assert wrong is not None
    assert desk.scene.database.read(lambda session: mentions.get(session, wrong)).status == Status.DISMISSED
    desk.scene.ingest(desk.scene.posted("Still wrong", external_id="a1", author=KIM, reply_to="reply-1"))
    assert known(desk, "a1").mention_id == mention.id
    assert desk.scene.look(mention).status == Status.CLAIMED


def test_one_taken_for_a_mention_and_claimed_is_left_to_its_owner_with_a_note(desk: PublishingInstallation) -> None:
    _, row = sending(desk)
    wrong = desk.scene.arrive("(mangled) your refund", external_id="reply-1", author=ACME)
    desk.scene.do(ClaimMention(who=desk.scene.who("UBEN", "Ben"), reference=at(wrong)))
    settle(desk, row)
    assert desk.scene.look(wrong).status == Status.CLAIMED
    assert desk.scene.log(wrong)[-1] == Action.NOTED
