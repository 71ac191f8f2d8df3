"""What stands in the documents and is made from the code: ``make docs`` writes it, and a test compares it.

A document keeps a place for it between two comments that name it, ``<!-- verbs: … -->`` and ``<!-- end of verbs -->``.
All else in it is written by hand.
"""

import re
from collections.abc import Callable, Mapping
from pathlib import Path

from bot.sources.registry import KINDS
from tests.harness.documents.command_line import commands
from tests.harness.documents.configuration import configuration
from tests.harness.documents.kinds import heard, kind_page, networks
from tests.harness.documents.tables import actions, events, metrics, scopes, variables, verbs, ways
from tests.harness.documents.vendors import vendors

ROOT = Path(__file__).parents[3]
MADE: Mapping[str, Callable[[], str]] = {
    "verbs": verbs,
    "scopes": scopes,
    "events": events,
    "variables": variables,
    "metrics": metrics,
    "actions": actions,
    "ways": ways,
    "commands": commands,
    "configuration": configuration,
    "heard": heard,
    "networks": networks,
    "vendors": vendors,
    **{f"kind {kind}": lambda kind=kind: kind_page(kind) for kind in KINDS},  # type: ignore[misc]
}
REGION = re.compile(r"(<!-- ([a-z][a-z _]*): .*?-->\n).*?(<!-- end of \2 -->)", re.DOTALL)
_AT_THE_ROOT = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md")


def documents() -> list[str]:
    """Return the paths of all documents, from the root of the checkout."""
    below = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "docs").rglob("*.md"))
    return [*_AT_THE_ROOT, *below]


def read(name: str) -> str:
    """Return the text of a document."""
    return (ROOT / name).read_text(encoding="utf-8")


def regions(text: str) -> list[str]:
    """Return the names of what is made from the code in a document."""
    return [found[2] for found in REGION.finditer(text) if found[2] in MADE]


def made_anew(text: str) -> str:
    """Return a document with everything in it that the code tells; other regions stay as they are."""
    return REGION.sub(lambda found: f"{found[1]}{MADE[found[2]]()}\n{found[3]}" if found[2] in MADE else found[0], text)


if __name__ == "__main__":
    for document in documents():
        (ROOT / document).write_text(made_anew(read(document)), encoding="utf-8")
