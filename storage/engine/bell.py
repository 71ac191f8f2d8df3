"""The bell: replicas on one PostgreSQL tell each other within milliseconds that something was committed.

Transactions that hold a NOTIFY commit one after the other, on the whole server: all commits would stand in one line.
Here it comes after them, on a connection of its own, once for all that was committed within ``RING_EVERY``. It says
nothing that has to be kept: whoever misses it looks again within a second, so it need not reach the disk, and nothing
waits for it.

Behind a pooler that hands connections on with each transaction nobody can listen: there replicas only look. Where a
connection is lost another one is opened, and then it is as if somebody had rung, for somebody may have.
"""

import logging
import os
import selectors
import threading
import time
from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, Engine

from storage.engine.postgres import is_pooled
from storage.engine.trouble import is_outage

RING_EVERY = 0.05
PAUSE = 2.0
CHANNEL = "dibs"
# A payload has room for 8,000 bytes; this one says that anything may have changed.
_LONGEST = 7_900
_ANY = "*"
_ANYTHING: frozenset[int] = frozenset()

log = logging.getLogger("dibs.database")


class Bell:
    """Rings for the commits of one process and hears those of others, in a thread that mostly sleeps.

    Attributes:
        hears: Whether it is connected, and so needed to be rung.
    """

    def __init__(self, engine: Engine, heard: Callable[[frozenset[int]], None]) -> None:
        """Take whom to tell which mentions others changed; no mention says that anything may have changed."""
        self._engine = engine
        self._heard = heard
        self._lock = threading.Lock()
        self._touched: set[int] = set()
        self._says_any = False
        self._rung = False
        self._rang_at = 0.0
        self._stale = False
        self._closed = threading.Event()
        self._awake, self._wake = os.pipe()
        self._thread = threading.Thread(target=self._run, name="bell", daemon=True)
        self.hears = False
        self._thread.start()

    def ring(self, touched: frozenset[int]) -> None:
        """Say which mentions a commit changed, or that there is something to do; from any thread, without waiting."""
        with self._lock:
            if self.hears:
                self._touched |= touched
                self._says_any |= not touched
                self._rouse()

    def begin_anew(self) -> None:
        """Take another connection, for this one may lead to a server that is not asked any more."""
        with self._lock:
            self._stale = True
            self._rouse()

    def close(self) -> None:
        """Ring and hear no more."""
        with self._lock:
            self._closed.set()
            self._rouse()
        self._thread.join()
        os.close(self._wake)
        os.close(self._awake)

    def _rouse(self) -> None:
        if not self._rung:
            self._rung = True
            os.write(self._wake, b"!")

    def _run(self) -> None:
        while not self._closed.is_set():
            try:
                with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                    if is_pooled(connection):
                        log.info("A pooler stands before the database: replicas look for work once a second.")
                        return
                    self._serve(connection)
            except Exception as error:
                if not is_outage(error):  # that the database is away is told by who writes to it
                    log.exception("The bell between replicas failed; until it is back they look once a second.")
                self._closed.wait(PAUSE)

    def _serve(self, connection: Connection) -> None:
        """Ring and hear for as long as the connection stands, and is wanted."""
        driver: Any = connection.connection.dbapi_connection
        self._stale = False
        try:
            driver.execute("SET synchronous_commit = off")
            driver.execute(f"LISTEN {CHANNEL}")
            self.hears = True
            self._heard(_ANYTHING)
            with selectors.DefaultSelector() as either:
                either.register(driver.fileno(), selectors.EVENT_READ)
                either.register(self._awake, selectors.EVENT_READ)
                while not (self._closed.is_set() or self._stale):
                    either.select()
                    self._say(driver)
                    self._hear(driver)
        finally:
            with self._lock:
                self.hears, self._says_any = False, False
                self._touched.clear()
            connection.invalidate()  # nobody else is to have one that listens

    def _say(self, driver: Any) -> None:
        """Ring once for all that was committed since the last time, but not more often than ``RING_EVERY``."""
        if not self._rung:
            return
        if (early := self._rang_at + RING_EVERY - time.monotonic()) > 0:
            time.sleep(early)
        with self._lock:
            touched, self._touched, self._rung = self._touched, set(), False
            anything, self._says_any = self._says_any, False
            os.read(self._awake, 1)
        names = ",".join([*([_ANY] if anything else []), *map(str, sorted(touched))])
        if names:
            self._rang_at = time.monotonic()
            driver.execute("SELECT pg_notify(%s, %s)", (CHANNEL, names if len(names) <= _LONGEST else _ANY))

    def _hear(self, driver: Any) -> None:
        """Tell what others said; what we said ourselves was told already."""
        said = [one.payload for one in driver.notifies(timeout=0) if one.pid != driver.info.backend_pid]
        names = {name for one in said for name in one.split(",")}
        if _ANY in names:
            self._heard(_ANYTHING)
        if named := frozenset(map(int, names - {_ANY})):
            self._heard(named)
