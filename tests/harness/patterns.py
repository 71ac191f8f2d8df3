"""Regular expressions that take more than linear time on some text, found by trying what makes them slow.

A pattern is slow where one part of a text may be matched in several ways by what is repeated, or where each place of
the text begins an attempt that walks to its end. So all patterns of a package are collected, with the methods by which
the code asks them; for each, texts are made of what it repeats: some beginning that it takes, then one or two signs
over and over, then an end that it refuses. The processor time for a text is compared with that for one twice as long:
linear is twice, quadratic four times.
"""

import ast
import importlib
import itertools
import pkgutil
import re
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from re import _constants as sre  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from types import ModuleType
from typing import Any

LENGTH = 2_000
# What a linear pattern takes for so many characters at most; what takes longer is looked at closely.
QUICK = 0.001
FAR_TOO_LONG = 0.2
_LENGTHS = (12, 16, 20, 24, 100, 500, LENGTH)
BOUND = 3.0
ROUNDS = 5
MANY = 20
_SCANNING = ("finditer", "findall", "sub", "subn", "split")
_ENDS = ("\x00", "!", "")
_SIGNS = "a1 _-./@:\n"


@dataclass(frozen=True)
class Asked:
    """A pattern, where it stands, and by which method it is asked."""

    where: str
    pattern: "re.Pattern[Any]"
    method: str

    @property
    def run(self) -> Callable[[str], object]:
        """Ask it as the code does."""
        if self.method in _SCANNING:
            return lambda text: sum(1 for _ in self.pattern.finditer(text))
        asked: Callable[[str], object] = getattr(self.pattern, self.method)
        return asked


def asked_in(*packages: str) -> list[Asked]:
    """Return every pattern that stands in a module of these packages, once for each way in which it is asked."""
    found: dict[tuple[str, str], Asked] = {}
    for module in itertools.chain.from_iterable(map(_modules, packages)):
        tree = ast.parse(Path(str(module.__file__)).read_text("utf-8"))
        for name, pattern in _patterns(module, tree):
            for method in _methods(name, tree):
                found.setdefault((pattern.pattern, method), Asked(f"{module.__name__}.{name}", pattern, method))
    return list(found.values())


def _modules(package: str) -> Iterator[ModuleType]:
    root = importlib.import_module(package)
    for one in pkgutil.walk_packages(root.__path__, f"{package}."):
        if not one.name.endswith("__main__") and ".migrations." not in one.name:
            yield importlib.import_module(one.name)


def _patterns(module: ModuleType, tree: ast.AST) -> Iterator[tuple[str, "re.Pattern[str]"]]:
    for name, value in vars(module).items():
        for pattern in _within(value):
            if isinstance(pattern.pattern, str):
                yield name, pattern
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and ast.unparse(call.func).startswith("re.") and call.args:
            first, asked = call.args[0], ast.unparse(call.func)
            if asked != "re.compile" and isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield asked, re.compile(first.value)


def _within(value: object, depth: int = 3) -> "Iterator[re.Pattern[str]]":
    if isinstance(value, re.Pattern):
        yield value
    elif depth and isinstance(value, dict):
        yield from itertools.chain.from_iterable(_within(one, depth - 1) for pair in value.items() for one in pair)
    elif depth and isinstance(value, list | tuple | set | frozenset):
        yield from itertools.chain.from_iterable(_within(one, depth - 1) for one in value)


def _methods(name: str, tree: ast.AST) -> set[str]:
    """Return how a pattern is asked; one within a table, or of another module, in any way that its module asks."""
    if name.startswith("re."):
        return {name.removeprefix("re.")}
    known = ("search", "match", "fullmatch", *_SCANNING)
    asked = [one for one in ast.walk(tree) if isinstance(one, ast.Attribute) and one.attr in known]
    own = {one.attr for one in asked if isinstance(one.value, ast.Name) and one.value.id == name}
    return own or {"fullmatch"}


def slow_text(asked: Asked) -> str | None:
    """Return the beginning of a text for which the time grows faster than its length; None where none was found."""
    for start, pump, end in _attacks(asked.pattern):

        def text_of(length: int, start: str = start, pump: str = pump, end: str = end) -> str:
            return start + pump * (length // len(pump)) + end

        for length in _LENGTHS:  # in steps, for there are patterns that take minutes for fifty characters
            passed = _cost(asked.run, text_of(length))
            # Twice: the collector may have walked through all that is imported meanwhile.
            if passed > FAR_TOO_LONG and _cost(asked.run, text_of(length)) > FAR_TOO_LONG:
                return text_of(40)
        if passed > QUICK and _grows(asked.run, text_of):
            return text_of(40)
    return None


def _cost(work: Callable[[str], object], text: str) -> float:
    started = time.thread_time()
    work(text)
    return time.thread_time() - started


def _grows(work: Callable[[str], object], text_of: Callable[[int], str]) -> bool:
    short, long = text_of(2 * LENGTH), text_of(4 * LENGTH)
    base = min(_cost(work, short) for _ in range(ROUNDS))
    return all(_cost(work, long) > BOUND * base for _ in range(ROUNDS))


def _attacks(pattern: "re.Pattern[str]") -> Iterator[tuple[str, str, str]]:
    tree = list(_parser.parse(pattern.pattern, pattern.flags))
    signs = list(dict.fromkeys([*itertools.islice(_literals(tree), 12), *_SIGNS]))[:16]
    starts: dict[str, None] = {"": None}
    bodies: dict[str, None] = {}
    for start, body in _repeats(tree, ""):
        starts[start] = None
        bodies |= dict.fromkeys((body, start, start + body))
    some = [body for body in bodies if body]
    pumps = dict.fromkeys([*some, *signs, *(one + other for one in some for other in [*some, *signs[:6]])][:60])
    yield from itertools.product(list(starts)[:8], pumps, _ENDS[:2])


def _literals(tree: Iterable[Any]) -> Iterator[str]:
    for kind, value in tree:
        if kind in (sre.LITERAL, sre.NOT_LITERAL):
            yield chr(value)
        elif kind is sre.IN:
            yield from (chr(one[1] if one[0] is sre.LITERAL else one[1][0]) for one in value if one[0] in _POINTS)
        for inner in _inner(kind, value):
            yield from _literals(inner)


_POINTS = (sre.LITERAL, sre.RANGE)
_REPEATS = (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT)


def _inner(kind: Any, value: Any) -> list[Any]:
    if kind in _REPEATS:
        return [value[2]]
    if kind is sre.SUBPATTERN:
        return [value[3]]
    if kind is sre.BRANCH:
        return list(value[1])
    if kind in (sre.ASSERT, sre.ASSERT_NOT):
        return [value[1]]
    if kind is sre.ATOMIC_GROUP:
        return [value]
    return []


def _repeats(tree: Iterable[Any], start: str) -> Iterator[tuple[str, str]]:
    """Yield what stands before each long repeat, and what it repeats."""
    for kind, value in tree:
        if kind in _REPEATS and value[1] > MANY:
            yield start, _sample(value[2])
        for inner in _inner(kind, value):
            yield from _repeats(inner, start)
        start += _sample([(kind, value)])


def _sample(tree: Iterable[Any]) -> str:
    """Write a text that the tree takes, for most of them."""
    return "".join(_one(kind, value) for kind, value in tree)


def _one(kind: Any, value: Any) -> str:
    if kind is sre.LITERAL:
        return chr(value)
    if kind in (sre.NOT_LITERAL, sre.ANY):
        return "a" if value != ord("a") else "b"
    if kind is sre.IN:
        return _of_class(value)
    if kind in _REPEATS:
        times: int = min(max(value[0], 1 if value[1] > MANY else 0), 3)
        return _sample(value[2]) * times
    if kind in (sre.ASSERT, sre.ASSERT_NOT):
        return ""
    within = _inner(kind, value)
    return _sample(within[0]) if within else ""


def _of_class(members: list[Any]) -> str:
    written = "".join(_member(kind, value) for kind, value in members)
    tried = re.compile(f"[{written}]")
    return next((one for one in "a1 _-.@/:#%Aéß日!\n" if tried.match(one)), "") or next(
        _literals([(sre.IN, members)]), ""
    )


def _member(kind: Any, value: Any) -> str:
    if kind is sre.NEGATE:
        return "^"
    if kind is sre.LITERAL:
        return re.escape(chr(value))
    if kind is sre.RANGE:
        return f"{re.escape(chr(value[0]))}-{re.escape(chr(value[1]))}"
    return str(_CATEGORIES[value])


_CATEGORIES = {
    sre.CATEGORY_DIGIT: r"\d",
    sre.CATEGORY_NOT_DIGIT: r"\D",
    sre.CATEGORY_SPACE: r"\s",
    sre.CATEGORY_NOT_SPACE: r"\S",
    sre.CATEGORY_WORD: r"\w",
    sre.CATEGORY_NOT_WORD: r"\W",
}
