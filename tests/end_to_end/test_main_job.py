"""The main job, whole: a post becomes a card, somebody claims it, and card, log and digest agree."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.bot_process import BotProcess, mentioned
from tests.end_to_end.feed_server import Item
from tests.end_to_end.office import Office, RunningOnSlack, running_on_slack, words
from tests.fakes.slack.records import Ephemeral, Json, Message, User

ITEMS = [Item(id=f"post-{number}", text=f"I want refund number {number}.") for number in range(5)]


@pytest.fixture(params=["http", "socket"])
def scene(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[RunningOnSlack]:
    """A bot with five cards in #finance-care, over HTTP and over a socket."""
    with running_on_slack(tmp_path, ITEMS, socket=request.param == "socket") as found:
        found.bot.start()
        found.settle([item.id for item in ITEMS])
        yield found


def mention_of(bot: BotProcess, card: Message) -> Json:
    """Return the mention of a card, as the database knows it."""
    found = next(row for row in bot.reader.mentions() if card.key.startswith(f"card:{row['id']}:"))
    assert f"#{found['token']}" in words(card)
    return found


def exported(bot: BotProcess) -> list[dict[str, object]]:
    """Return what `dibs log export` prints."""
    done = bot.command("log", "export")
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_post_is_claimed_by_button_emoji_and_slash_and_the_log_agrees(scene: RunningOnSlack) -> None:
    slack, office, bot = scene.slack, scene.office, scene.bot
    by_button, by_emoji, by_slash, *_ = office.cards(office.finance)
    assert slack.press(office.ana, by_button, "dibs:claim").status == 200
    assert slack.react(office.ben, by_emoji, "eyes").status == 200
    assert slack.slash(office.ana, office.finance, f"claim #{mention_of(bot, by_slash)['token']}").status == 200
    scene.settle([item.id for item in ITEMS])

    log = exported(bot)
    claims = [row for row in log if row["action"] == "claimed"]
    assert [row["via"] for row in claims] == ["button", "emoji", "command"]
    shown = [words(card) for card in office.cards(office.finance)]
    assert [("Ana has it" in one, "Ben has it" in one) for one in shown] == [
        (True, False),
        (False, True),
        (True, False),
        (False, False),
        (False, False),
    ]
    head = str(log[-1]["hash"])
    assert bot.command("log", "verify", "--head", head).returncode == 0
    assert bot.command("log", "verify", "--head", "f" * 64).returncode == 1
    digest = bot.command("digest", "finance")
    assert digest.returncode == 0
    assert head in digest.stdout
    assert "Ana" in digest.stdout


def test_a_gesture_that_slack_repeats_counts_once(scene: RunningOnSlack) -> None:
    card = scene.office.cards(scene.office.finance)[0]
    scene.slack.react(scene.office.ana, card, "eyes", repeat=5)
    scene.slack.react(scene.office.ana, card, "eyes", added=False, repeat=3, fresh_ids=True)
    scene.slack.press(scene.office.ben, card, "dibs:claim", stale=True, repeat=4, at_once=True)
    scene.settle([item.id for item in ITEMS])
    mention = mention_of(scene.bot, card)["id"]
    actions = [row["action"] for row in scene.bot.reader.log() if row["mention_id"] == mention]
    assert actions == ["arrived", "claimed", "released", "claimed"]


def test_every_form_opens_and_does_what_it_says(scene: RunningOnSlack) -> None:
    office = scene.office
    cards = first, second, third, fourth, fifth = office.cards(office.finance)
    scene.slack.press(office.ana, first, "dibs:claim")
    scene.settle([item.id for item in ITEMS])
    scene.slack.press(office.ben, first, "dibs:claim", stale=True)
    (refusal,) = scene.bot.wait_for(lambda: scene.slack.ephemerals(office.ben))
    _fill(scene, office.ben, refusal, "dibs:takeover", {"reason": "Ana is away."})
    _fill(scene, office.ana, second, "Assign", {"person": office.ben.id})
    _fill(scene, office.ana, third, "Dismiss", {})
    scene.slack.press(office.ana, fourth, "Snooze")
    (asked,) = scene.slack.views(office.ana)
    soon, *_ = next(one["element"]["options"] for one in asked.blocks if one.get("block_id") == "until")
    assert scene.slack.submit(office.ana, {"until": soon["value"]}).status == 200
    scene.slack.press(office.ana, fifth, "More…")
    scene.slack.submit(office.ana, {"verb": "note"})
    assert scene.slack.submit(office.ana, {"text": "I know this author."}).status == 200
    assert not scene.slack.views(office.ana)
    scene.bot.settle(len(ITEMS))
    rows = [mention_of(scene.bot, card) for card in cards]
    assert [(row["status"], row["owner"]) for row in rows] == [
        ("claimed", "Ben"),
        ("claimed", "Ben"),
        ("dismissed", None),
        ("snoozed", None),
        ("new", None),
    ]
    scene.bot.wait_for(lambda: len(scene.slack.messages(office.ben)) == 1)  # who was given something is told
    told = scene.bot.wait_for(lambda: scene.slack.messages(office.ana))  # and from whom something was taken
    assert "Ben" in words(told[0])
    assert "Ana is away." in words(told[0])


def _fill(scene: RunningOnSlack, person: User, card: Message | Ephemeral, action: str, values: dict[str, str]) -> None:
    """Open a form from a card and send it."""
    assert scene.slack.press(person, card, action).status == 200
    assert scene.slack.views(person), f"{action} opened no form"
    assert scene.slack.submit(person, values).status == 200
    assert not scene.slack.views(person), f"{action} was not accepted"


def test_what_is_handed_off_stands_in_its_new_home_and_the_old_card_says_where(scene: RunningOnSlack) -> None:
    office = scene.office
    card = office.cards(office.finance)[0]
    _fill(scene, office.ana, card, "dibs:handoff", {"department": "support"})
    moved = scene.bot.wait_for(lambda: office.cards(office.support))
    scene.bot.settle(len(ITEMS))
    assert len(moved) == 1
    assert "#support-social" in words(office.cards(office.finance)[0])
    assert scene.slack.press(office.ben, moved[0], "dibs:claim").ok
    scene.bot.wait_for(lambda: "Ben has it" in words(office.cards(office.support)[0]))


NO_DELIVERY: tuple[tuple[str, bytes, dict[str, str], int], ...] = (
    ("/hooks/nobody", b"[]", {}, 404),
    ("/hooks/hook", b"[]", {"Authorization": "Bearer another"}, 401),
    ("/hooks/hook", b"no JSON", {}, 400),
    ("/hooks/hook", b"no gzip", {"Content-Encoding": "gzip"}, 415),
    ("/hooks/hook", b" " * (1024 * 1024 + 1), {}, 413),
)


def test_what_a_webhook_brings_stands_as_a_card_at_once(tmp_path: Path) -> None:
    # This one is started as an operator starts it, by an interpreter that has imported nothing yet.
    with running_on_slack(tmp_path, python=sys.executable) as scene:
        scene.bot.start()
        assert scene.bot.push(mentioned(1), mentioned(2, text="Hello, who are you?")) == 200
        scene.settle(["hook-1", "hook-2"])
        assert _rooms(scene.office) == (1, 1)
        assert scene.bot.push(mentioned(1)) == 200
        scene.settle(["hook-1", "hook-2"])
        for path, body, headers, status in NO_DELIVERY:
            assert scene.bot.deliver(path, body, headers) == status, headers or path
        scene.settle(["hook-1", "hook-2"])


def _rooms(office: Office) -> tuple[int, int]:
    return len(office.cards(office.support)), len(office.cards(office.finance))
