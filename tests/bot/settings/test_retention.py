"""[retention]: whole days, of all sources and of those that there are; without it, for ever."""

import pytest

from bot.settings.retention import read_retention
from bot.toml.problems import Problems, SettingsError
from bot.toml.table import Table
from handlers.base.organisation import Retention


def read(values: dict[str, object]) -> Retention:
    problems = Problems()
    found = read_retention(Table(problems, ("retention",), "[retention]", values), ["blog", "wiki"])
    problems.finish()
    return found


def test_without_it_all_is_kept() -> None:
    assert not read({}).any
    assert (read({}).of("blog"), read({"days": False}).any) == (None, False)


def test_a_source_has_its_own_age_or_that_of_all() -> None:
    found = read({"days": 730, "sources": {"blog": 30, "wiki": False}})
    assert [found.of(name) for name in ("blog", "wiki", "one of before")] == [30, None, 730]
    assert read({"sources": {"blog": 30}}).any


@pytest.mark.parametrize("wrong", [6, 0, -1, True, "1y", 1.5, 40_000, [30]])
def test_what_is_no_number_of_days_is_named(wrong: object) -> None:
    with pytest.raises(SettingsError, match="a whole number of days, from 7 to 36500, or false"):
        read({"days": wrong})


def test_a_source_that_there_is_not_is_named_with_the_nearest() -> None:
    with pytest.raises(SettingsError, match=r"is no source.*blog"):
        read({"sources": {"blgo": 30}})
