"""Suggest: what came in is ranked by where others like it ended, written down once, and shown once that was earned."""

from typing import Any

import pytest
from sqlmodel import Session

from handlers.base.command import ByToken
from handlers.base.events import Author, Deleted
from handlers.own.dismiss import DismissMention
from handlers.own.note import NoteMention
from handlers.own.resolve import ResolveMention
from handlers.privacy import authors as forget
from handlers.privacy.authors import Forgetting
from handlers.suggest import suggest
from handlers.suggest.choosing import MARGIN
from handlers.suggest.material import read_material
from storage.listen.dossier import read_dossier
from storage.own import mentions
from storage.people import people
from storage.report import suggestions
from storage.report.suggestions import ids
from storage.tables.judgements import Shown
from tests.handlers.suggest.taught import Taught
from tests.harness.scene import Scene, at

ENOUGH = 160


@pytest.fixture
def taught(scene: Scene) -> Taught:
    """An installation in which much was resolved already, and the suggestions have earned their place."""
    there = Taught(scene)
    there.close(ENOUGH)
    there.work()
    return there


def department(here: Taught, key: str) -> int:
    found = here.read(lambda session: people.department(session, key))
    assert found is not None
    return found.id


def test_what_others_like_it_came_to_is_suggested_with_a_word_and_an_example(taught: Taught) -> None:
    mention = taught.arrive()
    said = taught.suggested(mention)
    assert (said.shown, said.word, said.department_id) == (Shown.NAMED, "deposit", department(taught, "support"))
    assert ids(said.names)[0] == department(taught, "finance")
    assert ids(said.usual)[0] == department(taught, "support")
    assert said.support == len(range(0, ENOUGH, 3))
    assert said.example == f"past{(ENOUGH - 1) // 3 * 3}"


def test_nobody_is_told_and_nothing_is_assigned(taught: Taught) -> None:
    mention = taught.arrive()
    now = taught.scene.look(mention)
    assert (now.owner_id, now.status, now.version, now.department_id) == (None, "new", 1, mention.department_id)
    assert taught.scene.log(mention) == ["arrived"]


def test_before_fifty_are_over_nothing_is_learnt(scene: Scene) -> None:
    here = Taught(scene)
    here.close(30)
    here.work()
    assert here.learnt == 0


def test_before_it_was_earned_it_is_written_down_and_not_shown(scene: Scene) -> None:
    here = Taught(scene)
    here.close(90)  # forty of them can be judged, and a hundred are wanted
    mention = here.arrive()
    assert here.learnt == 1
    assert here.suggested(mention).shown == Shown.SILENT
    assert here.read(lambda session: suggestions.of_mentions(session, [mention.id])) == []


def test_where_the_word_says_nothing_no_department_is_named(taught: Taught) -> None:
    assert taught.suggested(taught.arrive("order 12?")).shown == Shown.CHOICES


def test_without_a_word_that_says_why_no_department_is_named(taught: Taught) -> None:
    assert taught.suggesting.learnt is not None
    taught.suggesting.learnt.model.reasons.clear()
    said = taught.suggested(taught.arrive())
    assert ids(said.names)[0] == department(taught, "finance")
    assert said.margin >= MARGIN * 100
    assert (said.shown, said.word) == (Shown.CHOICES, "")


def test_what_lies_there_already_is_not_suggested(taught: Taught) -> None:
    mention = taught.arrive("The refund of the deposit of order 12 is missing")  # the topic sends it to finance
    said = taught.suggested(mention)
    assert mention.department_id == department(taught, "finance") == ids(said.names)[0]
    assert said.shown == Shown.CHOICES
    assert department(taught, "finance") not in ids(said.choices)


def test_where_its_words_speak_of_a_lawyer_no_department_is_named(taught: Taught) -> None:
    assert taught.suggested(taught.arrive("My lawyer asks for the deposit of order 7")).shown == Shown.CHOICES


def test_a_coin_hides_one_of_ten(taught: Taught, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(taught.suggesting.dispatcher.random, "random", lambda: 0.05)
    assert taught.suggested(taught.arrive()).shown == Shown.HIDDEN
    assert suggest._HIDDEN == 0.1


def test_what_was_written_down_stays_whatever_is_learnt_later(taught: Taught) -> None:
    mention = taught.arrive()
    before = taught.suggested(mention)
    taught.close(60)
    taught.wait(seconds=61)
    taught.work()
    assert taught.learnt == 2
    assert taught.suggested(mention) == before


def test_it_is_learnt_anew_when_fifty_are_over_or_after_an_hour(taught: Taught) -> None:
    taught.close(20)
    taught.wait(seconds=61)
    taught.work()
    assert taught.learnt == 1
    taught.close(30)
    taught.wait(seconds=61)
    taught.work()
    assert taught.learnt == 2
    taught.wait(seconds=3_540)
    taught.work()
    assert taught.learnt == 2
    taught.wait(seconds=120)
    taught.work()
    assert taught.learnt == 3


def test_switched_off_nothing_is_learnt_and_nothing_suggested(scene: Scene) -> None:
    here = Taught(scene)
    here.suggesting.dispatcher.organisation = here.quiet
    here.close(60)
    here.arrive()
    assert here.learnt == 0
    assert here.read(suggestions.has_any) is False


def test_learnt_is_from_where_it_ended_and_a_correction_counts_double(scene: Scene) -> None:
    here = Taught(scene)
    here.close(3)
    material = here.read(read_material)
    finance, support = department(here, "finance"), department(here, "support")
    assert [(one.department_id, one.weight) for one in material.examples] == [
        (support, 1.0),
        (support, 1.0),
        (finance, 2.0),
    ]


def test_what_was_handed_on_because_it_was_suggested_counts_a_quarter(taught: Taught) -> None:
    mention = taught.arrive()
    taught.hand_off(mention, "finance")
    taught.scene.do(ResolveMention(who=taught.scene.person("Ana"), reference=ByToken(mention.token)))
    newest = taught.read(read_material).examples[0]
    assert (newest.token, newest.department_id, newest.weight) == (mention.token, department(taught, "finance"), 0.25)


def test_older_ones_count_half(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("handlers.suggest.material.RECENT", 2)
    here = Taught(scene)
    here.close(3)
    assert [one.weight for one in here.read(read_material).examples] == [1.0, 1.0, 1.0]  # of the third, half of two


def test_no_remark_what_was_dismissed_and_what_was_deleted_is_learnt_from(scene: Scene) -> None:
    here, ana = Taught(scene), scene.person("Ana")
    noted, needless = scene.arrive("One thing"), scene.arrive("A third thing")
    gone = scene.arrive("Another thing", external_id="gone")
    scene.do(NoteMention(who=ana, reference=at(noted), text="xylophone"))
    for one in (noted, gone, needless):
        scene.do(ResolveMention(who=ana, reference=ByToken(one.token)))
    scene.ingest(Deleted(external_id="gone"))
    scene.do(here.reopen(needless))
    scene.do(DismissMention(who=ana, reference=ByToken(needless.token)))
    (only,) = here.read(read_material).examples
    assert (only.token, only.text) == (noted.token, "One thing")


def test_what_is_forgotten_is_in_no_suggestion(taught: Taught) -> None:
    scene = taught.scene
    mention = taught.arrive()
    example = taught.suggested(mention).example
    cited = next(one for one in taught.read(read_material).examples if one.token == example)
    begun = Forgetting(scene.organisation, scene.now, scene.dispatcher.random)
    scene.database.write(lambda session: forget.forget_mentions(session, begun, [cited.mention_id]))
    said = taught.suggested(mention)
    assert (said.shown, said.word, said.example) == (Shown.CHOICES, "", "")
    scene.database.write(lambda session: forget.forget_mentions(session, begun, [mention.id]))
    assert taught.read(lambda session: suggestions.rated(session, [mention.id])) == {}


def test_who_wrote_it_is_known_so_that_one_flooder_is_no_reason(scene: Scene) -> None:
    here = Taught(scene)
    writer = Author(name="Kim", external_id="kim")
    scene.ingest(*(scene.posted(f"zither {number}", author=writer) for number in range(3)))
    for token in here.tokens():
        scene.do(ResolveMention(who=scene.person("Ana"), reference=ByToken(token)))
    examples = here.read(read_material).examples
    assert len({one.who for one in examples}) == 1
    assert examples[0].who > 0


def test_what_was_suggested_is_among_what_is_kept_of_an_author(taught: Taught) -> None:
    mention = taught.arrive()

    def read(session: Session) -> dict[str, list[dict[str, Any]]]:
        author_id = mentions.original(session, mention.id).author_id
        assert author_id is not None
        parts = read_dossier(session, [author_id], [("blog", "kim")], [("blog", "kim")])
        return {name: list(rows) for name, rows in parts}

    (said,) = taught.read(read)["suggestions"]
    assert (said["mention"], said["word"], said["shown"]) == (mention.token, "deposit", "named")
