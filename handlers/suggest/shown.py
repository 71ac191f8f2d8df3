"""Shown: what a card and the form of *Hand off* say of a suggestion, while it still fits.

It fits while the mention lies where it lay then: whoever handed it on knew better.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from storage.engine.database import Session
from storage.own.mentions import MentionRow
from storage.people.people import DepartmentRow
from storage.report import suggestions
from storage.report.suggestions import SuggestionRow, ids
from storage.tables.judgements import Shown
from storage.tables.states import Status


@dataclass(frozen=True, slots=True)
class Advice:
    """What is suggested for a mention.

    Attributes:
        named: The department that its card names, or None.
        why: The sentence that says so, or empty.
        choices: The departments that stand first in the form, in order.
    """

    named: DepartmentRow | None
    why: str
    choices: tuple[DepartmentRow, ...]


NO_ADVICE = Advice(None, "", ())


def advice_for(
    session: Session, rows: Collection[MentionRow], departments: Mapping[int, DepartmentRow]
) -> dict[int, Advice]:
    """Return what is suggested for mentions that nobody has, by id; nothing for those of which nothing is shown."""
    by_id = {row.id: row for row in rows if row.owner_id is None and row.status == Status.NEW}
    return {
        one.mention_id: _advice(one, departments)
        for one in suggestions.of_mentions(session, by_id)
        if one.department_id == by_id[one.mention_id].department_id
    }


def _advice(one: SuggestionRow, departments: Mapping[int, DepartmentRow]) -> Advice:
    def here(which: str) -> list[DepartmentRow]:
        return [found for key in ids(which) if (found := departments.get(key)) is not None and not found.removed]

    choices, named = here(one.choices), here(one.names.partition(",")[0])
    if one.shown != Shown.NAMED or not named:
        return Advice(None, "", tuple(choices))
    first = named[0]
    return Advice(first, _why(first.name, one), (first, *(other for other in choices if other.id != first.id)))


def _why(name: str, one: SuggestionRow) -> str:
    others = one.support - 1
    also = f" and {others} other{'' if others == 1 else 's'}" if others else ""
    return f"Perhaps {name}: “{one.word}”, as #{one.example}{also}."
