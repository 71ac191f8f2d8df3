"""Suggest: what it takes to learn from two thousand posts, and to rank one, in time of the processor and in memory.

``python -m tests.bench.bench_suggest [--posts 2000]``. The posts are of forty words of twenty thousand, as long as
posts are; one that is cut at its length is ranked, too. Beside it stands what counting the words alone takes.
"""

import argparse
import time
import tracemalloc
from collections import Counter
from itertools import accumulate
from random import Random

from handlers.suggest.centroid import Example, fit
from handlers.suggest.features import LOOKED_AT, written
from handlers.suggest.fitting import answer, ask
from handlers.suggest.model import Model
from tests.handlers.suggest.recipe import word

POSTS, WORDS, LENGTH, ASKED = 2_000, 20_000, 40, 300
MOST_MILLISECONDS, MOST_MEGABYTES = 2.0, 30.0


def made_up(number: int) -> list[Example]:
    """Return posts that ended with ten departments."""
    chance, by_rank = Random(1), list(accumulate(1 / (n + 1) for n in range(WORDS)))
    known = list(map(word, range(WORDS)))
    said = (" ".join(chance.choices(known, cum_weights=by_rank, k=LENGTH)) for _ in range(number))
    return [Example(n, f"t{n}", text, chance.randrange(10), 1.0, 0) for n, text in enumerate(said)]


def milliseconds(model: Model, texts: list[str]) -> float:
    """Return what it takes to rank one of these."""
    begun = time.process_time()
    for one in texts:
        model.rank(written(one))
    return (time.process_time() - begun) * 1_000 / len(texts)


def megabytes(posts: list[Example]) -> tuple[float, float]:
    """Return the most that learning holds, and what is left of it."""
    tracemalloc.start()
    model = fit(posts)
    left, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    del model
    return most / 1e6, left / 1e6


def main() -> None:
    """Print what was measured, beside what it may be."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--posts", type=int, default=POSTS)
    posts = made_up(parser.parse_args().posts)
    begun = time.process_time()
    counted = Counter(one for post in posts for one in written(post.text))
    counting = time.process_time() - begun
    begun = time.process_time()
    answered = answer(ask(posts, unjudged=False))
    learning = time.process_time() - begun
    model, most = fit(posts), megabytes(posts)
    texts = [one.text for one in posts[:ASKED]]
    longest = (" ".join(texts))[:LOOKED_AT]
    print(f"learn from {len(posts)} posts: {learning:.2f} s; to count their {len(counted)} words: {counting:.2f} s")
    print(f"memory while learning: {most[0]:.0f} MB, kept: {most[1]:.1f} MB (at most {MOST_MEGABYTES:.0f} MB)")
    print(f"handed over: {len(answered) / 1e6:.1f} MB")
    for name, some in ((f"{LENGTH} words", texts), ("the longest", [longest] * 100)):
        print(f"rank a post of {name}: {milliseconds(model, some):.2f} ms (at most {MOST_MILLISECONDS:.0f} ms)")


if __name__ == "__main__":
    main()
