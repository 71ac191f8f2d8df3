"""What is found: a promise that did not hold, and what the house itself calls a bug."""

import logging
from dataclasses import dataclass
from typing import Protocol

from storage.engine.database import is_outage


@dataclass(frozen=True, slots=True)
class Broken:
    """A promise that did not hold, and when."""

    promise: str
    what: str
    at: float

    def __str__(self) -> str:
        return f"{self.at:.2f} s: {self.promise}: {self.what}"


class World(Protocol):
    """Who is told."""

    tracing: bool

    def note(self, what: str) -> None:
        """Write a line of the trace."""
        ...

    def broken(self, promise: str, what: str) -> None:
        """Hear that a promise does not hold."""
        ...


class Bugs(logging.Handler):
    """Hears of what the house calls a bug of its own."""

    def __init__(self, world: World) -> None:
        """Take who is told."""
        super().__init__(logging.DEBUG)
        self._world = world

    def emit(self, record: logging.LogRecord) -> None:
        """Take one line."""
        if self._world.tracing:
            self._world.note(f"log: {record.getMessage()}")
        error = record.exc_info[1] if record.exc_info else None
        if record.levelno >= logging.ERROR and error is not None and not is_outage(error):
            self._world.broken("no part meets a bug", f"{record.getMessage()} {type(error).__name__}: {error}")
