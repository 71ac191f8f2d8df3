"""Doors: what of a forum everybody may read, which neither posts nor deliveries say.

An admin's key is shown restricted categories, and the webhook tells whatever the system sees, private messages too. So
a post is heard where its category says that all may read it, and the forum itself wants no login
(https://docs.discourse.org/#tag/Categories); what does not say so is closed. Both are asked again from time to time.
"""

from datetime import UTC, datetime, timedelta

from bot.net.errors import SourceRefused
from bot.runtime.clock import Clock
from bot.sources.kinds.discourse.forum import Forum, Json
from bot.sources.kit.fields import inside
from bot.sources.kit.json import string

HOLDS = timedelta(minutes=10)
_MEMBERS = "Only members may read {}, or it does not say who may; members = true hears it all the same."


class Doors:
    """Says whether a category is heard."""

    def __init__(self, forum: Forum, clock: Clock) -> None:
        """Take the forum, of whose options some say what is heard, and the clock."""
        self._forum = forum
        self._clock = clock
        self._slugs = frozenset(slug.casefold() for slug in forum.options.categories)
        # What was told of categories since the forum was asked, and until when we take all of it for true.
        self._rooms: dict[object, bool] = {}
        self._until = datetime.min.replace(tzinfo=UTC)

    async def let_through(self, category: object) -> bool:
        """Say whether a category is heard.

        Raises:
            SourceUnavailable: It cannot be asked now.
            SourceRefused: The key is not taken, or the forum is for members alone.
        """
        if (known := self.knows(category)) is not None:
            return known
        if not self._is_fresh():
            if not self._is_open(await self._forum.rest.have("/site/basic-info.json"), "login_required"):
                raise SourceRefused(_MEMBERS.format(self._forum.home))
            self._rooms, self._until = {}, self._clock.now() + HOLDS
        room = inside(await self._forum.find(f"/c/{category}/show.json") or {}, "category")
        named = not self._slugs or string(room, "slug").casefold() in self._slugs
        self._rooms[category] = named and self._is_open(room, "read_restricted")
        return self._rooms[category]

    def knows(self, category: object) -> bool | None:
        """Say whether a category is heard, as far as that was asked lately; None where it was not.

        What bears no category is a private message.
        """
        if type(category) is not int:
            return False
        return self._rooms.get(category) if self._is_fresh() else None

    def _is_open(self, told: Json, closed: str) -> bool:
        """Say whether a door is open to us; what our account may not see is closed."""
        return told.get(closed) is False or (self._forum.options.members and bool(told))

    def _is_fresh(self) -> bool:
        """Say whether what is known counts; what a clock that was ahead had asked does not until then."""
        return timedelta() < self._until - self._clock.now() <= HOLDS
