"""An organisation with a source that sells what is asked of it, and what was spent there."""

from dataclasses import replace
from datetime import datetime

from handlers.base.budget import USD, Budget, Unit, Window, span_at
from handlers.base.organisation import Organisation, SourceRules
from storage.engine.database import Database
from storage.listen import budgets, sources
from storage.listen.budgets import Key, Spending

UNITS = Budget(unit=Unit("unit", "units"), most=10_000, window=Window.PACIFIC_DAY, for_replies=0.2)
MONEY = Budget(unit=USD, most=USD.parts_of("10"), window=Window.MONTH)
TUBE = SourceRules(name="tube", kind="feed", budgets=(UNITS, MONEY))


def selling(organisation: Organisation) -> Organisation:
    """Return an organisation that has the source, too."""
    return replace(organisation, sources=(*organisation.sources, TUBE))


def spend(database: Database, budget: Budget, cost: int, now: datetime) -> None:
    """Spend of one of its budgets, whatever is left."""
    span = span_at(budget.window, now)
    spending = Spending(
        cost=cost,
        allowed=cost + budget.most,
        most=budget.most,
        before=span.before,
        began=span.began,
        ends=span.ends,
        late=span.late,
    )
    database.write(lambda session: sources.ensure(session, TUBE.name, TUBE.kind, ""))
    assert database.write(lambda session: budgets.spend(session, Key(TUBE.name, *budget.key), spending))
