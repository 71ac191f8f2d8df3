"""Budgets: what each source has spent of what its network sells or rations; one row for each of them.

A row is of one window, and whoever spends first in the next one begins it. Spending is one conditional UPDATE, so
replicas that meet on the last unit do not both get it. A window that has begun does not end because a clock was set
back; only where that clock was ahead by more than a window, the row follows it back, with all that was spent.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, case, delete, select, update
from sqlmodel import Session

from storage.engine.compiled import Compiled
from storage.engine.upsert import InsertOrIgnore
from storage.tables.base import table_of
from storage.tables.posts import SourceBudget

# Longer than any window and the one behind it.
KEPT = timedelta(days=70)

_budget = table_of(SourceBudget)


@dataclass(frozen=True, slots=True)
class Key:
    """Which budget."""

    source: str
    unit: str
    per: str


@dataclass(frozen=True, slots=True)
class BudgetRow:
    """One row of ``source_budget``, as it was read; the fields are the columns, in their order."""

    source: str
    unit: str
    per: str
    began_at: datetime
    spent: int
    late: int
    most: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Spending:
    """What is to be spent, and when.

    Attributes:
        cost: How much, in parts.
        allowed: How much may be spent in the window when that is done; ``most`` is the whole budget.
        before: When the window before the one that counts now began.
        began: When that one began, and ``ends`` when it does.
        late: It may be counted in the next one, too.
    """

    cost: int
    allowed: int
    most: int
    before: datetime
    began: datetime
    ends: datetime
    late: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """How much is spent now, in the window that began when."""

    spent: int
    began_at: datetime


_ROW = [_budget.c[name] for name in BudgetRow.__slots__]
_STANDING = [_budget.c.spent, _budget.c.began_at]
_AT = _budget.c.began_at.type
_BEGAN, _BEFORE, _ENDS = (bindparam(name, type_=_AT) for name in ("began", "before", "ends"))
_COST, _LATE, _ALLOWED, _MOST = (
    bindparam(name, type_=_budget.c.spent.type) for name in ("cost", "late_cost", "allowed", "its_most")
)
_HERE = (
    _budget.c.source == bindparam("source"),
    _budget.c.unit == bindparam("its_unit"),
    _budget.c.per == bindparam("its_per"),
)
_IS_NOW = _budget.c.began_at >= _BEGAN
_SO_FAR = case((_IS_NOW, _budget.c.spent), (_budget.c.began_at >= _BEFORE, _budget.c.late), else_=0)
# A budget that nothing was spent of.
_NEW = InsertOrIgnore(_budget)
# What is spent, if there is enough; in a window that has not begun yet, with it.
_SPEND = Compiled(
    update(_budget)
    .where(*_HERE, _SO_FAR + _COST <= _ALLOWED)
    .values(
        spent=_SO_FAR + _COST,
        late=case((_IS_NOW, _budget.c.late), else_=0) + _LATE,
        began_at=case((_budget.c.began_at == _ENDS, _budget.c.began_at), else_=_BEGAN),
        most=_MOST,
    )
    .returning(*_STANDING)
)
# What is given back, or was more than was thought: in the window where it was booked, and in the one that it counts in.
_CORRECT = Compiled(
    update(_budget)
    .where(*_HERE, _budget.c.began_at >= _BEGAN, _budget.c.began_at <= bindparam("last", type_=_AT))
    .values(
        spent=_budget.c.spent + _COST,
        late=_budget.c.late + case((_budget.c.began_at == _BEGAN, _LATE), else_=0),
    )
    .returning(*_STANDING)
)
# What the network knows to be spent.
_LEARN = Compiled(
    update(_budget)
    .where(*_HERE, _budget.c.began_at == _BEGAN, _budget.c.spent < _COST)
    .values(spent=_COST)
    .returning(*_STANDING)
)


def spend(session: Session, key: Key, spending: Spending) -> Standing | None:
    """Spend, or return None where there is not enough."""
    values = {
        **_named(key),
        "cost": spending.cost,
        "late_cost": spending.cost if spending.late else 0,
        "allowed": spending.allowed,
        "its_most": spending.most,
        "before": spending.before,
        "began": spending.began,
        "ends": spending.ends,
    }
    row = _SPEND.first(session, **values)
    if row is None:  # or there was no row until now: somebody else may write the first one at this moment
        first = {"source": key.source, "unit": key.unit, "per": key.per, "began_at": spending.began}
        _NEW.run(session, {**first, "spent": 0, "late": 0, "most": spending.most})
        row = _SPEND.first(session, **values)
    return None if row is None else Standing(*row)


def correct(session: Session, key: Key, by: int, booked: datetime, ends: datetime, *, late: bool) -> Standing | None:
    """Change what was spent in the window that began at ``booked``; None where that does not matter any more.

    What was spent late stands in the next window, which begins at ``ends``, too.
    """
    last = ends if late else booked
    row = _CORRECT.first(session, **_named(key), cost=by, late_cost=by if late else 0, began=booked, last=last)
    return None if row is None else Standing(*row)


def learn(session: Session, key: Key, spent: int, booked: datetime) -> Standing | None:
    """Take it from the network how much is spent in a window; None where no less than that was known."""
    row = _LEARN.first(session, **_named(key), cost=spent, began=booked)
    return None if row is None else Standing(*row)


def raised(session: Session, key: Key, most: int) -> bool:
    """Note how much a budget is; True where that is more than when it was last spent of."""
    where = (_budget.c.source == key.source, _budget.c.unit == key.unit, _budget.c.per == key.per)
    more = update(_budget).where(*where, _budget.c.most < most).values(most=most).returning(_budget.c.source)
    return session.connection().execute(more).first() is not None


def rows(session: Session, sources: Sequence[str]) -> list[BudgetRow]:
    """Return the budgets of these sources, those of which anything was ever spent."""
    query = select(*_ROW).where(_budget.c.source.in_(list(sources))).order_by(*_ROW[:3])
    return [BudgetRow(*row) for row in session.connection().execute(query)]


def clean(session: Session, now: datetime) -> None:
    """Forget what is long over: budgets of sources that are gone, and of units that are not counted any more."""
    session.connection().execute(delete(_budget).where(_budget.c.began_at < now - KEPT))


def _named(key: Key) -> dict[str, str]:
    return {"source": key.source, "its_unit": key.unit, "its_per": key.per}
