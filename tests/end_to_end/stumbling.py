"""The bot, whose long-running parts each stumble once at each of their awaits: ``python -m tests.end_to_end.stumbling
WHICH run``.

Nothing of the product knows of this. Every task of the chosen kinds is driven by us; where one would go on after an
await of ours, an exception that nobody expects is thrown into it instead, once for each such place in the code. Each is
written to standard error.
"""

import asyncio
import os
import sys
from collections.abc import Callable, Coroutine, Generator
from pathlib import Path
from typing import Any

LOOPS = ("Parts._keep", "SourceRunner._run", "Heartbeat._beat")
KINDS = {"loops": LOOPS, "jobs": ("SourceRunner._go", "Worker._work")}
SAID = "STUMBLED"
_PRODUCT = str(Path(__file__).parents[2] / "bot")


class Stumble(Exception):
    """What nobody expects."""


class Stumbling(Coroutine[Any, Any, Any]):
    """A coroutine that goes on as the one that it holds, but for its stumbles."""

    def __init__(self, inner: Any, seen: set[str]) -> None:
        self._inner = inner
        self._seen = seen
        self._begun = False

    def send(self, value: Any) -> Any:
        place = self._place() if self._begun else ""
        self._begun = True
        if not place or place in self._seen:
            return self._inner.send(value)
        self._seen.add(place)
        os.write(2, f"{SAID} {place}\n".encode())
        return self._inner.throw(Stumble(place))

    def throw(self, *error: Any) -> Any:
        return self._inner.throw(*error)

    def close(self) -> None:
        self._inner.close()

    def __await__(self) -> Generator[Any, Any, Any]:
        return (yield from self._inner.__await__())

    def _place(self) -> str:
        """Return where in our own code it waits, from the outside in; nowhere between two beginnings of a part."""
        waiting, places = self._inner, []
        while getattr(waiting, "cr_frame", None) is not None:
            file = waiting.cr_code.co_filename
            if file.startswith(_PRODUCT):
                places.append(f"{waiting.cr_code.co_qualname}:{waiting.cr_frame.f_lineno}")
            waiting = waiting.cr_await
        return "" if not places or places[-1].startswith("Parts.") else " > ".join(places)


def stumble_in(names: tuple[str, ...]) -> None:
    """Drive every task whose coroutine is called so."""
    seen: set[str] = set()
    create: Callable[..., Any] = asyncio.BaseEventLoop.create_task

    def create_task(self: Any, work: Any, **more: Any) -> Any:
        chosen = getattr(work, "__qualname__", "") in names
        return create(self, Stumbling(work, seen) if chosen else work, **more)

    asyncio.BaseEventLoop.create_task = create_task  # type: ignore[method-assign, assignment]


def main() -> None:
    """Let it stumble, and run the command line."""
    from bot.chat.slack.wire import socket_mode
    from bot.runtime import parts

    # A test need not wait as an operator would.
    parts.FIRST_PAUSE, parts.LONGEST_PAUSE, socket_mode._LONGEST_PAUSE = 0.02, 0.1, 0.1
    stumble_in(KINDS[sys.argv[1]])
    sys.argv = ["dibs", *sys.argv[2:]]
    from bot.__main__ import main as run

    run()


if __name__ == "__main__":
    main()
