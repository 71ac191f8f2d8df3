"""Bringing in a post on Slack: typed, by the message shortcut, or in a form when something is missing."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.chat.slack.manifest import manifest
from bot.chat.slack.receive.bring_in import read_brought
from storage.own import mentions
from storage.own.mentions import Filter, MentionRow
from storage.tables.states import Status
from tests.bot.chat.hostile import HOSTILE
from tests.bot.chat.slack.installation import SlackInstallation, fine, installation
from tests.fakes.slack.records import Message

FORUM = "https://forum.example/threads/7"


@pytest.fixture(params=["http", "socket"])
def home(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[SlackInstallation]:
    with installation(tmp_path, socket=request.param == "socket") as built:
        if request.param == "socket":
            built.slack.wait_for(lambda: built.slack.hub.connected)
        yield built


@pytest.fixture
def over_http(tmp_path: Path) -> Iterator[SlackInstallation]:
    with installation(tmp_path) as built:
        yield built


def all_mentions(home: SlackInstallation) -> list[MentionRow]:
    wanted = Filter(statuses=tuple(Status))
    return home.scene.database.read(lambda session: mentions.listed(session, wanted, limit=100))


def said(home: SlackInstallation, text: str) -> Message:
    """Let Ben say something in the channel."""
    home.slack.say(home.ben, home.finance, text)
    return home.slack.messages(home.finance)[-1]


def link_of(home: SlackInstallation, row: MentionRow) -> str:
    return home.scene.database.read(lambda session: mentions.original(session, row.id)).url


def test_a_typed_address_with_its_words_becomes_a_card(home: SlackInstallation) -> None:
    ack = home.slack.slash(home.ana, home.finance, f"add <{FORUM}|forum.example/threads/7> The anvil broke.")
    (row,) = all_mentions(home)
    assert ack.json["text"].startswith(f"#{row.token} is in, for Finance.")
    assert "The anvil broke." in str(home.stands(row).blocks)
    assert link_of(home, row) == FORUM
    again = home.slack.slash(home.ben, home.finance, f"add <{FORUM}>")
    assert again.json["text"].startswith(f"#{row.token} stands already.")
    assert len(all_mentions(home)) == 1


def test_an_address_alone_that_nobody_can_fetch_opens_the_form_that_asks(home: SlackInstallation) -> None:
    ack = home.slack.slash(home.ana, home.finance, f"add <{FORUM}>")
    assert fine(ack)
    assert ack.body.strip() in (b"", b"{}")
    (view,) = home.slack.views(home.ana)
    assert "Nobody could fetch" in str(view.blocks)
    home.slack.submit(home.ana, {"text": " "})
    (view,) = home.slack.views(home.ana)
    assert view.errors.keys() == {"text"}
    home.slack.submit(home.ana, {"text": "The anvil broke.", "department": "support"})
    assert home.slack.views(home.ana) == []
    (row,) = all_mentions(home)
    home.stands(row, home.support)
    assert f"#{row.token} is in, for Customer support." in home.told(home.ana, "is in")


def test_add_alone_opens_an_empty_form(over_http: SlackInstallation) -> None:
    home = over_http
    home.slack.slash(home.ana, home.finance, "add")
    home.slack.submit(home.ana, {"url": "forum", "text": "The anvil broke."})
    (view,) = home.slack.views(home.ana)
    assert view.errors.keys() == {"url"}
    home.slack.submit(home.ana, {"url": FORUM})
    assert link_of(home, all_mentions(home)[0]) == FORUM


def test_the_shortcut_takes_the_first_link_of_a_message_and_its_words(home: SlackInstallation) -> None:
    message = said(home, f"Look <@U0ANA>: <{FORUM}?a=1&amp;b=2|here> and <https://other.example/1> they are cross")
    home.slack.shortcut(home.ana, message, "dibs_add", repeat=3)
    (row,) = all_mentions(home)
    assert link_of(home, row) == f"{FORUM}?a=1&b=2"
    shown = str(home.stands(row).blocks)
    assert "https://other.example/1 they are cross" in shown
    assert "U0ANA" not in shown
    assert f"#{row.token} is in" in home.told(home.ana, "is in")


def test_the_shortcut_on_a_message_without_a_link_opens_the_form_with_its_words(home: SlackInstallation) -> None:
    home.slack.shortcut(home.ana, said(home, "Somebody on the radio said that our anvils break."), "dibs_add")
    assert all_mentions(home) == []
    home.slack.submit(home.ana, {"url": FORUM})
    (row,) = all_mentions(home)
    assert "on the radio" in str(home.stands(row).blocks)


def test_a_message_that_is_a_link_alone_asks_what_it_says(over_http: SlackInstallation) -> None:
    home = over_http
    home.slack.shortcut(home.ana, said(home, f"<{FORUM}>"), "dibs_add")
    (view,) = home.slack.views(home.ana)
    assert FORUM in str(view.blocks)
    assert all_mentions(home) == []


def test_a_form_that_did_not_open_in_time_is_told_with_what_to_do(over_http: SlackInstallation) -> None:
    home = over_http
    home.slack.fault("views.open", error="expired_trigger_id")
    home.slack.shortcut(home.ana, said(home, f"<{FORUM}>"), "dibs_add")
    home.told(home.ana, "took too long")


@pytest.mark.parametrize("name", sorted(set(HOSTILE) - {"controls"}))
def test_hostile_words_of_a_message_ping_nobody(over_http: SlackInstallation, name: str) -> None:
    home = over_http
    message = said(home, f"<{FORUM}> {HOSTILE[name][:30_000]}")
    home.slack.shortcut(home.ana, message, "dibs_add")
    for view in home.slack.views(home.ana):
        assert not home.slack.pings(view)
        home.slack.submit(home.ana, {"text": "The anvil broke."})
    (row,) = all_mentions(home)
    assert not home.slack.pings(home.stands(row))


@pytest.mark.parametrize(
    "message",
    [
        None,
        "text",
        {},
        {"text": 5},
        {"text": None, "attachments": "x"},
        {"attachments": [5, {"from_url": 5}, {"from_url": "javascript:alert(1)"}]},
        {"text": "<https://" + "a" * 5_000 + ">"},
    ],
)
def test_a_message_of_any_shape_is_read(message: object) -> None:
    body = {"user": {"id": "U1"}, "channel": {"id": "C1"}, "trigger_id": "1.2", "message": message}
    assert read_brought(body).url == ""


def test_what_another_app_unfolded_counts_by_its_address() -> None:
    body = {"user": {"id": "U1"}, "trigger_id": "1.2", "message": {"attachments": [{}, {"from_url": FORUM}]}}
    assert read_brought(body).url == FORUM


def test_the_manifest_offers_the_shortcut() -> None:
    shortcuts = manifest("https://dibs.acme.example", socket_mode=False)["features"]["shortcuts"]
    assert {one["callback_id"]: one["name"] for one in shortcuts} == {
        "dibs_claim": "Claim",
        "dibs_add": "Bring this in",
    }
    assert all(len(one["name"]) <= 24 and len(one["description"]) <= 150 for one in shortcuts)
