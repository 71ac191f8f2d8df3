"""The bot, killed by SIGKILL at an exact moment: ``python -m tests.end_to_end.killed POINT NTH run``.

With ``at-once`` before ``run`` it counts from its start: timers look at once then.

Nothing of the product knows of this. Its functions are wrapped from outside, and SQLAlchemy's commit, and the process
kills itself there: no exception, no ``finally``, nothing is flushed. It does so at the NTH time after it was armed by
SIGUSR1, to which it answers with a line in its log, so that a test says from when on it counts.
"""

import os
import signal
import sys
import threading
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from sqlalchemy.engine.default import DefaultDialect

ARMED = "ARMED BY THE TEST"
AT_ONCE = "at-once"


class Death:
    """Kills this process at the nth time that ``pass_by`` is called after it was armed."""

    def __init__(self, nth: int) -> None:
        self._left = nth
        self._armed = False
        self._lock = threading.Lock()

    def arm(self, *_: object) -> None:
        """Count from now on, and say so."""
        self._armed = True
        os.write(2, f"{ARMED}\n".encode())

    def pass_by(self) -> None:
        """Die here, if it is time."""
        if not self._armed:
            return
        with self._lock:
            self._left -= 1
            if self._left == 0:
                self.strike()

    def strike(self) -> None:
        """Die."""
        os.kill(os.getpid(), signal.SIGKILL)


class Commits:
    """Dies before or after the commit of a transaction in which a certain function did something."""

    def __init__(self, death: Death, *, before: bool) -> None:
        self._death = death
        self._before = before
        self._thread = threading.local()
        self._commit: Callable[[DefaultDialect, Any], None] = DefaultDialect.do_commit
        DefaultDialect.do_commit = self._do_commit()  # type: ignore[method-assign]

    def mark(self, something: object) -> None:
        """Say that the transaction of this thread is the one, if it did something."""
        self._thread.marked = bool(something) or getattr(self._thread, "marked", False)

    def _do_commit(self) -> Callable[[DefaultDialect, Any], None]:
        def do_commit(dialect: DefaultDialect, connection: Any) -> None:
            marked, self._thread.marked = getattr(self._thread, "marked", False), False
            if marked and self._before:
                self._death.pass_by()
            self._commit(dialect, connection)
            if marked and not self._before:
                self._death.pass_by()

        return do_commit


def at_fetched(death: Death) -> None:
    """Posts were fetched, and nothing of them is stored."""
    from bot.sources.runner.poller import Poller

    keep = Poller.keep

    async def _keep(self: Any, one: Any, lease: Any, batch: Any, next_at: Any) -> Any:
        if batch.events:
            death.pass_by()
        return await keep(self, one, lease, batch, next_at)

    Poller.keep = _keep  # type: ignore[method-assign]


def at_ingest(commits: Commits) -> None:
    """Posts became mentions."""
    import handlers.listen.polling as module

    wrap(module, "ingest", lambda arrival, _arguments: commits.mark(arrival.matched))


def at_lease(commits: Commits) -> None:
    """A lane was taken."""
    import storage.channels.lanes as module

    wrap(module.leases, "take", lambda taken, _arguments: commits.mark(taken))


def at_sending(commits: Commits) -> None:
    """What is about to be sent was marked so."""
    import storage.channels.lanes as module

    wrap(module, "mark_sending", lambda _result, arguments: commits.mark(arguments[1]))


def at_claim(commits: Commits) -> None:
    """Somebody became the owner."""
    import storage.own.mentions as module

    wrap(module, "take", lambda taken, _arguments: commits.mark(taken))


def at_due(death: Death) -> None:
    """Clocks were found that have a step to take, and nothing was done about it."""
    import storage.own.clocks as module

    wrap(module, "due", lambda found, _arguments: death.pass_by() if found else None)


def at_step(commits: Commits) -> None:
    """A clock took a step: it is written, with its row of the log and what is told of it."""
    import handlers.own.strike as module

    wrap(module, "_step", lambda taken, _arguments: commits.mark(taken))


def at_answered(death: Death) -> None:
    """Slack has answered, and nothing of it is written down."""
    import bot.outbox.delivery as module

    send: Callable[..., Coroutine[Any, Any, Any]] = vars(module)["send"]

    async def sent(*arguments: Any) -> Any:
        result = await send(*arguments)
        death.pass_by()
        return result

    vars(module)["send"] = sent


def wrap(module: Any, name: str, after: Callable[[Any, Sequence[Any]], object]) -> None:
    """Call ``after`` with the result and the arguments of a module's function, whenever it was called."""
    inner = getattr(module, name)

    def wrapped(*arguments: Any, **named: Any) -> Any:
        result = inner(*arguments, **named)
        after(result, arguments)
        return result

    setattr(module, name, wrapped)


# What a clock's step goes through; its message is sent as all others are.
STEPS: dict[str, Callable[[Death], None]] = {
    "step chosen": at_due,
    "step before its commit": lambda death: at_step(Commits(death, before=True)),
    "step after its commit": lambda death: at_step(Commits(death, before=False)),
}
POINTS: dict[str, Callable[[Death], None]] = {
    "fetched": at_fetched,
    "before commit": lambda death: at_ingest(Commits(death, before=True)),
    "after commit": lambda death: at_ingest(Commits(death, before=False)),
    "leased": lambda death: at_lease(Commits(death, before=False)),
    "sending written": lambda death: at_sending(Commits(death, before=False)),
    "answered before settled": at_answered,
    "claim before its commit": lambda death: at_claim(Commits(death, before=True)),
    "claim after its commit": lambda death: at_claim(Commits(death, before=False)),
}


def main() -> None:
    """Wrap what has to be wrapped, and run the command line."""
    point, nth = sys.argv[1], int(sys.argv[2])
    at_once = sys.argv[3] == AT_ONCE
    sys.argv = ["dibs", *sys.argv[4 if at_once else 3 :]]
    death = Death(nth)
    if at_once:
        death.arm()
    (POINTS | STEPS)[point](death)
    signal.signal(signal.SIGUSR1, death.arm)
    from bot.__main__ import main as run

    run()


if __name__ == "__main__":
    main()
