"""The clock, handed in wherever time matters, so that a test can hold it."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """Return this moment, timezone-aware, in UTC."""
    return datetime.now(UTC)
