"""Which tests a run is asked for: a fast tier, the usual one, and all of it.

Every rule runs on SQLite, and PostgreSQL shows it a second time. It can show something else where the database itself
is the matter: in storage, where several write at once, in whole days and whole processes. The rest differs there about
never, so the usual tier asks a fifth of it a day, and all of it within five days. Which fifth is told by the test's id
and the date, so that a run can be played again on another day (``--day``). What starts whole processes at every one of
many points, or draws every one of many pages, bears the mark "turns", and a third of it runs a day. The fast tier is
what is pure and what runs on SQLite: no PostgreSQL, no process, no browser. Who names files, tests or marks gets what
was named.
"""

import argparse
import zlib
from datetime import UTC, date, datetime

import pytest

from tests.harness.workers import group_of

FAST, USUAL, FULL = "fast", "usual", "full"
PARTS = 5
TURNS = 3
POSTGRESQL = "postgresql"
# Tests of rules; what stands in other folders is there for the database's sake.
_RULES = ("tests/handlers/", "tests/bot/")
# Of those, whole files in which every test lets several meet; single ones bear the mark "race".
_MEETING = ("race", "meeting", "meanwhile", "machine")


def add_options(parser: pytest.Parser) -> None:
    """Let a run be asked for a tier, and for another day's fifth."""
    group = parser.getgroup("tiers")
    group.addoption("--tier", choices=(FAST, USUAL, FULL), default=USUAL, help="how many of the tests run")
    group.addoption("--day", type=a_day, help="choose the rules that run on PostgreSQL as on this day: 2026-03-02")


def a_day(written: str) -> str:
    """Return a date as it was written.

    Raises:
        argparse.ArgumentTypeError: It is none.
    """
    try:
        return date.fromisoformat(written).isoformat()
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"a date such as 2026-03-02 is asked for, not {written!r}") from error


def settle_day(config: pytest.Config) -> None:
    """Look at the date once: workers get the options of the process that started them, the day among them."""
    if config.option.day is None:
        config.option.day = datetime.now(UTC).date().isoformat()


def why_left_out(item: pytest.Item, config: pytest.Config) -> str:
    """Return why a test is not asked for in this run; empty when it is."""
    if config.option.markexpr or any("::" in argument for argument in config.args):
        return ""
    if item.get_closest_marker("slow"):
        return "make test-slow runs the slow ones"
    if config.option.tier == FAST and not is_fast(item):
        return "make test runs what needs PostgreSQL, a process or a browser"
    files = all(argument.endswith(".py") for argument in config.args)
    if config.option.tier == USUAL and not files and (what := waits_for_its_day(item, config.option.day)):
        return f"{what} on {config.option.day}; make test-full runs them all, --day chooses a day's again"
    return ""


def is_fast(item: pytest.Item) -> bool:
    """Return whether a test needs neither PostgreSQL nor a process nor a browser."""
    needs = {"cluster", "chromium_path"} & set(getattr(item, "fixturenames", ()))
    marked = item.get_closest_marker("process") or item.get_closest_marker("desk")
    chosen = getattr(item, "callspec", None)
    postgresql = chosen is not None and POSTGRESQL in map(str, chosen.params.values())
    return not (needs or marked or postgresql) and group_of(item.nodeid) == item.nodeid


def waits_for_its_day(item: pytest.Item, day: str) -> str:
    """Return as what a test waits for another day; empty where this is its day, or every day is."""
    if item.get_closest_marker("turns"):
        parts, what = TURNS, "in turn"
    elif on_postgresql(item) and not item.get_closest_marker("race") and is_rule(item.nodeid):
        parts, what = PARTS, "on PostgreSQL"
    else:
        return ""
    return what if part_of(item.nodeid, parts) != date.fromisoformat(day).toordinal() % parts else ""


def on_postgresql(item: pytest.Item) -> bool:
    """Return whether this is the run on PostgreSQL of a test that takes a database."""
    callspec = getattr(item, "callspec", None)
    return callspec is not None and callspec.params.get("database_url") == POSTGRESQL


def is_rule(nodeid: str) -> bool:
    """Return whether a test holds a rule, which is the same on each database."""
    file = nodeid.partition("::")[0]
    return file.startswith(_RULES) and not any(word in file for word in _MEETING)


def part_of(nodeid: str, parts: int = PARTS) -> int:
    """Return to which part a test belongs, by its id alone."""
    return zlib.crc32(nodeid.encode()) % parts
