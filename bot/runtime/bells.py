"""Bells: what a thread of the database says to those who work in the loop."""

import asyncio
import contextlib
from collections.abc import Callable


def ring(loop: asyncio.AbstractEventLoop, bell: Callable[[], None], _changed: frozenset[int]) -> None:
    """Wake a worker from a thread of the database; after the loop ended there is nothing to wake."""
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(bell)


def ring_for_all(loop: asyncio.AbstractEventLoop, bell: Callable[[], None], changed: frozenset[int]) -> None:
    """Wake who has no interest in single mentions, when anything may have changed."""
    if not changed:
        ring(loop, bell, changed)
