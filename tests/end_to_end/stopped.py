"""The bot, stopped by SIGSTOP at an exact moment of a send: ``python -m tests.end_to_end.stopped POINT run``.

As in ``tests.end_to_end.killed``, nothing of the product knows of this: the process stops itself the first time that a
send passes the point after it was armed by SIGUSR1. Somebody else lets it go on, long after another replica took over.
"""

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from tests.end_to_end.killed import Commits, Death, at_sending
from tests.end_to_end.killed_publishing import at_commit


class Stop(Death):
    """Stops this process, where the other kills it."""

    def strike(self) -> None:
        """Sleep until somebody lets it go on."""
        os.kill(os.getpid(), signal.SIGSTOP)


def at_write(stop: Stop) -> None:
    """A message is about to be written to the connection."""
    from bot.net.permit import PermittedBody

    write: Callable[..., Any] = vars(PermittedBody)["write_with_length"]

    async def written(body: PermittedBody, writer: Any, content_length: int | None) -> None:
        stop.pass_by()
        await write(body, writer, content_length)

    PermittedBody.write_with_length = written  # type: ignore[method-assign, assignment]


def at_reply_write(stop: Stop) -> None:
    """A reply is about to be written to the connection."""
    import bot.net.client as module

    may_leave: Callable[[], None] = vars(module)["may_leave"]

    def leaving() -> None:
        stop.pass_by()
        may_leave()

    vars(module)["may_leave"] = leaving


POINTS: dict[str, Callable[[Stop], None]] = {
    "sending written": lambda stop: at_sending(Commits(stop, before=False)),
    "about to be written": at_write,
    "reply: sending written": lambda stop: at_commit(stop, "reddit", "mark_sending"),
    "reply: about to be written": at_reply_write,
    "on the wire": lambda _stop: None,
}


def main() -> None:
    """Wrap what has to be wrapped, and run the command line."""
    point = sys.argv[1]
    sys.argv = ["dibs", *sys.argv[2:]]
    stop = Stop(1)
    POINTS[point](stop)
    signal.signal(signal.SIGUSR1, stop.arm)
    from bot.__main__ import main as run

    run()


if __name__ == "__main__":
    main()
