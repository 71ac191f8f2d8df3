"""Words of hints: each judgement counts for or against its word, and what is mostly wrong is proposed for removal."""

from dataclasses import replace
from functools import partial

import pytest
from sqlmodel import Session

from bot.cli.check_hints import check_hints
from handlers.base.command import Asking, ByToken
from handlers.base.forms import draw_form
from handlers.own.judge import JudgeMention
from handlers.privacy.authors import Forgetting, forget_mentions
from handlers.report.hint_words import doubted_words
from handlers.verbs import BY_NAME
from storage.own.mentions import MentionRow
from storage.report import hints
from storage.report.hints import Record
from tests.harness.scene import Scene

BROKEN = "The status page is broken again"


def judge(scene: Scene, mention: MentionRow, *, risk: str = "", verdict: str = "") -> None:
    ana = scene.person("Ana")
    assert scene.do(JudgeMention(who=ana, reference=ByToken(mention.token), risk=risk, verdict=verdict)).ok


def count(scene: Scene, department_id: int, mention_id: int, said: str) -> None:
    def work(session: Session) -> None:
        hints.judge(session, mention_id, "risk", department_id, "service", "broken", said)

    scene.database.write(work)


def records(scene: Scene) -> list[tuple[str, str, int, int]]:
    return [(one.kind, one.word, one.right, one.of) for one in scene.database.read(hints.records)]


def test_a_judgement_counts_for_or_against_the_word_of_its_hint(scene: Scene) -> None:
    judge(scene, scene.arrive(BROKEN), risk="service")
    judge(scene, scene.arrive(BROKEN), risk="none")
    judge(scene, scene.arrive(BROKEN), risk="cancel")
    assert records(scene) == [("service", "broken", 1, 3)]


def test_each_axis_counts_for_its_own_word_and_none_where_nothing_was_supposed(scene: Scene) -> None:
    judge(scene, scene.arrive("The worst page, and broken"), verdict="unhappy")
    judge(scene, scene.arrive("All is well"), risk="service", verdict="happy")
    assert records(scene) == [("unhappy", "worst", 1, 1)]


def test_judged_once_more_the_last_counts(scene: Scene) -> None:
    mention = scene.arrive(BROKEN)
    judge(scene, mention, risk="none")
    judge(scene, mention, risk="service")
    assert records(scene) == [("service", "broken", 1, 1)]
    judge(scene, mention, verdict="unhappy")  # the other axis
    assert records(scene) == [("service", "broken", 1, 1)]


def test_the_form_says_how_often_the_word_was_right(scene: Scene) -> None:
    judge(scene, scene.arrive(BROKEN), risk="service")
    judge(scene, scene.arrive(BROKEN), risk="none")
    mention = scene.arrive(BROKEN)

    def draw(session: Session) -> str:
        asking = Asking(session=session, organisation=scene.organisation, now=scene.now, found=mention)
        return next(one.hint for one in draw_form(BY_NAME["judge"], asking).fields if one.name == "risk")

    assert scene.database.read(draw).startswith("Perhaps service: “broken”, right in 1 of 2 so far. ")


@pytest.mark.parametrize(("right", "of", "doubted"), [(3, 20, True), (4, 20, False), (0, 19, False)])
def test_right_in_fewer_than_one_of_five_of_twenty_it_is_proposed_for_removal(
    scene: Scene, right: int, of: int, doubted: bool
) -> None:
    scene.ingest(*(scene.posted(BROKEN) for _ in range(of)))
    support = scene.arrive(BROKEN).department_id
    for number in range(of):
        count(scene, support, number + 1, "service" if number < right else "")
    found = scene.database.read(partial(doubted_words, organisation=scene.organisation))
    assert bool(found) == doubted
    told = scene.database.read(partial(check_hints, organisation=scene.organisation))
    assert [one.sentence for one in told] == [
        f"“broken” made us suppose service, and people agreed in {right} of {of} judgements."
    ] * doubted
    taken_out = tuple(replace(one, words={}) for one in scene.organisation.departments)
    without = replace(scene.organisation, departments=taken_out)
    assert scene.database.read(partial(doubted_words, organisation=without)) == []


def test_what_is_forgotten_counts_no_more(scene: Scene) -> None:
    mention = scene.arrive(BROKEN)
    judge(scene, mention, risk="service")
    begun = Forgetting(scene.organisation, scene.now, scene.dispatcher.random)
    scene.database.write(lambda session: forget_mentions(session, begun, [mention.id]))
    assert records(scene) == []
    where = mention.department_id
    found = scene.database.read(lambda session: hints.record_of(session, where, "service", "broken"))
    assert found == Record(where, "service", "broken", 0, 0)
