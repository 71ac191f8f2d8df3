"""The board: what stands in one tab, how many stand in the others, and what is wrong now.

Each number is counted from the rows that its link shows, and whether a mention fits is asked by the same conditions.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from handlers.base.cards import Card
from handlers.base.organisation import Organisation
from handlers.channels.placement import incident_of, standing_still
from handlers.draw.card import draw_cards
from handlers.draw.choices import Choices, read_choices, sentence_of, title
from handlers.draw.wanted import AGES, ASKED, KIND, LABELS, LATE, MAX_QUERY, OLDER, TODAY, Wanted
from handlers.people.sign_in import Visitor
from handlers.reply import rights
from handlers.report.sources import Listening, listening
from handlers.text.times import midnight
from storage.engine.database import Session
from storage.own import board, heard, ownership
from storage.own.board import COUNTED, Part, Whose
from storage.own.parts import Due
from storage.own.to_review import ANYBODY, Reader
from storage.people import people
from storage.search import due
from storage.tables.states import Tab
from storage.text.cut import MAX_NEEDLES, Needle, facet, needles
from storage.work import incidents

PAGE = 20
EMPTY = {
    Tab.UNCLAIMED: "Nothing is waiting. Whatever arrives shows here by itself.",
    Tab.REVIEW: "No reply waits for you to read it. What colleagues ask to be read before it goes out shows here.",
    Tab.MINE: "You have nothing at the moment. Claim something under Unclaimed.",
    Tab.HANDS: "No colleague has anything at the moment.",
    Tab.SNOOZED: "Nothing sleeps.",
    Tab.DONE: "Nothing is done yet.",
    Tab.ALL: "No mention has come yet.",
}
NOTHING_FITS = "Nothing fits. The numbers above say where else something does; with fewer words or filters, more does."

NO_WORDS = "Search for words, a name or a reference, such as refund or #k7f2: signs alone find nothing."
TOO_MANY_WORDS = f"That is a long question: it is searched by its first {MAX_NEEDLES} words."


@dataclass(frozen=True, slots=True)
class Count:
    """A tab or department with the number of mentions that its link shows; None = it is not counted.

    No number is greater than ``COUNTED`` + 1, which means "more".
    """

    key: str
    label: str
    number: int | None

    @property
    def said(self) -> str:
        """The number as people read it."""
        if self.number is None:
            return ""
        return f"{self.number:,}" if self.number <= COUNTED else f"{COUNTED:,}+"


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that is wrong now."""

    what: str
    since: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tabs:
    """The numbers: of each tab within the view, and, where nothing narrows it, of each department within the tab."""

    tabs: tuple[Count, ...]
    departments: tuple[Count, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """One page of the board.

    Attributes:
        title: What it shows, in words.
        notes: What there is to say of its address.
        found: How many mentions all of its pages show.
        next: Where the next page begins, or None.
        listening: To what we listen, where nothing stands in any tab.
        seq: The last row of the log that this page knows of.
    """

    wanted: Wanted
    title: str
    notes: tuple[str, ...]
    tabs: Tabs
    found: Count
    choices: Choices
    cards: tuple[Card, ...]
    next: int | None
    troubles: tuple[Trouble, ...]
    empty: str
    listening: Listening | None
    seq: int


def read_board(
    session: Session, organisation: Organisation, wanted: Wanted, visitor: Visitor, *, now: datetime
) -> Board:
    """Read one page of the board as this person sees it."""
    seq, _ = ownership.head(session)
    part, unread = _part(session, organisation, wanted, visitor, now, _reader(session, organisation, visitor))
    rows = board.page(session, part, newest=wanted.newest, after=wanted.after, limit=PAGE + 1)
    shown = rows[:PAGE]
    drawn = draw_cards(session, [row.id for row in shown], organisation, viewer_id=visitor.person_id)
    last = shown[-1].id if len(rows) > PAGE else None
    tabs = _tabs(session, wanted, part)
    return Board(
        wanted=wanted,
        title=title(session, organisation, wanted),
        notes=tuple(_notes(session, wanted, part, unread)),
        tabs=tabs,
        found=next(one for one in tabs.tabs if one.key == wanted.tab),
        choices=read_choices(session, organisation, wanted),
        cards=tuple(drawn[row.id] for row in shown),
        next=last,
        troubles=tuple(read_troubles(session)),
        listening=None if wanted.narrowed or any(one.number for one in tabs.tabs) else listening(session, organisation),
        empty=NOTHING_FITS if wanted.narrowed else EMPTY[wanted.tab],
        seq=seq,
    )


def _notes(session: Session, wanted: Wanted, part: Part, unread: list[str]) -> Iterator[str]:
    asked = needles(wanted.q)
    if unread:
        yield sentence_of(unread)
    if wanted.q and not asked:
        yield NO_WORDS
    if len(asked) > MAX_NEEDLES or len(wanted.q) >= MAX_QUERY:
        yield TOO_MANY_WORDS
    missing = due.left(session, unfound=True) if part.needles else None
    if missing:
        yield f"Older mentions are still being prepared for search: up to {missing.number:,} cannot be found yet."


def read_tabs(session: Session, organisation: Organisation, wanted: Wanted, visitor: Visitor, *, now: datetime) -> Tabs:
    """Count what stands where."""
    part, _ = _part(session, organisation, wanted, visitor, now, _reader(session, organisation, visitor))
    return _tabs(session, wanted, part)


def fits(
    session: Session,
    organisation: Organisation,
    mention_id: int,
    wanted: Wanted,
    visitor: Visitor,
    *,
    now: datetime,
) -> bool:
    """Say whether a mention stands in this part of the board now."""
    reader = _reader(session, organisation, visitor) if wanted.tab == Tab.REVIEW else ANYBODY
    part, _ = _part(session, organisation, wanted, visitor, now, reader)
    return board.holds(session, part, mention_id)


def _tabs(session: Session, wanted: Wanted, part: Part) -> Tabs:
    departments = people.departments(session)
    counted: Sequence[int | None] = board.counts(session, [replace(part, tab=tab) for tab in LABELS])
    tabs = tuple(Count(tab, label, number) for (tab, label), number in zip(LABELS.items(), counted, strict=True))
    everywhere = [None, *(one.id for one in departments)]
    if wanted.narrowed:
        counted = [None] * len(everywhere)
    else:
        counted = board.counts(session, [replace(part, department_id=one) for one in everywhere])
    named = [("", "All departments"), *((one.key, one.name) for one in departments)]
    found = (Count(key, name, number) for (key, name), number in zip(named, counted, strict=True))
    return Tabs(tabs=tabs, departments=tuple(found))


def _reader(session: Session, organisation: Organisation, visitor: Visitor) -> Reader:
    return rights.reader(session, organisation, visitor.person_id)


def _part(
    session: Session, organisation: Organisation, wanted: Wanted, visitor: Visitor, now: datetime, reader: Reader
) -> tuple[Part, list[str]]:
    """Return what an address means for who looks now, and what of it means nothing here."""
    unread = list(wanted.unread)
    department = people.department(session, wanted.department) if wanted.department else None
    if wanted.department and department is None:
        unread.append(f"department={wanted.department}")
    sources = _sources(session, organisation, wanted.source)
    if wanted.source and sources is None:
        unread.append(f"source={wanted.source}")
    product = _product(session, organisation, wanted.product)
    if wanted.product and not product:
        unread.append(f"product={wanted.product}")
    edge = now - AGES[wanted.age] if wanted.age else None
    zone = ZoneInfo(department.timezone if department else organisation.timezone)
    part = Part(
        tab=wanted.tab,
        person_id=visitor.person_id,
        reader=reader,
        department_id=department.id if department else None,
        sources=sources,
        product=product,
        tier=wanted.tier,
        risk=wanted.risk,
        status=wanted.state,
        whose=Whose(wanted.owner) if wanted.owner else None,
        since=None if wanted.age == OLDER else edge,
        before=edge if wanted.age == OLDER else None,
        due=_due(wanted, now, zone),
        needles=(*needles(wanted.q)[:MAX_NEEDLES], *([Needle(facet(wanted.lang))] if wanted.lang else ())),
    )
    return part, unread


def _due(wanted: Wanted, now: datetime, zone: ZoneInfo) -> Due | None:
    """Return until when it is due, and whether that is to be late already; today ends where the department is."""
    if wanted.due == ASKED:
        return Due(asked=True)
    return {LATE: Due(before=now), TODAY: Due(since=now, before=midnight(now, zone))}.get(wanted.due)


def _sources(session: Session, organisation: Organisation, wanted: str) -> frozenset[str] | None:
    """Return the sources that are wanted; None for all, and where there is none of that name."""
    if wanted.startswith(KIND):
        kind = wanted.removeprefix(KIND)
        return frozenset(one.name for one in organisation.sources if one.kind == kind) or None
    known = wanted and (any(one.name == wanted for one in organisation.sources) or heard.has_source(session, wanted))
    return frozenset([wanted]) if known else None


def _product(session: Session, organisation: Organisation, wanted: str) -> str:
    """Return the product that is wanted; empty for all, and where there is none of that name."""
    known = wanted and (any(one.product == wanted for one in organisation.topics) or heard.has_product(session, wanted))
    return wanted if known else ""


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
