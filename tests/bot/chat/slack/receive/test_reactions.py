"""Emoji on cards: one claims, its removal gives back only what it took, and nothing else is any of our business."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bot.chat.slack.installation import SlackInstallation, fine, installation


@pytest.fixture
def home(tmp_path: Path) -> Iterator[SlackInstallation]:
    with installation(tmp_path) as built:
        yield built


def test_eyes_claim_and_taking_them_away_releases(home: SlackInstallation) -> None:
    row, card = home.arrive()
    assert fine(home.slack.react(home.ana, card, "eyes"))
    home.shows(row, "Ana has it.")
    assert fine(home.slack.react(home.ana, card, "eyes", added=False))
    home.shows(row, "Nobody has it.")
    assert home.scene.log(row) == ["arrived", "claimed", "released"]


def test_a_skin_tone_makes_no_difference_and_the_author_of_the_card_may_be_absent(home: SlackInstallation) -> None:
    row, card = home.arrive()
    home.slack.react(home.ana, card, "eyes::skin-tone-3", with_item_user=False)
    assert home.scene.log(row) == ["arrived", "claimed"]


def test_taking_eyes_away_never_releases_what_a_button_claimed(home: SlackInstallation) -> None:
    row, card = home.arrive()
    home.slack.press(home.ana, card, "dibs:claim")
    home.slack.react(home.ana, card, "eyes")
    home.slack.react(home.ana, card, "eyes", added=False)
    assert home.scene.log(row) == ["arrived", "claimed"]


def test_taking_eyes_away_never_releases_what_was_decided_since(home: SlackInstallation) -> None:
    row, card = home.arrive()
    home.slack.react(home.ana, card, "eyes")
    for text in (f"release {row.token}", f"claim {row.token}"):
        home.slack.slash(home.ana, home.finance, text)
    home.slack.react(home.ana, card, "eyes", added=False)
    assert home.scene.log(row) == ["arrived", "claimed", "released", "claimed"]


def test_a_note_or_a_snooze_in_between_changes_nothing_about_whose_claim_it_was(home: SlackInstallation) -> None:
    row, card = home.arrive()
    home.slack.react(home.ana, card, "eyes")
    home.slack.slash(home.ana, home.finance, f"note {row.token} rang them")
    home.slack.react(home.ana, card, "eyes", added=False)
    assert home.scene.log(row) == ["arrived", "claimed", "noted", "released"]


def test_somebody_elses_eyes_release_nothing(home: SlackInstallation) -> None:
    row, card = home.arrive()
    home.slack.react(home.ana, card, "eyes")
    home.slack.react(home.ben, card, "eyes")
    assert "Ana has" in home.told(home.ben, "already")
    home.slack.react(home.ben, card, "eyes", added=False)
    assert home.scene.log(row) == ["arrived", "claimed"]


def test_an_older_setting_that_arrives_after_the_removal_is_ignored(home: SlackInstallation) -> None:
    row, card = home.arrive()
    now = time.time()
    home.slack.react(home.ana, card, "eyes", added=False, event_ts=f"{now:.6f}")
    home.slack.react(home.ana, card, "eyes", event_ts=f"{now - 1:.6f}")
    assert home.scene.log(row) == ["arrived"]
    home.slack.react(home.ana, card, "eyes", event_ts=f"{now + 1:.6f}")
    assert home.scene.log(row) == ["arrived", "claimed"]


def test_eleven_deliveries_with_other_ids_have_one_effect(home: SlackInstallation) -> None:
    row, card = home.arrive()
    home.slack.react(home.ana, card, "eyes", repeat=11, fresh_ids=True)
    home.slack.react(home.ben, card, "eyes", repeat=11, at_once=True)
    home.settle()
    assert home.scene.log(row) == ["arrived", "claimed"]
    assert len(home.slack.ephemerals(home.ben)) == 1


def test_a_tick_resolves_and_a_no_entry_sign_dismisses(home: SlackInstallation) -> None:
    done, card = home.arrive()
    home.slack.react(home.ana, card, "white_check_mark")
    home.shows(done, "Resolved")
    spam, other = home.arrive("An invoice from a prince")
    home.slack.react(home.ana, other, "no_entry_sign")
    home.shows(spam, "Dismissed")
    home.slack.react(home.ana, other, "no_entry_sign", added=False)
    assert home.scene.log(spam) == ["arrived", "dismissed"]
    answer = home.slack.slash(home.ana, home.finance, f"log {spam.token}")
    assert "none given" in str(answer.json["blocks"])


def test_emoji_elsewhere_and_other_emoji_are_ignored_in_silence(home: SlackInstallation) -> None:
    row, card = home.arrive()
    home.slack.say(home.ben, home.finance, "Look at this")
    talk = home.slack.messages(home.finance)[-1]
    stranger = home.slack.workspace.add_stranger("eve")
    for user, message, emoji in [(home.ana, talk, "eyes"), (stranger, talk, "eyes"), (home.ana, card, "tada")]:
        assert fine(home.slack.react(user, message, emoji))
    home.settle()
    assert home.scene.log(row) == ["arrived"]
    assert home.slack.requests("users.info") == []
    assert home.slack.requests("chat.postEphemeral") == []


def test_a_moved_card_still_counts(home: SlackInstallation) -> None:
    row, card = home.arrive()
    home.slack.slash(home.ana, home.finance, f"handoff {row.token} support")
    home.stands(row, home.support)
    home.slack.react(home.ana, card, "eyes")
    assert home.scene.log(row) == ["arrived", "handed_off", "claimed"]


def test_who_is_outside_the_channel_is_told_directly(home: SlackInstallation) -> None:
    row, card = home.arrive()
    home.slack.press(home.ana, card, "dibs:claim")
    home.finance.members.discard(home.ben.id)
    home.slack.react(home.ben, card, "eyes")
    home.slack.wait_for(lambda: home.slack.messages(home.ben))
    assert f"Ana has #{row.token} already" in home.slack.messages(home.ben)[0].text


def test_a_reaction_on_a_card_that_is_just_being_posted_is_not_lost(home: SlackInstallation) -> None:
    home.slack.fault("chat.postMessage", slow=0.0, hang=0.4, accepted=True)
    row = home.scene.arrive()
    message = home.slack.wait_for(lambda: home.slack.messages(home.finance))[0]
    assert fine(home.slack.react(home.ana, message, "eyes"))
    assert home.scene.log(row) == ["arrived", "claimed"]
