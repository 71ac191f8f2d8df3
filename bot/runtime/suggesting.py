"""Suggesting: what came in is ranked by what was learnt, and learnt is anew from time to time.

Learning happens in a process of its own; what comes of it, a megabyte of numbers, is kept here until the next time.
Each replica learns for itself: the same posts give the same, and what one of them wrote down stands.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial

from bot.runtime.async_database import AsyncDatabase
from bot.runtime.clock import Clock
from handlers.dispatch.dispatch import Dispatcher
from handlers.suggest.fitting import ask, read_answer
from handlers.suggest.material import LEAST, Material, read_material, read_record
from handlers.suggest.model import Model
from handlers.suggest.suggest import PORTION, SINCE, SuggestDepartments, WritePast, rank
from storage.report import suggestions

# Learnt is anew when so many were answered or resolved, or after so many seconds.
CLOSED, SECONDS = 50, 3_600.0
# So often is looked whether it is time. What another process heard rings no bell here, and is found after a while; in a
# burst of rings, one look serves all within so many seconds.
LOOK, IDLE, TOGETHER = 60.0, 15.0, 1.0

# Learns from what it is given, in a process of its own; None where that failed.
Learn = Callable[[bytes], Awaitable[bytes | None]]


@dataclass(frozen=True, slots=True)
class Learnt:
    """What was learnt last, how many of the latest ended with each department, and whether it may be shown."""

    model: Model
    had: dict[int, int]
    earned: bool


@dataclass(slots=True)
class Suggesting:
    """Ranks what comes in; ``ring`` says that something may have come."""

    database: AsyncDatabase
    dispatcher: Dispatcher
    learn: Learn
    clock: Clock
    learnt: Learnt | None = None
    _seq: int = 0
    _next: float = float("-inf")
    _looked: float = float("-inf")
    _bell: asyncio.Event = field(default_factory=asyncio.Event)

    def ring(self) -> None:
        """Say that something may have come; from the loop's own thread."""
        self._bell.set()

    async def run(self) -> None:
        """Go on for as long as the process does."""
        while True:
            self._bell.clear()
            await self.once()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._bell.wait(), IDLE)
            await self.clock.sleep(TOGETHER)

    async def once(self) -> None:
        """Learn anew if it is time, and rank what is there."""
        if not self.dispatcher.organisation.suggests:
            self.learnt, self._next = None, float("-inf")
            return
        if self.clock.monotonic() - self._looked >= LOOK:
            self._looked = self.clock.monotonic()
            await self._learn_if_due()
        while self.learnt is not None and await self._rank(self.learnt):
            pass

    async def _learn_if_due(self) -> None:
        number = await self.database.read(lambda session: suggestions.ended_since(session, self._seq, CLOSED))
        if number >= CLOSED or self.clock.monotonic() >= self._next:
            self._next = self.clock.monotonic() + SECONDS
            material = await self.database.read(read_material)
            self._seq = material.seq
            if len(material.examples) >= LEAST:
                await self._learn(material)

    async def _learn(self, material: Material) -> None:
        answered = await self.learn(ask(material.examples, unjudged=material.unjudged))
        if answered is None:
            return
        past, model = read_answer(answered)
        now = self.clock.now()
        for start in range(0, len(past), PORTION):
            command = WritePast(job="suggest", past=tuple(past[start : start + PORTION]))
            await self.database.tx(partial(self.dispatcher.handle, command=command, now=now), behind=True)
        of = model.departments
        record = await self.database.read(lambda session: read_record(session, material.examples, of))
        self.learnt = Learnt(model, material.had, record.earned)

    async def _rank(self, learnt: Learnt) -> bool:
        """Rank a portion of what has no suggestion yet; says whether there was any."""
        now = self.clock.now()
        fresh = await self.database.read(lambda session: suggestions.fresh(session, now - SINCE, PORTION))
        if not fresh:
            return False
        command = SuggestDepartments(
            job="suggest",
            rankings=await asyncio.to_thread(rank, learnt.model, fresh),
            usual=learnt.model.departments,
            had=learnt.had,
            earned=learnt.earned,
        )
        answer = await self.database.tx(partial(self.dispatcher.handle, command=command, now=now), behind=True)
        return answer.ok
