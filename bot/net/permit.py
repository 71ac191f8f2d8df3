"""Permits: whether what is being sent may still leave, asked at the last moment before its first byte is written.

Between the decision to send and the write, a connection is opened, a card is drawn, and the process may be stopped and
go on a minute later. Meanwhile somebody else may have looked whether it stands there, or the platform has asked us to
wait. Whoever decides gives a permit along (``permitted``), and what writes asks for it (``may_leave``); where none was
given, everything may leave. It travels with the task, as a deadline does, so that no layer between has to know of it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from aiohttp.payload import BytesPayload

_permit: ContextVar[Callable[[], bool] | None] = ContextVar("permit", default=None)


class Withdrawn(Exception):
    """The permit was withdrawn; not a byte of the request was written."""


@contextmanager
def permitted(permit: Callable[[], bool]) -> Iterator[None]:
    """Let what is sent inside leave only while ``permit`` says so."""
    before = _permit.set(permit)
    try:
        yield
    finally:
        _permit.reset(before)


def may_leave() -> None:
    """Go on to write.

    Raises:
        Withdrawn: It may not leave any more.
    """
    permit = _permit.get()
    if permit is not None and not permit():
        raise Withdrawn


class PermittedBody(BytesPayload):
    """A body for aiohttp, which writes the headers together with it: neither leaves without a permit."""

    async def write_with_length(self, writer: Any, content_length: int | None) -> None:
        """Ask, then write.

        Raises:
            Withdrawn: It may not leave any more; aiohttp raises it as the cause of an error of its own.
        """
        may_leave()
        await super().write_with_length(writer, content_length)
