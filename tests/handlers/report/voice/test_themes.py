"""Themes: there is one once a person names it; from then on it is a query, and whatever is done to it is undone."""

from datetime import timedelta
from typing import Any

import pytest

from handlers.ask.theme import ChangeTheme, draw_theme
from handlers.ask.voice import AskVoice
from handlers.base.command import Answer, Asking
from handlers.base.events import Author
from handlers.dispatch.ticks import TICKS
from handlers.report.log import in_words
from handlers.report.voice.counting import Span
from handlers.report.voice.read import VoiceOf, read_voice
from handlers.report.voice.rows import SaidRows, read_rows
from storage.engine.database import Session
from storage.listen import erase
from storage.own import ownership
from storage.report import themes
from storage.report.themes import ThemeRow
from tests.handlers.report.voice.test_nightly import night, spoken, tell
from tests.harness.scene import Scene


def theme(scene: Scene, what: str, who: str = "Ana", **given: Any) -> Answer:
    return scene.do(ChangeTheme(who=scene.person(who), what=what, **given))


def named(scene: Scene, name: str = "Late refunds", query: str = "refund late", **given: Any) -> ThemeRow:
    """Name a theme by a query; returns it."""
    answer = theme(scene, "name", name=name, query=query, **given)
    assert answer.ok, answer.text
    return next(one for one in there(scene) if one.name == name)


def there(scene: Scene) -> list[ThemeRow]:
    return scene.database.read(themes.alive)


def found_by(scene: Scene, row: ThemeRow) -> int:
    return len(scene.database.read(lambda session: themes.found_by(session, row.id)))


def look(scene: Scene) -> None:
    """Let themes be looked for in what arrived."""
    (tick,) = (one for one in TICKS if one.name == "themes")
    (prepare,) = tick.steps(scene.organisation).values()
    while (
        command := scene.database.read(lambda session: scene.dispatcher.prepare(session, prepare, scene.now))
    ) is not None:
        scene.do(command)


def voice(scene: Scene, department: str = "", span: Span | None = None) -> VoiceOf:
    week = span or Span.until_now(scene.now)
    return scene.database.read(lambda db: read_voice(db, scene.organisation, week, scene.now, department))


def rows(scene: Scene, token: str, span: Span | None = None) -> SaidRows:
    return scene.database.read(lambda session: read_rows(session, token, span or Span.until_now(scene.now)))


def logged(scene: Scene) -> list[tuple[str, str]]:
    """Return what the log says of themes."""

    def read(session: Session) -> list[tuple[str, str]]:
        return [(one.words, one.remark) for one in in_words(session, list(ownership.rows(session))) if not one.token]

    return scene.database.read(read)


def test_naming_what_is_proposed_makes_a_query_of_it_and_it_is_proposed_no_more(scene: Scene) -> None:
    spoken(scene)
    (proposal,) = night(scene)
    answer = theme(scene, "name", theme=proposal.token, name="Battery life")
    assert answer.text == "“Battery life” is a theme. Would have found 20 of 260 in the last 30 days."
    (row,) = there(scene)
    assert (row.query, found_by(scene, row)) == (f'"{proposal.label}"', 20)
    shown = voice(scene)
    assert (shown.rising, [one.said for one in shown.named]) == ((), ["20 people (the week before 0)"])
    scene.pass_time(days=1)
    assert night(scene) == []
    assert logged(scene) == [("Ana named a theme", f"“Battery life”: {row.query}")]


def test_it_finds_what_arrives_from_then_on_and_each_number_opens_its_rows(scene: Scene) -> None:
    row = named(scene)
    tell(scene, 3, "My refund is late")
    tell(scene, 2, "A refund that is late, again")
    tell(scene, 4, "Where is the door?", first=50)
    look(scene)
    look(scene)
    (one,) = voice(scene).named
    assert (one.number, one.people, found_by(scene, row)) == (5, 3, 5)
    assert [quote.words for quote in one.quotes] == ["A refund that is late, again"] * 2
    listed = rows(scene, row.token)
    assert (listed.total, len(listed.rows), listed.called) == (5, 5, "Late refunds")
    scene.pass_time(days=8)
    (one,) = voice(scene).named
    assert (one.number, one.said) == (0, "0 people (the week before 3, about the same)")
    with pytest.raises(Exception, match="There is no such theme"):
        rows(scene, "k7f2x")


def test_a_change_is_called_one_only_where_chance_would_not_make_it(scene: Scene) -> None:
    named(scene)
    tell(scene, 19, "My refund is late")
    scene.pass_time(days=7)
    tell(scene, 22, "My refund is late")
    look(scene)
    assert voice(scene).named[0].said == "22 people (the week before 19, about the same)"
    tell(scene, 60, "My refund is late", first=100)
    look(scene)
    assert voice(scene).named[0].said == "82 people (the week before 19)"


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("refund", "That finds 30 of the last 30 mentions, nearly everything. Say what is special about it"),
        ("type:post OR type:comment", "That finds everything"),
        ('refund "late', "is not closed"),
        ("source:nowhere refund", "There is no source nowhere"),
        ("-late", ""),
        ("", "Say what finds it"),
    ],
)
def test_a_query_that_finds_everything_or_cannot_be_read_is_refused_with_its_cure(
    scene: Scene, query: str, told: str
) -> None:
    tell(scene, 30, "My refund")
    answer = theme(scene, "name", name="Refunds", query=query)
    assert (answer.ok, there(scene)) == (False, [])
    assert told in answer.text
    assert "query" in answer.fields


@pytest.mark.parametrize("name", ["", "x" * 81, "late REFUNDS"])
def test_a_name_is_wanted_and_is_of_one_theme(scene: Scene, name: str) -> None:
    named(scene)
    answer = theme(scene, "name", name=name, query="door")
    assert (answer.ok, list(answer.fields), len(there(scene))) == (False, ["name"], 1)


def test_it_can_be_changed_and_counts_anew(scene: Scene) -> None:
    tell(scene, 6, "My refund is late")
    tell(scene, 5, "The door is stuck", first=20)
    row = named(scene)
    answer = theme(
        scene,
        "change",
        theme=row.token,
        name="Stuck doors",
        query="door stuck",
        department="finance",
        tracker="PAY-112",
    )
    assert answer.text == "“Stuck doors” is changed. Would have found 5 of 11 in the last 30 days."
    (one,) = voice(scene, "finance").named
    assert (one.people, one.work) == (5, "PAY-112, open since 2 March")
    assert voice(scene, "support").named == ()
    assert theme(scene, "undo", theme=row.token).text == "Undone: “Late refunds” is as it was before."
    (one,) = voice(scene).named
    assert (one.theme.name, one.theme.query, one.people, one.work) == ("Late refunds", "refund late", 6, "")


def test_merged_it_is_found_by_either_query_and_undone_both_stand(scene: Scene) -> None:
    tell(scene, 6, "My refund is late")
    tell(scene, 5, "The door is stuck", first=20)
    tell(scene, 9, "Nothing much", first=40)
    one, other = named(scene), named(scene, "Doors", "door")
    assert theme(scene, "merge", theme=other.token, name=one.token).ok
    (left,) = there(scene)
    assert (left.token, left.query, found_by(scene, left)) == (one.token, "(refund late) OR (door)", 11)
    tell(scene, 1, "Another door", first=60)
    look(scene)
    assert theme(scene, "undo", theme=one.token).ok
    assert [(row.name, row.query, found_by(scene, row)) for row in there(scene)] == [
        ("Doors", "door", 6),
        ("Late refunds", "refund late", 6),
    ]
    itself = theme(scene, "merge", theme=one.token, name=one.token)
    assert (itself.ok, list(itself.fields)) == (False, ["name"])


def test_muted_it_rests_for_four_weeks_and_is_counted_all_the_same(scene: Scene) -> None:
    row = named(scene)
    assert theme(scene, "mute", theme=row.token).ok
    tell(scene, 3, "My refund is late")
    look(scene)
    shown = voice(scene)
    assert (shown.named, [one.people for one in shown.muted]) == ((), [3])
    scene.pass_time(weeks=4)
    assert len(voice(scene).named) == 1
    theme(scene, "mute", theme=row.token)
    theme(scene, "undo", theme=row.token)
    assert len(voice(scene).named) == 1


def test_what_is_no_theme_is_not_proposed_for_four_weeks_unless_that_is_undone(scene: Scene) -> None:
    spoken(scene)
    (proposal,) = night(scene)
    assert theme(scene, "mute", theme=proposal.token).text == f"“{proposal.label}” is no theme for four weeks."
    assert (voice(scene).rising, len(voice(scene).done)) == ((), 1)
    assert theme(scene, "undo", theme=proposal.token).ok
    assert [one.label for one in voice(scene).rising] == [proposal.label]
    assert not theme(scene, "undo", theme=proposal.token).ok


def test_each_step_is_undone_one_by_one_to_before_there_was_a_theme(scene: Scene) -> None:
    row = named(scene)
    theme(scene, "mended", who="Ben", theme=row.token)
    theme(scene, "end", theme=row.token)
    assert there(scene) == []
    assert [one.said for one in voice(scene).done] == ["Ana ended “Late refunds”"]
    assert theme(scene, "undo", theme=row.token).ok
    (again,) = there(scene)
    assert again.fixed_at == scene.now
    assert not theme(scene, "mended", theme=row.token).ok
    theme(scene, "undo", theme=row.token)
    assert there(scene)[0].fixed_at is None
    assert theme(scene, "undo", theme=row.token).text.endswith("It is a theme no more.")
    assert (there(scene), voice(scene).done) == ([], ())
    refused = theme(scene, "undo", theme=row.token)
    assert (refused.ok, refused.text) == (False, "There is nothing to undo of “Late refunds”.")
    assert [words for words, _ in logged(scene)] == [
        "Ana named a theme",
        "Ben said that a theme is mended",
        "Ana ended a theme",
        *["Ana undid what was done to a theme"] * 3,
    ]


def test_who_wrote_is_counted_and_never_listed_and_what_was_forgotten_is_not_there(scene: Scene) -> None:
    row = named(scene)
    tell(scene, 3, "My refund is late")
    look(scene)
    assert "Kim" not in str(voice(scene))
    assert "Kim" not in str(rows(scene, row.token))
    ids = scene.database.read(lambda session: sorted(themes.found_by(session, row.id)))
    known = scene.database.read(lambda session: erase.posts_of(session, mention_ids=ids[:2]))
    scene.database.write(lambda session: erase.blank_posts(session, known, scene.now))
    (one,) = voice(scene).named
    assert (one.people, one.number, rows(scene, row.token).total, len(one.quotes)) == (1, 1, 1, 1)


def test_one_who_writes_often_is_one_and_who_is_not_told_is_one(scene: Scene) -> None:
    named(scene)
    kim = Author(name="Kim", handle="kim", external_id="kim")
    scene.ingest(*(scene.posted("My refund is late", author=kim) for _ in range(4)))
    scene.ingest(*(scene.posted("My refund is late", author=Author()) for _ in range(3)))
    look(scene)
    (one,) = voice(scene).named
    assert (one.people, one.number) == (2, 7)


def test_the_chat_lists_both_with_the_way_to_their_rows_and_to_a_name(scene: Scene) -> None:
    spoken(scene)
    (proposal,) = night(scene)
    named(scene, query="sto300", name="As ever")
    answer = scene.do(AskVoice(who=scene.person("Ana")))
    assert answer.text == "Voice: 1 said more than usual, 1 theme."
    assert answer.notice is not None
    first, second = answer.notice.sections
    assert first.lines[0].text.startswith(f"“{proposal.label}” — 20 people, usually 0. “The battery life is awful”")
    assert first.lines[0].text.endswith(f"[{proposal.token}]")
    assert second.lines[0].text.startswith("As ever — ")
    assert answer.notice.footer.startswith("/dibs theme name")
    assert not scene.do(AskVoice(who=scene.person("Ana"), department="sales")).ok


def test_the_form_begins_with_what_was_proposed_and_says_what_it_would_have_found(scene: Scene) -> None:
    spoken(scene)
    (proposal,) = night(scene)

    def draw(session: Session, **given: str) -> Any:
        asking = Asking(session=session, organisation=scene.organisation, now=scene.now, given=given)
        return draw_theme(asking)

    form = scene.database.read(lambda session: draw(session, what="name", theme=proposal.token))
    fields = {one.name: one.initial for one in form.fields}
    assert fields["query"] == f'"{proposal.label}"'
    assert fields["department"] == "support"
    assert form.beside[1].lines[-1].text == "Would have found 20 of 260 in the last 30 days."
    assert [one.label for one in form.fields[1].choices] == [f"“{proposal.label}”"]
    row = named(scene, query="door", name="Doors")
    form = scene.database.read(lambda session: draw(session, what="change", theme=row.token))
    assert {one.name: one.initial for one in form.fields}["name"] == "Doors"
    form = scene.database.read(lambda session: draw(session))
    assert [one.name for one in form.fields][:3] == ["what", "theme", "name"]


def test_what_is_late_in_a_span_is_not_in_the_one_before(scene: Scene) -> None:
    row = named(scene)
    tell(scene, 2, "My refund is late")
    scene.pass_time(days=3)
    tell(scene, 3, "My refund is late", first=10)
    look(scene)
    edge = scene.now
    for since, number in ((edge - timedelta(days=7), 2), (edge, 3)):
        span = Span(since, since + timedelta(days=7), since - timedelta(days=7))
        assert rows(scene, row.token, span).total == number
