"""Streams: a source that keeps a connection open is listened to under one long lease.

The lease is that of a poll, with the same heartbeat, the same steps and the same checkpoint: each batch is a step that
is bound to the token, so a replica that lost the source writes nothing more, and another one goes on from the last
checkpoint that was stored. A stream has no baseline: what it brings was written since we began to listen.

Being connected is not being well. A stream that always has something to say is well when it says something, and one
that is silent for long is lost: it is opened again from its checkpoint, and down until it is heard. One that may be
silent, as that of a hashtag, ends by itself when the signs of life beside its events stop (``bot.net.sse``), so while
nothing comes an empty step says now and then that it is well.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from bot.net.errors import SourceUnavailable
from bot.sources.base import Batch, Source, SteadyStream, StreamingSource
from bot.sources.runner.meter import Meter
from bot.sources.runner.poller import Listened, Polled, Poller, add
from handlers.listen.ingest import Arrival
from handlers.listen.polling import LeaseLost, PollLease
from storage.engine.database import is_outage

# So often a stream that is silent is written down as well.
RENEW_SECONDS = 30.0
CLOSE_SECONDS = 2.0
# Where the back-off begins: an open stream is a connection, and connections are lost every day.
FIRST_REST = timedelta(seconds=1)


def is_streamed(source: Source) -> bool:
    """Say whether a source is one that keeps a connection open, and is configured so."""
    return source.capabilities.streams and isinstance(source, StreamingSource) and source.streaming


@dataclass(slots=True)
class Streamer:
    """Listens to streams; one for the whole bot.

    Attributes:
        renew_seconds: So often a stream that is silent is written down.
        gives_way: Says whether a stream is another replica's from now on.
    """

    poller: Poller
    renew_seconds: float = RENEW_SECONDS
    gives_way: Callable[[str], bool] = lambda _name: False

    async def listen(self, one: Listened) -> Polled:
        """Listen until the stream is lost or another replica has it; says when to open it again."""
        return await self.poller.under_lease(one, self._listen)

    async def _listen(self, one: Listened, lease: PollLease) -> Polled:
        if not isinstance(one.source, StreamingSource):
            raise TypeError(f"The kind {one.settings.rules.kind} cannot be streamed.")
        lease = replace(lease, baseline=False)
        total, silence = Arrival(), _Silence(one.source)
        stream = one.source.stream(lease.checkpoint)
        waiting: asyncio.Task[Batch | None] | None = None
        try:
            while True:
                waiting = waiting or asyncio.create_task(_hear(one.meter, stream))
                done, _ = await asyncio.wait({waiting}, timeout=silence.bounded(self.renew_seconds))
                batch = Batch(events=(), checkpoint=lease.checkpoint)
                if not done and silence.tells:
                    silence.judge()
                    continue
                if done:
                    silence.end()
                    brought, waiting = waiting.result(), None
                    if brought is None:
                        raise SourceUnavailable("The stream ended.")
                    batch = brought
                total = add(total, await self.poller.keep(one, lease, batch, None))
                lease = replace(lease, checkpoint=batch.checkpoint, failures=0, down_since=None)
                if self.gives_way(one.name):
                    return await self.poller.give_way(one, lease, total)
        except LeaseLost:
            raise
        except Exception as error:
            if is_outage(error):
                raise
            return replace(await self.poller.failed(one, lease, error, FIRST_REST), arrival=total)
        finally:
            await _close(stream, waiting)


class _Silence:
    """How long nothing was heard, and what that says of a stream."""

    def __init__(self, source: Source) -> None:
        self._longest = source.longest_silence if isinstance(source, SteadyStream) else None
        self._since = asyncio.get_running_loop().time()

    @property
    def tells(self) -> bool:
        """Whether silence says anything."""
        return self._longest is not None

    def end(self) -> None:
        """Note that something was heard."""
        self._since = asyncio.get_running_loop().time()

    def bounded(self, seconds: float) -> float:
        """Return how long to wait for something, before the silence is judged."""
        return seconds if self._longest is None else max(min(seconds, self._longest - self._seconds()), 0.0)

    def judge(self) -> None:
        """Give up what was silent for too long.

        Raises:
            SourceUnavailable: It is not well, though it is connected.
        """
        if self._longest is not None and self._seconds() >= self._longest:
            raise SourceUnavailable(f"It is connected, and nothing was heard for {self._longest:g} seconds.")

    def _seconds(self) -> float:
        return asyncio.get_running_loop().time() - self._since


async def _hear(meter: Meter, stream: AsyncIterator[Batch]) -> Batch | None:
    try:
        with meter.polling():
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
