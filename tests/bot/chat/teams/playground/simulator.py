"""Microsoft 365 Agents Playground, a client of Teams in a web page, which speaks to the real bot on this machine.

https://learn.microsoft.com/microsoft-365/agents-sdk/test-with-toolkit-project. It sends no token and takes any, so the
bot runs with TEAMS_DEVELOPMENT; it draws Teams' cards with Teams' own renderer, but no dialogs, no people picker and
no reactions. By itself it listens on all interfaces: ``loopback.cjs`` is loaded before it and binds it to 127.0.0.1.

Run as a program it prints where the simulator is, and with ``--install`` first installs it below ``build/``, by npm.
"""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from tests.end_to_end.bot_process import TEAMS_HOMES, free_port
from tests.fakes.slack.records import Json
from tests.harness.npm import NpmPackage
from tests.harness.patience import HANG_SECONDS

HERE = Path(__file__).parent
_PLAYGROUND = NpmPackage(
    name="@microsoft/m365agentsplayground",
    called="Microsoft's simulator of Teams",
    lock=HERE,
    folder="playground",
)
PROGRAM = _PLAYGROUND.path / "cli.js"
HOW = "Microsoft's simulator is not installed (make test-playground installs it; it needs node and npm)"
TENANT = "00000000-0000-4000-8000-000000000001"
# The simulator wants five colleagues at least.
PEOPLE = ("Ana Lopez", "Ben Weiss", "Chloe Martin", "Deniz Kaya", "Emma Berg", "Finn Olsen")
PERSONAL = "a:acme-ana"
_START_SECONDS = 60.0


def find() -> Path | None:
    """Return where the simulator is, in the version that the tests name; None without it, or without node."""
    return PROGRAM if shutil.which("node") is not None and _PLAYGROUND.is_there() else None


def person(number: int) -> Json:
    """Return somebody of the sample company, as the simulator wants them."""
    given, surname = PEOPLE[number].split()
    return {
        "id": f"29:{given.lower()}",
        "name": PEOPLE[number],
        "userPrincipleName": f"{given.lower()}@acme.example",
        "aadObjectId": f"00000000-0000-4000-8000-{number + 32:012}",
        "givenName": given,
        "surname": surname,
        "email": f"{given.lower()}@acme.example",
    }


def configuration() -> Json:
    """Return the sample company: Ana at the keyboard, a team with two channels."""
    return {
        "version": "0.1.1",
        "tenantId": TENANT,
        "bot": {"id": "00000000-0000-4000-8000-000000000011", "name": "Dibs"},
        "currentUser": person(0),
        "users": [person(number) for number in range(1, len(PEOPLE))],
        "personalChat": {"id": PERSONAL},
        "groupChat": {"id": "19:acme-group@thread.v2", "name": "Group"},
        "team": {
            "id": TEAMS_HOMES["support"],
            "name": "Acme",
            "aadGroupId": "00000000-0000-4000-8000-000000000099",
            "channels": [{"id": TEAMS_HOMES["finance"], "name": "finance-care"}],
        },
    }


@dataclass
class Playground:
    """The simulator, once it runs; for ``BotProcess`` it stands where a fake Teams would."""

    port: int
    bot_url: str = ""

    @property
    def url(self) -> str:
        """Where its page is."""
        return f"http://127.0.0.1:{self.port}"

    def env(self) -> dict[str, str]:
        """Return the environment of a bot that talks to it."""
        return {"TEAMS_DEVELOPMENT": "1"}

    def send(self, activity: Json) -> None:
        """Let it send an activity of our own making to the bot: what somebody else does, who has no window."""
        body = json.dumps(activity).encode()
        request = urllib.request.Request(
            f"{self.url}/_internal/v1/customActivities", body, {"Content-Type": "application/json"}
        )
        with _opener().open(request, timeout=HANG_SECONDS) as answer:
            assert answer.status == 200

    def post(self, activity: Json) -> None:
        """Show a message in the channel as from the bot, without one."""
        path = f"{self.url}/_connector/v3/conversations/{quote(TEAMS_HOMES['finance'], safe='')}/activities"
        sender = {"id": "00000000-0000-4000-8000-000000000011", "name": "Dibs"}
        body = json.dumps(activity | {"from": sender}).encode()
        request = urllib.request.Request(path, body, {"Content-Type": "application/json"})
        with _opener().open(request, timeout=HANG_SECONDS) as answer:
            assert answer.status in (200, 201)

    def press(self, number: int, token: str, card: str, verb: str) -> Json:
        """Return the press of a button by a colleague."""
        somebody = person(number)
        value = {"action": {"type": "Action.Execute", "verb": f"dibs:{verb}", "data": {"ref": f"{token}.1"}}}
        channel = TEAMS_HOMES["finance"]
        return {
            "type": "invoke",
            "id": f"press-{number}-{token}",
            "name": "adaptiveCard/action",
            "channelId": "msteams",
            "serviceUrl": f"{self.url}/_connector",
            "from": {"id": somebody["id"], "aadObjectId": somebody["aadObjectId"], "name": somebody["name"]},
            "recipient": {"id": "00000000-0000-4000-8000-000000000011", "name": "Dibs"},
            "conversation": {"id": f"{channel};messageid={card}", "conversationType": "channel", "isGroup": True},
            "channelData": {
                "tenant": {"id": TENANT},
                "team": {"id": TEAMS_HOMES["support"]},
                "channel": {"id": channel},
            },
            "replyToId": card,
            "value": value,
        }

    def wait(self) -> None:
        """Wait until it serves its page."""
        deadline = time.monotonic() + _START_SECONDS
        while True:
            with contextlib.suppress(urllib.error.URLError, OSError), _opener().open(self.url, timeout=5):
                return
            assert time.monotonic() < deadline, "the simulator does not start"
            time.sleep(0.1)


def _opener() -> urllib.request.OpenerDirector:
    return urllib.request.build_opener(urllib.request.ProxyHandler({}))


@contextlib.contextmanager
def playing(folder: Path, playground: Playground) -> Iterator[Playground]:
    """Run the simulator for a bot that runs already; it is ended by its id."""
    program, node = find(), shutil.which("node")
    assert program is not None
    assert node is not None
    # What is JSON is YAML, too.
    (folder / ".m365agentsplayground.yml").write_text(json.dumps(configuration()))
    command = [node, "--require", str(HERE / "loopback.cjs"), str(program), "start"]
    command += ["--app-endpoint", f"{playground.bot_url}/api/messages", "--channel-id", "msteams"]
    command += ["--port", str(playground.port), "--service-url", f"{playground.url}/_connector"]
    command += ["--disable-telemetry"]
    with (folder / "playground.log").open("wb") as log:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env={"PATH": os.environ["PATH"], "HOME": str(folder), "TEAMSAPPTESTER_BROWSER": "none"},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    try:
        playground.wait()
        yield playground
    finally:
        process.terminate()
        try:
            process.wait(HANG_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(HANG_SECONDS)


def new() -> Playground:
    """Return a simulator that does not run yet, with a port of its own."""
    return Playground(free_port())


def main() -> int:
    """Print where the simulator is, or how to get it."""
    if "--install" in sys.argv:
        _PLAYGROUND.install()
    print(find() or HOW)
    return 0


if __name__ == "__main__":
    sys.exit(main())
