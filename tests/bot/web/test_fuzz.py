"""Fuzz: whatever is sent to a hook is answered below 500, without a traceback; what is let in is stored once, or not.

A hook of one's own reads what its map names, and that of a vendor what the vendor sends. Both are sent what these
read, changed: with the secret, when it is told how many posts were seen in it, and with a wrong one, when it is 401,
or 413.
"""

import json
from collections import Counter

import pytest
from hypothesis import strategies as st

from bot.web.metrics import Metrics
from tests.bot.sources.runner.running import SourcesInstallation
from tests.bot.web.test_hooks import REVIEW, SECRET, WRONG, Post, behind_the_door
from tests.harness.mutated import as_json, broken, drawn, mutated, no_traceback
from tests.harness.scene import Scene

# Of all that is drawn from one seed, so many go out each day, and all with what is slow.
SHARE, ALL = 70, 10_000
NUMBERS = [SHARE, pytest.param(ALL, marks=pytest.mark.slow)]
OWN = {"id": "o1", "text": "Where is my refund?", "url": "https://blog.example/1", "author": {"name": "Kim"}}
REVIEWS = {"events": [REVIEW, REVIEW]}


def deliveries(number: int) -> list[tuple[str, str, bytes]]:
    """Draw so many: the hook, the secret and the body of each."""

    def bodies(payload: object) -> st.SearchStrategy[bytes]:
        changed = mutated(payload).map(as_json)
        return st.one_of(changed, changed, changed, changed, broken(as_json(payload)))

    hooks = st.one_of(
        st.tuples(st.just("own"), st.sampled_from((SECRET, SECRET, WRONG)), bodies(OWN)),
        st.tuples(st.just("reviews"), st.sampled_from((SECRET, SECRET, WRONG)), bodies(REVIEWS)),
    )

    return drawn(hooks, number)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("number", NUMBERS)
def test_nonsense_is_refused_and_what_is_let_in_stands_once(scene: Scene, number: int) -> None:
    answers: Counter[int] = Counter()
    stored = 0

    async def story(post: Post, house: SourcesInstallation, _: Metrics) -> None:
        nonlocal stored
        for name, secret, body in deliveries(number):
            path = "/hooks/own" if name == "own" else f"/hooks/reviews/{secret}"
            headers = {"Authorization": f"Bearer {secret}"} if name == "own" else {}
            status, said = await post(path, body, **headers)
            answers[status] += 1
            assert status < 500, (path, body[:2_000])
            assert secret != WRONG or status in (401, 413), (path, body[:2_000])
            stored += json.loads(said)["mentions"] if status == 200 else 0
        assert len(house.mentions()) == stored

    with no_traceback():
        behind_the_door(scene, story)
    print(f"{sum(answers.values())} deliveries: {dict(answers)}, {stored} mentions stored, 0 lost, 0 twice")
