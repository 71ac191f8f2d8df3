"""Written: a report as text, as JSON and as CSV. The three say the same, figure by figure."""

import csv
import json
from collections.abc import Iterator
from datetime import UTC
from typing import Any, TextIO

from handlers.report.figures.definitions import DEFINITIONS
from handlers.report.figures.report import Report
from handlers.report.figures.shown import Figure

COLUMNS = ("period", "department", "figure", "of", "label", "value", "n", "low", "high", "shown")


def as_json(report: Report) -> dict[str, Any]:
    """Return a report as JSON has it; null is no data, and not 0."""
    used = dict.fromkeys(one.name for _, one in report.figures)
    before = report.period.before()
    return {
        "period": report.period.label,
        "from": report.period.since.isoformat(),
        "until": report.period.end.isoformat(),
        "timezone": str(report.period.zone),
        "as_of": report.now.astimezone(UTC).isoformat(timespec="seconds"),
        "so_far": report.period.goes_on(report.now),
        "product": report.product or None,
        "log_row": report.seq,
        "log_rows_to_count": report.counting,
        "sentences": list(report.sentences),
        "note": report.note,
        "figures": [_figure(key, one) for key, one in report.figures],
        "before": {"period": before.label, "figures": [_figure(one.of[0], one) for one in report.earlier]},
        "definitions": {name: DEFINITIONS[name] for name in used},
    }


def _figure(department: str, one: Figure) -> dict[str, Any]:
    return {
        "department": department,
        "figure": one.name,
        "of": list(one.of),
        "label": one.label,
        "value": one.value,
        "n": one.n,
        "low": one.low,
        "high": one.high,
        "shown": one.shown,
        **one.more,
    }


def write_json(report: Report, out: TextIO) -> None:
    """Write a report as JSON."""
    json.dump(as_json(report), out, ensure_ascii=False, indent=2)
    out.write("\n")


def write_csv(report: Report, out: TextIO) -> None:
    """Write a report as CSV, a line a figure; what is empty is no data."""
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    earlier = ((report.period.before(), one.of[0], one) for one in report.earlier)
    for period, department, one in (*((report.period, *told) for told in report.figures), *earlier):
        of = " > ".join(one.of)
        cells = (period.label, department, one.name, of, one.label, one.value, one.n, one.low, one.high)
        writer.writerow([*cells, one.shown])


def lines(report: Report) -> Iterator[str]:
    """Yield a report line by line, each definition once, under what it is of."""
    yield f"{report.title}{' so far' if report.period.goes_on(report.now) else ''}"
    yield ""
    yield from report.sentences
    told: set[str] = set()
    for part in (*([report.company] if report.company else []), *report.departments):
        yield ""
        yield part.name
        yield from _listed(part.figures, told)
    if report.matrices:
        yield ""
        yield "Between departments, and where they reply"
        yield from _listed(report.matrices, told)
    if report.days:
        yield from ("", "By when it arrived", *_by_day(report.days))
        yield from (f"      {DEFINITIONS[name]}" for name in dict.fromkeys(one.name for one in report.days))
    if report.earlier:
        yield from ("", f"Replies in {report.period.before().spoken}")
        yield from (f"  {one.of[0]}: {one.shown}" for one in report.earlier)
    if report.note:
        yield ""
        yield report.note
    yield ""
    yield foot(report)


def _by_day(days: tuple[Figure, ...]) -> Iterator[str]:
    told: dict[str, list[str]] = {}
    for one in days:
        told.setdefault(one.of[0], []).append(f"{one.label} {one.shown}")
    yield from (f"  {day}: {', '.join(said)}" for day, said in told.items())


def foot(report: Report) -> str:
    """Say up to where a report speaks."""
    behind = f" {report.counting:,} rows are still to be counted." if report.counting else ""
    return f"As of {report.now:%Y-%m-%d %H:%M} UTC, log to row {report.seq:,}.{behind}"


def _listed(found: tuple[Figure, ...], told: set[str]) -> Iterator[str]:
    for position, one in enumerate(found):
        of = f" {one.of[0]} > {one.of[1]}" if len(one.of) > 1 and all(one.of) else ""
        n = f"  (n {one.n:,})" if one.n is not None else ""
        yield f"  {one.label}{of}: {one.shown}{n}"
        last = position + 1 == len(found) or found[position + 1].name != one.name
        if last and one.name not in told:
            told.add(one.name)
            yield f"      {DEFINITIONS[one.name]}"
