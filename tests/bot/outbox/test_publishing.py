"""Publishing: a reply goes out at most once, whatever fails, and whoever has to decide is asked."""

import asyncio
import json
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import update
from sqlmodel import Session

from bot.net.errors import SignedOut, SourceRefused, SourceUnavailable
from bot.outbox.worker import LOOK_AFTER
from bot.sources.base import CannotLook
from handlers.base.replying import Changed, Gone, Handoff, Unclear
from handlers.reply.outcome.steps import troubles_of_replies
from handlers.text.times import say_time
from storage.listen import posts
from storage.own import mentions
from storage.reply import drafts, publications
from storage.tables.replies import Publication
from storage.tables.states import Action, DraftState, PostRole, PublicationState, Status
from tests.fakes.replies import FIVE_HUNDRED, REFUSES, FakeReplies, Fault, too_many
from tests.harness.bare import promised
from tests.harness.patience import HANG_SECONDS
from tests.harness.replying import PublishingInstallation
from tests.harness.scene import Scene

DUE, SENDING, ASKED = PublicationState.DUE, PublicationState.SENDING, PublicationState.ASKED
UNCLEAR, PUBLISHED, FAILED = PublicationState.UNCLEAR, PublicationState.PUBLISHED, PublicationState.FAILED


@pytest.fixture
def desk(scene: Scene) -> PublishingInstallation:
    return PublishingInstallation(scene)


# --- the way out -----------------------------------------------------------------------------------------------------


def test_a_reply_goes_out_once_and_all_that_follows_is_written_down(desk: PublishingInstallation) -> None:
    row = desk.on_its_way()
    desk.work_to(row, PUBLISHED)
    assert desk.source.sends == ["check", "publish"]
    settled, mention = desk.look(row), desk.mention(row)
    assert (settled.reference, settled.url) == ("reply-1", "https://replies.example/reply-1")
    assert desk.draft_of(row).state == DraftState.PUBLISHED
    assert (mention.status, mention.owner_id, mention.first_response_at) == (
        Status.RESPONDED,
        desk.ana,
        desk.clock.now(),
    )
    assert desk.scene.log(mention)[-2:] == [Action.OWNED_BY_REPLY, Action.RESPONDED]
    known = desk.scene.database.read(lambda session: posts.known(session, "blog", ["reply-1"]))
    assert (known["reply-1"].role, known["reply-1"].mention_id) == (PostRole.OURS, mention.id)
    assert desk.told() == [f"Your reply to #{mention.token} is published: https://replies.example/reply-1"]


def test_what_is_sent_is_stored_before_it_is_sent(desk: PublishingInstallation) -> None:
    desk.source.gate = asyncio.Event()
    row = desk.on_its_way()
    desk.work(lambda: bool(desk.source.prepared))
    stored = desk.look(row)
    assert (stored.state, stored.prepared, stored.sending_at) == (SENDING, desk.source.prepared[0], desk.clock.now())


def test_the_owner_stays_the_owner_when_somebody_else_answers(desk: PublishingInstallation) -> None:
    mention = desk.scene.arrive()
    desk.scene.database.write(lambda session: mentions.take(session, mention.id, desk.ben, desk.clock.now()))
    row = desk.on_its_way(mention)
    desk.work_to(row, PUBLISHED)
    assert desk.mention(row).owner_id == desk.ben
    assert desk.mention(row).status == Status.RESPONDED


def test_a_closed_mention_stays_closed_but_its_answer_is_counted(desk: PublishingInstallation) -> None:
    mention = desk.scene.arrive()
    row = desk.on_its_way(mention)
    desk.scene.database.write(
        lambda session: mentions.swap(session, mention, desk.clock.now(), status=str(Status.RESOLVED))
    )
    desk.work_to(row, PUBLISHED)
    assert desk.mention(row).status == Status.RESOLVED
    assert desk.mention(row).first_response_at is not None


def test_two_replicas_send_a_reply_once(desk: PublishingInstallation) -> None:
    rows = [desk.on_its_way(text=f"Reply {number}") for number in range(6)]
    desk.work(lambda: all(desk.state(row) == PUBLISHED for row in rows), workers=3)
    assert sorted(one.text for one in desk.source.standing) == [f"Reply {number}" for number in range(6)]


def test_one_source_that_hangs_holds_up_no_other(desk: PublishingInstallation) -> None:
    stuck = FakeReplies()
    stuck.faults.append(Fault(hangs=True))
    first = desk.on_its_way()
    second = desk.on_its_way()
    desk.scene.database.write(lambda session: _move(session, second.id, "news"))

    async def main() -> None:
        publishing = desk.publishing(blog=stuck, news=desk.source)
        running = asyncio.create_task(publishing.run())
        while desk.state(second) != PUBLISHED:
            await asyncio.sleep(0.01)
        await publishing.stop(0.1)
        await running

    asyncio.run(asyncio.wait_for(main(), HANG_SECONDS))
    assert desk.state(first) == SENDING


def _move(session: Session, publication_id: int, source: str) -> None:
    session.connection().execute(
        update(Publication).where(Publication.id == publication_id).values(source=source)  # type: ignore[arg-type]
    )


# --- faults of the send ----------------------------------------------------------------------------------------------


def test_accepted_and_answered_500_is_looked_up_and_not_sent_again(desk: PublishingInstallation) -> None:
    desk.source.faults.append(FIVE_HUNDRED)
    row = desk.on_its_way()
    desk.settle_down(row)
    assert desk.state(row) == PUBLISHED
    assert desk.source.sends == ["check", "publish", "find"]
    assert len(desk.source.standing) == 1


def test_not_accepted_and_answered_500_is_sent_again_with_the_very_same_text(desk: PublishingInstallation) -> None:
    desk.source.faults.append(Fault(outcome=Unclear("It answered 502.")))
    row = desk.on_its_way()
    desk.settle_down(row)
    assert [one for one in desk.source.sends if one != "check"] == ["publish", "find", "publish"]
    assert desk.source.prepared[0] == desk.source.prepared[1]
    assert len(desk.source.standing) == 1


def test_nothing_is_looked_up_sooner_than_the_send_may_last(desk: PublishingInstallation) -> None:
    desk.source.faults.append(FIVE_HUNDRED)
    row = desk.on_its_way()
    desk.work_to(row, SENDING)
    desk.wait(seconds=7)
    with pytest.raises(AssertionError):
        desk.work_to(row, PUBLISHED, seconds=0.5)
    desk.wait(seconds=2)
    desk.work_to(row, PUBLISHED)


def test_a_look_up_that_fails_is_tried_again_and_nothing_is_sent_meanwhile(desk: PublishingInstallation) -> None:
    desk.source.faults.append(FIVE_HUNDRED)
    desk.source.blind = SourceUnavailable("It does not answer.")
    row = desk.on_its_way()
    desk.work_to(row, SENDING)
    for _ in range(3):
        desk.wait(minutes=20)
        before = desk.source.sends.count("find")
        desk.work(lambda seen=before: desk.source.sends.count("find") > seen)  # type: ignore[misc]
    assert desk.source.sends.count("publish") == 1
    desk.source.blind = None
    desk.wait(minutes=20)
    desk.work_to(row, PUBLISHED)
    assert len(desk.source.standing) == 1


def test_where_nobody_can_look_a_person_is_asked_and_nothing_is_sent_again(desk: PublishingInstallation) -> None:
    desk.source.faults.append(FIVE_HUNDRED)
    desk.source.blind = CannotLook("It shows no replies.")
    row = desk.on_its_way()
    desk.settle_down(row)
    assert desk.state(row) == UNCLEAR
    assert desk.source.sends.count("publish") == 1
    assert desk.draft_of(row).state == DraftState.UNCLEAR
    for who in ("ANA", "BEN"):
        (notice,) = desk.notices(who)
        button = notice.sections[0].lines[0].button
        assert button is not None
        assert button.verb == "confirm"
    assert desk.scene.log(desk.mention(row))[-1] == Action.UNCLEAR


def test_a_429_waits_as_long_as_it_says_and_is_sent_once(desk: PublishingInstallation) -> None:
    desk.source.faults.append(too_many(90))
    row = desk.on_its_way()
    desk.work(lambda: desk.look(row).next_at is not None)
    next_at = desk.look(row).next_at
    assert next_at is not None
    assert (next_at - desk.clock.now()).total_seconds() == 90
    desk.wait(seconds=91)
    desk.work_to(row, PUBLISHED)
    assert "find" not in desk.source.sends
    assert len(desk.source.standing) == 1


def test_a_refusal_is_final_told_and_the_draft_can_be_changed(desk: PublishingInstallation) -> None:
    desk.source.faults.append(REFUSES)
    row = desk.on_its_way()
    desk.work_to(row, FAILED)
    draft = desk.draft_of(row)
    assert (draft.state, draft.trouble) == (DraftState.FAILED, "Replies to this post are restricted.")
    assert "Replies to this post are restricted." in desk.told()[0]
    assert desk.scene.log(desk.mention(row))[-1] == Action.NOT_PUBLISHED
    assert desk.mention(row).first_response_at is None


def test_what_cannot_be_prepared_is_refused_in_its_own_words(desk: PublishingInstallation) -> None:
    row = desk.on_its_way(text="x" * 301)
    desk.work_to(row, FAILED)
    assert "longer than 300 characters" in desk.told()[0]
    assert desk.source.sends == ["check"]


def test_a_bug_in_a_send_is_looked_up(desk: PublishingInstallation) -> None:
    desk.source.faults.append(Fault(accepts=True, error=KeyError("uri")))
    row = desk.on_its_way()
    desk.settle_down(row)
    assert desk.state(row) == PUBLISHED
    assert len(desk.source.standing) == 1


def test_a_failed_reply_can_be_put_on_its_way_again_and_is_published_once(desk: PublishingInstallation) -> None:
    desk.source.faults.append(REFUSES)
    row = desk.on_its_way()
    desk.work_to(row, FAILED)
    again = desk.press(desk.draft_of(row))
    assert (again.id, again.send_id) == (row.id, row.send_id)
    desk.work_to(again, PUBLISHED)
    assert len(desk.source.standing) == 1


# --- the parent ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "said"),
    [(Gone("The post was deleted."), "deleted"), (Changed("The post was edited.", "{}"), "edited")],
)
def test_a_post_that_changed_is_asked_about_before_anything_is_sent(
    desk: PublishingInstallation, state: Gone | Changed, said: str
) -> None:
    mention = desk.scene.arrive()
    desk.source.states["post-1"] = state
    row = desk.on_its_way(mention)
    desk.work_to(row, ASKED)
    assert desk.source.sends == ["check"]
    assert said in desk.told()[0]
    assert desk.notices()[0].sections[0].lines[0].button is not None


def test_a_changed_post_is_answered_all_the_same_when_a_person_says_so(desk: PublishingInstallation) -> None:
    mention = desk.scene.arrive()
    desk.source.states["post-1"] = Changed("The post was edited.", json.dumps({"cid": "cid-2"}))
    row = desk.on_its_way(mention)
    desk.work_to(row, ASKED)
    desk.scene.database.write(
        lambda session: publications.answer(session, row.id, ASKED, state=str(DUE), despite_change=True)
    )
    desk.work_to(row, PUBLISHED)
    assert json.loads(desk.source.prepared[0])["cid"] == "cid-2"


def test_where_we_may_not_answer_the_drafter_does_with_their_own_hands(desk: PublishingInstallation) -> None:
    desk.source.handoff = Handoff("https://blog.example/1", "Only who was mentioned may answer.")
    row = desk.on_its_way()
    desk.work_to(row, FAILED)
    assert desk.source.sends == []
    assert desk.draft_of(row).state == DraftState.APPROVED
    (notice,) = desk.notices()
    assert "https://blog.example/1" in notice.title
    assert "Only who was mentioned may answer." in notice.title


def test_a_source_that_is_configured_no_more_hands_off(desk: PublishingInstallation) -> None:
    row = desk.on_its_way()
    desk.scene.database.write(lambda session: _move(session, row.id, "gone"))
    desk.work_to(row, FAILED)
    assert desk.draft_of(row).state == DraftState.APPROVED


# --- a revoked credential --------------------------------------------------------------------------------------------


def test_a_revoked_credential_parks_the_source_and_is_told_once(desk: PublishingInstallation) -> None:
    desk.source.locked = SourceRefused("The app password was revoked.")
    rows = [desk.on_its_way(), desk.on_its_way()]
    desk.work(lambda: len(desk.troubles()) == 1)
    with pytest.raises(AssertionError):
        desk.work(lambda: desk.source.sends.count("check") > 6, seconds=0.5)
    assert {desk.state(row) for row in rows} == {DUE}
    admin = [title for title in desk.told() if "refuses us: The app password was revoked." in title]
    assert len(admin) == 1
    desk.source.locked = None
    desk.work(lambda: all(desk.state(row) == PUBLISHED for row in rows))
    assert desk.troubles() == []
    assert len([title for title in desk.told() if title == "Replies on blog go out again."]) == 1
    assert len(desk.source.standing) == 2


def test_an_account_that_is_not_let_in_lets_its_replies_wait_and_is_one_trouble(desk: PublishingInstallation) -> None:
    why = "Sign in again by `dibs source login blog`."
    desk.source.locked = SignedOut(why)
    row = desk.on_its_way()
    desk.work(lambda: len(desk.troubles()) == 1)
    assert desk.state(row) == DUE
    assert desk.troubles() == [f"Replies on blog wait: {why}"]
    assert any("because a person has to sign in at blog again" in title for title in desk.told())
    desk.source.locked = None
    desk.wait(minutes=2)
    desk.work(lambda: desk.state(row) == PUBLISHED)
    assert desk.troubles() == []


def test_the_trouble_is_over_when_the_source_lets_us_in_whatever_becomes_of_the_reply(
    desk: PublishingInstallation,
) -> None:
    desk.source.locked = SourceRefused("The app password was revoked.")
    row = desk.on_its_way()
    desk.work(lambda: len(desk.troubles()) == 1)
    desk.source.locked = None
    desk.source.states["post-1"] = Gone("The post was deleted.")
    desk.work_to(row, ASKED)
    assert desk.troubles() == []


def test_a_source_that_refuses_the_look_up_is_never_sent_to_blindly(desk: PublishingInstallation) -> None:
    desk.source.faults.append(FIVE_HUNDRED)
    row = desk.on_its_way()
    desk.work_to(row, SENDING)
    desk.source.blind = SourceRefused("The app password was revoked.")
    desk.wait(seconds=9)
    desk.work(lambda: bool(desk.troubles()))
    assert desk.state(row) == SENDING
    desk.source.blind = None
    desk.work_to(row, PUBLISHED)
    assert len(desk.source.standing) == 1


# --- crashes ---------------------------------------------------------------------------------------------------------


def test_killed_before_anything_was_stored_it_is_sent_once_its_lease_is_over(desk: PublishingInstallation) -> None:
    row = desk.on_its_way()
    _hold(desk, row.id)
    with pytest.raises(AssertionError):
        desk.work_to(row, PUBLISHED, seconds=0.4)
    desk.wait(seconds=61)
    desk.work_to(row, PUBLISHED)
    assert len(desk.source.standing) == 1


@pytest.mark.parametrize("accepted", [True, False])
def test_killed_in_the_send_it_stands_there_once(desk: PublishingInstallation, accepted: bool) -> None:
    row = desk.on_its_way()
    prepared = json.dumps({"send_id": row.send_id, "parent": "post-1", "text": row.text})
    _hold(desk, row.id)
    desk.scene.database.write(
        lambda session: publications.mark_sending(session, row.id, "dead", prepared, desk.clock.now())
    )
    if accepted:
        asyncio.run(desk.source.publish(prepared))
    desk.wait(seconds=61)
    desk.settle_down(row)
    assert desk.state(row) == PUBLISHED
    assert [one.send_id for one in desk.source.standing] == [row.send_id]


def test_what_a_killed_process_sent_is_not_looked_up_sooner_than_its_send_may_last(
    desk: PublishingInstallation,
) -> None:
    row = desk.on_its_way()
    now = desk.clock.now()

    def die(session: Session) -> None:
        publications.take(session, row.id, "blog", "dead", now)
        publications.mark_sending(session, row.id, "dead", "{}", now)

    desk.scene.database.write(die)
    desk.wait(seconds=7.5)
    desk.work(lambda: desk.look(row).next_at is not None)
    assert desk.source.sends == []
    next_at = desk.look(row).next_at
    assert next_at is not None
    assert abs(next_at - now - LOOK_AFTER) < timedelta(seconds=0.4)  # what is left is measured, not read


def _hold(desk: PublishingInstallation, publication_id: int) -> None:
    now = desk.clock.now()
    held = desk.scene.database.write(lambda session: publications.take(session, publication_id, "blog", "dead", now))
    assert held is not None


def test_who_lost_its_lease_writes_nothing(desk: PublishingInstallation) -> None:
    row = desk.on_its_way()
    _hold(desk, row.id)
    desk.wait(seconds=61)
    desk.work_to(row, PUBLISHED)
    late = desk.scene.database.write(
        lambda session: publications.leases.settle(
            session, row.id, "dead", state=str(FAILED), settled_at=desk.clock.now()
        )
    )
    assert not late
    assert desk.state(row) == PUBLISHED


def test_a_draft_that_is_not_on_its_way_any_more_is_not_sent(desk: PublishingInstallation) -> None:
    row = desk.on_its_way()
    desk.scene.database.write(
        lambda session: drafts.change(
            session, drafts.get(session, row.draft_id), desk.clock.now(), state=str(DraftState.WITHDRAWN)
        )
    )
    desk.work_to(row, FAILED)
    assert desk.source.standing == []
    assert desk.draft_of(row).state == DraftState.WITHDRAWN


def test_stopping_cuts_off_a_send_that_hangs_and_it_is_looked_up_later(desk: PublishingInstallation) -> None:
    desk.source.faults.append(Fault(accepts=True, hangs=True))
    row = desk.on_its_way()

    async def main() -> None:
        publishing = desk.publishing()
        running = asyncio.create_task(publishing.run())
        while "publish" not in desk.source.sends:
            await asyncio.sleep(0.01)
        with promised(2, "the end of a send that hangs"):
            await publishing.stop(0.2)
            await running

    asyncio.run(asyncio.wait_for(main(), HANG_SECONDS))
    assert (desk.state(row), desk.look(row).lease) == (SENDING, None)
    desk.wait(seconds=9)
    desk.work_to(row, PUBLISHED)
    assert len(desk.source.standing) == 1


def test_the_second_reply_to_a_mention_waits_for_the_first(desk: PublishingInstallation) -> None:
    mention = desk.scene.arrive()
    desk.on_its_way(mention)
    other = desk.draft(mention, by=desk.ben)
    with pytest.raises(AssertionError):
        desk.press(other)


# --- replies that wait for long --------------------------------------------------------------------------------------


def said(desk: PublishingInstallation) -> dict[str, str]:
    """Return what /readyz says of replies."""
    return desk.read(lambda session: troubles_of_replies(session, desk.clock.now()))


def test_a_reply_that_waits_for_long_is_seen_and_its_drafter_is_told_until_when(desk: PublishingInstallation) -> None:
    desk.source.faults.append(too_many(3_597))
    row = desk.on_its_way()
    desk.work(lambda: desk.look(row).next_at is not None)
    until = desk.look(row).next_at
    assert until is not None
    token = desk.mention(row).token
    assert desk.told() == [
        f"Your reply to #{token} waits until {say_time(until, ZoneInfo('Europe/Berlin'))}, and then goes out by "
        "itself: It asks us to wait (429)."
    ]
    assert said(desk) == {"blog": f"A reply waits until {until.isoformat(' ', 'minutes')}: It asks us to wait (429)."}
    desk.wait(seconds=3_590)
    assert said(desk)["blog"].startswith("A reply waits")  # though it is nearly over
    desk.wait(seconds=10)
    desk.work_to(row, PUBLISHED)
    assert len(desk.source.standing) == 1
    assert (len(desk.told()), said(desk)) == (2, {})


def test_every_reply_that_a_resting_source_holds_up_is_told_of_once(desk: PublishingInstallation) -> None:
    desk.source.faults.append(too_many(7_200))
    first = desk.on_its_way()
    others = [desk.on_its_way(text=f"Reply {number}") for number in range(3)]
    rows = [first, *others]
    desk.work(lambda: all(desk.look(row).next_at is not None for row in rows))
    late = desk.on_its_way(text="Reply 4")
    desk.work(lambda: desk.look(late).next_at is not None, limits=lambda: 6_000.0)
    assert [said.split(" waits ")[0] for said in desk.told()] == [
        f"Your reply to #{desk.mention(row).token}" for row in [*rows, late]
    ]
    assert said(desk)["blog"].startswith("5 replies wait until ")
    assert desk.source.sends.count("publish") == 1
    desk.wait(hours=3)
    desk.work(lambda: all(desk.state(row) == PUBLISHED for row in [*rows, late]))
    assert len(desk.source.standing) == 5


@pytest.mark.parametrize("seconds", [1, 90, 299])
def test_a_short_wait_is_nobody_s_business(desk: PublishingInstallation, seconds: int) -> None:
    desk.source.faults.append(too_many(seconds))
    row = desk.on_its_way()
    desk.work(lambda: desk.look(row).next_at is not None)
    assert (desk.told(), said(desk)) == ([], {"blog": ""})


def test_a_source_that_is_not_well_for_hours_is_told_of_once(desk: PublishingInstallation) -> None:
    desk.source.blind = SourceUnavailable("It does not answer.")
    desk.source.faults.append(FIVE_HUNDRED)
    row = desk.on_its_way()
    desk.work_to(row, SENDING)
    publishing = desk.publishing()
    for _ in range(14):
        desk.wait(minutes=20)
        desk.step(publishing, row)
    (told,) = desk.told()
    assert told.startswith(f"Whether your reply to #{desk.mention(row).token} is published will be looked up on ")
    assert "A reply waits" in said(desk)["blog"]


def test_a_reply_that_a_refused_source_holds_up_is_not_told_a_moment_that_nobody_knows(
    desk: PublishingInstallation,
) -> None:
    desk.source.locked = SourceRefused("The password is not taken.")
    first, second = desk.on_its_way(), desk.on_its_way(text="Reply 2")
    desk.work(lambda: bool(desk.look(first).trouble))
    assert not any("until" in one for one in desk.told())
    assert desk.look(second).next_at is None


# --- a no that nobody knows ------------------------------------------------------------------------------------------

NO = Unclear("It refused it (418).", refused=True)


def test_a_no_that_was_a_yes_is_found_and_not_sent_again(desk: PublishingInstallation) -> None:
    desk.source.faults.append(Fault(accepts=True, outcome=NO))
    row = desk.on_its_way()
    publishing = desk.publishing()
    desk.step(publishing, row)
    desk.wait(seconds=10)
    desk.step(publishing, row)
    assert (desk.state(row), desk.source.sends) == (PUBLISHED, ["check", "publish", "find"])


def test_a_no_that_is_looked_up_and_is_one_is_told_and_not_sent_again(desk: PublishingInstallation) -> None:
    desk.source.faults.append(Fault(outcome=NO))
    row = desk.on_its_way()
    publishing = desk.publishing()
    desk.step(publishing, row)
    assert desk.state(row) == SENDING
    desk.wait(seconds=10)
    desk.step(publishing, row)
    assert (desk.state(row), desk.source.sends) == (FAILED, ["check", "publish", "find"])
    assert (desk.draft_of(row).state, desk.draft_of(row).trouble) == (DraftState.FAILED, NO.why)
    desk.source.faults.append(Fault(outcome=Unclear("It answered 502.")))  # of the same reply, and no no this time
    again = desk.press(desk.draft_of(row))
    for _ in range(3):
        desk.step(publishing, again)
        desk.wait(seconds=10)
    assert (desk.state(again), len(desk.source.standing)) == (PUBLISHED, 1)


def test_after_a_restart_a_no_that_nobody_remembers_is_asked_for_again(desk: PublishingInstallation) -> None:
    desk.source.faults.append(Fault(outcome=NO))
    row = desk.on_its_way()
    desk.settle_down(row)
    assert desk.state(row) == PUBLISHED
    assert len(desk.source.standing) == 1
