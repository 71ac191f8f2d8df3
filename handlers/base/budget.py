"""Budgets: how much of what a network sells or rations a source may spend in a window of time.

A window begins for us some seconds late, since the network's clock may be behind ours. And what is spent shortly before
its end may arrive there, or be counted there, after it: so it counts in the next window, too. Both together mean that
the network counts no more than the budget in any window of its own, while its clock and ours differ by no more than
SKEW, and a request is on its way for no longer than ON_ITS_WAY.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from zoneinfo import ZoneInfo

SKEW = timedelta(seconds=5)
ON_ITS_WAY = timedelta(seconds=15)
NEAR = 0.8

_PACIFIC = ZoneInfo("America/Los_Angeles")

Tells = Callable[[int, Mapping[str, str], bytes], int | None]


@dataclass(frozen=True, slots=True)
class Unit:
    """What a network counts.

    Attributes:
        parts: Of how many parts one consists, where less than one can be spent; spending is counted in parts.
    """

    one: str
    many: str
    parts: int = 1

    def parts_of(self, amount: str | Decimal) -> int:
        """Return how many parts an amount is.

        Raises:
            ValueError: It is no whole number of them.
        """
        parts = Decimal(amount) * self.parts
        if parts != parts.to_integral_value():
            raise ValueError(f"{amount} {self.many} is no whole number of parts.")
        return int(parts)

    def said(self, parts: int) -> str:
        """Say an amount: "1 search", "9,000 units", "0.005 USD", "12.50 USD"."""
        return f"{self.number(parts)} {self.one if parts == self.parts else self.many}"

    def number(self, parts: int) -> str:
        """Say an amount without its unit."""
        whole, _, rest = f"{Decimal(parts) / self.parts:,f}".partition(".")
        rest = rest.rstrip("0")
        return f"{whole}.{rest.ljust(2, '0')}" if rest else whole


# A thousandth is the least that a network is known to ask for.
USD = Unit("USD", "USD", parts=1_000)


class Window(StrEnum):
    """For how long a budget is, and whose midnight ends it."""

    MINUTE = "minute"
    UTC_DAY = "day"
    PACIFIC_DAY = "pacific day"
    MONTH = "month"

    @property
    def said(self) -> str:
        """What people call it."""
        return "day" if self is Window.PACIFIC_DAY else self.value

    def began(self, moment: datetime) -> datetime:
        """Return when the window began in which a moment lies."""
        local = moment.astimezone(_PACIFIC if self is Window.PACIFIC_DAY else UTC)
        if self is Window.MINUTE:
            return local.replace(second=0, microsecond=0)
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
        return (midnight.replace(day=1) if self is Window.MONTH else midnight).astimezone(UTC)

    def ends(self, moment: datetime) -> datetime:
        """Return when the window ends in which a moment lies: there the next one begins."""
        return self.began(self.began(moment) + _INSIDE_THE_NEXT[self])

    def before(self, moment: datetime) -> datetime:
        """Return when the window before that one began."""
        return self.began(self.began(moment) - timedelta(microseconds=1))


# So long after a window began, the next one has begun and has not ended.
_INSIDE_THE_NEXT = {
    Window.MINUTE: timedelta(seconds=90),
    Window.UTC_DAY: timedelta(hours=36),
    Window.PACIFIC_DAY: timedelta(hours=36),
    Window.MONTH: timedelta(days=40),
}


@dataclass(frozen=True, slots=True)
class Span:
    """The window that counts at a moment.

    Attributes:
        before: When the window before it began.
        ends: When there is more; ``opens`` is when we believe it.
        late: What is spent now may be counted in the next window.
    """

    before: datetime
    began: datetime
    ends: datetime
    opens: datetime
    late: bool

    def left_at(self, now: datetime) -> float:
        """Return how many seconds of it are left."""
        return max((self.opens - now).total_seconds(), 0.0)


def span_at(window: Window, now: datetime) -> Span:
    """Return the window that counts now."""
    known = now - SKEW
    ends = window.ends(known)
    late = now >= ends - ON_ITS_WAY - SKEW
    return Span(window.before(known), window.began(known), ends, ends + SKEW, late)


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What a source may spend of one unit in one window.

    Attributes:
        most: In parts of the unit.
        buckets: Which requests it counts, by their bucket ("" is that of reading); None = all that cost something.
        for_replies: Which share of it polls leave to what people wait for.
        tells: Reads from an answer (status, headers, body) how many parts are left, where no header of a rate limit
            says so; None = it does not say.
    """

    unit: Unit
    most: int
    window: Window
    buckets: tuple[str, ...] | None = None
    for_replies: float = 0.0
    tells: Tells | None = None

    @property
    def key(self) -> tuple[str, str]:
        """By what it is known within its source."""
        return self.unit.many, self.window.value

    @property
    def for_polls(self) -> int:
        """How much of it polls may spend."""
        return self.most - math.floor(self.most * self.for_replies)

    @property
    def near(self) -> float:
        """From how much on people should know that it is nearly spent."""
        return self.most * NEAR

    @property
    def said(self) -> str:
        """Say it: "10,000 units a day"."""
        return f"{self.unit.said(self.most)} a {self.window.said}"

    def counts(self, bucket: str) -> bool:
        """Say whether it counts requests of a bucket."""
        return self.buckets is None or bucket in self.buckets
