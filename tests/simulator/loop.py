"""The virtual loop: an event loop whose time is a number, and whose processes can die or stand still.

Nothing waits: when nobody has anything to do, time jumps to the next moment at which somebody has. All that one
process of Dibs does carries its ``Life`` in its context, so that a crash is what it is on a machine: from one moment on
nothing of it runs any more, no ``finally`` and no clean-up, while what it has sent is still on its way.
"""

import asyncio
import heapq
from collections.abc import Callable
from contextlib import suppress
from contextvars import Context, ContextVar
from dataclasses import dataclass, field
from typing import Any, Protocol, cast

# So many steps are more than any simulated day has: something turns in a circle without waiting.
MOST_STEPS = 3_000_000


@dataclass(eq=False, slots=True)
class Life:
    """One process, from its start to its end.

    Attributes:
        replica: Whose it is: "a" or "b".
        number: Which of its lives this is.
        ahead: How many seconds its wall clock is ahead of the true time.
        stalled: It stands still, as a machine does that is paused; what it would do is ``kept``.
        seams: At which named places it is to die, and how many times it passes them before.
        pauses: At which named places it is to stand still, and for how many seconds.
        die: Called when it dies.
        pause: Called when it is to stand still.
    """

    replica: str
    number: int
    ahead: float = 0.0
    dead: bool = False
    stalled: bool = False
    kept: list[asyncio.Handle] = field(default_factory=list)
    seams: dict[str, int] = field(default_factory=dict)
    pauses: dict[str, float] = field(default_factory=dict)
    die: Callable[["Life", str], None] = lambda _life, _seam: None
    pause: Callable[["Life", float], None] = lambda _life, _seconds: None

    def passes(self, seam: str) -> bool:
        """Come to a named place; False when it dies there."""
        if seam in self.pauses:
            self.pause(self, self.pauses.pop(seam))
        if seam == "after poll" and self.seams.pop("commit after poll", None) is not None:
            self.seams["after commit"] = 0
        left = self.seams.get(seam)
        if left is None:
            return not self.dead
        if left > 0:
            self.seams[seam] = left - 1
            return True
        self.die(self, seam)
        return False

    def __str__(self) -> str:
        return f"{self.replica}{self.number}"


LIFE: ContextVar[Life | None] = ContextVar("life", default=None)


class _Inner(Protocol):
    """What asyncio keeps of a handle and of a loop."""

    _context: Context
    _cancelled: bool
    _when: float
    _scheduled: bool

    def _run(self) -> None: ...


class _Task(asyncio.Task[Any]):
    """A task that has its own place in a set, the same one whenever the day is played."""

    place = 0

    def __hash__(self) -> int:
        return self.place


class VirtualLoop(asyncio.BaseEventLoop):
    """Runs callbacks in the order of their moments, and in the order in which they were asked for within one."""

    _ready: Any
    _scheduled: Any

    def __init__(self) -> None:
        super().__init__()
        self._moment = 0.0
        self._steps = 0
        self._tasks: list[asyncio.Task[Any]] = []
        self.set_task_factory(self._make)

    def _make(self, _loop: object, work: Any, context: Context | None = None) -> "asyncio.Task[Any]":
        """Keep every task: asyncio does not, and nobody else knows of those of a dead process."""
        task = _Task(work, loop=self, context=context)
        task.place = len(self._tasks)
        self._tasks.append(task)
        return task

    def time(self) -> float:
        """Return how many virtual seconds have passed."""
        return self._moment

    def _run_once(self) -> None:
        """Run what is due; when there is nothing, let time pass."""
        scheduled, ready = self._scheduled, self._ready
        while scheduled and scheduled[0]._cancelled:
            heapq.heappop(scheduled)._scheduled = False
        if not ready and not scheduled:
            raise RuntimeError("Nothing is left to happen.")
        if not ready:
            self._moment = max(self._moment, scheduled[0]._when)
        while scheduled and scheduled[0]._when <= self._moment:
            timer = heapq.heappop(scheduled)
            timer._scheduled = False
            ready.append(timer)
        for _ in range(len(ready)):
            self._run_one(ready.popleft())

    def _run_one(self, handle: asyncio.Handle) -> None:
        inner = cast("_Inner", handle)
        life = inner._context.get(LIFE)
        if inner._cancelled or (life is not None and life.dead):
            return
        if life is not None and life.stalled:
            life.kept.append(handle)
            return
        self._steps += 1
        if self._steps > MOST_STEPS:
            raise RuntimeError("Something turns in a circle.")
        inner._run()

    def wake(self, life: Life) -> None:
        """Let a process that stood still go on where it was."""
        life.stalled = False
        self._ready.extend(life.kept)
        life.kept.clear()

    def _write_to_self(self) -> None:
        """Wake no selector: there is none."""

    def run_in_executor(self, executor: object, func: Callable[..., Any], *args: object) -> asyncio.Future[Any]:
        """Do at once what else a thread does."""
        del executor
        future: asyncio.Future[Any] = self.create_future()
        try:
            future.set_result(func(*args))
        except Exception as error:
            future.set_exception(error)
        return future

    def sweep(self) -> None:
        """End, after the day, what stands in the middle of something: dead processes, and those that still ran."""
        asyncio.events._set_running_loop(self)
        try:
            for _ in range(8):
                waiting = [task for task in self._tasks if not task.done()]
                if not waiting:
                    break
                for task in waiting:
                    _close(task)
        finally:
            asyncio.events._set_running_loop(None)
            self._tasks.clear()
            self._ready.clear()
            self._scheduled.clear()
            self.close()


def _close(task: "asyncio.Task[Any]") -> None:
    task._log_destroy_pending = False  # type: ignore[attr-defined]
    coroutine: Any = task.get_coro()
    for _ in range(6):
        with suppress(BaseException):
            coroutine.close()
            return


async def for_ever() -> None:
    """Wait for what never comes."""
    await asyncio.get_running_loop().create_future()
