"""Sights: since when this process knows of a mark, measured by its own monotonic clock.

The moment that stands with a mark is by the clock of the machine that made it. Where that is behind ours, or either was
set meanwhile, a request that was begun just now looks old; who looked for it then would miss it, and send it again. So
whoever looks waits from when it first saw the mark itself: no request can have been begun later than that allows.

What stood already when this process began is as old as it says, unless that is still to come: what a killed process
left would otherwise wait again at each start.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from bot.outbox.worker import IDLE, LOOK_AFTER
from bot.runtime.async_database import AsyncDatabase
from bot.runtime.clock import Clock
from storage.engine.database import Session

Mark = tuple[int, datetime | None]


@dataclass(slots=True)
class Sights:
    """When each mark of one queue was first seen here.

    Attributes:
        marked: Reads all the marks that stand.
    """

    database: AsyncDatabase
    clock: Clock
    marked: Callable[[Session], Iterable[Mark]]
    _since: dict[Mark, float] = field(default_factory=dict)
    _looked: float = float("-inf")

    async def look(self) -> None:
        """See what is marked, and forget what is not any more; at most once in ``IDLE`` seconds."""
        if self.clock.monotonic() - self._looked < IDLE:
            return
        marks = await self.database.read(self.marked)
        began, self._looked = self._looked == float("-inf"), self.clock.monotonic()
        self._since = {
            mark: self._since.get(mark, self._looked - (self._age(mark) if began else 0.0)) for mark in marks
        }

    def note(self, mark: Mark, since: float) -> None:
        """Know of a mark that was made here."""
        self._since[mark] = since

    def _age(self, mark: Mark) -> float:
        _, at = mark
        return max((self.clock.now() - at).total_seconds(), 0.0) if at is not None else 0.0

    def left(self, mark: Mark) -> float:
        """Return in how many seconds nothing of a mark can be on its way any more."""
        now = self.clock.monotonic()
        return self._since.setdefault(mark, now) + LOOK_AFTER.total_seconds() - now
