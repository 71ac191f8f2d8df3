"""[reports] in dibs.toml: whose figures a person sees, and from how many people on a department has any."""

from datetime import time
from pathlib import Path

import pytest

from handlers.base.organisation import DigestTime, People, Reports
from handlers.base.value import MINUTES, Value
from tests.bot.settings.test_settings import read, refusal

DEPARTMENTS = "[departments.support]\n"


def test_without_it_a_person_sees_their_own_and_five_are_the_least(tmp_path: Path) -> None:
    assert read(tmp_path, DEPARTMENTS).organisation.reports == Reports(people=People.SELF, least_people=5)


def test_it_may_be_stricter(tmp_path: Path) -> None:
    text = f'{DEPARTMENTS}[reports]\npeople = "none"\nleast_people = 8\n'
    assert read(tmp_path, text).organisation.reports == Reports(people=People.NONE, least_people=8)


def test_a_department_may_say_how_many_people_it_has(tmp_path: Path) -> None:
    text = "[departments.support]\nheadcount = 40\n[departments.finance]\n"
    assert [one.headcount for one in read(tmp_path, text).organisation.departments] == [40, None]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('people = "all"', 'is not "all"; it is "self" or "none"'),
        ("least_people = 4", "is a whole number from 5 up"),
        ("least_people = 5.5", "is a whole number from 5 up"),
        ('least = "5"', "does not know"),
    ],
)
def test_it_may_not_be_laxer(tmp_path: Path, line: str, told: str) -> None:
    assert told in refusal(tmp_path, f"{DEPARTMENTS}[reports]\n{line}\n")


def test_the_week_is_told_where_and_when_the_table_says(tmp_path: Path) -> None:
    def weekly(lines: str) -> Reports:
        return read(tmp_path, f"{DEPARTMENTS}[reports]\n{lines}\n").organisation.reports

    monday = DigestTime(at=time(9, 30), days=frozenset({0}))
    assert weekly("").weekly is None
    assert weekly('weekly = "mon 09:30"') == Reports(weekly=monday)
    assert weekly('slack = "C0123456789"') == Reports(weekly=monday, homes={"slack": "C0123456789"})
    assert weekly('weekly = "fri 16:00"').weekly == DigestTime(at=time(16), days=frozenset({4}))
    assert weekly('weekly = false\nteams = "19:abc@thread.tacv2"').weekly is None


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('slack = "#all-company"', 'is the id of a channel, such as "C0123456789", and not "#all-company"'),
        ('teams = "General"', 'is the id of a channel, such as "19:'),
        ('weekly = "sometimes"', 'is a time such as "09:00" or "mon-fri 09:00", or false for none.'),
        ("weekly = true", 'is a time such as "09:00"'),
    ],
)
def test_a_week_that_can_be_told_nowhere_or_never_is_refused(tmp_path: Path, line: str, told: str) -> None:
    assert told in refusal(tmp_path, f"{DEPARTMENTS}[reports]\n{line}\n")


VALUE = {
    "currency": '"EUR"',
    "contact": "6.50",
    "hour": "45",
    "would_have": "[0.10, 0.25, 0.50]",
    "source": '"Survey of 120 authors, May 2026"',
}


def valued(**changed: str | None) -> str:
    lines = (f"{key} = {value}" for key, value in (VALUE | changed).items() if value is not None)
    topic = '[[topics]]\nname = "billing"\nany = ["refund"]\ndepartment = "support"\n'
    return "\n".join([DEPARTMENTS, topic, "[reports.value]", *lines, ""])


def test_value_is_off_until_its_costs_and_its_survey_are_there(tmp_path: Path) -> None:
    assert read(tmp_path, f"{DEPARTMENTS}[reports]\n").organisation.reports.value is None
    survey = "Survey of 120 authors, May 2026"
    value = Value(currency="EUR", contact=6.5, hour=45, would_have=(0.1, 0.25, 0.5), source=survey)
    assert read(tmp_path, valued()).organisation.reports.value == value
    told = read(tmp_path, valued(topics='["billing"]', minutes="{ claimed = 3 }")).organisation.reports.value
    assert told is not None
    assert (told.topics, dict(told.minutes)) == (("billing",), {"claimed": 3})
    assert value.minutes == MINUTES


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"source": None}, "source is missing: a value without a source is a guess. Ask your own authors"),
        ({"source": '" "'}, "source is empty"),
        ({"contact": None}, "contact is missing: what one contact with your service costs you."),
        ({"contact": "0"}, "contact is more than 0"),
        ({"hour": None}, "hour is missing"),
        ({"currency": None}, "currency is missing"),
        ({"would_have": None}, "would_have is missing: three parts of 1 that rise, such as [0.10, 0.25, 0.50]"),
        ({"would_have": "0.25"}, "would_have is three parts of 1 that rise"),
        ({"would_have": "[0.5, 0.25, 0.1]"}, "would_have is three parts of 1 that rise"),
        ({"would_have": "[10, 25, 50]"}, "would_have is three parts of 1 that rise"),
        ({"topics": '["biling"]'}, 'names "biling", which is no topic; did you mean "billing"?'),
        ({"minutes": "{ thought = 3 }"}, "does not know"),
        ({"minutes": "{ claimed = 0 }"}, "gives no action a minute"),
        ({"rate": "0.05"}, "does not know"),
    ],
)
def test_a_value_without_a_source_or_a_cost_is_refused_with_its_cure(
    tmp_path: Path, changed: dict[str, str | None], told: str
) -> None:
    assert told in refusal(tmp_path, valued(**changed))
