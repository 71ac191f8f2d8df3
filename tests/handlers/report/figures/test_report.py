"""A report: nobody in it, no department of four by whatever way, and as many rows behind a number as it says."""

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count as numbers
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import update

from handlers.ask.report import AskReport
from handlers.base.command import Answer
from handlers.base.errors import WrongInput
from handlers.base.organisation import Organisation, People, Reports
from handlers.dispatch.dispatch import Dispatcher
from handlers.own.claim import ClaimMention
from handlers.report.figures import privacy
from handlers.report.figures.definitions import DEFINITIONS
from handlers.report.figures.material import Material
from handlers.report.figures.periods import Period, read_period
from handlers.report.figures.privacy import OTHERS, Grouping
from handlers.report.figures.report import Report, build_report
from handlers.report.figures.rows import rows_of
from handlers.report.figures.told import read_told
from handlers.report.figures.written import as_json, lines, write_csv
from storage.engine.database import Database, Session
from storage.report.shapes import PersonDayRow
from storage.tables.base import table_of
from storage.tables.people import Department
from tests.handlers.report.figures.test_vectors import clear
from tests.harness.counted import Case, count, put
from tests.harness.scene import ORGANISATION, Scene, at

SINCE = datetime(2026, 3, 1, tzinfo=UTC)
UNTIL = datetime(2026, 4, 1, tzinfo=UTC)
PERIOD = Period("2026-03", SINCE.date(), UNTIL.date(), ZoneInfo("UTC"))
COMPANY = replace(ORGANISATION, timezone="UTC")
# How many people act in each department; the last has too few to be told.
PEOPLE = {"support": 9, "finance": 7, "product": 6, "marketing": 5, "legal": 4}
Row = list[Any]


def busy(acting: dict[str, int], seed: int = 1, mentions: int = 150) -> Case:
    """Return a month in which so many people of each department act."""
    chance, seq = Random(seed), numbers(1)
    keys = list(acting)
    of = [(1 + keys.index(key), number) for key in keys for number in range(acting[key])]
    staff = {100 * department + number: department for department, number in of}
    rows: list[Row] = []

    def add(at: datetime, mention: int, action: str, person: int | None, owners: tuple[Any, Any], to: int) -> None:
        where = None if action == "arrived" else places.get(mention, to)
        row: Row = [next(seq), at.isoformat(), mention, action, person, staff.get(person or 0), *owners, where, to]
        rows.append([*row, "button"])
        places[mention] = to

    places: dict[int, int] = {}
    order = list(staff) * (mentions // len(staff) + 1)
    for mention in range(1, mentions + 1):
        at, person = SINCE + timedelta(hours=mention * 3), order[mention - 1]
        own = staff[person]
        add(at, mention, "arrived", None, (None, None), chance.randint(1, len(keys)))
        at += timedelta(minutes=chance.randint(1, 300))
        if chance.random() < 0.3:
            other = chance.randint(1, len(keys))
            add(at, mention, "handed_off", person, (None, None), other)
        if chance.random() < 0.1:
            add(at, mention, "dismissed", person, (None, None), places[mention])
            continue
        add(at, mention, "claimed", person, (None, person), places[mention])
        kind = chance.choice(("replied", "released", "kept", "resolved"))
        at += timedelta(minutes=chance.randint(1, 300))
        if kind == "released":
            add(at, mention, "released", person, (person, None), places[mention])
        if kind in ("replied", "resolved"):
            add(at, mention, "responded", person if own else None, (person, person), places[mention])
        if kind == "resolved":
            add(at, mention, "resolved", person, (person, person), places[mention])
    told = {str(one): {"source": chance.choice(("bluesky", "blog"))} for one in places}
    return Case("busy", tuple(keys), told, rows, [], [], SINCE, UNTIL, UNTIL, {})


def told(database: Database, case: Case, department: str = "") -> Report:
    database.write(lambda session: put(session, case))
    count(database)
    return database.read(lambda session: build_report(session, COMPANY, PERIOD, UNTIL, department))


def written(report: Report) -> dict[str, str]:
    out = io.StringIO()
    write_csv(report, out)
    text = "\n".join(lines(report))
    return {"text": text, "json": json.dumps(as_json(report), ensure_ascii=False), "csv": out.getvalue()}


def test_text_json_and_csv_say_the_same_and_each_figure_has_its_definition(in_memory: Database) -> None:
    report = told(in_memory, busy(PEOPLE))
    shown = [(key, one.name, one.label, one.shown) for key, one in report.figures]
    assert len(shown) > 60
    said = written(report)
    assert [
        (one["department"], one["figure"], one["label"], one["shown"]) for one in json.loads(said["json"])["figures"]
    ] == shown
    rows = list(csv.DictReader(io.StringIO(said["csv"])))
    assert [(row["department"], row["figure"], row["label"], row["shown"]) for row in rows] == shown
    for _, _, label, value in shown:
        assert label in said["text"]
        assert value in said["text"]
    assert {name for _, name, _, _ in shown} <= DEFINITIONS.keys()
    assert all(DEFINITIONS[name] in said["text"] for _, name, _, _ in shown)
    assert "–" not in {value for _, name, _, value in shown if name == "arrived"}


def test_every_number_has_as_many_rows_as_it_says(database: Database) -> None:
    database.write(lambda session: put(session, busy(PEOPLE)))
    count(database)
    opened = set()

    def look(session: Any) -> None:
        report = build_report(session, COMPANY, PERIOD, UNTIL)
        material = read_told(session, COMPANY, PERIOD, UNTIL)
        for key, one in report.figures:
            if not one.rows:
                continue
            found = rows_of(session, material, one.rows, one.of)
            assert found is not None, one
            assert len(found) == one.length, (key, one)
            opened.add(one.name)

    database.read(look)
    assert {"arrived", "answered", "claims", "replies", "helped", "handed_off", "map", "claim", "came"} <= opened
    assert {"released_unworked", "passed_on", "waiting", "bounced"} <= opened


# --- privacy ---------------------------------------------------------------------------------------------------------


def test_a_department_of_four_has_no_figure_and_nobody_has_a_name(in_memory: Database) -> None:
    case = busy(PEOPLE)
    report = told(in_memory, case)
    assert [one.key for one in report.departments] == ["support", "finance", "product", "others"]
    for form, text in written(report).items():
        for hidden in ("legal", "Legal", "marketing", "Marketing", "Person "):
            assert hidden not in text, form
    assert "Others, and never one alone" in report.note
    for wanted in ("legal", "marketing"):
        with pytest.raises(WrongInput, match="no figures of its own"):
            in_memory.read(partial(build_report, organisation=COMPANY, period=PERIOD, now=UNTIL, department=wanted))
    (others,) = (one for one in report.departments if one.key == "others")
    acted = next(one for one in others.figures if one.name == "people_acted")
    assert acted.value == PEOPLE["legal"] + PEOPLE["marketing"]


def test_of_others_who_did_nothing_and_got_nothing_there_is_no_row(in_memory: Database) -> None:
    case = busy({"support": 6, "finance": 5})
    report = told(in_memory, replace(case, departments=(*case.departments, "legal")))
    assert ([one.key for one in report.departments], report.note) == (["support", "finance"], "")


def test_a_department_is_found_by_its_key_before_another_is_by_its_name_and_one_that_is_gone_last(
    in_memory: Database,
) -> None:
    told(in_memory, busy(PEOPLE))
    table = table_of(Department)

    def rename(session: Session) -> None:
        renamed: dict[str, dict[str, Any]] = {
            "support": {"name": "Finance"},
            "finance": {"name": "Money"},
            "product": {"name": "Help", "removed": True},
            "marketing": {"name": "Help"},
        }
        for key, values in renamed.items():
            session.connection().execute(update(table).where(table.c.key == key).values(values))

    def asked(wanted: str) -> list[str]:
        return in_memory.read(
            lambda session: [one.key for one in build_report(session, COMPANY, PERIOD, UNTIL, wanted).departments]
        )

    in_memory.write(rename)
    assert [asked(one) for one in ("finance", "support")] == [["finance"], ["support"]]
    with pytest.raises(WrongInput, match="Help has no figures of its own"):
        asked("help")


def test_what_is_told_is_the_same_however_the_hidden_ones_share_it(in_memory: Database) -> None:
    """Not by subtraction: let the two that are told as one swap all their people, and no figure moves."""
    case = busy(PEOPLE)
    whole = written(told(in_memory, case))["json"]
    swapped = {4: 5, 5: 4}
    in_memory.write(clear)
    rows = [
        [*row[:5], swapped.get(row[5], row[5]), *row[6:8], *(swapped.get(d, d) for d in row[8:10]), *row[10:]]
        for row in case.rows
    ]
    other = written(told(in_memory, replace(case, rows=rows)))["json"]
    assert json.loads(other)["figures"] == json.loads(whole)["figures"]


@pytest.mark.parametrize(
    ("acting", "shown", "others"),
    [
        ({1: 5, 2: 5}, (1, 2), set()),
        ({1: 9, 2: 8, 3: 4}, (1,), {2, 3}),  # never one alone: the next smallest joins it
        ({1: 9, 2: 4}, (), {1, 2}),  # and so there is no table
        ({1: 9, 2: 8, 3: 2, 4: 2}, (1,), {2, 3, 4}),  # two of two people are as good as known
        ({1: 9, 2: 8, 3: 3, 4: 3}, (1, 2), {3, 4}),
        ({1: 9, 2: 8, 3: 0}, (1, 2), {3}),  # of nobody nothing is told
        ({1: 9, 2: 8, 0: 1}, (1,), {0, 2}),  # who has no department counts as one
        ({}, (), {1, 2, 3}),
    ],
)
def test_who_is_told_apart(acting: dict[int, int], shown: tuple[int, ...], others: set[int]) -> None:
    days = [privacy_day(person, department) for department, n in acting.items() for person in range(n)]
    departments = tuple(one for one in acting if one) or (1, 2, 3)
    material = bare(days, departments)
    assert privacy.group(material) == Grouping(shown, frozenset(others))
    assert privacy.group(material, least=2) == privacy.group(material)  # less than five is five
    assert OTHERS not in privacy.private(material, Grouping(shown, frozenset())).departments


def privacy_day(person: int, department: int) -> Any:
    return PersonDayRow(100 * department + person, department, 0, 0)


def bare(days: list[Any], departments: tuple[int, ...]) -> Any:
    nothing: dict[Any, Any] = {}
    return Material(
        period=PERIOD,
        now=UNTIL,
        seq=0,
        counting=0,
        facts=[],
        stays=nothing,
        came=frozenset(),
        counts=nothing,
        held=nothing,
        days=days,
        firsts=[],
        reviews=[],
        standing=nothing,
        own_posts=0,
        dropped=0,
        departments=departments,
    )


# --- words -----------------------------------------------------------------------------------------------------------


def test_an_empty_month_has_no_data_and_no_nought_per_cent(in_memory: Database) -> None:
    report = told(in_memory, busy(PEOPLE, mentions=0))
    assert report.sentences == ("In March 2026 nothing arrived.",)
    figures = {one.name: one for _, one in report.figures}
    assert (figures["coverage"].value, figures["coverage"].shown) == (None, "–")
    assert "no table of departments" in report.note
    assert report.departments == ()
    assert "%" not in "".join(one.shown for one in figures.values())


@pytest.mark.parametrize(
    "written", ["yesterday", "2026-13", "2026-W54", "2025-W53", "2026-Q5", "26-11", "2026-00", "1999"]
)
def test_what_is_no_period_is_refused_with_what_is_one(written: str) -> None:
    with pytest.raises(WrongInput, match="2026-W48"):
        read_period(written, ZoneInfo("UTC"), UNTIL)


def test_periods_follow_each_other_without_a_gap() -> None:
    berlin, now = ZoneInfo("Europe/Berlin"), datetime(2027, 6, 1, tzinfo=UTC)
    for written in ("2026-03", "2026-W53", "2026-Q4", "2026"):
        period = read_period(written, berlin, now)
        assert (period.label, period.before().end, period.after().since) == (written, period.since, period.end)
    assert read_period("", berlin, now).label == "2027-05"
    assert read_period("2026-W53", berlin, now).after().label == "2027-W01"
    with pytest.raises(WrongInput, match="has not begun"):
        read_period("2027-07", berlin, now)


# --- asked in the chat -----------------------------------------------------------------------------------------------


@pytest.fixture
def asked(in_memory: Database) -> Scene:
    return Scene(in_memory)


def ask(scene: Scene, who: str, organisation: Organisation | None = None, **given: Any) -> Answer:
    if organisation is not None:
        scene.dispatcher = Dispatcher(organisation, Random(1))
    return scene.do(AskReport(who=scene.person(who), **given))


def test_ones_own_are_for_oneself_and_may_be_switched_off(asked: Scene) -> None:
    mention = asked.arrive()
    asked.pass_time(minutes=7)
    asked.do(ClaimMention(who=asked.person("Ana"), reference=at(mention)))
    count(asked.database, asked.organisation.timezone)
    own, bens = ask(asked, "Ana", period="me"), ask(asked, "Ben", period="me")
    assert own.text == "Your own, March 2026: You took 1 mention and sent 0 replies."
    assert bens.text == "Your own, March 2026: You took 0 mentions and sent 0 replies."
    assert own.secret
    assert ask(asked, "Ana", period="me", department="2026-02").text.endswith("You took 0 mentions and sent 0 replies.")
    everybody = ask(asked, "Ben", period="2026-03")
    assert "Ana" not in str(everybody)
    silent = replace(asked.organisation, reports=Reports(people=People.NONE))
    refused = ask(asked, "Ana", silent, period="me")
    assert (refused.ok, "switched off" in refused.text) == (False, True)


def test_the_chat_tells_a_month_in_sentences_and_refuses_what_is_none(asked: Scene) -> None:
    asked.arrive()
    count(asked.database, asked.organisation.timezone)
    answer = ask(asked, "Ana", period="2026-03")
    assert answer.text.startswith("In March 2026 1 mention arrived so far; 0 of the 1 that wanted an answer got one.")
    assert answer.notice is not None
    assert "log to row 1." in answer.notice.footer
    for given, cure in (
        ({"period": "soon"}, "2026-W48"),
        ({"period": "2026"}, "2026 is not made yet."),
        ({"period": "2026-03", "department": "sales"}, "There are: support, finance."),
        ({"period": "2026-03", "department": "finance"}, "too few people"),
    ):
        refused = ask(asked, "Ana", None, **given)
        assert (refused.ok, cure in refused.text) == (False, True), refused.text


def test_people_are_asked_by_no_name(asked: Scene) -> None:
    ana = asked.person("Ana")
    refused = asked.do(AskReport(who=ana, period="2026-03", department="Ana"))
    assert not refused.ok
