"""The meter: what a network sells or rations is counted before it is asked for, and not asked for beyond its budget.

What a request may cost is committed before its first byte goes out. So a process that is killed in between has asked
for less than is written down, and replicas share a budget to the unit. Where only the answer tells what it came to, the
rest is given back.

Polls never go into the share that is kept for what people wait for, and are spread over the time that is left: who
spent ahead of time rests for as long as the rest of the window has for so much of what is left. What was saved by then
may be spent at once. When the next poll may be is stored with the source, so it holds for every replica. A source
without a budget writes nothing here.
"""

import logging
import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar
from urllib.parse import urlsplit

from bot.net.errors import SourceRefused, SourceUnavailable, Spent
from bot.net.fetching import Fetched, Fetches, Request
from bot.net.retry_after import read_budget
from bot.runtime.async_database import AsyncDatabase
from bot.runtime.clock import Clock
from handlers.base.budget import ON_ITS_WAY, SKEW, Budget, Span, span_at
from storage.engine.database import Session, is_outage
from storage.listen import budgets
from storage.listen import sources as states
from storage.listen.budgets import Key, Spending, Standing

T = TypeVar("T")

_polling: ContextVar[bool] = ContextVar("polling", default=False)
# Further away than the end of any window.
_FAR = 10_000_000.0

log = logging.getLogger("dibs.sources")


@dataclass(frozen=True, slots=True)
class Booked:
    """What was booked of one budget for one request."""

    budget: Budget
    span: Span
    began: datetime


@dataclass(frozen=True, slots=True)
class Reservation:
    """What was committed for one request; it may begin to go out ``until`` then, for it counts in that window."""

    cost: int
    booked: tuple[Booked, ...]
    polled: bool
    until: datetime


class _NotEnough(Exception):
    """There is too little left of a budget; nothing was booked."""

    def __init__(self, budget: Budget, span: Span) -> None:
        super().__init__(budget.said)
        self.budget, self.span = budget, span


class Meter:
    """Counts what one source spends."""

    def __init__(self, source: str, its_budgets: Sequence[Budget], database: AsyncDatabase, clock: Clock) -> None:
        """Take the budgets, which may be none."""
        self.budgets = tuple(sorted(its_budgets, key=lambda one: one.key))  # all book in one order, so nobody deadlocks
        self._source = source
        self._database = database
        self._clock = clock
        self._known: dict[tuple[str, str], Standing] = {}
        self._polled: dict[tuple[str, str], int] = {}
        self._free_at: dict[tuple[str, str], datetime] = {}

    def began(self, session: Session, next_at: datetime | None, now: datetime) -> datetime | None:
        """Return when the source is asked first after a start: at ``next_at``, or at once where a budget was raised.

        Who raised it does not want to wait for the end of the window that was spent.
        """
        raised = [budgets.raised(session, self._key(one), one.most) for one in self.budgets]
        if not any(raised):
            return next_at
        states.due(session, self._source, now)
        return now

    def wait(self) -> float:
        """Return in how many seconds polls may spend again."""
        now = self._clock.now()
        return max((self._wait(budget, now) for budget in self.budgets), default=0.0)

    def _wait(self, budget: Budget, now: datetime) -> float:
        span, known, cost = span_at(budget.window, now), self._known.get(budget.key), self._polled.get(budget.key, 0)
        if known is not None and known.began_at >= span.began and budget.for_polls - known.spent < cost:
            return span.left_at(now)  # people have spent what another poll would want
        free_at = self._free_at.get(budget.key, now)
        return min(max((free_at - now).total_seconds(), 0.0), span.left_at(now))

    @contextmanager
    def polling(self) -> Iterator[None]:
        """Let what is asked inside be a poll: it leaves alone what is kept for people, and is spread."""
        self._polled = {}
        before = _polling.set(True)
        try:
            yield
        finally:
            _polling.reset(before)
            self._spread()

    def _spread(self) -> None:
        """Rest as is due after what was spent since the poll began."""
        now = self._clock.now()
        for budget in self.budgets:
            cost, known = self._polled.get(budget.key, 0), self._known.get(budget.key)
            if cost > 0 and known is not None:
                rest = rest_after(budget, known.spent, cost, now)
                self._put_off(budget, now + timedelta(seconds=rest))

    def _put_off(self, budget: Budget, until: datetime) -> None:
        self._free_at[budget.key] = until

    async def reserve(self, bucket: str, cost: int) -> Reservation:
        """Commit what a request may cost.

        Raises:
            Spent: Too little is left; it may be asked again when the window ends.
            SourceRefused: It may cost more than there ever is.
        """
        polled = _polling.get()
        counted = [one for one in self.budgets if cost > 0 and one.counts(bucket)]
        for budget in counted:
            if cost > (budget.for_polls if polled else budget.most):
                raise SourceRefused(
                    f"One request may cost {budget.unit.said(cost)}, and the budget{_of_polls(budget, polled)} is "
                    f"{budget.said}; dibs.toml can raise it."
                )
        if not counted:
            return Reservation(cost, (), polled, self._clock.now())

        def work(session: Session) -> tuple[datetime, list[tuple[Booked, Standing]]]:
            now = self._clock.now()  # not before: it may have waited for its turn
            return now, [_spend(session, self._key(one), one, cost, now, polled=polled) for one in counted]

        try:
            now, done = await self._tx(work, urgent=not polled)
        except _NotEnough as error:
            raise self._spent(error, polled=polled) from None
        for booked, spent in done:
            self._known[booked.budget.key] = spent
            self._count(booked.budget, cost, polled=polled)
        return Reservation(cost, tuple(booked for booked, _ in done), polled, now + ON_ITS_WAY)

    def let_go(self, held: Reservation) -> None:
        """Let a request go out that was booked.

        Raises:
            SourceUnavailable: That was too long ago: by now it might be counted in another window.
        """
        if self._clock.now() > held.until:
            raise SourceUnavailable("It took too long to reach it.")

    def _spent(self, error: _NotEnough, *, polled: bool) -> Spent:
        budget, opens = error.budget, error.span.opens
        if polled:
            self._put_off(budget, opens)
        return Spent(
            f"Too little is left of {budget.said}{_of_polls(budget, polled)}; there is more at "
            f"{error.span.ends:%Y-%m-%d %H:%M} UTC.",
            error.span.left_at(self._clock.now()),
        )

    async def settle(self, held: Reservation, cost: int) -> None:
        """Book what a request came to, instead of what it might have."""
        by = max(cost, 0) - held.cost
        if not by or not held.booked:
            return

        def work(session: Session) -> list[Standing | None]:
            return [
                budgets.correct(session, self._key(one.budget), by, one.began, one.span.ends, late=one.span.late)
                for one in held.booked
            ]

        for one, spent in zip(held.booked, await self._tx(work), strict=True):
            self._know(one.budget, spent)
            self._count(one.budget, by, polled=held.polled)

    async def learn(self, held: Reservation, answer: Fetched) -> None:
        """Book what the network says, where it says that less is left."""
        now = self._clock.now()
        for one in held.booked:
            left = told_left(one.budget, one.span, answer, now)
            known = self._known.get(one.budget.key)
            if left is None or (known is not None and known.spent >= one.budget.most - left):
                continue
            spent = one.budget.most - left
            work = partial(budgets.learn, key=self._key(one.budget), spent=spent, booked=one.began)
            self._know(one.budget, await self._tx(work))

    def _know(self, budget: Budget, spent: Standing | None) -> None:
        if spent is not None:
            self._known[budget.key] = spent

    def _count(self, budget: Budget, cost: int, *, polled: bool) -> None:
        if polled:
            self._polled[budget.key] = self._polled.get(budget.key, 0) + cost

    def _key(self, budget: Budget) -> Key:
        return Key(self._source, *budget.key)

    async def _tx(self, work: Callable[[Session], T], *, urgent: bool = False) -> T:
        try:
            return await self._database.tx(work, urgent=urgent, source=self._source)
        except Exception as error:
            if is_outage(error):
                raise SourceUnavailable("What it costs cannot be written down: the database is away.") from error
            raise


class MeteredFetcher(Fetches):
    """The guarded client as a source with a budget has it: what goes out was booked before."""

    def __init__(self, fetcher: Fetches, meter: Meter) -> None:
        """Take the client that all share, and the meter of the source."""
        self._fetcher = fetcher
        self._meter = meter

    async def fetch(self, request: Request) -> Fetched:
        """Book, ask, and book what it came to.

        Raises:
            SourceUnavailable: As ``Fetches`` does; also without asking, where too little is left.
            SourceRefused: As ``Fetches`` does; also where it may cost more than the budget is.
        """
        held = await self._meter.reserve(request.bucket, request.cost)
        if not held.booked:
            return await self._fetcher.fetch(request)
        left = False

        def begun() -> None:
            nonlocal left
            self._meter.let_go(held)
            left = True

        try:
            answer = await self._fetcher.fetch(replace(request, begun=begun))
        except Exception:
            if not left:
                await self._settle(held, lambda: 0)
            raise
        if (bill := request.bill) is not None:
            await self._settle(held, lambda: bill(answer))
        if urlsplit(answer.url).hostname == urlsplit(request.url).hostname:  # a redirect's end knows nothing of ours
            await self._learn(held, answer)
        return answer

    async def _settle(self, held: Reservation, bill: Callable[[], int]) -> None:
        """Book what it came to; where that fails it stays as high as it might have been, and the answer counts."""
        try:
            await self._meter.settle(held, bill())
        except Exception:
            log.exception("What a request came to could not be booked.")

    async def _learn(self, held: Reservation, answer: Fetched) -> None:
        try:
            await self._meter.learn(held, answer)
        except Exception:
            log.exception("What a network says of a budget could not be booked.")


def rest_after(budget: Budget, total: int, cost: int, now: datetime) -> float:
    """Return for how many seconds polls rest that spent ``cost`` of by now ``total``. Pure.

    Args:
        budget: Of which.
        total: What is spent, by whomever.
        cost: What this poll spent of it.
        now: The end of the poll.
    """
    span, left = span_at(budget.window, now), budget.for_polls - total
    seconds_left = span.left_at(now)
    if left < cost:
        return seconds_left
    length = (span.ends - span.began).total_seconds()
    if total * length <= budget.for_polls * (length - seconds_left):
        return 0.0
    return seconds_left * cost / left


def told_left(budget: Budget, span: Span, answer: Fetched, now: datetime) -> int | None:
    """Return how many parts an answer says are left of a budget; None where it does not speak of that. Pure.

    A header speaks of a budget whose window ends when it says that there is more.
    """
    if budget.tells is not None:
        told = budget.tells(answer.status, answer.headers, answer.body)
        if told is not None:
            return min(max(told, 0), budget.most)
    header = read_budget(answer.headers, now)
    if header.left is None or header.seconds is None or budget.unit.parts != 1:
        return None
    if abs(now + timedelta(seconds=min(header.seconds, _FAR)) - span.ends) > SKEW:
        return None
    return min(math.floor(header.left), budget.most)


def _spend(
    session: Session, key: Key, budget: Budget, cost: int, now: datetime, *, polled: bool
) -> tuple[Booked, Standing]:
    span = span_at(budget.window, now)
    allowed = budget.for_polls if polled else budget.most
    spending = Spending(
        cost=cost,
        allowed=allowed,
        most=budget.most,
        before=span.before,
        began=span.began,
        ends=span.ends,
        late=span.late,
    )
    spent = budgets.spend(session, key, spending)
    if spent is None:
        raise _NotEnough(budget, span)
    return Booked(budget, span, spent.began_at), spent


def _of_polls(budget: Budget, polled: bool) -> str:
    kept = budget.most - budget.for_polls
    return f" ({budget.unit.said(kept)} of it are kept for replies)" if polled and kept else ""
