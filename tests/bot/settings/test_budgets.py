"""Budgets in dibs.toml: how much may be spent of what a kind counts, said as people say it."""

import tomllib

import pytest

from bot.settings.budgets import read_budgets
from bot.toml.problems import Problems, SettingsError
from bot.toml.table import Table
from handlers.base.budget import USD, Budget, Unit, Window

UNITS = Budget(unit=Unit("unit", "units"), most=10_000, window=Window.PACIFIC_DAY, for_replies=0.2)
SEARCHES = Budget(unit=Unit("search", "searches"), most=100, window=Window.PACIFIC_DAY, buckets=("searching",))
MONEY = Budget(unit=USD, most=USD.parts_of("10"), window=Window.MONTH)


def read(written: str, *declared: Budget) -> tuple[int, ...]:
    """Return how much may be spent by what is written, in parts of each unit.

    Raises:
        SettingsError: It is not well; the text says why.
    """
    problems = Problems()
    problems.open("dibs.toml", written)
    table = Table(problems, ("sources", 0), "[[sources]] x", tomllib.loads(written))
    found = read_budgets(table, declared)
    problems.finish()
    assert [(one.key, one.buckets, one.for_replies) for one in found] == [
        (one.key, one.buckets, one.for_replies) for one in declared
    ]
    return tuple(one.most for one in found)


@pytest.mark.parametrize(
    ("written", "declared", "most"),
    [
        ("", (UNITS, SEARCHES), (10_000, 100)),
        ('budget = "5000 units a day"', (UNITS, SEARCHES), (5_000, 100)),
        ('budget = "50,000 units a day"', (UNITS, SEARCHES), (50_000, 100)),
        ('budget = ["50 searches a day", "1 Unit a day"]', (UNITS, SEARCHES), (1, 50)),
        ('budget = "25 USD a month"', (MONEY,), (25_000,)),
        ('budget = "2.50 usd a month"', (MONEY,), (2_500,)),
        ("budget = []", (MONEY,), (10_000,)),
    ],
)
def test_dibs_toml_says_how_much_and_the_kind_all_else(
    written: str, declared: tuple[Budget, ...], most: tuple[int, ...]
) -> None:
    assert read(written, *declared) == most


@pytest.mark.parametrize(
    ("written", "declared", "said"),
    [
        (
            '"10 USD a month"',
            (),
            "is for sources whose network sells or rations what is asked of it; this one has none.",
        ),
        ('"much"', (MONEY,), 'is what may be spent, such as "10 USD a month".'),
        ('"10 USD"', (MONEY,), 'such as "10 USD a month".'),
        ('"1,00 USD a month"', (MONEY,), 'such as "10 USD a month".'),
        ('"-1 USD a month"', (MONEY,), 'such as "10 USD a month".'),
        (
            '"all units a day"',
            (UNITS, SEARCHES),
            'such as "10,000 units a day", or a list such as ["10,000 units a day", "100 searches a day"].',
        ),
        ('"10 EUR a month"', (MONEY,), "counts USD a month, and no EUR a month."),
        ('"10 USD a day"', (MONEY,), "counts USD a month, and no USD a day."),
        ('"10 calls a day"', (UNITS, SEARCHES), "counts units a day and searches a day, and no calls a day."),
        ('"0.0005 USD a month"', (MONEY,), "is counted in steps of 0.001 USD."),
        ('"0.5 units a day"', (UNITS,), "is counted in steps of 1 unit."),
        ('"0 units a day"', (UNITS,), "is from 1 unit to 2,000,000,000 units a day."),
        ('"999,999,999,999 USD a month"', (MONEY,), "is from 0.001 USD to 2,000,000 USD a month."),
        ('["5 units a day", "6 units a day"]', (UNITS,), "says twice how many units a day."),
        ("10", (MONEY,), "is text in quotes."),
        ("[10]", (MONEY,), "is text in quotes."),
    ],
)
def test_what_cannot_be_meant_is_answered_with_what_can(written: str, declared: tuple[Budget, ...], said: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read(f"budget = {written}", *declared)
    (problem,) = caught.value.problems
    assert problem.startswith("dibs.toml")
    assert "budget" in problem
    assert problem.endswith(said)


@pytest.mark.parametrize("budget", [UNITS, SEARCHES, MONEY])
def test_what_is_said_can_be_written(budget: Budget) -> None:
    assert read(f'budget = "{budget.said}"', budget) == (budget.most,)
