"""Pace: no window is ever exceeded, nobody starves, and where there is none nothing waits."""

import heapq
from collections import defaultdict, deque
from dataclasses import dataclass, field
from itertools import count
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.chat.base import Limit, Pace
from bot.chat.slack.messenger import pace_of
from bot.chat.teams.messenger import PACE as TEAMS
from bot.outbox.rate_limit import RateLimiter, rest_after

HOUR = 3_600.0
SLACK = pace_of(1)


def test_where_there_is_no_limit_nothing_waits() -> None:
    pacer = RateLimiter(Pace(batch=32))
    for _ in range(1_000):
        assert pacer.begin(1, 0.0, posting=True) == 0
    room = pacer.room(1, 0.0)
    assert (room.posts, room.updates, room.together, room.post_wait, room.update_wait) == (32, 32, 32, 0, 0)


def test_slack_takes_one_post_a_second_a_channel_and_changes_beside_it() -> None:
    pacer = RateLimiter(SLACK)
    assert _send(pacer, 1, 0.0, posting=True) == 0
    assert pacer.begin(1, 0.4, posting=True) == pytest.approx(0.6)
    assert pacer.begin(2, 0.4, posting=True) == 0
    assert _send(pacer, 1, 0.4, posting=False) == 0
    assert _send(pacer, 1, 1.0, posting=True) == 0


def test_slack_takes_forty_eight_changes_a_minute_over_all_channels() -> None:
    pacer = RateLimiter(SLACK)
    assert [_send(pacer, lane, 0.0, posting=False) for lane in range(48)] == [0] * 48
    assert _send(pacer, 99, 20.0, posting=False) == pytest.approx(40.0)
    assert _send(pacer, 99, 60.0, posting=False) == 0


def test_teams_takes_seven_in_a_second_and_eight_in_two_whatever_they_are() -> None:
    pacer = RateLimiter(TEAMS)
    assert [_send(pacer, 1, 0.0, posting=number % 2 == 0) for number in range(7)] == [0] * 7
    assert pacer.room(1, 0.5).together == 0
    assert pacer.room(1, 0.5).post_wait == pytest.approx(0.5)
    assert _send(pacer, 1, 1.0, posting=False) == 0
    assert pacer.room(1, 1.5).update_wait == pytest.approx(0.5)
    assert _send(pacer, 2, 1.5, posting=True) == 0


def test_teams_takes_thirty_a_second_over_all_conversations() -> None:
    pacer = RateLimiter(TEAMS)
    assert [_send(pacer, lane, 0.0, posting=True) for lane in range(30)] == [0] * 30
    assert _send(pacer, 99, 0.5, posting=True) == pytest.approx(0.5)
    assert _send(pacer, 99, 1.0, posting=True) == 0


def test_what_is_under_way_counts_until_it_ended_and_as_long_again() -> None:
    pacer = RateLimiter(Pace((Limit(1, 10.0),)))
    assert pacer.begin(1, 0.0, posting=True) == 0
    assert pacer.begin(1, 500.0, posting=True) > 0
    pacer.end(1, 500.0, posting=True)
    assert pacer.begin(1, 509.0, posting=True) == pytest.approx(1.0)
    assert pacer.begin(1, 510.0, posting=True) == 0


def test_a_batch_is_never_larger_than_what_the_windows_leave() -> None:
    pacer = RateLimiter(Pace((Limit(7, 1.0), Limit(3, 1.0, updates=False)), batch=32))
    room = pacer.room(1, 0.0)
    assert (room.posts, room.updates, room.together) == (3, 7, 7)
    for _ in range(3):
        _send(pacer, 1, 0.0, posting=True)
    room = pacer.room(1, 0.0)
    assert (room.posts, room.updates, room.together) == (0, 4, 4)
    assert RateLimiter(TEAMS).room(1, 0.0).together == 1


def test_rests_double_up_to_a_minute_and_no_two_are_alike() -> None:
    random = Random(7)
    for attempts, whole in ((0, 0.5), (1, 0.5), (2, 1.0), (5, 8.0), (8, 60.0), (10_000, 60.0)):
        rests = {rest_after(attempts, random) for _ in range(50)}
        assert len(rests) == 50
        assert min(rests) >= whole / 2
        assert max(rests) <= whole


def _send(pacer: RateLimiter, lane: int, now: float, *, posting: bool) -> float:
    """Send one in no time at all; returns how long it would have to wait instead."""
    if not (wait := pacer.begin(lane, now, posting=posting)):
        pacer.end(lane, now, posting=posting)
    return wait


# --- a simulated hour ------------------------------------------------------------------------------------------------

POST, UPDATE = True, False
Arrival = tuple[float, int, bool]


@dataclass
class Simulated:
    """Lanes that send what arrives as delivery does: updates first, what there is room for, each taking a while.

    Attributes:
        seen: When the platform saw each send: at some moment while it was under way.
        longest: The longest that a post (True) or an update (False) had to wait.
    """

    pace: Pace
    random: Random
    waiting: dict[tuple[int, bool], deque[float]] = field(default_factory=lambda: defaultdict(deque))
    seen: list[Arrival] = field(default_factory=list)
    longest: dict[bool, float] = field(default_factory=lambda: {POST: 0.0, UPDATE: 0.0})

    def run(self, arrivals: list[Arrival]) -> None:
        """Let everything arrive, and work until all of it was sent."""
        pacer, numbers = RateLimiter(self.pace), count()
        events = [(at, next(numbers), "arrival", lane, posting) for at, lane, posting in arrivals]
        heapq.heapify(events)
        under_way: dict[int, int] = defaultdict(int)
        while events:
            now, _, what, lane, posting = heapq.heappop(events)
            if what == "arrival":
                self.waiting[lane, posting].append(now)
            if what == "end":
                pacer.end(lane, now, posting=posting)
                under_way[lane] -= 1
            if under_way[lane]:
                continue
            begun, wait = self._turn(pacer, lane, now)
            under_way[lane] = len(begun)
            for sent in begun:
                end = now + self.random.uniform(0.0, 0.4)
                self.seen.append((self.random.uniform(now, end), lane, sent))
                heapq.heappush(events, (end, next(numbers), "end", lane, sent))
            if not begun and wait:
                heapq.heappush(events, (now + wait, next(numbers), "look", lane, False))
        assert not any(self.waiting.values())

    def _turn(self, pacer: RateLimiter, lane: int, now: float) -> tuple[list[bool], float]:
        room = pacer.room(lane, now)
        updates, posts = self.waiting[lane, UPDATE], self.waiting[lane, POST]
        wanted = [UPDATE] * min(len(updates), room.updates) + [POST] * min(len(posts), room.posts)
        for sent in wanted[: room.together]:
            assert pacer.begin(lane, now, posting=sent) == 0, "a batch was larger than what the windows leave"
            waited = now - self.waiting[lane, sent].popleft()
            self.longest[sent] = max(self.longest[sent], waited)
        waits = [room.post_wait] * bool(posts) + [room.update_wait] * bool(updates)
        return wanted[: room.together], min(filter(None, waits), default=0.0)

    def exceeded(self) -> list[Limit]:
        """Return the limits that the platform saw exceeded."""
        return [limit for limit in self.pace.limits if any(_broken(limit, row) for row in self._rows(limit))]

    def _rows(self, limit: Limit) -> list[list[float]]:
        rows: dict[int, list[float]] = defaultdict(list)
        for at, lane, posting in sorted(self.seen):
            if limit.posts if posting else limit.updates:
                rows[0 if limit.overall else lane].append(at)
        return list(rows.values())


def _broken(limit: Limit, moments: list[float]) -> bool:
    """Say whether there are more than ``most`` in any ``seconds``."""
    pairs = zip(moments, moments[limit.most :], strict=False)
    return any(later - earlier < limit.seconds - 1e-6 for earlier, later in pairs)


bursts = st.lists(
    st.tuples(st.floats(0, HOUR), st.integers(1, 40), st.integers(0, 5), st.booleans(), st.sampled_from([0.0, 5.0])),
    max_size=40,
)


@pytest.mark.parametrize("pace", [SLACK, TEAMS, Pace(TEAMS.limits)], ids=["slack", "teams", "teams in batches"])
@settings(max_examples=25)
@given(bursts=bursts, seed=st.integers(0, 1_000))
def test_no_window_is_exceeded_in_an_hour_whatever_arrives(
    pace: Pace, bursts: list[tuple[float, int, int, bool, float]], seed: int
) -> None:
    simulated = Simulated(pace, Random(seed))
    simulated.run(
        [(at + spread * number, lane, posting) for at, many, lane, posting, spread in bursts for number in range(many)]
    )
    assert simulated.exceeded() == []


@pytest.mark.parametrize("pace", [SLACK, TEAMS], ids=["slack", "teams"])
def test_forty_channels_that_all_have_much_to_say_exceed_nothing(pace: Pace) -> None:
    simulated = Simulated(pace, Random(1))
    simulated.run([(number * 0.01, number % 40, number % 3 != 0) for number in range(2_400)])
    assert simulated.exceeded() == []


def test_what_people_did_shows_within_seconds_in_a_channel_that_is_flooded_with_posts() -> None:
    simulated = Simulated(TEAMS, Random(2))
    simulated.run([(0.0, 1, POST)] * 2_000 + [(10.0 * number, 1, UPDATE) for number in range(300)])
    assert simulated.longest[UPDATE] < 4
    assert simulated.exceeded() == []


def test_new_posts_come_through_in_a_channel_where_changes_never_end() -> None:
    simulated = Simulated(TEAMS, Random(3))
    simulated.run([(0.0, 1, UPDATE)] * 2_000 + [(20.0 * number, 1, POST) for number in range(150)])
    assert simulated.longest[POST] < 30
    assert simulated.exceeded() == []


def test_a_lane_that_was_asked_to_wait_goes_on_one_by_one_for_a_while_and_no_other_does() -> None:
    pacer = RateLimiter(Pace(in_flight=8))
    assert pacer.in_flight(1, 0.0) == 8
    pacer.refused(1, 0.0)
    assert (pacer.in_flight(1, 59.9), pacer.in_flight(2, 59.9)) == (1, 8)
    assert pacer.in_flight(1, 60.0) == 8
