"""`dibs check` says of Teams what is so and how to mend it, over HTTP with a Microsoft on loopback."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from bot.chat.backend import Backend
from bot.chat.base import Finding
from bot.chat.teams.checks import check_address, check_homes, check_people, check_teams, check_token
from bot.chat.teams.rooms import Rooms
from bot.chat.teams.settings import GOVERNMENT, PUBLIC, TeamsSettings
from bot.chat.teams.wire.activity import read_incoming
from bot.runtime.async_database import AsyncDatabase
from bot.runtime.clock import Clock
from bot.runtime.ids import Ids
from handlers.base.organisation import Organisation
from tests.bot.chat.teams.gateway import TeamsGateway, gateway
from tests.fakes.teams.activities import Json
from tests.fakes.teams.server import APP_ID, PASSWORD, TENANT, FakeTeams
from tests.harness.scene import ORGANISATION, Scene

TEAM, CARE, OTHER = "19:care@thread.tacv2", "19:finance@thread.tacv2", "19:other@thread.tacv2"
URL = "https://dibs.acme.example"
SETTINGS = TeamsSettings(app_id=APP_ID, password=PASSWORD, tenant=TENANT)
Look = Callable[[TeamsGateway, Rooms], Awaitable[list[Finding]]]


def organisation(**homes: str) -> Organisation:
    """Return the scene's organisation with these homes in Teams, and those in Slack that it has."""
    return replace(
        ORGANISATION,
        departments=tuple(
            replace(one, homes={**one.homes, **({"teams": homes[one.key]} if one.key in homes else {})})
            for one in ORGANISATION.departments
        ),
    )


def look(scene: Scene, work: Look, *told: Callable[[FakeTeams], Json], **options: Any) -> list[Finding]:
    """Return what ``work`` finds after Teams has told of what happened, an activity each."""

    async def inside() -> list[Finding]:
        async with gateway(**options) as house:
            office = Backend(
                database=AsyncDatabase(scene.database),
                dispatcher=scene.dispatcher,
                clock=Clock(lambda: scene.now),
                ids=Ids(),
            )
            rooms = Rooms(office, house.wall, house.teams.settings())
            for one in told:
                await rooms.hear(read_incoming(one(house.teams)))
            return await work(house, rooms)

    return asyncio.run(inside())


def installed(action: str = "add") -> Callable[[FakeTeams], Json]:
    """Return the update of an installation in the team Care, which has the channels General and Finance."""

    def update(teams: FakeTeams) -> Json:
        room = teams.channel(TEAM)
        teams.channel(CARE, team=TEAM, name="Finance")
        return teams.build.install(teams.ana, room, action)

    return update


def homes(**written: str) -> Look:
    return lambda house, rooms: check_homes(house.wall, rooms, organisation(**written))


def only(findings: list[Finding]) -> Finding:
    (finding,) = findings
    return finding


def test_a_home_is_well_when_its_team_says_that_it_has_the_channel(scene: Scene) -> None:
    support, finance = look(scene, homes(support=TEAM, finance=CARE), installed())
    assert [(one.ok, one.mend) for one in (support, finance)] == [(True, ""), (True, "")]
    assert "Customer support" in support.subject
    assert "General" in support.sentence
    assert "Finance" in finance.sentence


def test_a_channel_of_no_team_where_the_bot_is_is_told_with_how_to_mend_it(scene: Scene) -> None:
    _, finding = look(scene, homes(support=TEAM, finance=OTHER), installed())
    assert not finding.ok
    assert OTHER in finding.sentence
    assert "Add the app to that team" in finding.mend


def test_before_teams_has_told_of_anything_it_says_what_to_do(scene: Scene) -> None:
    finding, _ = look(scene, homes(support=TEAM))
    assert not finding.ok
    assert "not told" in finding.sentence
    assert "dibs run" in finding.mend


def test_a_home_where_the_app_was_removed_is_told(scene: Scene) -> None:
    finding, _ = look(scene, homes(support=TEAM), installed(), installed("remove"))
    assert not finding.ok
    assert "removed" in finding.sentence
    assert finding.mend


def test_a_team_that_cannot_be_asked_now_is_a_warning_and_no_failure(scene: Scene) -> None:
    async def work(house: TeamsGateway, rooms: Rooms) -> list[Finding]:
        house.teams.fault("GET conversations", status=503, times=9)
        return await check_homes(house.wall, rooms, organisation(support=TEAM, finance=TEAM))

    findings = look(scene, work, installed())
    assert [(one.ok, one.mend) for one in findings] == [(True, "Try again.")] * 2
    assert "503" in findings[0].sentence


def test_departments_without_a_home_in_teams_are_named_and_only_homeless_ones_to_mend(scene: Scene) -> None:
    *_, elsewhere = look(scene, homes(support=TEAM), installed())
    assert (elsewhere.ok, elsewhere.mend) == (True, "")
    assert "Finance" in elsewhere.sentence

    async def work(house: TeamsGateway, rooms: Rooms) -> list[Finding]:
        support, finance = organisation(support=TEAM).departments
        homeless = replace(ORGANISATION, departments=(support, replace(finance, homes={})))
        return await check_homes(house.wall, rooms, homeless)

    assert "Finance" in look(scene, work, installed())[-1].mend


def test_without_any_home_no_card_will_stand_and_that_is_said(scene: Scene) -> None:
    finding = only(look(scene, homes(), installed()))
    assert finding.ok
    assert "dibs.toml" in finding.mend


def test_people_without_an_address_are_counted(scene: Scene) -> None:
    def work(house: TeamsGateway, rooms: Rooms) -> Awaitable[list[Finding]]:
        return check_people(house.wall, rooms)

    well = only(look(scene, work, installed()))
    assert (well.ok, well.mend) == (True, "")
    assert "2 people in 1 team," in well.sentence

    def with_kim(teams: FakeTeams) -> Json:
        kim = teams.person("kim", "Kim")
        teams.memory.people[kim.id] = replace(kim, email="")
        return installed()(teams)

    warned = only(look(scene, work, with_kim))
    assert warned.ok
    assert warned.mend
    assert "3 people" in warned.sentence
    assert "of 1 Teams tells no e-mail address" in warned.sentence


def test_people_of_no_team_are_nobody(scene: Scene) -> None:
    finding = only(look(scene, lambda house, rooms: check_people(house.wall, rooms)))
    assert not finding.ok
    assert finding.mend


def test_a_token_proves_that_id_password_and_tenant_belong_together(scene: Scene) -> None:
    finding = only(look(scene, lambda house, rooms: check_token(house.wall, house.teams.settings())))
    assert finding.ok
    assert APP_ID in finding.sentence
    assert TENANT in finding.sentence
    assert PASSWORD not in repr(finding)


def test_a_wrong_password_is_told_and_then_nothing_else_is_asked(scene: Scene) -> None:
    async def work(house: TeamsGateway, rooms: Rooms) -> list[Finding]:
        house.teams.password = "another"
        found = await check_teams(house.wall, rooms, house.teams.settings(), organisation(support=TEAM), URL)
        assert house.teams.count("GET conversations") == house.teams.count("GET pagedmembers") == 0
        return found

    findings = look(scene, work, installed())
    assert (findings[-1].subject, findings[-1].ok) == ("Teams token", False)
    assert "invalid_client" in findings[-1].sentence
    assert "client secret" in findings[-1].mend
    assert PASSWORD not in repr(findings)


def test_everything_is_looked_at_when_all_is_well(scene: Scene) -> None:
    def work(house: TeamsGateway, rooms: Rooms) -> Awaitable[list[Finding]]:
        chosen = organisation(support=TEAM, finance=CARE)
        return check_teams(house.wall, rooms, house.teams.settings(), chosen, URL)

    findings = look(scene, work, installed())
    assert all(one.ok for one in findings)
    assert {one.subject for one in findings} >= {"Teams address", "Teams token", "Teams people"}


@pytest.mark.parametrize("url", ["", "http://dibs.acme.example"])
def test_an_address_that_teams_does_not_reach_is_told(url: str) -> None:
    finding = only(check_address(replace(SETTINGS, cloud=PUBLIC), url))
    assert not finding.ok
    assert "https" in finding.sentence
    assert "/api/messages" in finding.mend


def test_what_has_to_stand_in_azure_is_said() -> None:
    for cloud in (PUBLIC, GOVERNMENT):
        finding = only(check_address(replace(SETTINGS, cloud=cloud), URL))
        assert finding.ok
        assert f"{URL}/api/messages" in finding.sentence


def test_development_is_said_aloud() -> None:
    settings = replace(SETTINGS, app_id="", development=True)
    finding = only(check_address(settings, ""))
    assert finding.ok
    assert "no token is asked for" in finding.sentence
    assert "TEAMS_DEVELOPMENT" in finding.mend
