"""Reviews: how their stars are told, and how those that were deleted are missed.

A list that comes newest first shows nothing of a review that was deleted. So of the newest ones it is kept when each
was changed last, and one that should stand on the first page and does not is looked at by its name.
"""

from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress
from dataclasses import replace

from bot.net.errors import SourceUnavailable
from bot.sources.base import Batch
from bot.sources.kit.build import deleted
from bot.sources.kit.json import mapping, read_object
from bot.sources.kit.walk import keeping
from handlers.base.events import Deleted

_KEY = "watched"

# When each review was changed last, in seconds since 1970, by its external id.
Stamps = dict[str, float]


def starred(stars: int, of: str = "", headline: str = "") -> str:
    """Return the title of a review, such as "2 of 5 stars for Berlin: Cold soup"; 0 stars are unknown ones."""
    said = f"{stars} of 5 stars{of}" if 1 <= stars <= 5 else f"A review{of}"
    return f"{said}: {headline}" if headline.strip() else said


class Watched:
    """The newest reviews of some lists, in the checkpoint of their walk, beside what that keeps there."""

    def __init__(self, checkpoint: str, lists: Collection[str], most: int, *, looks: int | None = None) -> None:
        """Read our part of a checkpoint; one that is not ours begins anew.

        Args:
            checkpoint: That of the last poll.
            lists: Their names.
            most: So many reviews of all lists together are watched.
            looks: So many are looked at in one poll; None = all that are missing.
        """
        told = mapping(read_object(checkpoint).get(_KEY))
        self._each = max(most // len(lists), 1)
        self._looks = most if looks is None else looks
        self._known = {name: _stamps(told.get(name)) for name in lists}
        self._gone: list[Deleted] = []

    async def see(self, name: str, shown: Stamps, edge: float, stands: Callable[[str], Awaitable[bool]]) -> None:
        """Take the first page of a list, and look at what should stand on it and does not.

        What cannot be looked at now is looked at another time.

        Args:
            name: The list.
            shown: What stands on it.
            edge: What was changed before that need not stand there.
            stands: Asks whether a review is there.

        Raises:
            SourceRefused: As asking does.
        """
        known = self._known[name]
        missing = [one for one, changed in known.items() if one not in shown and changed > edge]
        with suppress(SourceUnavailable):
            for one in missing[: self._looks]:
                if not await stands(one):
                    self._gone.append(deleted(one))
                del known[one]
        known |= shown

    def with_gone(self, batch: Batch) -> Batch:
        """Return a batch of the walk with what is gone behind it, and with what is watched in its checkpoint."""
        kept = {
            name: dict(sorted(stamps.items(), key=lambda one: one[1], reverse=True)[: self._each])
            for name, stamps in self._known.items()
        }
        return keeping(replace(batch, events=(*batch.events, *self._gone)), **{_KEY: kept})


def _stamps(told: object) -> Stamps:
    return {one: changed for one, changed in mapping(told).items() if isinstance(changed, float)}
