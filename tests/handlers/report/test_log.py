"""The log in words, and rows that are about a person and no mention: they stand in the log, and nowhere else."""

import io
import json
from datetime import datetime, timedelta

from handlers.ask.digest import AskDigest
from handlers.draw.card import draw_card
from handlers.own.claim import ClaimMention
from handlers.report.export import write_csv, write_json_lines
from handlers.report.log import in_words, mention_log
from storage.engine.database import Session
from storage.own import board, ownership
from storage.own.mentions import MentionRow
from storage.own.ownership import Change
from storage.people import people
from storage.tables.states import Via
from tests.harness.scene import Scene, at


def about_ana(session: Session, when: datetime) -> Change:
    """A row that says: Ben had Ana forgotten, whom the department of finance had."""
    ana, ben = (people.by_name(session, name)[0].id for name in ("Ana", "Ben"))
    finance = people.department(session, "finance")
    assert finance is not None
    return Change(
        mention_id=None,
        action="forgotten",
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
    rows = scene.database.read(lambda session: in_words(session, board.log_page(session, before=None, limit=9)))
    assert [(row.token, row.words) for row in rows] == [
        ("", "forgotten by Ben"),
        (mention.token, "claimed by Ana"),
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
    assert not any("forgotten" in line for line in said)


def test_it_is_exported_with_an_empty_mention(scene: Scene) -> None:
    with_a_row_about_a_person(scene)
    lines, table = io.StringIO(), io.StringIO()
    scene.database.read(lambda session: write_json_lines(session, lines))
    scene.database.read(lambda session: write_csv(session, table))
    assert json.loads(lines.getvalue().splitlines()[-1])["mention_id"] is None
    assert len(table.getvalue().splitlines()) == 4
