"""A real PgBouncer in front of the tests' PostgreSQL, where this machine has one; tests skip without it.

It refuses to run as root, so root hands it over to nobody.
"""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.engine import make_url

from tests.harness.patience import HANG_SECONDS

_CONFIG = """
[databases]
* = host={host} user=postgres
[pgbouncer]
listen_addr =
unix_socket_dir = {folder}
listen_port = 6432
auth_type = any
pool_mode = {mode}
default_pool_size = {size}
max_client_conn = 500
server_tls_sslmode = disable
"""


@contextmanager
def pgbouncer(url: str, mode: str, size: int = 3) -> Iterator[str]:
    """Run one, and return the URL of the same database through it."""
    program = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        pytest.skip("this machine has no pgbouncer")
    with tempfile.TemporaryDirectory(prefix="dibs-bouncer-") as name:
        folder = Path(name)
        (folder / "ini").write_text(
            _CONFIG.format(folder=folder, mode=mode, size=size, host=make_url(url).query["host"])
        )
        runner: dict[str, Any] = {}
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            os.chown(folder, nobody.pw_uid, nobody.pw_gid)
            runner = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen([program, str(folder / "ini")], stdout=log, stderr=log, **runner)
        try:
            _wait(folder / ".s.PGSQL.6432", process)
            yield make_url(url).set(query={"host": str(folder), "port": "6432"}).render_as_string(hide_password=False)
        finally:
            process.terminate()
            process.wait(HANG_SECONDS)


def _wait(place: Path, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + HANG_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(OSError), socket.socket(socket.AF_UNIX) as line:
            line.connect(str(place))
            return
        time.sleep(0.02)
    pytest.skip(f"pgbouncer does not run here: {(place.parent / 'log').read_text()[-300:]}")
