"""Watch: what is said of a topic is counted by the hour, and many voices at once are one storm under one card."""

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlmodel import Session

from handlers.base.command import Answer
from handlers.base.events import Author
from handlers.dispatch.tidy import Tidy
from handlers.listen.watch import prepare_watch
from handlers.own.dismiss import DismissMention
from handlers.own.reconcile import reconcile
from storage.engine.database import Database
from storage.own import storms, tallies
from storage.own.storms import StormRow
from storage.own.tallies import TallyRow
from storage.tables.base import table_of
from storage.tables.storms import Storm, Tally
from tests.harness.channels import card_key, message
from tests.harness.scene import Scene, at
from tests.harness.storms import HOUR, NOW, people, watch, with_history


def tallied(scene: Scene) -> list[tuple[int, int, int]]:
    """Return the hours of which anything was heard: how long ago each is, posts, voices."""

    def look(session: Session) -> list[tuple[int, int, int]]:
        table = table_of(Tally)
        rows = session.connection().execute(select(table).where(table.c.posts > 0).order_by(table.c.hour))
        return [(int((scene.now - row.hour) / HOUR), row.posts, row.voices) for row in rows]

    return scene.database.read(look)


def all_storms(scene: Scene) -> list[StormRow]:
    def look(session: Session) -> list[StormRow]:
        return [StormRow(*row) for row in session.connection().execute(select(table_of(Storm)))]

    return scene.database.read(look)


# --- counting --------------------------------------------------------------------------------------------------------


def test_posts_and_voices_are_counted_by_the_hour_however_often_somebody_looks(database: Database) -> None:
    scene = Scene(database, now=NOW.replace(minute=58))
    people(scene, 3)
    scene.ingest(*(scene.posted() for _ in range(5)))  # all by one author
    people(scene, 2, late=timedelta(minutes=40))
    assert [watch(scene) for _ in range(3)] == [Answer(text=".", ok=False), None, None]
    assert tallied(scene) == [(0, 10, 4)]
    scene.pass_time(minutes=4)
    people(scene, 1, late=timedelta(minutes=3))
    people(scene, 1)
    watch(scene)
    assert tallied(scene) == [(1, 11, 5), (0, 1, 1)]
    scene.pass_time(minutes=10)
    assert watch(scene) is None


def test_what_no_topic_recognised_is_not_counted(scene: Scene) -> None:
    people(scene, 30, text="Nothing of yours.")
    assert watch(scene) is None


def test_a_topic_is_known_since_it_was_configured_and_long_after_it_was_heard_of_last(database: Database) -> None:
    scene = Scene(database, now=NOW)

    def known() -> dict[datetime, int]:
        return scene.database.read(lambda session: tallies.of_topic(session, "billing", scene.now - HOUR))

    assert known() == {NOW.replace(minute=0): 0}
    scene.pass_time(hours=1)
    people(scene, 1)
    watch(scene)
    scene.database.write(lambda session: reconcile(session, scene.organisation, scene.now, scene.dispatcher.random))
    for weeks in (6, 7):
        scene.now = NOW + timedelta(weeks=weeks)
        scene.do(Tidy(job="tidy", slot=str(weeks)))
    assert known() == {NOW.replace(minute=0) + HOUR: 1}


# --- storms ----------------------------------------------------------------------------------------------------------


def test_many_voices_are_one_storm_under_the_first_card_and_it_ends_when_they_are_quiet(database: Database) -> None:
    scene = with_history(database)
    scene.ingest(scene.posted("An invoice", author=Author(external_id="early"), published_at=scene.now))
    lead = scene.arrive("refund", author=Author(external_id="late"))
    scene.pass_time(minutes=5)
    people(scene, 12)
    assert watch(scene) == Answer(text="A storm on billing began.")
    (storm,) = all_storms(scene)
    assert (storm.topic, storm.lead_id, storm.began_at, storm.ended_at) == ("billing", lead.id - 1, NOW, None)
    assert (storm.usual, storm.voices, storm.peak) == (1, 14, 14)
    key = card_key(replace(lead, id=storm.lead_id), "C-FINANCE")
    assert message(scene, key).version == 2
    assert watch(scene) is None
    scene.pass_time(minutes=1)
    assert watch(scene) is None
    assert message(scene, key).version == 2  # nothing is said that was not, and nobody's card moves for that
    scene.pass_time(minutes=19)
    people(scene, 6)
    assert watch(scene) == Answer(text=".", ok=False)
    assert message(scene, key).version == 3
    (storm,) = all_storms(scene)
    assert (storm.voices, storm.peak) == (20, 20)
    scene.pass_time(minutes=35)
    assert watch(scene) == Answer(text="The storm on billing is over.")
    (storm,) = all_storms(scene)
    assert (storm.voices, storm.peak, storm.ended_at) == (20, 20, scene.now)
    people(scene, 4)  # with what was of the first they would be another
    watch(scene)
    assert len(all_storms(scene)) == 1


def test_nobody_knows_what_is_usual_on_the_first_day(database: Database) -> None:
    scene = Scene(database, now=NOW)
    people(scene, 200)
    watch(scene)
    assert all_storms(scene) == []


def test_two_who_see_it_begin_write_down_one_storm(database: Database) -> None:
    scene = with_history(database)
    people(scene, 40)

    def look(session: Session) -> object:
        return scene.dispatcher.prepare(session, prepare_watch, scene.now)

    first, second = (scene.database.read(look) for _ in range(2))
    assert first is not None
    answers = [scene.do(one) for one in (first, second)]  # type: ignore[arg-type]
    assert [one.ok for one in answers] == [True, False]
    assert len(all_storms(scene)) == 1


def test_a_department_without_storms_has_none_and_ends_one_that_is_on(database: Database) -> None:
    scene = with_history(database)
    people(scene, 40)
    watch(scene)
    support, finance = scene.organisation.departments
    scene.organisation = replace(scene.organisation, departments=(support, replace(finance, storms=False)))
    scene.dispatcher.organisation = scene.organisation
    assert watch(scene) == Answer(text="The storm on billing is over.")
    people(scene, 60)
    watch(scene)
    assert len(all_storms(scene)) == 1


def test_what_is_done_with_already_leads_no_storm(database: Database) -> None:
    scene = with_history(database)
    ana = scene.person("Ana")
    for number in range(12):
        mention = scene.arrive(author=Author(external_id=f"a{number}"))
        scene.do(DismissMention(who=ana, reference=at(mention)))
    watch(scene)
    assert all_storms(scene) == []
    waits = scene.arrive(author=Author(external_id="b"))
    watch(scene)
    assert [one.lead_id for one in all_storms(scene)] == [waits.id]


def test_a_storm_of_last_week_is_not_what_is_usual(database: Database) -> None:
    scene = with_history(database)
    this = NOW.replace(minute=0)
    wild = [TallyRow("billing", this - (7 * 24 + one) * HOUR, 300, 300) for one in range(3)]
    scene.database.write(lambda session: tallies.put(session, wild))
    people(scene, 40)
    watch(scene)
    assert all_storms(scene) == []
    lead = scene.arrive()
    began = this - (7 * 24 + 2) * HOUR
    values = {"department_id": lead.department_id, "topic": "billing", "lead_id": lead.id, "began_at": began}
    scene.database.write(lambda session: storms.begin(session, **values, usual=1, voices=300, peak=300))
    scene.database.write(lambda session: storms.end(session, all_storms(scene)[0].id, began + 3 * HOUR))
    watch(scene)
    assert len(all_storms(scene)) == 2


def test_looking_asks_nothing_of_the_past_while_few_speak(scene: Scene) -> None:
    scene.database.write(lambda session: session.connection().execute(delete(table_of(Tally))))
    people(scene, 9)
    assert watch(scene) is not None
    assert tallied(scene) == [(0, 9, 9)]
