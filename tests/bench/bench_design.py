"""The rows of the design's last section, each beside a floor of plain code in the same run, medians on this machine.

The bot is a real process started from an environment that holds the core only. So are the chat server that it posts to
and the people who press: they take as little of the machine from it as can be (see ``instant`` and ``pressers``).
"""

import asyncio
import json
import logging
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.web.async_client import AsyncWebClient

from bot.app import SWITCH_SECONDS
from bot.chat.slack.wire.http import read_signed
from tests.bench.bench_install import ROOT, installed
from tests.bench.instant import InstantSlack
from tests.bench.pressers import Pressed, press_all
from tests.bot.chat.slack.installation import SlackInstallation, installation
from tests.end_to_end.bot_process import BotProcess, mentioned
from tests.end_to_end.feed_server import FeedServer, Item
from tests.fakes.slack.payloads import Gesture
from tests.fakes.slack.records import Channel, Message, User
from tests.fakes.slack.server import FakeSlack

CARDS = 1_000
PUSHES = 200
CLAIMS = 800
ROUNDS = 9
IDLE_SECONDS = 20.0
SETTLING_SECONDS = 8.0


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which ``share`` of all lie."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def line(what: str, measured: str, promised: str) -> None:
    """Print one row."""
    print(f"{what:58} {measured:34} (promised: {promised})", flush=True)


def bare_commits(folder: Path, rounds: int = 300) -> list[float]:
    """Return the seconds of single durable commits of plain sqlite3, one row each."""
    connection = sqlite3.connect(folder / "bare.db", isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute("CREATE TABLE IF NOT EXISTS claim (mention INTEGER, person TEXT)")
    taken = []
    for number in range(rounds):
        begun = time.perf_counter()
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO claim VALUES (?, 'ana')", (number,))
        connection.execute("COMMIT")
        taken.append(time.perf_counter() - begun)
    connection.close()
    return taken


def pressed(number: int) -> str:
    """Return the body of a button press, as Bolt gets it."""
    press = {
        "type": "block_actions",
        "team": {"id": "T0ACME"},
        "user": {"id": "U0ANA", "team_id": "T0ACME", "name": "ana"},
        "channel": {"id": "C0FINANCE", "name": "finance-care"},
        "container": {"type": "message", "message_ts": f"{number}.0", "channel_id": "C0FINANCE"},
        "message": {"ts": f"{number}.0"},
        "trigger_id": f"1.2.{number}",
        "actions": [{"type": "button", "action_id": "dibs:claim", "block_id": "b", "value": "k7f2p.1"}],
    }
    return urlencode({"payload": json.dumps(press)})


async def bare_bolt(rounds: int = 300) -> list[float]:
    """Return the seconds that Bolt alone takes for a listener that only acknowledges."""

    async def authorize() -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=None, team_id="T0ACME", bot_user_id="U0BOT", bot_token="xoxb-bare")

    app = AsyncApp(
        logger=logging.getLogger("bare"),
        client=AsyncWebClient(token="xoxb-bare"),
        authorize=authorize,
        request_verification_enabled=False,
        process_before_response=True,
    )

    @app.action("dibs:claim")
    async def claim(ack: Any) -> None:
        await ack()

    taken = []
    for number in range(rounds):
        form: dict[str, str | Sequence[str]] = {"content-type": "application/x-www-form-urlencoded"}
        request = AsyncBoltRequest(body=pressed(number), headers=form)
        begun = time.perf_counter()
        await app.async_dispatch(request)
        taken.append(time.perf_counter() - begun)
    return taken


def acknowledgements_in_process(folder: Path) -> None:
    """Compare a committed claim through our listeners with a bare listener plus a bare commit; they take turns."""
    bolts, commits, claims = [], [], []
    usual = sys.getswitchinterval()
    with installation(folder) as ours:
        rows = [ours.scene.arrive() for _ in range(ROUNDS * 40)]
        ours.slack.wait_for(lambda: ours.card(rows[-1]))
        gestures = [ours.slack.build.press(ours.ana, ours.stands(row), "dibs:claim") for row in rows]
        ours.do(ours.delivery.stop())  # what follows a claim is no part of acknowledging it
        sys.setswitchinterval(SWITCH_SECONDS)  # as `dibs run` sets it
        for number in range(ROUNDS):
            bolts.append(statistics.median(asyncio.run(bare_bolt(100))))
            commits.append(statistics.median(bare_commits(folder, 100)))
            claims.append(statistics.median(ours.do(_dispatch_each(ours, gestures[number * 40 : (number + 1) * 40]))))
        sys.setswitchinterval(usual)
    times = [claim / (bolt + commit) for bolt, commit, claim in zip(bolts, commits, claims, strict=True)]
    p50, bolt, commit = (statistics.median(one) * 1000 for one in (claims, bolts, commits))
    line(
        "acknowledging a claim, committed, in process",
        f"p50 {p50:.2f} ms = {statistics.median(times):.1f} x ({bolt:.2f} Bolt + {commit:.2f} sqlite3), "
        f"{min(times):.1f} to {max(times):.1f} in {ROUNDS} rounds",
        "p50 at most 3 x a bare Bolt listener + a bare sqlite3 commit",
    )


async def _dispatch_each(ours: SlackInstallation, gestures: list[Gesture]) -> list[float]:
    taken = []
    for gesture in gestures:
        payload = read_signed(gesture.content_type, gesture.body())
        begun = time.perf_counter()
        answer = await ours.platform.hear(payload)
        taken.append(time.perf_counter() - begun)
        if answer.status != 200:
            raise RuntimeError(f"a claim was answered with {answer.status}")
    return taken


def stage(slack: FakeSlack) -> tuple[list[User], Channel]:
    """Put people and channels on the fake; returns the people, and the channel of the cards."""
    people = [slack.workspace.add_user(f"person{number}") for number in range(50)]
    everybody = [person.id for person in people]
    slack.workspace.add_channel("support-social", members=everybody)
    return people, slack.workspace.add_channel("finance-care", members=everybody)


def cards_from_a_feed(folder: Path, python: str) -> None:
    """Let 1,000 entries of a feed become cards."""
    with InstantSlack.instant() as slack, FeedServer.run() as feeds:
        stage(slack)
        feeds.show([])
        with BotProcess(folder / "feed", slack, {"blog": feeds.url()}, python=python, log_level="WARNING") as bot:
            feeds.show([Item(id=f"entry-{number}") for number in range(CARDS)])
            came = slack.came(CARDS)
            bot.settle(CARDS)
            committed = bot.reader.rows("SELECT ingested_at, carded_at FROM mention")
    keys = {one.body["metadata"]["event_payload"]["key"] for one in came}
    first = [datetime.fromisoformat(row["ingested_at"]).timestamp() for row in committed]
    carded = [datetime.fromisoformat(row["carded_at"]).timestamp() for row in committed]
    waits = [late - early for early, late in zip(first, carded, strict=True)]
    rate = len(carded) / (max(carded) - min(first))
    line(
        f"{CARDS:,} mentions from a feed to an instant chat server",
        f"{rate:,.0f} cards/s, each committed, p99 {percentile(waits, 0.99):.2f} s; {len(came)} posts of {len(keys)}",
        "at least 700 cards/s; p99 at most 3 s",
    )


def hook_and_claims(folder: Path, python: str) -> None:
    """Push mentions one by one, then claim them alone, and with twenty in flight."""
    with InstantSlack.instant() as slack:
        people, finance = stage(slack)
        with BotProcess(folder / "hook", slack, python=python, log_level="WARNING") as bot:
            slack.came()
            cards, shown = [], []
            for number in range(PUSHES):
                begun = time.time()
                if bot.push(mentioned(number)) != 200:
                    raise RuntimeError("a hook was not acknowledged")
                posted = slack.came(1)
                shown.append(posted[0].at - begun)
                cards += slack.show(finance, posted)
            line(
                "one mention pushed by webhook to its card",
                f"p50 {statistics.median(shown) * 1000:.0f} ms, p99 {percentile(shown, 0.99) * 1000:.0f} ms",
                "p99 at most 50 ms",
            )
            for start in range(PUSHES, PUSHES + CLAIMS, 100):
                bot.push(*(mentioned(number) for number in range(start, start + 100)))
            cards += slack.show(finance, slack.came(CLAIMS))
            bot.settle(PUSHES + CLAIMS)
            gestures = [_press(slack, people, card, number) for number, card in enumerate(cards)]
            press_all(slack, gestures[:1], 1)  # the first one loads Bolt
            _say_claims("alone", press_all(slack, gestures[1:PUSHES], 1), "p99 at most 50 ms")
            promised = "p99 at most 150 ms; at least 400 claims/s; none over 3 s"
            _say_claims("20 in flight", press_all(slack, gestures[PUSHES:], 20), promised)


def _press(slack: FakeSlack, people: list[User], card: Message, number: int) -> Gesture:
    return slack.build.press(people[number % len(people)], card, "dibs:claim")


def _say_claims(how: str, pressed: Pressed, promised: str) -> None:
    times = f"p50 {statistics.median(pressed.each) * 1000:.0f} ms, p99 {percentile(pressed.each, 0.99) * 1000:.0f} ms"
    rate = f"{times}, {len(pressed.each) / pressed.all:,.0f} claims/s"
    line(f"acknowledging a claim over HTTP, {how}", rate, promised)


def start_and_idle(folder: Path, python: str) -> None:
    """Start with Slack and SQLite; then hear one feed that says nothing new, asked each second, and do nothing else."""
    with InstantSlack.instant() as slack:
        stage(slack)
        bot = BotProcess(folder / "start", slack, python=python)
        starts = [_start_seconds(bot) for _ in range(5)]
        bare = [_seconds([python, "-c", "import aiohttp, sqlmodel, slack_bolt"]) for _ in range(5)]
    cold, floor = statistics.median(starts), statistics.median(bare)
    line("cold start until it answers", f"{cold:.2f} s = {cold / floor:.1f} x importing the SDKs", "at most 1.5 s")
    for what, one in (("the core's packages", python), ("the developers' packages", sys.executable)):
        memory, share = _idle(folder / what.replace(" ", ""), one)
        line(f"idle memory, Slack + SQLite + a feed, {what}", f"{memory:.0f} MB", "at most 95 MB")
        line(f"idle CPU, Slack + SQLite + a feed, {what}", f"{share:.2%} of a core", "at most 0.5 % of a core")


def _idle(folder: Path, python: str) -> tuple[float, float]:
    """Return the megabytes that an idle bot holds, and the share of a core that it takes."""
    with InstantSlack.instant() as slack, FeedServer.run() as feeds:
        stage(slack)
        feeds.show([Item(id=f"entry-{number}") for number in range(20)])
        with BotProcess(folder, slack, {"blog": feeds.url()}, python=python, log_level="WARNING") as bot:
            # The first start compiles what is imported, which the later ones do not.
            time.sleep(SETTLING_SECONDS)
            bot.term()
            bot.start()
            time.sleep(SETTLING_SECONDS)
            before = cpu_seconds(bot.pid)
            time.sleep(IDLE_SECONDS)
            return resident_megabytes(bot.pid), (cpu_seconds(bot.pid) - before) / IDLE_SECONDS


def _start_seconds(bot: BotProcess) -> float:
    begun = time.monotonic()
    bot.start(ready=False)
    bot.wait_for(lambda: bot.get("/healthz")[0] == 200)
    taken = time.monotonic() - begun
    bot.kill()
    return taken


def _seconds(command: list[str]) -> float:
    begun = time.monotonic()
    subprocess.run(command, check=True)
    return time.monotonic() - begun


def cpu_seconds(pid: int) -> float:
    """Return what its threads used, in nanoseconds: a tick of the clock is longer than what an idle second takes."""
    threads = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(one.read_text().split()[0]) for one in threads) / 1e9


def resident_megabytes(pid: int) -> float:
    """Return what a process holds in memory."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1_000_000


def main() -> None:
    """Print every row."""
    logging.getLogger("bare").setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory(prefix="dibs-bench-") as name:
        folder = Path(name)
        installed(ROOT / "requirements.lock", folder / "core")
        python = str(folder / "core" / "bin" / "python")
        (folder / "house").mkdir()
        cards_from_a_feed(folder, python)
        hook_and_claims(folder, python)
        acknowledgements_in_process(folder / "house")
        start_and_idle(folder, python)


if __name__ == "__main__":
    main()
