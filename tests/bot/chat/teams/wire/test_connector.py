"""What goes out to Teams: as it was made, to Teams alone, once; and what every refusal means to delivery."""

import asyncio
from typing import Any

import pytest

from bot.chat.base import (
    ContentRefused,
    DeliveryFailed,
    MessageGone,
    PersonGone,
    PlaceRefused,
    PlatformRefused,
    TryLater,
    Unclear,
)
from bot.chat.teams.wire.http import Line
from tests.bot.chat.teams.gateway import TeamsGateway, gateway, in_development, message, run
from tests.fakes.http import Reply, ScriptedServer
from tests.fakes.teams.server import APP_ID, TENANT

OTHER = "99999999-9999-9999-9999-999999999999"


def test_a_message_is_posted_changed_and_taken_away() -> None:
    async def test(house: TeamsGateway) -> None:
        posted = await house.wall.post(house.at(), message("first"))
        await house.wall.update(house.at(), posted, message("second"))
        (standing,) = house.teams.messages(house.room)
        assert (standing.id, standing.activity["summary"], standing.edits) == (posted, "second", 1)
        await house.wall.delete(house.at(), posted)
        assert house.teams.messages(house.room) == []

    run(test)


def test_an_activity_arrives_as_it_was_made_mentions_and_all() -> None:
    async def test(house: TeamsGateway) -> None:
        entity = {"type": "mention", "text": "<at>Ana</at>", "mentioned": {"id": house.teams.ana.id, "name": "Ana"}}
        made = message("hé") | {
            "text": "<at>Ana</at>",
            "entities": [entity],
            "channelData": {"notification": {"alert": True}},
        }
        await house.wall.post(house.at(), made)
        assert house.teams.messages(house.room)[0].activity == made

    run(test)


def test_a_post_begins_a_thread_of_its_own_unless_it_is_to_stand_in_one() -> None:
    async def test(house: TeamsGateway) -> None:
        thread = house.at(f"{house.room.id};messageid=17")
        await house.wall.post(thread, message())
        await house.wall.post(thread, message(), in_thread=True)
        assert [one.thread for one in house.teams.messages(house.room)] == ["", "17"]

    run(test)


@pytest.mark.parametrize(
    ("fault", "means"),
    [
        ({"status": 412, "code": "PreconditionFailed"}, TryLater),
        ({"status": 429}, TryLater),
        ({"status": 502}, TryLater),
        ({"status": 504}, TryLater),
        ({"status": 302}, TryLater),
        ({"status": 500}, Unclear),
        ({"status": 503}, Unclear),
        ({"status": 408}, Unclear),
        ({"cut": True}, Unclear),
        ({"status": 401, "times": 2}, PlatformRefused),
        ({"status": 403, "code": "BotNotInConversationRoster"}, PlaceRefused),
        ({"status": 404, "code": "UserNotFound"}, PersonGone),
        ({"status": 400, "code": "userNotFound"}, PersonGone),
        ({"status": 403, "code": "MessageWritesBlocked"}, PlaceRefused),
        ({"status": 404, "code": "ConversationNotFound"}, PlaceRefused),
        ({"status": 404}, PlaceRefused),
        ({"status": 409, "code": "Conflict"}, TryLater),
        ({"status": 504, "code": "ConversationNotFound"}, TryLater),
        ({"status": 403, "code": "BotDisabledByAdmin"}, PlaceRefused),
        ({"status": 403, "code": "InvalidBotApiHost"}, PlaceRefused),
        ({"status": 403, "code": "SomethingNew"}, PlaceRefused),
        ({"status": 410}, PlaceRefused),
        ({"status": 403, "code": "BotNotRegistered"}, PlatformRefused),
        ({"status": 400, "code": "BadArgument"}, ContentRefused),
        ({"status": 422, "code": "SomethingNew"}, ContentRefused),
        ({"status": 400, "code": "BadSyntax"}, ContentRefused),
        ({"status": 413, "code": "MessageSizeTooBig"}, ContentRefused),
    ],
)
def test_what_a_refused_post_means(fault: dict[str, Any], means: type[DeliveryFailed]) -> None:
    async def test(house: TeamsGateway) -> None:
        house.teams.fault("POST activities", **fault)
        with pytest.raises(means) as caught:
            await house.wall.post(house.at(), message())
        assert type(caught.value) is means
        assert fault.get("code", "") in caught.value.reason
        assert house.teams.messages(house.room) == []

    run(test)


@pytest.mark.parametrize(
    ("fault", "means"),
    [
        ({"status": 404, "code": "ActivityNotFoundInConversation"}, MessageGone),
        ({"status": 404}, MessageGone),
        ({"status": 404, "code": "SomethingNew"}, MessageGone),
        ({"status": 413, "code": "MessageSizeTooBig"}, ContentRefused),
        ({"status": 412, "code": "PreconditionFailed"}, TryLater),
        ({"status": 403, "code": "EditingDisabled"}, MessageGone),
        ({"status": 404, "code": "ConversationNotFound"}, PlaceRefused),
        ({"status": 403, "code": "BotNotInConversationRoster"}, PlaceRefused),
        ({"status": 404, "code": "UserNotFound"}, PersonGone),
        ({"status": 400, "code": "userNotFound"}, PersonGone),
        ({"status": 429}, TryLater),
        ({"status": 500}, Unclear),
    ],
)
def test_what_a_refused_update_means(fault: dict[str, Any], means: type[DeliveryFailed]) -> None:
    async def test(house: TeamsGateway) -> None:
        posted = await house.wall.post(house.at(), message())
        house.teams.fault("PUT activities", **fault)
        with pytest.raises(means) as caught:
            await house.wall.update(house.at(), posted, message("changed"))
        assert type(caught.value) is means

    run(test)


def test_what_teams_asks_us_to_wait_is_handed_on() -> None:
    async def test(house: TeamsGateway) -> None:
        house.teams.fault("POST activities", status=429, retry_after=17)
        with pytest.raises(TryLater) as caught:
            await house.wall.post(house.at(), message())
        assert caught.value.retry_after == 17

    run(test)


def test_nothing_is_sent_again_by_itself() -> None:
    async def test(house: TeamsGateway) -> None:
        for fault in ({"cut": True, "accepted": True}, {"status": 500, "accepted": True}):
            house.teams.fault("POST activities", **fault)
            with pytest.raises(Unclear):
                await house.wall.post(house.at(), message())
        assert house.teams.count("POST activities") == len(house.teams.messages(house.room)) == 2

    run(test)


def test_who_does_not_answer_in_time_may_have_heard_us() -> None:
    async def test(house: TeamsGateway) -> None:
        house.teams.fault("keys", hang=5.0)
        line = Line()
        with pytest.raises(Unclear):
            await line.send("GET", f"{house.teams.base_url}/v1/.well-known/keys", seconds=0.3)
        await line.close()

    run(test)


def test_our_token_does_not_follow_to_where_somebody_sends_it_on_to() -> None:
    async def test() -> None:
        async with ScriptedServer() as there, ScriptedServer() as here:
            here.on("/teams", Reply(302, {"Location": there.url("/elsewhere")}))
            line = Line()
            heard = await line.send("GET", here.url("/teams"), headers={"Authorization": "Bearer ours"})
            await line.close()
            assert (heard.status, there.requests) == (302, [])

    asyncio.run(test())


def test_who_cannot_be_reached_was_sent_nothing() -> None:
    async def test() -> None:
        async with gateway() as house:
            await house.wall.warm()
            dead = house.at(service_url="http://127.0.0.1:9/teams/")
            with pytest.raises(TryLater):
                await house.wall.post(dead, message())

    asyncio.run(test())


@pytest.mark.parametrize(
    "changes",
    [
        {"service_url": "https://evil.example/"},
        {"service_url": "http://evil.example/teams/"},
        {"service_url": ""},
        {"tenant": OTHER},
        {"tenant": ""},
    ],
)
def test_nothing_goes_to_another_address_or_tenant_whoever_says_so(changes: dict[str, str]) -> None:
    async def test(house: TeamsGateway) -> None:
        place, ana = house.at(**changes), house.teams.ana.id
        for work in (
            house.wall.post(place, message()),
            house.wall.update(place, "18", message()),
            house.wall.delete(place, "18"),
            house.wall.members(place),
            house.wall.member(place, ana),
            house.wall.converse(place.service_url, place.tenant, ana),
        ):
            with pytest.raises(PlaceRefused):
                await work
        assert house.teams.asked == []

    run(test)


def test_an_id_with_signs_in_it_stays_where_it_belongs() -> None:
    async def test(house: TeamsGateway) -> None:
        await house.wall.warm()
        for strange in ("../../v3/conversations", "19:a/b?c#d%2F", "a\r\nHost: evil.example"):
            with pytest.raises(DeliveryFailed):
                await house.wall.post(house.at(strange), message())
        asked = [one.path for one in house.teams.asked if one.what == "POST activities"]
        assert all(path.startswith("/teams/v3/conversations/") for path in asked)
        assert house.teams.messages(house.room) == []

    run(test)


def test_everybody_in_a_conversation_is_told_of_however_many_pages_it_takes() -> None:
    async def test(house: TeamsGateway) -> None:
        guest = house.teams.person("gil", "Gil", role="guest")
        many = [house.teams.person(f"p{number}", f"Person {number}") for number in range(1_100)]
        room = house.teams.channel("19:all@thread.tacv2", house.teams.ana, guest, *many)
        found = await house.wall.members(house.at(room.id))
        assert len(found) == 1_102
        assert (found[0].aad, found[0].email, found[0].role) == (house.teams.ana.aad, "ana@acme.example", "user")
        assert found[1].role == "guest"
        assert house.teams.count("GET pagedmembers") == 3

    run(test)


def test_one_member_is_told_of_and_a_stranger_is_none() -> None:
    async def test(house: TeamsGateway) -> None:
        assert (await house.wall.member(house.at(), house.teams.ben.aad)).name == "Ben Weiss"
        with pytest.raises(MessageGone):
            await house.wall.member(house.at(), "29:nobody")

    run(test)


def test_a_person_is_spoken_to_in_a_conversation_of_their_own() -> None:
    async def test(house: TeamsGateway) -> None:
        address = house.teams.build.service_url
        chat = await house.wall.converse(address, TENANT, house.teams.ana.aad)
        await house.wall.post(chat, message("for you alone"))
        assert house.teams.messages(house.teams.memory.rooms[chat.id].room)[0].activity["summary"] == "for you alone"
        asked = next(one for one in house.teams.asked if one.what == "POST conversations")
        assert asked.body["bot"] == {"id": f"28:{APP_ID}"}
        with pytest.raises(PlaceRefused):
            await house.wall.converse(address, TENANT, "29:nobody")

    run(test)


def test_there_is_one_connector_an_address_and_no_more_than_sixteen() -> None:
    async def test(house: TeamsGateway) -> None:
        address = house.teams.build.service_url
        await asyncio.gather(*(house.teams.send(house.press()) for _ in range(5)))
        for spelled in (address, address.rstrip("/")):
            await house.wall.post(house.at(service_url=spelled), message())
        assert house.adapter.connectors.addresses == (address.rstrip("/"),)
        for number in range(40):
            await house.adapter.connectors.create(f"{house.teams.base_url}/other-{number}")
        assert len(house.adapter.connectors.addresses) == 16

    run(test)


def test_in_development_no_token_is_sent() -> None:
    async def test(house: TeamsGateway) -> None:
        with pytest.raises(PlatformRefused):  # the fake asks for one; the simulator does not
            await house.wall.post(house.at(), message())
        assert [one.what for one in house.teams.asked] == ["POST activities"]
        assert "Authorization" not in house.teams.asked[0].headers

    run(test, settings=in_development)
