"""Storms: many voices on one topic are one, and neither a poll, a backlog, a busy noon nor one loud author is."""

import json
import random
from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from handlers.base.storms import (
    HOUR,
    IN_TIME,
    LOOKED_BACK,
    Usual,
    by_hour,
    in_time,
    is_over,
    is_rise,
    usual,
    voices,
)

VECTORS = Path(__file__).parents[4] / "shared" / "vectors" / "spikes.json"
START = datetime(2026, 1, 5, tzinfo=UTC)
DAY = 24 * 60
# Minute in which it came, who wrote it, and in which minute that was.
Post = tuple[int, object, int]


@dataclass
class Storm:
    opened: int
    ended: int | None = None


def play(
    posts: Iterable[Post], minutes: int, before: Sequence[int | None] = (), start: datetime = START
) -> list[Storm]:
    """Look once in each minute in which something came, or while a storm is on; minutes count from ``start``."""
    coming: dict[int, list[Post]] = defaultdict(list)
    for post in posts:
        coming[post[0]].append(post)
    hourly, heard, found = list(before), deque[tuple[datetime, object]](), list[Storm]()
    spoken: set[object] = set()
    expected, ended, known = None, None, -1
    for minute in range(minutes):
        now = start + timedelta(minutes=minute)
        if minute and minute % 60 == 0:
            hourly.append(len(spoken))
            spoken = set()
        for _, who, said in coming.get(minute, ()):
            if (at := in_time(start + timedelta(minutes=said), now)) is not None:
                heard.append((at, who))
                spoken.add(who)
        while heard and heard[0][0] <= now - HOUR:
            heard.popleft()
        on = found and found[-1].ended is None
        if not on and (minute not in coming or len(heard) < 10):
            continue
        if known != minute // 60:
            expected, known = usual(hourly), minute // 60
        if on and is_over(heard, expected, start + timedelta(minutes=found[-1].opened), now):
            found[-1].ended, ended = minute, now
        elif not on and is_rise(heard, expected, now, ended):
            found.append(Storm(minute))
    return found


# --- given series ----------------------------------------------------------------------------------------------------


def series() -> list[Any]:
    return json.loads(VECTORS.read_text())["series"] if VECTORS.exists() else []


@pytest.mark.parametrize("given", [pytest.param(one, id=one["id"]) for one in series()])
def test_a_given_series_has_its_storms_and_no_other(given: dict[str, Any]) -> None:
    """Where the voices of a minute are fewer than its posts, whoever spoke last wrote the rest."""
    posts, who = [], 0
    for minute, number in enumerate(given["counts"]):
        new = given.get("authors", given["counts"])[minute]
        said = given.get("published", {})
        for one in range(number):
            who += one < new
            posts.append((minute, who, said[minute] if said else minute))
    found = play(posts, len(given["counts"]), given["hourly_before"], datetime.fromisoformat(given["starts"]))
    assert len(found) == len(given["storms"])
    for storm, wanted in zip(found, given["storms"], strict=True):
        assert wanted["opens_between"][0] <= storm.opened <= wanted["opens_between"][1]
        if "ends_between" in wanted:
            assert storm.ended is not None
            assert wanted["ends_between"][0] <= storm.ended <= wanted["ends_between"][1]


# --- quiet days ------------------------------------------------------------------------------------------------------


def by_the_week(rate: float) -> list[float]:
    """Return the expected posts of each hour of a week: days to nights 5:1, and a quieter end of the week."""
    shape = [1.0 if 8 <= hour < 20 else 0.2 for hour in range(24)]
    mean = sum(shape) / 24
    return [rate * one / mean * (1.0 if day < 5 else 0.7) for day in range(7) for one in shape]


def chance(draw: random.Random, week: Sequence[float], hours: Iterable[int], names: str = "q") -> list[Post]:
    """Draw posts of as many people, hour by hour."""
    posts: list[Post] = []
    for hour in hours:
        at = draw.expovariate(week[hour % len(week)])
        while at < 1:
            minute = hour * 60 + int(at * 60)
            posts.append((minute, f"{names}{len(posts)}", minute))
            at += draw.expovariate(week[hour % len(week)])
    return posts


def flood(draw: random.Random, minute: int, number: int, who: str) -> list[Post]:
    """One author writes so many within half an hour."""
    said = sorted(minute + draw.randrange(30) for _ in range(number))
    return [(at, who, at) for at in said]


def false_alarms(rate: float, seed: int, days: int = 180) -> int:
    draw = random.Random(f"{rate}-{seed}")
    posts = chance(draw, by_the_week(rate), range(days * 24))
    for number in range(days // 20):
        posts += flood(draw, draw.randrange((days - 1) * DAY), draw.randrange(10, 60), f"loud{number}")
    return len(play(posts, days * DAY))


def test_sixty_quiet_days_of_a_small_and_of_a_busy_topic_hold_no_storm() -> None:
    assert false_alarms(0.2, 1, 60) + false_alarms(5, 1, 60) == 0


@pytest.mark.slow
@pytest.mark.parametrize("rate", [0.2, 0.5, 1, 2, 5, 10, 20])
def test_a_hundred_and_eighty_quiet_days_hold_at_most_one_false_alarm(rate: float) -> None:
    alarms = [false_alarms(rate, seed) for seed in range(4)]
    assert max(alarms) <= 1
    assert sum(alarms) <= 1


# --- storms of many kinds --------------------------------------------------------------------------------------------

QUIET_DAYS = 28  # days of history before each
MORNING = QUIET_DAYS * DAY + 10 * 60
NIGHT = QUIET_DAYS * DAY + 2 * 60


def stirred(rate: float, seed: int, storm: Sequence[Post], hours: int = 12) -> list[Storm]:
    """Play four quiet weeks and then a storm; return what was found in all of it."""
    draw = random.Random(seed)
    last = max((post[0] for post in storm), default=MORNING) // 60 + hours
    return play([*chance(draw, by_the_week(rate), range(last)), *storm], last * 60)


def rising(start: int, minutes: int, first: float, last: float, seed: int = 0) -> list[Post]:
    """Draw a storm whose pace goes from ``first`` to ``last`` posts a minute."""
    draw = random.Random(seed)
    posts: list[Post] = []
    for minute in range(start, start + minutes):
        pace = first + (last - first) * (minute - start) / minutes
        posts += [(minute, f"s{len(posts)}-{one}", minute) for one in range(int(pace + draw.random()))]
    return posts


@pytest.mark.parametrize(
    ("rate", "storm", "soon"),
    [
        pytest.param(1, rising(MORNING, 60, 2, 2), 15, id="out of the blue"),
        pytest.param(0.2, rising(MORNING, 60, 0.5, 0.5), 35, id="of a topic that is hardly ever heard of"),
        pytest.param(20, rising(MORNING, 90, 4, 4), 45, id="of a topic that everybody speaks of"),
        pytest.param(2, rising(MORNING, 180, 0.05, 2), 90, id="one that builds slowly"),
        pytest.param(5, rising(NIGHT, 60, 1, 1), 30, id="at night"),
    ],
)
def test_a_storm_is_seen_soon_and_once_and_ends(rate: float, storm: list[Post], soon: int) -> None:
    for seed in range(3):
        (found,) = stirred(rate, seed, storm)
        assert 0 <= found.opened - storm[0][0] <= soon
        assert found.ended is not None
        assert found.ended - storm[-1][0] <= 120


def test_a_backlog_that_comes_at_once_is_none() -> None:
    """A source was down for six hours; what it then shows is as much as ever."""
    draw = random.Random(3)
    posts = chance(draw, by_the_week(10), range((QUIET_DAYS + 1) * 24))
    down = range(QUIET_DAYS * DAY + 9 * 60, QUIET_DAYS * DAY + 15 * 60)
    late = [(down.stop if post[0] in down else post[0], *post[1:]) for post in posts]
    assert play(late, (QUIET_DAYS + 1) * DAY) == []


def test_a_source_that_is_asked_once_an_hour_makes_none_and_hides_none() -> None:
    def hourly(posts: Iterable[Post]) -> list[Post]:
        return [((at // 60 + 1) * 60, who, said) for at, who, said in posts]

    draw = random.Random(5)
    quiet = chance(draw, by_the_week(10), range((QUIET_DAYS + 1) * 24))
    assert play(hourly(quiet), (QUIET_DAYS + 1) * DAY) == []
    assert play(hourly([*quiet, *rising(MORNING, 60, 6, 6)]), (QUIET_DAYS + 1) * DAY)[0].opened == MORNING + 60


def test_one_author_is_one_voice_however_much_he_writes() -> None:
    assert stirred(1, 1, flood(random.Random(1), MORNING, 600, "loud")) == []


def test_what_nobody_signed_is_many_voices() -> None:
    heard = [(START + timedelta(minutes=1), object()) for _ in range(12)]
    assert voices(heard, START, START + HOUR) == 12


def test_twice_the_usual_for_a_whole_day_is_seldom_one() -> None:
    found = 0
    for seed in range(5):
        double = chance(random.Random(seed + 100), by_the_week(20), range(QUIET_DAYS * 24, (QUIET_DAYS + 1) * 24), "d")
        found += bool(stirred(20, seed, double))
    assert found <= 2


def test_two_waves_are_two_storms_and_the_first_does_not_open_the_second() -> None:
    waves = [*rising(MORNING, 30, 3, 3), *((at, f"{who}b", at) for at, who, _ in rising(MORNING + 240, 30, 3, 3))]
    first, second = stirred(1, 4, waves)
    assert first.ended is not None
    assert first.ended < MORNING + 240 <= second.opened
    heard = [(START + timedelta(minutes=one), one) for one in range(20)]
    then = START + timedelta(minutes=30)
    assert is_rise(heard, Usual(1, 1), then)
    assert not is_rise(heard, Usual(1, 1), then, ended=START + timedelta(minutes=15))


# --- what is usual ---------------------------------------------------------------------------------------------------


def test_less_than_a_day_of_history_opens_nothing_and_less_than_a_week_is_the_mean_of_what_there_is() -> None:
    assert usual([3] * 23) is None
    assert usual([None] * 600 + [3] * 23) is None
    assert usual([2, 4] * 12) == Usual(3, 1)
    heard = [(START, number) for number in range(500)]
    assert not is_rise(heard, None, START)


def test_what_is_usual_is_that_hour_of_the_week_or_a_neighbour_where_that_is_higher() -> None:
    week = [0] * 168
    week[9] = 40
    hours = week * 4
    for hour, expected in ((8, 40.0), (9, 40.0), (10, 40.0), (11, 0.0), (7, 0.0)):
        found = usual((hours + week[:hour])[-LOOKED_BACK:])
        assert found is not None
        assert found.voices == expected
    assert Usual(40, 1).limit == 100
    assert Usual(0, 1).limit == 10
    assert Usual(4, 4).limit == 24


def test_hours_of_a_storm_are_not_what_is_usual_and_those_of_one_that_never_ends_are() -> None:
    now = START + 700 * HOUR + timedelta(minutes=20)
    tallied = {START + number * HOUR: 1 for number in range(0, 700, 2)}
    began = START + 600 * HOUR + timedelta(minutes=5)
    before = by_hour(tallied, [(began, began + 2 * HOUR)], now)
    assert len(before) == LOOKED_BACK
    assert before[-100 - 1 : -100 + 4] == [0, None, None, None, 0]
    assert before[-2:] == [1, 0]
    assert None not in by_hour(tallied, [(began, began + 30 * HOUR)], now)
    assert by_hour(tallied, [], START + 9 * HOUR)[-10:] == [None, 1, 0, 1, 0, 1, 0, 1, 0, 1]


def test_what_comes_late_or_says_no_time_counts_where_it_may() -> None:
    assert in_time(START, START + IN_TIME) == START
    assert in_time(START, START + IN_TIME + timedelta(seconds=1)) is None
    assert in_time(None, START + timedelta(seconds=50)) == START
    assert in_time(START + timedelta(days=3), START) == START


def test_a_storm_lasts_half_an_hour_at_least_and_ends_when_half_an_hour_was_quiet() -> None:
    heard = [(START + timedelta(minutes=one), one) for one in range(10)]
    assert not is_over(heard, Usual(1, 1), START, START + timedelta(minutes=29))
    assert is_over(heard, Usual(1, 1), START, START + timedelta(minutes=38))
    assert not is_over(heard, Usual(1, 1), START, START + timedelta(minutes=35))
    assert is_over([], None, START, START + timedelta(minutes=30))
