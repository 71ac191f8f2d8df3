"""Value: what the answers to one period's mentions may have saved, net of the work, between low and high.

A contact is saved where somebody was answered, it stands resolved, and they wrote nothing after our last word. Of these
only the part counts that a survey of the company says would have called. The work is that on all mentions of the
topics, whatever became of them, and half as dear for the high end as it is likely, half as dear again for the low one.
What is below nought is told as it is.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from handlers.base.value import Value
from handlers.report.figures.periods import Period
from handlers.report.figures.shown import NO_DATA, Figure, number
from storage.engine.database import Session
from storage.report import worth

_WORK = (1.5, 1.0, 0.5)  # for low, likely and high


@dataclass(frozen=True, slots=True)
class Worth:
    """What a period's value is reckoned from.

    Attributes:
        arrived: How many mentions of the topics arrived.
        contacts: Those that ended well.
        deeds: How often people did something for any of them, by what it was.
    """

    by: Value
    arrived: int
    contacts: list[int]
    deeds: Mapping[str, int]

    @property
    def minutes(self) -> float:
        """How long people worked."""
        return sum(self.by.minutes[action] * times for action, times in self.deeds.items())

    @property
    def work(self) -> float:
        """What that cost."""
        return self.minutes / 60 * self.by.hour

    @property
    def amounts(self) -> tuple[float, float, float]:
        """What it is worth: low, likely, high."""
        saved = (len(self.contacts) * share * self.by.contact for share in self.by.would_have)
        low, likely, high = (one - self.work * times for one, times in zip(saved, _WORK, strict=True))
        return low, likely, high


def read_worth(session: Session, value: Value, period: Period) -> Worth:
    """Read what the value of a period is reckoned from."""
    span = (period.since, period.end, value.topics)
    return Worth(
        by=value,
        arrived=worth.arrived(session, *span),
        contacts=worth.settled(session, *span),
        deeds=worth.deeds(session, *span, list(value.minutes)),
    )


def value_rows(session: Session, value: Value, period: Period, name: str) -> list[tuple[int, int | None]]:
    """Return the mentions, or rows of the log, that the contacts or the work were counted from."""
    span = (period.since, period.end, value.topics)
    if name == "contacts":
        return [(one, None) for one in worth.settled(session, *span)]
    return [*worth.deed_rows(session, *span, list(value.minutes))]


def value_figures(found: Worth) -> tuple[Figure, ...]:
    """Return the contacts, the work, and what both come to, with the survey by which that is reckoned."""
    by = found.by
    low, likely, high = found.amounts if found.arrived else (None, None, None)
    work = Figure(
        name="work",
        label="Work on them",
        value=found.minutes,
        n=sum(found.deeds.values()),
        shown=f"{found.minutes:,.0f} min, {found.work:,.0f} {by.currency}",
        rows="work",
    )
    value = Figure(
        name="value",
        label=f"Worth, by {by.source}",
        value=likely,
        low=low,
        high=high,
        n=len(found.contacts),
        shown=NO_DATA if low is None or likely is None or high is None else _say(low, likely, high, by.currency),
        rows="contacts",
        more={"contact": by.contact, "hour": by.hour, **_shares(by)},
    )
    return number("contacts", "Ended well", len(found.contacts), rows="contacts"), work, value


def _shares(by: Value) -> dict[str, float | None]:
    names = ("would_have_low", "would_have_likely", "would_have_high")
    return dict(zip(names, by.would_have, strict=True))


def _say(low: float, likely: float, high: float, currency: str) -> str:
    told = f"between {_amount(low)} and {_amount(high)} {currency}, likely {_amount(likely)}"
    if high < 0:
        return f"{told}: it cost more than it saved"
    return f"{told}: it may have cost more than it saved" if low < 0 else told


def _amount(amount: float) -> str:
    """Write an amount in whole units, with a minus that is one, and without a nought that is less than nothing."""
    whole = round(amount)
    return f"−{-whole:,}" if whole < 0 else f"{whole:,}"
