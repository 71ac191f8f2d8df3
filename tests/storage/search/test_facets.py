"""The index knows the source and the department of each mention, whoever changes them, and is asked once it does."""

from collections.abc import Callable
from dataclasses import replace
from random import Random

import pytest
from sqlalchemy import insert
from sqlmodel import Session

from handlers.base.command import ByToken
from handlers.base.events import Deleted
from handlers.base.organisation import SourceRules
from handlers.own.hand_off import HandOffMention
from handlers.own.reconcile import reconcile
from handlers.own.reopen import ReopenMention
from handlers.own.resolve import ResolveMention
from handlers.text.match import Matcher, Topic
from storage.engine.compiled import dialect_of
from storage.own import board, looks
from storage.own.board import Part
from storage.own.mentions import MentionRow
from storage.own.parts import with_facets
from storage.search import due
from storage.search.find import by_index
from storage.search.tables import SearchDue
from storage.tables.base import table_of
from storage.tables.states import Tab
from storage.text.cut import needles
from tests.harness.scene import ORGANISATION, Scene, at
from tests.storage.search.meetings import wrong
from tests.storage.search.without_facets import forget_facets

ALL = Part(tab=Tab.ALL, person_id=1)
REFUND = replace(ALL, needles=needles("refund"))


def indexed(scene: Scene, part: Part) -> set[int]:
    """Return what the index has of a part, without a look at any row."""

    def look(session: Session) -> set[int]:
        query, _ = by_index(with_facets(part).asked, dialect_of(session))
        return set(session.connection().scalars(query))

    return scene.database.read(look)


def remove_finance(scene: Scene, _mention: MentionRow) -> None:
    alone = replace(scene.organisation, departments=scene.organisation.departments[:1])
    scene.database.write(lambda session: reconcile(session, alone, scene.now, Random(1)))


def hand_off(scene: Scene, mention: MentionRow) -> None:
    assert scene.do(HandOffMention(who=scene.person("Ana"), reference=at(mention), department="support")).ok


def reopen_what_finance_left(scene: Scene, mention: MentionRow) -> None:
    ana = scene.person("Ana")
    scene.do(ResolveMention(who=ana, reference=at(mention)))
    remove_finance(scene, mention)
    assert scene.do(ReopenMention(who=ana, reference=ByToken(mention.token))).ok


@pytest.mark.parametrize("change", [hand_off, remove_finance, reopen_what_finance_left])
def test_whoever_changes_the_department_the_index_follows(
    scene: Scene, change: Callable[[Scene, MentionRow], None]
) -> None:
    mention = scene.arrive("A refund")
    assert indexed(scene, replace(REFUND, department_id=mention.department_id)) == {mention.id}
    change(scene, mention)
    now = scene.look(mention)
    assert now.department_id != mention.department_id
    assert indexed(scene, replace(REFUND, department_id=now.department_id)) == {mention.id}
    assert indexed(scene, replace(REFUND, department_id=mention.department_id)) == set()
    assert scene.database.read(wrong) == {}


def test_a_source_is_found_whatever_it_is_called_and_one_of_several(scene: Scene) -> None:
    names = ("blog", "Acme-Forum.EU_2", "a" * 60)
    rules = tuple(SourceRules(name=name, kind="feed", baseline=False) for name in names)
    scene.organisation = replace(ORGANISATION, sources=rules)
    for name in names:
        scene.ingest(scene.posted("A refund"), source=name)
    assert [indexed(scene, replace(REFUND, sources=frozenset([name]))) for name in names] == [{1}, {2}, {3}]
    assert indexed(scene, replace(REFUND, sources=frozenset(names[1:]))) == {2, 3}


def test_a_product_is_found_by_its_own_name_and_what_has_none_by_none(scene: Scene) -> None:
    topics = tuple(
        Topic(name=product, department="finance", query=f"n{number}", product=product)
        for number, product in enumerate(("Acme Pay", "アクメ", "a" * 60))
    )
    scene.organisation, scene.matcher = replace(ORGANISATION, topics=topics), Matcher(topics)
    for number in range(4):
        scene.arrive(f"A refund n{number}")
    assert [indexed(scene, replace(REFUND, product=topic.product)) for topic in topics] == [{1}, {2}, {3}]
    assert scene.database.read(wrong) == {}


def test_one_condition_without_words_asks_no_index_and_two_do() -> None:
    here, there = replace(ALL, department_id=1), replace(ALL, sources=frozenset(["blog"]))
    assert [len(with_facets(part).asked) for part in (ALL, here, there)] == [0, 0, 0]
    assert len(with_facets(replace(here, sources=there.sources)).asked) == 2
    assert len(with_facets(replace(here, needles=REFUND.needles)).asked) == 2


def test_who_asks_for_no_word_finds_what_is_not_in_the_index_yet(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looks, "FEW", 0)
    monkeypatch.setattr(looks, "WALKED", 1)
    here = replace(ALL, sources=frozenset(["blog"]), department_id=2)
    made = [scene.arrive(f"Refund {number}").id for number in range(4)]

    def found(session: Session) -> tuple[list[int], list[int]]:
        rows = board.page(session, here, newest=False, after=None, limit=9)
        return [row.id for row in rows], board.counts(session, [here])

    assert scene.database.read(found) == (made, [4])
    scene.database.write(due.begin_anew)
    assert scene.database.read(found) == (made, [4])


def test_who_is_deleted_keeps_the_facets_and_loses_the_words(scene: Scene) -> None:
    post = scene.posted("A refund")
    scene.ingest(post)
    scene.ingest(Deleted(external_id=post.external_id))
    assert indexed(scene, replace(REFUND, sources=frozenset(["blog"]))) == set()
    assert indexed(scene, replace(ALL, sources=frozenset(["blog"]), department_id=2)) == {1}


def test_what_lacks_its_facets_alone_comes_after_what_lacks_its_words_and_counts_as_found(scene: Scene) -> None:
    for number in range(4):
        scene.arrive(f"Refund {number}")
    scene.database.write(forget_facets)

    def state(session: Session) -> tuple[bool, due.Left | None, due.Left | None]:
        return due.knows_facets(session), due.left(session, unfound=True), due.left(session)

    assert scene.database.read(state) == (False, None, due.Left(4, 5))
    late = {"first": 2, "last": 2, "only_facets": False}
    scene.database.write(lambda session: session.connection().execute(insert(table_of(SearchDue)).values(late)))
    assert scene.database.read(state) == (False, due.Left(2, 1), due.Left(4, 6))
    for left in (due.Left(4, 5), due.Left(1, 2), None):
        scene.database.write(lambda session: due.take_up(session, 3))
        assert scene.database.read(state) == (left is None, None, left)
    assert scene.database.read(wrong) == {}
