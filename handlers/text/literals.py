"""Literals: what stands in backticks, letter by letter in the text as it is.

Topics look in folded text, where case and some signs are gone. So the longest run of plain letters and digits of each
literal stands in their automaton; what it finds is a guess, and only then the text itself is walked over, once for all
literals. A literal without such a run (`(-:`, `株式会社`) is looked for in every text.
"""

import re
from collections.abc import Mapping, Sequence

from ahocorasick_rs import AhoCorasick, Implementation

from handlers.text.edges import stands_literally
from handlers.text.terms import Term
from storage.text.normalise import composed

# What folding makes small, and changes in no other way: a neighbour that is no ASCII might melt into its end.
_SIGN = r"[\x00-\x2f\x3a-\x40\x5b-\x60\x7b-\x7f]"
_CORE = re.compile(rf"(?:^|(?<={_SIGN}))[A-Za-z0-9]+(?=$|{_SIGN})")


def core(literal: str) -> tuple[str, ...]:
    """Return what of a literal is looked for in folded text, or nothing where no part of it is surely there."""
    return tuple(sorted((run.lower() for run in _CORE.findall(literal)), key=len)[-1:])


class Literals:
    """All literals of all topics, by number.

    Attributes:
        always: Some are looked for in every text.
    """

    def __init__(self, numbers: Mapping[Term, int]) -> None:
        by_text: dict[str, list[tuple[int, bool]]] = {}
        for term, number in numbers.items():
            by_text.setdefault(term.needle, []).append((number, term.title))
        self._numbers = frozenset(numbers.values())
        self.always = not all(map(core, by_text))
        self._meant = tuple(tuple(one) for one in by_text.values())
        self._automaton = AhoCorasick(by_text, store_patterns=False, implementation=Implementation.ContiguousNFA)

    def settle(self, found: set[int], title: str, text: str, links: Sequence[str]) -> None:
        """Put what stands in a text in the place of what was guessed."""
        guessed = found & self._numbers
        if guessed or self.always:
            found.difference_update(guessed)
            parts = [composed(part) for part in (title, text, *links) if part]
            found |= self._find("\n".join(parts), len(parts[0]) if title else 0)

    def _find(self, haystack: str, titled: int) -> set[int]:
        return {
            number
            for needle, start, end in self._automaton.find_matches_as_indexes(haystack, overlapping=True)
            if stands_literally(haystack, start, end)
            for number, in_title in self._meant[needle]
            if start < titled or not in_title
        }
