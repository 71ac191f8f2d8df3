"""Instance lock: one process at a time works on an SQLite file. Two would deliver the same lanes.

The lock is the operating system's, so it goes with the process however that ends. The command line does not take it.
The file holds who has it, and what that process says of itself, for commands beside it; it is worth something only
while somebody has the lock.
"""

import fcntl
import json
import os
from dataclasses import asdict, dataclass, replace
from pathlib import Path

_LONGEST = 1024 * 1024


class AlreadyRunning(Exception):
    """Another process holds the lock; the sentence says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Who holds a lock.

    Attributes:
        pid: The process, once it listens to signals.
        reloads: How often it has looked at its configuration again.
        said: What came of the last time.
        well: Whether that was well.
        topics: The marks of the topics in force, with a space between.
    """

    pid: int
    reloads: int = 0
    said: str = ""
    well: bool = True
    topics: str = ""


class InstanceLock:
    """A lock beside the database file; None = a database server, which replicas share."""

    def __init__(self, database: Path | None) -> None:
        self._path = database.with_name(f"{database.name}.lock") if database else None
        self._file: int | None = None
        self._told: Holder | None = None

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
        os.ftruncate(self._file, 0)

    def listens(self, topics: str = "") -> None:
        """Say that this process listens to signals from now on, and by which topics it works."""
        self._tell(Holder(pid=os.getpid(), topics=topics))

    def reloaded(self, said: str, *, well: bool, topics: str | None = None) -> None:
        """Say what came of a look at the configuration; None = the topics are those of before."""
        before = self._told or Holder(pid=os.getpid())
        kept = before.topics if topics is None else topics
        self._tell(replace(before, reloads=before.reloads + 1, said=said, well=well, topics=kept))

    def _tell(self, holder: Holder) -> None:
        self._told = holder
        if self._file is not None:
            # In one write, and blanks behind it are no matter, so that who reads meanwhile reads one or the other.
            text = json.dumps(asdict(holder)).encode()
            os.pwrite(self._file, text.ljust(os.fstat(self._file).st_size), 0)

    def holder(self) -> Holder | None:
        """Return who has the lock and listens; None where nobody does."""
        if self._path is None:
            return None
        try:
            file = os.open(self._path, os.O_RDWR)
        except FileNotFoundError:
            return None
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return _read(os.pread(file, _LONGEST, 0))
        finally:
            os.close(file)
        return None

    def release(self) -> None:
        """Give the lock back."""
        if self._file is not None:
            os.close(self._file)
            self._file = None


def _read(text: bytes) -> Holder | None:
    try:
        return Holder(**json.loads(text))
    except (ValueError, TypeError):  # it has just been taken
        return None
