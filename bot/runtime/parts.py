"""Parts: what runs for as long as the process does, and ends for good by no error.

A part that ends by an exception is begun anew, after a pause that doubles while it goes on failing, and /readyz says so
until it has held for a while. So a part keeps nothing that it needs in the variables of its coroutine. One that returns
is done.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from bot.runtime.clock import Clock
from storage.engine.database import is_outage

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 30.0
# A part that held for so long is well.
STEADY_SECONDS = 60.0

log = logging.getLogger("dibs.parts")

Work = Callable[[], Coroutine[Any, Any, None]]


@dataclass(slots=True)
class Part:
    """One part.

    Attributes:
        name: What the log and /readyz call it.
        work: Begins it.
        trouble: By what it ended last; empty when it is well.
        begun: When it was begun last, by the monotonic clock.
    """

    name: str
    work: Work
    trouble: str = ""
    begun: float = 0.0


@dataclass(slots=True)
class Parts:
    """All parts of a process."""

    clock: Clock = field(default_factory=Clock)
    _kept: dict[str, Part] = field(default_factory=dict)
    _tasks: set["asyncio.Task[None]"] = field(default_factory=set)

    def keep(self, name: str, work: Work) -> "asyncio.Task[None]":
        """Begin a part, and begin it anew whenever it fails; who cancels the task ends it."""
        part = self._kept[name] = Part(name, work)
        task = asyncio.get_running_loop().create_task(self._keep(part))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def stop(self) -> None:
        """End all of them."""
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def troubles(self) -> dict[str, str]:
        """Return what each part suffers from; empty for one that is well."""
        now = self.clock.monotonic()
        return {
            one.name: "" if one.begun and now - one.begun > STEADY_SECONDS else one.trouble
            for one in self._kept.values()
        }

    async def _keep(self, part: Part) -> None:
        pause = FIRST_PAUSE
        while True:
            part.begun = self.clock.monotonic()
            try:
                await part.work()
            except Exception as error:
                log.exception("%s failed; it begins anew.", part.name)
                if self.clock.monotonic() - part.begun > STEADY_SECONDS:
                    pause = FIRST_PAUSE
                reason = "because the database was away" if is_outage(error) else f"by a bug ({type(error).__name__})"
                part.trouble, part.begun = f"It failed {reason} and began anew.", 0.0
            else:
                part.trouble = ""
                return
            await self.clock.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)
