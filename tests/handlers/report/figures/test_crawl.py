"""A crawl: of a month in which everything happens, each number of report and notice is the length of what it opens.

No figure that could be opened is passed over: which ones are not is written down here.
"""

import re
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import insert, update

from handlers.base.organisation import Reports
from handlers.base.value import Value
from handlers.report.figures import figures
from handlers.report.figures.before import Before, read_before
from handlers.report.figures.definitions import DEFINITIONS
from handlers.report.figures.listed import read_listed
from handlers.report.figures.periods import read_period
from handlers.report.figures.report import Report, build_report
from handlers.report.figures.rows import rows_of
from handlers.report.figures.shown import Figure
from handlers.report.figures.told import Told, read_told
from handlers.report.weekly import COMPANY, build_weekly
from storage.engine.database import Database, Session
from storage.tables.base import table_of
from storage.tables.clocks import Clock
from storage.tables.judgements import Ending
from storage.tables.mentions import Mention
from storage.tables.states import ClockKind, ClockOutcome
from tests.handlers.report.figures.test_report import COMPANY as ACME
from tests.handlers.report.figures.test_report import PEOPLE, PERIOD, SINCE, UNTIL, Row, busy
from tests.handlers.report.figures.test_shares_of_all import SOURCES
from tests.harness.counted import Case, count, put

VALUE = Value(currency="EUR", contact=6.5, hour=45, would_have=(0.1, 0.25, 0.5), source="Survey", topics=())
ORGANISATION = replace(ACME, sources=SOURCES, reports=Reports(value=VALUE), desk_url="https://dibs.acme.example")
# Those are people, spans, shares of time, or of what is not stored.
OPENS_NOTHING = {
    *("people_acted", "people_owned", "people_spoke", "first_time", "rate_acted", "rate_spoke"),
    *("breadth_replies", "breadth_claims", "breadth_time", "held", "heard", "engagement", "charters"),
}
BEFORE = PERIOD.before()
NUMBER = re.compile(r": ([\d,]+)$")


def eventful() -> Case:
    """Return a month in which everything happens that a report counts, and one before it with a little."""
    case = busy(PEOPLE, seed=2, mentions=200)
    first = max(map(int, case.mentions)) + 1
    lives: list[tuple[str, ...]] = [
        ("claimed", "drafted", "review_asked", "responded", "author_answered", "resolved", "reopened", "resolved"),
        ("claimed", "taken_over", "responded", "author_answered", "responded", "resolved"),
        ("claimed", "returned", "claimed", "released", "refused", "resolved"),
        ("assigned", "handed_off", "handed_off", "claimed", "responded", "resolved"),
        ("(responded)", "(resolved)"),
        ("claimed", "drafted", "responded", "resolved"),
        ("handed_off", "handed_off"),
        ("dismissed",),
    ]
    rows, mentions, reviews = list(case.rows), dict(case.mentions), list[list[object]]()
    for number, actions in enumerate(lives * 6, start=first):
        began = (SINCE if number % 6 else BEFORE.since) + timedelta(hours=number - first, minutes=1)
        rows += _life(len(rows), number, began, actions)
        told = {"source": "blog" if number % 2 else "bluesky", "addressed": bool(number % 3), "topic": "billing"}
        mentions[str(number)] = told | {"tier": "customer" if number % 2 else "none"}
        if "review_asked" in actions:
            at = (began + timedelta(hours=1)).isoformat()
            reviews += [[number, 103, 101, "approved", at], [number, 103, 102, "changes_requested", at]]
    own = [[(SINCE + timedelta(days=day)).isoformat()] for day in range(3)]
    return replace(case, rows=rows, mentions=mentions, reviews=reviews, own_posts=own)


def _life(seq: int, mention: int, began: datetime, actions: tuple[str, ...]) -> list[Row]:
    """Return the rows of one mention, a minute apart; what stands in brackets nobody did."""
    rows, where, owner = list[Row](), 1, None
    for minute, action in enumerate(("(arrived)", *actions)):
        at = (began + timedelta(minutes=minute)).isoformat()
        actor = None if action.startswith("(") or action == "author_answered" else 100 + minute
        name, to, gets = action.strip("()"), where, owner
        if name == "handed_off":
            to = 3 - where
        if name in ("claimed", "assigned", "taken_over"):
            gets = actor
        if name in ("released", "returned", "handed_off"):
            gets = None
        came = None if name == "arrived" else where
        rows.append([seq + len(rows) + 1, at, mention, name, actor, 1 if actor else None, owner, gets, came, to, "api"])
        where, owner = to, gets
    return rows


@pytest.fixture
def crawled(database: Database) -> Database:
    """A database in which all of it stands and is counted."""
    case = eventful()

    def work(session: Session) -> None:
        put(session, case)
        connection, mention = session.connection(), table_of(Mention)
        endings = [one for one in Ending if one]
        for place, ending in enumerate(endings):
            some = mention.c.id % len(endings) == place
            connection.execute(update(mention).where(some).values(outcome=str(ending)))
        kinds = (ClockKind.CLAIM, ClockKind.FIRST_REPLY, ClockKind.RESOLUTION)
        connection.execute(insert(table_of(Clock)), [_clock(int(n), kind) for n in case.mentions for kind in kinds])

    database.write(work)
    count(database)
    return database


def _clock(mention: int, kind: ClockKind) -> dict[str, object]:
    outcome = (ClockOutcome.MET, ClockOutcome.OPEN, ClockOutcome.DROPPED)[mention % 3]
    late = SINCE if mention % 5 == 0 else None
    told: dict[str, object] = {"mention_id": mention, "kind": str(kind), "outcome": str(outcome), "breached_at": late}
    return told | {"target_us": 3_600_000_000, "used_us": 60_000_000 * mention}


def check(session: Session, told: Told, found: Figure) -> None:
    """Open what a figure was counted from, and count it."""
    rows = rows_of(session, told, found.rows, found.of)
    assert rows is not None, found
    assert len(rows) == found.length, found
    listed = read_listed(session, ORGANISATION, told.whole.period, UNTIL, found.rows, found.of)
    assert listed.total == found.length, found


def test_every_number_of_a_month_in_which_everything_happens_opens_as_many(crawled: Database) -> None:
    def look(session: Session) -> Report:
        report = build_report(session, ORGANISATION, PERIOD, UNTIL)
        told, before = (read_told(session, ORGANISATION, one, UNTIL) for one in (PERIOD, BEFORE))
        for _, one in report.figures:
            if one.rows:
                check(session, told, one)
        for one in report.earlier:
            check(session, before, one)
        return report

    report = crawled.read(look)
    shown = {one.name for _, one in report.figures}
    assert shown == DEFINITIONS.keys()
    assert {one.name for _, one in report.figures if not one.rows} == OPENS_NOTHING | {"fairness"}  # its gap
    never = shown - OPENS_NOTHING - {one.name for _, one in report.figures if one.rows and one.length}
    assert never == set()  # each was opened, and was not nought
    assert report.earlier


def test_what_a_period_is_compared_with_is_what_was_said_of_it(crawled: Database) -> None:
    def look(session: Session) -> tuple[Before, Told, Report]:
        before = read_before(session, ORGANISATION, PERIOD, UNTIL)
        told = read_told(session, ORGANISATION, PERIOD, UNTIL)
        return before, told, build_report(session, ORGANISATION, PERIOD, UNTIL)

    before, told, report = crawled.read(look)
    assert 0 < before.answered.k < before.answered.n < len(told.whole.facts)
    assert before.answered == figures.coverage(told.whole).answered
    assert before.spread == figures.spread_of_replies(told.by_group)
    replies = {one.of[0]: one for part in report.departments for one in part.figures if one.name == "replies"}
    assert {one.of[0]: one for one in before.replies} == replies


def test_every_number_of_the_notice_opens_as_many(crawled: Database) -> None:
    week, now = read_period("2026-W10", PERIOD.zone, UNTIL), UNTIL
    notices = crawled.read(lambda session: build_weekly(session, ORGANISATION, week, now, [COMPANY, "support"]))
    opened = 0
    for notice in notices.values():
        assert notice is not None
        for line in (line for part in notice.sections for line in part.lines if line.link is not None):
            query = parse_qs(urlsplit(line.link.url).query) if line.link else {}
            if "figure" not in query or not (said := NUMBER.search(line.text)):
                continue
            name, of = query["figure"][0], tuple(query.get("of", ()))
            found = crawled.read(lambda session: read_listed(session, ORGANISATION, week, now, name, of))  # noqa: B023
            assert found.total == int(said[1].replace(",", "")), line.text
            opened += 1
    assert opened > 5
