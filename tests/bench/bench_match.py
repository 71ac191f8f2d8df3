"""Measure matching: posts a second at 1,000 terms, beside one ``re`` alternation of the same terms in the same run."""

import random
import re
import time
from collections.abc import Callable

from handlers.text.match import Matcher, Topic

TERMS = 1_000
POSTS = 20_000
SYLLABLES = [consonant + vowel for consonant in "bdklmnr" for vowel in "aeiou"]


def sample_posts(chance: random.Random, count: int, terms: list[str]) -> list[str]:
    """Make posts of about 140 characters; one in ten names a term, one in ten is not ASCII."""
    posts = []
    for number in range(count):
        words = ["".join(chance.choices(SYLLABLES, k=chance.randint(1, 4))) for _ in range(24)]
        if number % 10 == 0:
            words[chance.randrange(20)] = chance.choice(terms)
        if number % 10 == 5:
            words[chance.randrange(20)] = "größer"
        posts.append(" ".join(words)[:140])
    return posts


def rate(work: Callable[[str], object], posts: list[str]) -> float:
    """Return how many posts a second ``work`` takes, the best of five rounds."""
    best = float("inf")
    for _ in range(5):
        started = time.perf_counter()
        for post in posts:
            work(post)
        best = min(best, time.perf_counter() - started)
    return len(posts) / best


def measure() -> tuple[float, float]:
    """Return the posts a second of the matcher and of the ``re`` alternation."""
    chance = random.Random(7)
    terms = [f"{''.join(chance.choices(SYLLABLES, k=4))}{chance.choice('xyz')}" for _ in range(TERMS)]
    topics = [
        Topic(name=f"topic {start}", department="support", any=tuple(terms[start : start + 50]))
        for start in range(0, TERMS, 50)
    ]
    posts = sample_posts(chance, POSTS, terms)
    matcher = Matcher(topics)
    pattern = re.compile(r"\b(?:" + "|".join(map(re.escape, terms)) + r")\b", re.IGNORECASE)
    return rate(lambda post: matcher.match("", post), posts), rate(pattern.search, posts[:1_000])


def main() -> None:
    """Print one line."""
    ours, plain = measure()
    print(f"matching, {TERMS:,} terms: {ours:,.0f} posts/s; re alternation {plain:,.0f} posts/s; {ours / plain:.0f} x")


if __name__ == "__main__":
    main()
