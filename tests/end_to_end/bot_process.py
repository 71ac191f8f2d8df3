"""The bot as a real process: written a dibs.toml, started with a clean environment, watched, killed, started again."""

import contextlib
import fcntl
import json
import os
import secrets
import signal
import socket
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, Self, TypeVar

from tests.end_to_end.database import Reader
from tests.end_to_end.nursery import Child, nursery
from tests.fakes.slack.records import Json
from tests.fakes.slack.server import FakeSlack
from tests.harness.bare import promised
from tests.harness.engines import make_tables
from tests.harness.patience import HANG_SECONDS, wait_until
from tests.harness.postgres import environment_url
from tests.harness.processes import bytecode

ROOT = Path(__file__).parents[2]
HOOK_SECRET = "acme-hook-secret-of-a-test"
TERM_SECONDS = 10.0
HOMES = {"support": "#support-social", "finance": "#finance-care"}
TEAMS_HOMES = {"support": "19:support@thread.tacv2", "finance": "19:finance@thread.tacv2"}
# Below the range from which the system takes ports for outgoing connections: a port stays free while the bot is down.
# Drawn by lot, because other sessions of the tests may run on the same machine.
FIRST_PORT, PORTS = 20_000, 12_000
# Two cores: more starts at once only make each of them slower, and acknowledgements late.
_STARTING = threading.Semaphore(2)
_T = TypeVar("_T")

CONFIG = """
[organisation]
name = "Acme"
timezone = "Europe/Berlin"
fallback = "support"
admins = ["ana@acme.example"]

[slack]
posts_per_second = {posts_per_second}

[departments.support]
name = "Customer support"
{support}
digest = {digest}

[departments.finance]
name = "Finance"
{finance}
digest = {digest}

[[topics]]
name = "billing"
any = ["refund", "invoice"]
department = "finance"

[[sources]]
name = "hook"
kind = "webhook"
scheme = "bearer"
map = {{ id = "/id", text = "/text", title = "/title", url = "/url", author = "/author" }}
"""
FEED = """
[[sources]]
name = "{name}"
kind = "feed"
url = "{url}"
every = "{every}"
backfill = true
allow_private = true
"""


def free_port() -> int:
    """Return a port of loopback that nobody listens on, and that no other test of this machine gets.

    It is kept by a lock on a file, until the tests' process ends: a bot listens late, and not while it is down.
    """
    folder = Path(tempfile.gettempdir()) / f"dibs-ports-{os.getuid()}"
    folder.mkdir(exist_ok=True)
    while True:
        port = FIRST_PORT + secrets.randbelow(PORTS)
        kept = os.open(folder / str(port), os.O_RDWR | os.O_CREAT, 0o600)
        with socket.socket() as probe, contextlib.suppress(OSError):
            fcntl.flock(kept, fcntl.LOCK_EX | fcntl.LOCK_NB)
            probe.bind(("127.0.0.1", port))
            return port
        os.close(kept)


class TeamsSide(Protocol):
    """What stands for Microsoft: the fake, or Microsoft's own simulator."""

    bot_url: str

    def env(self) -> dict[str, str]:
        """Return the environment of a bot that talks to it."""
        ...


@dataclass
class BotProcess:
    """One bot; use it as a context, which ends the process by its id.

    Attributes:
        slack, teams: The platforms that it works on, one or both.
        feeds: Addresses by the source's name.
        sources: More tables of dibs.toml, as text.
        secrets: What is in its environment besides.
        database_url: SQLAlchemy's URL; an SQLite file in ``folder`` unless told otherwise.
        runner: What is run: ``-m bot run``, or a wrapper of the tests.
        posts_per_second: The pace in dibs.toml; 0 = as fast as the answers come.
        python: The interpreter that starts it, which imports all and makes all tables; empty = a fork that has both.
        starts: Seconds that each start took until Slack was connected.
    """

    folder: Path
    slack: FakeSlack | None
    feeds: Mapping[str, str] = field(default_factory=dict)
    database_url: str = ""
    runner: Sequence[str] = ("bot", "run")
    posts_per_second: float = 0
    digest: str = "false"
    every: str = "1s"
    python: str = ""
    socket: bool = False
    sources: str = ""
    secrets: Mapping[str, str] = field(default_factory=dict)
    log_level: str = "INFO"
    teams: TeamsSide | None = None
    port: int = field(default_factory=free_port)
    starts: list[float] = field(default_factory=list)
    _process: "Child | subprocess.Popen[bytes] | None" = None

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.database_url = self.database_url or f"sqlite:///{self.folder / 'dibs.db'}"
        self.reader = Reader(self.database_url)
        self.log_file = self.folder / "stderr.log"
        self.configure()

    def configure(self) -> None:
        """Write dibs.toml."""
        homes = {key: "\n".join(self._homes_of(key)) for key in HOMES}
        body = CONFIG.format(posts_per_second=self.posts_per_second, digest=self.digest, **homes)
        body += "".join(FEED.format(name=name, url=url, every=self.every) for name, url in self.feeds.items())
        (self.folder / "dibs.toml").write_text(body + self.sources)

    def _homes_of(self, department: str) -> list[str]:
        known = {"slack": (self.slack, HOMES), "teams": (self.teams, TEAMS_HOMES)}
        return [f'{name} = "{homes[department]}"' for name, (fake, homes) in known.items() if fake is not None]

    @property
    def platforms(self) -> list[str]:
        """The platforms that it works on."""
        return [name for name, fake in (("slack", self.slack), ("teams", self.teams)) if fake is not None]

    @property
    def environment(self) -> dict[str, str]:
        """The whole environment of the process."""
        sqlite = self.database_url.startswith("sqlite")
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "PYTHONPATH": str(ROOT),
            **bytecode(),
            "DIBS_PORT": str(self.port),
            "DIBS_DATABASE_URL": self.database_url if sqlite else environment_url(self.database_url),
            "DIBS_LOG_LEVEL": self.log_level,
            "DIBS_PUBLIC_URL": self.url,
            "DIBS_HOOK_HOOK_SECRET": HOOK_SECRET,
            **(self.slack.env(socket=self.socket) if self.slack else {}),
            **(self.teams.env() if self.teams else {}),
            **self.secrets,
        }

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """The id of the process that runs, or ran last."""
        assert self._process is not None
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether the process is alive."""
        return self._process is not None and self._process.poll() is None

    @property
    def log(self) -> str:
        """What all its processes wrote to standard error."""
        return self.log_file.read_text(errors="replace") if self.log_file.exists() else ""

    # Starting and ending

    def start(self, *, ready: bool = True) -> Self:
        """Start the process on the same database and port as before; ``ready``: and wait until it is at work."""
        assert not self.running, "it runs already"
        with _STARTING:
            begun = time.monotonic()
            self._process = self._launch()
            for fake in (self.slack, self.teams):
                if fake is not None:
                    fake.bot_url = self.url
            if ready:
                self.wait_ready()
                self.starts.append(time.monotonic() - begun)
        return self

    def _launch(self) -> "Child | subprocess.Popen[bytes]":
        if not self.python:
            make_tables(self.database_url)
            return nursery().start(self.runner, self.folder, self.environment, self.log_file, self.log_file)
        with self.log_file.open("ab") as log:
            return subprocess.Popen(
                [self.python, "-m", *self.runner],
                cwd=self.folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def wait_ready(self) -> None:
        """Wait until it is alive, and until it knows its platforms."""
        self.wait_for(lambda: self.get("/healthz")[0] == 200)
        self.wait_for(self._is_ready)

    def _is_ready(self) -> bool:
        told = self.ready.get("platforms", {})
        return all(told.get(name, {}).get("status") == "ok" for name in self.platforms)

    @property
    def ready(self) -> Json:
        """What /readyz says; nothing while nothing answers."""
        status, body = self.get("/readyz")
        found: Json = json.loads(body) if status in (200, 503) and body else {}
        return found

    def kill(self) -> None:
        """SIGKILL, wherever it is."""
        if self.running:
            os.kill(self.pid, signal.SIGKILL)
        self.wait_dead()

    def wait_dead(self) -> int:
        """Wait until the process has ended; returns what it ended with."""
        assert self._process is not None
        ended = self._process.wait(HANG_SECONDS)
        # A process that was killed cannot know how long it was asked to wait.
        if self.slack is not None:
            self.slack.limits.forget()
        return ended

    def term(self) -> float:
        """SIGTERM; returns how many seconds it took, which may be 10 at most."""
        begun = time.monotonic()
        with promised(TERM_SECONDS, "an end by SIGTERM"):
            os.kill(self.pid, signal.SIGTERM)
            assert self.wait_dead() == 0, self.log[-2000:]
        return time.monotonic() - begun

    def restart(self) -> Self:
        """Kill and start again."""
        self.kill()
        return self.start()

    def __enter__(self) -> Self:
        return self if self.running else self.start()

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self.kill()

    # Asking it

    def get(self, path: str) -> tuple[int, bytes]:
        """Ask the process; 0 while it does not answer."""
        return self._ask(urllib.request.Request(f"{self.url}{path}"))

    def push(self, *posts: Json) -> int:
        """Deliver posts to its hook, as one delivery; returns the status, 0 without an answer."""
        return self.deliver("/hooks/hook", json.dumps(posts).encode(), {})

    def deliver(self, path: str, body: bytes, headers: Mapping[str, str]) -> int:
        """Send a body to a hook, with its secret unless ``headers`` say otherwise; returns the status."""
        usual = {"Authorization": f"Bearer {HOOK_SECRET}", "Content-Type": "application/json"}
        return self._ask(urllib.request.Request(f"{self.url}{path}", body, {**usual, **headers}))[0]

    def _ask(self, request: urllib.request.Request) -> tuple[int, bytes]:
        try:
            with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(
                request, timeout=HANG_SECONDS
            ) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read()
        except OSError:
            return 0, b""

    def command(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run ``dibs …`` beside it, on the same database."""
        files = self.folder / "output", self.folder / "errors"
        for file in files:
            file.write_bytes(b"")
        process = nursery().start(("bot", *arguments), self.folder, self.environment, *files)
        code = process.wait(HANG_SECONDS)
        return subprocess.CompletedProcess(arguments, code, *(file.read_text() for file in files))

    def wait_for(self, predicate: Callable[[], _T]) -> _T:
        """Wait until ``predicate`` is true and return what it gave; fail with the log when the process died."""

        def look() -> _T:
            if answer := predicate():
                return answer
            assert self.running, f"the bot ended by itself:\n{self.log[-3000:]}"
            return answer

        return wait_until(look, lambda: self.log[-3000:])

    def settle(self, mentions: int) -> None:
        """Wait until there are so many mentions, and every channel shows what its messages say."""
        self.wait_for(lambda: self._is_settled(mentions))

    def _is_settled(self, mentions: int) -> bool:
        known = self.reader.count("mention") >= mentions and self.reader.count("home") == len(HOMES) * len(
            self.platforms
        )
        return known and not self.reader.waiting()


def mentioned(number: int | str, text: str = "Where is my refund?", **fields: Any) -> Json:
    """Return a post as the hook takes it."""
    return {"id": f"hook-{number}", "text": text, "url": f"https://forum.example/{number}", "author": "Kim"} | fields
