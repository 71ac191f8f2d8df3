"""The board's queries: pages that fit together, counts that agree with them, and the log a page at a time."""

import itertools

import pytest
from sqlmodel import Session

from handlers.own.claim import ClaimMention
from handlers.own.resolve import ResolveMention
from handlers.own.snooze import SnoozeMention
from handlers.people.accounts import Account, learn_account
from storage.own import board
from storage.own.board import Part, Whose
from storage.people import people
from storage.tables.states import Tab
from storage.text.cut import needles
from tests.harness.scene import Scene, at


def test_pages_follow_each_other_without_gap_or_repeat(scene: Scene) -> None:
    made = []
    for number in range(13):
        scene.pass_time(seconds=number % 3 == 0)  # three arrive in the same moment
        made.append(scene.arrive(f"Hello {number}").id)
    for newest, expected in ((True, made[::-1]), (False, made)):
        seen: list[int] = []
        after: int | None = None
        while True:
            rows = scene.database.read(
                lambda session, after=after, newest=newest: board.page(  # type: ignore[misc]
                    session, Part(tab=Tab.UNCLAIMED, person_id=1), newest=newest, after=after, limit=4
                )
            )
            if not rows:
                break
            seen += [row.id for row in rows]
            after = rows[-1].id
        assert seen == expected


def test_searched_or_not_mentions_stand_in_the_order_of_their_arrival_whatever_a_clock_said(scene: Scene) -> None:
    for number in range(4):
        scene.arrive(f"A refund {number}")
        scene.pass_time(minutes=-1)  # another replica's clock, or one that was set back
    for part, newest in itertools.product((everything(1), searched("refund")), (True, False)):

        def look(session: Session, part: Part = part, newest: bool = newest) -> list[int]:
            return [row.id for row in board.page(session, part, newest=newest, after=None, limit=9)]

        found = scene.database.read(look)
        assert found == sorted(found, reverse=newest)
        assert len(found) == 4


def test_every_count_is_the_length_of_its_page(scene: Scene) -> None:
    ana, ben = scene.person("Ana"), scene.person("Ben")
    rows = [scene.arrive(text) for text in ("A refund", "An invoice", "Hi", "Ho", "He", "Ha")]
    scene.do(ClaimMention(who=ana, reference=at(rows[0])))
    scene.do(ClaimMention(who=ben, reference=at(rows[1])))
    scene.do(ResolveMention(who=ana, reference=at(rows[2])))
    scene.do(SnoozeMention(who=ana, reference=at(rows[3]), until="2h"))
    chloe = scene.person("Chloe")
    scene.do(ClaimMention(who=chloe, reference=at(rows[4])))
    scene.do(SnoozeMention(who=chloe, reference=at(rows[5]), until="2h"))
    gone = Account(platform="slack", workspace="T1", external_id="UCHLOE", name="Chloe", active=False)
    scene.database.write(lambda session: learn_account(session, gone, scene.now))
    me = scene.database.read(lambda session: people.by_name(session, "Ana")[0].id)
    assert me is not None
    departments = [None, *scene.database.read(lambda s: [one.id for one in people.departments(s)])]
    parts = [
        Part(tab=tab, person_id=me, department_id=department, whose=whose, status=status)
        for tab, department, whose, status in itertools.product(Tab, departments, [None, *Whose], ["", "claimed"])
    ]
    counted = scene.database.read(lambda session: board.counts(session, parts))
    every = scene.database.read(lambda session: board.page(session, everything(me), newest=True, after=None, limit=50))
    assert len(every) == len(rows)
    for part, number in zip(parts, counted, strict=True):

        def look(session: Session, part: Part = part) -> tuple[list[int], list[int]]:
            page = board.page(session, part, newest=True, after=None, limit=50)
            return [row.id for row in page], [row.id for row in every if board.holds(session, part, row.id)]

        page, held = scene.database.read(look)
        assert len(page) == number
        assert page == held


def everything(person_id: int) -> Part:
    return Part(tab=Tab.ALL, person_id=person_id)


def searched(question: str) -> Part:
    return Part(tab=Tab.ALL, person_id=1, needles=needles(question))


def test_nobody_counts_further_than_a_thousand(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(board, "COUNTED", 3)
    for number in range(6):
        scene.arrive(f"Hello {number}")
    assert scene.database.read(lambda session: board.counts(session, [everything(1)])) == [4]


def test_the_log_is_read_forwards_from_a_row(scene: Scene) -> None:
    for number in range(7):
        scene.arrive(f"Hello {number}")
    assert [row["seq"] for row in scene.database.read(lambda s: board.log_since(s, 5, 10))] == [6, 7]
