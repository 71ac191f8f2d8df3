"""Rooms: what was told of a place is kept, what is not said is not forgotten, and a repeat writes nothing."""

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import text

from storage.channels import rooms
from storage.channels.rooms import RoomFacts
from storage.engine.database import Database
from storage.tables.states import RoomKind

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
CHANNEL = RoomFacts(
    platform="teams",
    external_id="19:finance@thread.tacv2",
    kind=RoomKind.CHANNEL,
    name="finance-care",
    parent="19:acme@thread.tacv2",
    tenant="t1",
    address="https://teams.example/emea/",
)
CHAT = RoomFacts(
    platform="teams",
    external_id="a:ana",
    kind=RoomKind.DIRECT,
    tenant="t1",
    address="https://teams.example/emea/",
    account="ana",
)


def learn(database: Database, facts: RoomFacts, **later: float) -> bool:
    return database.write(lambda session: rooms.learn(session, facts, NOW + timedelta(**later)))


def known(database: Database, external_id: str = CHANNEL.external_id) -> RoomFacts | None:
    return database.read(lambda session: rooms.get(session, "teams", external_id))


def learned_at(database: Database) -> Any:
    return database.read(lambda session: session.connection().execute(text("SELECT learned_at FROM room")).scalar())


def test_what_was_told_of_a_room_is_kept(database: Database) -> None:
    assert known(database) is None
    assert learn(database, CHANNEL)
    assert known(database) == CHANNEL


def test_a_repeat_that_says_nothing_new_writes_nothing(database: Database) -> None:
    learn(database, CHANNEL)
    before = learned_at(database)
    assert not learn(database, CHANNEL, hours=1)
    assert not learn(database, replace(CHANNEL, name="", parent="", tenant="", address=""), hours=2)
    assert learned_at(database) == before


def test_what_is_not_said_is_not_forgotten(database: Database) -> None:
    learn(database, CHANNEL)
    assert learn(database, replace(CHANNEL, name="", parent="", address="https://teams.example/amer/"))
    assert known(database) == replace(CHANNEL, address="https://teams.example/amer/")


def test_the_same_id_on_another_platform_is_another_room(database: Database) -> None:
    learn(database, CHANNEL)
    assert learn(database, replace(CHANNEL, platform="other", name="else"))
    assert known(database) == CHANNEL


def test_who_left_a_room_is_not_there_until_it_is_learned_again(database: Database) -> None:
    learn(database, CHANNEL)
    left = replace(CHANNEL, present=False)
    assert learn(database, left)
    assert not learn(database, left)
    assert known(database) == left
    assert learn(database, CHANNEL)
    assert known(database) == CHANNEL


def test_a_team_stays_a_team_when_its_own_channel_bears_its_id(database: Database) -> None:
    team = RoomFacts(platform="teams", external_id="19:acme@thread.tacv2", kind=RoomKind.TEAM, name="Acme")
    learn(database, team)
    assert not learn(database, replace(team, kind=RoomKind.CHANNEL, name=""))
    assert known(database, team.external_id) == team


def test_a_team_knows_its_channels(database: Database) -> None:
    learn(database, CHANNEL)
    learn(database, CHAT)
    assert database.read(lambda session: rooms.within(session, "teams", CHANNEL.parent)) == [CHANNEL]
    assert database.read(lambda session: rooms.of_platform(session, "teams")) == [CHANNEL, CHAT]


def test_the_chat_of_a_person_is_the_one_where_the_bot_is(database: Database) -> None:
    assert database.read(lambda session: rooms.direct(session, "teams", "ana")) is None
    learn(database, CHAT)
    learn(database, replace(CHAT, external_id="a:old", present=False), hours=1)
    assert database.read(lambda session: rooms.direct(session, "teams", "ana")) == CHAT


def test_any_room_serves_that_we_are_in_and_whose_address_we_know(database: Database) -> None:
    def anywhere(*tenants: str) -> RoomFacts | None:
        return database.read(lambda session: rooms.anywhere(session, "teams", tenants))

    learn(database, replace(CHANNEL, present=False))
    learn(database, replace(CHANNEL, external_id="19:b@thread.tacv2", address=""))
    assert anywhere() is None
    learn(database, CHAT)
    assert anywhere() == anywhere("t1") == CHAT
    assert anywhere("t2") is None


def test_many_who_learn_one_room_at_once_make_one_row(database: Database) -> None:
    news: list[bool] = []
    start = threading.Barrier(8)

    def hear() -> None:
        start.wait()
        news.append(learn(database, CHANNEL))

    threads = [threading.Thread(target=hear) for _ in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert news.count(True) == 1
    assert database.read(lambda session: rooms.of_platform(session, "teams")) == [CHANNEL]
