"""The command line: what it says, and with which exit code."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.cli.command_line import app
from storage.engine.database import Database, open_engine
from storage.engine.schema import upgrade
from tests.harness.patience import HANG_SECONDS
from tests.harness.scene import Scene

ROOT = Path(__file__).resolve().parents[3]


def run(*arguments: str, **environ: str) -> Result:
    return CliRunner().invoke(app, list(arguments), env=environ)


def test_a_manifest_for_http_names_the_address_where_dibs_is() -> None:
    said = run("manifest", "slack", "--http", DIBS_PUBLIC_URL="https://dibs.acme.example/")
    assert said.exit_code == 0
    address = json.loads(said.stdout)["settings"]["event_subscriptions"]["request_url"]
    assert address == "https://dibs.acme.example/slack/events"


@pytest.mark.parametrize("url", ["", "dibs.acme.example", "https://example.com/dibs"])
def test_no_manifest_is_printed_for_an_address_that_run_would_refuse(url: str) -> None:
    said = run("manifest", "slack", "--http", DIBS_PUBLIC_URL=url)
    assert (said.exit_code, said.stdout) == (2, "")
    assert "DIBS_PUBLIC_URL" in said.stderr


def test_a_manifest_for_socket_mode_needs_no_address() -> None:
    assert run("manifest", "slack", DIBS_PUBLIC_URL="").exit_code == 0


# --- health: one reading of the settings -----------------------------------------------------------------------------


class Alive(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/healthz" else 404)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def alive(host: str = "127.0.0.1") -> Iterator[int]:
    server = HTTPServer((host, 0), Alive)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize("written", ["{}", "{}\n", " {} ", '"{}"', "'{}'\r\n"])
@pytest.mark.parametrize("by_file", [False, True])
def test_health_asks_the_port_that_run_listens_on(tmp_path: Path, written: str, by_file: bool) -> None:
    with alive() as port:
        value = written.format(port)
        if by_file:
            (tmp_path / "port").write_text(value)
            said = run("health", DIBS_PORT_FILE=f"{tmp_path / 'port'}\n", DIBS_PORT="")
        else:
            said = run("health", DIBS_PORT=value)
    assert (said.exit_code, said.stdout) == (0, "alive\n")


@pytest.mark.parametrize("host", ["0.0.0.0", "127.0.0.1", "localhost", '"127.0.0.1"'])
def test_health_asks_the_address_that_run_listens_on(host: str) -> None:
    with alive() as port:
        assert run("health", DIBS_HOST=host, DIBS_PORT=str(port)).exit_code == 0


@pytest.mark.parametrize(
    "environ",
    [
        {"DIBS_PORT": "http"},
        {"DIBS_PORT": "70000"},
        {"DIBS_PORT_FILE": "/no/such/file"},
        {"DIBS_HOST": "no host", "DIBS_PORT": "9"},
        {"DIBS_PORT": "9"},
    ],
)
def test_health_never_answers_with_a_traceback(environ: dict[str, str]) -> None:
    said = run("health", **environ)
    assert said.exit_code == 1
    assert isinstance(said.exception, SystemExit)
    assert len(said.stderr.splitlines()) == 1


# --- files that cannot be what they should be ------------------------------------------------------------------------

COMMANDS = [
    ("desk", "ana@acme.example"),
    ("digest", "support"),
    ("topic", "test", "acme"),
    ("db", "upgrade"),
    ("log", "export"),
    ("log", "verify"),
    ("check",),
]


@pytest.mark.parametrize(
    "path", ["no/such/folder/dibs.toml", "{file}/dibs.toml", "{folder}", "x" * 300, "/proc/dibs.toml"]
)
def test_where_no_file_can_be_written_init_says_so(tmp_path: Path, path: str) -> None:
    (tmp_path / "file").touch()
    said = run("init", path.format(file=tmp_path / "file", folder=tmp_path))
    assert said.exit_code == 1
    assert isinstance(said.exception, SystemExit)
    assert len(said.stderr.splitlines()) == 1


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("kind", ["no folder", "a folder", "no database", "a broken one"])
def test_a_database_that_is_none_is_a_sentence_for_every_command(
    tmp_path: Path, command: tuple[str, ...], kind: str
) -> None:
    (tmp_path / "dibs.toml").write_text("[departments.support]\n")
    database = tmp_path / ("no/such/dibs.db" if kind == "no folder" else "dibs.db")
    if kind == "a folder":
        database.mkdir()
    elif kind == "no database":
        database.write_text("This is a list of things to buy, and no database at all. " * 40)
    elif kind == "a broken one":
        database.write_bytes(b"SQLite format 3\0" + b"\x10\0\1\1" + b"\xff" * 5_000)
    environ = {"DIBS_CONFIG": str(tmp_path / "dibs.toml"), "DIBS_DATABASE_URL": f"sqlite:///{database}"}
    said = run(*command, DIBS_PUBLIC_URL="http://127.0.0.1:8484", DIBS_PORT="0", **environ)
    assert said.exit_code == 1
    assert isinstance(said.exception, SystemExit), said.exception
    assert "database" in said.output.lower() or "dibs.db" in said.output


@pytest.mark.process
def test_run_says_of_a_file_that_is_no_database_what_is_so(tmp_path: Path) -> None:
    (tmp_path / "dibs.toml").write_text("[departments.support]\n")
    (tmp_path / "dibs.db").write_text("This is a list of things to buy, and no database at all. " * 40)
    order = [sys.executable, "-P", "-m", "bot", "run"]
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    ended = subprocess.run(order, cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=HANG_SECONDS)
    assert ended.returncode == 1
    assert ended.stderr == "The database cannot be used: DatabaseError: file is not a database\n"


@pytest.mark.parametrize("command", [*COMMANDS, ("source", "test", "blog")], ids=" ".join)
def test_a_configuration_that_is_a_folder_or_not_there_is_a_sentence_for_every_command(
    tmp_path: Path, command: tuple[str, ...]
) -> None:
    for path in (tmp_path, tmp_path / "no.toml", tmp_path / "no" / "such.toml"):
        said = run(*command, DIBS_CONFIG=str(path))
        assert said.exit_code == 1
        assert isinstance(said.exception, SystemExit)


# --- a head of the log -----------------------------------------------------------------------------------------------


@pytest.fixture
def log(tmp_path: Path) -> tuple[dict[str, str], str]:
    """The environment of an installation with a log, and its head."""
    (tmp_path / "dibs.toml").write_text("[departments.support]\n")
    url = f"sqlite:///{tmp_path / 'dibs.db'}"
    engine = open_engine(url)
    upgrade(engine)
    with closing(Database(engine)) as database:
        Scene(database).arrive()
    environ = {"DIBS_CONFIG": str(tmp_path / "dibs.toml"), "DIBS_DATABASE_URL": url}
    return environ, run("log", "verify", **environ).stdout.split()[-1]


@pytest.mark.parametrize("change", ["{}", " {} ", "{}\n", "\t{}\r\n", "\u00a0{}\u200b", "upper", "broken"])
def test_white_space_and_capitals_mean_nothing_in_a_head(log: tuple[dict[str, str], str], change: str) -> None:
    environ, head = log
    given = {"upper": head.upper(), "broken": f"{head[:30]}\n  {head[30:]}"}.get(change) or change.format(head)
    said = run("log", "verify", "--head", given, **environ)
    assert said.exit_code == 0, said.output


@pytest.mark.parametrize(
    "head", ["", " ", "\n", "HEAD", "$HEAD", "0" * 63, "0" * 65, "g" * 64, "0x" + "0" * 62, "1234…"]
)
def test_what_is_no_hash_at_all_is_wrong_use_and_no_alarm(log: tuple[dict[str, str], str], head: str) -> None:
    said = run("log", "verify", "--head", head, **log[0])
    assert (said.exit_code, said.stdout) == (2, "")
    assert "cut" not in said.stderr


def test_the_link_in_a_digest_is_a_head_too(log: tuple[dict[str, str], str]) -> None:
    environ, head = log
    said = run("log", "verify", "--head", f"https://dibs.acme.example/log?head={head}", **environ)
    assert said.exit_code == 0, said.output
    assert run("log", "verify", "--head", f"https://dibs.acme.example/log?head={'f' * 64}", **environ).exit_code == 1


@pytest.mark.parametrize("given", ["{}", "{}…", "https://dibs.acme.example/log?head={}"])
def test_the_beginning_of_a_head_proves_nothing_and_says_where_the_rest_is(
    log: tuple[dict[str, str], str], given: str
) -> None:
    environ, head = log
    said = run("log", "verify", "--head", given.format(head[:12]), **environ)
    assert (said.exit_code, said.stdout) == (2, "")
    assert "the beginning of a head" in " ".join(said.stderr.replace("│", " ").split())


def test_another_hash_stays_an_alarm(log: tuple[dict[str, str], str]) -> None:
    environ, head = log
    for other in ("f" * 64, head[::-1], head[:-1] + ("0" if head[-1] != "0" else "1")):
        said = run("log", "verify", "--head", other, **environ)
        assert said.exit_code == 1
        assert "cut or rewritten" in said.stderr
