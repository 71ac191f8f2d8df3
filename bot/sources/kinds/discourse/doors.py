"""Doors: what of a forum everybody may read, which neither posts nor deliveries say.

An admin's key is shown restricted categories, and the webhook tells whatever the system sees, private messages too. So
a post is heard where its category says that all may read it, and the forum itself wants no login
(https://docs.discourse.org/#tag/Categories); what does not say so is closed. Both are asked again from time to time.
"""

from datetime import UTC, datetime, timedelta

from bot.net.errors import SourceRefused
from bot.runtime.clock import Clock
from bot.sources.kinds.discourse.forum import Forum
from bot.sources.kit.fields import inside
from bot.sources.kit.json import string

HOLDS = timedelta(minutes=10)
_FORUM = 0
_MEMBERS = "Only members may read {}, or it does not say who may; members = true hears it all the same."


class Doors:
    """Says whether a category is heard."""

    def __init__(self, forum: Forum, clock: Clock) -> None:
        """Take the forum, of whose options some say what is heard, and the clock."""
        self._forum = forum
        self._clock = clock
        self._slugs = frozenset(slug.casefold() for slug in forum.options.categories)
        # What was told of a category, or of the whole forum, and until when we take that for true.
        self._rooms: dict[int, tuple[bool, datetime]] = {}

    async def let_through(self, category: object) -> bool:
        """Say whether a category is heard; what bears none is a private message.

        Raises:
            SourceUnavailable: It cannot be asked now.
            SourceRefused: The key is not taken, or the forum is for members alone.
        """
        if type(category) is not int:
            return False
        for number in (_FORUM, category):
            if self._fresh(number) is None:
                self._rooms[number] = await self._ask(number), self._clock.now() + HOLDS
        if not self._fresh(_FORUM):
            raise SourceRefused(_MEMBERS.format(self._forum.home))
        return self._fresh(category) is True

    def knows(self, category: object) -> bool | None:
        """Say whether a category is heard, as far as that was asked lately; None where it was not."""
        if type(category) is not int:
            return False
        forum, room = self._fresh(_FORUM), self._fresh(category)
        return None if forum is None or room is None else forum and room

    async def _ask(self, number: int) -> bool:
        """Return whether a category is heard, or the forum at all; what our account may not see is closed."""
        if number == _FORUM:
            told, closed = await self._forum.rest.have("/site/basic-info.json"), "login_required"
        else:
            told, closed = inside(await self._forum.find(f"/c/{number}/show.json") or {}, "category"), "read_restricted"
        named = number == _FORUM or not self._slugs or string(told, "slug").casefold() in self._slugs
        return named and (told.get(closed) is False or (self._forum.options.members and bool(told)))

    def _fresh(self, number: int) -> bool | None:
        """Return what is known; what a clock that was ahead had asked is not taken for true until then."""
        known, until = self._rooms.get(number, (False, datetime.min.replace(tzinfo=UTC)))
        return known if timedelta() < until - self._clock.now() <= HOLDS else None
