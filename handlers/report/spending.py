"""Spending: how much of its budgets each source has spent in the window that counts now.

The desk, `dibs check`, /readyz, the metrics and the digest say the same of a budget, because all say what stands here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from handlers.base.budget import Budget, span_at
from handlers.base.organisation import SourceRules
from storage.engine.database import Session
from storage.listen import budgets
from storage.listen.budgets import BudgetRow


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetLine:
    """One budget of a source.

    Attributes:
        spent: In parts of its unit; a network that bills afterwards may bring it above the most.
        ends: When there is more.
    """

    source: str
    budget: Budget
    spent: int
    ends: datetime

    @property
    def near(self) -> bool:
        """Whether people should know of it: it is nearly spent, or is."""
        return self.spent >= self.budget.near

    @property
    def said(self) -> str:
        """Say it: "9,100 of 10,000 units a day are spent"."""
        return f"{self.budget.unit.number(self.spent)} of {self.budget.said} are spent"

    @property
    def sentence(self) -> str:
        """Say it, and when there is more."""
        return f"{self.said}; there is more at {self.ends:%Y-%m-%d %H:%M} UTC."


def read_spending(session: Session, sources: Sequence[SourceRules], now: datetime) -> list[BudgetLine]:
    """Read how much every source has spent, in the order of dibs.toml; where none has a budget, nothing is read."""
    having = [one for one in sources if one.budgets]
    if not having:
        return []
    stored = {(row.source, row.unit, row.per): row for row in budgets.rows(session, [one.name for one in having])}
    return [
        _line(one.name, budget, stored.get((one.name, *budget.key)), now) for one in having for budget in one.budgets
    ]


def _line(source: str, budget: Budget, row: BudgetRow | None, now: datetime) -> BudgetLine:
    span = span_at(budget.window, now)
    spent = 0
    if row is not None and row.began_at >= span.before:
        spent = row.spent if row.began_at >= span.began else row.late
    return BudgetLine(source=source, budget=budget, spent=spent, ends=span.ends)
