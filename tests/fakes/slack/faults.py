"""What a test breaks on purpose: faults taken in order, and hooks at the exact moment of a request.

A fault is consumed by the first calls that it matches. ``accepted`` says whether the call takes effect although the
bot never hears so: that is the difference between "not sent" and "unclear".
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

Moment = Literal["arrived", "accepted"]
CUT = "cut"


@dataclass(kw_only=True)
class Fault:
    """One fault; see ``FakeSlack.fault`` for what each field does."""

    method: str
    channel: str | None = None
    skip: int = 0
    times: int = 1
    retry_after: int | None = None
    status: int | None = None
    error: str | None = None
    cut: bool = False
    hang: float | None = None
    slow: float = 0.0
    deaf: float | None = None
    accepted: bool = False


@dataclass(kw_only=True)
class Hook:
    """Something to do at a moment of a request; returning ``CUT`` cuts the connection there."""

    method: str
    moment: Moment
    callback: Callable[[Any], object]
    channel: str | None = None
    skip: int = 0
    times: int = 1


_Kind = TypeVar("_Kind", Fault, Hook)


@dataclass
class Faults:
    """The faults and hooks still to come, in order. Safe to use from any thread."""

    _faults: list[Fault] = field(default_factory=list)
    _hooks: list[Hook] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, fault: Fault) -> None:
        """Put a fault at the end."""
        with self._lock:
            self._faults.append(fault)

    def hook(self, hook: Hook) -> None:
        """Put a hook at the end."""
        with self._lock:
            self._hooks.append(hook)

    def take(self, method: str, channels: set[str]) -> Fault | None:
        """Take the next fault for a call into one of ``channels`` (its id and the name that was used)."""
        with self._lock:
            return _take(
                self._faults,
                lambda fault: fault.method == method and (fault.channel is None or fault.channel in channels),
            )

    def take_hook(self, moment: Moment, method: str, channels: set[str]) -> Hook | None:
        """Take the next hook for this moment of a call."""
        with self._lock:
            return _take(
                self._hooks,
                lambda hook: (
                    hook.method == method
                    and hook.moment == moment
                    and (hook.channel is None or hook.channel in channels)
                ),
            )

    def left(self) -> int:
        """Return how many faults and hooks were not met yet."""
        with self._lock:
            return sum(fault.times for fault in self._faults) + sum(hook.times for hook in self._hooks)

    def clear(self) -> None:
        """Break nothing any more."""
        with self._lock:
            self._faults.clear()
            self._hooks.clear()


def _take(waiting: list[_Kind], matches: Callable[[_Kind], bool]) -> _Kind | None:
    for one in waiting:
        if not matches(one):
            continue
        if one.skip > 0:
            one.skip -= 1
            return None
        one.times -= 1
        if one.times <= 0:
            waiting.remove(one)
        return one
    return None
