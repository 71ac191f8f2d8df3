"""Privacy: nobody is measured by others. A department has figures of its own from so many acting people on.

Those that have fewer are told as one, *Others*. Never one of them alone, nor so few people that they are one as good as
known: total less the rest would tell it. So the next smallest joins them, and if that is the last, there is no table.
Spread and matrices are made of the same groups, since shares and the sum of their squares would give two departments
away as surely as their numbers.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TypeVar

from handlers.report.figures.material import Material, grouped

LEAST_PEOPLE = 5
OTHERS = -1
# A department or a group by its number, a product by its name.
Key = TypeVar("Key", int, str)


@dataclass(frozen=True, slots=True)
class Grouping:
    """Which departments have figures of their own, and which are told as one."""

    shown: tuple[int, ...]
    others: frozenset[int]

    def group_of(self, department_id: int) -> int:
        """Return the group of a department: itself, or the others."""
        return OTHERS if department_id in self.others else department_id

    @property
    def has_table(self) -> bool:
        """Say whether any department has figures of its own."""
        return bool(self.shown)


def acting_people(material: Material) -> Mapping[int, set[int]]:
    """Return who acted, by the department for which they did; 0 is none."""
    found: dict[int, set[int]] = {}
    for one in material.days:
        found.setdefault(one.department_id, set()).add(one.person_id)
    return found


def group(material: Material, least: int = LEAST_PEOPLE) -> Grouping:
    """Decide which departments have figures of their own."""
    people = acting_people(material)
    known = {*material.departments, *people, *material.held, *_named(material)}
    known = {one for one in known if one or one in people}
    shown, others = told_apart(known, people, least)
    return Grouping(tuple(sorted(shown)), frozenset(others))


def told_apart(known: Collection[Key], people: Mapping[Key, set[int]], least: int) -> tuple[set[Key], set[Key]]:
    """Return of whom figures may be told, and of whom they may not, for too few acted for them, or for the rest."""
    least = max(least, LEAST_PEOPLE)
    many = (one for one in known if len(people.get(one, ())) >= least)
    shown = sorted(many, key=lambda one: (-len(people[one]), one))
    others = set(known).difference(shown)
    while others and shown and _is_plain(others, people, least):
        others.add(shown.pop())
    return set(shown), others


def private(material: Material, grouping: Grouping) -> Material:
    """Return what may be told by department: that of those with figures of their own, and of the others as one."""
    return grouped(material, grouping.group_of)


def _is_plain(others: set[Key], people: Mapping[Key, set[int]], least: int) -> bool:
    """Say whether the others are so few that their sum tells of one of them."""
    acting = [people[one] for one in others if people.get(one)]
    together = set[int]().union(*acting)
    return bool(together) and (len(acting) < 2 or len(together) < least)


def _named(material: Material) -> set[int]:
    return {*material.came} | {a for numbers in material.counts.values() for a, _ in numbers if a}
