"""A review that was asked for is heard, once a version of the draft, whenever the bot is killed.

On Slack a reply stands below the card, and stands once. Teams cannot be asked what stands in a channel, so what may
have been posted there is posted again: a second copy may stand, of which the bot knows one.
"""

import os
import signal
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Literal

import pytest

from tests.bot.chat.teams.installation import words as teams_words
from tests.end_to_end.bot_process import BotProcess, mentioned
from tests.end_to_end.conftest import Running, Scenario
from tests.end_to_end.office import RunningOnSlack, running_on_slack
from tests.end_to_end.teams_office import RunningOnTeams, running_on_teams, token_of
from tests.fakes.slack.faults import CUT
from tests.fakes.slack.records import Message
from tests.fakes.teams.connector import Standing

CHARTER = '[charter]\npublish = ["anyone"]\nreview = "second person"\n'
ASKED = "waits for a second person to read it"
TEXTS = ("I am sorry. It was sent today. Ana here.", "I am sorry. It was sent on Monday. Ana here.")
MANY = 10

Moment = Literal["asked", "lost", "taken"]
MOMENTS: tuple[Moment, ...] = ("asked", "lost", "taken")


def kill(bot: BotProcess) -> None:
    """Let the process end where it stands."""
    os.kill(bot.pid, signal.SIGKILL)


def on_slack(folder: Path, moment: Moment, times: int = 1) -> str:
    """Ask for a review in Slack, and die: right after the answer, with the message under way, or once it was taken."""
    with running_on_slack(folder, sources=CHARTER) as scene:
        scene.bot.start()
        for number in range(times):
            assert scene.bot.push(mentioned(number)) == 200
            scene.settle([f"hook-{one}" for one in range(number + 1)])
            card = scene.office.cards(scene.office.finance)[-1]
            if moment != "asked":
                when: Literal["arrived", "accepted"] = "arrived" if moment == "lost" else "accepted"
                scene.slack.on_request("chat.postMessage", partial(_cut, scene.bot), when=when)
            _ask_in_slack(scene, card, TEXTS[0])
            if moment == "asked":
                kill(scene.bot)
            assert scene.bot.wait_dead() == -signal.SIGKILL
            assert moment == "asked" or len(_heard_in_slack(scene, card)) == (1 if moment == "taken" else 0)
            for _ in range(2):
                scene.bot.start()
                scene.bot.settle(number + 1)
                (heard,) = _heard_in_slack(scene, card)
                assert (heard.thread_ts, heard.broadcast) == (card.ts, True)
                _ask_in_slack(scene, card, TEXTS[0])  # once more, for the very same draft
                scene.bot.kill()
            scene.bot.start()
            _ask_in_slack(scene, card, TEXTS[1])
            scene.bot.wait_for(lambda: len(_heard_in_slack(scene, card)) == 2)  # noqa: B023
        scene.bot.settle(times)
        return f"Slack: a review asked, killed {times} times ({moment}): heard once a version"


def _cut(bot: BotProcess, _request: object) -> object:
    kill(bot)
    return CUT


def _ask_in_slack(scene: RunningOnSlack, card: Message, text: str) -> None:
    now = next(one for one in scene.office.cards(scene.office.finance) if one.ts == card.ts)
    scene.office.open_form(scene.office.ana, now, "draft")
    scene.slack.submit(scene.office.ana, {"text": text, "then": "review"})


def _heard_in_slack(scene: RunningOnSlack, card: Message) -> list[Message]:
    """Return what was posted to say that this mention's draft waits, or waited."""
    below = [one for one in scene.slack.messages(scene.office.finance) if one.thread_ts == card.ts]
    return [one for one in below if one.key.startswith("review:")]


def on_teams(folder: Path, moment: Moment, times: int = 1) -> str:
    """Ask for a review in Teams, and die in the same three moments."""
    copies = 0
    with running_on_teams(folder, sources=CHARTER) as stage:
        stage.start()
        for number in range(times):
            stage.push(mentioned(number))
            stage.settle()
            card = stage.office.cards()[-1]
            if moment != "asked":
                stage.teams.fault(
                    "POST activities", cut=True, accepted=moment == "taken", then=partial(kill, stage.bot)
                )
            _ask_in_teams(stage, card, TEXTS[0])
            if moment == "asked":
                kill(stage.bot)
            assert stage.bot.wait_dead() == -signal.SIGKILL
            stage.start()
            stage.settle()
            copies += _one_known(stage, card, most=0 if moment == "lost" else 1)
            _ask_in_teams(stage, card, TEXTS[0])  # once more, for the very same draft
            stage.bot.restart()
            before = len(_heard_in_teams(stage, card))
            stage.settle()
            assert len(_heard_in_teams(stage, card)) == before
            _ask_in_teams(stage, card, TEXTS[1])
            stage.bot.wait_for(lambda: len(_heard_in_teams(stage, card)) == before + 1)  # noqa: B023
        stage.settle()
    return f"Teams: a review asked, killed {times} times ({moment}): heard once a version, {copies} second copies"


def _ask_in_teams(stage: RunningOnTeams, card: Standing, text: str) -> None:
    press = stage.office.press(stage.teams.ana, card, "draft")
    press["value"]["action"]["data"] |= {"draft.text": text, "draft.then": "review", "form": "draft"}
    assert stage.office.send(press).ok


def _heard_in_teams(stage: RunningOnTeams, card: Standing) -> list[Standing]:
    others = [one for one in stage.teams.messages(stage.office.finance) if not token_of(one)]
    return [one for one in others if f"#{token_of(card)}" in teams_words(one)]


def _one_known(stage: RunningOnTeams, card: Standing, most: int) -> int:
    """Fail unless what was asked stands there, known to the bot, with so many copies at most; returns how many."""
    heard = _heard_in_teams(stage, card)
    known = {row["reference"] for row in stage.bot.reader.rows("SELECT key, reference FROM message")}
    assert sum(one.id in known for one in heard) == 1, [teams_words(one) for one in heard]
    assert all(ASKED in teams_words(one) for one in heard if one.id in known)
    copies = len(heard) - 1
    assert copies <= most
    return copies


SCENARIOS: dict[str, Scenario] = {
    f"{name}, {moment}{', many' if times > 1 else ''}": partial(run, moment=moment, times=times)
    for times in (1, MANY)
    for name, run in (("Slack", on_slack), ("Teams", on_teams))
    for moment in MOMENTS
}


_SLOW = [name for name in SCENARIOS if "many" in name or "asked" in name]


@pytest.mark.turns
@pytest.mark.parametrize("scenario", [name for name in SCENARIOS if name not in _SLOW])
def test_a_review_that_was_asked_for_is_heard_once_a_version(
    scenario: str, running: Running, say: Callable[[str], None]
) -> None:
    say(running[scenario].result())


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("scenario", _SLOW)
def test_a_review_is_heard_once_a_version_through_many_kills(
    scenario: str, running: Running, say: Callable[[str], None]
) -> None:
    say(running[scenario].result())
