"""Storms in a scene: a past in which little was said, many who speak at once, and the timer that looks each minute."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sqlmodel import Session

from handlers.base.clocks import Target, Targets
from handlers.base.command import Answer, TimedCommand
from handlers.base.events import Author
from handlers.dispatch.ticks import TICKS, Prepare
from handlers.listen.watch import prepare_watch
from storage.engine.database import Database
from storage.own import folds, storms, tallies
from storage.own.mentions import MentionRow
from storage.own.tallies import TallyRow
from storage.tables.states import ClockKind
from tests.harness.scene import Scene

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)


def people(scene: Scene, number: int, *, late: timedelta = timedelta(), text: str = "Where is my refund?") -> None:
    """Let as many people speak now."""
    said = scene.now - late
    for first in range(0, number, 100):
        names = [f"{scene.now:%H%M}-{one}" for one in range(first, min(first + 100, number))]
        scene.ingest(*(scene.posted(text, author=Author(external_id=one), published_at=said) for one in names))


def watch(scene: Scene) -> Answer | None:
    """Look once, as the timer does."""
    command = scene.database.read(lambda session: scene.dispatcher.prepare(session, prepare_watch, scene.now))
    return None if command is None else scene.do(command)


def promise_claims(scene: Scene, within: timedelta) -> None:
    """Let Finance promise from now on that each mention is claimed within so long, by day and by night."""
    support, finance = scene.organisation.departments
    promised = Targets(by_kind={ClockKind.CLAIM: Target(within=within, business=False)})
    scene.organisation = replace(scene.organisation, departments=(support, replace(finance, targets=promised)))
    scene.__post_init__()


def _prepare(scene: Scene, step: Prepare) -> TimedCommand | None:
    return scene.database.read(lambda session: scene.dispatcher.prepare(session, step, scene.now))


def minute(scene: Scene, name: str = "watch") -> list[str]:
    """Let all be done that the timer does at this moment, about storms or another matter; returns what it says."""
    (tick,) = (one for one in TICKS if one.name == name)
    said = []
    for step in tick.steps(scene.organisation).values():
        while True:
            command = _prepare(scene, step)
            answer = scene.do(command) if command is not None else None
            if answer is None or not answer.ok:
                break
            said.append(answer.text)
    return said


def with_history(database: Database, voices: int = 1) -> Scene:
    """Return a scene in which as many spoke of billing in each hour of four weeks."""
    scene = Scene(database, now=NOW)
    let_it_be_quiet(scene, voices)
    return scene


def let_it_be_quiet(scene: Scene, voices: int = 1) -> None:
    """Let as many have spoken of billing in each hour of the last four weeks."""
    this = scene.now.replace(minute=0)
    rows = [TallyRow("billing", this - back * HOUR, voices, voices) for back in range(1, 29 * 24)]
    scene.database.write(lambda session: tallies.put(session, rows))


def fold_under(scene: Scene, lead: MentionRow, folded: MentionRow) -> None:
    """Let one mention be folded under another by a storm that is over."""

    def work(session: Session) -> None:
        began = {"department_id": lead.department_id, "topic": lead.topic, "began_at": lead.ingested_at}
        number = storms.begin(session, **began, lead_id=lead.id, usual=1, voices=12, peak=12)
        assert number is not None
        folds.fold(session, storms.get(session, number), [folded.id])
        storms.end(session, number, scene.now)

    scene.database.write(work)
