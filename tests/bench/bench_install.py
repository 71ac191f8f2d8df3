"""What an installation of the core weighs: a fresh environment from the lock, packages counted, bytes without bytecode.

pip, setuptools and Dibs itself do not count: they are there whatever we depend on.
"""

import subprocess
import sys
import tempfile
import venv
from importlib.metadata import distributions
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NOT_COUNTED = {"pip", "setuptools", "dibs"}
PACKAGES_PROMISED = 42
MEGABYTES_PROMISED = 65.0


def installed(lock: Path, folder: Path) -> Path:
    """Make an environment in `folder` that holds what `lock` names, and return where the packages stand."""
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    order = [str(python), "-m", "pip", "install", "-qq", "--no-compile", "--require-hashes", "-r", str(lock)]
    subprocess.run(order, check=True)
    asked = [str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    return Path(subprocess.run(asked, check=True, capture_output=True, text=True).stdout.strip())


def weigh(packages: Path) -> tuple[int, float]:
    """Return how many packages stand in a folder, and their megabytes without bytecode."""
    count, size = 0, 0
    for distribution in distributions(path=[str(packages)]):
        if distribution.name.lower() in NOT_COUNTED:
            continue
        count += 1
        for file in distribution.files or []:
            path = Path(str(distribution.locate_file(file)))
            if path.suffix != ".pyc" and path.is_file():
                size += path.stat().st_size
    return count, size / 1_000_000


def main() -> int:
    """Print both figures beside what is promised, and end with 1 if a promise is broken."""
    with tempfile.TemporaryDirectory(prefix="dibs-install-") as folder:
        count, megabytes = weigh(installed(ROOT / "requirements.lock", Path(folder)))
    print(f"packages   {count:6d}      (promised: at most {PACKAGES_PROMISED})")
    print(f"size       {megabytes:6.1f} MB   (promised: at most {MEGABYTES_PROMISED:.0f} MB without bytecode)")
    return int(count > PACKAGES_PROMISED or megabytes > MEGABYTES_PROMISED)


if __name__ == "__main__":
    sys.exit(main())
