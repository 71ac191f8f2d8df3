"""The notice of a week: once, to who has themes and to who hears of all, with quotes that can be forgotten."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from functools import partial
from random import Random

import pytest

from handlers.base.cards import Line, Notice
from handlers.base.organisation import DigestTime, VoiceNotice
from handlers.base.stored import from_json, to_json
from handlers.dispatch.ticks import TICKS
from handlers.privacy.authors import Forgetting, forget_mentions
from handlers.report.voice.counting import WEEK, Span
from handlers.report.voice.weekly import SendVoice
from storage.channels import messages
from storage.engine.database import Database
from storage.own import mentions
from tests.handlers.report.voice.test_nightly import night, spoken, tell
from tests.handlers.report.voice.test_themes import named, rows, theme, there
from tests.harness.scene import ORGANISATION, Scene

VOICE = VoiceNotice(department="support", when=DigestTime(at=time(10), days=frozenset({0})))
TOLD = replace(ORGANISATION, timezone="UTC", desk_url="https://dibs.acme.example/", voice=VOICE)
MONDAY = datetime(2026, 5, 4, 10, tzinfo=UTC)


def due(scene: Scene) -> SendVoice | None:
    (tick,) = (one for one in TICKS if one.name == "voice")
    (prepare,) = tick.steps(scene.organisation).values()
    command = scene.database.read(lambda session: scene.dispatcher.prepare(session, prepare, scene.now))
    assert command is None or isinstance(command, SendVoice)
    return command


def lines(notice: Notice | None) -> list[Line]:
    assert notice is not None
    return [line for section in notice.sections for line in section.lines]


@pytest.fixture
def told(in_memory: Database) -> Scene:
    """A Monday after a week in which twenty people said something new, and six something that finance named."""
    scene = Scene(in_memory, organisation=TOLD)
    spoken(scene)
    tell(scene, 6, "My refund is late", first=50)
    named(scene, department="finance", tracker="https://pay.example/issues/112")
    named(scene, "Doors", "door", department="finance")
    scene.now = MONDAY - timedelta(hours=6)
    night(scene)
    scene.now = MONDAY
    return scene


def test_the_one_who_hears_of_all_is_told_what_rises_and_who_has_a_theme_of_that(told: Scene) -> None:
    command = due(told)
    assert command is not None
    support, finance = (command.notices[key] for key in ("support", "finance"))
    assert support is not None
    assert finance is not None
    assert support.title == "Voice, week 18 of 2026, for Customer support"
    assert [one.title for one in support.sections] == ["More than usual", ""]
    assert [one.text for one in lines(support)][:2] == [
        "“life is awful” — 20 people, usually 0",
        "“The battery life is awful” (blog.example)",
    ]
    assert [one.title for one in finance.sections] == ["As always", ""]
    assert [one.text for one in lines(finance)] == [
        "Late refunds — 6 people (the week before 0)",
        *["“My refund is late” (blog.example)"] * 2,
        "Issue https://pay.example/issues/112, open since 27 April",
        "Doors — 0 people (the week before 0, about the same)",
        "All of it",
    ]
    assert from_json(to_json(support)) == support
    assert "Kim" not in to_json(support) + to_json(finance)


def test_each_count_leads_to_as_many_mentions_and_each_quote_names_its_own(told: Scene) -> None:
    command = due(told)
    assert command is not None
    (link,) = (
        one.link for one in lines(command.notices["finance"]) if one.link and one.link.label.startswith("Open 6")
    )
    assert "&week=2026-W18" in link.url
    token = link.url.partition("of=")[2].partition("&")[0]
    monday = datetime(2026, 4, 27, tzinfo=UTC)
    assert rows(told, token, Span(monday, monday + WEEK, monday - WEEK)).total == 6
    quoted = [one.token for one in lines(command.notices["finance"]) if one.text.startswith("“")]
    assert len(set(quoted)) == 2
    assert all(quoted)


def test_it_is_told_once_on_its_day_after_its_hour(told: Scene) -> None:
    told.now = MONDAY - timedelta(minutes=1)
    assert due(told) is None
    told.now = MONDAY
    command = due(told)
    assert command is not None
    told.do(command)
    told.do(command)
    assert due(told) is None
    for key in ("voice:support:C-SUPPORT:2026-W18", "voice:finance:C-FINANCE:2026-W18"):
        assert told.database.read(partial(messages.by_key, key=key)) is not None
    told.now = MONDAY + timedelta(days=1)
    assert due(told) is None


def test_who_asked_for_what_is_mended_and_was_not_told_is_counted_with_the_way_to_tell_them(told: Scene) -> None:
    late = next(one for one in there(told) if one.name == "Late refunds")
    theme(told, "mended", theme=late.token)
    command = due(told)
    assert command is not None
    (line,) = (one for one in lines(command.notices["finance"]) if one.text.startswith("Mended"))
    assert line.text == "Mended. 6 people asked. 0 were told, 6 not yet."
    assert line.link is not None
    assert line.link.url == "https://dibs.acme.example/voice?department=finance"


def test_what_is_muted_is_not_told_and_where_nothing_is_said_nothing_is(told: Scene) -> None:
    for row in there(told):
        theme(told, "mute", theme=row.token)
    command = due(told)
    assert command is not None
    assert command.notices["finance"] is None
    told.do(command)
    assert told.database.read(lambda session: messages.by_key(session, "voice:finance:C-FINANCE:2026-W18")) is None


def test_what_is_quoted_is_forgotten_with_its_mention_and_the_counts_stay_as_they_were_told(told: Scene) -> None:
    command = due(told)
    assert command is not None
    told.do(command)
    key = "voice:finance:C-FINANCE:2026-W18"
    quoted = [one.token for one in lines(command.notices["finance"]) if one.token]
    rows = [told.database.read(partial(mentions.by_token, token=one)) for one in quoted]
    gone = [one.id for one in rows if one is not None][:1]
    one = Forgetting(told.organisation, told.now, Random(7))
    told.database.write(lambda session: forget_mentions(session, one, gone))
    message = told.database.read(partial(messages.by_key, key=key))
    assert message is not None
    left = [line.text for line in lines(from_json(message.body or ""))]
    assert left.count("“My refund is late” (blog.example)") == 1
    assert "Late refunds — 6 people (the week before 0)" in left


def test_without_the_table_nobody_is_told() -> None:
    (tick,) = (one for one in TICKS if one.name == "voice")
    assert tick.steps(ORGANISATION) == {}
