"""The platform as a whole: it starts whatever Slack does, hears again after a deaf socket, and says how it is."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.chat.slack.manifest import manifest, render
from bot.chat.slack.scopes import EVENTS, SCOPES
from bot.outbox import delivery
from handlers.channels.placement import standing_still
from storage.work import incidents
from tests.bot.chat.slack.installation import FINANCE, SlackInstallation, installation
from tests.fakes.slack.server import FakeSlack

# https://docs.slack.dev/reference/scopes and /reference/events: the schema takes misspelled ones, so they stand here.
KNOWN_SCOPES = {
    "channels:history",
    "channels:join",
    "channels:read",
    "chat:write",
    "commands",
    "groups:history",
    "groups:read",
    "im:history",
    "im:write",
    "reactions:read",
    "usergroups:read",
    "users:read",
    "users:read.email",
}
KNOWN_EVENTS = {
    "app_home_opened",
    "member_joined_channel",
    "reaction_added",
    "reaction_removed",
    "subteam_created",
    "subteam_members_changed",
    "subteam_updated",
    "team_join",
    "user_change",
}


def test_it_joins_its_public_homes(tmp_path: Path) -> None:
    with installation(tmp_path) as home:
        assert "U0DIBS" in home.finance.members
        assert home.platform.health().ok


def test_a_private_home_without_us_is_said_and_stops_nothing(tmp_path: Path) -> None:
    def prepare(slack: FakeSlack) -> None:
        slack.workspace.channels[FINANCE].is_private = True

    with installation(tmp_path, prepare_slack=prepare) as home:
        health = home.platform.health()
        assert not health.ok
        assert "#finance-care" in health.why
        found = [one for one in home.do(home.platform.check()) if "finance-care" in one.subject]
        assert [one.ok for one in found] == [False]
        assert "invite" in found[0].mend
        row = home.scene.arrive("Nobody answers the phone")
        home.stands(row, home.support)


def test_a_slack_that_takes_no_quotes_gets_plain_cards_and_it_is_said_until_the_next_start(tmp_path: Path) -> None:
    def prepare(slack: FakeSlack) -> None:
        slack.workspace.not_taken.add("rich_text")

    def known(home: SlackInstallation) -> list[str]:
        return home.scene.database.read(lambda session: [one.what for one in incidents.all_of(session)])

    with installation(tmp_path, prepare_slack=prepare) as home:
        for number in range(2):
            home.arrive(f"Refund {number}?")
        assert home.platform.health().ok
        _, card = home.arrive("Refund 3?")
        assert "Refund 3?" in str(card.blocks)
        home.slack.wait_for(lambda: known(home))
        assert "plain paragraphs" in home.platform.health().why
        assert ["plain paragraphs" in one for one in known(home)] == [True]  # which `dibs check` reads, too
        before = len(home.slack.refusals)
        home.arrive("Refund 4?")
        assert len(home.slack.refusals) == before
    with installation(tmp_path) as home:
        assert known(home) == []
        assert home.platform.health().ok


def test_an_invitation_brings_what_waited_for_it_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "PROBE_EVERY", timedelta(days=1))
    with installation(tmp_path) as home:
        home.finance.is_private = True
        home.finance.members.discard("U0DIBS")
        row = home.scene.arrive()
        home.stands(row, home.support)
        home.finance.members.add("U0DIBS")
        home.slack.join_channel(home.finance)
        home.stands(row, home.finance)
        home.slack.wait_for(lambda: home.platform.health().ok)
        assert not home.scene.database.read(standing_still)


def test_an_invitation_into_another_channel_or_of_another_wakes_nothing(tmp_path: Path) -> None:
    with installation(tmp_path) as home:
        home.finance.is_private = True
        home.finance.members.discard("U0DIBS")
        row = home.scene.arrive()
        home.stands(row, home.support)
        asked = len(home.slack.requests("conversations.info"))
        home.slack.join_channel(home.slack.workspace.add_channel("lounge", bot=False))
        home.slack.send(home.slack.build.join_channel(home.finance, user=home.ana.id))
        home.settle()
        assert len(home.slack.requests("conversations.info")) == asked
        assert home.card(row, home.finance) is None


@pytest.mark.parametrize(
    ("change", "lost"),
    [
        ("deleted", ["#finance-care"]),
        ("archived", ["#finance-care"]),
        ("read only", []),
        ("renamed", []),
        ("fatal_error", []),
    ],
)
def test_a_home_is_lost_only_when_its_channel_is_gone(tmp_path: Path, change: str, lost: list[str]) -> None:
    with installation(tmp_path) as home:
        if change == "deleted":
            del home.slack.workspace.channels[FINANCE]
        elif change == "renamed":
            home.finance.name = "finance-old"
        elif change == "archived":
            home.finance.is_archived = True
        home.slack.workspace.add_channel("finance-care", id="C9NEW")
        if change != "renamed":
            home.slack.fault("chat.postMessage", channel=FINANCE, error="restricted_action")
            home.stands(home.scene.arrive(), home.support)
        if change == "fatal_error":
            home.slack.fault("conversations.info", error="fatal_error")
        assert list(home.do(home.platform.lost())) == lost


def test_a_slack_that_cannot_be_reached_is_asked_again_and_gestures_meanwhile_get_503(tmp_path: Path) -> None:
    def prepare(slack: FakeSlack) -> None:
        slack.fault("auth.test", status=503, times=2)

    with installation(tmp_path, prepare_slack=prepare) as home:
        assert not home.platform.health().ok
        row = home.scene.arrive()
        assert home.slack.open_home(home.ana).status == 503
        home.slack.wait_for(lambda: home.platform.health().ok)
        home.stands(row)


def test_a_revoked_token_degrades_and_never_crashes(tmp_path: Path) -> None:
    def prepare(slack: FakeSlack) -> None:
        slack.fault("auth.test", error="token_revoked", times=9)

    with installation(tmp_path, prepare_slack=prepare) as home:
        assert "token_revoked" in home.platform.health().why
        (finding,) = home.do(home.platform.check())
        assert not finding.ok
        assert finding.mend


def test_a_socket_that_went_deaf_is_replaced(tmp_path: Path) -> None:
    with installation(tmp_path, socket=True) as home:
        home.slack.wait_for(lambda: home.slack.hub.connected)
        home.do(_quicken(home))
        home.slack.refresh_sockets()
        home.slack.wait_for(lambda: home.slack.hub.hellos >= 2 and home.platform.health().ok)
        home.slack.hub.deaf = True
        home.slack.wait_for(lambda: not home.platform.health().ok)
        home.slack.hub.deaf = False
        home.slack.wait_for(lambda: home.platform.health().ok and home.slack.hub.hellos >= 3)
        row, card = home.arrive()
        home.slack.press(home.ana, card, "dibs:claim")
        assert home.scene.log(row) == ["arrived", "claimed"]


async def _quicken(home: SlackInstallation) -> None:
    assert home.platform._socket is not None
    home.platform._socket._heartbeat = 0.3


def test_a_warning_to_reconnect_loses_no_gesture(tmp_path: Path) -> None:
    with installation(tmp_path, socket=True) as home:
        home.slack.wait_for(lambda: home.slack.hub.connected)
        row, card = home.arrive()
        home.slack.refresh_sockets("warning", close=False)
        home.slack.wait_for(lambda: home.slack.hub.hellos >= 2)
        for person in (home.ana, home.ben):
            assert home.slack.press(person, card, "dibs:claim", stale=True).status == 200
        assert home.scene.log(row) == ["arrived", "claimed"]


def test_channels_are_resolved_and_entered(tmp_path: Path) -> None:
    with installation(tmp_path) as home:
        room = home.slack.workspace.add_channel("press", id="C0PRESS", bot=False)
        assert home.do(home.platform.resolve(["#press", "#none"])) == {"#press": "C0PRESS"}
        assert "U0DIBS" in room.members
        assert "#none" in home.platform.health().why


def test_check_is_content_with_what_is_well(tmp_path: Path) -> None:
    with installation(tmp_path) as home:
        findings = home.do(home.platform.check())
        assert all(one.ok for one in findings), [one for one in findings if not one.ok]
        assert {"Clock", "Scopes", "Slack token"} <= {one.subject for one in findings}


def test_check_finds_a_name_that_means_another_channel_by_now(tmp_path: Path) -> None:
    with installation(tmp_path) as home:
        home.finance.name = "finance-old"
        renamed = home.do(home.platform.check())
        assert all(one.ok for one in renamed)
        home.slack.workspace.add_channel("finance-care", id="C0OTHER")
        (wrong,) = [one for one in home.do(home.platform.check()) if not one.ok]
        assert "another channel" in wrong.sentence


def test_the_manifest_holds_only_what_slack_knows_and_only_what_is_used() -> None:
    for mode in (False, True):
        made: dict[str, Any] = json.loads(render("https://dibs.acme.example", socket_mode=mode))
        assert set(made["oauth_config"]["scopes"]["bot"]) == KNOWN_SCOPES == {scope.name for scope in SCOPES}
        assert set(made["settings"]["event_subscriptions"]["bot_events"]) == KNOWN_EVENTS == {one for one, _ in EVENTS}
        assert made["settings"]["socket_mode_enabled"] is mode
        assert ("request_url" in str(made)) is not mode
        (slash,) = made["features"]["slash_commands"]
        assert slash["should_escape"] is True
        assert (slash["command"], slash["usage_hint"]) == ("/dibs", "claim #ref · mine · list · add URL · help")
    addressed = manifest("https://dibs.acme.example/", socket_mode=False)
    assert addressed["settings"]["interactivity"]["request_url"] == "https://dibs.acme.example/slack/events"


def test_no_message_event_and_no_public_posting_is_asked_for() -> None:
    assert not any(name.startswith("message") for name, _ in EVENTS)
    assert "chat:write.public" not in {scope.name for scope in SCOPES}


def test_stopping_lets_what_is_under_way_end(tmp_path: Path) -> None:
    with installation(tmp_path) as home:
        _, card = home.arrive()
        home.slack.press(home.ana, card, "dibs:claim")
        home.slack.fault("response_url", slow=0.5)
        home.slack.press(home.ben, card, "dibs:claim", stale=True)
        home.do(home.platform.stop())
        assert "Ana has" in home.told(home.ben, "already")
