"""How workers share the tests: what starts processes stands in a few lines, what needs a browser in another.

A group goes to one worker, whole and in its order; all other tests go one by one to whoever is free. The groups are the
longest lines, so they are begun first; most of their time is waiting, which is why there are more workers than cores.
Each line has what it needs for itself: fakes, databases, a nursery, and ports that are kept by a lock. They are told by
file, and not by a marker: pytest-xdist 3.8 loses its own groups in silence with pytest 9.2
(https://github.com/pytest-dev/pytest-xdist/issues/1386). ``only_one_worker`` notices.

Every worker has to know every test. In a fresh checkout nothing is compiled, and pytest rewrites the asserts of each
module besides, which takes twice as long as all else that finding the tests takes. So each worker begins with modules
of its own, and finds those of the others done.
"""

import importlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

import pytest
from xdist.scheduler import LoadScopeScheduling

BROWSER, PROCESSES = "browser", "processes"
_GROUPS: Mapping[str, str] = {
    "tests/end_to_end/test_faults.py": "kills",
    "tests/end_to_end/test_clocks_under_kills.py": "races",
    "tests/end_to_end/test_faults_of_slack.py": "faults of Slack",
    "tests/end_to_end/test_faults_of_teams.py": "faults of Teams",
    "tests/end_to_end/test_publishing_faults.py": "replies",
    "tests/end_to_end/test_both_platforms.py": "races",
    "tests/end_to_end/test_claims_race.py": "races",
    "tests/end_to_end/test_stopped.py": "replies",
    "tests/handlers/own/test_claim_race.py": "races",
    "tests/bot/cli/demo/test_demo.py": "demo",
}


def group_of(nodeid: str) -> str:
    """Return the group of a test; a test without one is a group by itself."""
    file = nodeid.partition("::")[0]
    if file.endswith("_in_chromium.py"):
        return BROWSER
    return _GROUPS.get(file, PROCESSES if file.startswith("tests/end_to_end/") else nodeid)


class Sharing(LoadScopeScheduling):  # type: ignore[misc]
    """Hands out groups."""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)


def import_share(config: pytest.Config) -> None:
    """Import the share of a worker, when it is to run all there is; what cannot be imported, pytest says itself."""
    worker: Mapping[str, str] | None = getattr(config, "workerinput", None)
    if worker is None or config.args != config.getini("testpaths"):
        return
    modules = sorted(module_names(config.rootpath, config.args))
    for name in modules[int(worker["workerid"].removeprefix("gw")) :: int(worker["workercount"])]:
        with suppress(Exception, pytest.skip.Exception):
            importlib.import_module(name)


def module_names(root: Path, folders: list[str]) -> Iterator[str]:
    """Yield the modules of tests, by the names that pytest gives them."""
    for folder in folders:
        for file in (root / folder).rglob("test_*.py"):
            yield ".".join(file.relative_to(root).with_suffix("").parts)


def only_one_worker(group: str, shared: Path, worker: str) -> None:
    """Fail when another worker of this run, which shares a folder with this one, has tests of the group."""
    file = shared / f"worker-of-{group.replace(' ', '-')}"
    try:
        with file.open("x") as new:
            new.write(worker)
    except FileExistsError:
        first = file.read_text()
        assert first == worker, f"{first} and {worker} both have tests of the group {group!r}"
