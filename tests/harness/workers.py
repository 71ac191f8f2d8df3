"""How workers share the tests: what starts processes stands in one line, what needs a browser in another.

A group goes to one worker, whole and in its order; all other tests go one by one to whoever is free. The groups are the
longest lines, so they are begun first. They are told by file, and not by a marker: pytest-xdist 3.8 loses its own
groups in silence with pytest 9.2 (https://github.com/pytest-dev/pytest-xdist/issues/1386). ``only_one_worker`` notices.
"""

from pathlib import Path

from xdist.scheduler import LoadScopeScheduling

PROCESSES, BROWSER = "processes", "browser"
# Demo and races start processes too, and would be late beside those of the end-to-end tests.
_PROCESSES = ("tests/end_to_end/", "tests/bot/cli/demo/test_demo.py", "tests/handlers/own/test_claim_race.py")


def group_of(nodeid: str) -> str:
    """Return the group of a test; a test without one is a group by itself."""
    file = nodeid.partition("::")[0]
    if file.startswith(_PROCESSES):
        return PROCESSES
    return BROWSER if file.endswith("_in_chromium.py") else nodeid


class Sharing(LoadScopeScheduling):  # type: ignore[misc]
    """Hands out groups."""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)


def only_one_worker(group: str, shared: Path, worker: str) -> None:
    """Fail when another worker of this run, which shares a folder with this one, has tests of the group."""
    file = shared / f"worker-of-{group}"
    try:
        with file.open("x") as new:
            new.write(worker)
    except FileExistsError:
        first = file.read_text()
        assert first == worker, f"{first} and {worker} both have tests of the group {group!r}"
