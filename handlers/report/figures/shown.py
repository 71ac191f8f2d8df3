"""Shown: how a figure is written for people. What is too small for a rate is told in whole numbers."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import isclose

from handlers.report.figures.statistics import FOR_BREADTH, FOR_MEDIAN, FOR_P90, FOR_PER_CENT, Breadth, Rate, Times

NO_DATA, NOT_YET, TOO_FEW = "–", "not yet", "too few"
_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One number of a report, as machines and as people read it.

    Attributes:
        name: What it is; its definition stands under the same name.
        label: What it is called.
        of: Between whom it is, or of which source, by key.
        value: None = no data, which is not 0.
        n: Of how many.
        low: Between what it lies with 95 %.
        shown: It, for people.
        rows: By what its rows are asked for, of which there are ``value`` (or ``n``, where it is a share or a time);
            empty where they are people, or spans.
    """

    name: str
    label: str
    value: float | None
    shown: str
    of: tuple[str, ...] = ()
    n: int | None = None
    low: float | None = None
    high: float | None = None
    rows: str = ""
    more: dict[str, float | None] = field(default_factory=dict)

    @property
    def length(self) -> int | None:
        """How many rows it has."""
        return self.n if self.n is not None else None if self.value is None else int(self.value)


def number(name: str, label: str, value: int, *of: str, rows: str = "") -> Figure:
    """Return a plain number."""
    return Figure(name=name, label=label, value=value, shown=f"{value:,}", of=of, rows=rows)


def share(name: str, label: str, found: Rate, *of: str, rows: str = "") -> Figure:
    """Return a share with its interval."""
    return Figure(
        name=name,
        label=label,
        value=found.rate,
        shown=say_rate(found),
        of=of,
        n=found.n,
        low=found.low,
        high=found.high,
        rows=rows,
        more={"k": found.k},
    )


def say_rate(found: Rate) -> str:
    """Say a rate: "3 of 4", or "83 % (77–88 %)" from ten on."""
    if found.rate is None or found.low is None or found.high is None:
        return NO_DATA
    if found.n < FOR_PER_CENT:
        return f"{found.k} of {found.n}"
    return f"{per_cent(found.rate)} ({found.low * 100:.0f}–{per_cent(found.high)})"


def per_cent(share: float) -> str:
    """Say a share in whole per cents: "83 %"."""
    return f"{share:.0%}".replace("%", " %")


def spans(name: str, label: str, found: Times, *of: str, rows: str = "") -> tuple[Figure, Figure]:
    """Return the median and the ninth decile of how long something took."""
    median = Figure(
        name=name,
        label=f"{label}, half",
        value=found.median,
        shown=_median(found),
        of=of,
        n=found.n,
        rows=rows,
        more={"reached": found.reached},
    )
    ninth = replace(median, label=f"{label}, 9 of 10", value=found.p90, shown=_ninth(found))
    return median, ninth


def _median(found: Times) -> str:
    if not found.n:
        return NO_DATA
    return say_median(found) if found.n >= FOR_MEDIAN else _each(found.seconds, found.n - found.reached)


def say_median(found: Times) -> str:
    """Say within what time half were reached."""
    return NOT_YET if found.median is None else say_seconds(found.median)


def _ninth(found: Times) -> str:
    if not found.n:
        return NO_DATA
    if found.n < FOR_P90:
        return TOO_FEW
    return NOT_YET if found.p90 is None else say_seconds(found.p90)


def _each(seconds: Sequence[float], waiting: int) -> str:
    told = [say_seconds(one) for one in seconds]
    return ", ".join([*told, f"{waiting} {NOT_YET}"] if waiting else told)


def say_seconds(seconds: float) -> str:
    """Say a span: "40 s", "18 min", "2 h 10 min", "3 d 4 h"."""
    if seconds < _MINUTE:
        return f"{seconds:.0f} s"
    if seconds < _HOUR:
        return f"{seconds // _MINUTE:.0f} min"
    large, small, names = (_HOUR, _MINUTE, ("h", "min")) if seconds < _DAY else (_DAY, _HOUR, ("d", "h"))
    whole, rest = int(seconds // large), int(seconds % large // small)
    return f"{whole} {names[0]} {rest} {names[1]}" if rest else f"{whole} {names[0]}"


def spread(name: str, label: str, found: Breadth, departments: int) -> Figure:
    """Return how broadly something is spread, with what it is made of for machines."""
    things = found.error is not None
    enough = found.effective is not None and (not things or found.n >= FOR_BREADTH)
    shown = f"{say_departments(found)} of {departments} departments" if enough else TOO_FEW if found.n else NO_DATA
    return Figure(
        name=name,
        label=label,
        value=found.effective,
        shown=shown,
        n=int(found.n) if things or not found.n else None,
        more={"breadth": found.breadth, "normalised": found.normalised, "error": found.error},
    )


def say_departments(found: Breadth) -> str:
    """Say as how many departments something is broad, with one decimal where it has one."""
    effective = found.effective or 0
    return f"{effective:.0f}" if isclose(effective, round(effective), abs_tol=0.05) else f"{effective:.1f}"
