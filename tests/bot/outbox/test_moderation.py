"""Moderation: what a network keeps back is sent once, answers nobody before it stands, and is not forgotten."""

import logging
import threading
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlmodel import Session

from bot.net.errors import SourceRefused, SourceUnavailable
from bot.sources.base import CannotLook
from handlers.ask.home import AskHome
from handlers.ask.mine import AskMine
from handlers.base.cards import Card
from handlers.base.clocks import Lease, Target, Targets
from handlers.base.command import Answer, Who
from handlers.base.hours import AROUND_THE_CLOCK
from handlers.base.replying import Published
from handlers.draw.card import draw_card
from handlers.own.claim import ClaimMention
from handlers.people.accounts import sync_members
from handlers.reply.confirm import ConfirmReply
from handlers.reply.outcome import moderation
from handlers.reply.outcome.steps import LeasedPublication, troubles_of_replies
from handlers.reply.withdraw import WithdrawDraft
from storage.own import mentions
from storage.reply import publications
from storage.reply.publications import PublicationRow
from storage.tables.states import Action, ClockKind, DraftState, PublicationState, Status
from tests.fakes.replies import FIVE_HUNDRED, Fault, Standing
from tests.handlers.own.test_clocks import clock, strike
from tests.harness.patience import HANG_SECONDS
from tests.harness.replying import ACME, KIM, TALKING_BLOG, PublishingInstallation
from tests.harness.scene import Scene, at

SENDING, HELD = PublicationState.SENDING, PublicationState.HELD
UNCLEAR, PUBLISHED, FAILED = PublicationState.UNCLEAR, PublicationState.PUBLISHED, PublicationState.FAILED


@pytest.fixture
def desk(scene: Scene) -> PublishingInstallation:
    desk = PublishingInstallation(scene)
    scene.database.write(lambda session: sync_members(session, scene.organisation, {}))
    desk.source.moderated = True
    return desk


def held(desk: PublishingInstallation) -> PublicationRow:
    """Let a reply of Ana's, to what she has, wait for moderators."""
    mention = desk.scene.arrive(author=KIM)
    desk.scene.do(ClaimMention(who=ana(desk), reference=at(mention)))
    row = desk.on_its_way(mention)
    desk.work_to(row, HELD)
    return row


def ana(desk: PublishingInstallation) -> Who:
    return desk.scene.who("UANA", "Ana")


def looked(desk: PublishingInstallation, row: PublicationRow, *, minutes: float = 61) -> PublicationState:
    """Let time pass, and a fresh process look once; returns where the reply stands then."""
    desk.scene.pass_time(minutes=minutes)
    before = desk.source.sends.count("find")
    desk.work(lambda: desk.source.sends.count("find") > before and desk.look(row).lease is None)
    return desk.state(row)


def card(desk: PublishingInstallation, row: PublicationRow) -> Card:
    return desk.scene.database.read(lambda session: draw_card(session, row.mention_id, desk.scene.organisation))


def say(desk: PublishingInstallation, row: PublicationRow, answer: str) -> Answer:
    return desk.scene.do(ConfirmReply(who=ana(desk), reference=at(desk.mention(row)), answer=answer))


# --- it waits --------------------------------------------------------------------------------------------------------


def test_what_is_held_is_told_and_answers_nobody(desk: PublishingInstallation) -> None:
    row = held(desk)
    mention, kept = desk.mention(row), desk.look(row)
    assert (mention.status, mention.first_response_at) == (Status.CLAIMED, None)
    assert (kept.reference, kept.held_at, kept.next_at) == (
        "reply-1",
        desk.clock.now(),
        desk.clock.now() + timedelta(minutes=1),
    )
    assert desk.draft_of(row).state == DraftState.PUBLISHING
    assert desk.scene.log(mention)[-1] == Action.IN_MODERATION
    assert desk.told() == [
        f"Your reply to #{mention.token} waits for the moderators of blog.example. "
        "Dibs looks again, and tells you what becomes of it."
    ]
    assert card(desk, row).state == "Ana’s reply waits for the moderators of blog.example."
    assert "confirm" in {one.verb for one in card(desk, row).buttons}


def test_who_has_it_sees_on_their_own_pages_that_it_waits(desk: PublishingInstallation) -> None:
    held(desk)
    for asked in (AskMine(who=ana(desk)), AskHome(who=ana(desk))):
        notice = desk.scene.do(asked).notice
        assert notice is not None
        said = [line.text for part in notice.sections for line in part.lines]
        assert [one.partition(" — ")[2] for one in said] == ["Ana has it. A reply waits for the moderators there."]


@pytest.mark.parametrize("rejected", [False, True])
def test_while_it_waits_the_author_s_clock_runs_and_nobody_is_asked_whether_they_are_still_on_it(
    desk: PublishingInstallation, rejected: bool
) -> None:
    promised = Targets(
        by_kind={ClockKind.FIRST_REPLY: Target(within=timedelta(days=3), business=False)},
        lease=Lease(ask=timedelta(hours=4), back=timedelta(hours=1)),
    )
    finance = next(one for one in desk.scene.organisation.departments if one.key == "finance")
    others = [one for one in desk.scene.organisation.departments if one is not finance]
    departments = (*others, replace(finance, hours=AROUND_THE_CLOCK, targets=promised))
    desk.scene.organisation = replace(desk.scene.organisation, departments=departments)
    desk.scene.__post_init__()
    row = held(desk)
    mention, began = desk.mention(row), desk.clock.now()
    assert looked(desk, row, minutes=20 * 60) == HELD
    assert strike(desk.scene) == 0
    lease, reply = (clock(desk.scene, mention, kind) for kind in (ClockKind.LEASE, ClockKind.FIRST_REPLY))
    assert (lease.running_since, lease.ended_at) == (None, None)
    assert (reply.running_since, reply.ended_at) == (began, None)
    if rejected:
        desk.source.reject("Off topic.")
    else:
        desk.source.let_through()
    assert looked(desk, row) == (FAILED if rejected else PUBLISHED)
    lease, reply = (clock(desk.scene, mention, kind) for kind in (ClockKind.LEASE, ClockKind.FIRST_REPLY))
    now = desk.clock.now()
    assert (lease.running_since, reply.ended_at) == ((now, None) if rejected else (None, now))


def test_it_is_no_trouble_however_long_it_waits(desk: PublishingInstallation) -> None:
    row = held(desk)
    for _ in range(3):
        assert looked(desk, row) == HELD
    assert desk.troubles() == []
    said = desk.scene.database.read(lambda session: troubles_of_replies(session, desk.clock.now()))
    assert said == {"blog": ""}
    assert len(desk.told()) == 1


def test_looks_become_rarer_and_end_with_a_question_after_thirty_days(desk: PublishingInstallation) -> None:
    row = held(desk)
    began, minutes = desk.clock.now(), []
    for _ in range(6):
        until = desk.look(row).next_at
        assert until is not None
        minutes.append((until - began) / timedelta(minutes=1))
        assert looked(desk, row, minutes=(until - desk.clock.now()) / timedelta(minutes=1)) == HELD
    assert minutes == [1, 6, 21, 81, 141, 201]
    assert looked(desk, row, minutes=30 * 24 * 60) == UNCLEAR
    assert "The moderators have not decided for 30 days." in desk.told()[-1]
    assert desk.source.sends.count("publish") == 1


def test_it_is_not_looked_at_before_its_time(desk: PublishingInstallation) -> None:
    row = held(desk)
    desk.scene.pass_time(seconds=59)
    due = desk.scene.database.read(lambda session: publications.due(session, desk.clock.now()))
    assert due == []
    desk.scene.pass_time(seconds=1)
    due = desk.scene.database.read(lambda session: publications.due(session, desk.clock.now()))
    assert [one.id for one in due] == [row.id]


def test_what_waits_for_moderators_holds_up_no_other_reply(desk: PublishingInstallation) -> None:
    held(desk)
    desk.source.moderated = False
    other = desk.on_its_way()
    desk.work_to(other, PUBLISHED)


# --- what becomes of it ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("named", [True, False])
def test_what_is_let_through_answers_from_then_on(desk: PublishingInstallation, named: bool) -> None:
    desk.source.named = named
    row = held(desk)
    assert looked(desk, row) == HELD
    desk.source.let_through()
    assert looked(desk, row) == PUBLISHED
    mention, settled = desk.mention(row), desk.look(row)
    assert (settled.reference, settled.url) == ("reply-1", "https://replies.example/reply-1")
    assert (mention.status, mention.first_response_at) == (Status.RESPONDED, desk.clock.now())
    assert desk.draft_of(row).state == DraftState.PUBLISHED
    assert desk.scene.log(mention)[-2:] == [Action.IN_MODERATION, Action.RESPONDED]
    assert desk.told()[-1] == f"Your reply to #{mention.token} is published: https://replies.example/reply-1"
    assert desk.source.sends.count("publish") == 1


@pytest.mark.parametrize(
    ("why", "said"),
    [
        ("The moderators rejected it: off topic.", "The moderators rejected it: off topic."),
        ("", "The moderators of blog.example did not let it through."),
    ],
)
def test_what_is_rejected_comes_back_to_its_writer_with_the_reason(
    desk: PublishingInstallation, why: str, said: str
) -> None:
    row = held(desk)
    desk.source.reject(why)
    assert looked(desk, row) == FAILED
    draft, mention = desk.draft_of(row), desk.mention(row)
    assert (draft.state, draft.trouble) == (DraftState.FAILED, said)
    assert (mention.status, mention.first_response_at) == (Status.CLAIMED, None)
    assert desk.scene.log(mention)[-1] == Action.NOT_PUBLISHED
    assert desk.told()[-1] == f"Your reply to #{mention.token} was not published: {said} You can change it."
    assert desk.source.sends.count("publish") == 1


def test_what_was_rejected_may_be_sent_anew_by_a_press_and_waits_anew(desk: PublishingInstallation) -> None:
    row = held(desk)
    desk.source.reject()
    assert looked(desk, row) == FAILED
    again = desk.press(desk.draft_of(row))
    assert (again.id, again.held_at) == (row.id, None)
    desk.work_to(again, HELD)
    assert desk.look(again).held_at == desk.clock.now()


def test_where_nobody_can_look_any_more_a_person_is_asked_and_cannot_have_it_sent_twice(
    desk: PublishingInstallation,
) -> None:
    row = held(desk)
    desk.source.blind = CannotLook("Its queue is for its moderators alone.")
    assert looked(desk, row) == UNCLEAR
    assert "Its queue is for its moderators alone." in desk.told()[-1]
    assert desk.draft_of(row).state == DraftState.UNCLEAR
    refused = say(desk, row, "send")
    assert (refused.ok, "seen, stop" in refused.text) == (False, True)
    assert say(desk, row, "seen").ok
    assert desk.mention(row).status == Status.RESPONDED


def test_what_cannot_be_seen_for_a_while_is_looked_at_later_and_told_nobody(desk: PublishingInstallation) -> None:
    row = held(desk)
    desk.source.blind = SourceUnavailable("It does not answer.")
    assert looked(desk, row) == HELD
    assert (desk.look(row).trouble, len(desk.told())) == ("It does not answer.", 1)
    desk.source.blind = None
    assert looked(desk, row) == HELD
    assert desk.look(row).trouble == ""


def test_what_cannot_be_seen_for_thirty_days_is_asked_about(desk: PublishingInstallation) -> None:
    row = held(desk)
    desk.source.blind = SourceUnavailable("It does not answer.")
    assert looked(desk, row, minutes=30 * 24 * 60) == UNCLEAR


def test_a_source_that_refuses_the_look_is_a_trouble_until_it_lets_us_look(desk: PublishingInstallation) -> None:
    row = held(desk)
    desk.source.blind = SourceRefused("The key was revoked.")
    assert looked(desk, row) == HELD
    assert len(desk.troubles()) == 1
    desk.source.blind = None
    assert looked(desk, row) == HELD
    assert desk.troubles() == []
    assert desk.source.sends.count("publish") == 1


# --- never twice -----------------------------------------------------------------------------------------------------


def test_held_and_answered_500_is_found_where_it_waits_and_not_sent_again(desk: PublishingInstallation) -> None:
    desk.source.faults.append(FIVE_HUNDRED)
    row = desk.on_its_way()
    desk.settle_down(row)
    assert (desk.state(row), desk.source.sends) == (HELD, ["check", "publish", "find"])
    assert len(desk.source.queue) == 1


def test_rejected_before_anybody_looked_it_is_refused_and_not_sent_again(desk: PublishingInstallation) -> None:
    desk.source.faults.append(FIVE_HUNDRED)
    row = desk.on_its_way()
    desk.work_to(row, SENDING)
    desk.source.reject("The moderators rejected it.")
    desk.scene.pass_time(minutes=1)
    desk.work_to(row, FAILED)
    assert desk.source.sends.count("publish") == 1


def test_killed_before_it_was_noted_it_is_found_where_it_waits(desk: PublishingInstallation) -> None:
    desk.source.faults.append(Fault(accepts=True, hangs=True))  # killed before the answer was written down
    row = desk.on_its_way()
    desk.work(lambda: bool(desk.source.queue))
    desk.settle_down(row)
    assert (desk.state(row), desk.source.sends.count("publish"), len(desk.source.queue)) == (HELD, 1, 1)


def test_two_replicas_look_and_one_writes(desk: PublishingInstallation) -> None:
    row = held(desk)
    desk.source.let_through()
    desk.scene.pass_time(minutes=2)
    desk.work(lambda: desk.state(row) == PUBLISHED, workers=3)
    assert desk.scene.log(desk.mention(row)).count(Action.RESPONDED) == 1
    assert [one for one in desk.told() if "is published" in one] == [desk.told()[-1]]


# --- a person knows ---------------------------------------------------------------------------------------------------


def test_somebody_sees_it_before_we_look(desk: PublishingInstallation) -> None:
    row = held(desk)
    assert say(desk, row, "seen").ok
    mention = desk.mention(row)
    assert (desk.state(row), mention.status) == (PUBLISHED, Status.RESPONDED)
    assert desk.look(row).reference == "reply-1"
    desk.scene.pass_time(minutes=61)
    assert desk.scene.database.read(lambda session: publications.due(session, desk.clock.now())) == []


def test_somebody_knows_that_it_was_rejected_and_the_draft_is_theirs_again(desk: PublishingInstallation) -> None:
    row = held(desk)
    answer = say(desk, row, "stop")
    assert "was not published. The draft is kept." in answer.text
    assert (desk.state(row), desk.draft_of(row).state) == (FAILED, DraftState.APPROVED)


def test_nobody_can_have_it_sent_again_or_send_another_or_take_it_back_here(desk: PublishingInstallation) -> None:
    row = held(desk)
    mention = desk.mention(row)
    assert not say(desk, row, "send").ok
    withdrawn = desk.scene.do(WithdrawDraft(who=ana(desk), reference=at(mention)))
    assert "waits for the moderators of blog.example. Take it back there" in withdrawn.text
    with pytest.raises(AssertionError):
        desk.press(desk.draft(mention, "Another one.", by=desk.ben))


@pytest.mark.race
def test_who_looks_while_somebody_says_so_writes_nothing(desk: PublishingInstallation) -> None:
    row = held(desk)
    desk.scene.pass_time(minutes=2)
    now = desk.clock.now()
    taken = desk.scene.database.write(lambda session: publications.take(session, row.id, "blog", "token", now))
    assert taken is not None
    assert say(desk, row, "stop").ok

    def late(session: Session) -> bool:
        one = LeasedPublication(
            session=session,
            organisation=desk.scene.organisation,
            now=now,
            random=desk.scene.dispatcher.random,
            row=taken,
            token="token",
        )
        return moderation.held(one, Published("reply-1", "", held=True))

    assert not desk.scene.database.write(late)
    assert desk.state(row) == FAILED


@pytest.mark.race
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_who_says_so_while_a_process_wants_to_write_what_it_saw_is_heard_and_nothing_fails(
    desk: PublishingInstallation, caplog: pytest.LogCaptureFixture
) -> None:
    row = held(desk)
    desk.source.let_through()
    desk.scene.pass_time(minutes=2)
    said = threading.Event()

    def say_so(session: Session) -> bool:
        mentions.hold(session, row.mention_id)
        said.set()
        threading.Event().wait(0.5)  # while a process looks, and wants to write what it saw
        return publications.answer(session, row.id, HELD, state=str(FAILED))

    first = desk.scene.database.submit(say_so, urgent=True)
    assert said.wait(HANG_SECONDS)
    desk.work(lambda: first.done() and desk.look(row).lease is None)
    assert first.result()
    assert desk.state(row) == FAILED
    assert [one.message for one in caplog.records if one.levelno >= logging.ERROR] == []


# --- what is heard meanwhile ------------------------------------------------------------------------------------------


@pytest.fixture
def talking(desk: PublishingInstallation) -> PublishingInstallation:
    """A source that shows us what stands below a post, our own posts too."""
    desk.scene.organisation = replace(desk.scene.organisation, sources=(TALKING_BLOG,))
    desk.scene.__post_init__()
    return desk


def heard(desk: PublishingInstallation, name: str, text: str, **more: object) -> None:
    post = desk.scene.posted(text, external_id=name, **({"author": ACME, "reply_to": "post-1"} | more))
    desk.scene.ingest(post)


def next_look(desk: PublishingInstallation, row: PublicationRow) -> datetime | None:
    return desk.look(row).next_at


@pytest.mark.parametrize("named", [True, False])
def test_a_source_that_shows_it_has_us_look_at_once(talking: PublishingInstallation, named: bool) -> None:
    talking.source.named = named
    row = held(talking)
    assert looked(talking, row) == HELD
    stands = talking.source.let_through()
    heard(talking, stands.external_id, stands.text)
    assert next_look(talking, row) == talking.clock.now()
    assert talking.mention(row).status == Status.CLAIMED
    talking.work_to(row, PUBLISHED)
    assert talking.scene.log(talking.mention(row)).count(Action.RESPONDED) == 1


def test_what_a_colleague_posts_by_hand_meanwhile_counts_at_once_and_once(talking: PublishingInstallation) -> None:
    row = held(talking)
    before = next_look(talking, row)
    heard(talking, "by-hand", "Chloe here: I called you.")
    assert (talking.mention(row).status, next_look(talking, row)) == (Status.RESPONDED, before)
    talking.source.reject()
    assert looked(talking, row) == FAILED
    assert talking.scene.log(talking.mention(row)).count(Action.RESPONDED) == 1


def test_the_same_words_posted_by_hand_count_once_it_is_known_that_they_are_not_the_reply(
    talking: PublishingInstallation,
) -> None:
    row = held(talking)
    heard(talking, "by-hand", row.text)
    assert talking.mention(row).status == Status.CLAIMED
    talking.source.reject()
    assert looked(talking, row, minutes=1) == FAILED
    assert talking.scene.log(talking.mention(row)).count(Action.RESPONDED) == 1


def test_what_the_author_writes_elsewhere_meanwhile_is_not_taken_for_an_answer(
    talking: PublishingInstallation,
) -> None:
    row = held(talking)
    talking.scene.ingest(
        talking.scene.posted("Where is my refund for the lamp?", external_id="x", author=KIM, reply_to="elsewhere")
    )
    assert Action.AUTHOR_ANSWERED not in talking.scene.log(talking.mention(row))


def test_what_the_author_answers_to_what_stands_by_now_is_theirs(talking: PublishingInstallation) -> None:
    row = held(talking)
    stands: Standing = talking.source.let_through()
    heard(talking, "thanks", "Thank you!", author=KIM, reply_to=stands.external_id)
    assert talking.scene.log(talking.mention(row))[-1] == Action.AUTHOR_ANSWERED
