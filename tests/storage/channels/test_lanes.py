"""Delivering: a lane has one worker at a time, who writes down what is sent before, and how it ended after."""

from datetime import datetime, timedelta

from sqlmodel import Session

from handlers.own.note import NoteMention
from storage.channels import lanes as delivering
from storage.channels import messages
from storage.channels.lanes import LaneRow, Outcome
from storage.channels.messages import LaneStatus, MessageRow
from storage.own.mentions import MentionRow
from storage.tables.states import MessageState
from tests.harness.channels import card_key, deliver, message
from tests.harness.scene import Scene, at

MINUTE = timedelta(minutes=1)


def lanes(scene: Scene) -> list[LaneRow]:
    return scene.database.read(lambda session: delivering.lanes_with_work(session, scene.now))


def the_lane(scene: Scene) -> LaneStatus:
    found = scene.database.read(lambda session: messages.lane_of(session, "slack", "C-FINANCE"))
    assert found is not None
    return found


def lane_id(scene: Scene) -> int:
    return scene.database.write(lambda session: messages.lane_id(session, "slack", "C-FINANCE"))


def lease(scene: Scene, token: str) -> bool:
    lane = lane_id(scene)
    return scene.database.write(lambda db: delivering.leases.take(db, lane, token, scene.now))


def still_ours(scene: Scene, token: str) -> bool:
    lane = lane_id(scene)
    return scene.database.write(lambda db: delivering.renew(db, lane, token, scene.now)).ours


def due(scene: Scene, *, may_post: bool = True, size: int = 32) -> list[MessageRow]:
    lane = lane_id(scene)
    return scene.database.read(
        lambda session: delivering.next_messages(session, lane, scene.now, size, may_post=may_post)
    )


def settle(scene: Scene, mention: MentionRow, state: MessageState, **values: object) -> MessageRow:
    row = message(scene, card_key(mention, "C-FINANCE"))
    outcome = Outcome(message_id=row.id, state=state, **values)  # type: ignore[arg-type]
    scene.database.write(lambda session: delivering.settle(session, [outcome]))
    return message(scene, row.key)


# --- leases ----------------------------------------------------------------------------------------------------------


def test_a_lane_has_one_worker_until_the_lease_runs_out(scene: Scene) -> None:
    scene.arrive()
    assert [one.channel for one in lanes(scene)] == ["C-FINANCE"]
    assert lease(scene, "first")
    assert lanes(scene) == []
    assert not lease(scene, "second")
    scene.pass_time(seconds=8)
    assert [one.channel for one in lanes(scene)] == ["C-FINANCE"]
    assert lease(scene, "second")


def test_who_slept_too_long_holds_nothing_any_more(scene: Scene) -> None:
    scene.arrive()
    lease(scene, "first")
    scene.pass_time(seconds=8)
    lease(scene, "second")
    assert not still_ours(scene, "first")
    assert still_ours(scene, "second")
    lane = lane_id(scene)
    scene.database.write(lambda session: delivering.leases.release(session, lane, "first"))
    scene.database.write(lambda session: delivering.rest(session, lane, "first", scene.now + MINUTE))
    assert still_ours(scene, "second")
    assert the_lane(scene).next_at is None


def test_a_lease_that_is_renewed_lasts(scene: Scene) -> None:
    scene.arrive()
    lease(scene, "first")
    scene.pass_time(seconds=6)
    assert still_ours(scene, "first")
    scene.pass_time(seconds=6)
    assert not lease(scene, "second")


def test_what_is_given_back_is_free_at_once(scene: Scene) -> None:
    scene.arrive()
    lease(scene, "first")
    lane = lane_id(scene)
    scene.database.write(lambda session: delivering.leases.release(session, lane, "first"))
    assert lease(scene, "second")


def test_after_a_crash_a_database_of_ones_own_is_free_at_once(scene: Scene) -> None:
    scene.arrive()
    lease(scene, "crashed")
    scene.database.write(delivering.leases.forget)
    assert lease(scene, "next")


def test_a_lane_without_work_is_left_alone(scene: Scene) -> None:
    scene.arrive()
    deliver(scene)
    assert lanes(scene) == []


# --- what is due -----------------------------------------------------------------------------------------------------


def test_what_a_person_waits_for_goes_before_posts_and_posts_go_by_age(scene: Scene) -> None:
    ana = scene.person("Ana")
    shown = scene.arrive()
    deliver(scene)
    new = [scene.arrive() for _ in range(3)]
    scene.do(NoteMention(who=ana, reference=at(shown), text="Look."))
    assert [row.mention_id for row in due(scene)] == [shown.id, *(one.id for one in new)]
    assert len(due(scene, size=2)) == 2


def test_a_lane_that_was_asked_to_wait_updates_and_posts_nothing_new(scene: Scene) -> None:
    ana = scene.person("Ana")
    shown = scene.arrive()
    deliver(scene)
    scene.arrive()
    lease(scene, "first")
    lane = lane_id(scene)
    scene.database.write(lambda session: delivering.rest(session, lane, "first", scene.now + MINUTE))
    scene.database.write(lambda session: delivering.leases.release(session, lane, "first"))
    assert lanes(scene) == []
    scene.do(NoteMention(who=ana, reference=at(shown), text="Look."))
    assert len(lanes(scene)) == 1
    assert [row.mention_id for row in due(scene, may_post=False)] == [shown.id]
    scene.pass_time(minutes=2)
    assert len(due(scene)) == 2


def test_what_was_put_off_is_not_due_before_its_time(scene: Scene) -> None:
    mention = scene.arrive()
    settle(scene, mention, MessageState.DUE, next_at=scene.now + MINUTE)
    assert due(scene) == []
    scene.pass_time(minutes=1)
    assert len(due(scene)) == 1


# --- how sends end ---------------------------------------------------------------------------------------------------


def test_sending_stands_before_the_send_and_survives_until_the_truth_is_known(scene: Scene) -> None:
    mention = scene.arrive()
    row = message(scene, card_key(mention, "C-FINANCE"))
    scene.database.write(lambda session: delivering.mark_sending(session, [row.id], scene.now))
    sending = message(scene, row.key)
    assert (sending.state, sending.sending_at, sending.attempts) == ("sending", scene.now, 1)
    unclear = settle(scene, mention, MessageState.SENDING, next_at=scene.now + MINUTE, trouble="timeout")
    assert unclear.state == "sending"
    assert due(scene) == []
    scene.pass_time(minutes=1)
    assert [one.id for one in due(scene)] == [row.id]


def test_shown_ends_the_attempts(scene: Scene) -> None:
    mention = scene.arrive()
    (row,) = due(scene)
    scene.database.write(lambda session: delivering.mark_sending(session, [row.id], scene.now))
    shown = settle(scene, mention, MessageState.SHOWN, shown=1, reference="1.2")
    assert (shown.state, shown.shown_version, shown.reference, shown.attempts) == ("shown", 1, "1.2", 0)
    assert due(scene) == []


def test_what_is_gone_there_is_posted_anew(scene: Scene) -> None:
    mention = scene.arrive()
    deliver(scene)
    gone = settle(scene, mention, MessageState.DUE, forget_reference=True)
    assert (gone.state, gone.reference, gone.shown_version) == ("due", None, 0)


def test_plain_stays_plain(scene: Scene) -> None:
    mention = scene.arrive()
    assert settle(scene, mention, MessageState.DUE, plain=True).plain
    assert settle(scene, mention, MessageState.SHOWN, shown=1, reference="1.2").plain


# --- parked ----------------------------------------------------------------------------------------------------------


def park(scene: Scene, probe_at: datetime) -> bool:
    lane = lane_id(scene)
    return scene.database.write(lambda session: delivering.park(session, lane, "is_archived", probe_at))


def test_a_parked_lane_has_no_worker_and_loses_the_one_that_it_had(scene: Scene) -> None:
    scene.arrive()
    lease(scene, "first")
    assert park(scene, scene.now + MINUTE)
    assert not park(scene, scene.now + MINUTE)
    assert not still_ours(scene, "first")
    scene.pass_time(hours=1)
    assert lanes(scene) == []
    assert not lease(scene, "second")


def test_a_parked_lane_is_probed_when_its_time_has_come(scene: Scene) -> None:
    scene.arrive()
    park(scene, scene.now + MINUTE)

    def probes(session: Session) -> list[LaneRow]:
        return delivering.parked_to_probe(session, scene.now)

    assert scene.database.read(probes) == []
    scene.pass_time(minutes=1)
    (probe,) = scene.database.read(probes)
    later = scene.now + MINUTE
    scene.database.write(lambda session: delivering.probe_later(session, probe.id, later))
    assert scene.database.read(probes) == []


def test_an_unparked_lane_goes_on_where_it_stopped(scene: Scene) -> None:
    scene.arrive()
    park(scene, scene.now + MINUTE)
    lane = lane_id(scene)
    assert scene.database.write(lambda session: delivering.unpark(session, lane))
    assert not scene.database.write(lambda session: delivering.unpark(session, lane))
    assert (the_lane(scene).state, the_lane(scene).trouble, the_lane(scene).next_at) == ("open", "", None)
    assert len(lanes(scene)) == 1
