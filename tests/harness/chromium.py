"""Where this machine keeps Chromium.

Run as a program it prints the path, and with ``--install`` first installs it from the system's packages, with fonts
for the languages that the samples are written in, where that is permitted; else it says how and ends with 1.
"""

import os
import shutil
import subprocess
import sys

from tests.harness.patience import HANG_SECONDS

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PACKAGES = ("chromium", "fonts-noto-core", "fonts-noto-cjk", "fonts-noto-color-emoji")
# Japanese, and emoji.
LETTERS = (":lang=ja", ":lang=und-zsye")


def find() -> str | None:
    """Return the path of an installed Chromium."""
    return next(filter(None, map(shutil.which, NAMES)), None)


def complete() -> bool:
    """Say whether a page can be drawn here with all its letters, Japanese ones and emoji too."""
    listed = shutil.which("fc-list")
    return find() is not None and (listed is None or all(_drawn(listed, letters) for letters in LETTERS))


def _drawn(listed: str, letters: str) -> bool:
    return bool(subprocess.run([listed, letters, "family"], capture_output=True, timeout=HANG_SECONDS).stdout.strip())


def install() -> None:
    """Install Chromium and fonts by apt-get, which only root may."""
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        return
    print(f"Installing {', '.join(PACKAGES)} (once)…", flush=True)
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "-qq"], env=quiet)
    subprocess.run(
        ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *PACKAGES], env=quiet, stdout=subprocess.DEVNULL
    )


def main() -> int:
    """Print where Chromium is, or how to get it."""
    if "--install" in sys.argv and not complete():
        install()
    found = find()
    print(found or f"Chromium is not installed. On Debian: sudo apt-get install {' '.join(PACKAGES)}")
    return 0 if found else 1


if __name__ == "__main__":
    sys.exit(main())
