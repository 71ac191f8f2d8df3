"""`dibs check` warns where sources of one account may spend together what its network does not give."""

from dataclasses import dataclass, replace

import pytest

from bot.chat.base import Finding
from bot.cli.check_budgets import check_shared
from bot.sources.base import SourceConfig, SourceSettings
from handlers.base.budget import Budget
from handlers.base.organisation import SourceRules
from tests.harness.spending import MONEY, UNITS


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Options of a kind that counts."""

    base_url: str = "https://tube.example"

    @property
    def budgets(self) -> tuple[Budget, ...]:
        return (UNITS, MONEY)


def source(name: str, *budgets: Budget, key: str = "k") -> SourceSettings:
    config = SourceConfig(name=name, kind="feed", options=Options(), secrets={"key": key})
    return SourceSettings(config=config, rules=SourceRules(name=name, kind="feed", budgets=budgets or (UNITS, MONEY)))


HALF = replace(UNITS, most=5_000)


@pytest.mark.parametrize(
    "sources",
    [
        [source("tube")],
        [source("tube", HALF), source("search", HALF)],
        [source("tube"), source("search", key="another account")],
        [source("tube", MONEY), source("search", MONEY)],
        [source("tube", replace(UNITS, most=50_000))],  # the network granted more
    ],
)
def test_sources_that_have_their_parts_are_well(sources: list[SourceSettings]) -> None:
    assert check_shared(sources) == []


def test_sources_of_one_account_that_may_spend_too_much_are_named_with_what_to_write() -> None:
    assert check_shared([source("tube"), source("search", HALF)]) == [
        Finding(
            True,
            "Sources tube and search",
            "They ask with one account, and may spend 15,000 units a day together; their network gives 10,000 units.",
            'Give each its part in dibs.toml: budget = "5,000 units a day".',
        )
    ]
