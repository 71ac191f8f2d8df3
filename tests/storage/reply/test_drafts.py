"""Drafts in the database: a person has one living draft on a mention, and what changed is what was looked at."""

from dataclasses import replace

import pytest
from sqlmodel import Session

from storage.own.mentions import MentionRow
from storage.people.people import known
from storage.reply import drafts
from storage.reply.drafts import DraftRow
from storage.tables.states import EDITABLE, LIVING, DraftState, Verdict
from tests.harness.scene import Scene


def person(scene: Scene, name: str) -> int:
    who = scene.person(name)
    found = scene.database.read(lambda session: known(session, who.platform, who.workspace, who.external_id))
    assert found is not None
    return found.id


def add(scene: Scene, mention: MentionRow, person_id: int, token: str, text: str = "Hello") -> DraftRow | None:
    return scene.database.write(
        lambda session: drafts.add(
            session, token=token, mention_id=mention.id, person_id=person_id, text=text, now=scene.now
        )
    )


def added(scene: Scene, mention: MentionRow, person_id: int, token: str, text: str = "Hello") -> DraftRow:
    row = add(scene, mention, person_id, token, text)
    assert row is not None
    return row


def change(scene: Scene, row: DraftRow, state: DraftState) -> DraftRow | None:
    return scene.database.write(lambda session: drafts.change(session, row, scene.now, state=str(state)))


def test_a_draft_is_read_back_as_it_was_written(scene: Scene) -> None:
    mention, ana = scene.arrive(), person(scene, "Ana")
    row = added(scene, mention, ana, "b2c3d4f5", "Grüße 👋\n" * 900)
    assert scene.database.read(lambda session: drafts.get(session, row.id)) == row
    assert scene.database.read(lambda session: drafts.own(session, mention.id, ana)) == row
    assert (row.created_at, row.state, row.version, row.approved) == (scene.now, "draft", 1, False)
    with pytest.raises(LookupError):
        scene.database.read(lambda session: drafts.get(session, row.id + 1))


@pytest.mark.parametrize("state", DraftState)
def test_a_person_has_one_living_draft_on_a_mention(scene: Scene, state: DraftState) -> None:
    mention, other, ana, ben = scene.arrive(), scene.arrive(), person(scene, "Ana"), person(scene, "Ben")
    first = added(scene, mention, ana, "first")
    change(scene, first, state)
    second = add(scene, mention, ana, "second")
    assert (second is None) == (state in LIVING)
    assert add(scene, mention, ben, "third") is not None
    assert add(scene, other, ana, "fourth") is not None


def test_the_living_drafts_of_many_mentions_come_together(scene: Scene) -> None:
    one, two, three, ana, ben = scene.arrive(), scene.arrive(), scene.arrive(), person(scene, "Ana"), person(scene, "B")
    a, b, c = added(scene, one, ana, "a"), added(scene, one, ben, "b"), added(scene, two, ana, "c")
    change(scene, b, DraftState.WITHDRAWN)
    found = scene.database.read(lambda session: drafts.of_mention(session, [one.id, two.id, three.id]))
    assert found == {one.id: [a], two.id: [c]}
    assert scene.database.read(lambda session: drafts.living(session, three.id)) == []


def test_of_more_mentions_than_are_drawn_at_once_no_draft_is_missed(scene: Scene) -> None:
    ana = person(scene, "Ana")
    rows = [added(scene, scene.arrive(), ana, f"t{number}") for number in range(70)]
    found = scene.database.read(lambda session: drafts.of_mention(session, [row.mention_id for row in rows]))
    assert found == {row.mention_id: [row] for row in rows}


@pytest.mark.parametrize("moved", ["version", "state"])
def test_what_was_changed_meanwhile_is_not_changed(scene: Scene, moved: str) -> None:
    row = added(scene, scene.arrive(), person(scene, "Ana"), "a")
    stale = replace(row, version=2) if moved == "version" else replace(row, state="in_review")
    assert change(scene, stale, DraftState.APPROVED) is None
    assert scene.database.write(lambda session: drafts.edit(session, stale, "Other", scene.now)) is None
    assert scene.database.read(lambda session: drafts.get(session, row.id)) == row


def test_an_edit_is_a_version_that_nobody_approved(scene: Scene) -> None:
    ana = person(scene, "Ana")
    row = added(scene, scene.arrive(), ana, "a", "One")

    def work(session: Session) -> DraftRow | None:
        agreed = drafts.change(
            session, row, scene.now, state="approved", approved_version=1, approved_by_id=ana, trouble="x"
        )
        assert agreed is not None
        assert agreed.approved
        return drafts.edit(session, agreed, "Two", scene.now)

    edited = scene.database.write(work)
    assert edited is not None
    assert (edited.version, edited.state, edited.approved, edited.trouble) == (2, "draft", False, "")
    assert (edited.approved_version, edited.approved_by_id) == (None, None)
    kept = scene.database.read(lambda session: [drafts.version_text(session, row.id, version) for version in (1, 2, 3)])
    assert kept == ["One", "Two", None]


def test_what_is_on_its_way_gives_way_to_nothing(scene: Scene) -> None:
    mention = scene.arrive()
    rows = []
    for number, state in enumerate(DraftState):
        row = added(scene, mention, person(scene, f"P{number}"), f"t{number}")
        rows.append(change(scene, row, state) or row)
    kept = rows[0]
    gone = scene.database.write(lambda session: drafts.supersede_others(session, kept, scene.now))
    assert {one.id for one in gone} == {one.id for one in rows[1:] if one.state in EDITABLE}
    now = scene.database.read(lambda session: [drafts.get(session, one.id).state for one in rows])
    assert now == [one.state if one is kept or one.state not in EDITABLE else "superseded" for one in rows]


def test_only_what_waits_leaves_review(scene: Scene) -> None:
    mention, other = scene.arrive(), scene.arrive()
    waits = added(scene, mention, person(scene, "Ana"), "a")
    approved = added(scene, mention, person(scene, "Ben"), "b")
    elsewhere = added(scene, other, person(scene, "Ana"), "c")
    for row, state in (
        (waits, DraftState.IN_REVIEW),
        (approved, DraftState.APPROVED),
        (elsewhere, DraftState.IN_REVIEW),
    ):
        change(scene, row, state)
    left = scene.database.write(lambda session: drafts.leave_review(session, mention.id, scene.now))
    assert [(one.id, one.state) for one in left] == [(waits.id, "draft")]
    assert scene.database.read(lambda session: drafts.get(session, elsewhere.id).state) == "in_review"


def test_the_last_verdict_is_known(scene: Scene) -> None:
    ana, ben = person(scene, "Ana"), person(scene, "Ben")
    row = added(scene, scene.arrive(), ana, "a")
    assert scene.database.read(lambda session: drafts.last_review(session, row.id)) is None

    def work(session: Session) -> None:
        drafts.review(session, row, ben, Verdict.REJECTED, "No.", scene.now)
        drafts.review(session, row, ben, Verdict.APPROVED, "Yes.", scene.now)

    scene.database.write(work)
    said = scene.database.read(lambda session: drafts.last_review(session, row.id))
    assert said is not None
    assert (said.draft_id, said.version, said.person_id, said.verdict, said.remark) == (
        row.id,
        1,
        ben,
        "approved",
        "Yes.",
    )


def test_published_replies_are_counted_by_person_and_source(scene: Scene) -> None:
    ana, ben = person(scene, "Ana"), person(scene, "Ben")
    for number, state in enumerate((DraftState.PUBLISHED, DraftState.PUBLISHED, DraftState.FAILED)):
        change(scene, added(scene, scene.arrive(), ana, f"a{number}"), state)

    def count(person_id: int, source: str) -> int:
        return scene.database.read(lambda session: drafts.count_published(session, person_id, source))

    assert (count(ana, "blog"), count(ana, "other"), count(ben, "blog")) == (2, 0, 0)
