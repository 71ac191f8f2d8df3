"""Statistics: what is true of small numbers. Each gives None where there is no data; nothing is ever 0 % of nothing."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, sqrt

_Z = 1.959963984540054  # of 95 %
# From so many on a rate is told in per cent, a median and a ninth decile are told, and breadth is.
FOR_PER_CENT, FOR_MEDIAN, FOR_P90, FOR_BREADTH = 10, 5, 20, 20


@dataclass(frozen=True, slots=True)
class Rate:
    """So many of so many, and between what the rate lies with 95 % (Wilson 1927, without continuity correction)."""

    k: int
    n: int
    rate: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Times:
    """How long something took, among all for which it was waited.

    Attributes:
        n: How many it was waited for.
        reached: For how many it came.
        median: None = for more than half of them it has not come yet, or there are none.
        p90: The same for nine of ten.
        seconds: Those that were reached, the shortest first, where they are too few for a median.
    """

    n: int
    reached: int
    median: float | None
    p90: float | None
    seconds: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Breadth:
    """Over how many departments something is spread.

    Attributes:
        n: How much there is in all shares.
        shares: The share of each, by department; none of those that have nothing.
        breadth: 1 less the sum of the squares: how likely two of them are of different departments.
        normalised: The same where an even spread over all departments is 1.
        effective: As broad as so many departments that do equally much.
        error: The standard error of ``breadth``, where what is counted are things.
    """

    n: float
    shares: Mapping[int, float]
    breadth: float | None = None
    normalised: float | None = None
    effective: float | None = None
    error: float | None = None


@dataclass(frozen=True, slots=True)
class Gap:
    """The difference of two rates, and between what it lies with 95 % (Newcombe 1998, method 10)."""

    difference: float
    low: float
    high: float

    @property
    def real(self) -> bool:
        """Say whether it is a difference at all."""
        return self.low > 0 or self.high < 0


def rate(k: int, n: int) -> Rate:
    """Return a rate with its interval."""
    if not n:
        return Rate(k, n, None, None, None)
    share, z2 = k / n, _Z * _Z
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = _Z / (1 + z2 / n) * sqrt(share * (1 - share) / n + z2 / (4 * n * n))
    return Rate(k, n, share, max(0.0, middle - half), min(1.0, middle + half))


def gap(one: Rate, other: Rate) -> Gap | None:
    """Return by how much the first rate is higher than the second; None where one of them is none."""
    if one.rate is None or one.low is None or one.high is None:
        return None
    if other.rate is None or other.low is None or other.high is None:
        return None
    difference = one.rate - other.rate
    down = sqrt((one.rate - one.low) ** 2 + (other.high - other.rate) ** 2)
    up = sqrt((one.high - one.rate) ** 2 + (other.rate - other.low) ** 2)
    return Gap(difference, difference - down, difference + up)


def percentile(reached: Sequence[float], n: int, share: float) -> float | None:
    """Return the nearest rank among all n; what is still waited for is later than everything.

    Args:
        reached: Those that came, the shortest first.
        n: How many were waited for.
        share: Which part of them, such as .9.
    """
    rank = ceil(share * n - 1e-9)
    return reached[rank - 1] if n and 0 < rank <= len(reached) else None


def times(spans: Collection[int | None]) -> Times:
    """Return how long something took; spans are in microseconds, None for what is still waited for."""
    reached = sorted([span for span in spans if span is not None])
    n = len(spans)
    median, p90 = (_seconds(percentile(reached, n, share)) for share in (0.5, 0.9))
    return Times(n, len(reached), median, p90, tuple(span / 1_000_000 for span in reached) if n < FOR_MEDIAN else ())


def _seconds(span: float | None) -> float | None:
    return None if span is None else span / 1_000_000


def breadth(amounts: Mapping[int, float], departments: int, *, things: bool = True) -> Breadth:
    """Return how broadly something is spread.

    Args:
        amounts: How much each department has of it.
        departments: How many there are.
        things: It is counted in things, of which each could have been another department's; time is not.
    """
    total = sum(amounts.values())
    if not total:
        return Breadth(0, {})
    shares = {key: amount / total for key, amount in amounts.items() if amount}
    squares = sum(share**2 for share in shares.values())
    most = 1 - 1 / departments if departments > 1 else 0
    cubes = sum(share**3 for share in shares.values())
    return Breadth(
        n=total,
        shares=shares,
        breadth=1 - squares,
        normalised=(1 - squares) / most if most else None,
        effective=1 / squares,
        error=sqrt(max(0.0, 4 / total * (cubes - squares**2))) if things else None,
    )


def same(one: Rate, other: Rate) -> bool | None:
    """Say whether two rates may be one and the same, since their intervals meet; None where one of them is none."""
    if one.low is None or one.high is None or other.low is None or other.high is None:
        return None
    return one.low <= other.high and other.low <= one.high
