"""How workers share the tests: what starts processes stands in a few lines, what needs a browser in another.

A group goes to one worker, whole and in its order; all other tests go one by one to whoever is free. The groups are the
longest lines, so they are begun first; most of their time is waiting, which is why there are more workers than cores.
Each line has what it needs for itself: fakes, databases, a nursery, and ports that are kept by a lock. They are told by
file, and not by a marker: pytest-xdist 3.8 loses its own groups in silence with pytest 9.2
(https://github.com/pytest-dev/pytest-xdist/issues/1386). ``only_one_worker`` notices.
"""

from collections.abc import Mapping
from pathlib import Path

from xdist.scheduler import LoadScopeScheduling

BROWSER, PROCESSES = "browser", "processes"
_GROUPS: Mapping[str, str] = {
    "tests/end_to_end/test_faults.py": "kills",
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


def only_one_worker(group: str, shared: Path, worker: str) -> None:
    """Fail when another worker of this run, which shares a folder with this one, has tests of the group."""
    file = shared / f"worker-of-{group.replace(' ', '-')}"
    try:
        with file.open("x") as new:
            new.write(worker)
    except FileExistsError:
        first = file.read_text()
        assert first == worker, f"{first} and {worker} both have tests of the group {group!r}"
