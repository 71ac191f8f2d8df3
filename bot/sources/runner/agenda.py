"""The agenda: when each source is asked next, and who rang meanwhile.

A ring is no news by itself: it says that there is some. What rings within a moment is answered by one poll, which
begins after the ring; a ring in the middle of a poll is answered by another one.
"""

import asyncio
from datetime import datetime
from typing import Any

from bot.runtime.clock import Clock
from bot.sources.runner.backoff import MORE_REST

_LONGEST_SLEEP = 3_600.0


class Agenda:
    """Holds one moment for each source that is not being asked right now."""

    def __init__(self, clock: Clock) -> None:
        """Begin empty."""
        self._clock = clock
        self._at: dict[str, datetime] = {}
        self._rung: set[str] = set()
        self._woken = asyncio.Event()

    def plan(self, name: str, at: datetime) -> None:
        """Ask a source at a moment, instead of the one that was planned."""
        self._at[name] = at
        self._woken.set()

    def hasten(self, name: str, at: datetime) -> None:
        """Ask a source at a moment if it is planned for a later one; one that is being asked is left alone."""
        if name in self._at and at < self._at[name]:
            self.plan(name, at)

    def ring(self, name: str) -> None:
        """Ask a source in a moment; one that is being asked, right after that."""
        if name not in self._rung:
            self._rung.add(name)
            if name in self._at:
                self.plan(name, self.soon(self._at[name]))

    def rings(self, name: str) -> bool:
        """Say whether nobody has answered a ring yet."""
        return name in self._rung

    def answer(self, name: str) -> bool:
        """Say whether somebody rang, and take it that they are answered now."""
        rung = name in self._rung
        self._rung.discard(name)
        return rung

    def keep(self, name: str) -> None:
        """Leave a ring to the next time: it could not be answered now."""
        self._rung.add(name)

    def soon(self, at: datetime) -> datetime:
        """Return the moment in which a ring is answered, or ``at`` if that is sooner."""
        return min(at, self._clock.now() + MORE_REST)

    def take_due(self) -> list[str]:
        """Return the sources that are due, the longest first; they are planned anew once they were asked."""
        self._woken.clear()
        now = self._clock.now()
        due = sorted((at, name) for name, at in self._at.items() if at <= now)
        for _, name in due:
            del self._at[name]
        return [name for _, name in due]

    async def rest(self) -> None:
        """Sleep until a source is due, while all are being asked for as long as it takes, or until it is woken."""
        await self.sleep(self._seconds_left())

    async def sleep(self, seconds: float | None) -> None:
        """Sleep, or until it is woken."""
        if self._woken.is_set():
            return
        waits: set[asyncio.Future[Any]] = {asyncio.ensure_future(self._woken.wait())}
        if seconds is not None:
            waits.add(asyncio.ensure_future(self._clock.sleep(seconds)))
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in waits:
                one.cancel()

    def wake(self) -> None:
        """End the sleep."""
        self._woken.set()

    def _seconds_left(self) -> float | None:
        """Return the time until the next source is due; an hour at most, for the wall clock may be set meanwhile."""
        if not self._at:
            return None
        return min(max((min(self._at.values()) - self._clock.now()).total_seconds(), 0.0), _LONGEST_SLEEP)
