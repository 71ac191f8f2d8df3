"""Instance lock: one process at a time works on an SQLite file. Two would deliver the same lanes.

The lock is the operating system's, so it goes with the process however that ends. The command line does not take it.
"""

import fcntl
import os
from pathlib import Path


class AlreadyRunning(Exception):
    """Another process holds the lock; the sentence says what to do."""


class InstanceLock:
    """A lock beside the database file; None = a database server, which replicas share."""

    def __init__(self, database: Path | None) -> None:
        self._path = database.with_name(f"{database.name}.lock") if database else None
        self._file: int | None = None

    @property
    def ours_alone(self) -> bool:
        """Whether no other process can be at work on this database."""
        return self._file is not None

    def take(self) -> None:
        """Take the lock.

        Raises:
            AlreadyRunning: Another process has it.
        """
        if self._path is None:
            return
        self._file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._file)
            self._file = None
            raise AlreadyRunning(
                f"Another Dibs works on {self._path.with_suffix('')} already. Stop it first, or give this one another "
                "DIBS_DATABASE_URL. Several replicas need PostgreSQL."
            ) from error

    def release(self) -> None:
        """Give the lock back."""
        if self._file is not None:
            os.close(self._file)
            self._file = None
