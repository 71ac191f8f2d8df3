"""What all tests share: one PostgreSQL a session, what is left out and why, and the figures in the last line."""

import gc
import os
import tempfile
from collections import Counter
from collections.abc import Generator, Iterator, Mapping
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from _pytest.terminal import TerminalReporter
from xdist.scheduler import Scheduling

from storage.engine.database import Database
from tests.harness import chromium, tiers
from tests.harness.bare import close_bare
from tests.harness.engines import migrate, migrated, open_migrated, open_sharing
from tests.harness.postgres import Cluster, PostgresUnavailable, memory
from tests.harness.ready import ReadyDatabases
from tests.harness.scene import Scene
from tests.harness.workers import Sharing, import_share

FIGURES = "figures"
LEFT_OUT = "left out"
LEFT_OUT_KEY = pytest.StashKey[Mapping[str, int]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let a run be asked for a tier."""
    tiers.add_options(parser)


def pytest_configure(config: pytest.Config) -> None:
    """Let nothing hang on how busy a machine is: examples have no seconds to keep, and commits wait for no disk."""
    hypothesis.settings.register_profile("dibs", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
    hypothesis.settings.load_profile("dibs")
    tiers.settle_day(config)
    # All that is imported and found from here on stays; the collector would walk through it again and again.
    gc.disable()
    folder = memory()
    if folder is not None:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(folder))


# --- databases -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL server for this session, started when the first test asks for it."""
    try:
        running = Cluster.start()
    except PostgresUnavailable as trouble:
        pytest.skip(str(trouble))
    yield running
    running.stop()


@pytest.fixture(scope="session")
def ready_databases(cluster: Cluster) -> Iterator[ReadyDatabases]:
    """Migrated databases of the server, made before a test asks for one."""
    template = cluster.template(migrate)
    ready = ReadyDatabases(lambda: cluster.create_database(template), cluster.drop)
    yield ready
    ready.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty, migrated database; every test that takes it runs on both kinds."""
    if request.param == "sqlite":
        (tmp_path / "dibs.db").write_bytes(migrated())
        yield f"sqlite:///{tmp_path / 'dibs.db'}"
        return
    ready: ReadyDatabases = request.getfixturevalue("ready_databases")
    url = ready.take()
    yield url
    ready.give_back(url)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """An open database, on SQLite and on PostgreSQL."""
    opened = Database(open_sharing(database_url))
    yield opened
    opened.close()


@pytest.fixture
def in_memory() -> Iterator[Database]:
    """A migrated SQLite file where no disk is waited for."""
    with tempfile.TemporaryDirectory(dir=memory()) as folder:
        opened = Database(open_migrated(Path(folder) / "dibs.db"))
        yield opened
        opened.close()


@pytest.fixture
def scene(database: Database) -> Scene:
    """An organisation of sample departments, on SQLite and on PostgreSQL."""
    return Scene(database)


# --- browsers --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """The path of the installed Chromium, for Playwright's executable_path."""
    found = chromium.find()
    if found is None:
        pytest.skip("Chromium is not installed")
    return found


# --- what runs, and what is said about it ----------------------------------------------------------------------------


@pytest.hookimpl(tryfirst=True)
def pytest_collection(session: pytest.Session) -> None:
    """Let workers share what is to be compiled."""
    import_share(session.config)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what this run is not asked for, and skip browser tests where there is no browser."""
    reasons = [tiers.why_left_out(item, config) for item in items]
    left_out: dict[str, int] = dict(Counter(filter(None, reasons)))
    config.stash[LEFT_OUT_KEY] = left_out
    # A worker has no last line: the process that started it says it.
    getattr(config, "workeroutput", {})[LEFT_OUT] = left_out
    items[:] = [item for item, reason in zip(items, reasons, strict=True) if not reason]
    if chromium.find() is None:
        absent = pytest.mark.skip(reason="Chromium is not installed (make test-desk installs it)")
        for item in items:
            if item.get_closest_marker("desk"):
                item.add_marker(absent)


def pytest_collection_finish() -> None:
    """Let the collector begin, with what tests make."""
    gc.freeze()
    gc.enable()


def pytest_unconfigure() -> None:
    """Leave no process behind."""
    close_bare()


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    """Say the figures that tests came to; they travel with the reports, from whichever worker."""
    for report in terminalreporter.stats.get("passed", []):
        for name, line in report.user_properties:
            if name == FIGURES:
                terminalreporter.write_line(str(line))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Scheduling:
    """Let workers share the tests by groups."""
    return Sharing(config, log)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take over from a worker how many tests it left out; all leave out the same."""
    if left_out := getattr(node, "workeroutput", {}).get(LEFT_OUT):
        node.config.stash[LEFT_OUT_KEY] = left_out


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> Generator[None, None, None]:
    """Count the skips by reason and end on one plain line, which people and machines read alike."""
    yield
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if isinstance(reporter, TerminalReporter) and not session.config.option.collectonly:
        for line in closing_lines(reporter, session.config.stash.get(LEFT_OUT_KEY, {})):
            reporter.write_line(line)


def closing_lines(reporter: TerminalReporter, left_out: Mapping[str, int]) -> list[str]:
    """Return one line a reason for not running, and the figures as the last."""
    stats = reporter.stats
    skipped = [*stats.get("skipped", []), *stats.get("xfailed", [])]
    failed = sum(len(stats.get(kind, [])) for kind in ("failed", "error", "xpassed"))
    lines = [f"{count} skipped: {reason}" for reason, count in Counter(map(reason_of, skipped)).most_common()]
    lines += [f"{count} not asked for ({reason})" for reason, count in sorted(left_out.items())]
    return [*lines, f"{len(stats.get('passed', []))} passed, {failed} failed, {len(skipped)} skipped"]


def reason_of(report: pytest.TestReport | pytest.CollectReport) -> str:
    """Return why a test was skipped, without pytest's own prefix."""
    if isinstance(report.longrepr, tuple):
        return report.longrepr[2].removeprefix("Skipped: ")
    return getattr(report, "wasxfail", "") or "no reason given"
