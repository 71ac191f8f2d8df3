"""Doors: what of a forum everybody may read, which neither posts nor deliveries say.

An admin's key is shown restricted categories, and the webhook tells whatever the system sees, private messages too. So
a post is heard where its category says that all may read it, and the forum itself wants no login
(https://docs.discourse.org/#tag/Categories); what does not say so is closed. Both are asked again from time to time.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.net.errors import SourceRefused
from bot.runtime.clock import Clock
from bot.sources.kinds.discourse.forum import Forum, Json
from bot.sources.kit.json import mapping, string

HOLDS = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Room:
    """A category, or the whole forum: by what name, whether all may read it, and until when we take that for true."""

    slug: str
    open: bool
    until: datetime


class Doors:
    """Says whether a category is heard."""

    def __init__(self, forum: Forum, clock: Clock, *, members: bool, slugs: tuple[str, ...]) -> None:
        """Take the forum, the clock, whether what only members read is heard too, and which categories; none = all."""
        self._forum = forum
        self._clock = clock
        self._members = members
        self._slugs = frozenset(slug.casefold() for slug in slugs)
        self._rooms: dict[int, Room] = {}

    async def let_through(self, category: object) -> bool:
        """Say whether a category is heard; what bears none is a private message.

        Raises:
            SourceUnavailable: It cannot be asked now.
            SourceRefused: The key is not taken, or the forum is for members alone.
        """
        if type(category) is not int:
            return False
        if not (await self._room(0)).open:
            raise SourceRefused(
                f"Only members may read {self._forum.home}, or it does not say who may; members = true hears it all "
                "the same."
            )
        return self._is_heard(await self._room(category))

    def knows(self, category: object) -> bool | None:
        """Say whether a category is heard, as far as that was asked lately; None where it was not."""
        if type(category) is not int:
            return False
        forum, room = self._fresh(0), self._fresh(category)
        return None if forum is None or room is None else forum.open and self._is_heard(room)

    def _is_heard(self, room: Room) -> bool:
        return room.open and (not self._slugs or room.slug.casefold() in self._slugs)

    async def _room(self, number: int) -> Room:
        """Return what the forum says of a category, or of itself (0); what our account may not see is closed."""
        if (known := self._fresh(number)) is None:
            told = await self._ask(number)
            is_open = told.get("read_restricted" if number else "login_required") is False
            until = self._clock.now() + HOLDS
            known = self._rooms[number] = Room(string(told, "slug"), is_open or (self._members and bool(told)), until)
        return known

    async def _ask(self, number: int) -> Json:
        if not number:
            return await self._forum.get("/site/basic-info.json")
        return mapping((await self._forum.find(f"/c/{number}/show.json") or {}).get("category"))

    def _fresh(self, number: int) -> Room | None:
        """Return what is known; what a clock that was ahead had asked is not taken for true until then."""
        room = self._rooms.get(number)
        return room if room is not None and timedelta() < room.until - self._clock.now() <= HOLDS else None
