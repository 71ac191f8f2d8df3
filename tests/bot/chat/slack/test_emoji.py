"""Emoji: a sign is heard under every name that Slack has for it, and a name that Slack has not is complained about."""

import logging
from pathlib import Path

import pytest

from bot.chat.slack.emoji import names, unknown
from handlers.verbs import VERBS
from tests.bot.chat.slack.installation import installation


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("thumbsup", "+1"),
        ("thumbsdown", "-1"),
        ("poop", "hankey"),
        ("running", "runner"),
        ("pencil", "memo"),
        ("collision", "boom"),
        ("raised_hand", "hand"),
        ("honeybee", "bee"),
        ("flag-gb", "gb"),
        ("telephone", "phone"),
        ("heavy_exclamation_mark", "exclamation"),
        ("satisfied", "laughing"),
        ("heart", "heart"),
        ("ThumbsUp", "+1"),
        (":+1:", "+1"),
        ("wave::skin-tone-3", "wave"),
        ("👍", "thumbsup"),
        ("❤️", "heart"),
        ("#️⃣", "hash"),
        ("acme-claim", "acme-claim"),
    ],
)
def test_a_sign_has_all_its_names(written: str, told: str) -> None:
    assert told in names(written)


def test_our_own_reactions_have_one_name_each() -> None:
    assert all(names(verb.emoji) == {verb.emoji} for verb in VERBS if verb.emoji)


def test_what_is_nearly_a_name_is_said_with_that_name() -> None:
    assert unknown(["eyes", "+1", "thumbsup", "👍", "squirrel", "flag-de", "acme-claim", "women_in_tech", ""]) == []
    (sentence,) = unknown(["thumsup"])
    assert 'not met "thumsup"; did you mean "thumbsup"?' in sentence
    (sentence,) = unknown(["🦄"])
    assert "write the name that Slack shows" in sentence


@pytest.mark.parametrize(("written", "set_as"), [("thumbsup", "+1"), ("hankey", "poop"), ("✋", "hand::skin-tone-4")])
def test_what_dibs_toml_calls_by_another_name_claims(tmp_path: Path, written: str, set_as: str) -> None:
    with installation(tmp_path, settings={"emoji": {"claim": written}}) as home:
        row, card = home.arrive()
        home.slack.react(home.ana, card, set_as)
        home.shows(row, "Ana has it.")
        other = min(names(written), key=lambda name: name == set_as)
        home.slack.react(home.ana, card, other, added=False)
        assert home.scene.log(row) == ["arrived", "claimed", "released"]


def test_a_slip_of_the_pen_is_said_at_start_and_by_dibs_check(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with (
        caplog.at_level(logging.WARNING, "dibs.slack"),
        installation(tmp_path, settings={"emoji": {"claim": "raised_hnads", "resolve": "white_check_mark"}}) as home,
    ):
        assert [one.message for one in caplog.records if "raised_hnads" in one.message]
        (finding,) = [one for one in home.do(home.platform.check()) if one.subject == "Emoji"]
        assert finding.ok  # it may be one of the workspace's own, or one that Dibs has not met
        assert 'did you mean "raised_hands"?' in finding.sentence
        assert finding.mend
