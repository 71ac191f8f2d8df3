"""Trouble: what an error of the database means, and what of it may be said.

An *outage* is nobody's bug: the server is away, is started anew, takes no more connections, or its disk is full. It is
told once when it begins and once when it is over, by ``Watch``, and everybody else is silent about it.

What the server writes about a statement may hold its values, which are people's words: the detail of a violated key, or
text that is no number. ``without_values`` leaves of it what names no row.
"""

import logging
import sqlite3
import threading
import time
from typing import Any

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

QUIET_SECONDS = 1.0
READ_ONLY = "25006"
# Serialisation failure, deadlock, a lock that was not to be had in time, and a transaction that stood still for too
# long: the same may go well at the next try.
PASSING = ("40001", "40P01", "55P03", "25P03")
# Connections, what the operator did to the server, what the server lacks, its own errors, who may connect, and to what.
_OUTAGES = ("08", "57P", "53", "58", "28", "3D", READ_ONLY)
_SQLITE = {
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
}

log = logging.getLogger("dibs.database")


def driver_error(error: BaseException) -> BaseException:
    """Return the driver's own error, whether SQLAlchemy wrapped it or a hot statement met it."""
    return getattr(error, "orig", None) or error


def sqlstate(error: BaseException) -> str | None:
    """Return PostgreSQL's code of an error."""
    return getattr(driver_error(error), "sqlstate", None)


def is_outage(error: BaseException | None) -> bool:
    """Say whether the database cannot be worked with at the moment, which is no bug."""
    if error is None:
        return False
    if isinstance(error, PoolTimeout) or (isinstance(error, DBAPIError) and error.connection_invalidated):
        return True
    own = driver_error(error)
    if isinstance(own, sqlite3.Error):
        return getattr(own, "sqlite_errorcode", 0) & 0xFF in _SQLITE
    if not type(own).__module__.startswith("psycopg"):
        return False
    code = sqlstate(own)
    if code is not None:
        return code.startswith(_OUTAGES)
    return any(kind.__name__ in ("OperationalError", "InterfaceError") for kind in type(own).__mro__)


def is_passing(error: BaseException) -> bool:
    """Say whether it is the database's moment, and the fault of nobody's rows: what was tried may be tried again."""
    return is_outage(error) or sqlstate(error) in PASSING


def without_values(error: BaseException) -> None:
    """Take out of an error of the driver what may be a value of the statement; it stays the error that it is."""
    told = getattr(error, "diag", None)
    code = sqlstate(error)
    if told is None or code is None:
        return
    primary = "" if code.startswith("22") else told.message_primary or ""
    named = [one for one in (told.table_name, told.column_name, told.constraint_name) if one]
    error.args = (" ".join([primary or "A value could not be taken.", *([f"({', '.join(named)})"] if named else [])]),)


def hide_values(context: Any) -> None:
    """Do the same for what SQLAlchemy runs, as its event ``handle_error``."""
    without_values(context.original_exception)
    wrapped = context.sqlalchemy_exception
    if isinstance(wrapped, DBAPIError):
        own = context.original_exception
        wrapped.args = (f"({type(own).__module__}.{type(own).__name__}) {own}", *wrapped.args[1:])


class Watch:
    """Tells once that the database went, and once that it is back, whoever meets it and how often.

    Reading may go where writing does not (a full disk), so each is well or not by itself; it is back when both are.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._failed: dict[str, float] = {}

    @property
    def is_away(self) -> bool:
        """Whether something of it does not go."""
        return bool(self._failed)

    def met(self, what: str, error: BaseException) -> None:
        """Note that something failed."""
        if not is_outage(error):
            return
        with self._lock:
            known, self._failed[what] = bool(self._failed), time.monotonic()
        if not known:
            own = driver_error(error)
            code = sqlstate(own) or getattr(own, "sqlite_errorname", "")
            log.warning("The database is away; what needs it waits. %s %s", type(own).__name__, code)

    def went_well(self, what: str) -> None:
        """Note that something went."""
        if not self._failed:
            return
        with self._lock:
            if time.monotonic() - self._failed.get(what, 0.0) < QUIET_SECONDS:
                return
            back = self._failed.pop(what, None) is not None and not self._failed
        if back:
            log.info("The database is back.")
