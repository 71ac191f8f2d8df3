"""A plain `dibs run` is understood without the command line, and as the command line understands it."""

import subprocess
import sys

import pytest
from typer.main import get_command

from bot.cli.command_line import app
from bot.cli.run import plainly_asked
from bot.runtime.roles import ALL_ROLES, Role

PLAIN = {
    (): ALL_ROLES,
    ("--role", "web"): {Role.WEB},
    ("--role=worker",): {Role.WORKER},
    ("--role", "web", "--role=listen"): {Role.WEB, Role.LISTEN},
    ("--role", "web", "--role", "web"): {Role.WEB},
}
MORE = [
    *((), ("check",), ("--version",), ("-v", "run"), ("--config", "dibs.toml", "run"), ("runs",)),
    *(("run", "web"), ("run", "--help"), ("run", "--", "--role", "web"), ("run", "--roles", "web")),
    *(("run", "--role"), ("run", "--role="), ("run", "--role", "cook"), ("run", "web", "--role")),
    *(("run", "--role", "web=worker"), ("run", "--role", "web", "-v")),
]
SHARED = """
import ctypes, threading
from bot.runtime.memory import keep_together
if {together}:
    keep_together()
work = threading.Thread(target=lambda: [bytes(10_000) for _ in range(100)])
work.start()
work.join()
ctypes.CDLL(None).malloc_stats()
"""


@pytest.mark.parametrize("options", PLAIN, ids=" ".join)
def test_what_is_plain_means_what_the_command_line_takes_it_for(options: tuple[str, ...]) -> None:
    command = get_command(app).commands["run"]  # type: ignore[attr-defined]
    said = command.make_context("run", list(options)).params["role"]
    assert plainly_asked(("run", *options)) == frozenset(said or ALL_ROLES) == PLAIN[options]


@pytest.mark.parametrize("arguments", MORE, ids=" ".join)
def test_whatever_else_is_said_is_left_to_the_command_line(arguments: tuple[str, ...]) -> None:
    assert plainly_asked(arguments) is None


@pytest.mark.process
@pytest.mark.parametrize("together", [True, False])
def test_threads_share_one_heap_when_they_are_told_to(together: bool) -> None:
    order = [sys.executable, "-c", SHARED.format(together=together)]
    told = subprocess.run(order, capture_output=True, text=True, check=True).stderr
    if "Arena 0" not in told:
        pytest.skip("this machine's C library is not glibc")
    assert ("Arena 1" in told) != together
