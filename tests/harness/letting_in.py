"""The service that lets applications in, beside what has a loop of its own, as the command line and the desk do."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.fakes.letting_in import LettingIn


@contextmanager
def serving(**how: Any) -> Iterator[LettingIn]:
    """Serve from a thread of its own: the command line has a loop of its own."""
    service, ready, over = LettingIn(**how), threading.Event(), asyncio.Event()
    loop = asyncio.new_event_loop()

    async def serve() -> None:
        async with service.serve():
            ready.set()
            await over.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    ready.wait()
    try:
        yield service
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join()
        loop.close()
