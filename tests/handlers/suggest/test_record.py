"""Record: suggestions are silent until what came of them shows that they are worth more than the most frequent."""

import pytest

from handlers.suggest.centroid import Example, fit
from handlers.suggest.features import written
from handlers.suggest.fitting import look_back
from handlers.suggest.record import Rated, Record, among, judge
from tests.handlers.suggest.recipe import DEPARTMENTS, posts

RIGHT, WRONG = (1, 2, 3), (4, 5, 6)


def _rated(ours: int, theirs: int, both: int) -> list[Rated]:
    """Return mentions in which we alone, the most frequent alone, or both were right, well mixed."""
    some = [Rated(RIGHT, WRONG, 1)] * ours + [Rated(WRONG, RIGHT, 1)] * theirs + [Rated(RIGHT, RIGHT, 1)] * both
    return [some[place * 37 % len(some)] for place in range(len(some))]


def test_a_hundred_are_wanted_before_anything_is_shown() -> None:
    assert judge(_rated(60, 0, 41), 10).earned
    assert not judge(_rated(60, 0, 39), 10).earned


def test_five_points_that_chance_would_give_are_not_enough() -> None:
    by_chance = judge(_rated(28, 22, 51), 10)
    assert by_chance.hits - by_chance.usual >= 5
    assert not by_chance.earned


def test_what_was_earned_is_lost_when_the_last_hundred_are_no_better() -> None:
    assert judge(_rated(60, 0, 41), 10).earned
    assert judge([*_rated(60, 0, 41), *_rated(20, 16, 64)], 10) == Record(84, 80, 100, False)


def test_of_few_departments_the_first_counts_and_not_the_first_three() -> None:
    assert [among(number) for number in (1, 3, 5, 6, 8, 9, 40)] == [1, 1, 1, 2, 2, 3, 3]
    second = [Rated((2, 1, 3), (3, 2, 1), 1)] * 120
    assert judge(second, 4).hits == 0


def _record(seed: int, number: int, anywhere: float) -> Record:
    """Return the record of the posts of a seed, each ranked by what was over before it."""
    told = posts(seed, number, anywhere=anywhere)[::-1]
    ended = {one.mention_id: one.department_id for one in told}
    past = sorted(look_back(told))
    return judge([Rated(names, usual, ended[key]) for key, names, usual, _ in past], DEPARTMENTS)


def test_the_past_is_judged_by_what_was_over_before_each() -> None:
    told = posts(2, 130)[::-1]
    past = {one[0]: one for one in look_back(told)}
    assert len(past) == 80  # those before the first fifty
    newest = told[0]
    model = fit(told[30:])  # what was over before the last block
    expected = tuple(one.department_id for one in model.rank(written(newest.text))[:3])
    assert past[newest.mention_id][1] == expected


def test_where_posts_tell_departments_apart_it_speaks() -> None:
    assert all(_record(seed, 400, 0.2).earned for seed in range(3))


def _silent(seed: int) -> bool:
    return not _record(seed, 350, 1.0).earned


def test_it_is_silent_where_all_end_anywhere() -> None:
    assert all(map(_silent, range(5)))


@pytest.mark.slow
def test_it_is_silent_where_all_end_anywhere_whatever_the_seed() -> None:
    assert all(map(_silent, range(50)))


def test_one_department_alone_is_never_better_than_the_most_frequent() -> None:
    told = [Example(number, f"t{number}", f"word{number % 9}", 1, 1.0, 0) for number in range(200)]
    past = look_back(told)
    assert not judge([Rated(names, usual, 1) for _, names, usual, _ in past], 1).earned
