"""What a source may spend, as dibs.toml says it: ``budget = "10 USD a month"``, or a list of such texts.

A kind declares what it counts, in which unit and for how long; dibs.toml changes how much that is, and nothing else,
for a window of its own would not be the network's.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from bot.sources.registry import load
from bot.toml.problems import quoted
from bot.toml.table import Table
from handlers.base.budget import Budget

KEY = "budget"
_SAID = re.compile(r"([0-9]{1,12}|[0-9]{1,3}(?:,[0-9]{3}){1,4})(\.[0-9]{1,9})? ([^\W\d_]+) an? ([a-z]+)", re.IGNORECASE)
# As much as a column holds.
_MOST = 2_000_000_000


def declared_by(kind: str, options: Any) -> tuple[Budget, ...]:
    """Return what a kind counts, as its options say where that depends on them."""
    found: tuple[Budget, ...] = getattr(options, "budgets", load(kind).capabilities.budgets)
    return found


def read_budgets(table: Table, declared: Sequence[Budget]) -> tuple[Budget, ...]:
    """Return the budgets of a source: those of its kind, with what its table says instead.

    Args:
        table: The source's; what is wrong in it is complained about, and left as its kind says.
        declared: What its kind counts.
    """
    if KEY not in table:
        return tuple(declared)
    if not declared:
        table.wrong(KEY, "is for sources whose network sells or rations what is asked of it; this one has none.")
        return ()
    texts = table.texts(KEY) if isinstance(table.values[KEY], list) else (table.text(KEY),)
    changed: dict[tuple[str, str], Budget] = {}
    for text in filter(None, texts):
        one = _read(table, declared, text)
        if one is not None and changed.setdefault(one.key, one) is not one:
            table.wrong(KEY, f"says twice how many {one.unit.many} a {one.window.said}.")
    return tuple(changed.get(one.key, one) for one in declared)


def _read(table: Table, declared: Sequence[Budget], text: str) -> Budget | None:
    found = _SAID.fullmatch(text)
    if not found:
        example = quoted(declared[0].said)
        listed = f", or a list such as [{', '.join(quoted(one.said) for one in declared)}]" if declared[1:] else ""
        table.wrong(KEY, f"is what may be spent, such as {example}{listed}.")
        return None
    whole, rest, unit, window = found.groups()
    budget = next((one for one in declared if _is_meant(one, unit, window)), None)
    if budget is None:
        known = " and ".join(f"{one.unit.many} a {one.window.said}" for one in declared)
        table.wrong(KEY, f"counts {known}, and no {unit} a {window}.")
        return None
    try:
        most = budget.unit.parts_of(whole.replace(",", "") + (rest or ""))
    except ValueError:
        table.wrong(KEY, f"is counted in steps of {budget.unit.said(1)}.")
        return None
    if not 0 < most <= _MOST:
        table.wrong(KEY, f"is from {budget.unit.said(1)} to {budget.unit.said(_MOST)} a {window}.")
        return None
    return replace(budget, most=most)


def _is_meant(budget: Budget, unit: str, window: str) -> bool:
    names = {budget.unit.one.casefold(), budget.unit.many.casefold()}
    return unit.casefold() in names and window.casefold() == budget.window.said
