"""The board: what stands in one tab, how many stand in the others, and what is wrong now.

Each number is counted from the rows that its link shows.
"""

from dataclasses import dataclass
from datetime import datetime

from handlers.base.cards import Card
from handlers.base.organisation import Organisation
from handlers.channels.placement import incident_of, standing_still
from handlers.draw.card import draw_cards
from handlers.people.sign_in import Visitor
from handlers.reply import rights
from storage.engine.database import Session
from storage.own import board, mentions, ownership, to_review
from storage.own.board import Cell, Cursor
from storage.people import people
from storage.tables.states import Tab
from storage.work import incidents

PAGE = 20
LABELS = {
    Tab.UNCLAIMED: "Unclaimed",
    Tab.REVIEW: "To review",
    Tab.MINE: "Mine",
    Tab.HANDS: "In progress",
    Tab.SNOOZED: "Snoozed",
    Tab.DONE: "Done",
}
EMPTY = {
    Tab.UNCLAIMED: "Nothing is waiting. Whatever arrives shows here by itself.",
    Tab.REVIEW: "No reply waits for you to read it. What colleagues ask to be read before it goes out shows here.",
    Tab.MINE: "You have nothing at the moment. Claim something under Unclaimed.",
    Tab.HANDS: "No colleague has anything at the moment.",
    Tab.SNOOZED: "Nothing sleeps.",
    Tab.DONE: "Nothing is done yet.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which part of the board to show; ``department`` is a key, or empty for all."""

    tab: Tab = Tab.UNCLAIMED
    department: str = ""
    newest: bool = True
    after: Cursor | None = None


@dataclass(frozen=True, slots=True)
class Count:
    """A tab or department with the number of mentions that its link shows."""

    key: str
    label: str
    number: int


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that is wrong now."""

    what: str
    since: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tabs:
    """The numbers: of each tab within the chosen department, and of each department within the chosen tab."""

    tabs: tuple[Count, ...]
    departments: tuple[Count, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """One page of the board.

    Attributes:
        next: Where the next page begins, or None.
        seq: The last row of the log that this page knows of.
    """

    wanted: Wanted
    tabs: Tabs
    cards: tuple[Card, ...]
    next: Cursor | None
    troubles: tuple[Trouble, ...]
    empty: str
    seq: int


def read_board(session: Session, organisation: Organisation, wanted: Wanted, visitor: Visitor) -> Board:
    """Read one page of the board as this person sees it."""
    seq, _ = ownership.head(session)
    rows = board.page(
        session,
        wanted.tab,
        visitor.person_id,
        department_id=department_id(session, wanted.department),
        newest=wanted.newest,
        after=wanted.after,
        limit=PAGE + 1,
        reader=rights.reader(session, organisation, visitor.person_id),
    )
    shown = rows[:PAGE]
    drawn = draw_cards(session, [row.id for row in shown], organisation, viewer_id=visitor.person_id)
    last = Cursor(shown[-1].ingested_at, shown[-1].id) if len(rows) > PAGE else None
    return Board(
        wanted=wanted,
        tabs=read_tabs(session, organisation, wanted, visitor),
        cards=tuple(drawn[row.id] for row in shown),
        next=last,
        troubles=tuple(read_troubles(session)),
        empty=EMPTY[wanted.tab],
        seq=seq,
    )


def read_tabs(session: Session, organisation: Organisation, wanted: Wanted, visitor: Visitor) -> Tabs:
    """Count what stands where."""
    cells = board.cells(session, visitor.person_id)
    waiting = to_review.counts(session, rights.reader(session, organisation, visitor.person_id))
    chosen = department_id(session, wanted.department)

    def number(tab: Tab, department: int | None) -> int:
        if tab == Tab.REVIEW:
            return sum(many for one, many in waiting.items() if department in (None, one))
        return _sum(cells, tab, department)

    tabs = tuple(Count(tab, label, number(tab, chosen)) for tab, label in LABELS.items())
    departments = tuple(Count(one.key, one.name, number(wanted.tab, one.id)) for one in people.departments(session))
    everything = Count("", "All departments", number(wanted.tab, None))
    return Tabs(tabs=tabs, departments=(everything, *departments))


def _sum(cells: list[Cell], tab: Tab, department: int | None) -> int:
    return sum(
        cell.number
        for cell in cells
        if department in (None, cell.department_id) and board.belongs(tab, cell.status, cell.whose)
    )


def department_id(session: Session, key: str) -> int | None:
    """Return the department with this key; None for all, and for one that does not exist."""
    found = people.department(session, key) if key else None
    return found.id if found else None


def fits(session: Session, organisation: Organisation, mention_id: int, wanted: Wanted, visitor: Visitor) -> bool:
    """Say whether a mention stands in this part of the board now."""
    row = mentions.get(session, mention_id)
    chosen = department_id(session, wanted.department)
    here = chosen in (None, row.department_id)
    if here and wanted.tab == Tab.REVIEW:
        return to_review.waits_for(session, mention_id, rights.reader(session, organisation, visitor.person_id))
    return here and board.belongs(wanted.tab, row.status, board.whose(session, row, visitor.person_id))


def read_troubles(session: Session) -> list[Trouble]:
    """Return everything that is wrong now: what the admins were told of, and every lane that stands still."""
    known = incidents.all_of(session)
    told = {one.subject for one in known}
    found = [Trouble(one.what, one.since) for one in known]
    for lane in standing_still(session):
        if incident_of(lane) not in told:
            what = f"Messages for {lane.name or lane.channel} on {lane.platform} wait: {lane.trouble}"
            found.append(Trouble(what, None))
    return found
