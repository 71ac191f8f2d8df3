"""What a test breaks on purpose, taken in order; ``accepted`` lets the request take effect all the same."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(kw_only=True)
class Fault:
    """One fault; see ``FakeTeams.fault``."""

    what: str
    times: int = 1
    status: int = 0
    code: str = ""
    retry_after: int | None = None
    cut: bool = False
    hang: float = 0.0
    accepted: bool = False
    then: Callable[[], object] | None = None
    skip: int = 0


@dataclass
class Faults:
    """The faults still to come. Safe to use from any thread."""

    waiting: list[Fault] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, fault: Fault) -> None:
        """Put a fault at the end."""
        with self.lock:
            self.waiting.append(fault)

    def take(self, what: str) -> Fault | None:
        """Take the next fault for a request."""
        with self.lock:
            fault = next((one for one in self.waiting if one.what == what), None)
            if fault is None:
                return None
            if fault.skip > 0:
                fault.skip -= 1
                return None
            fault.times -= 1
            if fault.times <= 0:
                self.waiting.remove(fault)
            return fault

    def left(self) -> int:
        """Return how many requests are still to be broken."""
        with self.lock:
            return sum(one.times for one in self.waiting)

    def clear(self) -> None:
        """Break nothing any more."""
        with self.lock:
            self.waiting.clear()
