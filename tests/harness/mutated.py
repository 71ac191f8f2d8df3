"""Mutated: what somebody sends, of which hypothesis replaced, dropped, doubled or nested some parts."""

import copy
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

T = TypeVar("T")
SEED = 20260302
_FROM_A_SEED = 250
Path = tuple[str | int, ...]
# All that JSON can hold, with halves of signs that are none, and what no database takes.
_TEXT = st.text(st.characters(exclude_categories=()), max_size=40)
# What stands for a number of 5,000 digits, and for 50,000 lists within each other, until it is written.
_MANY_DIGITS, _DEEP = "(many digits)", "(deep)"
_ODD = st.sampled_from(
    (
        *("", "\x00", "\ud800", "\u202e", "💥" * 50, "a" * 5_000, "-1", "9" * 400),
        *("../..", "<!channel>", "dibs:", "{}", "null", _MANY_DIGITS, _DEEP),
    )
)
_PLAIN = st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from((10**400, -1, 0)) | _TEXT | _ODD
JUNK = st.recursive(
    _PLAIN,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_TEXT | _ODD, inner, max_size=4),
    max_leaves=12,
)


def _paths(value: Any, above: Path = ()) -> Iterator[Path]:
    yield above
    inside: Any = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inside:
        yield from _paths(one, (*above, key))


def _change(whole: Any, path: Path, how: str, junk: Any) -> Any:
    if not path:
        return junk if how == "replace" else whole
    above = whole
    for key in path[:-1]:
        above = above[key]
    here: Any = path[-1]
    if how == "replace":
        above[here] = junk
    elif how == "drop":
        del above[here]
    elif how == "nest":
        above[here] = [[[{"": above[here]}]]]
    elif isinstance(above, list):
        above.extend(copy.deepcopy(above[here]) for _ in range(60))
    else:
        above[f"{here}\x00"] = above[here]
    return whole


@st.composite
def mutated(draw: st.DrawFn, payload: Any) -> Any:
    """Draw a payload of which one to four parts are others than they were."""
    whole = copy.deepcopy(payload)
    for _ in range(draw(st.integers(1, 4))):
        path = draw(st.sampled_from(list(_paths(whole))))
        whole = _change(whole, path, draw(st.sampled_from(("replace", "replace", "drop", "nest", "grow"))), draw(JUNK))
    return whole


def as_json(payload: Any) -> bytes:
    """Write a payload as JSON, some of which not every reader takes: NaN, long numbers, lists in lists."""
    written = json.dumps(payload)
    for word, instead in ((_MANY_DIGITS, "9" * 5_000), (_DEEP, "[" * 50_000 + "]" * 50_000)):
        written = written.replace(f'"{word}"', instead)
    return written.encode()


def broken(body: bytes) -> st.SearchStrategy[bytes]:
    """Draw a body that was cut off, or of which a byte is another one."""
    places = st.integers(0, max(len(body) - 1, 0))
    other = st.tuples(places, st.binary(max_size=3)).map(lambda one: body[: one[0]] + one[1] + body[one[0] + 1 :])
    return places.map(lambda end: body[:end]) | other | st.binary(max_size=200)


def drawn(what: st.SearchStrategy[T], number: int) -> list[T]:
    """Draw so many, a few hundred from each of the seeds that follow on one and the same."""
    return [
        one
        for chunk in range(0, number, _FROM_A_SEED)
        for one in _from_seed(what, min(_FROM_A_SEED, number - chunk), SEED + chunk)
    ]


def _from_seed(what: st.SearchStrategy[T], number: int, first: int) -> list[T]:
    made: list[T] = []

    @seed(first)
    @settings(max_examples=number, database=None, phases=(Phase.generate,), suppress_health_check=list(HealthCheck))
    @given(st.data())
    def draw(data: st.DataObject) -> None:
        made.append(data.draw(what))

    draw()
    return made


class Tracebacks(logging.Handler):
    """Keeps what was logged with a traceback, or as an error."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Take one line."""
        if (record.exc_info and record.exc_info[0] is not None) or record.levelno >= logging.ERROR:
            self.found.append(f"{record.name}: {record.getMessage()} {record.exc_info[1] if record.exc_info else ''}")


@contextmanager
def no_traceback() -> Iterator[None]:
    """Fail where anything is logged as an error, or with a traceback."""
    heard = Tracebacks()
    logging.getLogger().addHandler(heard)
    try:
        yield
    finally:
        logging.getLogger().removeHandler(heard)
    assert heard.found == []
