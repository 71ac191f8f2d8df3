"""axe-core, which finds in a page what keeps people out who do not see, point or hear as others do.

https://github.com/dequelabs/axe-core. Run as a program with ``--install`` it is installed below ``build/``, by npm, in
the version that the lock beside this names; nothing of it is run on the way.
"""

import sys
from pathlib import Path

from playwright.sync_api import Page

from tests.harness.npm import NpmPackage

_AXE = NpmPackage(name="axe-core", called="axe-core", lock=Path(__file__).parent, folder="axe")
PROGRAM = _AXE.path / "axe.min.js"
HOW = "axe-core is not installed (make test-desk installs it; it needs npm)"
# Rules that are not on by themselves: voice control names a control by the words that are seen.
_MORE = "{rules: {'label-content-name-mismatch': {enabled: true}, 'target-size': {enabled: true}}}"


def find() -> Path | None:
    """Return where it is, in the version that the tests name."""
    return PROGRAM if _AXE.is_there() else None


def complaints(page: Page) -> list[str]:
    """Return what is wrong with a page as it stands: the rule, and where."""
    page.evaluate(PROGRAM.read_text())
    found = page.evaluate(f"axe.run(document, {_MORE})")["violations"]
    return [f"{one['id']}: {node['html'][:200]}" for one in found for node in one["nodes"]]


if __name__ == "__main__" and "--install" in sys.argv:
    _AXE.install()
