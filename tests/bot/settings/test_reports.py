"""[reports] in dibs.toml: whose figures a person sees, and from how many people on a department has any."""

from pathlib import Path

import pytest

from handlers.base.organisation import People, Reports
from tests.bot.settings.test_settings import read, refusal

DEPARTMENTS = "[departments.support]\n"


def test_without_it_a_person_sees_their_own_and_five_are_the_least(tmp_path: Path) -> None:
    assert read(tmp_path, DEPARTMENTS).organisation.reports == Reports(people=People.SELF, least_people=5)


def test_it_may_be_stricter(tmp_path: Path) -> None:
    text = f'{DEPARTMENTS}[reports]\npeople = "none"\nleast_people = 8\n'
    assert read(tmp_path, text).organisation.reports == Reports(people=People.NONE, least_people=8)


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
