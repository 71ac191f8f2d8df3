"""The log a page at a time: without gap or repeat, by what is asked for, and never through more of it than said."""

import pytest

from handlers.own.claim import ClaimMention
from handlers.own.hand_off import HandOffMention
from storage.own import log_pages
from storage.own.log_pages import LogFilter, log_page
from storage.people import people
from storage.tables.states import Action
from tests.harness.scene import Scene, at

ALL = LogFilter()


def walk(scene: Scene, wanted: LogFilter, limit: int = 3) -> list[list[int]]:
    pages: list[list[int]] = []
    before: int | None = None
    while True:
        page = scene.database.read(lambda s, b=before: log_page(s, wanted, before=b, limit=limit))  # type: ignore[misc]
        pages.append([row["seq"] for row in page.rows])
        before = page.next
        if before is None:
            return pages


def test_pages_follow_each_other_without_gap_or_repeat(scene: Scene) -> None:
    for number in range(7):
        scene.arrive(f"Hello {number}")
    assert walk(scene, ALL) == [[7, 6, 5], [4, 3, 2], [1]]


def test_what_is_asked_for_is_found_by_department_action_and_without_arrivals(scene: Scene) -> None:
    ana = scene.person("Ana", "ana@acme.example")
    first, _, _ = scene.arrive("A refund"), scene.arrive("Hello"), scene.arrive("Hi")
    scene.do(ClaimMention(who=ana, reference=at(first)))
    scene.do(HandOffMention(who=ana, reference=at(scene.look(first)), department="support"))
    support, finance = (
        scene.database.read(lambda s, key=key: people.department(s, key))  # type: ignore[misc]
        for key in ("support", "finance")
    )
    assert support is not None
    assert finance is not None
    assert walk(scene, LogFilter(without=(Action.ARRIVED,))) == [[5, 4]]
    assert walk(scene, LogFilter(action="claimed")) == [[4]]
    assert walk(scene, LogFilter(department_id=support.id)) == [[5, 3, 2]]
    assert walk(scene, LogFilter(department_id=finance.id)) == [[5, 4, 1]]


def test_a_rare_row_is_found_in_pages_that_look_through_a_bounded_part_each(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_pages, "LOOKED_THROUGH", 3)
    ana, first = scene.person("Ana"), scene.arrive()
    scene.do(ClaimMention(who=ana, reference=at(first)))
    for number in range(5):
        scene.arrive(f"Hello {number}")
    assert walk(scene, LogFilter(action="claimed")) == [[], [2], []]
