"""Times in opening hours: beside those of all hours and never mixed with them, and only where something is promised."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from handlers.base.command import ByToken
from handlers.own.claim import ClaimMention
from handlers.own.dismiss import DismissMention
from handlers.own.resolve import ResolveMention
from handlers.own.strike import StrikeClocks
from handlers.report.figures.periods import read_period
from handlers.report.figures.report import Report, build_report
from handlers.report.figures.rows import rows_of
from handlers.report.figures.shown import Figure
from handlers.report.figures.told import read_told
from storage.engine.database import Database, Session
from tests.handlers.own.test_clocks import OFFICE, promising
from tests.harness.counted import count
from tests.harness.scene import Scene, at


@pytest.fixture
def scene(database: Database) -> Scene:
    """A scene whose Finance promises a claim within an hour from 9 to 17 of Berlin."""
    return Scene(database, organisation=promising(office=OFFICE))


def report_of(scene: Scene) -> Report:
    count(scene.database, scene.organisation.timezone)
    period = read_period("2026-03", ZoneInfo(scene.organisation.timezone), scene.now)

    def read(session: Session) -> Report:
        report = build_report(session, scene.organisation, period, scene.now)
        told = read_told(session, scene.organisation, period, scene.now)
        for _, one in report.figures:
            if one.rows:
                found = rows_of(session, told, one.rows, one.of)
                assert found is not None, one
                assert len(found) == one.length, one
        return report

    return scene.database.read(read)


def named(report: Report, name: str) -> Figure:
    return next(one for _, one in report.figures if one.name == name)


def test_a_night_is_no_opening_time_and_what_waits_is_later_than_all(scene: Scene) -> None:
    ana = scene.person("Ana")
    scene.pass_time(hours=6, minutes=52)  # 16:50 in Berlin, ten minutes before they close
    over_night, waits, gone = scene.arrive(), scene.arrive(), scene.arrive()
    scene.now += timedelta(hours=16, minutes=20)  # 9:10 on the next day
    scene.do(ClaimMention(who=ana, reference=at(over_night)))
    scene.do(DismissMention(who=ana, reference=at(gone), reason="spam"))
    report = report_of(scene)
    assert named(report, "claim").shown == "16 h 20 min, 1 not yet"
    assert named(report, "claim_business").shown == "20 min, 1 not yet"
    assert named(report, "claim_in_time").shown == "1 of 1"
    scene.pass_time(hours=2)  # and now the other is late, though nobody has it yet
    scene.do(StrikeClocks(job="clocks"))
    scene.do(ResolveMention(who=ana, reference=ByToken(over_night.token)))
    report = report_of(scene)
    assert named(report, "claim_in_time").shown == "1 of 2"
    assert named(report, "resolution_business").shown == "2 h 20 min, 1 not yet"
    assert named(report, "reply_business").shown == "1 not yet"  # what was resolved without one was closed without it
    assert scene.look(waits).owner_id is None


def test_where_nothing_is_promised_there_is_no_such_figure(database: Database) -> None:
    scene = Scene(database)
    scene.do(ClaimMention(who=scene.person("Ana"), reference=at(scene.arrive())))
    names = {one.name for _, one in report_of(scene).figures}
    assert "claim" in names
    assert not [one for one in names if one.endswith(("_business", "_in_time"))]
