"""Deliveries that name what they do not tell: it is fetched before the delivery is acknowledged."""

from bot.net.errors import SourceError
from bot.sources.base import Delivered, FetchingSource, HookRefused, Source
from handlers.base.events import Event


async def fetched(source: Source, delivered: Delivered[Event]) -> Delivered[Event]:
    """Return a delivery with what it names.

    Raises:
        HookRefused: 503: it cannot be had now, so that the delivery has to come again.
    """
    if not delivered.named or not isinstance(source, FetchingSource):
        return delivered
    try:
        found = await source.fetch(delivered.named)
    except SourceError as error:
        raise HookRefused(503, f"What it names cannot be had now: {error.reason}") from None
    return Delivered(
        (*delivered, *found),
        known_by=delivered.known_by,
        refused=delivered.refused,
        unread=delivered.unread,
        poll_now=delivered.poll_now,
    )
