"""Ready databases: copies of a migrated one, made by a thread before a test asks, and dropped by it afterwards.

A copy takes PostgreSQL a few hundredths of a second, and so does dropping it: waiting, for the most part, that no test
has to do. A few stand ready at any time; what was used is dropped when enough do, or goes with the server.
"""

import threading
from collections import deque
from collections.abc import Callable

from tests.harness.patience import HANG_SECONDS

AHEAD = 3


class ReadyDatabases:
    """Gives each asker a database of its own; ``create`` returns the URL of a new one, ``drop`` takes it."""

    def __init__(self, create: Callable[[], str], drop: Callable[[str], None]) -> None:
        self._create = create
        self._drop = drop
        self._ready: deque[str] = deque()
        self._used: deque[str] = deque()
        self._trouble: Exception | None = None
        self._open = True
        self._change = threading.Condition()
        self._thread = threading.Thread(target=self._work, name="databases", daemon=True)
        self._thread.start()

    def take(self) -> str:
        """Return the URL of a database that nobody else has."""
        with self._change:
            self._change.wait_for(lambda: self._ready or self._trouble, HANG_SECONDS)
            if not self._ready:
                raise RuntimeError("no database could be made") from self._trouble
            self._change.notify_all()
            return self._ready.popleft()

    def give_back(self, url: str) -> None:
        """Let a database be dropped, some time."""
        with self._change:
            self._used.append(url)
            self._change.notify_all()

    def close(self) -> None:
        """End the thread; what stands is left to whoever ends the server."""
        with self._change:
            self._open = False
            self._change.notify_all()
        self._thread.join()

    def _work(self) -> None:
        try:
            while self._next():
                pass
        except Exception as trouble:
            with self._change:
                self._trouble = trouble
                self._change.notify_all()

    def _next(self) -> bool:
        """Make one or drop one, and return whether to go on."""
        with self._change:
            self._change.wait_for(lambda: not self._open or self._used or len(self._ready) < AHEAD)
            if not self._open:
                return False
            used = self._used.popleft() if len(self._ready) >= AHEAD else None
        if used is not None:
            self._drop(used)
            return True
        made = self._create()
        with self._change:
            self._ready.append(made)
            self._change.notify_all()
        return True
