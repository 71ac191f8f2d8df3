"""Sentences: what a report says before any number, and no more than is true."""

from collections.abc import Iterator

from handlers.report.figures import figures
from handlers.report.figures.before import Before
from handlers.report.figures.material import Material
from handlers.report.figures.shown import NOT_YET, say_departments, say_median, say_rate, say_seconds
from handlers.report.figures.statistics import FOR_BREADTH, FOR_MEDIAN, Breadth, same

_WIDE = 1.96


def sentences(now: Material, before: Before, spread: Breadth | None, departments: int) -> Iterator[str]:
    """Yield the sentences of a period, with the one before it where there is a difference to tell.

    Args:
        now: The period.
        before: The one before it, as far as it is compared.
        spread: How broadly replies are spread, as it may be told; None = it may not.
        departments: Over how many it may be, small ones as one.
    """
    covered = figures.coverage(now)
    so_far = " so far" if now.period.goes_on(now.now) else ""
    if not covered.arrived:
        yield f"In {now.period.spoken} nothing arrived{so_far}."
    else:
        arrived = "1 mention arrived" if covered.arrived == 1 else f"{covered.arrived:,} mentions arrived"
        yield f"In {now.period.spoken} {arrived}{so_far}{_answered(covered)}."
        yield from _compared(covered, before)
        yield from _claimed(now)
    yield from _spread(spread, before, departments)


def _answered(covered: figures.Coverage) -> str:
    found = covered.answered
    if not found.n:
        return ", none of which wanted an answer"
    told = f"; {found.k:,} of the {found.n:,} that wanted an answer got one"
    return told if found.n < 10 else f"{told}: {say_rate(found)}"


def _compared(covered: figures.Coverage, before: Before) -> Iterator[str]:
    alike = same(covered.answered, before.answered)
    if alike is None or min(covered.answered.n, before.answered.n) < 10:
        return
    told = "about the same share" if alike else say_rate(before.answered)
    yield f"In {before.period.spoken} it was {told}."


def _claimed(now: Material) -> Iterator[str]:
    claim = figures.until_claimed(now)
    if not claim.n:
        return
    if claim.n < FOR_MEDIAN:
        told = [say_seconds(one) for one in claim.seconds]
        waiting = claim.n - claim.reached
        yield f"Until somebody had it: {', '.join([*told, f'{waiting} {NOT_YET}'] if waiting else told)}."
    elif claim.median is None:
        yield "Fewer than half were claimed by now."
    else:
        yield f"Half were claimed within {say_median(claim)}."


def _spread(spread: Breadth | None, before: Before, departments: int) -> Iterator[str]:
    earlier = before.spread
    if spread is None or spread.effective is None:
        return
    if spread.n < FOR_BREADTH:
        yield f"There were {spread.n:.0f} replies of departments: too few to say how broad they are."
        return
    told = f"Replies are as broad as {say_departments(spread)} of {departments} departments"
    if earlier is None or earlier.effective is None or earlier.n < FOR_BREADTH:
        yield f"{told}."
    elif _same_breadth(spread, earlier):
        yield f"{told}, about the same as in {before.period.spoken}."
    else:
        yield f"{told}; in {before.period.spoken} {say_departments(earlier)}."


def _same_breadth(one: Breadth, other: Breadth) -> bool:
    apart = abs((one.breadth or 0) - (other.breadth or 0))
    return apart <= _WIDE * ((one.error or 0) + (other.error or 0))
