"""A wrong signing secret, or a wrong clock: said once, and for as long as nothing is right; strangers fill no log."""

import hashlib
import hmac
import logging
import time
from pathlib import Path

import pytest

from bot.chat.slack.wire.http import Signatures
from bot.runtime.clock import Clock
from tests.bot.chat.slack.installation import SlackInstallation, installation
from tests.fakes.slack.server import SIGNING_SECRET

FORM = {"content-type": "application/x-www-form-urlencoded"}


def signed(body: bytes, secret: str, late: int = 0) -> dict[str, str]:
    stamp = str(int(time.time()) - late)
    digest = hmac.new(secret.encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
    return {"x-slack-request-timestamp": stamp, "x-slack-signature": f"v0={digest}", **FORM}


def said(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [one.message for one in caplog.records if one.levelno >= logging.WARNING and one.name == "dibs.slack"]


def knock(home: SlackInstallation, headers: dict[str, str]) -> int:
    return home.slack.post(b"command=%2Fdibs&text=my+secret+words", headers)[0]


@pytest.mark.parametrize(
    ("secret", "late", "word"),
    [("another app's", 0, "SLACK_SIGNING_SECRET"), (SIGNING_SECRET, 360, "NTP"), (SIGNING_SECRET, -4000, "NTP")],
)
def test_what_is_wrong_is_said_once_and_for_as_long_as_nothing_was_right(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, secret: str, late: int, word: str
) -> None:
    body = b"command=%2Fdibs&text=my+secret+words"
    with installation(tmp_path) as home, caplog.at_level(logging.INFO):
        caplog.clear()
        for _ in range(5):
            assert knock(home, signed(body, secret, late)) == 401
        (line,) = said(caplog)
        health = home.platform.health()
        assert not health.ok
        assert word in line
        assert word in health.why
        assert "secret words" not in caplog.text
        assert home.slack.open_home(home.ana).status == 200
        assert home.platform.health().ok


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-slack-signature": "v0=" + "0" * 64},
        {"x-slack-request-timestamp": "now", "x-slack-signature": "v0=" + "0" * 64},
        {"x-slack-request-timestamp": str(int(time.time())), "x-slack-signature": "hello"},
        {"x-slack-request-timestamp": str(int(time.time())), "x-slack-signature": "v0=" + "Z" * 64},
    ],
)
def test_what_is_not_even_signed_is_a_stranger_and_says_nothing_of_us(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, headers: dict[str, str]
) -> None:
    with installation(tmp_path) as home, caplog.at_level(logging.INFO):
        caplog.clear()
        assert knock(home, headers | FORM) == 401
        assert said(caplog) == []
        assert home.platform.health().ok


def test_once_one_was_right_a_stranger_who_knocks_changes_nothing_and_many_in_a_row_do_once_an_hour(
    caplog: pytest.LogCaptureFixture,
) -> None:
    now = [1000.0]
    signatures = Signatures(Clock(monotonic=lambda: now[0]))
    signatures.is_right()
    for _ in range(19):
        signatures.is_wrong()
    assert signatures.trouble == ""
    for _ in range(500):
        signatures.is_wrong()
        signatures.is_right()
        for _ in range(20):
            signatures.is_wrong()
        now[0] += 10
    assert signatures.trouble
    assert len(said(caplog)) == 2  # in 5,000 seconds
    signatures.is_right()
    assert signatures.trouble == ""
