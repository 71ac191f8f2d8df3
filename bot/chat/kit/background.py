"""Background work: what is done after a gesture was acknowledged, so after the commit: telling, looking people up.

An errand is done at most once. What must not be lost is no errand but a message in a lane.
"""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

from bot.chat.base import DeliveryFailed

LAST_WORDS_SECONDS = 3.0

log = logging.getLogger("dibs.chat")


class Errands:
    """What one platform has still to do; those under way may end when the house closes."""

    def __init__(self, platform: str) -> None:
        self._platform = platform
        self._under_way: set[asyncio.Task[None]] = set()

    def later(self, errand: Coroutine[Any, Any, Any]) -> None:
        """Do it in the background; a failure is one line in the log."""
        task = asyncio.get_running_loop().create_task(self._do(errand))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _do(self, errand: Coroutine[Any, Any, Any]) -> None:
        try:
            await errand
        except DeliveryFailed as failure:
            log.info("%s: something could not be done after a gesture: %s", self._platform, failure.reason)
        except Exception:  # the edge: nobody waits for this task
            log.exception("%s: something failed after a gesture", self._platform)

    async def finish(self) -> None:
        """Wait a moment for what is under way, then leave it."""
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=LAST_WORDS_SECONDS)
        for task in list(self._under_way):
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)
