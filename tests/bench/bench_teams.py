"""Teams: activities a second with their tokens checked, beside a bare aiohttp handler; claims, beside Slack; memory.

The bot and the bare handler are processes of the same environment, the image's, which holds the SDK; what is sent to
them was made and signed before, each activity with a token of its own, and goes over as many connections to both. The
rounds take turns, and the medians count.
"""

import json
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.bench.bench_design import line, resident_megabytes, stage
from tests.bench.bench_install import ROOT, installed
from tests.bench.instant import InstantSlack
from tests.bench.pressers import Pressed, press_all, request, send_all
from tests.end_to_end.bot_process import BotProcess, mentioned
from tests.end_to_end.teams_office import TeamsOffice
from tests.fakes.slack.records import Json
from tests.fakes.slack.server import FakeSlack
from tests.fakes.teams.server import FakeTeams

ROUNDS = 5
ACTIVITIES = 600
CLAIMS = 320
LINES = 20
IDLE_SECONDS = 10.0


@contextmanager
def bare(python: str) -> Iterator[str]:
    """Run the bare handler, and return its address."""
    process = subprocess.Popen([python, "-m", "tests.bench.bare"], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield f"http://127.0.0.1:{int(process.stdout.readline())}/api/messages"
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def signed(teams: FakeTeams, address: str, activities: Sequence[Json]) -> list[bytes]:
    """Return activities as requests, each with a token of its own."""
    return [
        request(address, json.dumps(one).encode(), teams.sign(jti=str(number))) for number, one in enumerate(activities)
    ]


def rate(pressed: Pressed) -> float:
    """Return how many were acknowledged a second."""
    return len(pressed.each) / pressed.all


def say(what: str, ours: list[float], floors: list[float], promised: str) -> None:
    """Print one row: medians, and how many times as long it takes as the bare handler beside it."""
    times = statistics.median(floor / one for floor, one in zip(floors, ours, strict=True))
    line(
        what,
        f"{statistics.median(ours):,.0f}/s; bare aiohttp {statistics.median(floors):,.0f}/s, {times:.1f} x as long",
        promised,
    )


def activities_and_claims(folder: Path, python: str) -> None:
    """Send what means nothing to us, then presses of Claim, each on a mention of its own; then the same on Slack."""
    heard: list[float] = []
    claimed: list[float] = []
    floors: list[float] = []
    beside: list[float] = []
    slack: list[float] = []
    with FakeTeams.run(paced=False) as teams, bare(python) as floor, _slack_claims(folder / "slack", python) as claim:
        people = [teams.ana, teams.ben, *(teams.person(f"person{one}", f"Person {one}") for one in range(48))]
        office = TeamsOffice.open(teams)
        with BotProcess(folder / "teams", None, teams=teams, python=python, log_level="WARNING") as bot:
            address = f"{bot.url}/api/messages"
            office.install()
            tokens = _arrived(bot, ROUNDS * CLAIMS)
            for number in range(ROUNDS):
                said = [
                    teams.build.activity("message", people[one % len(people)], office.finance, text=f"Hello {one}")
                    for one in range(ACTIVITIES)
                ]
                floors.append(rate(send_all(floor, signed(teams, floor, said), LINES)))
                heard.append(rate(send_all(address, signed(teams, address, said), LINES)))
                presses = [
                    teams.build.press(
                        people[one % len(people)], office.finance, "18", "dibs:claim", {"ref": f"{token}.1"}
                    )
                    for one, token in enumerate(tokens[number * CLAIMS : (number + 1) * CLAIMS])
                ]
                beside.append(rate(send_all(floor, signed(teams, floor, presses), LINES)))
                claimed.append(rate(send_all(address, signed(teams, address, presses), LINES)))
                slack.append(claim())
            owned = sum(bool(row["owner"]) for row in bot.reader.mentions("teams"))
            if owned != ROUNDS * CLAIMS:
                raise RuntimeError(f"{owned} of {ROUNDS * CLAIMS} were claimed")
    say("Teams: activities a second, token checked", heard, floors, "none")
    say("Teams: claims a second, token checked, committed", claimed, beside, "none")
    share = statistics.median(ours / theirs for ours, theirs in zip(claimed, slack, strict=True))
    line(
        "Teams: claims a second, beside those on Slack over HTTP",
        f"{statistics.median(claimed):,.0f}/s; Slack {statistics.median(slack):,.0f}/s, {share:.2f} of them",
        "at least half",
    )


@contextmanager
def _slack_claims(folder: Path, python: str) -> Iterator[Callable[[], float]]:
    """Run a bot on Slack, and return what claims as many mentions there and says how many that were a second."""
    with InstantSlack.instant() as slack:
        people, finance = stage(slack)
        with BotProcess(folder, slack, python=python, log_level="WARNING") as bot:
            slack.came()
            _arrived(bot, ROUNDS * CLAIMS)
            cards = iter(slack.show(finance, slack.came(ROUNDS * CLAIMS)))

            def claim() -> float:
                some = [
                    slack.build.press(people[one % len(people)], next(cards), "dibs:claim") for one in range(CLAIMS)
                ]
                return rate(press_all(slack, some, LINES))

            yield claim


def _arrived(bot: BotProcess, number: int) -> list[str]:
    """Let so many mentions arrive; their cards follow at Teams' pace, which a press need not wait for."""
    for start in range(0, number, 100):
        if bot.push(*(mentioned(one) for one in range(start, min(number, start + 100)))) != 200:
            raise RuntimeError("a hook was not acknowledged")
    return [str(row["token"]) for row in bot.reader.mentions("teams")]


def idle_memory(folder: Path, python: str) -> None:
    """Start with Slack alone, with Teams alone and with both, and look when nothing happens."""
    with FakeSlack.run(posts_per_second=0) as slack, FakeTeams.run() as teams:
        for name in ("support-social", "finance-care"):
            slack.workspace.add_channel(name)
        office = TeamsOffice.open(teams)
        found: dict[str, float] = {}
        for name, on in (("Slack", (slack, None)), ("Teams", (None, teams)), ("Slack and Teams", (slack, teams))):
            with BotProcess(folder / name.replace(" ", ""), on[0], teams=on[1], python=python) as bot:
                if on[1] is not None:
                    office.install()
                # The first start makes the database and compiles what it imports, which the later ones do not.
                bot.term()
                bot.start()
                time.sleep(IDLE_SECONDS)
                found[name] = resident_megabytes(bot.pid)
    for name, megabytes in found.items():
        line(f"idle memory, {name} + SQLite", f"{megabytes:.0f} MB", _promised(name, found))


def _promised(name: str, found: dict[str, float]) -> str:
    if name == "Slack":
        return "at most 95 MB: nothing of Teams is loaded"
    return f"none; {found[name] - found['Slack']:+.0f} MB beside Slack alone"


def main() -> None:
    """Print every row."""
    with tempfile.TemporaryDirectory(prefix="dibs-bench-") as name:
        folder = Path(name)
        installed(ROOT / "requirements-image.lock", folder / "image")
        python = str(folder / "image" / "bin" / "python")
        activities_and_claims(folder, python)
        idle_memory(folder, python)


if __name__ == "__main__":
    main()
