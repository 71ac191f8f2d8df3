"""Reports of quarters and years: made at night, kept, and told as they were made, to the last figure."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from sqlalchemy import update

from handlers.base.errors import WrongInput
from handlers.base.organisation import Organisation
from handlers.dispatch.dispatch import Dispatcher
from handlers.report.figures import told
from handlers.report.figures.kept import read_report
from handlers.report.figures.listed import read_listed
from handlers.report.figures.periods import Period, read_period
from handlers.report.figures.report import Report, build_report
from handlers.report.keep import KeepReport, long_periods, prepare_keep
from storage.engine.database import Database
from storage.tables.base import table_of
from storage.tables.report import Folded, KeptReport
from tests.handlers.report.figures.test_report import COMPANY, PEOPLE, PERIOD, UNTIL, busy
from tests.harness.counted import count, put

QUARTER = read_period("2026-Q1", PERIOD.zone, UNTIL)
NOON = UNTIL + timedelta(hours=12)
NIGHT = UNTIL + timedelta(days=1, hours=2)


@pytest.fixture
def counted(database: Database) -> Database:
    """A month of work, counted."""
    database.write(lambda session: put(session, busy(PEOPLE)))
    count(database)
    return database


def prepared(database: Database, now: datetime, organisation: Organisation = COMPANY) -> KeepReport | None:
    dispatcher = Dispatcher(organisation, Random(1))
    command = database.read(lambda session: dispatcher.prepare(session, prepare_keep, now))
    assert command is None or isinstance(command, KeepReport)
    return command


def keep(database: Database, command: KeepReport, now: datetime) -> bool:
    dispatcher = Dispatcher(COMPANY, Random(1))
    return database.write(lambda session: dispatcher.handle(session, command, now)).ok


def kept(database: Database, now: datetime, organisation: Organisation = COMPANY) -> Iterator[str]:
    """Make what is due; yields of what."""
    while (command := prepared(database, now, organisation)) is not None:
        assert keep(database, command, now)
        yield command.row.label


def built(database: Database, period: Period, department: str = "") -> Report:
    return database.read(lambda session: build_report(session, COMPANY, period, NOON, department))


def read(database: Database, period: Period, now: datetime, department: str = "") -> Report:
    return database.read(lambda session: read_report(session, COMPANY, period, now, department))


def test_what_is_kept_is_the_report_as_it_was_made_to_the_last_figure(counted: Database) -> None:
    assert {*kept(counted, NOON)} >= {"2026-Q1", "2026"}
    for period in (QUARTER, read_period("2026", PERIOD.zone, UNTIL)):
        made, later = built(counted, period), NOON + timedelta(days=40)
        assert made.company is not None
        assert len(made.departments) > 3
        assert made.matrices
        assert made.days
        assert read(counted, period, later) == made  # with the time at which it was made
        for one in (made.departments[0].key, made.departments[-2].name.upper()):
            assert read(counted, period, later, one) == built(counted, period, one)
        with pytest.raises(WrongInput, match="no figures of its own") as few:
            read(counted, period, later, "legal")
        with pytest.raises(WrongInput) as now:
            built(counted, period, "legal")
        assert few.value.sentence == now.value.sentence


def test_new_ones_are_made_at_once_and_those_that_changed_at_night(counted: Database) -> None:
    assert [*kept(counted, NOON)] == ["2026-Q2", "2026-Q1", "2026"]
    assert [*kept(counted, NIGHT)] == []  # nothing happened
    _something_happens(counted)
    assert [*kept(counted, NIGHT - timedelta(minutes=1))] == []
    assert [*kept(counted, NIGHT)] == ["2026-Q2", "2026-Q1", "2026"]
    assert read(counted, QUARTER, NIGHT).now == NIGHT
    assert [*kept(counted, NIGHT + timedelta(hours=1))] == []
    much_later = datetime(2027, 6, 1, 12, tzinfo=UTC)
    assert [*kept(counted, much_later)] == ["2027-Q2", "2027-Q1", "2026-Q4", "2026-Q3", "2027"]


def test_what_was_over_a_year_ago_stays_as_it_was_made(counted: Database) -> None:
    assert "2026-Q1" in kept(counted, datetime(2027, 4, 3, 12, tzinfo=UTC))
    _something_happens(counted)
    assert {*kept(counted, datetime(2027, 4, 5, 12, tzinfo=UTC))} == {"2026-Q2", "2026-Q3", "2026-Q4", "2026"} | {
        "2027-Q1",
        "2027-Q2",
        "2027",
    }


def _something_happens(database: Database) -> None:
    """Let the log have gone on since the reports were made."""
    earlier = update(table_of(KeptReport)).values(seq=KeptReport.seq - 1)
    database.write(lambda session: session.connection().execute(earlier))


def test_of_two_who_make_one_at_once_one_is_kept(counted: Database) -> None:
    first, second = prepared(counted, NOON), prepared(counted, NOON + timedelta(seconds=1))
    assert first is not None
    assert second is not None
    assert keep(counted, second, NOON)
    assert not keep(counted, first, NOON)
    assert read(counted, read_period(first.row.label, PERIOD.zone, NOON), NOON).now == NOON + timedelta(seconds=1)


def test_none_is_made_while_the_log_is_counted_and_what_is_not_made_says_when_it_will_be(in_memory: Database) -> None:
    assert prepared(in_memory, NOON) is None  # nothing ever arrived
    case = replace(busy(PEOPLE, mentions=800), now=NOON + timedelta(days=365))
    in_memory.write(lambda session: put(session, case))
    assert prepared(in_memory, NOON) is None
    count(in_memory)
    in_memory.write(lambda session: session.connection().execute(update(table_of(Folded)).values(seq=1)))
    assert prepared(in_memory, NOON) is None
    with pytest.raises(WrongInput, match=r"^Quarter 1 of 2026 is not made yet\. .* ask for a month\.$"):
        read(in_memory, QUARTER, NOON)


def test_what_was_over_before_the_first_post_says_so(counted: Database) -> None:
    with pytest.raises(WrongInput, match=r"^Nothing arrived in 2025: the first post came on 1 March 2026\.$"):
        read(counted, read_period("2025", PERIOD.zone, UNTIL), NOON)


@pytest.mark.parametrize("changed", [{"least_people": 7}, {"timezone": "Asia/Tokyo"}])
def test_who_may_be_told_apart_is_as_dibs_toml_says_now(in_memory: Database, changed: dict[str, object]) -> None:
    in_memory.write(lambda session: put(session, busy(PEOPLE)))
    count(in_memory)
    assert "2026-Q1" in kept(in_memory, NOON)
    if "timezone" in changed:
        other = replace(COMPANY, timezone="Asia/Tokyo")
    else:
        other = replace(COMPANY, reports=replace(COMPANY.reports, least_people=7))
    with pytest.raises(WrongInput, match="not made yet"):
        in_memory.read(lambda session: read_report(session, other, QUARTER, NOON))
    assert "2026-Q1" in kept(in_memory, NOON, other)
    report = in_memory.read(lambda session: read_report(session, other, QUARTER, NOON))
    assert "product" not in {one.key for one in report.departments} or "timezone" in changed


def test_too_many_to_be_opened_at_once_get_a_sentence(in_memory: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    in_memory.write(lambda session: put(session, busy(PEOPLE)))
    count(in_memory)
    for most, fine in ((150, True), (149, False)):
        monkeypatch.setattr(told, "AT_ONCE", most)

        def ask(which: Period = QUARTER) -> int:
            return in_memory.read(lambda session: read_listed(session, COMPANY, which, UNTIL, "arrived", ())).total

        if fine:
            assert ask() == 150
        else:
            with pytest.raises(WrongInput, match="More than 149 mentions arrived in quarter 1 of 2026"):
                ask()


def test_periods_go_back_to_the_first_post() -> None:
    def labels(first: str, now: str) -> list[str]:
        begun, until = (datetime.fromisoformat(f"{one}T12:00+00:00") for one in (first, now))
        return [one.label for one in long_periods(begun, until, PERIOD.zone)]

    assert labels("2026-03-31", "2026-03-31") == ["2026-Q1", "2026"]
    assert labels("2025-12-31", "2026-04-01") == ["2026-Q2", "2026-Q1", "2025-Q4", "2026", "2025"]
