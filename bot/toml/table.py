"""Tables: one table of dibs.toml, read key by key. What is wrong is noted, and a harmless value goes on in its place.

So one look at the file finds all that is wrong with it, not the first thing alone.

pydantic, which comes with SQLModel, was tried in place of this for the organisation, departments, topics and options of
sources. The lines of keys stay (its errors carry the same paths), and so does nearly every sentence, but the code grew:
each kind of its errors has to be turned into a sentence of ours, and what only we check (names that are taken, what a
platform or a charter says of its own keys) stays as long as it is. It asks no rule about a whole table while one key of
it is wrong, so that one look no longer finds all. And its models are made anew at each start, which takes its time.
"""

import math
from collections.abc import Iterable, Mapping

from bot.toml.positions import Path
from bot.toml.problems import Problems, did_you_mean, named, quoted

LONGEST_TEXT = 300
MOST_TEXTS = 10_000


class Table:
    """The values of one table.

    Attributes:
        path: Where it stands in the file.
        label: What problems call it, such as ``[organisation]``; empty for the file itself.
        values: As ``tomllib`` read them.
    """

    def __init__(self, problems: Problems, path: Path, label: str, values: Mapping[str, object]) -> None:
        self.problems = problems
        self.path = path
        self.label = label
        self.values = values

    def __contains__(self, key: str) -> bool:
        return key in self.values

    def wrong(self, key: str, sentence: str) -> None:
        """Complain about ``key``: ``sentence`` goes on behind its name."""
        self.problems.at((*self.path, key), f"{self.label} {named(key)} {sentence}".lstrip())

    def only(self, known: Iterable[str]) -> None:
        """Complain about every key but the known ones."""
        known = list(known)
        for key in self.values:
            if key not in known:
                rest = did_you_mean(key, known, otherwise=f"; it knows {', '.join(known)}.")
                sentence = f"{self.label or 'the file'} does not know {quoted(key)}{rest}"
                self.problems.at((*self.path, key), sentence)

    def text(self, key: str, default: str | None = None) -> str:
        """Return a text that is not empty; without a default it has to be there."""
        value = self.values.get(key, default)
        if value is None:
            self.wrong(key, "is missing.")
            return ""
        return self._text(value, (*self.path, key), f"{self.label} {key}".lstrip())

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts; a key that is absent is an empty list."""
        value = self.values.get(key, [])
        if not isinstance(value, list) or len(value) > MOST_TEXTS:
            self.wrong(key, 'is a list of texts, such as ["one", "two"].')
            return ()
        found = [
            self._text(one, (*self.path, key, position), f"{self.label} {key}") for position, one in enumerate(value)
        ]
        return tuple(one for one in found if one)

    def _text(self, value: object, path: Path, called: str) -> str:
        if not isinstance(value, str):
            self.problems.at(path, f"{called} is text in quotes.")
        elif not value.strip():
            self.problems.at(path, f"{called} is empty; write something, or leave it out.")
        elif len(value) > LONGEST_TEXT or not value.isprintable():
            self.problems.at(path, f"{called} is one line of at most {LONGEST_TEXT} characters.")
        else:
            return value.strip()
        return ""

    def flag(self, key: str, default: bool) -> bool:
        """Return true or false."""
        value = self.values.get(key, default)
        if not isinstance(value, bool):
            self.wrong(key, "is true or false.")
            return default
        return value

    def number(self, key: str, default: float) -> float:
        """Return a number from 0 up."""
        value = self.values.get(key, default)
        # bool is an int to Python, and TOML has words for infinity and for what is no number
        if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value < math.inf:
            self.wrong(key, "is a number from 0 up.")
            return default
        return value

    def whole(self, key: str, least: int, most: int, rest: str) -> int | None:
        """Return a whole number between two; None where it is absent, or wrong: then ``rest`` says what it is."""
        value = self.values.get(key)
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            self.wrong(key, rest)
            return None
        return value

    def table(self, key: str, write: str = "") -> "Table":
        """Return a table within this one; one that is absent is empty."""
        path = (*self.path, key)
        label = f"[{'.'.join(named(str(part)) for part in path)}]"
        value = self.values.get(key, {})
        if not isinstance(value, dict):
            self.wrong(key, f"is a table; write {write or label}.")
            value = {}
        return Table(self.problems, path, label, value)

    def tables(self, key: str) -> "list[Table]":
        """Return a list of tables, each called by its ``name`` where it has one."""
        value = self.values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
            self.wrong(key, f"is a list of tables; write [[{key}]] above each.")
            return []
        return [
            Table(self.problems, (*self.path, key, position), f"[[{key}]] {_called(one, position)}", one)
            for position, one in enumerate(value)
        ]


def _called(values: Mapping[str, object], position: int) -> str:
    name = values.get("name")
    return quoted(name) if isinstance(name, str) and name.strip() else f"number {position + 1}"
