"""Pace: how fast lanes may go, and how long a failure rests. In memory, because being wrong costs one 429."""

from dataclasses import dataclass, field

from bot.chat.base import Pace

_BURST = 10.0
_FIRST_REST = 0.5
_LONGEST_REST = 60.0


@dataclass(slots=True)
class Bucket:
    """A token bucket: ``rate`` a second (0 = unlimited), a burst of ten."""

    rate: float
    filled: float = _BURST
    at: float = 0.0

    def wait(self, now: float) -> float:
        """Return how many seconds until one more may go; takes it when that is 0."""
        if not self.rate:
            return 0.0
        self.filled = min(_BURST, self.filled + (now - self.at) * self.rate)
        self.at = now
        if self.filled >= 1:
            self.filled -= 1
            return 0.0
        return (1 - self.filled) / self.rate


@dataclass(slots=True)
class Pacer:
    """The pace of one platform: posts by channel, updates over all."""

    pace: Pace
    updates: Bucket = field(init=False)
    last_post: dict[int, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.updates = Bucket(self.pace.updates_per_second)

    @property
    def paced(self) -> bool:
        """Whether posts have to wait for each other."""
        return self.pace.posts_per_second > 0

    def post_wait(self, lane_id: int, now: float) -> float:
        """Return how many seconds until a lane may post."""
        last = self.last_post.get(lane_id)
        if not self.paced or last is None:
            return 0.0
        return max(0.0, last + 1 / self.pace.posts_per_second - now)

    def posted(self, lane_id: int, now: float) -> None:
        """Note that a lane posted just now."""
        if self.paced:
            self.last_post[lane_id] = now


def rest_after(attempts: int) -> float:
    """Return how many seconds to rest after so many attempts in a row: half a second, doubling, a minute at most."""
    return float(min(_LONGEST_REST, _FIRST_REST * 2 ** max(0, attempts - 1)))
