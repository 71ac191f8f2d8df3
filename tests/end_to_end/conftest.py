"""What end-to-end tests share: scenarios that run side by side, and figures for the end of the run.

Most of a scenario is waiting: for a start, for the five seconds before a look-up, for a Retry-After. So the scenarios
of a module all run at once behind its tests, a few at a time, and each test waits for its own.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.conftest import FIGURES
from tests.end_to_end.nursery import close_nursery
from tests.harness.workers import group_of, only_one_worker

# Two cores, other workers beside this one, and every scenario is a bot, a Slack and a feed.
AT_ONCE = 4

Scenario = Callable[[Path], str]
Running = dict[str, "Future[str]"]


@pytest.fixture(scope="module", autouse=True)
def _one_worker(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Refuse to compete with tests of the same group in another worker: they bring their own neighbours."""
    if worker := os.environ.get("PYTEST_XDIST_WORKER"):
        only_one_worker(group_of(request.node.nodeid), tmp_path_factory.getbasetemp().parent, worker)


def pytest_unconfigure() -> None:
    """Leave no process behind."""
    close_nursery()


@pytest.fixture
def say(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Have a line of figures said at the end of the run."""
    return lambda line: request.node.user_properties.append((FIGURES, line))


@pytest.fixture(scope="module")
def running(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The module's SCENARIOS, those of the tests that were asked for, all on their way."""
    scenarios: Mapping[str, Scenario] = request.module.SCENARIOS
    wanted = [
        str(item.callspec.params.get("scenario"))
        for item in request.session.items
        if isinstance(item, pytest.Function) and item.module is request.module and hasattr(item, "callspec")
    ]
    pool = ThreadPoolExecutor(AT_ONCE, "scenario")
    try:
        yield {
            name: pool.submit(scenario, tmp_path_factory.mktemp("bot"))
            for name, scenario in scenarios.items()
            if name in wanted
        }
    finally:
        pool.shutdown(cancel_futures=True)
