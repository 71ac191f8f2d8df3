"""Pictures: six ways to look at the figures of a report, each with its sentence. They hold no number of their own."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from itertools import combinations

from handlers.base.charts import MOST_BARS, Chart, ChartKind, Matrix, Point, Series
from handlers.report.figures.definitions import DEFINITIONS
from handlers.report.figures.parts import Part
from handlers.report.figures.report import Report
from handlers.report.figures.shown import NO_DATA, Figure
from handlers.report.figures.statistics import FOR_BREADTH

# By what a figure is opened; empty where it is not.
Opens = Callable[[Figure], str]
# Two sources are answered alike when no department's share differs by more than this.
_ALIKE = 0.05


def pictures(report: Report, opens: Opens, opens_before: Opens) -> Iterator[Chart | Matrix]:
    """Yield what there is to be looked at.

    Args:
        report: Whose figures they are.
        opens: Where a figure of the period is opened.
        opens_before: Where one of the period before is.
    """
    if report.company is not None:
        yield from _on_days(report, opens)
    if len(report.departments) > 1:
        yield who_replied(report, opens, opens_before)
        yield _how_soon(report, opens)
    if report.matrices:
        names = {one.key: one.name for one in report.departments}
        yield from _between(report, opens, names)
        yield from _where(report, opens, names)


def _on_days(report: Report, opens: Opens) -> Iterator[Chart]:
    arrived, answered = _named(report.days, "arrived_on"), _named(report.days, "answered_on")
    if not any(one.value for one in arrived):
        return
    most = max(arrived, key=lambda one: one.value or 0)
    when = "in the week from" if report.period.is_long else "on"
    total, replied = (sum(int(one.value or 0) for one in some) for some in (arrived, answered))
    yield Chart(
        name="days",
        title="What arrived, and what of it was answered",
        sentence=f"{total:,} arrived, {replied:,} of them are answered; the most {when} {_date(most)}: {most.shown}.",
        definition=f"{DEFINITIONS['arrived_on']} {DEFINITIONS['answered_on']}",
        kind=ChartKind.LINE,
        series=(_series("Arrived", arrived, opens), _series("Answered", answered, opens)),
    )


def _series(name: str, found: Iterable[Figure], opens: Opens) -> Series:
    return Series(name=name, points=tuple(_point(_date(one), one, opens) for one in found))


def _date(figure: Figure) -> str:
    day = date.fromisoformat(figure.of[0])
    return f"{day.day} {day:%b}"


def who_replied(report: Report, opens: Opens, opens_before: Opens) -> Chart:
    """Draw how often each department replied, beside the period before."""
    now = [(part, one) for part in report.departments for one in _named(part.figures, "replies")]
    earlier = {one.of[0]: one for one in report.earlier}
    series = [Series(name=report.period.spoken, points=tuple(_point(part.name, one, opens) for part, one in now))]
    if earlier:
        before = (_point(part.name, earlier.get(part.key), opens_before) for part, _ in now)
        series.append(Series(name=report.period.before().spoken, points=tuple(before)))
    return Chart(
        name="replies",
        title="Who replied",
        sentence=_ranked([(one.value or 0, part.name) for part, one in now]),
        definition=DEFINITIONS["replies"],
        series=tuple(series),
    )


def _ranked(replies: list[tuple[float, str]]) -> str:
    least, most = min(replies), max(replies)
    if not most[0]:
        return "No department replied."
    if least[0] == most[0]:
        return f"All replied equally often: {most[0]:,.0f}."
    return f"{most[1]} replied most, {most[0]:,.0f}; {least[1]} least, {least[0]:,.0f}."


def _how_soon(report: Report, opens: Opens) -> Chart:
    found = [(part, _half(part)) for part in report.departments]
    known = [(one.value, part.name, one.shown) for part, one in found if one.value is not None]
    soon, late = (min(known), max(known)) if known else (None, None)
    if soon is None or late is None:
        sentence = "Of no department is known yet within what time half were claimed."
    elif soon == late:
        sentence = f"Half were claimed within {soon[2]} at {soon[1]}; of no other is it known yet."
    else:
        sentence = f"Half were claimed within {soon[2]} at {soon[1]}, and within {late[2]} at {late[1]}."
    return Chart(
        name="claim",
        title="Within what time half had somebody",
        sentence=sentence,
        definition=DEFINITIONS["claim"],
        series=(Series(name="Half, from when it came", points=tuple(_point(p.name, f, opens) for p, f in found)),),
    )


def _half(part: Part) -> Figure:
    return _named(part.figures, "claim")[0]


def _between(report: Report, opens: Opens, names: dict[str, str]) -> Iterator[Matrix]:
    told = (
        ("helped", "Who helped whom", "helped ↓ at →", "{a} helped {b} most: {n}."),
        ("handed_off", "Who passed on to whom", "from ↓ to →", "{a} passed on to {b} most: {n}."),
    )
    for what, title, corner, sentence in told:
        found = {one.of: one for one in _named(report.matrices, what)}
        if found:
            most = max(found.values(), key=lambda one: one.value or 0)
            a, b = (names.get(key, key) for key in most.of)
            said = sentence.format(a=a, b=b, n=most.shown)
            yield _matrix(what, title, said, corner, names, names, found, opens)


def _where(report: Report, opens: Opens, names: dict[str, str]) -> Iterator[Matrix]:
    found = {one.of: one for one in _named(report.matrices, "map")}
    sources = sorted({source for _, source in found})
    if not sources:
        return
    alike = list(_alike(found, names, sources))
    warning = f"These may play one role, the same departments answer there: {'; '.join(alike)}." if alike else ""
    said = f"{len(sources)} {'source' if len(sources) == 1 else 'sources'}, and who replied there."
    columns = {source: source for source in sources[:MOST_BARS]}
    yield _matrix("map", "Who replied where", said, "who ↓ where →", names, columns, found, opens, warning)


def _alike(found: dict[tuple[str, ...], Figure], names: dict[str, str], sources: Sequence[str]) -> Iterator[str]:
    """Yield the pairs of sources that the same departments answer in the same shares, where there is enough to tell."""
    counts = {source: [_value(found, key, source) for key in names] for source in sources}
    enough = [source for source in sources if sum(counts[source]) >= FOR_BREADTH]
    for one, other in combinations(enough, 2):
        shares = ([n / sum(counts[source]) for n in counts[source]] for source in (one, other))
        if all(abs(a - b) <= _ALIKE for a, b in zip(*shares, strict=True)):
            yield f"{one} and {other}"


def _value(found: dict[tuple[str, ...], Figure], *of: str) -> float:
    return (found[of].value or 0) if of in found else 0


def _matrix(
    name: str,
    title: str,
    sentence: str,
    corner: str,
    rows: dict[str, str],
    columns: dict[str, str],
    found: dict[tuple[str, ...], Figure],
    opens: Opens,
    warning: str = "",
) -> Matrix:
    cells = tuple(tuple(_cell(found.get((row, column)), opens) for column in columns) for row in rows)
    return Matrix(
        name=name,
        title=title,
        sentence=sentence,
        definition=DEFINITIONS[name],
        rows=tuple(rows.values()),
        columns=tuple(columns.values()),
        cells=cells,
        corner=corner,
        warning=warning,
    )


def _point(label: str, figure: Figure | None, opens: Opens) -> Point:
    if figure is None:
        return Point(label=label, value=None, says=NO_DATA)
    return Point(label=label, value=figure.value, says=figure.shown, n=figure.n, opens=opens(figure))


def _cell(figure: Figure | None, opens: Opens) -> Point:
    return Point(label="", value=0, says="0") if figure is None else _point("", figure, opens)


def _named(found: Iterable[Figure], name: str) -> list[Figure]:
    return [one for one in found if one.name == name]
