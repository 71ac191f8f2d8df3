"""What is said of a query that cannot be taken as it stands: a sentence, and a line that points at the place.

Nothing is guessed: whoever wrote the query sees where it can be read in two ways, or what to write instead.
"""

import unicodedata

_BEFORE, _AFTER = 40, 30


class QueryError(ValueError):
    """A query is refused; the text is a sentence that names the place and what to write instead.

    Attributes:
        position: Where, in characters from 0.
        query: The whole of it.
    """

    def __init__(self, sentence: str, query: str, position: int) -> None:
        super().__init__(sentence)
        self.query = query
        self.position = position

    @property
    def pointed(self) -> tuple[str, str]:
        """The query around the place on one line, and a line with a caret below it, for letters of one width."""
        line = "".join(letter if letter.isprintable() else " " for letter in self.query)
        first = self.position - _BEFORE if self.position > _BEFORE + 1 else 0
        last = self.position + _AFTER
        before = ("…" if first else "") + line[first : self.position]
        behind = line[self.position : last] + ("…" if last < len(line) else "")
        return before + behind, " " * sum(map(_width, before)) + "^"

    @property
    def lines(self) -> tuple[str, ...]:
        """The sentence, and what points at the place where there is anything."""
        return str(self), *(f"    {line}" for line in self.pointed if self.query.strip())


def at(position: int) -> str:
    """Say a place as all sentences do."""
    return f"at position {position}"


def _width(letter: str) -> int:
    if unicodedata.combining(letter) or unicodedata.category(letter) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1
