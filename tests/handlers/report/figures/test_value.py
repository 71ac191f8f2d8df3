"""Value: between low and high, net of the work, told where it is below nought, and with as many rows as it says."""

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from handlers.base.organisation import Reports
from handlers.base.value import Value
from handlers.report.figures.periods import Period
from handlers.report.figures.report import Report, build_report
from handlers.report.figures.rows import rows_of
from handlers.report.figures.shown import Figure
from handlers.report.figures.told import read_told
from handlers.report.figures.written import as_json, lines, write_csv
from storage.engine.database import Database
from tests.harness.counted import Case, count, put
from tests.harness.scene import ORGANISATION

SINCE, UNTIL = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)
PERIOD = Period("2026-03", SINCE.date(), UNTIL.date(), ZoneInfo("UTC"))
SURVEY = "Survey of 120 authors, May 2026"
VALUE = Value(
    currency="EUR", contact=6.5, hour=45, would_have=(0.1, 0.25, 0.5), source=SURVEY, topics=("billing", "help")
)
COMPANY = replace(ORGANISATION, timezone="UTC", reports=Reports(value=VALUE))
WELL = ("claimed", "drafted", "responded", "resolved")


def case(*lives: tuple[str, tuple[str, ...]]) -> Case:
    """Return a month of mentions, each of a topic, with what befell it; a name in brackets is nobody's."""
    rows: list[list[Any]] = []
    for number, (_, actions) in enumerate(lives, start=1):
        at = SINCE + timedelta(hours=number)
        for minute, action in enumerate(("(arrived)", *actions)):
            who = (None, None) if action.startswith("(") else (7, 1)
            when = (at + timedelta(minutes=minute)).isoformat()
            rows.append([len(rows) + 1, when, number, action.strip("()"), *who, None, 7, 1, 1, "button"])
    mentions = {str(n): {"source": "blog", "topic": topic} for n, (topic, _) in enumerate(lives, start=1)}
    return Case("value", ("support",), mentions, rows, [], [], SINCE, UNTIL, UNTIL, {})


def report_of(database: Database, told: Case) -> Report:
    database.write(lambda session: put(session, told))
    count(database)
    return database.read(lambda session: build_report(session, COMPANY, PERIOD, UNTIL))


def figures(report: Report) -> dict[str, Figure]:
    return {one.name: one for _, one in report.figures if one.name in ("contacts", "work", "value")}


WORKED = case(
    *[("billing", ("handed_off", "claimed", "drafted", "approved", "responded", "resolved"))] * 4,  # 8 minutes each
    ("help", ("claimed", "drafted", "responded")),  # 5 minutes, and not resolved
    ("help", ("claimed", "resolved")),  # 1 minute, and not answered
    ("help", ("claimed", "responded", "(author_answered)", "resolved")),  # 1 minute, and its author had the last word
    ("help", ("claimed", "dismissed")),  # 1 minute
    ("other", ("claimed", "drafted", "responded", "resolved")),  # of no topic that is named
)


def test_it_is_told_between_low_and_high_net_of_the_work_and_below_nought(database: Database) -> None:
    found = figures(report_of(database, WORKED))
    assert (found["contacts"].value, found["work"].value, found["work"].n) == (4, 40, 4 * 4 + 2 + 1 + 1 + 1)
    value = found["value"]
    assert (value.low, value.value, value.high) == pytest.approx((2.6 - 45, 6.5 - 30, 13 - 15))
    assert value.shown == "between −42 and −2 EUR, likely −24: it cost more than it saved"
    assert found["work"].shown == "40 min, 30 EUR"


def test_who_had_the_last_word_decides_and_not_how_often_they_wrote(in_memory: Database) -> None:
    again = ("claimed", "responded", "(author_answered)", "responded", "resolved")
    by_hand = ("claimed", "(responded)", "resolved")
    found = figures(report_of(in_memory, case(("help", again), ("help", by_hand), ("help", (*again, "reopened")))))
    assert found["contacts"].value == 2


def test_each_number_opens_as_many_rows_as_it_says(database: Database) -> None:
    found = figures(report_of(database, WORKED))

    def look(session: Any) -> None:
        told = read_told(session, COMPANY, PERIOD, UNTIL)
        for one in found.values():
            rows = rows_of(session, told, one.rows, one.of)
            assert rows is not None
            assert len(rows) == one.length, one

    database.read(look)


def test_page_json_csv_and_text_name_the_survey(in_memory: Database) -> None:
    report = report_of(in_memory, WORKED)
    told = "between −42 and −2 EUR, likely −24: it cost more than it saved"
    out = io.StringIO()
    write_csv(report, out)
    (row,) = (one for one in csv.DictReader(io.StringIO(out.getvalue())) if one["figure"] == "value")
    (entry,) = (one for one in as_json(report)["figures"] if one["figure"] == "value")
    assert (row["label"], row["shown"]) == (entry["label"], entry["shown"]) == (f"Worth, by {SURVEY}", told)
    assert (entry["contact"], entry["would_have_low"], entry["would_have_high"]) == (6.5, 0.1, 0.5)
    assert f"  Worth, by {SURVEY}: {told}  (n 4)" in list(lines(report))
    assert "value" in as_json(report)["definitions"]


def test_what_saved_more_than_it_cost_is_told_so_and_of_nothing_there_is_nothing(in_memory: Database) -> None:
    value = replace(VALUE, topics=(), contact=80)
    organisation = replace(COMPANY, reports=Reports(value=value))
    report_of(in_memory, case(("", WELL), ("x", WELL)))
    report = in_memory.read(lambda session: build_report(session, organisation, PERIOD, UNTIL))
    assert figures(report)["value"].shown == "between 5 and 76 EUR, likely 32"  # 10 minutes, 7.50 EUR
    empty = in_memory.read(lambda session: build_report(session, organisation, PERIOD.before(), UNTIL))
    assert (figures(empty)["value"].value, figures(empty)["value"].shown) == (None, "–")
    doubtful = replace(COMPANY, reports=Reports(value=replace(value, contact=20)))
    report = in_memory.read(lambda session: build_report(session, doubtful, PERIOD, UNTIL))
    assert figures(report)["value"].shown == "between −7 and 16 EUR, likely 2: it may have cost more than it saved"


def test_without_the_table_nothing_is_told_of_it(in_memory: Database) -> None:
    report_of(in_memory, WORKED)
    silent = replace(COMPANY, reports=Reports())
    report = in_memory.read(lambda session: build_report(session, silent, PERIOD, UNTIL))
    assert figures(report) == {}
    assert "worth" not in json.dumps(as_json(report)).casefold()
    told = in_memory.read(lambda session: rows_of(session, read_told(session, silent, PERIOD, UNTIL), "work"))
    assert told is None
