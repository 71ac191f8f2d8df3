"""Rebuild: the whole log is counted anew in memory, and compared with what was counted bit by bit."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from handlers.base.organisation import Organisation
from handlers.base.timezones import named_zone
from handlers.report.counting.take import Take
from storage.engine.database import Session
from storage.report import folding

_EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Comparison:
    """What comparing found: how many rows of the log were counted, and what differs, in sentences."""

    rows: int
    differences: tuple[str, ...]


def compare(session: Session, organisation: Organisation) -> Comparison:
    """Count the log anew as far as it is counted, and say what differs."""
    counted, _ = folding.position(session)
    tables = folding.Tables()
    take = Take(tables, named_zone(counted.timezone or organisation.timezone))
    for row in folding.all_rows(session, counted.seq):
        take(row)
    there, anew = folding.kept(session), folding.as_kept(tables)
    told = [one for name in there for one in _differences(name, there[name], anew[name])]
    return Comparison(counted.seq, tuple(told))


def _differences(name: str, there: dict[Any, Any], anew: dict[Any, Any]) -> Iterator[str]:
    different = [key for key in {**there, **anew} if there.get(key) != anew.get(key)]
    if different:
        yield f"{name}: {len(different)} of {len(anew)} rows"
    for key in different[:_EXAMPLES]:
        yield f"  {_told(there.get(key))} was kept, {_told(anew.get(key))} is what the log says"


def _told(row: tuple[Any, ...] | None) -> str:
    return "nothing" if row is None else "(" + ", ".join("" if one is None else str(one) for one in row) + ")"
