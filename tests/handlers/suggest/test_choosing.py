"""Choosing: who has much is not given more because they have much."""

from collections import Counter, deque
from random import Random

import pytest

from handlers.suggest.centroid import Example, fit
from handlers.suggest.choosing import Load, choose
from handlers.suggest.features import written
from handlers.suggest.model import Ranked

CLEAR = [Ranked(1, 3.0), Ranked(2, 1.0), Ranked(3, 0.5), Ranked(4, 0.4)]
EVEN = dict.fromkeys(range(1, 9), 5)
HAD = {number: number for number in range(1, 9)}


def _choose(
    ranked: list[Ranked], load: Load, lies: int | None = None, seed: int = 1
) -> tuple[int | None, tuple[int, ...]]:
    chosen = choose(ranked, load, Random(seed), lies=lies)
    return chosen.named, chosen.choices


def test_the_first_is_named_where_it_is_clearly_ahead() -> None:
    assert _choose(CLEAR, Load(EVEN, HAD))[0] == 1
    assert _choose([Ranked(1, 2.0), *CLEAR[1:]], Load(EVEN, HAD))[0] is None


def test_who_has_half_as_much_again_as_the_median_is_not_named() -> None:
    assert _choose(CLEAR, Load(EVEN | {1: 8}, HAD))[0] is None
    assert 1 not in _choose(CLEAR, Load(EVEN | {1: 8}, HAD))[1]
    assert _choose(CLEAR, Load(EVEN | {1: 7}, HAD))[0] == 1
    few = dict.fromkeys(EVEN, 0)
    assert _choose(CLEAR, Load(few | {1: 6}, HAD))[0] == 1  # six are not too many where nobody has any


def test_where_it_lies_already_is_no_suggestion_and_no_choice() -> None:
    named, choices = _choose(CLEAR, Load(EVEN, HAD), lies=1)
    assert named is None
    assert choices[:2] == (2, 3)


def test_the_third_is_drawn_from_those_who_had_fewest() -> None:
    drawn = {_choose(CLEAR, Load(EVEN, {**HAD, 8: 0, 7: 0, 6: 0}), seed=seed)[1] for seed in range(40)}
    assert drawn == {(1, 2, third) for third in (6, 7, 8)}


EQUAL, MENTIONS, ACCEPTED, OPEN = 20, 3_000, 0.6, 60


def _work(*, guarded: bool, mentions: int) -> float:
    """Return which share three of twenty equal departments end with, where 60 % of suggestions are taken."""
    chance = Random(1)
    ended: deque[Example] = deque(maxlen=600)
    waiting: deque[int] = deque(maxlen=OPEN)
    done: Counter[int] = Counter()
    model = None
    for number in range(mentions):
        text = " ".join(f"w{int(2_000 ** chance.random())}" for _ in range(12))
        if number and number % 50 == 0:
            model = fit(list(reversed(ended)))
        where, weight = chance.randrange(EQUAL), 1.0
        if model is not None and chance.random() < ACCEPTED:
            had = Counter(one.department_id for one in ended) if guarded else {}
            there = Counter(waiting) if guarded else Counter[int]()
            load = Load({key: there[key] for key in range(EQUAL)}, had)
            ranked = model.rank(written(text))
            where = choose(ranked, load, chance).choices[0] if guarded else ranked[0].department_id
            weight = 0.25 if guarded else 1.0
        done[where] += 1
        waiting.append(where)
        ended.append(Example(number, f"t{number}", text, where, weight, 0))
    return sum(times for _, times in done.most_common(3)) / mentions


def test_of_twenty_equal_departments_three_do_not_end_with_the_work() -> None:
    assert _work(guarded=True, mentions=600) <= 0.35


@pytest.mark.slow
def test_of_twenty_equal_departments_three_do_not_end_with_the_work_of_three_thousand_mentions() -> None:
    assert _work(guarded=True, mentions=MENTIONS) <= 0.35
    assert _work(guarded=False, mentions=MENTIONS) > 0.5  # what it guards against
