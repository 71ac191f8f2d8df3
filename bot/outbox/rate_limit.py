"""Rate limits: how fast lanes may go, and how long a failure rests. In memory, because being wrong costs one 429.

What a platform allows is said in windows: so many sends in any so many seconds. A send counts from its beginning, and
for that long after its end: the platform saw it at some moment between, and nobody tells us at which.
"""

from bisect import bisect_right
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

from bot.chat.base import Limit, Pace

_FIRST_REST = 0.5
# So long after a 429 a lane has one send under way at a time.
_CAREFUL = 60.0
_LONGEST_REST = 60.0
# When room will be made by a send that is still under way is known only when that ends.
_SOON = 0.05


@dataclass(frozen=True, slots=True)
class Room:
    """How many sends of a lane may begin now; where none may, in how many seconds one may at the earliest.

    Attributes:
        together: Posts and updates counted together.
    """

    posts: int
    updates: int
    together: int
    post_wait: float = 0.0
    update_wait: float = 0.0


@dataclass(slots=True)
class Window:
    """What one limit has seen, in one lane or overall: when sends ended, and how many are under way."""

    limit: Limit
    ended: deque[float] = field(init=False)
    under_way: int = 0

    def __post_init__(self) -> None:
        self.ended = deque(maxlen=self.limit.most)

    def look(self, now: float) -> tuple[int, float]:
        """Return how many more may begin, and in how many seconds the next if none."""
        passed = bisect_right(self.ended, now - self.limit.seconds)
        room = self.limit.most - self.under_way - (len(self.ended) - passed)
        if room > 0:
            return room, 0.0
        first = passed - room
        return 0, max(_SOON, self.ended[first] + self.limit.seconds - now) if first < len(self.ended) else _SOON


@dataclass(slots=True)
class RateLimiter:
    """Keeps the pace of one platform, in all its lanes."""

    pace: Pace
    _free: Room = field(init=False)
    _overall: dict[Limit, Window] = field(init=False)
    _lanes: dict[int, tuple[Window, ...]] = field(default_factory=dict)
    _careful: dict[int, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._free = Room(self.pace.batch, self.pace.batch, self.pace.batch)
        self._overall = {limit: Window(limit) for limit in self.pace.limits if limit.overall}

    def refused(self, lane_id: int, now: float) -> None:
        """Go on one by one in a lane that was asked to wait: several at once would all be asked again."""
        self._careful[lane_id] = now + _CAREFUL

    def in_flight(self, lane_id: int, now: float) -> int:
        """Return how many sends of a lane may be under way at once."""
        return 1 if now < self._careful.get(lane_id, now) else self.pace.in_flight

    def room(self, lane_id: int, now: float) -> Room:
        """Return how many sends a lane may begin now, a batch at most."""
        if not self.pace.limits:
            return self._free
        posts = updates = together = self.pace.batch
        post_wait = update_wait = 0.0
        for count in self._counts(lane_id):
            room, wait = count.look(now)
            limit = count.limit
            if limit.posts:
                posts, post_wait = min(posts, room), max(post_wait, wait)
            if limit.updates:
                updates, update_wait = min(updates, room), max(update_wait, wait)
            if limit.posts and limit.updates:
                together = min(together, room)
        return Room(posts, updates, together, post_wait, update_wait)

    def begin(self, lane_id: int, now: float, *, posting: bool) -> float:
        """Begin a send and return 0; or return how many seconds to wait first, for other lanes send meanwhile."""
        wait = 0.0
        for count in self._counting(lane_id, posting):
            wait = max(wait, count.look(now)[1])
        if not wait:
            for count in self._counting(lane_id, posting):
                count.under_way += 1
        return wait

    def end(self, lane_id: int, now: float, *, posting: bool) -> None:
        """Note that a send that was begun is over, however it ended."""
        for count in self._counting(lane_id, posting):
            count.under_way -= 1
            count.ended.append(now)

    def _counting(self, lane_id: int, posting: bool) -> Iterator[Window]:
        if self.pace.limits:
            for count in self._counts(lane_id):
                if count.limit.posts if posting else count.limit.updates:
                    yield count

    def _counts(self, lane_id: int) -> tuple[Window, ...]:
        known = self._lanes.get(lane_id)
        if known is None:
            known = tuple(self._overall.get(limit) or Window(limit) for limit in self.pace.limits)
            self._lanes[lane_id] = known
        return known


def rest_after(attempts: int, random: Random) -> float:
    """Return how many seconds to rest after so many attempts in a row: half a second, doubling, a minute at most.

    Up to a half less, so that those who were refused together do not come back together, which Microsoft asks for:
    https://learn.microsoft.com/microsoftteams/platform/bots/how-to/rate-limit
    """
    whole = float(min(_LONGEST_REST, _FIRST_REST * 2 ** max(0, min(attempts - 1, 20))))
    return whole * random.uniform(0.5, 1.0)
