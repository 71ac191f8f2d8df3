"""The board's queries: pages that fit together, counts that agree with them, and the log a page at a time."""

from handlers.own.claim import ClaimMention
from handlers.own.resolve import ResolveMention
from handlers.own.snooze import SnoozeMention
from handlers.people.accounts import Account, learn_account
from storage.own import board
from storage.own.board import Cursor
from storage.people import people
from storage.tables.states import Tab
from tests.harness.scene import Scene, at


def test_pages_follow_each_other_without_gap_or_repeat(scene: Scene) -> None:
    made = []
    for number in range(13):
        scene.pass_time(seconds=number % 3 == 0)  # three arrive in the same moment
        made.append(scene.arrive(f"Hello {number}").id)
    for newest, expected in ((True, made[::-1]), (False, made)):
        seen: list[int] = []
        after: Cursor | None = None
        while True:
            rows = scene.database.read(
                lambda session, after=after, newest=newest: board.page(  # type: ignore[misc]
                    session, Tab.UNCLAIMED, 1, department_id=None, newest=newest, after=after, limit=4
                )
            )
            if not rows:
                break
            seen += [row.id for row in rows]
            after = Cursor(rows[-1].ingested_at, rows[-1].id)
        assert seen == expected


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
    cells = scene.database.read(lambda session: board.cells(session, me))
    for tab in Tab:
        for department in {cell.department_id for cell in cells}:
            page = scene.database.read(
                lambda session, tab=tab, department=department: board.page(  # type: ignore[misc]
                    session, tab, me, department_id=department, newest=True, after=None, limit=50
                )
            )
            counted = sum(
                cell.number
                for cell in cells
                if cell.department_id == department and board.belongs(tab, cell.status, cell.whose)
            )
            assert len(page) == counted
            for row in page:
                owner = scene.database.read(lambda session, row=row: board.whose(session, row, me))  # type: ignore[misc]
                assert board.belongs(tab, row.status, owner)


def test_the_log_is_read_backwards_by_page_and_forwards_from_a_row(scene: Scene) -> None:
    for number in range(7):
        scene.arrive(f"Hello {number}")
    pages = [
        [row["seq"] for row in scene.database.read(lambda s, b=before: board.log_page(s, before=b, limit=3))]  # type: ignore[misc]
        for before in (None, 5, 2)
    ]
    assert pages == [[7, 6, 5], [4, 3, 2], [1]]
    assert [row["seq"] for row in scene.database.read(lambda s: board.log_since(s, 5, 10))] == [6, 7]
