"""Publications: one in flight a mention, held by one worker, answered in the state in which a person was asked."""

from datetime import timedelta
from functools import partial

import pytest
from sqlmodel import Session

from storage.reply import publications
from storage.reply.flights import flights
from storage.reply.publications import PublicationRow
from storage.tables.states import PublicationState
from tests.harness.replying import PublishingInstallation
from tests.harness.scene import Scene

MINUTE = timedelta(minutes=1)


@pytest.fixture
def desk(scene: Scene) -> PublishingInstallation:
    return PublishingInstallation(scene)


def lease(desk: PublishingInstallation, row: PublicationRow, token: str) -> bool:
    now = desk.clock.now()

    def work(session: Session) -> bool:
        return publications.take(session, row.id, row.source, token, now) is not None

    return desk.scene.database.write(work)


def fail(desk: PublishingInstallation, row: PublicationRow) -> None:
    assert lease(desk, row, "t")
    failed = {"state": str(PublicationState.FAILED), "trouble": "Too long.", "settled_at": desk.clock.now()}
    assert desk.scene.database.write(lambda session: publications.leases.settle(session, row.id, "t", **failed))


def begin(desk: PublishingInstallation, row: PublicationRow, **values: object) -> PublicationRow | None:
    given: dict[str, object] = {
        "send_id": "another",
        "draft_id": row.draft_id,
        "draft_version": row.draft_version,
        "mention_id": row.mention_id,
        "person_id": desk.ana,
        "source": row.source,
        "text": row.text,
        "now": desk.clock.now(),
        **values,
    }
    return desk.scene.database.write(lambda session: publications.begin(session, **given))  # type: ignore[arg-type]


def test_a_mention_has_one_reply_on_its_way(desk: PublishingInstallation) -> None:
    mention = desk.scene.arrive()
    row = desk.on_its_way(mention)
    other = desk.draft(mention, by=desk.ben)
    assert begin(desk, row) is None
    assert begin(desk, row, draft_id=other.id) is None
    flying = desk.scene.database.read(lambda session: publications.in_flight(session, mention.id))
    assert flying == row


def test_one_that_failed_goes_again_with_the_name_that_it_had(desk: PublishingInstallation) -> None:
    row = desk.on_its_way()
    fail(desk, row)
    again = begin(desk, row)
    assert again is not None
    assert (again.id, again.send_id, again.state, again.trouble) == (row.id, row.send_id, PublicationState.DUE, "")


def test_one_that_goes_again_is_not_known_by_what_moderators_threw_away(desk: PublishingInstallation) -> None:
    row = desk.on_its_way()
    assert lease(desk, row, "h")
    kept_back = {"state": str(PublicationState.HELD), "reference": "reply-1", "url": "https://blog.example/reply-1"}
    desk.scene.database.write(lambda session: publications.leases.settle(session, row.id, "h", **kept_back))
    fail(desk, row)
    again = begin(desk, row)
    assert again is not None
    assert (again.reference, again.url) == ("", "")


def test_one_that_failed_does_not_go_again_while_another_is_on_its_way(desk: PublishingInstallation) -> None:
    mention = desk.scene.arrive()
    row = desk.on_its_way(mention)
    fail(desk, row)
    assert begin(desk, row, draft_id=desk.draft(mention, by=desk.ben).id) is not None
    assert begin(desk, row) is None


def test_one_that_was_published_never_goes_again(desk: PublishingInstallation) -> None:
    row = desk.on_its_way()
    done = {"state": str(PublicationState.PUBLISHED)}
    desk.scene.database.write(lambda session: publications.answer(session, row.id, PublicationState.DUE, **done))
    assert begin(desk, row) is None


def test_one_of_a_source_is_held_at_a_time_and_those_of_others_beside_it(desk: PublishingInstallation) -> None:
    first, second = desk.on_its_way(), desk.on_its_way()
    assert lease(desk, first, "a")
    assert not lease(desk, first, "b")
    assert not lease(desk, second, "b")
    desk.wait(minutes=2)
    assert lease(desk, second, "b")


def test_who_does_not_hold_it_neither_marks_nor_settles_it(desk: PublishingInstallation) -> None:
    row = desk.on_its_way()
    assert lease(desk, row, "a")
    now = desk.clock.now()

    def work(session: Session) -> tuple[object, bool]:
        marked = publications.mark_sending(session, row.id, "b", "{}", now)
        return marked, publications.leases.settle(session, row.id, "b", state=str(PublicationState.FAILED))

    assert desk.scene.database.write(work) == (None, False)
    assert desk.state(row) == PublicationState.DUE


def test_an_answer_is_bound_to_the_state_in_which_it_was_asked(desk: PublishingInstallation) -> None:
    row = desk.on_its_way()
    again = {"state": str(PublicationState.DUE)}
    assert not desk.scene.database.write(
        lambda session: publications.answer(session, row.id, PublicationState.UNCLEAR, **again)
    )


def test_what_is_in_flight_is_counted_by_source_and_what_is_held_apart(desk: PublishingInstallation) -> None:
    going, asked, held = (desk.on_its_way() for _ in range(3))
    for row, state in ((asked, PublicationState.ASKED), (held, PublicationState.HELD)):
        waits = partial(publications.answer, asked_in=PublicationState.DUE, state=str(state))
        desk.scene.database.write(partial(waits, publication_id=row.id))
    (flight,) = desk.scene.database.read(flights)
    assert (flight.source, flight.in_flight, flight.asking, flight.held) == ("blog", 2, 1, 1)
    ids = [row.mention_id for row in (going, asked, held)]
    waiting = desk.scene.database.read(lambda session: publications.waiting(session, ids))
    assert waiting == {asked.mention_id: PublicationState.ASKED, held.mention_id: PublicationState.HELD}
