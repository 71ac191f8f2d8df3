"""The nursery: a process that has imported everything once, of which every bot of these tests is a fork.

Importing is three quarters of what a start costs, over a second of a core, and these tests start more than a hundred
bots and commands. What a bot imports only when it is first used is imported here, too. What is forked is a process
like any other: an id, an environment, a folder and files of its own, its own end, and it runs its command line from the
first line to the last. A module that is not imported here is imported by the bot itself, as always.
``BotProcess(python=…)`` starts without any of this.

``python -m tests.end_to_end.nursery SOCKET`` serves until its standard input ends. For each order a keeper is forked,
which forks the process, tells its id, waits for its end and tells that.
"""

import functools
import gc
import importlib
import json
import os
import runpy
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.harness.patience import HANG_SECONDS

ROOT = Path(__file__).parents[2]
IMPORTED = (
    "alembic.command",
    "bot.app",
    "bot.chat.desk.platform",
    "bot.chat.slack.platform",
    "bot.chat.slack.receive.bolt",
    "bot.chat.teams.sdk.adapter",
    "bot.chat.teams.platform",
    "bot.sources.kinds.feed.source",
    "bot.sources.kinds.webhook.source",
    "cryptography.fernet",
    "handlers.report.digest",
    "handlers.report.log",
    "jinja2",
    "psycopg",
    "storage.engine.upgrade",
    "typer",
)


class Child:
    """A process of the nursery, seen from the tests: what they need of ``subprocess.Popen``."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line
        self._answers = line.makefile("r")
        self._lock = threading.Lock()
        self.returncode: int | None = None
        self.pid = int(self._answers.readline())

    def poll(self) -> int | None:
        """Return what it ended with, None while it lives."""
        return self._look(0)

    def wait(self, timeout: float) -> int:
        """Wait for its end.

        Raises:
            subprocess.TimeoutExpired: It lives.
        """
        ended = self._look(timeout)
        if ended is None:
            raise subprocess.TimeoutExpired(f"process {self.pid}", timeout)
        return ended

    def _look(self, seconds: float) -> int | None:
        with self._lock:
            if self.returncode is None and select.select([self._line], [], [], seconds)[0]:
                self.returncode = int(self._answers.readline())
                self._answers.close()
                self._line.close()
            return self.returncode


class Nursery:
    """The tests' side of it."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="dibs-"))
        self._address = str(self._folder / "nursery")
        order = [sys.executable, "-m", __name__, self._address]
        self._server = subprocess.Popen(order, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self._server.stdout is not None
        assert self._server.stdout.readline() == b"open\n", "the nursery did not open"

    def start(
        self, command: Sequence[str], folder: Path, environment: Mapping[str, str], output: Path, errors: Path
    ) -> Child:
        """Run ``python -m command`` in a folder, with this environment and no other; its output is appended."""
        line = socket.socket(socket.AF_UNIX)
        line.settimeout(HANG_SECONDS)
        line.connect(self._address)
        order = {"command": command, "folder": folder, "environment": environment, "output": output, "errors": errors}
        line.sendall(json.dumps(order, default=str).encode() + b"\n")
        return Child(line)

    def close(self) -> None:
        """End it; what it has brought up ends by itself, or by who asked for it."""
        self._server.communicate()
        shutil.rmtree(self._folder, ignore_errors=True)


_OPENING = threading.Lock()


@functools.cache
def _opened() -> Nursery:
    return Nursery()


def nursery() -> Nursery:
    """Return this session's nursery, opened for whoever comes first; scenarios come from several threads."""
    with _OPENING:
        return _opened()


def close_nursery() -> None:
    """Close this session's nursery, if anybody came."""
    with _OPENING:
        if _opened.cache_info().currsize:
            _opened().close()
            _opened.cache_clear()


# --- the process itself ----------------------------------------------------------------------------------------------


def serve(address: str) -> dict[str, Any]:
    """Take orders until the tests are over; returns, in the process that was ordered, what it shall be."""
    # Ctrl-C belongs to pytest; keepers are nobody's children to wait for.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(address)
        door.listen(64)
        os.write(1, b"open\n")
        while door.fileno() in select.select([door.fileno(), 0], [], [])[0]:
            line, _ = door.accept()
            with line:
                if os.fork() == 0:
                    door.close()
                    return keep(line)
    os._exit(0)


def keep(line: socket.socket) -> dict[str, Any]:
    """Fork the process, and tell its id and what it ended with; returns in that process alone."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    with line.makefile("r") as orders:
        order: dict[str, Any] = json.loads(orders.readline())
    child = os.fork()
    if child == 0:
        line.close()
        return order
    line.sendall(f"{child}\n".encode())
    _, status = os.waitpid(child, 0)
    try:
        line.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())
    finally:
        os._exit(0)


def become(order: dict[str, Any]) -> None:
    """Put on folder, environment and files, and run."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.chdir(order["folder"])
    os.environ.clear()
    os.environ.update(order["environment"])
    for number, file in enumerate((os.devnull, order["output"], order["errors"])):
        opened = os.open(file, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(opened, number)
        os.close(opened)
    module, *arguments = order["command"]
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    for name in IMPORTED:
        importlib.import_module(name)
    gc.freeze()  # what is imported stays; the collector of each fork would walk through it, and copy it by that
    become(serve(sys.argv[1]))
