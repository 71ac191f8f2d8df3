"""Business: the same times in opening hours, and which promises were kept, where departments promise anything.

They come from the clocks that departments' targets let run, and from nothing else, so no figure is partly of opening
hours and partly of all hours. Where no clock of the period has a target there is none of these figures.
"""

from collections.abc import Iterable, Iterator, Mapping

from handlers.report.figures.shown import Figure, share, spans
from handlers.report.figures.statistics import rate, times
from storage.report.timed import TimedRow
from storage.tables.states import ClockKind

# By its kind, how a clock's figures begin, and what they are called.
_TOLD: Mapping[str, tuple[str, str]] = {
    ClockKind.CLAIM: ("claim", "Until somebody had it"),
    ClockKind.FIRST_REPLY: ("reply", "Until the first reply"),
    ClockKind.RESOLUTION: ("resolution", "Until it was resolved"),
}
KIND_OF: Mapping[str, str] = {f"{name}_business": kind for kind, (name, _) in _TOLD.items()}
PROMISED: Mapping[str, str] = {f"{name}_in_time": kind for kind, (name, _) in _TOLD.items()}


def judged(clocks: Iterable[TimedRow], kind: str) -> list[TimedRow]:
    """Return the clocks of a kind of which it is known whether the promise was kept: met, or late already."""
    return [one for one in clocks if one.kind == kind and (one.took is not None or one.late)]


def business_figures(clocks: list[TimedRow], key: str = "") -> Iterator[Figure]:
    """Yield what clocks say, of all of them or of those of one department, by its key."""
    of = (key,) if key else ()
    for kind, (name, label) in _TOLD.items():
        some = [one.took for one in clocks if one.kind == kind]
        timed = f"{name}_business"
        yield from spans(timed, f"{label}, in opening hours", times(some), *of, rows=timed)
    for kind, (name, label) in _TOLD.items():
        known, kept = judged(clocks, kind), f"{name}_in_time"
        found = rate(sum(not one.late for one in known), len(known))
        yield share(kept, f"{label}, in time", found, *of, rows=kept)
