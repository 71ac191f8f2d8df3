"""Ten turns with one author on every service that publishes, and a process that dies in each of them."""

from itertools import cycle, islice
from random import Random

import pytest

from storage.own.mentions import MentionRow
from storage.tables.states import Action, PublicationState, Status
from tests.fakes.sites.served import CONVERSING
from tests.harness.scene import Scene
from tests.harness.talking import POINTS, UNDER_WAY, Point, Talking, talking

TURNS = 10
# The same in every turn, where that is taken, so that none is told from another by what it says.
TEXT = "Thank you, we look into it. #acme sends the refund today. Ana here."
THEIRS = "#acme refund: it is not there yet."


def ten_turns(talk: Talking, deaths: list[list[Point]], hasty: Random) -> None:
    """Hold a talk of so many turns as there are lists of deaths; after every third the author says nothing to it.

    What we write then stands below the same post, and says the same.

    Args:
        talk: A site, and we.
        deaths: Of each turn, where its processes die, one after another.
        hasty: Draws whether the author answers what stands there while nobody here has looked yet.
    """
    first = latest = talk.site.write(THEIRS)
    talk.listen()
    (mention,) = talk.mentions
    parents, spoken = [], []
    for turn, points in enumerate(deaths, 1):
        parents.append(latest)
        row = talk.reply(mention, TEXT if talk.site.repeats else f"{TEXT} That is {turn}.")
        answer, silent = "", turn % 3 == 0
        for point in points:
            if talk.look(row).state in UNDER_WAY:
                talk.live(row, point)
            if not (answer or silent) and len(talk.site.replies()) == turn and hasty.random() < 0.5:
                answer = talk.site.answer(THEIRS, talk.site.replies()[-1].name)
            if hasty.random() < 0.5:
                talk.listen()
        assert talk.settle(row) == PublicationState.PUBLISHED, (turn, points, talk.look(row).trouble)
        assert len(talk.site.replies()) == turn, (turn, points)
        if not silent:
            latest = answer or talk.site.answer(THEIRS, talk.site.replies()[-1].name)
        spoken += ["we"] if silent else ["we", "they"]
        talk.listen()
        assert talk.talk(mention).answered.external_id == latest, (turn, points)
        assert talk.scene.look(mention).status == (Status.RESPONDED if silent else Status.CLAIMED), turn
    replies = talk.site.replies()
    assert [one.parent for one in replies] == [talk.site.stands_below(one) for one in parents]
    assert {one.root for one in replies} <= {first, ""}
    _is_told(talk, mention, ["they", *spoken])


def _is_told(talk: Talking, mention: MentionRow, spoken: list[str]) -> None:
    """Hold that nobody was asked anything, and that log and talk say what was said."""
    assert talk.mentions == [talk.scene.look(mention)]
    log = talk.scene.log(mention)
    counted = [log.count(one) for one in (Action.RESPONDED, Action.AUTHOR_ANSWERED, Action.UNCLEAR)]
    assert counted == [spoken.count("we"), spoken.count("they") - 1, 0]
    said = talk.talk(mention)
    assert [one.who for one in said.turns] == spoken
    assert [one.external_id for one in said.ours] == [one.name for one in talk.site.replies()]


# The one that heeds no Idempotency-Key is the harder one.
@pytest.mark.parametrize("name", ["bluesky", "discourse", "github", "khoros", "lemmy", "mastodon-deaf", "reddit"])
def test_ten_turns_are_ten_replies_each_below_the_right_post_though_a_process_dies_in_each(
    scene: Scene, name: str
) -> None:
    # So what dies before anything stands there is also one that says what stands below the same post already.
    with talking(scene, name) as talk:
        ten_turns(talk, [[point] for point in islice(cycle(POINTS), TURNS)], Random(1))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("name", CONVERSING)
def test_ten_turns_are_ten_replies_wherever_processes_die(scene: Scene, name: str, seed: int) -> None:
    random = Random(seed)
    with talking(scene, name) as talk:
        ten_turns(talk, [random.choices(POINTS, k=random.randint(0, 3)) for _ in range(TURNS)], random)
