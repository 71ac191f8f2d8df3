"""What the documents say to type is typed: every command of each page, in its order, in a directory of its own.

What a page begins with is what it says that one has by then: a `dibs.toml` and a database in which a morning's mentions
stand, unless it writes its own. `dibs run` is started where the page goes on with the running bot, or speaks to one.
What cannot be typed here is named below by its program, with the reason; so a new one is noticed.
"""

import itertools
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import threading
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli.command_line import app
from bot.settings.settings import load_settings
from storage.engine.database import Database, open_engine
from storage.engine.schema import upgrade
from tests.end_to_end.bot_process import free_port
from tests.end_to_end.nursery import Child, nursery
from tests.fakes.slack.server import FakeSlack
from tests.harness.documents.regions import ROOT, documents, read
from tests.harness.documents.shell import SHELLS, Typed, blocks, typed
from tests.harness.patience import HANG_SECONDS, wait_until
from tests.harness.postgres import Cluster, environment_url
from tests.harness.scene import Scene

PAGES = [name for name in documents() if typed(read(name))]
NOT_TYPED: Mapping[str, str] = {
    "make": "its targets are looked up by tests/test_documents.py; they install, or run these tests",
    "python3": "makes an environment that is then filled from a package index",
    ".": "enters that environment",
    "pip": "asks a package index",
    "docker": "wants an engine, and an image to build on",
    "useradd": "wants root",
    "install": "writes where only root may",
    "systemctl": "wants systemd and root",
    "journalctl": "wants systemd",
    "cyclonedx-py": "is another project's tool, not installed here",
    "pip-audit": "is another project's tool, and asks a public service",
    "dibs source login": "asks a network, and a person at a browser",
}
BY_SHELL = ("cat", "curl", "openssl")
# Those that are typed at the running bot.
AT_THE_BOT = ("curl", "dibs health", "dibs reload")
# What a page lets people put in, and what stands there for it in a test.
DATABASE = "postgresql://dibs:PASSWORD@db.acme.example/dibs"
FEED = "https://alerts.example/feed.xml"
ENTRIES = "".join(
    f"<item><guid>{number}</guid><title>{text}</title><link>https://blog.example/{number}</link></item>"
    for number, text in enumerate(("A refund from Acme", "Charged twice", "Nice weather"))
)


def is_not_typed(one: Typed) -> bool:
    """Say whether it cannot be typed here."""
    return one.program in NOT_TYPED or any(one.words.startswith(f"{name} ") for name in NOT_TYPED)


def is_started(page: list[Typed], at: int) -> bool:
    """Say whether the page goes on with the bot that it lets people start."""
    return any(one.program in AT_THE_BOT for one in page[at:])


# --- what every command is -------------------------------------------------------------------------------------------


def test_every_program_is_typed_here_or_said_why_not() -> None:
    everything = [one for name in PAGES for one in typed(read(name)) if one.language in SHELLS]
    programs = {one.program for one in everything if not is_not_typed(one)}
    ours = {one for one in programs if one.startswith("dibs ")}
    assert programs - ours - {*BY_SHELL, "export"} == set()
    left_out = " ".join(f"{one.program} {one.words}" for one in everything if is_not_typed(one))
    assert [name for name in NOT_TYPED if name not in left_out] == [], "named, and nowhere typed"
    assert len(ours) > 10


def test_every_block_says_what_it_is() -> None:
    known = (*SHELLS, "sql", "toml", "ini", "text")
    assert [(name, one) for name in documents() for one, _ in blocks(read(name)) if one not in known] == []


def test_a_command_is_read_as_a_shell_reads_it() -> None:
    page = "1. x\n\n   ```sh\n   cat > a <<'END'\n   b\n   END\n   A=1 B=2 dibs log verify\n"
    page += "   curl x \\\n     -d y\n   ```\n"
    page += "\n```console\n$ dibs run\nsaid\n```\n"
    first, second, third, fourth = typed(page)
    assert (first.program, first.text) == ("cat", "cat > a <<'END'\nb\nEND")
    assert (second.program, second.assigned) == ("dibs log", {"A": "1", "B": "2"})
    assert third.text == "curl x \\\n  -d y"
    assert fourth.words == "dibs run"
    assert Typed("export A=1 B=2").assigned == {"A": "1", "B": "2"}


# --- a place in which a page is followed -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def feed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a feed on this machine."""
    folder = tmp_path_factory.mktemp("feed")
    (folder / "feed.xml").write_text(f'<rss version="2.0"><channel>{ENTRIES}</channel></rss>')
    quiet = type("Quiet", (SimpleHTTPRequestHandler,), {"log_message": lambda *_: None})
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(quiet, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/feed.xml"
        server.shutdown()


@pytest.fixture(scope="module")
def morning(tmp_path_factory: pytest.TempPathFactory, feed: str) -> Path:
    """A directory with the configuration that the documents show, and some mentions."""
    folder = tmp_path_factory.mktemp("morning")
    shown = next(block for language, block in blocks(read("docs/reference/dibs-toml.md")) if language == "toml")
    own = f'{feed}"\nallow_private = true\n#'
    (folder / "dibs.toml").write_text(shown.replace(f'{FEED}"', own) + _hook())
    url = f"sqlite:///{folder / 'dibs.db'}"
    settings = load_settings(
        {"DIBS_DATABASE_URL": url, "DIBS_HOOK_OWN_TOOL_SECRET": "x"}, config_path=folder / "dibs.toml"
    )
    upgrade(open_engine(url))
    with closing(Database(open_engine(url))) as database:
        scene = Scene(database, settings.organisation)
        scene.person("Ana", "ana@acme.example")
        scene.numbers = itertools.count(7)
        scene.ingest(scene.posted(), scene.posted("Hello, Acme"), source="blog-search")
    return folder


def _hook() -> str:
    """Return the source that the page of webhooks adds."""
    return "\n" + next(block for language, block in blocks(read("docs/how-to/webhook.md")) if language == "toml")


@dataclass
class Followed:
    """A page on its way: its directory, and the environment as it is by now."""

    name: str
    folder: Path
    environment: dict[str, str]
    stack: ExitStack
    stand_ins: Mapping[str, str] = field(default_factory=dict)
    started: bool = False

    def follow(self) -> None:
        """Type everything."""
        page = typed(read(self.name))
        for at, one in enumerate(page):
            if one.program == "dibs run":
                if is_started(page, at):
                    self.start()
            elif not is_not_typed(one):
                if one.program in AT_THE_BOT and not self.started:
                    self.start()
                self.type(one)

    def type(self, one: Typed) -> None:
        """Type one command, which has to end well."""
        assigned = {name: self.stand_ins.get(value, value) for name, value in one.assigned.items()}
        if one.language == "sql":
            with closing(sqlite3.connect(self.folder / "dibs.db")) as database:
                database.executescript(one.text)
        elif one.program == "export":
            self.environment |= assigned
        elif one.program in BY_SHELL:
            self.by_shell(one)
        else:
            words = [self.stand_ins.get(word, word) for word in _arguments(one.words)]
            said = CliRunner().invoke(app, words, env={**self.environment, **assigned})
            assert said.exit_code == 0, (one.text, said.output, said.exception)

    def by_shell(self, one: Typed) -> None:
        """Type something of another program's; what it answers stands on the page, if it is an answer of ours."""
        if shutil.which(one.program) is None:
            pytest.skip(f"{one.program} is not installed")
        done = subprocess.run(
            ["sh", "-ec", one.text],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=HANG_SECONDS,
        )
        assert done.returncode == 0, (one.text, done.stderr)
        assert f"`{done.stdout.strip()}`" in read(self.name) or one.program != "curl"

    def start(self) -> None:
        """Start the bot, as it would be in a first terminal."""
        self.started = True
        said = self.folder / "said"
        running = nursery().start(("bot", "run"), self.folder, self.environment, said, said)
        self.stack.callback(_end, running)
        wait_until(lambda: self.answers() or running.poll() is not None, lambda: self.folder)
        assert running.poll() is None, said.read_text()

    def answers(self) -> bool:
        """Say whether the bot is there."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.environment['DIBS_PORT']}/healthz") as said:
                return bool(said.status == 200)
        except OSError:
            return False


def _arguments(words: str) -> list[str]:
    return [word.strip("'\"") for word in words.split()][1:]


def _end(running: Child) -> None:
    os.kill(running.pid, signal.SIGTERM)
    assert running.wait(HANG_SECONDS) == 0


@contextmanager
def _given(name: str) -> Iterator[dict[str, str]]:
    """Yield what a page takes to be in the environment: the tokens that it speaks of, or an address for the desk."""
    if name == "docs/how-to/slack-socket.md":
        with FakeSlack.run() as slack:
            yield slack.env(socket=True)
    else:
        yield {"DIBS_PUBLIC_URL": "https://dibs.acme.example"} if name == "docs/how-to/troubleshooting.md" else {}


@pytest.mark.process
@pytest.mark.parametrize("name", PAGES)
def test_a_page_can_be_followed_as_it_is_written(
    name: str, tmp_path: Path, morning: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    text = read(name)
    if not re.search(r"^ *(?:dibs init|cat > dibs.toml)", text, re.MULTILINE):
        shutil.copytree(morning, tmp_path, dirs_exist_ok=True)
    for variable in [one for one in os.environ if one.startswith(("DIBS_", "SLACK_", "TEAMS_"))]:
        monkeypatch.delenv(variable)
    monkeypatch.chdir(tmp_path)
    port = free_port()
    (tmp_path / ".curlrc").write_text(f'silent\nfail\nnoproxy = "*"\nconnect-to = "127.0.0.1:8484:127.0.0.1:{port}"\n')
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "DIBS_PORT": str(port)}
    environment |= {"DIBS_HOOK_OWN_TOOL_SECRET": "x"} if (tmp_path / "dibs.toml").exists() else {}
    stand_ins = {}
    if DATABASE in text:
        cluster: Cluster = request.getfixturevalue("cluster")
        stand_ins[DATABASE] = environment_url(cluster.create_database())
    with ExitStack() as stack, _given(name) as given:
        Followed(name, tmp_path, environment | given, stack, stand_ins).follow()
    assert (ROOT / name).is_file()
