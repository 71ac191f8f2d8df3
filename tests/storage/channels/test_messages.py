"""Messages: a version says what should stand; ten changes are one update, and a repeat does no harm."""

from sqlmodel import Session

from handlers.own.claim import ClaimMention
from handlers.own.note import NoteMention
from storage.channels import lanes, messages
from storage.channels.lanes import Outcome
from storage.tables.states import MessageKind, MessageState
from tests.harness.channels import card_key, deliver, in_channel, message
from tests.harness.scene import Scene, at


def touch(scene: Scene, mention_id: int, times: int = 1, *, by_person: bool = False) -> None:
    def work(session: Session) -> None:
        for _ in range(times):
            messages.touch(session, mention_id, by_person=by_person)

    scene.database.write(work)


def put(scene: Scene, key: str, *names: int, body: str = "{}") -> int | None:
    def work(session: Session) -> int | None:
        lane = messages.lane_id(session, "slack", "C-FINANCE")
        return messages.put(
            session, key=key, lane_id=lane, kind=MessageKind.DIGEST, now=scene.now, body=body, names=names
        )

    return scene.database.write(work)


def test_ten_changes_in_a_second_are_one_update(scene: Scene) -> None:
    mention = scene.arrive()
    deliver(scene)
    touch(scene, mention.id, times=10)
    row = message(scene, card_key(mention, "C-FINANCE"))
    assert (row.version, row.shown_version, row.state) == (11, 1, "due")
    assert deliver(scene) == [row.key]
    assert deliver(scene) == []


def test_what_is_raised_while_it_is_being_sent_stays_due(scene: Scene) -> None:
    mention = scene.arrive()
    row = message(scene, card_key(mention, "C-FINANCE"))
    scene.database.write(lambda session: lanes.mark_sending(session, [row.id], scene.now))
    touch(scene, mention.id)
    assert message(scene, row.key).state == "sending"
    sent = Outcome(message_id=row.id, state=MessageState.SHOWN, shown=row.version, reference="1.2")
    scene.database.write(lambda session: lanes.settle(session, [sent]))
    now = message(scene, row.key)
    assert (now.state, now.version, now.shown_version, now.reference) == ("due", 2, 1, "1.2")


def test_a_key_stands_once(scene: Scene) -> None:
    first = put(scene, "digest:finance:2026-03-02", body="first")
    assert first is not None
    assert put(scene, "digest:finance:2026-03-02", body="second") is None
    assert message(scene, "digest:finance:2026-03-02").body == "first"


def test_placing_a_card_again_changes_nothing(scene: Scene) -> None:
    mention = scene.arrive()
    deliver(scene)
    before = message(scene, card_key(mention, "C-FINANCE"))
    card = (mention.id, mention.source, before.lane_id, "C-FINANCE")
    scene.database.write(lambda session: messages.put_cards(session, [card, card], scene.now))
    assert in_channel(scene, "C-FINANCE") == [before]


def test_a_notice_follows_the_mentions_that_it_names_and_no_others(scene: Scene) -> None:
    named, other = scene.arrive(), scene.arrive()
    put(scene, "digest", named.id, named.id)
    deliver(scene)
    touch(scene, other.id)
    assert message(scene, "digest").state == "shown"
    touch(scene, named.id)
    assert message(scene, "digest").state == "due"


def test_what_a_person_waits_for_is_marked_until_it_is_shown(scene: Scene) -> None:
    ana = scene.person("Ana")
    mention = scene.arrive()
    key = card_key(mention, "C-FINANCE")
    assert not message(scene, key).by_person
    scene.do(ClaimMention(who=ana, reference=at(mention)))
    touch(scene, mention.id)  # a source's edit behind it takes nothing away
    assert message(scene, key).by_person
    deliver(scene)
    assert not message(scene, key).by_person


def test_a_message_that_was_parked_alone_is_not_woken_by_changes(scene: Scene) -> None:
    ana = scene.person("Ana")
    mention = scene.arrive()
    row = message(scene, card_key(mention, "C-FINANCE"))
    refused = Outcome(message_id=row.id, state=MessageState.PARKED, trouble="invalid_blocks")
    scene.database.write(lambda session: lanes.settle(session, [refused]))
    scene.do(NoteMention(who=ana, reference=at(mention), text="Look."))
    assert message(scene, row.key).state == "parked"


def test_a_message_is_found_by_where_it_stands(scene: Scene) -> None:
    mention = scene.arrive()
    deliver(scene)
    row = message(scene, card_key(mention, "C-FINANCE"))

    def look(*place: str) -> object:
        return scene.database.read(lambda session: messages.by_reference(session, *place))

    assert look("slack", "C-FINANCE", str(row.reference)) == row
    assert look("slack", "C-SUPPORT", str(row.reference)) is None
    assert look("teams", "C-FINANCE", str(row.reference)) is None


def test_a_lane_is_one_however_often_it_is_named_and_takes_a_new_name(scene: Scene) -> None:
    def work(session: Session) -> list[int]:
        return [messages.lane_id(session, "slack", "C1", name) for name in ("#old", "", "#new", "")]

    assert len(set(scene.database.write(work))) == 1
    lane = scene.database.read(lambda session: messages.lane_of(session, "slack", "C1"))
    assert lane is not None
    assert lane.name == "#new"


def test_backlogs_count_what_every_lane_is_behind(scene: Scene) -> None:
    first = scene.arrive()
    since = scene.now
    scene.pass_time(minutes=1)
    scene.arrive()
    (backlog,) = scene.database.read(messages.backlogs)
    assert (backlog.depth, backlog.oldest) == (2, since)
    deliver(scene)
    assert scene.database.read(messages.backlogs) == []
    touch(scene, first.id)
    (backlog,) = scene.database.read(messages.backlogs)
    assert (backlog.depth, backlog.oldest) == (1, None)
