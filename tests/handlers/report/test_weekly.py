"""The notice of the last week: once, at its hour, with what the report says, and nothing of who has too few people."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert

from handlers.base.cards import Notice
from handlers.base.organisation import DigestTime, Reports
from handlers.base.stored import from_json, to_json
from handlers.dispatch.dispatch import Dispatcher
from handlers.report.counting.fold import fold
from handlers.report.figures.periods import read_period
from handlers.report.figures.report import build_report
from handlers.report.weekly import COMPANY, SendWeekly, build_weekly, due_week, prepare_weekly
from storage.engine.database import Database, Session
from storage.report import asking
from storage.report.shapes import Counted
from storage.tables.base import table_of
from storage.tables.people import Home
from tests.handlers.report.figures.test_report import PEOPLE, busy
from tests.harness.counted import count, put
from tests.harness.scene import ORGANISATION

MONDAY = DigestTime(at=time(9, 30), days=frozenset({0}))
COMPANY_OF_ALL = replace(
    ORGANISATION,
    timezone="UTC",
    desk_url="https://dibs.acme.example/",
    reports=Reports(weekly=MONDAY, homes={"slack": "C0ALL0000"}),
)
# The worked month begins on a Sunday; this is its second week, as it is told on the Monday after.
WEEK = read_period("2026-W11", ZoneInfo("UTC"), datetime(2026, 3, 16, 10, tzinfo=UTC))
NOW = datetime(2026, 3, 16, 10, tzinfo=UTC)


def at(text: str, zone: str = "UTC", when: DigestTime | None = MONDAY) -> str | None:
    organisation = replace(ORGANISATION, timezone=zone, reports=Reports(weekly=when))
    due = due_week(organisation, datetime.fromisoformat(text))
    return due[0].label if due is not None else None


@pytest.mark.parametrize(
    ("moment", "zone", "week"),
    [
        ("2026-03-16T09:29:00+00:00", "UTC", None),
        ("2026-03-16T09:30:00+00:00", "UTC", "2026-W11"),
        ("2026-03-16T23:59:00+00:00", "UTC", "2026-W11"),
        ("2026-03-17T09:30:00+00:00", "UTC", None),
        ("2026-03-16T09:30:00+00:00", "America/New_York", None),
        ("2026-03-16T13:30:00+00:00", "America/New_York", "2026-W11"),
        ("2027-01-04T09:30:00+00:00", "UTC", "2026-W53"),
        ("2026-03-15T20:30:00+00:00", "Pacific/Auckland", "2026-W11"),
    ],
)
def test_it_is_due_at_its_hour_where_the_organisation_is_and_tells_the_last_whole_week(
    moment: str, zone: str, week: str | None
) -> None:
    assert at(moment, zone) == week
    assert at(moment, zone, None) is None


def texts(notice: Notice) -> list[str]:
    return [line.text for part in notice.sections for line in part.lines]


@pytest.fixture
def counted(in_memory: Database) -> Database:
    in_memory.write(lambda session: put(session, busy(PEOPLE, mentions=400)))
    count(in_memory)
    return in_memory


def built(database: Database, department: str = COMPANY) -> Notice | None:
    return database.read(lambda session: build_weekly(session, COMPANY_OF_ALL, WEEK, NOW, [department]))[department]


def test_the_companys_says_what_the_report_says_and_its_picture_what_its_sentence_says(counted: Database) -> None:
    notice = built(counted)
    assert notice is not None
    report = counted.read(lambda session: build_report(session, COMPANY_OF_ALL, WEEK, NOW))
    said = texts(notice)
    assert said[: len(report.sentences)] == list(report.sentences)
    assert report.company is not None
    shown = {one.name: f"{one.label}: {one.shown}" for one in reversed(report.company.figures)}
    assert {shown[name] for name in ("arrived", "coverage", "said", "handed_off", "first_time")} <= set(said)
    (chart,) = (one.chart for one in notice.sections if one.chart is not None)
    assert f"{', '.join(f'{one.label} {one.says}' for one in chart.series[0].points)}." in said
    urls = [line.link.url for part in notice.sections for line in part.lines if line.link]
    assert all(one.startswith("https://dibs.acme.example/report") for one in urls)
    assert "https://dibs.acme.example/report/rows?period=2026-W11&figure=arrived" in urls
    assert "head " in notice.footer
    assert from_json(to_json(notice)) == notice


def test_a_department_hears_of_itself_and_one_with_too_few_people_nothing(counted: Database) -> None:
    support, company = built(counted, "support"), built(counted)
    assert support is not None
    assert support.title == "Support, week 11 of 2026"
    assert [one.split(":")[0] for one in texts(support)][:3] == ["Came to it", "Claims", "Replies"]
    assert built(counted, "legal") is None
    assert company is not None
    assert "legal" not in to_json(company).casefold()
    assert "Person" not in to_json(company)


def test_where_nothing_happened_it_is_one_line(counted: Database) -> None:
    later = read_period("2026-W20", ZoneInfo("UTC"), NOW + timedelta(days=90))
    organisation = COMPANY_OF_ALL
    told = counted.read(lambda session: build_weekly(session, organisation, later, NOW + timedelta(days=90), [COMPANY]))
    notice = told[COMPANY]
    assert notice is not None
    assert texts(notice) == ["Nothing happened."]


# --- when it is told -------------------------------------------------------------------------------------------------


@pytest.fixture
def behind(in_memory: Database) -> Database:
    """A log of which more is not counted than the notice goes without."""
    case = replace(busy(PEOPLE, mentions=800), now=NOW + timedelta(days=365))
    in_memory.write(lambda session: put(session, case))
    in_memory.write(lambda session: fold(session, "UTC", 400))
    return in_memory


def prepared(database: Database, now: datetime, weekly: DigestTime = MONDAY) -> SendWeekly | None:
    organisation = replace(COMPANY_OF_ALL, reports=replace(COMPANY_OF_ALL.reports, weekly=weekly))
    dispatcher = Dispatcher(organisation, Random(1))
    command = database.read(lambda session: dispatcher.prepare(session, prepare_weekly, now))
    assert command is None or isinstance(command, SendWeekly)
    return command


def test_it_waits_for_the_log_to_be_counted_for_an_hour_and_then_says_how_much_is_not(behind: Database) -> None:
    due = datetime(2026, 3, 16, 9, 30, tzinfo=UTC)
    assert prepared(behind, due) is None
    assert prepared(behind, due + timedelta(minutes=59)) is None
    command = prepared(behind, due + timedelta(hours=1))
    assert command is not None
    notice = command.notices[COMPANY]
    assert notice is not None
    assert any("rows of the log were not counted yet when this was told" in one for one in texts(notice))
    count(behind)
    (now,) = (one for one in (prepared(behind, due),) if one is not None)
    assert (told := now.notices[COMPANY]) is not None
    assert "not counted yet" not in to_json(told)


def test_late_on_its_day_it_waits_for_half_of_what_is_left(behind: Database) -> None:
    late = DigestTime(at=time(23, 30), days=frozenset({0}))
    assert prepared(behind, datetime(2026, 3, 16, 23, 44, tzinfo=UTC), late) is None
    assert prepared(behind, datetime(2026, 3, 16, 23, 45, tzinfo=UTC), late) is not None


def test_a_week_is_read_once_for_all_who_are_told_of_it(counted: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = Counter[str]()
    reading = asking.counts

    def counts(session: Session, first: date, until: date) -> list[Counted]:
        asked[f"{first:%Y-%m-%d}"] += 1
        return reading(session, first, until)

    monkeypatch.setattr(asking, "counts", counts)
    homes = [{"department_id": one, "platform": "slack", "workspace": "T1", "channel": f"C{one}"} for one in (1, 2)]
    counted.write(lambda session: session.connection().execute(insert(table_of(Home)), homes))
    command = prepared(counted, NOW)
    assert command is not None
    assert set(command.notices) == {COMPANY, "support", "finance"}
    assert asked == {"2026-03-09": 1, "2026-03-02": 1}  # the week, and the one before it
