"""Streams: a source that keeps a connection open is listened to under one long lease.

The lease is that of a poll, with the same heartbeat, the same steps and the same checkpoint: each batch is a step that
is bound to the token, so a replica that lost the source writes nothing more, and another one goes on from the last
checkpoint that was stored. While nothing comes, an empty step says now and then that the stream is well: whoever cannot
connect says so sooner. A stream has no baseline: what it brings was written since we began to listen.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from bot.net.errors import SourceUnavailable
from bot.sources.base import Batch, Source, StreamingSource
from bot.sources.runner.poller import Listened, Polled, Poller, add
from handlers.listen.ingest import Arrival
from handlers.listen.polling import LeaseLost, PollLease

# So often a stream that is silent is written down as well.
RENEW_SECONDS = 30.0
CLOSE_SECONDS = 2.0
# Where the back-off begins: an open stream is a connection, and connections are lost every day.
FIRST_REST = timedelta(seconds=1)


def is_streamed(source: Source) -> bool:
    """Say whether a source is one that keeps a connection open, and is configured so."""
    return source.capabilities.streams and isinstance(source, StreamingSource) and source.streaming


@dataclass(slots=True, kw_only=True)
class Streamer:
    """Listens to streams; one for the whole bot."""

    poller: Poller
    renew_seconds: float = RENEW_SECONDS

    async def listen(self, one: Listened) -> Polled:
        """Listen until the stream is lost or another replica has it; says when to open it again."""
        return await self.poller.under_lease(one, self._listen)

    async def _listen(self, one: Listened, lease: PollLease) -> Polled:
        if not isinstance(one.source, StreamingSource):
            raise TypeError(f"The kind {one.settings.rules.kind} cannot be streamed.")
        lease = replace(lease, baseline=False)
        total = Arrival()
        stream = one.source.stream(lease.checkpoint)
        waiting: asyncio.Task[Batch | None] | None = None
        try:
            while True:
                waiting = waiting or asyncio.create_task(_next(stream))
                done, _ = await asyncio.wait({waiting}, timeout=self.renew_seconds)
                batch = Batch(events=(), checkpoint=lease.checkpoint)
                if done:
                    brought, waiting = waiting.result(), None
                    if brought is None:
                        raise SourceUnavailable("The stream ended.")
                    batch = brought
                total = add(total, await self.poller.keep(one, lease, batch, None))
                lease = replace(lease, checkpoint=batch.checkpoint, failures=0, down_since=None)
        except LeaseLost:
            raise
        except Exception as error:
            return replace(await self.poller.failed(one, lease, error, FIRST_REST), arrival=total)
        finally:
            await _close(stream, waiting)


async def _next(stream: AsyncIterator[Batch]) -> Batch | None:
    try:
        return await anext(stream)
    except StopAsyncIteration:
        return None


async def _close(stream: Any, waiting: "asyncio.Task[Batch | None] | None") -> None:
    """Close the connection, but do not wait for ever that it closes."""

    async def close() -> None:
        if waiting is not None:
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
        if hasattr(stream, "aclose"):
            await stream.aclose()

    closing = asyncio.create_task(close())
    await asyncio.wait({closing}, timeout=CLOSE_SECONDS)
    closing.cancel()
    await asyncio.gather(closing, return_exceptions=True)
