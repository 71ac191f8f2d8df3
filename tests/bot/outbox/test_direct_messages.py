"""Direct messages to who is gone are dropped, for nobody can mend that; a channel that is gone stays a trouble."""

from dataclasses import replace
from functools import partial

import pytest
from sqlmodel import Session

from bot.chat.base import PersonGone, PlaceRefused, TryLater
from handlers.base.cards import Notice
from handlers.base.command import ByToken, Who
from handlers.channels.notify import begin_incident, send_direct
from handlers.draw.board import read_troubles
from handlers.own.claim import ClaimMention
from handlers.own.note import NoteMention
from handlers.own.take_over import TakeOverMention
from handlers.people import operators
from handlers.people.accounts import Account, learn_account
from storage.channels import lanes, messages
from storage.people import people
from storage.tables.states import IdentityKind, LaneState
from storage.work import incidents
from tests.bot.outbox.test_delivery import DeliveryInstallation
from tests.harness.scene import Scene

BEN = Account(platform="slack", workspace="T1", external_id="UBEN", name="Ben", email="ben@acme.example")
TEAMS = replace(BEN, platform="teams", workspace="tenant", external_id="aad-ben")
GONE = PersonGone("Slack answered user_disabled to conversations.open.")
ELSE = PlaceRefused("Slack answered channel_not_found to chat.postMessage.")


@pytest.fixture
def delivered(scene: Scene) -> DeliveryInstallation:
    tell(scene, BEN)
    return DeliveryInstallation(scene)


def tell(scene: Scene, *accounts: Account) -> None:
    for one in accounts:
        scene.database.write(partial(learn_account, account=one, now=scene.now))


def say(scene: Scene, key: str = "one") -> None:
    """Let something be said to Ben."""

    def work(session: Session) -> None:
        person = people.by_email(session, "ben@acme.example")
        assert person is not None
        send_direct(session, person.id, key, Notice(title="Hello", text="Hello"), scene.now)

    scene.database.write(work)


def lane_states(scene: Scene) -> dict[str, str]:
    return {one.channel: one.state for one in scene.database.read(messages.lanes) if one.channel.startswith("@")}


def is_well(delivered: DeliveryInstallation) -> bool:
    """Say whether nothing waits, no direct lane is parked and the board tells of no trouble."""
    database = delivered.scene.database
    quiet = LaneState.PARKED not in lane_states(delivered.scene).values() and not database.read(read_troubles)
    return quiet and delivered.all_shown()


def test_what_the_platform_refuses_because_the_person_is_gone_is_dropped(delivered: DeliveryInstallation) -> None:
    scene = delivered.scene
    for key in ("one", "two", "three"):
        say(scene, key)
    delivered.messenger.dead["@UBEN"] = GONE
    delivered.work()
    assert is_well(delivered)
    assert delivered.messenger.sends.count("post one:slack:UBEN") == 1
    assert len(delivered.messenger.sends) <= 3
    del delivered.messenger.dead["@UBEN"]
    say(scene, "four")  # whoever comes back is written to again
    delivered.work()
    assert [one.key for one in delivered.messenger.channels["@UBEN"]] == ["four:slack:UBEN"]


@pytest.mark.parametrize("why", ["told by the platform", "switched off"])
def test_what_may_have_been_sent_before_is_dropped_too(delivered: DeliveryInstallation, why: str) -> None:
    scene = delivered.scene
    say(scene)
    row = scene.database.read(lambda session: messages.by_key(session, "one:slack:UBEN"))
    assert row is not None
    scene.database.write(lambda session: lanes.mark_sending(session, [row.id], delivered.clock.now()))
    delivered.wait(seconds=9)
    delivered.messenger.blind = GONE if why.startswith("told") else ELSE
    if why == "switched off":
        off(scene)
    delivered.work()
    assert is_well(delivered)


def off(scene: Scene) -> None:
    def work(session: Session) -> None:
        operators.switch(session, operators.find_anybody(session, "ben@acme.example"), scene.now, on=False)

    scene.database.write(work)


@pytest.mark.parametrize("way", ["deactivated", "stranger", "switched off"])
def test_what_waits_is_dropped_when_they_go_and_nothing_is_said_to_them_after(
    delivered: DeliveryInstallation, way: str
) -> None:
    scene = delivered.scene
    say(scene)
    if way == "switched off":
        off(scene)
    else:
        kind = IdentityKind.OUTSIDER if way == "stranger" else IdentityKind.MEMBER
        tell(scene, replace(BEN, kind=kind, active=False))
    say(scene, "two")
    delivered.work()
    assert delivered.messenger.sends == []
    assert is_well(delivered)


def test_what_one_platform_ended_is_said_on_the_other(delivered: DeliveryInstallation) -> None:
    scene = delivered.scene
    tell(scene, TEAMS, replace(BEN, active=False))
    say(scene)
    waiting = scene.database.read(messages.backlogs)
    assert list(lane_states(scene)) == ["@aad-ben"]
    assert [one.depth for one in waiting] == [1]


@pytest.mark.parametrize("acted", ["slack", "teams", "nowhere"])
def test_a_person_is_told_on_the_platform_on_which_they_acted_last(delivered: DeliveryInstallation, acted: str) -> None:
    scene = delivered.scene
    tell(scene, TEAMS)
    mention = scene.arrive()
    accounts = {"slack": scene.who("UBEN"), "teams": Who(platform="teams", workspace="tenant", external_id="aad-ben")}
    if acted != "nowhere":  # on the other one before
        for who in sorted(accounts.values(), key=lambda one: one.platform == acted):
            assert scene.do(NoteMention(who=who, reference=ByToken(mention.token), text="Seen.")).ok
    say(scene)
    assert list(lane_states(scene)) == ["@aad-ben" if acted == "teams" else "@UBEN"]  # their department is on Slack


def test_an_admin_hears_of_a_trouble_wherever_they_can_be_reached(delivered: DeliveryInstallation) -> None:
    scene = delivered.scene
    tell(scene, replace(BEN, external_id="UANA", email="ana@acme.example"))
    tell(scene, replace(TEAMS, external_id="aad-ana", email="ana@acme.example"))
    subject = incidents.lane("slack", "", "C-FINANCE")
    scene.database.write(lambda session: begin_incident(session, scene.organisation, subject, "It is gone.", scene.now))
    assert sorted(lane_states(scene)) == ["@UANA", "@aad-ana"]


def test_who_is_gone_is_not_told_that_what_they_had_was_taken_over(delivered: DeliveryInstallation) -> None:
    scene = delivered.scene
    ana, mention = scene.person("Ana"), scene.arrive()
    scene.do(ClaimMention(who=scene.who("UBEN"), reference=ByToken(mention.token)))
    tell(scene, replace(BEN, active=False))
    said = scene.do(TakeOverMention(who=ana, reference=ByToken(mention.token), reason="Ben left."))
    assert said.text == f"#{mention.token} is yours now. Ben is not here any more."
    delivered.messenger.dead["@UBEN"] = GONE
    delivered.work()
    assert is_well(delivered)


@pytest.mark.parametrize("known", [False, True], ids=["the platform says so", "we know it"])
def test_a_lane_that_was_parked_before_is_let_go_when_it_is_tried_again(
    delivered: DeliveryInstallation, known: bool
) -> None:
    scene = delivered.scene
    say(scene)
    delivered.messenger.dead["@UBEN"] = ELSE
    delivered.work(until=lambda: lane_states(scene).get("@UBEN") == LaneState.PARKED)
    if known:
        scene.database.write(lambda session: _left_long_ago(session, scene))
    else:
        delivered.messenger.dead["@UBEN"] = GONE
    delivered.wait(seconds=130)
    delivered.work(until=lambda: lane_states(scene)["@UBEN"] == LaneState.OPEN)
    assert is_well(delivered)


def _left_long_ago(session: Session, scene: Scene) -> None:
    person = people.by_email(session, "ben@acme.example")
    assert person is not None
    people.keep_person(session, replace(person, active=False, left_at=scene.now))


@pytest.mark.parametrize("failure", [ELSE, GONE])
def test_a_channel_that_is_gone_stays_a_trouble(delivered: DeliveryInstallation, failure: PlaceRefused) -> None:
    scene = delivered.scene
    scene.arrive()
    delivered.messenger.dead["C-FINANCE"] = failure
    delivered.work(until=lambda: bool(scene.database.read(read_troubles)))
    lane = scene.database.read(lambda session: messages.lane_of(session, "slack", "C-FINANCE"))
    assert lane is not None
    assert lane.state == LaneState.PARKED


def test_somebody_who_is_here_and_cannot_be_reached_is_waited_for(delivered: DeliveryInstallation) -> None:
    scene = delivered.scene
    say(scene)
    delivered.messenger.dead["@UBEN"] = ELSE
    delivered.work(until=lambda: lane_states(scene).get("@UBEN") == LaneState.PARKED)
    delivered.messenger.dead["@UBEN"] = TryLater("Slack cannot be reached.")
    delivered.wait(seconds=130)
    del delivered.messenger.dead["@UBEN"]
    delivered.wait(seconds=130)
    delivered.work()
    assert [one.key for one in delivered.messenger.channels["@UBEN"]] == ["one:slack:UBEN"]
