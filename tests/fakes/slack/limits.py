"""How fast is too fast: one post a second a channel, tiers for the rest, and the patience that a 429 asks for.

https://docs.slack.dev/apis/web-api/rate-limits. Slack tolerates short bursts without saying how short; here it is
two posts, so that a bot which keeps the pace is never refused for jitter, and one that does not keep it is.
"""

import math
import time
from collections import deque
from dataclasses import dataclass, field

from tests.fakes.slack.errors import rate_limited
from tests.harness.bare import bare

PER_MINUTE = {1: 1, 2: 20, 3: 50, 4: 100}
_IN_FLIGHT = 0.25  # what was already under way when the 429 went out is no impatience
_JITTER = 0.05


@dataclass
class Bucket:
    """A token bucket that starts full."""

    rate: float
    size: float
    tokens: float
    at: float

    def take(self, now: float) -> float:
        """Take one token and return 0, or return the seconds until there is one."""
        self.tokens = min(self.size, self.tokens + (now - self.at) * self.rate)
        self.at = now
        if self.tokens >= 1:
            self.tokens -= 1
            return 0.0
        return (1 - self.tokens) / self.rate


@dataclass
class Limits:
    """Slack's limits for one app in one workspace. ``posts_per_second=0`` switches all of them off."""

    posts_per_second: float = 1.0
    burst: int = 2
    tiers: bool = True
    _posts: dict[str, Bucket] = field(default_factory=dict)
    _calls: dict[str, deque[float]] = field(default_factory=dict)
    _told: dict[tuple[str, str], tuple[float, float]] = field(default_factory=dict)

    def post(self, channel: str) -> None:
        """Count a post into a channel, or refuse it with 429."""
        if not self.posts_per_second:
            return
        now = time.monotonic()
        fresh = Bucket(self.posts_per_second, self.burst, self.burst, now)
        wait = self._posts.setdefault(channel, fresh).take(now)
        if wait:
            raise rate_limited(max(1, math.ceil(wait)))

    def call(self, method: str, tier: int | None) -> None:
        """Count a call of a method in its tier, or refuse it with 429."""
        if tier is None or not self.tiers or not self.posts_per_second:
            return
        now = time.monotonic()
        calls = self._calls.setdefault(method, deque())
        while calls and calls[0] <= now - 60:
            calls.popleft()
        if len(calls) >= PER_MINUTE[tier]:
            raise rate_limited(max(1, math.ceil(calls[0] + 60 - now)))
        calls.append(now)

    def told(self, method: str, channel: str, seconds: float) -> None:
        """Remember that the bot was asked to wait."""
        now = time.monotonic()
        self._told[_scope(method, channel)] = (now, now + seconds)

    def impatient(self, method: str, channel: str) -> float:
        """Return how many seconds too early this call comes, 0 if it does not."""
        since, until = self._told.get(_scope(method, channel), (0.0, 0.0))
        now = time.monotonic()
        early = since + _IN_FLIGHT < now < until - _JITTER and now - since > bare().allowed(_IN_FLIGHT, since)
        return until - now if early else 0.0

    def forget(self) -> None:
        """Forget what the bot was told: a process that was killed cannot know it."""
        self._told.clear()


def _scope(method: str, channel: str) -> tuple[str, str]:
    return (method, channel if method == "chat.postMessage" else "")
