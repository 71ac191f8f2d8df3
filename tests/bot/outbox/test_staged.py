"""Staged: what a network takes in two steps is public once, whatever happens between them."""

import json
from datetime import timedelta

import pytest

from handlers.base.replying import MAX_STAGED, Changed, Refused, Staged, Unclear
from storage.reply.publications import PublicationRow
from storage.tables.states import Action, DraftState, PublicationState
from tests.fakes.replies import FIVE_HUNDRED, Fault, too_many
from tests.harness.replying import PublishingInstallation
from tests.harness.scene import Scene

DUE, SENDING, ASKED = PublicationState.DUE, PublicationState.SENDING, PublicationState.ASKED
HELD, PUBLISHED, FAILED = PublicationState.HELD, PublicationState.PUBLISHED, PublicationState.FAILED
LOST = Fault(outcome=Unclear("It did not answer."))


@pytest.fixture
def desk(scene: Scene) -> PublishingInstallation:
    desk = PublishingInstallation(scene)
    desk.source.staged = True
    return desk


def between(desk: PublishingInstallation) -> PublicationRow:
    """Let the first step of a reply be done, and the second wait."""
    desk.source.pause = 30
    row = desk.on_its_way()
    desk.work(lambda: desk.look(row).next_at is not None)
    return row


def public(desk: PublishingInstallation) -> list[str]:
    """Return the containers that were made public."""
    return [one.container for one in desk.source.standing]


def test_a_reply_in_two_steps_is_published_once(desk: PublishingInstallation) -> None:
    row = desk.on_its_way()
    desk.work_to(row, PUBLISHED)
    assert desk.source.sends == ["check", "publish", "check", "publish"]
    assert public(desk) == ["container-1"]
    assert desk.scene.log(desk.mention(row)).count(Action.RESPONDED) == 1
    assert len(desk.told()) == 1


def test_what_the_second_step_sends_is_stored_before_and_nothing_is_public_yet(desk: PublishingInstallation) -> None:
    row = between(desk)
    stored = desk.look(row)
    assert (stored.state, json.loads(stored.prepared or "")["container"]) == (DUE, "container-1")
    assert public(desk) == []
    assert (desk.draft_of(row).state, desk.told()) == (DraftState.PUBLISHING, [])


def test_the_second_step_waits_as_long_as_the_network_wants(desk: PublishingInstallation) -> None:
    row = between(desk)
    assert desk.look(row).next_at == desk.clock.now() + timedelta(seconds=30)
    desk.wait(seconds=31)
    desk.work_to(row, PUBLISHED)
    assert desk.source.prepared[1] == desk.look(row).prepared


def test_killed_between_the_steps_the_same_container_goes_public(desk: PublishingInstallation) -> None:
    row = between(desk)  # the process is gone with the work
    desk.wait(minutes=1)
    desk.work_to(row, PUBLISHED)
    assert (list(desk.source.containers), public(desk)) == (["container-1"], ["container-1"])


@pytest.mark.parametrize(
    ("faults", "containers"),
    [
        ([FIVE_HUNDRED], 2),  # a container is made that nobody knows of
        ([LOST], 1),
        ([None, FIVE_HUNDRED], 1),
        ([None, LOST], 1),
        ([None, Fault(accepts=True, hangs=True)], 1),
        ([LOST, FIVE_HUNDRED], 2),
        ([None, too_many(60), LOST, FIVE_HUNDRED], 1),
    ],
)
def test_whatever_fails_in_which_step_one_container_goes_public(
    desk: PublishingInstallation, faults: list[Fault | None], containers: int
) -> None:
    desk.source.faults.extend(faults)
    row = desk.on_its_way()
    desk.settle_down(row)
    assert (desk.state(row), len(public(desk)), len(desk.source.containers)) == (PUBLISHED, 1, containers)


def test_a_post_that_changed_between_the_steps_is_asked_about(desk: PublishingInstallation) -> None:
    row = between(desk)
    desk.source.states["post-1"] = Changed("The post was edited.", "{}")
    desk.wait(minutes=1)
    desk.work_to(row, ASKED)
    assert public(desk) == []


def test_a_container_that_cannot_be_published_is_refused_and_another_one_is_made(desk: PublishingInstallation) -> None:
    desk.source.faults.extend([None, Fault(outcome=Refused("The container expired."))])
    row = desk.on_its_way()
    desk.work_to(row, FAILED)
    assert "The container expired." in desk.told()[0]
    desk.work_to(desk.press(desk.draft_of(row)), PUBLISHED)
    assert public(desk) == ["container-2"]


def test_a_second_step_may_wait_for_moderators(desk: PublishingInstallation) -> None:
    desk.source.moderated = True
    row = desk.on_its_way()
    desk.work_to(row, HELD)
    desk.source.let_through()
    desk.wait(minutes=2)
    desk.work_to(row, PUBLISHED)
    assert public(desk) == ["container-1"]


def test_a_network_that_is_never_done_with_the_first_step_is_asked_more_and_more_rarely(
    desk: PublishingInstallation,
) -> None:
    desk.source.faults.extend(Fault(outcome=Staged('{"send_id": "1", "container": "c"}')) for _ in range(5))
    publishing = desk.publishing()
    row, rests = desk.on_its_way(), []
    for _ in range(5):
        desk.step(publishing, row)
        at = desk.look(row).next_at
        rests.append(round((at - desk.clock.now()).total_seconds(), -1) if at else 0)
        desk.wait(minutes=2)
    assert rests == [0, 0, 10, 20, 40]


@pytest.mark.parametrize("prepared", ["", "x" * (MAX_STAGED + 1)])
def test_what_cannot_be_kept_is_refused(desk: PublishingInstallation, prepared: str) -> None:
    desk.source.faults.append(Fault(outcome=Staged(prepared)))
    row = desk.on_its_way()
    desk.work_to(row, FAILED)
    assert "cannot be kept" in desk.told()[0]
