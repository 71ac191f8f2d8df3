"""axe-core, which finds in a page what keeps people out who do not see, point or hear as others do.

https://github.com/dequelabs/axe-core. Run as a program with ``--install`` it is installed below ``build/``, by npm, in
the version that the lock beside this names; nothing of it is run on the way.
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Page

HERE = Path(__file__).parent
INSTALLED = HERE.parents[4] / "build" / "axe"
PROGRAM = INSTALLED / "node_modules" / "axe-core" / "axe.min.js"
HOW = "axe-core is not installed (make test-desk installs it; it needs npm)"
# Rules that are not on by themselves: voice control names a control by the words that are seen.
_MORE = "{rules: {'label-content-name-mismatch': {enabled: true}, 'target-size': {enabled: true}}}"


def find() -> Path | None:
    """Return where it is, in the version that the tests name."""
    wanted = json.loads((HERE / "package.json").read_text())["dependencies"]["axe-core"]
    manifest = PROGRAM.parent / "package.json"
    found = json.loads(manifest.read_text())["version"] if manifest.exists() else ""
    return PROGRAM if found == wanted else None


def install() -> None:
    """Install it by npm, from the lock."""
    npm = shutil.which("npm")
    if npm is None or find() is not None:
        return
    INSTALLED.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(HERE / name, INSTALLED / name)
    print("Installing axe-core (once)…", flush=True)
    quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    subprocess.run([npm, "ci", *quiet], cwd=INSTALLED, timeout=600)


def complaints(page: Page) -> list[str]:
    """Return what is wrong with a page as it stands: the rule, and where."""
    page.evaluate(PROGRAM.read_text())
    found = page.evaluate(f"axe.run(document, {_MORE})")["violations"]
    return [f"{one['id']}: {node['html'][:200]}" for one in found for node in one["nodes"]]


if __name__ == "__main__" and "--install" in sys.argv:
    install()
