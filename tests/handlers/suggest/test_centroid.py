"""Centroid: what is learnt from where posts ended; beside plain naive Bayes, and beside the most frequent."""

import math
from collections import Counter
from collections.abc import Sequence

from handlers.suggest.centroid import Example, fit
from handlers.suggest.features import LOOKED_AT, written
from handlers.suggest.fitting import answer, ask, read_answer
from handlers.suggest.model import Reason, read_model
from tests.handlers.suggest.recipe import first_three, posts, share

SEEDS = range(4)


class NaiveBayes:
    """Multinomial, over words, with one added to each count."""

    def __init__(self, examples: Sequence[Example]) -> None:
        self.often = Counter(one.department_id for one in examples)
        self.words: dict[int, Counter[str]] = {key: Counter() for key in self.often}
        for one in examples:
            self.words[one.department_id].update(one.text.split())
        self.known = {word for some in self.words.values() for word in some}

    def rank(self, text: str) -> list[int]:
        """Return the departments, the likeliest first."""
        return sorted(self.often, key=lambda key: (-self._log(key, text), key))

    def _log(self, key: int, text: str) -> float:
        of = self.words[key].total() + len(self.known)
        said = (word for word in text.split() if word in self.known)
        return math.log(self.often[key]) + sum(math.log((self.words[key][word] + 1) / of) for word in said)


def _measured(size: int) -> tuple[float, float, float]:
    """Return what the centroid, naive Bayes and the most frequent come to after so many posts."""
    ours, bayes, usual = 0.0, 0.0, 0.0
    for seed in SEEDS:
        told = posts(seed, size + 250)
        learnt, asked = told[:size][::-1], told[size:]
        model, other = fit(learnt), NaiveBayes(learnt)
        ours += first_three(model, asked)
        bayes += share(asked, other.rank)
        usual += share(asked, lambda _, first=model.departments: first)  # type: ignore[misc]
    number = len(SEEDS)
    return ours / number, bayes / number, usual / number


def test_after_fifty_posts_it_is_as_good_as_naive_bayes_and_better_than_the_most_frequent() -> None:
    ours, bayes, usual = _measured(50)
    assert ours >= bayes
    assert ours >= usual + 0.05


def test_after_two_hundred_it_is_as_good_as_naive_bayes_and_a_tenth_better_than_the_most_frequent() -> None:
    ours, bayes, usual = _measured(200)
    assert ours >= bayes
    assert ours >= usual + 0.10


def test_a_department_that_is_new_is_found_sooner_where_older_posts_count_less() -> None:
    told = posts(1, 2_400)
    learnt, asked = told[1_100:1_650][::-1], [one for one in told[1_650:] if one.department_id == 10]
    older = [one._replace(weight=1.0 if place < 150 else 0.5) for place, one in enumerate(learnt)]
    assert first_three(fit(older), asked) > first_three(fit(learnt), asked)


def _said(number: int, text: str, department_id: int, who: int = 0) -> Example:
    return Example(number, f"m{number}", text, department_id, 1.0, who)


REFUNDS = [_said(number, f"my refund number {number} the bill", 2) for number in range(8)]
OTHERS = [_said(100 + number, f"the anvil number {number} fell", 1) for number in range(12)]


def test_the_same_posts_give_the_same_model_whatever_process_made_it() -> None:
    told = posts(3, 60)[::-1]
    model = fit(told)
    assert model.write() == fit(told).write()
    assert read_model(model.write()) == model
    past, other = read_answer(answer(ask(told, unjudged=False)))
    assert (past, other) == ([], model)


def test_what_is_equally_near_stands_by_its_id() -> None:
    model = fit([_said(1, "one", 7), _said(2, "two", 3), _said(3, "six", 5)])
    assert [one.department_id for one in model.rank(written("nothing known"))] == [3, 5, 7]


def test_the_reason_is_a_whole_word_that_five_used_there_and_that_is_twice_as_frequent_there() -> None:
    model = fit([*REFUNDS, *OTHERS])
    asked = written("The refund of my bill, please: number 9")
    assert model.reason(asked, 2) == Reason("refund", 8, "m0") or model.reason(asked, 2) == Reason("bill", 8, "m0")
    assert model.reason(written("the number 3"), 2) is None  # everybody says "number"; "the" and "3" say nothing
    assert model.reason(written("refunds"), 2) is None  # a piece of a word ranks, and is no reason
    assert fit([*REFUNDS[:4], *OTHERS]).reason(asked, 2) is None  # four


def test_a_word_that_has_no_room_on_a_card_is_no_reason() -> None:
    endless = "x" * 200
    model = fit([*(one._replace(text=f"{endless} {one.mention_id}") for one in REFUNDS), *OTHERS])
    assert model.rank(written(endless))[0].department_id == 2
    assert model.reason(written(endless), 2) is None


def test_what_one_person_repeats_is_no_reason() -> None:
    flood = [one._replace(who=77) for one in REFUNDS]
    assert fit([*flood, *OTHERS]).reason(written("refund"), 2) is None


def test_a_piece_of_a_word_lets_another_form_of_it_speak() -> None:
    model = fit([*REFUNDS, *OTHERS])
    assert model.rank(written("refunded?"))[0].department_id == 2


def test_scripts_without_spaces_are_read_by_their_pieces() -> None:
    said = [_said(number, f"第{number}単の返金はまだですか", 2) for number in range(6)]
    model = fit([*said, *(_said(50 + n, f"金床が届いた{n}", 1) for n in range(9))])
    assert model.rank(written("返金してください"))[0].department_id == 2
    assert model.reason(written("返金してください"), 2) == Reason("返金", 6, "m0")


def test_handles_addresses_and_what_stands_far_below_are_not_looked_at() -> None:
    assert written("@kim look https://acme.example/refund now") == ["look", "now"]
    assert "refund" not in written("x" * LOOKED_AT + " refund")
