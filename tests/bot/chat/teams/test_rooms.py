"""Where the bot may speak: what Teams tells with installations, and what becomes of lanes when it may no longer."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from bot.chat.base import PlaceRefused, TryLater
from bot.chat.teams.rooms import DELETED, LEFT, UNINSTALLED, UNKNOWN
from bot.chat.teams.wire.connector import Conversation
from storage.channels import rooms
from storage.channels.rooms import RoomFacts
from storage.engine.database import Database
from tests.bot.chat.teams.installation import FINANCE, TEAM, TENANT, TeamsInstallation, installation, said, words
from tests.fakes.teams.activities import Json, Room


@pytest.fixture
def home(database: Database) -> Iterator[TeamsInstallation]:
    """A house with Teams in it, on SQLite and on PostgreSQL."""
    with installation(database) as built:
        yield built


@pytest.fixture
def bare(database: Database) -> Iterator[TeamsInstallation]:
    """A house of which Teams has told nothing."""
    with installation(database, install=False) as built:
        yield built


def kept(home: TeamsInstallation, room: str) -> RoomFacts | None:
    return home.read(lambda session: rooms.get(session, "teams", room))


def place(home: TeamsInstallation, lane: str) -> Conversation:
    return home.do(home.platform._rooms.conversation(lane))


def tell(home: TeamsInstallation, event: str, room: Room, **fields: Json) -> None:
    """Send a conversationUpdate."""
    update = home.teams.build.update(home.teams.ana, room, event)
    for name, value in fields.items():
        update["channelData"][name] = update["channelData"].get(name, {}) | value
    assert home.send(update) == (200, None)


# --- what is learned -------------------------------------------------------------------------------------------------


def test_an_installation_tells_where_the_team_is(home: TeamsInstallation) -> None:
    team = kept(home, TEAM)
    assert team is not None
    assert (team.kind, team.present, team.tenant) == ("team", True, TENANT)
    assert place(home, TEAM) == Conversation(service_url=home.teams.build.service_url, id=TEAM, tenant=TENANT)


def test_a_channel_that_was_never_heard_of_is_tried_where_any_room_of_ours_is(home: TeamsInstallation) -> None:
    other = "19:else@thread.tacv2"
    assert place(home, other) == Conversation(service_url=home.teams.build.service_url, id=other, tenant=TENANT)


def test_nothing_is_said_before_teams_told_where_it_is(bare: TeamsInstallation) -> None:
    for lane in (FINANCE, f"@{bare.teams.ana.aad}"):
        with pytest.raises(TryLater, match=UNKNOWN.split(":", maxsplit=1)[0]):
            place(bare, lane)


def test_a_card_that_waited_is_posted_when_the_bot_is_installed(bare: TeamsInstallation) -> None:
    row = bare.scene.arrive()
    bare.install(bare.support)
    bare.stands(row)


def test_the_channels_of_a_team_are_known_with_its_installation(home: TeamsInstallation) -> None:
    found = kept(home, FINANCE)
    assert found is not None
    assert (found.kind, found.name, found.parent, found.present) == ("channel", "finance-care", TEAM, True)
    team = kept(home, TEAM)
    assert team is not None
    assert team.kind == "team"


def test_channels_that_cannot_be_listed_stay_as_they_were(home: TeamsInstallation) -> None:
    before = home.read(lambda session: rooms.of_platform(session, "teams"))
    home.teams.fault("GET conversations", status=503)
    home.do(home.platform.refresh())
    assert home.read(lambda session: rooms.of_platform(session, "teams")) == before


def test_a_channel_is_called_what_teams_calls_it(home: TeamsInstallation) -> None:
    tell(home, "channelRenamed", home.finance, channel={"name": "finance"})
    found = kept(home, FINANCE)
    assert found is not None
    assert (found.kind, found.name, found.parent) == ("channel", "finance", TEAM)


def test_a_team_is_called_what_teams_calls_it(home: TeamsInstallation) -> None:
    tell(home, "teamRenamed", home.support, team={"name": "Acme care"})
    found = kept(home, TEAM)
    assert found is not None
    assert found.name == "Acme care"


def test_whatever_is_said_in_a_team_tells_that_the_bot_is_there(bare: TeamsInstallation) -> None:
    bare.say(bare.teams.ana, bare.finance, "help")
    bare.settle()
    team = kept(bare, TEAM)
    assert team is not None
    assert team.present
    assert place(bare, FINANCE).service_url == bare.teams.build.service_url


def test_after_a_removal_whatever_is_said_tells_that_the_bot_is_back(home: TeamsInstallation) -> None:
    home.say(home.teams.ana, home.finance, "help")
    home.install(home.support, "remove")
    assert not home.do(home.platform._rooms.teams())
    home.say(home.teams.ana, home.finance, "help")
    assert [one.id for one in home.do(home.platform._rooms.teams())] == [TEAM]


def test_another_address_is_where_the_next_card_goes(home: TeamsInstallation) -> None:
    row = home.arrive()
    home.teams.build.service_url = home.teams.build.service_url.rstrip("/")
    home.press(home.teams.ana, row, "claim")
    found = kept(home, FINANCE)
    assert found is not None
    assert found.address == home.teams.build.service_url


def test_a_gesture_where_nothing_is_new_writes_no_room(home: TeamsInstallation) -> None:
    row = home.arrive()
    home.press(home.teams.ana, row, "claim")
    before = home.read(lambda session: rooms.of_platform(session, "teams"))
    heard = dict(home.platform._rooms._heard)
    home.press(home.teams.ana, row, "release")
    assert home.platform._rooms._heard == heard
    assert home.read(lambda session: rooms.of_platform(session, "teams")) == before


# --- chats -----------------------------------------------------------------------------------------------------------


def test_somebodys_chat_is_opened_once_and_kept(home: TeamsInstallation) -> None:
    lane = f"@{home.teams.ana.aad}"
    first = place(home, lane)
    assert place(home, lane) == first
    assert home.teams.count("POST conversations") == 1


def test_who_removed_the_bot_from_their_chat_is_not_written_to_until_they_add_it(home: TeamsInstallation) -> None:
    lane, chat = f"@{home.teams.ana.aad}", home.chat(home.teams.ana)
    home.install(chat)
    assert place(home, lane).id == chat.id
    home.install(chat, "remove")
    with pytest.raises(PlaceRefused, match=LEFT):
        place(home, lane)
    home.say(home.teams.ana, chat, "help")
    assert place(home, lane).id == chat.id


def test_the_bot_says_once_what_a_card_is(home: TeamsInstallation) -> None:
    home.answered(home.support, "A card in this channel is")
    home.install(home.support, "add-upgrade")
    chat = home.chat(home.teams.ana)
    home.install(chat)
    home.told(home.teams.ana, "Type help")
    home.settle()
    hello = [one for one in home.teams.messages(home.support) if "Hello, I am Dibs." in words(one)]
    assert len(hello) == 1


# --- removal ---------------------------------------------------------------------------------------------------------


def elsewhere(home: TeamsInstallation) -> Room:
    """Return a team of its own for finance, so that removing the bot there leaves support alone."""
    other = Room(FINANCE, team=FINANCE)
    home.install(other)
    home.settle()
    return other


def test_removing_the_bot_parks_the_lane_and_its_cards_stand_in_the_fallback_home(home: TeamsInstallation) -> None:
    team, row = elsewhere(home), home.arrive()
    home.press(home.teams.ana, row, "claim")
    home.install(team, "remove")
    lane = home.lane(FINANCE)
    assert (lane.state, lane.trouble) == ("parked", UNINSTALLED)
    assert home.stands(row, home.support)
    home.shows(row, "Shown here because the channel of Finance cannot be reached.", home.support)
    assert home.owner(row) == "Ana Lopez"
    with pytest.raises(PlaceRefused, match="was removed from this team"):
        place(home, FINANCE)


def test_a_claim_in_the_fallback_home_counts_meanwhile(home: TeamsInstallation) -> None:
    team, row = elsewhere(home), home.arrive()
    home.install(team, "remove")
    spare = home.stands(row, home.support)
    data = {"ref": f"{row.token}.{home.scene.look(row).version}"}
    _, body = home.send(home.teams.build.press(home.teams.ben, home.support, spare.id, "dibs:claim", data))
    assert "Ben Weiss has it." in said(body)


def test_installing_again_brings_the_cards_home(home: TeamsInstallation) -> None:
    team, row = elsewhere(home), home.arrive()
    home.install(team, "remove")
    home.shows(row, "cannot be reached", home.support)
    home.install(team)
    home.wait_for(lambda: home.lane(FINANCE).state == "open")
    home.shows(row, "Moved to Finance.", home.support)
    home.press(home.teams.ana, row, "claim")
    home.shows(row, "Ana Lopez has it.")


def test_removing_a_team_parks_the_channels_that_it_has(home: TeamsInstallation) -> None:
    row = home.arrive()
    home.install(home.support, "remove")
    assert home.lane(FINANCE).state == "parked"
    assert home.scene.log(row) == ["arrived"]


def test_a_channel_that_was_deleted_is_parked_until_it_is_restored(home: TeamsInstallation) -> None:
    row = home.arrive()
    tell(home, "channelDeleted", home.finance)
    assert (home.lane(FINANCE).state, home.lane(FINANCE).trouble) == ("parked", DELETED)
    home.stands(row, home.support)
    tell(home, "channelRestored", home.finance)
    home.wait_for(lambda: home.lane(FINANCE).state == "open")


def test_the_admins_are_told_which_channel_it_is_by_its_name(database: Database) -> None:
    with installation(database, changes={"admins": ("ben@acme.example",)}) as home:
        team = elsewhere(home)
        tell(home, "channelRenamed", home.finance, channel={"name": "finance-care"})
        home.arrive()
        home.install(team, "remove")
        told = home.told(home.teams.ben, "cannot be reached")
        assert "The channel finance-care on teams" in told
        assert "Add it there again" in told


def test_health_names_the_homes_where_the_bot_is_not(home: TeamsInstallation) -> None:
    home.wait_for(lambda: home.platform.health().ok)
    home.install(elsewhere(home), "remove")
    home.do(home.platform._look())
    health = home.platform.health()
    assert not health.ok
    assert UNINSTALLED in health.why


def test_a_room_of_another_tenant_is_not_used(home: TeamsInstallation) -> None:
    team = kept(home, TEAM)
    assert team is not None
    other = replace(team, external_id="19:other@thread.tacv2", tenant="99999999-9999-4999-8999-999999999999")
    home.scene.database.write(lambda session: rooms.learn(session, other, home.scene.now))
    assert place(home, "19:unheard@thread.tacv2").tenant == TENANT
