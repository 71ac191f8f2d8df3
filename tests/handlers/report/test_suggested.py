"""Suggested: whoever runs Dibs is told whether departments are suggested, by which record, and what came of it."""

from functools import partial

from handlers.base.command import ByToken
from handlers.own.claim import ClaimMention
from handlers.own.resolve import ResolveMention
from handlers.report.counting.fold import fold
from handlers.report.suggested import suggested_so_far
from tests.handlers.suggest.taught import Taught
from tests.harness.scene import Scene, at


def told(here: Taught) -> list[str]:
    return here.read(partial(suggested_so_far, organisation=here.scene.organisation))


def test_it_is_said_why_nothing_is_shown(scene: Scene) -> None:
    here = Taught(scene)
    here.close(30)
    assert told(here) == ["They are silent: 30 mentions are over, and nothing is learnt from fewer than 50."]
    here.close(60)
    here.work()
    assert told(here)[0].startswith("They are silent: they were right first in 40 of the last 40, and the most ")
    here.scene.organisation = here.quiet
    assert told(here) == ["They are switched off."]


def test_what_was_named_is_counted_by_where_it_ended_and_compared_with_what_the_coin_hid(scene: Scene) -> None:
    here, ana = Taught(scene), scene.person("Ana")
    here.close(160)
    here.work()
    finished = []
    for number in range(5):
        mention = here.arrive()
        scene.pass_time(minutes=10)
        scene.do(ClaimMention(who=ana, reference=at(mention)))
        if number < 3:
            here.hand_off(mention, "finance")
        finished.append(mention)
    here.hide()
    for _ in range(5):
        finished.append(here.arrive())
        scene.pass_time(minutes=30)
        scene.do(ClaimMention(who=ana, reference=at(finished[-1])))
    for mention in finished:
        scene.do(ResolveMention(who=ana, reference=ByToken(mention.token)))
    while scene.database.write(lambda session: fold(session, scene.organisation.timezone, 1_000)):
        pass
    said = told(here)
    assert said[0].startswith("They are shown: they were right first in 9")
    assert said[1] == "Of 5 that a card named and that are over, 3 ended there."
    assert said[2:] == ["Half were claimed within 10m where a card named one, within 30m where the coin hid it."]
