"""Fitting: what learns, in a process of its own (``python -m handlers.suggest.fitting``), from its input to its output.

It takes a second of the processor and some memory, and both go with it. Where nothing was suggested before, the past is
judged as if there had been suggestions: each fifty mentions by what was known before them.
"""

import json
import os
import sys
from collections.abc import Sequence

from handlers.suggest.centroid import Example, fit
from handlers.suggest.choosing import margin
from handlers.suggest.features import written
from handlers.suggest.model import Model, read_model

# So many of the last are looked back at, and after so many of them is learnt anew.
BACK, STEP = 300, 50
# So many names of a ranking are kept.
KEPT = 3

# A mention, the first names, the most frequent by then, and the margin.
Past = tuple[int, tuple[int, ...], tuple[int, ...], float]


def ask(examples: Sequence[Example], *, unjudged: bool) -> bytes:
    """Return what is given to the process."""
    return json.dumps([unjudged, examples], ensure_ascii=False).encode()


def answer(asked: bytes) -> bytes:
    """Learn from what was given, and return what is given back."""
    unjudged, rows = json.loads(asked)
    examples = [Example(*row) for row in rows]
    past = json.dumps(look_back(examples) if unjudged else []).encode()
    return len(past).to_bytes(4, "big") + past + fit(examples).write()


def read_answer(answered: bytes) -> tuple[list[Past], Model]:
    """Return what was judged of the past, and the model."""
    end = 4 + int.from_bytes(answered[:4], "big")
    past = [(key, tuple(names), tuple(usual), ahead) for key, names, usual, ahead in json.loads(answered[4:end])]
    return past, read_model(answered[end:])


def look_back(examples: Sequence[Example]) -> list[Past]:
    """Return what would have been suggested for the last mentions, each by what was over before it."""
    found: list[Past] = []
    for after in range(min(BACK, len(examples) - STEP), 0, -STEP):
        model = fit(examples[after:])
        for one in examples[max(0, after - STEP) : after]:
            ranked = model.rank(written(one.text))
            names = tuple(other.department_id for other in ranked[:KEPT])
            found.append((one.mention_id, names, model.departments[:KEPT], margin(ranked)))
    return found


def main() -> None:
    """Do it, without being in anybody's way."""
    os.nice(10)
    sys.stdout.buffer.write(answer(sys.stdin.buffer.read()))


if __name__ == "__main__":
    main()
