"""More than usual: counted in people, four deviations from what is usual, and called as people say it."""

from random import Random

import pytest

from handlers.report.voice.phrases import pairs_of, phrases_of
from handlers.report.voice.propose import LEAST_SCORE, Found, Said, propose, score

WORDS = [f"{first}{last}" for first in ("bri", "sto", "clu", "ven", "mar") for last in map(str, range(100, 400))]


def posts(number: int, first: int = 0, seed: int = 1) -> list[Said]:
    """Return posts of people who talk of this and that."""
    chance = Random(seed)
    weights = [1 / (rank + 1) for rank in range(len(WORDS))]
    return [
        Said(first + one, f"author {first + one}", " ".join(chance.choices(WORDS, weights, k=12)))
        for one in range(number)
    ]


def saying(some: list[Said], text: str, people: int, authors: int | None = None) -> list[Said]:
    """Let the first of them say something more; of fewer authors where that is said."""
    return [
        Said(one.post, f"author {one.post % authors}" if authors else one.author, f"{one.text}. {text}")
        if place < people
        else one
        for place, one in enumerate(some)
    ]


def found(text: str, people: int, before: int = 0, authors: int | None = None) -> tuple[Found, ...]:
    lately = saying(posts(400), text, people, authors)
    return propose(lately, saying(posts(2_400, 1_000, seed=2), text, before), spans=8)


def test_what_more_people_say_is_found_with_how_many_say_so_usually() -> None:
    (one,) = found("Since the update the battery life is awful", 31, before=32)
    assert (one.people, one.usual, len(one.posts)) == (31, 4.0, 31)
    assert one.score >= LEAST_SCORE
    assert "battery" in one.label


def test_what_as_many_people_said_before_is_no_news() -> None:
    assert found("battery life", 31, before=186) == ()


def test_chance_proposes_nothing() -> None:
    for seed in range(5):
        assert propose(posts(400, seed=seed), posts(2_400, 1_000, seed=seed + 100), spans=8) == ()


def test_who_writes_often_makes_no_news_alone() -> None:
    assert found("free bitcoin now", 60, authors=4) == ()
    assert len(found("free bitcoin now", 60, authors=20)) == 1


@pytest.mark.parametrize(
    ("k", "n", "before", "n_before", "stands_out"),
    [
        (31, 500, 32, 4_000, True),
        (45, 1_300, 24, 9_000, True),
        (12, 300, 4, 2_400, True),
        (4, 50, 0, 4_000, False),
        (62, 500, 496, 4_000, False),
        (3, 500, 32, 4_000, False),
        (10, 100, 0, 0, False),
        (0, 0, 5, 100, False),
    ],
)
def test_the_score_grows_with_people_and_is_none_without_a_before(
    k: int, n: int, before: int, n_before: int, stands_out: bool
) -> None:
    assert (score(k, n, before, n_before) >= LEAST_SCORE) is stands_out


def test_phrases_that_share_their_posts_are_one_and_are_called_by_the_longest_of_half_of_them() -> None:
    lately = saying(posts(400), "The battery life", 30)
    lately = [Said(one.post, one.author, one.text + (" was gone by noon" if one.post < 10 else "")) for one in lately]
    (one,) = propose(lately, posts(2_400, 1_000, seed=2), spans=8)
    assert (one.label, one.phrases) == ("battery life", ("battery life",))


def test_what_the_label_does_not_find_is_named_beside_it() -> None:
    lately = saying(posts(400), "battery life", 30)
    lately = [
        Said(one.post, one.author, f"{one.text}. drains fast" if 15 <= one.post < 45 else one.text) for one in lately
    ]
    label, other = propose(lately, posts(2_400, 1_000, seed=2), spans=8)
    assert {label.label, other.label} == {"battery life", "drains fast"}
    lately = saying(posts(400), "battery life", 30)
    lately = [
        Said(one.post, one.author, f"{one.text}. drains fast" if 8 <= one.post < 38 else one.text) for one in lately
    ]
    (one,) = propose(lately, posts(2_400, 1_000, seed=2), spans=8)
    assert (set(one.phrases), one.people) == ({"battery life", "drains fast"}, 38)


def test_what_people_pass_on_of_our_own_words_is_no_news_and_what_they_add_is() -> None:
    lately = saying(posts(400), "Our fleet is on fleek today", 40)
    before = posts(2_400, 1_000, seed=2)
    assert any("fleet is on" in one.label or "fleek" in one.label for one in propose(lately, before, 8))
    ours = ("Our fleet is on fleek today!",)
    assert all(one.label.count(" ") < 2 for one in propose(lately, before, 8, ours))


def test_phrases_end_in_no_word_that_says_nothing_and_go_over_no_sign() -> None:
    said = phrases_of("The battery life is awful, and I am on hold.\nNo refund @acme https://a.example/refund 24/7 RT")
    assert {"battery life", "awful", "battery", "hold", "refund"} <= said
    for one in ("the battery", "life is", "awful and", "hold no refund", "acme", "24", "rt", "i", "life is awful and"):
        assert one not in said
    assert "life is awful" in said


@pytest.mark.parametrize(
    ("text", "pieces", "none"),
    [
        ("返金が遅い", {"返金", "返金が遅い"}, {"が"}),
        ("환불은 언제 되나요", {"환불", "언제"}, {"환불은 언제"}),
        ("退款到账了吗", {"退款", "到账"}, set()),
        ("されました", set(), {"され", "ました"}),
    ],
)
def test_scripts_without_spaces_are_taken_in_pieces_of_two_to_six_signs(
    text: str, pieces: set[str], none: set[str]
) -> None:
    said = phrases_of(text)
    assert pieces <= said
    assert not none & said
    assert all(2 <= len(one) <= 6 for one in said)


def test_a_piece_of_signs_is_looked_at_only_where_its_pairs_are_said_often_enough() -> None:
    assert pairs_of("返金が遅い") == {"返金", "金が", "が遅", "遅い"}
    assert phrases_of("返金が遅い", {"返金", "金が"}) == {"返金", "返金が", "金が"}
    assert phrases_of("返金 battery", ()) == {"battery"}


def test_a_rise_in_japanese_is_found() -> None:
    (one,) = found("返金が遅い", 14, before=4)
    assert one.label == "返金が遅い"


def test_what_a_post_says_often_or_at_length_counts_once_and_in_bounds() -> None:
    assert phrases_of("refund " * 50) == {"refund", "refund refund", "refund refund refund"}
    assert len(phrases_of("返" * 10_000)) == 5
    assert phrases_of("word " * 1_000 + "zebra") == phrases_of("word " * 3)
