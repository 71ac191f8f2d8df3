"""The index follows whatever changes what a mention says, in the same transaction, and old mentions come into it."""

from dataclasses import replace

import pytest
from sqlmodel import Session

from handlers.base.events import Author, AuthorGone, Deleted
from handlers.own.note import NoteMention
from storage.own import board
from storage.own.board import Part
from storage.search import due, index
from storage.search.index import write_down
from storage.tables.states import Tab
from storage.text.cut import Needle, facet, needles
from tests.harness.scene import Scene, at


def found(scene: Scene, question: str, *more: Needle) -> set[int]:
    """Return the mentions that a question finds."""
    part = Part(tab=Tab.ALL, person_id=1, needles=(*needles(question), *more))

    def look(session: Session) -> set[int]:
        rows = board.page(session, part, newest=True, after=None, limit=50)
        assert [len(rows)] == board.counts(session, [part])
        assert all(board.holds(session, part, row.id) for row in rows)
        return {row.id for row in rows}

    return scene.database.read(look)


def test_a_mention_is_found_by_its_words_its_author_its_reference_and_what_colleagues_noted(scene: Scene) -> None:
    ana = scene.person("Ana")
    author = Author(name="Zoë Sample", handle="zoe.acme.example", external_id="zoe")
    mention = scene.arrive("Charged twice, see https://blog.acme.example/x", title="Wi-Fi", author=author, lang="de-at")
    other = scene.arrive("Nothing of it")
    scene.do(NoteMention(who=ana, reference=at(mention), text="She phoned us in 返金 matters"))
    for question in ("twice", "wifi", "zoe", "@zoe.acme.example", f"#{mention.token}", mention.token, "phoned 返金"):
        assert found(scene, question) == {mention.id}, question
    assert found(scene, "acme.example sample charged phon") == {mention.id}
    assert found(scene, "", Needle(facet("de"))) == {mention.id}
    assert found(scene, "~de") == set()
    assert found(scene, "nothing") == {other.id}


def test_edits_deletions_and_those_who_leave_are_followed(scene: Scene) -> None:
    first = scene.posted("An old invoice", author=Author(name="Kim", handle="kim", external_id="kim"))
    second = scene.posted("Another invoice", author=Author(name="Kim", handle="kim", external_id="kim"))
    scene.ingest(first, second)
    old, other = sorted(found(scene, "invoice"))
    scene.ingest(replace(first, text="A new bill"))
    assert (found(scene, "old"), found(scene, "bill"), found(scene, "invoice")) == (set(), {old}, {other})
    scene.ingest(Deleted(external_id=first.external_id))
    assert (found(scene, "bill"), found(scene, "kim")) == (set(), {other})
    renamed = Author(name="Robin", handle="robin", external_id="kim")
    scene.ingest(scene.posted("A refund", author=renamed))
    assert found(scene, "kim") == set()
    assert len(found(scene, "@robin")) == 2
    scene.ingest(AuthorGone(author_external_id="kim"))
    assert found(scene, "robin") == found(scene, "invoice") == set()
    (token,) = scene.database.read(lambda session: board.tokens(session, [other]).values())
    assert found(scene, token) == {other}


def test_of_who_wrote_much_the_newest_follow_at_once_and_the_others_in_their_turn(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index, "AT_ONCE", 2)
    made = [scene.arrive(f"Refund {number}").id for number in range(6)]
    scene.ingest(scene.posted("Refund", author=Author(name="Robin", handle="kim", external_id="kim")))
    assert found(scene, "robin") == {made[-1], made[-1] + 1}
    take_up_all(scene)
    assert found(scene, "robin") == {*made, made[-1] + 1}
    scene.ingest(AuthorGone(author_external_id="kim"))
    assert found(scene, "robin") == set()


def take_up_all(scene: Scene, portion: int = 3) -> list[int]:
    """Let everything that is due come into the index, and return how much was due before each step."""
    before = []
    while left := scene.database.read(due.left):
        before.append(left.number)
        scene.database.write(lambda session: due.take_up(session, portion))
    assert scene.database.write(lambda session: due.take_up(session, portion)) == 0
    return before


def test_old_mentions_come_into_the_index_from_the_newest_while_new_ones_are_in_it(scene: Scene) -> None:
    old = [scene.arrive(f"An old refund {number}").id for number in range(7)]
    scene.database.write(due.begin_anew)
    assert found(scene, "refund") == set()
    new = scene.arrive("A new refund").id
    assert found(scene, "refund") == {new}
    scene.database.write(lambda session: due.take_up(session, 3))
    assert found(scene, "refund") == {new, *old[-3:]}
    assert take_up_all(scene) == [4, 1]
    assert found(scene, "refund") == {new, *old}


def test_what_is_undone_leaves_the_index_as_it_was(scene: Scene) -> None:
    mention = scene.arrive("A refund")

    def fail(session: Session) -> None:
        write_down(session, [mention.id], [index.Said(mention.id, "phoned")])
        raise LookupError

    with pytest.raises(LookupError):
        scene.database.write(fail)
    assert (found(scene, "phoned"), found(scene, "refund")) == (set(), {mention.id})


def test_a_mention_keeps_so_many_words_and_the_first_of_them(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "MOST_WORDS", 7)
    mention = scene.arrive("One two three four five six")
    assert found(scene, f"{mention.token} two three") == {mention.id}
    assert found(scene, "five") == set()
