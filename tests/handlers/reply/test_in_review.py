"""In review: a mention says so if and only if one of its drafts waits, whatever changes hands meanwhile."""

import random
import threading
from collections.abc import Callable
from concurrent.futures import Future

import pytest

from handlers.base.charter import ANYONE, NO_REVIEW, ReplyRules
from handlers.base.command import Answer, ByToken, Command, MentionCommand, Who
from handlers.base.events import Author, Deleted
from handlers.own.assign import AssignMention
from handlers.own.claim import ClaimMention
from handlers.own.dismiss import DismissMention
from handlers.own.hand_off import HandOffMention
from handlers.own.release import ReleaseMention
from handlers.own.reopen import ReopenMention
from handlers.own.resolve import ResolveMention
from handlers.own.snooze import SnoozeMention
from handlers.own.take_over import TakeOverMention
from handlers.reply.draft import DraftReply
from handlers.reply.posted_by_hand import PostedReply
from handlers.reply.withdraw import WithdrawDraft
from storage.own import ownership
from storage.own.mentions import MentionRow
from tests.handlers.reply.installation import RepliesInstallation
from tests.harness.channels import told
from tests.harness.patience import HANG_SECONDS

KIM = Author(name="Kim", handle="kim", external_id="kim")
URL = "https://blog.example/1#comment-77"
Step = Callable[[Who, ByToken], MentionCommand]
CHANGES: dict[str, Step] = {
    "claim": lambda who, ref: ClaimMention(who=who, reference=ref),
    "release": lambda who, ref: ReleaseMention(who=who, reference=ref),
    "assign": lambda who, ref: AssignMention(who=who, reference=ref, person="ben@acme.example"),
    "take over": lambda who, ref: TakeOverMention(who=who, reference=ref, reason="Mine."),
    "hand off": lambda who, ref: HandOffMention(who=who, reference=ref, department="support"),
}
SETS_ASIDE: dict[str, tuple[Step, str]] = {
    "resolve": (lambda who, ref: ResolveMention(who=who, reference=ref), "resolved"),
    "dismiss": (lambda who, ref: DismissMention(who=who, reference=ref), "dismissed"),
    "snooze": (lambda who, ref: SnoozeMention(who=who, reference=ref, until="2h"), "snoozed"),
}


def consistent(house: RepliesInstallation, mention: MentionRow) -> bool:
    return (house.scene.look(mention).status == "in_review") == ("in_review" in house.states(mention))


@pytest.mark.parametrize("name", CHANGES)
def test_what_waits_waits_on_whoever_has_the_mention(house: RepliesInstallation, name: str) -> None:
    ana, ben = house.hire("Ana"), house.hire("Ben")
    mention = house.scene.arrive()
    ref = ByToken(mention.token)
    if name == "release":
        house.scene.do(ClaimMention(who=ana, reference=ref))
    elif name == "take over":
        house.scene.do(ClaimMention(who=ben, reference=ref))
    house.draft(ben, mention, then="review")
    before = house.scene.look(mention)
    assert house.scene.do(CHANGES[name](ana, ref)).ok
    now = house.scene.look(mention)
    assert (now.status, now.version) == ("in_review", before.version + 1)
    assert house.states(mention) == ["in_review"]
    house.withdraw(ben, mention)
    assert house.scene.look(mention).status == ("new" if now.owner_id is None else "claimed")


@pytest.mark.parametrize("name", SETS_ASIDE)
def test_what_is_set_aside_or_closed_keeps_its_drafts_but_none_waits(house: RepliesInstallation, name: str) -> None:
    ana, ben = house.hire("Ana"), house.hire("Ben")
    mention = house.scene.arrive()
    house.draft(ben, mention, then="review")
    step, status = SETS_ASIDE[name]
    assert house.scene.do(step(ana, ByToken(mention.token))).ok
    assert house.scene.look(mention).status == status
    assert house.states(mention) == ["draft"]
    assert told(house.scene, ben) == [
        f"#{mention.token} is {status} now. Your draft is kept, but it waits for no review any more."
    ]
    assert house.scene.do(ReopenMention(who=ana, reference=ByToken(mention.token))).ok
    assert house.scene.look(mention).status == "new"


def test_who_sets_it_aside_is_not_told_of_their_own_draft(house: RepliesInstallation) -> None:
    ana = house.hire("Ana")
    mention = house.scene.arrive()
    house.draft(ana, mention, then="review")
    house.scene.do(ResolveMention(who=ana, reference=ByToken(mention.token)))
    assert told(house.scene, ana) == []


def test_a_post_that_its_author_deletes_waits_for_nobody(house: RepliesInstallation) -> None:
    ana = house.hire("Ana")
    mention = house.scene.arrive(external_id="p")
    house.draft(ana, mention, then="review")
    house.scene.ingest(Deleted(external_id="p"))
    assert house.scene.look(mention).status == "dismissed"
    assert house.states(mention) == ["draft"]
    assert len(told(house.scene, ana)) == 1


def test_asking_for_a_review_of_what_is_snoozed_wakes_it(house: RepliesInstallation) -> None:
    ana = house.hire("Ana")
    mention = house.scene.arrive()
    house.scene.do(SnoozeMention(who=ana, reference=ByToken(mention.token), until="2h"))
    house.draft(ana, mention, then="review")
    now = house.scene.look(mention)
    assert (now.status, now.snoozed_until) == ("in_review", None)


def further_draft(house: RepliesInstallation) -> tuple[MentionRow, Who]:
    """Let a mention be answered, and somebody ask for a review of one reply more; returns it and its owner."""
    house.charter(ReplyRules(), review=NO_REVIEW, publish=(ANYONE,))
    ana = house.hire("Ana")
    mention = house.scene.arrive(author=KIM)
    house.draft(ana, mention)
    assert house.scene.do(PostedReply(who=ana, reference=ByToken(mention.token), url=URL)).ok
    assert house.scene.look(mention).status == "responded"
    house.draft(ana, mention, "And one thing more. Ana", then="review")
    assert house.scene.look(mention).status == "in_review"
    return mention, ana


def test_what_was_answered_is_answered_still_when_a_further_draft_is_taken_back(house: RepliesInstallation) -> None:
    mention, ana = further_draft(house)
    house.withdraw(ana, mention)
    assert house.scene.look(mention).status == "responded"


def test_what_its_author_answered_meanwhile_is_open_when_the_draft_is_taken_back(house: RepliesInstallation) -> None:
    mention, ana = further_draft(house)
    follow_up = house.scene.posted("Still no refund", external_id="c78", author=KIM, reply_to="c77")
    house.scene.ingest(house.scene.posted("", external_id="c77", url=URL))
    house.scene.ingest(follow_up)
    assert house.scene.look(mention).status == "in_review"
    house.withdraw(ana, mention)
    assert house.scene.look(mention).status == "claimed"


def test_what_was_put_back_meanwhile_is_nobodys_when_the_draft_is_taken_back(house: RepliesInstallation) -> None:
    mention, ana = further_draft(house)
    assert house.scene.do(ReleaseMention(who=ana, reference=ByToken(mention.token))).ok
    house.withdraw(ana, mention)
    assert house.scene.look(mention).status == "new"


def test_it_waits_until_the_last_draft_does_not(house: RepliesInstallation) -> None:
    ana, ben = house.hire("Ana"), house.hire("Ben")
    mention = house.scene.arrive()
    house.draft(ana, mention, then="review")
    house.draft(ben, mention, "I sent your refund. Ben", then="review")
    house.withdraw(ana, mention)
    assert house.scene.look(mention).status == "in_review"
    house.withdraw(ben, mention)
    assert house.scene.look(mention).status == "new"


@pytest.mark.race
def test_when_all_withdraw_at_once_the_last_one_takes_the_mention_out_of_review(house: RepliesInstallation) -> None:
    """Each of them sees the others wait if nobody holds the mention."""
    names = ("Ana", "Ben", "Cleo", "Dora")
    people = [house.hire(name) for name in names]
    for _ in range(10):
        mention = house.scene.arrive()
        for who, name in zip(people, names, strict=True):
            house.draft(who, mention, f"I am {name}, and I sent your refund.", then="review")
        answers = all_at_once(house, [WithdrawDraft(who=who, reference=ByToken(mention.token)) for who in people])
        assert all(answer.ok for answer in answers)
        assert house.scene.look(mention).status == "new"


@pytest.mark.race
@pytest.mark.parametrize("seed", range(12))
def test_whatever_happens_at_the_same_moment_the_status_is_that_of_the_drafts(
    house: RepliesInstallation, seed: int
) -> None:
    """Eight steps at once, by three people: on PostgreSQL they really meet."""
    dice = random.Random(seed)
    names = ("Ana", "Ben", "Cleo")
    people = [house.hire(name) for name in names]
    mention = house.scene.arrive()
    ref = ByToken(mention.token)
    for who, name in zip(people, names, strict=True):
        house.draft(who, mention, f"I am {name}, and I sent your refund.", then=dice.choice(("keep", "review")))
    steps: list[Command] = []
    for _ in range(8):
        who = dice.choice(people)
        made: list[Command] = [
            *(step(who, ref) for step in CHANGES.values()),
            *(step(who, ref) for step, _ in SETS_ASIDE.values()),
            *(WithdrawDraft(who=one, reference=ref) for one in people),
            *(DraftReply(who=one, reference=ref, text="I sent it. Me", then="review") for one in people),
            *(DraftReply(who=one, reference=ref, text="I sent it!", then="keep") for one in people),
        ]
        steps.append(dice.choice(made))
    all_at_once(house, steps)
    assert consistent(house, mention)
    assert house.scene.database.read(ownership.verify).trouble == ""


def all_at_once(house: RepliesInstallation, commands: list[Command]) -> list[Answer]:
    scene, barrier = house.scene, threading.Barrier(len(commands))
    futures: list[Future[Answer]] = []

    def press(command: Command) -> None:
        barrier.wait(HANG_SECONDS)
        work = scene.database.submit(lambda session: scene.dispatcher.handle(session, command, scene.now), urgent=True)
        futures.append(work)

    threads = [threading.Thread(target=press, args=(command,)) for command in commands]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [future.result(HANG_SECONDS) for future in futures]
