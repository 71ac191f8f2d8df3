"""Words that travel: who passed a mention on and why, who gave, took or put it back, and what colleagues noted."""

import sqlite3
from dataclasses import replace

import pytest
from sqlalchemy import update
from sqlmodel import Session

from handlers.base.actions import ACTIONS, FORGOTTEN, NOTES
from handlers.base.command import ByToken, Command, Who
from handlers.own.assign import AssignMention
from handlers.own.claim import ClaimMention
from handlers.own.hand_off import HandOffMention
from handlers.own.note import NoteMention
from handlers.own.reconcile import reconcile
from handlers.own.release import ReleaseMention
from handlers.own.resolve import ResolveMention
from handlers.own.take_over import TakeOverMention
from handlers.report.words import NO_WORDS, Words, notes_of, words_of
from storage.own.mentions import MentionRow
from storage.tables.base import table_of
from storage.tables.ownership import Remark
from tests.harness.scene import Scene


def words(scene: Scene, mention: MentionRow) -> Words:
    return scene.database.read(lambda session: words_of(session, [mention.id])).get(mention.id, NO_WORDS)


def forget(scene: Scene) -> None:
    """Forget whatever was typed, as an erasure does."""
    remark = table_of(Remark)
    scene.database.write(lambda session: session.connection().execute(update(remark).values(text=None)))


def members(scene: Scene) -> tuple[Who, Who]:
    ben = scene.person("Ben", "ben@acme.example")
    return scene.person("Ana", "ana@acme.example"), replace(ben, channel="C-SUPPORT")


def do(scene: Scene, command: Command) -> None:
    answer = scene.do(command)
    assert answer.ok, answer.text


def test_a_hand_off_says_who_passed_it_on_and_why_for_as_long_as_it_is_there(scene: Scene) -> None:
    ana, ben = members(scene)
    mention = scene.arrive()
    assert words(scene, mention) == NO_WORDS
    here = ByToken(mention.token)
    note = "An app matter,\nnot a billing one."
    do(scene, HandOffMention(who=ana, reference=here, department="support", note=note))
    said = "Ana (Finance) passed it on: “An app matter, not a billing one.”"
    assert words(scene, mention) == Words(why_here=said, note="", notes=1)
    do(scene, ClaimMention(who=ben, reference=here))
    do(scene, ResolveMention(who=ben, reference=here))
    assert words(scene, mention).why_here == said


def test_without_a_note_it_says_who(scene: Scene) -> None:
    ana, _ = members(scene)
    mention = scene.arrive()
    do(scene, HandOffMention(who=ana, reference=ByToken(mention.token), department="support"))
    assert words(scene, mention) == Words(why_here="Ana (Finance) passed it on.")


def test_who_gave_took_and_put_back_is_said_until_the_next_change_of_hands(scene: Scene) -> None:
    ana, ben = members(scene)
    mention = scene.arrive()
    here = ByToken(mention.token)
    do(scene, AssignMention(who=ana, reference=here, person="Ben", note="You know them."))
    assert words(scene, mention).why_here == "Ana (Finance) gave it to Ben: “You know them.”"
    do(scene, TakeOverMention(who=ana, reference=here, reason="Ben is ill."))
    assert words(scene, mention).why_here == "Ana (Finance) took it over from Ben: “Ben is ill.”"
    do(scene, ReleaseMention(who=ana, reference=here))
    assert words(scene, mention).why_here == "Ana (Finance) put it back."
    do(scene, ClaimMention(who=ben, reference=here))
    assert words(scene, mention) == Words(note="💬 Ana: Ben is ill. · 2 notes", notes=2)


def test_a_hand_off_stands_before_what_came_after_it(scene: Scene) -> None:
    ana, ben = members(scene)
    mention = scene.arrive()
    here = ByToken(mention.token)
    do(scene, AssignMention(who=ana, reference=here, person="Ana"))
    do(scene, HandOffMention(who=ana, reference=here, department="support", note="Yours."))
    assert words(scene, mention).why_here == "Ana (Finance) passed it on: “Yours.”"
    do(scene, AssignMention(who=ben, reference=here, person="Ana", note="No, yours."))
    said = "Ana (Finance) passed it on: “Yours.” Ben (Customer support) gave it to Ana: “No, yours.”"
    assert words(scene, mention) == Words(why_here=said, notes=2)
    do(scene, NoteMention(who=ben, reference=here, text="Called them."))
    assert words(scene, mention).note == "💬 Ben: Called them. · 3 notes"


def test_what_is_quoted_above_is_not_said_twice(scene: Scene) -> None:
    ana, ben = members(scene)
    mention = scene.arrive()
    here = ByToken(mention.token)
    do(scene, NoteMention(who=ben, reference=here, text="Called them."))
    do(scene, NoteMention(who=ben, reference=here, text="Called again."))
    do(scene, HandOffMention(who=ana, reference=here, department="support", note="Yours."))
    assert words(scene, mention).note == "💬 3 notes"


def test_the_last_note_is_one_line_of_a_hundred_and_forty_characters_with_the_number_of_all(scene: Scene) -> None:
    ana, ben = members(scene)
    mention = scene.arrive()
    here = ByToken(mention.token)
    do(scene, NoteMention(who=ana, reference=here, text="Look."))
    assert words(scene, mention).note == "💬 Ana: Look."
    do(scene, NoteMention(who=ben, reference=here, text="Long\n\n" * 300))
    line = words(scene, mention).note
    assert line.startswith("💬 Ben: Long Long")
    assert line.endswith("… · 2 notes")
    assert len(line) <= 140
    assert "\n" not in line
    kept = scene.database.read(lambda session: notes_of(session, mention.id))
    assert [(one.who, one.department, one.text[:5]) for one in kept] == [
        ("Ana", "Finance", "Look."),
        ("Ben", "Customer support", "Long\n"),
    ]


def test_what_was_forgotten_is_shown_as_that(scene: Scene) -> None:
    ana, ben = members(scene)
    mention = scene.arrive()
    here = ByToken(mention.token)
    do(scene, HandOffMention(who=ana, reference=here, department="support", note="A secret."))
    do(scene, NoteMention(who=ben, reference=here, text="Another."))
    forget(scene)
    expected = Words(
        why_here=f"Ana (Finance) passed it on: {FORGOTTEN}", note=f"💬 Ben: {FORGOTTEN} · 2 notes", notes=2
    )
    assert words(scene, mention) == expected
    kept = scene.database.read(lambda session: notes_of(session, mention.id))
    assert [(one.text, one.forgotten) for one in kept] == [("", True), ("", True)]


def test_what_the_configuration_moved_says_so(scene: Scene) -> None:
    mention = scene.arrive()
    fewer = scene.organisation.departments[:1]
    changed = type(scene.organisation)(
        name="Acme", timezone="UTC", fallback="support", departments=fewer, sources=scene.organisation.sources
    )
    scene.database.write(lambda session: reconcile(session, changed, scene.now, scene.dispatcher.random))
    assert words(scene, mention).why_here == "Dibs passed it on: “Its department is not configured any more.”"


def test_a_verdict_on_a_draft_and_a_dismissal_are_no_notes() -> None:
    assert {str(one) for one in ACTIONS if one not in NOTES} >= {"rejected", "unclear", "dismissed", "arrived"}
    assert {str(one) for one in NOTES} >= {"noted", "resolved", "assigned", "handed_off", "taken_over", "released"}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_batch_of_cards_costs_one_statement_and_one_more_where_there_is_something_to_say(scene: Scene) -> None:
    ana, _ = members(scene)
    rows = [scene.arrive() for _ in range(5)]
    assert len(asked(scene, rows)) == 1
    for row in rows:
        do(scene, NoteMention(who=ana, reference=ByToken(row.token), text="Look."))
        do(scene, HandOffMention(who=ana, reference=ByToken(row.token), department="support", note="Yours."))
        do(scene, ClaimMention(who=ana, reference=ByToken(row.token)))
        do(scene, ReleaseMention(who=ana, reference=ByToken(row.token)))
    assert len(asked(scene, rows)) == 2
    plan = scene.database.read(lambda session: explain(session, asked(scene, rows)[0]))
    assert "ix_ownership_event_mention" in plan
    assert "SCAN" not in plan


def explain(session: Session, statement: str) -> str:
    return " ".join(str(row[-1]) for row in session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}"))


def asked(scene: Scene, rows: list[MentionRow]) -> list[str]:
    """Return the statements that SQLite runs for these mentions together."""
    found: list[str] = []

    def look(session: Session) -> None:
        driver = session.connection().connection.dbapi_connection
        assert isinstance(driver, sqlite3.Connection)
        driver.set_trace_callback(found.append)
        words_of(session, [row.id for row in rows])
        driver.set_trace_callback(None)

    scene.database.read(look)
    return found
