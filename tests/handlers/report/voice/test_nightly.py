"""Once a night: over what arrived and stands, without what is muted, and with no text kept."""

from datetime import timedelta

from handlers.base.events import Author
from handlers.dispatch.ticks import TICKS
from handlers.report.voice.nightly import ProposeThemes
from storage.listen import erase
from storage.report import proposals
from storage.report.proposals import ProposalRow
from tests.handlers.report.voice.test_propose import posts
from tests.harness.scene import Scene

TEXT = "The battery life is awful"


def tell(scene: Scene, people: int, text: str = TEXT, first: int = 0) -> None:
    """Let so many people say something."""
    scene.ingest(
        *(
            scene.posted(text, author=Author(name=f"Kim {one}", handle=f"kim{one}", external_id=f"kim{one}"))
            for one in range(first, first + people)
        )
    )


def spoken(scene: Scene) -> None:
    """Let eight weeks be as they always are, and the ninth go off in which many people say one thing."""
    for week in range(8):
        some = posts(60, week * 100, seed=week)
        scene.ingest(
            *(
                scene.posted(one.text, author=Author(name="", handle=str(one.author), external_id=str(one.author)))
                for one in some
            )
        )
        scene.pass_time(weeks=1)
    tell(scene, 20)
    scene.pass_time(hours=1)


def night(scene: Scene) -> list[ProposalRow]:
    """Let a night go by; returns what is proposed."""
    (tick,) = (one for one in TICKS if one.name == "proposals")
    (prepare,) = tick.steps(scene.organisation).values()
    command = scene.database.read(lambda session: scene.dispatcher.prepare(session, prepare, scene.now))
    if command is not None:
        assert isinstance(command, ProposeThemes)
        assert scene.do(command).ok
    return scene.database.read(lambda session: proposals.listed(session, scene.now))


def test_what_more_people_say_is_proposed_once_a_night_and_keeps_its_address(scene: Scene) -> None:
    spoken(scene)
    (one,) = night(scene)
    assert (one.label, one.phrases) == ("life is awful", "life is awful")
    found = scene.database.read(lambda session: proposals.voices(session, one.id))
    assert len({voice.author_id for voice in found}) == len(found) == 20
    assert night(scene) == [one]
    scene.pass_time(days=1)
    (again,) = night(scene)
    assert (again.token, again.at) == (one.token, scene.now)


def test_what_is_muted_is_not_proposed_again_until_its_time_is_over(scene: Scene) -> None:
    spoken(scene)
    (one,) = night(scene)
    until = scene.now + timedelta(days=2)
    scene.person("Ana")
    scene.database.write(lambda session: proposals.mute(session, one.id, until, 1))
    scene.pass_time(days=1)
    assert night(scene) == []
    scene.pass_time(days=2)
    assert [found.label for found in night(scene)] == [one.label]


def test_what_was_forgotten_is_counted_no_more(scene: Scene) -> None:
    spoken(scene)
    (one,) = night(scene)
    ids = [voice.mention_id for voice in scene.database.read(lambda session: proposals.voices(session, one.id))]
    known = scene.database.read(lambda session: erase.posts_of(session, mention_ids=ids[:17]))
    scene.database.write(lambda session: erase.blank_posts(session, known, scene.now))
    assert len(scene.database.read(lambda session: proposals.voices(session, one.id))) == 3
    scene.pass_time(days=1)
    assert night(scene) == []


def test_without_a_before_nothing_is_more_than_usual(scene: Scene) -> None:
    tell(scene, 20)
    assert night(scene) == []
