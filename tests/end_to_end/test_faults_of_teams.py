"""Whatever Teams answers, or does not, and whenever the bot dies: every mention has its card there.

Teams cannot be asked what stands in a channel, so what may have been sent is sent again: after a crash, a time-out or a
5xx a second copy may stand, and each test says how many at most. What was certainly not sent never stands twice.
"""

import os
import signal
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from tests.bot.chat.hostile import HOSTILE as DRAWN
from tests.bot.chat.teams import cards
from tests.bot.chat.teams.installation import said, words
from tests.end_to_end.bot_process import mentioned
from tests.end_to_end.conftest import Running, Scenario
from tests.end_to_end.killed import ARMED
from tests.end_to_end.teams_office import acts, running_on_teams, token_of, unknown_cards
from tests.end_to_end.test_hostile import HOSTILE
from tests.fakes.teams.connector import Standing

POST, UPDATE = "POST activities", "PUT activities"
FEW, MANY = 2, 20


def refused(folder: Path) -> str:
    """Teams says that it is too much, and three more words for "later": it is heeded, and nothing stands twice."""
    with running_on_teams(folder) as stage:
        stage.teams.fault(POST, status=429, retry_after=1, times=3)
        for status in (412, 502, 504):
            stage.teams.fault(POST, status=status)
        stage.start()
        stage.bring(8)
        stage.settle()
        assert not stage.teams.faults.left()
        return "Teams: three 429s, a 412, a 502, a 504: 8 mentions, lost 0, twice 0"


def storm(folder: Path) -> str:
    """Many posts at once for a channel that takes 7 in a second: none is refused, all arrive, people do not wait."""
    with running_on_teams(folder, paced=True) as stage:
        stage.start()
        posts = [mentioned(number, text=f"Refund number {number:02}") for number in range(32)]
        begun = time.monotonic()
        stage.push(*posts)
        first = stage.bot.wait_for(lambda: stage.office.cards())[0]
        pressed = time.monotonic()
        assert stage.office.send(stage.office.press(stage.teams.ana, first)).ok
        stage.bot.wait_for(lambda: "Ana Lopez has it" in words(first))
        waited, standing = time.monotonic() - pressed, len(stage.office.cards())
        assert standing < 32, "the claim was shown only after the posts that waited"
        stage.settle()
        taken = time.monotonic() - begun
        assert not stage.teams.refusals, stage.teams.refusals
        assert [f"Refund number {number:02}" in words(card) for number, card in enumerate(stage.office.cards())]
        return (
            f"Teams: 32 posts against 7 a second: lost 0, twice 0, no 429, {taken:.0f} s; a claim meanwhile was shown "
            f"after {waited:.1f} s, before {32 - standing} waiting posts"
        )


def failures(folder: Path, *, accepted: bool) -> str:
    """Two failures, each of which may have shown the card, or has."""
    with running_on_teams(folder) as stage:
        stage.start()
        stage.settle()
        stage.teams.fault(POST, status=500, times=2, accepted=accepted)
        stage.bring(3)
        found = stage.settle(copies=2 if accepted else 0)
        assert not stage.teams.faults.left()
        assert found.copies == (2 if accepted else 0), "what was accepted and not known is sent again"
        words_for = "that were accepted" if accepted else "that were not"
        return f"Teams: two 500s {words_for}: 3 mentions, lost 0, {found.copies} second cards"


def hangs_and_cuts(folder: Path) -> str:
    """No answer for longer than the bot waits, and cut connections, accepted and not."""
    with running_on_teams(folder) as stage:
        stage.start()
        stage.settle()
        stage.teams.fault(POST, hang=14, accepted=True)
        stage.teams.fault(POST, cut=True, accepted=True)
        stage.teams.fault(POST, cut=True)
        stage.bring(6)
        found = stage.settle(copies=2)
        assert not stage.teams.faults.left()
        return f"Teams: a hang and a cut that were accepted, and one more cut: 6 mentions, {found.copies} second cards"


def updates_that_fail(folder: Path) -> str:
    """Updates get a 429, a 500 that was accepted, and a cut: the cards are true in the end, and stand once."""
    with running_on_teams(folder) as stage:
        stage.start()
        stage.bring(3)
        stage.settle()
        stage.teams.fault(UPDATE, status=429, retry_after=1)
        stage.teams.fault(UPDATE, status=500, accepted=True)
        stage.teams.fault(UPDATE, cut=True)
        for card in stage.office.cards():
            assert stage.office.send(stage.office.press(stage.teams.ana, card)).ok
        stage.settle()
        assert not stage.teams.faults.left()
        return "Teams: updates with a 429, a 500 and a cut: 3 cards true"


def kills_on_the_wire(folder: Path, *, what: str, times: int) -> str:
    """The process dies while a post or an update is under way: before Teams takes it, and after."""
    with running_on_teams(folder) as stage:
        stage.start()
        stage.settle()
        for number in range(times):
            stage.bring(3, f"round-{number}-before")
            stage.settle(copies=times)
            accepted = number % 2 == 0
            stage.teams.fault(
                what,
                cut=True,
                accepted=accepted,
                skip=number % 3 if what == POST else 0,
                then=lambda: os.kill(stage.bot.pid, signal.SIGKILL),
            )
            if what == POST:
                stage.bot.push(*(mentioned(f"round-{number}-{one}") for one in range(3)))
            else:
                card = next(one for one in stage.office.cards() if "Nobody has it" in words(one))
                stage.office.send(stage.office.press(stage.teams.ana, card))
            assert stage.bot.wait_dead() == -signal.SIGKILL
            stage.start()
            if what == POST:
                stage.bring(3, f"round-{number}")  # whoever pushed without an answer pushes again
            stage.settle(copies=times)
        copies = unknown_cards(stage.office, stage.bot)
        for copy in copies:
            assert acts(copy)
            assert stage.office.send(stage.office.press(stage.teams.ben, copy)).ok
            owned = {row["token"]: row["owner"] for row in stage.bot.reader.mentions("teams")}
            assert owned[token_of(copy)] == "Ben Weiss"
            stage.bot.wait_for(lambda: not acts(copy))  # noqa: B023
        assert stage.settle(copies=times).copies == len(copies)
        return (
            f"Teams: killed {times} times in {what}: {len(stage.shown)} mentions, lost 0, "
            f"{len(copies)} second card(s), each claimed by a press on it, then without buttons"
        )


def acknowledged_is_stored(folder: Path, *, times: int) -> str:
    """The process is killed in the very moment of its 200: the claim is there when it is back."""
    with running_on_teams(folder) as stage:
        stage.start()
        stage.bring(times)
        stage.settle()
        for card in stage.office.cards():
            answer = stage.office.send(stage.office.press(stage.teams.ben, card))
            os.kill(stage.bot.pid, signal.SIGKILL)
            assert answer.ok
            assert "Ben Weiss has it" in said(answer.body)
            stage.bot.wait_dead()
            stage.start()
            owned = {row["token"]: row["owner"] for row in stage.bot.reader.mentions("teams")}
            assert owned[token_of(card)] == "Ben Weiss"
        stage.settle()
        return f"Teams: killed {times} times right after a 200: every claim stands, and its card says so"


def a_claim_that_dies(folder: Path, *, point: str, stored: bool) -> str:
    """The process dies around the commit of a claim: no answer, and whoever presses again has it, once."""
    with running_on_teams(folder, runner=("tests.end_to_end.killed", point, "1", "run")) as stage:
        stage.start()
        stage.bring(1)
        stage.settle()
        (card,) = stage.office.cards()
        press = stage.office.press(stage.teams.ana, card)
        os.kill(stage.bot.pid, signal.SIGUSR1)
        stage.bot.wait_for(lambda: ARMED in stage.bot.log)
        assert not stage.office.send(press).ok
        assert stage.bot.wait_dead() == -signal.SIGKILL
        stage.start()
        assert (stage.bot.reader.mentions("teams")[0]["owner"] == "Ana Lopez") is stored
        assert "Ana Lopez has it" in said(stage.office.send(press).body)
        stage.settle()
        assert [row["action"] for row in stage.bot.reader.log()].count("claimed") == 1
        return f"Teams: killed at a {point}: one claim in the log"


def away_at_first(folder: Path) -> str:
    """Microsoft is away when Dibs starts for the first time: what arrives before gets its cards later."""
    with running_on_teams(folder) as stage:
        stage.teams.fault("token", status=503, times=2)
        stage.bot.start(ready=False)
        stage.bot.wait_for(lambda: stage.bot.get("/readyz")[0] == 200)
        stage.bring(3)
        assert not stage.office.cards()
        stage.office.install()
        stage.settle()
        return "Microsoft away at the first start: 3 mentions, lost 0, twice 0"


def removed_and_back(folder: Path) -> str:
    """The app is removed from a team and added again: the cards come back, nothing stands twice, all else goes on."""
    with running_on_teams(folder) as stage:
        stage.start()
        stage.bring(2)
        stage.settle()
        finance = stage.teams.memory.rooms[stage.office.finance.id]
        support = stage.teams.memory.rooms[stage.office.support.id]
        finance.blocked = support.blocked = "BotNotInConversationRoster"
        assert stage.office.send(stage.teams.build.install(stage.teams.ana, stage.office.support, "remove")).ok
        stage.bring(2, "meanwhile")
        stage.bot.wait_for(lambda: stage.bot.reader.count("mention") == 4)
        lane = f"teams:{stage.office.finance.id}"
        stage.bot.wait_for(lambda: stage.bot.ready["lanes"][lane]["status"] == "degraded")
        assert stage.bot.get("/readyz")[0] == 200
        finance.blocked = support.blocked = ""
        stage.office.install()
        stage.bot.wait_for(lambda: len(stage.office.cards()) == 4)
        stage.settle()
        return "Teams: the app removed and added again: 4 mentions, lost 0, twice 0"


def hostile(folder: Path) -> str:
    """Every hostile text as text, title and author: it shows as text, in sound cards, and nothing is refused."""
    texts = [*HOSTILE.values(), *(text for text in DRAWN.values() if text.strip())]
    with running_on_teams(folder) as stage:
        stage.start()
        posts = [
            mentioned(number, _stored(f"refund {text}"), title=_stored(text[:2_000]), author=_stored(text[:300]))
            for number, text in enumerate(texts)
        ]
        stage.push(*posts)
        stage.settle()
        shown = stage.office.cards()
        for number, card in enumerate(shown):
            refuse_harm(card)
            if number % 4:  # a channel takes 60 posts and updates in half a minute
                continue
            for verb, typed in (("claim", ""), ("note", texts[number][:2_000])):
                press = stage.office.press(stage.teams.ana, card, verb)
                press["value"]["action"]["data"] |= {"note.text": _stored(typed), "form": "note"} if typed else {}
                answer = stage.office.send(press)
                assert answer.ok
                said(answer.body)
        stage.settle()
        for room in (stage.office.finance, stage.office.support):
            for message in stage.teams.messages(room):
                refuse_harm(message)
        assert not stage.bot.reader.rows("SELECT * FROM message WHERE state = 'parked' OR plain")
        assert not stage.teams.refusals, stage.teams.refusals
        assert "Traceback" not in stage.bot.log
        return f"Teams: {len(shown)} hostile mentions: text in sound cards below 24 KB, nothing refused"


def _stored(text: str) -> str:
    """Return a text as JSON can carry it."""
    return text.encode("utf-8", "replace").decode()


def refuse_harm(message: Standing) -> None:
    """Fail when a message of ours names somebody, or holds a card with more in it than text and our own buttons."""
    assert not message.activity.get("entities"), "it would ping"
    assert not message.activity.get("text"), "it is Markdown there"
    (attachment,) = message.activity["attachments"]
    cards.check(attachment["content"])


SCENARIOS: dict[str, Scenario] = {
    "refused": refused,
    "storm": storm,
    "two 500s": partial(failures, accepted=False),
    "two accepted 500s": partial(failures, accepted=True),
    "hangs and cuts": hangs_and_cuts,
    "updates that fail": updates_that_fail,
    "kills in posts": partial(kills_on_the_wire, what=POST, times=FEW),
    "kills in updates": partial(kills_on_the_wire, what=UPDATE, times=FEW),
    "kills after a 200": partial(acknowledged_is_stored, times=FEW),
    "a claim before its commit": partial(a_claim_that_dies, point="claim before its commit", stored=False),
    "a claim after its commit": partial(a_claim_that_dies, point="claim after its commit", stored=True),
    "away at first": away_at_first,
    "removed and back": removed_and_back,
    "hostile": hostile,
    "many kills in posts": partial(kills_on_the_wire, what=POST, times=MANY),
    "many kills in updates": partial(kills_on_the_wire, what=UPDATE, times=MANY),
    "many kills after a 200": partial(acknowledged_is_stored, times=MANY),
}
_SLOW = [name for name in SCENARIOS if name.startswith("many")]


@pytest.mark.turns
@pytest.mark.parametrize("scenario", [name for name in SCENARIOS if name not in _SLOW])
def test_every_mention_has_its_card_on_teams(scenario: str, running: Running, say: Callable[[str], None]) -> None:
    say(running[scenario].result())


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("scenario", _SLOW)
def test_every_mention_has_its_card_on_teams_after_many_kills(
    scenario: str, running: Running, say: Callable[[str], None]
) -> None:
    say(running[scenario].result())
