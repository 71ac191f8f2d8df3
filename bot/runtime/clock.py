"""The clock, handed in wherever time matters, so that a test can hold it and a simulator can play a day in seconds.

Nothing else asks the system for the time, and nothing else sleeps: ruff refuses it. What waits for an answer with a
bound (``asyncio.timeout``) goes by the event loop's own clock, which a simulator brings along.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime


def utc_now() -> datetime:
    """Return this moment, timezone-aware, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Clock:
    """Time in its three uses; without arguments, the system's own.

    Attributes:
        now: This moment, in UTC: what is stored and told.
        monotonic: Seconds from some beginning, which nobody sets back: what is measured.
        sleep: Wait for so many seconds.
    """

    now: Callable[[], datetime] = utc_now
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
