"""Measure matching, in posts a second, beside plain code doing the same in the same run.

1,000 terms stand beside one ``re`` alternation of them. 1,000 and 10,000 topics, each a query, stand beside what they
are built on: the Aho-Corasick automaton alone, over text that is folded already, and with the folding that it cannot do
without. How they compare is the median of what each round says.
"""

import random
import re
import time
from collections.abc import Callable
from statistics import median

from ahocorasick_rs import AhoCorasick, Implementation

from handlers.text.match import Matcher, Topic
from storage.text.normalise import fold

TERMS = 1_000
QUERIES = (1_000, 10_000)
# Each wants two words of its own, in four ways of saying so.
SAID = (
    "{0} OR ({1} NOT lang:fr)",
    '({0} OR "{1} again") NOT (jobs OR hiring)',
    "{0} {1}",
    "{0}* (acme OR {1} OR `SAP`)",
)
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


def rates(*works: tuple[Callable[[str], object], list[str]], rounds: int = 5) -> list[float]:
    """Return how many posts a second of processor time each work takes of its own, the best of rounds in turns."""
    return [max(one) for one in zip(*_rounds(*works, rounds=rounds), strict=True)]


def _rounds(*works: tuple[Callable[[str], object], list[str]], rounds: int) -> list[list[float]]:
    found = []
    for _ in range(rounds):
        these = []
        for work, posts in works:
            started = time.thread_time()
            for post in posts:
                work(post)
            these.append(len(posts) / (time.thread_time() - started))
        found.append(these)
    return found


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
    ours, plain = rates((lambda post: matcher.match("", post), posts), (pattern.search, posts[:1_000]))
    return ours, plain


def measure_queries(count: int) -> tuple[float, float, float]:
    """Return the posts a second of so many queries, and how they compare to their automaton alone and with folding."""
    chance = random.Random(7)
    terms = [f"{''.join(chance.choices(SYLLABLES, k=4))}{chance.choice('xyz')}" for _ in range(2 * count)]
    topics = [
        Topic(name=f"topic {number}", department="support", query=SAID[number % len(SAID)].format(*pair))
        for number, pair in enumerate(zip(terms[::2], terms[1::2], strict=True))
    ]
    posts = sample_posts(chance, POSTS, terms)
    folded = [fold(post) for post in posts]
    matcher = Matcher(topics)
    automaton = AhoCorasick(set(terms), store_patterns=False, implementation=Implementation.ContiguousNFA)

    def walk(text: str) -> object:
        return automaton.find_matches_as_indexes(text, overlapping=True)

    found = _rounds(
        (lambda post: matcher.match("", post), posts),
        (walk, folded),
        (lambda post: walk(fold(post)), posts),
        rounds=9,
    )
    return (
        median(ours for ours, _, _ in found),
        median(ours / alone for ours, alone, _ in found),
        median(ours / folding for ours, _, folding in found),
    )


def main() -> None:
    """Print three lines."""
    ours, plain = measure()
    print(f"matching, {TERMS:,} terms: {ours:,.0f} posts/s; re alternation {plain:,.0f} posts/s; {ours / plain:.0f} x")
    for count in QUERIES:
        ours, alone, folding = measure_queries(count)
        print(
            f"matching, {count:,} topics as queries: {ours:,.0f} posts/s; {folding:.2f} x their automaton with the "
            f"folding of text, {alone:.2f} x the automaton alone"
        )


if __name__ == "__main__":
    main()
