"""Looking a post up: what a pasted address says, as far as one of our configured sources can tell.

Only a source that knows the address asks for it, in its own way and over its own guarded client: Bluesky for a post on
Bluesky, our Mastodon instance for a status. Nothing else is ever fetched, so no address that somebody pastes, of our
own net or of a trap, is called by us. A gesture waits for this, so it has a moment only; then the person is asked.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping

from bot.net.errors import SourceError
from bot.sources.base import FindingSource, Source
from handlers.base.events import Found

# A slash command has three seconds over all, and a form may have to be opened in what is left.
SECONDS = 1.5

Find = Callable[[str], Awaitable[Found | None]]

log = logging.getLogger("dibs.sources")


async def find_nothing(_url: str) -> Found | None:
    """Find nothing, where no source is configured."""
    return None


class PostLookup:
    """Asks the sources that can fetch one post by its address."""

    def __init__(
        self, sources: Mapping[str, Source], seconds_to_wait: Callable[[str], float], *, seconds: float = SECONDS
    ) -> None:
        """Take the sources as they were built for listening.

        Args:
            sources: By name, in the order in which they are asked.
            seconds_to_wait: Says how long the service of a source wants to be left alone; such a source is passed over.
            seconds: How long all of them may take together.
        """
        self._sources = {name: one for name, one in sources.items() if isinstance(one, FindingSource)}
        self._seconds_to_wait = seconds_to_wait
        self._seconds = seconds

    async def find(self, url: str) -> Found | None:
        """Return the post at ``url`` as the first source that knows it tells it; None = nobody could say."""
        try:
            async with asyncio.timeout(self._seconds):
                for name in self._sources:
                    if (found := await self._ask(name, url)) is not None:
                        return found
        except TimeoutError:
            log.info("A pasted address could not be fetched in time.")
        return None

    async def _ask(self, name: str, url: str) -> Found | None:
        source = self._sources[name]
        if not source.capabilities.finds or self._seconds_to_wait(name) > 0:
            return None
        try:
            posted = await source.find(url)
        except SourceError as error:
            log.info("A pasted address could not be fetched: %s", error.reason, extra={"source": name})
        except Exception:  # the edge: a bug of one source leaves the others, and the person, alone
            log.exception("A bug met a pasted address.", extra={"source": name})
        else:
            return Found(source=name, posted=posted) if posted is not None else None
        return None
