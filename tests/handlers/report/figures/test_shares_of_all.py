"""Shares of all: of the people that there are, and of the sources that have a charter."""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import insert, update

from handlers.base.charter import Charter
from handlers.base.organisation import Organisation, SourceRules
from handlers.report.figures.headcount import COMPANY, read_heads
from handlers.report.figures.privacy import OTHERS, Grouping
from handlers.report.figures.report import Report, build_report
from handlers.report.figures.rows import rows_of
from handlers.report.figures.shown import Figure
from handlers.report.figures.told import read_told
from storage.engine.database import Database, Session
from storage.people import people
from storage.tables.base import table_of
from storage.tables.people import Membership, Person
from storage.tables.report import Folded
from tests.handlers.report.figures.test_report import COMPANY as ACME
from tests.handlers.report.figures.test_report import PEOPLE, PERIOD, SINCE, UNTIL, busy
from tests.harness.counted import Case, count, put

KEPT = Charter(written=True, owner="support", purpose="Help")
SOURCES = (
    SourceRules(name="bluesky", kind="bluesky", baseline=False, charter=KEPT),
    SourceRules(name="blog", kind="feed", baseline=False, charter=replace(KEPT, owner="")),
)


def build(database: Database, case: Case, organisation: Organisation) -> Report:
    database.write(lambda session: put(session, case))
    count(database)

    def read(session: Session) -> Report:
        report = build_report(session, organisation, PERIOD, UNTIL)
        told = read_told(session, organisation, PERIOD, UNTIL)
        for _, one in report.figures:
            if one.rows:
                assert len(rows_of(session, told, one.rows, one.of) or []) == one.length, one
        return report

    return database.read(read)


def figure(report: Report, name: str, department: str = "") -> Figure:
    return next(one for key, one in report.figures if one.name == name and key == department)


def with_headcounts(**said: int | None) -> Organisation:
    departments = tuple(
        replace(ACME.departments[0], key=key, name=key.title(), headcount=said.get(key)) for key in PEOPLE
    )
    return replace(ACME, departments=departments)


def test_it_is_told_who_counted_the_people(in_memory: Database) -> None:
    report = build(in_memory, busy(PEOPLE), with_headcounts(finance=40))
    assert figure(report, "rate_acted", "finance").shown == "7 of 40 by dibs.toml (18 %)"
    assert figure(report, "rate_acted", "support").shown == "–"  # nobody is known as its member
    assert figure(report, "rate_acted").shown == "–"
    in_memory.write(_join_two_of_support)
    again = in_memory.read(lambda session: build_report(session, with_headcounts(), PERIOD, UNTIL))
    # Two are one; no rate above all.
    assert figure(again, "rate_acted", "support").shown == "8, more than the 2 people known"
    assert figure(again, "rate_acted", "support").n == 2


def _join_two_of_support(session: Session) -> None:
    """Let three be members of Support, of whom one turned out to be another, and one more that left."""
    connection = session.connection()
    connection.execute(insert(table_of(Person)), [{"id": 900, "name": "Left", "active": False}])
    found = [(100, 1), (101, 1), (102, 1), (900, 1)]
    rows = [{"person_id": person, "department_id": department} for person, department in found]
    connection.execute(insert(table_of(Membership)), rows)
    people.join(session, 102, 101)


def test_groups_have_the_sum_of_what_is_written_or_else_the_people_who_are_known(in_memory: Database) -> None:
    in_memory.write(lambda session: put(session, busy(PEOPLE, mentions=0)))

    def heads(session: Session, organisation: Organisation) -> dict[int, tuple[int, str]]:
        known = {one.id: one for one in people.departments(session)}
        found = read_heads(session, organisation, Grouping((1, 2, 3), frozenset({4, 5})), known)
        return {key: (one.number, one.by) for key, one in found.items() if key in (OTHERS, COMPANY)}

    written = dict.fromkeys(PEOPLE, 10)
    assert in_memory.read(lambda session: heads(session, with_headcounts(**written))) == {
        OTHERS: (20, "by dibs.toml"),
        COMPANY: (50, "by dibs.toml"),
    }
    partly = with_headcounts(**{**written, "legal": None})
    assert in_memory.read(lambda session: heads(session, partly)) == {
        OTHERS: (0, "people known"),
        COMPANY: (0, "people known"),
    }


def test_charters_are_told_by_what_they_reach_and_what_they_stopped(database: Database) -> None:
    case = busy(PEOPLE)
    at = SINCE + timedelta(days=20)
    stopped = [
        [len(case.rows) + 1 + n, at.isoformat(), 1, "refused", 100, 1, None, None, 1, 1, "button"] for n in range(3)
    ]
    before = (SINCE - timedelta(seconds=1)).isoformat()
    early = [len(case.rows) + 4, before, 1, "refused", 100, 1, None, None, 1, 1, "button"]
    report = build(database, replace(case, rows=[*case.rows, *stopped, early]), replace(ACME, sources=SOURCES))
    there = [key for key, one in case.mentions.items() if one["source"] == "bluesky"]
    replies = [row for row in case.rows if row[3] == "responded"]
    assert figure(report, "charters").shown == "1 of 2"  # a charter that nobody keeps is none
    assert figure(report, "chartered").value == len(there)
    assert figure(report, "chartered_share").n == len(case.mentions)
    said_there = sum(str(row[2]) in there for row in replies)
    assert 0 < said_there < len(replies)
    assert (figure(report, "chartered_replies").value, figure(report, "chartered_replies_share").n) == (
        said_there,
        len(replies),
    )
    assert figure(report, "refused").value == 3


def test_what_was_stopped_is_counted_as_far_as_all_else(database: Database) -> None:
    case = busy(PEOPLE)
    at = SINCE + timedelta(days=20)
    stopped = [
        [len(case.rows) + n, at.isoformat(), 1, "refused", 100, 1, None, None, 1, 1, "button"] for n in (1, 2, 3)
    ]
    database.write(lambda session: put(session, replace(case, rows=[*case.rows, *stopped])))
    count(database)
    database.write(lambda session: session.connection().execute(update(table_of(Folded)).values(seq=Folded.seq - 1)))

    def read(session: Session) -> tuple[Figure, int]:
        told = read_told(session, ACME, PERIOD, UNTIL)
        one = figure(build_report(session, replace(ACME, sources=SOURCES), PERIOD, UNTIL), "refused")
        return one, len(rows_of(session, told, one.rows, one.of) or [])

    shown, opened = database.read(read)
    assert (shown.value, opened) == (2, 2)
