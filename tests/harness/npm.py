"""What tests take from npm: a package as a lock names it, below ``build/``; nothing of it is run on the way."""

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_INSTALL_SECONDS = 600
_QUIET = ("--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")


@dataclass(frozen=True, slots=True)
class NpmPackage:
    """One package.

    Attributes:
        name: As npm calls it.
        called: As people call it.
        lock: The folder in which its ``package.json`` and ``package-lock.json`` stand.
        folder: Where it goes, below ``build/``.
    """

    name: str
    called: str
    lock: Path
    folder: str

    @property
    def installed(self) -> Path:
        """Where npm puts things."""
        return ROOT / "build" / self.folder

    @property
    def path(self) -> Path:
        """Where the package itself stands, once it does."""
        return self.installed / "node_modules" / self.name

    def is_there(self) -> bool:
        """Say whether it is, in the version that the lock names."""
        wanted = json.loads((self.lock / "package.json").read_text())["dependencies"][self.name]
        manifest = self.path / "package.json"
        return manifest.exists() and json.loads(manifest.read_text())["version"] == wanted

    def install(self) -> None:
        """Install it from the lock, where there is npm."""
        npm = shutil.which("npm")
        if npm is None or self.is_there():
            return
        self.installed.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copyfile(self.lock / name, self.installed / name)
        print(f"Installing {self.called} (once)…", flush=True)
        subprocess.run([npm, "ci", *_QUIET], cwd=self.installed, timeout=_INSTALL_SECONDS)
