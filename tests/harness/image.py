"""The image, built for real: by docker where it runs, else by buildah, which needs no engine; started, and asked.

Where its base cannot be pulled, one of the same name is made of Debian's packages, in a store of its own that nothing
else uses. So what the Dockerfile says is tried on machines that reach no registry, and the figure is that of its base.

    python -m tests.harness.image
"""

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STORE = ROOT / ".venv" / "image"
TAG = "dibs"
PULL_SECONDS = 120
START_SECONDS = 60.0
SUITE = "bookworm"
PACKAGES = "python3,python3-venv,ca-certificates"
CERTIFICATES = "/etc/ssl/certs"
BLOCK = (
    "The image cannot be built here: there is neither a docker that runs nor buildah. On Debian and Ubuntu: "
    "apt-get install --no-install-recommends buildah mmdebstrap"
)


def base() -> str:
    """Return the image that the Dockerfile begins with."""
    found = re.search(r"^FROM (\S+)", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert found is not None
    return found[1]


def say(sentence: str) -> None:
    print(sentence, flush=True)


def buildah(*arguments: str) -> list[str]:
    return ["buildah", "--storage-driver=vfs", f"--root={STORE / 'store'}", f"--runroot={STORE / 'run'}", *arguments]


def told(command: Sequence[str]) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def fetch_base() -> None:
    """Pull the base, or make it."""
    name = base()
    if subprocess.run(buildah("inspect", "--type=image", name), capture_output=True, check=False).returncode == 0:
        return
    with contextlib.suppress(subprocess.TimeoutExpired):
        pulled = subprocess.run(buildah("pull", name), capture_output=True, timeout=PULL_SECONDS, check=False)
        if pulled.returncode == 0:
            return
    say(f"{name} cannot be pulled; one of that name is made of Debian's packages…")
    STORE.mkdir(parents=True, exist_ok=True)
    archive = STORE / "base.tar"
    subprocess.run(["mmdebstrap", "--quiet", "--variant=minbase", f"--include={PACKAGES}", SUITE, archive], check=True)
    made = told(buildah("from", "scratch"))
    subprocess.run(buildah("add", "--quiet", made, str(archive), "/"), check=True, stdout=subprocess.DEVNULL)
    archive.unlink()
    subprocess.run(
        buildah("run", "--isolation=chroot", made, "--", "ln", "-s", "python3", "/usr/bin/python"), check=True
    )
    subprocess.run(buildah("config", "--env=PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", made))
    subprocess.run(buildah("commit", "--quiet", "--rm", made, f"docker.io/library/{name}"), check=True)


def build_by_buildah() -> None:
    fetch_base()
    with_ours = [f"--volume={CERTIFICATES}:{CERTIFICATES}:ro"] if Path(CERTIFICATES).is_dir() else []
    options = ["--isolation=chroot", "--pull-never", "--format=docker", *with_ours, f"--tag={TAG}"]
    subprocess.run(buildah("build", *options, str(ROOT)), check=True)


@contextlib.contextmanager
def running(command: Sequence[str]) -> Iterator[None]:
    """Run something, and end it with all that it started."""
    process = subprocess.Popen(command, start_new_session=True)
    try:
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)


def answers(url: str) -> bool:
    """Say whether /healthz answers within a while."""
    ends = time.monotonic() + START_SECONDS
    while time.monotonic() < ends:
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{url}/healthz", timeout=2) as answer:
            return bool(answer.status == 200)
        time.sleep(0.2)
    return False


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def try_by_buildah() -> tuple[bool, str]:
    """Start it as its own user in a folder of its own; returns whether it answers, and its size."""
    port, container = free_port(), told(buildah("from", "--pull-never", TAG))
    told_it = [f"--env=DIBS_PORT={port}", "--env=DIBS_HOST=127.0.0.1", f"--env=DIBS_PUBLIC_URL=http://127.0.0.1:{port}"]
    start = ["--", "sh", "-c", "dibs init && exec dibs run"]
    with running(buildah("run", "--isolation=chroot", *told_it, container, *start)):
        well = answers(f"http://127.0.0.1:{port}")
    subprocess.run(buildah("rm", container), check=True, stdout=subprocess.DEVNULL)
    return well, told(buildah("images", "--format={{.Size}}", TAG))


def try_by_docker() -> tuple[bool, str]:
    """Build and start it as the Dockerfile's own first lines say."""
    subprocess.run(["docker", "build", "--tag", TAG, str(ROOT)], check=True)
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        name = f"dibs-image-{port}"
        told_it = ["-e", f"DIBS_PUBLIC_URL=http://127.0.0.1:{port}", "-p", f"127.0.0.1:{port}:8484", "--name", name]
        start = ["--entrypoint", "sh", TAG, "-c", "dibs init && exec dibs run"]
        with running(["docker", "run", "--rm", "--cap-drop", "ALL", *told_it, *start]):
            well = answers(f"http://127.0.0.1:{port}")
            subprocess.run(["docker", "stop", name], check=False, stdout=subprocess.DEVNULL, cwd=folder)
    return well, told(["docker", "images", "--format", "{{.Size}}", TAG])


def main() -> int:
    """Build, start, ask; returns an exit code."""
    if shutil.which("docker") and subprocess.run(["docker", "info"], capture_output=True, check=False).returncode == 0:
        well, size = try_by_docker()
    elif shutil.which("buildah"):
        build_by_buildah()
        well, size = try_by_buildah()
    else:
        say(BLOCK)
        return 1
    say(f"The image answers /healthz: {'yes' if well else 'no'}. Its size: {size}.")
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
