"""The log in words, and rows that are about a person and no mention: they stand in the log, and nowhere else."""

import csv
import io
import json
import sqlite3
from datetime import datetime, timedelta

import pytest
from sqlalchemy import update

from handlers.ask.digest import AskDigest
from handlers.base.command import ByToken
from handlers.draw.card import draw_card
from handlers.own.claim import ClaimMention
from handlers.own.hand_off import HandOffMention
from handlers.report.export import FIELDS, write_csv, write_json_lines
from handlers.report.log import in_words, mention_log
from storage.engine.database import Session
from storage.own import board, ownership
from storage.own.mentions import MentionRow
from storage.own.ownership import Change
from storage.people import people
from storage.tables.base import table_of
from storage.tables.people import Person
from storage.tables.states import Via
from tests.harness.scene import Scene, at


def about_ana(session: Session, when: datetime) -> Change:
    """A row that says: Ben had Ana renamed, whom the department of finance had."""
    ana, ben = (people.by_name(session, name)[0].id for name in ("Ana", "Ben"))
    finance = people.department(session, "finance")
    assert finance is not None
    return Change(
        mention_id=None,
        action="renamed",
        via=Via.COMMAND,
        at=when,
        actor_id=ben,
        from_owner_id=ana,
        from_department_id=finance.id,
    )


def with_a_row_about_a_person(scene: Scene) -> MentionRow:
    """Let a mention arrive and be claimed, and a row about Ana stand behind."""
    ana, mention = scene.person("Ana"), scene.arrive()
    scene.person("Ben")
    scene.do(ClaimMention(who=ana, reference=at(mention)))
    scene.database.write(lambda session: ownership.append(session, about_ana(session, scene.now)))
    return mention


def test_a_row_about_a_person_reads_as_one_and_names_no_mention(scene: Scene) -> None:
    mention = with_a_row_about_a_person(scene)
    rows = scene.database.read(lambda session: in_words(session, board.log_since(session, 0, 9)))[::-1]
    assert [(row.token, row.words) for row in rows] == [
        ("", "Ana was renamed by Ben"),
        (mention.token, "Ana claimed it"),
        (mention.token, rows[2].words),
    ]
    assert scene.database.read(ownership.verify).trouble == ""


def test_it_stands_in_no_mentions_log_and_on_no_card(scene: Scene) -> None:
    mention = with_a_row_about_a_person(scene)
    assert [row.action for row in scene.database.read(lambda session: mention_log(session, mention.id))] == [
        "arrived",
        "claimed",
    ]
    card = scene.database.read(lambda session: draw_card(session, mention.id, scene.organisation))
    assert "Ana" in card.state


def test_it_is_no_change_of_hands_in_the_digest(scene: Scene) -> None:
    with_a_row_about_a_person(scene)
    scene.now += timedelta(days=1)
    answer = scene.do(AskDigest(who=scene.person("Ben"), department="finance"))
    assert answer.notice is not None
    said = [line.text for part in answer.notice.sections for line in part.lines]
    assert any("claimed 1" in line for line in said)
    assert not any("renamed" in line for line in said)


def test_it_is_exported_with_an_empty_mention(scene: Scene) -> None:
    with_a_row_about_a_person(scene)
    lines, table = io.StringIO(), io.StringIO()
    scene.database.read(lambda session: write_json_lines(session, lines))
    scene.database.read(lambda session: write_csv(session, table))
    assert json.loads(lines.getvalue().splitlines()[-1])["mention_id"] is None
    assert len(table.getvalue().splitlines()) == 4


# --- the export ------------------------------------------------------------------------------------------------------


def exported(scene: Scene, *, raw: bool = False) -> list[dict[str, object]]:
    out = io.StringIO()
    scene.database.read(lambda session: write_json_lines(session, out, raw=raw))
    return [json.loads(line) for line in out.getvalue().splitlines()]


def as_table(scene: Scene, *, raw: bool = False) -> list[dict[str, str]]:
    out = io.StringIO()
    scene.database.read(lambda session: write_csv(session, out, raw=raw))
    return list(csv.DictReader(io.StringIO(out.getvalue(), newline="")))


def call(scene: Scene, name: str, other: str) -> None:
    """Let a person be called otherwise, whatever it is."""
    person = table_of(Person)
    query = update(person).where(person.c.name == name).values(name=other)
    scene.database.write(lambda session: session.connection().execute(query))


def test_an_auditor_reads_the_export_without_another_table(scene: Scene) -> None:
    ana, mention = scene.person("Ana", "ana@acme.example"), scene.arrive(url="https://blog.example/7")
    scene.do(ClaimMention(who=ana, reference=at(mention)))
    scene.do(HandOffMention(who=ana, reference=ByToken(mention.token), department="support", note="An app matter."))
    arrived, claimed, handed = exported(scene)
    assert tuple(handed) == FIELDS
    named = {name: value for name, value in handed.items() if not name.endswith("_id")}
    assert {name: named[name] for name in named if name not in ("at", "seq", "remark_hash", "prev", "hash")} == {
        "token": mention.token,
        "source": "blog",
        "url": "https://blog.example/7",
        "action": "handed_off",
        "actor": "Ana",
        "actor_department": "finance",
        "from_owner": "Ana",
        "to_owner": None,
        "from_department": "finance",
        "to_department": "support",
        "via": "api",
        "what": "Ana handed it off from Finance to Customer support",
    }
    assert (arrived["actor"], arrived["what"]) == (None, "It arrived for Finance")
    assert (claimed["from_owner"], claimed["to_owner"], claimed["what"]) == (None, "Ana", "Ana claimed it")
    assert "An app matter" not in json.dumps(exported(scene))


def test_raw_is_the_log_as_its_hashes_cover_it(scene: Scene) -> None:
    with_a_row_about_a_person(scene)
    rows = exported(scene, raw=True)
    assert [tuple(row) for row in rows] == [ownership.FIELDS] * 3
    for row in rows:
        at_moment = datetime.fromisoformat(str(row["at"]))
        assert ownership.hash_row({**row, "at": at_moment}) == row["hash"]
    assert [tuple(row) for row in as_table(scene, raw=True)] == [ownership.FIELDS] * 3


FORMULAS = ("=1+1", "+1", "-1", "@SUM(A1)", "\tx", " =1", "＝1", '=cmd|"/c calc"!A1')


@pytest.mark.parametrize("hostile", [*FORMULAS, 'A, "B"\nC', "Ana", "\u202eanA", "Zoë 🙂"])
def test_a_name_is_no_formula_and_comes_back_whole(scene: Scene, hostile: str) -> None:
    ana, mention = scene.person("Ana"), scene.arrive(url="https://blog.example/7")
    scene.do(ClaimMention(who=ana, reference=at(mention)))
    call(scene, "Ana", hostile)
    claimed = as_table(scene)[-1]
    shown = f"'{hostile}" if hostile in FORMULAS else hostile
    assert (claimed["actor"], claimed["to_owner"]) == (shown, shown)
    assert claimed["what"] == f"{shown} claimed it"
    assert claimed["url"] == "https://blog.example/7"
    assert exported(scene)[-1]["actor"] == hostile


def test_a_person_who_was_blanked_is_shown_as_that(scene: Scene) -> None:
    mention = with_a_row_about_a_person(scene)
    call(scene, "Ana", "")
    claimed = exported(scene)[1]
    assert (claimed["actor"], claimed["what"]) == (
        "a person who was forgotten",
        "A person who was forgotten claimed it",
    )
    rows = scene.database.read(lambda session: mention_log(session, mention.id))
    assert rows[-1].who == "a person who was forgotten"
    assert exported(scene)[0]["actor"] is None


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_long_log_is_written_while_it_is_read(scene: Scene) -> None:
    mention = scene.arrive()
    note = Change(mention_id=mention.id, action="noted", via=Via.API, at=scene.now)
    scene.database.write(lambda session: ownership.append(session, *[note] * 2_500))
    asked: list[str] = []
    written: list[int] = []

    class Out(io.StringIO):
        def write(self, text: str) -> int:
            written.append(len(asked))
            return len(text)

    def export(session: Session) -> None:
        driver = session.connection().connection.dbapi_connection
        assert isinstance(driver, sqlite3.Connection)
        driver.set_trace_callback(asked.append)
        write_json_lines(session, Out())
        driver.set_trace_callback(None)

    scene.database.read(export)
    assert len(written) == 2_501
    assert [written[0], written[1_000], written[2_000]] == [1, 2, 3]
