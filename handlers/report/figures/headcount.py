"""Headcount: how many people a department has, by which it is told how many of them do anything.

dibs.toml may say it (``headcount``). Where it does not, the active people count whom Dibs knows as members, which are
fewer: so it is told which of the two it is. Who acts for a department need not be one of its members.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from handlers.base.organisation import Organisation
from handlers.report.figures.privacy import Grouping
from handlers.report.figures.shown import NO_DATA, Figure, per_cent
from storage.engine.database import Session
from storage.people.people import DepartmentRow
from storage.report import asking

# No group has this number.
COMPANY = -2
BY_DIBS_TOML, KNOWN = "by dibs.toml", "people known"


@dataclass(frozen=True, slots=True)
class Headcount:
    """How many people there are, and by whom that is known."""

    number: int
    by: str


NOBODY = Headcount(0, KNOWN)


def read_heads(
    session: Session, organisation: Organisation, grouping: Grouping, known: Mapping[int, DepartmentRow]
) -> dict[int, Headcount]:
    """Read how many people the company has, and each group of departments; of what is no department there is none."""
    said = {one.key: one.headcount for one in organisation.departments}
    members = asking.members(session)
    there = [one for one in known.values() if not one.removed]
    groups: dict[int, list[DepartmentRow]] = {}
    for one in there:
        groups.setdefault(grouping.group_of(one.id), []).append(one)
    found = {group_id: _together(some, said, members) for group_id, some in groups.items()}
    return found | {COMPANY: _together(there, said, members)}


def _together(
    departments: list[DepartmentRow], said: Mapping[str, int | None], members: Mapping[int, set[int]]
) -> Headcount:
    told = [said.get(one.key) for one in departments]
    written = [one for one in told if one is not None]
    if departments and len(written) == len(told):
        return Headcount(sum(written), BY_DIBS_TOML)
    return Headcount(len(set[int]().union(*(members.get(one.id, set()) for one in departments))), KNOWN)


def of_people(name: str, label: str, did: int, heads: Headcount, *of: str) -> Figure:
    """Return which part of the people did something; it is of all of them, so nothing is guessed about it."""
    share = did / heads.number if heads.number else None
    if share is None:
        shown = NO_DATA
    elif share > 1:
        shown = f"{did:,}, more than the {heads.number:,} {heads.by}"
    else:
        shown = f"{did:,} of {heads.number:,} {heads.by} ({per_cent(share)})"
    return Figure(name=name, label=label, value=share, shown=shown, of=of, n=heads.number, more={"k": did})
