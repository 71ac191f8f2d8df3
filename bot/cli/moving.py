"""Moving house: from an SQLite file to PostgreSQL, with a bar that says how far it is.

No secret of the new address is told: not in what is refused, and not in what its server answers. What cannot be read
in one way only is refused before anything is asked, since a part of a password would be taken for a server's name.
"""

import sys
from typing import Any, Self

import typer

from bot.runtime.instance_lock import InstanceLock
from storage.engine.database import open_engine
from storage.engine.urls import file_of, is_ambiguous, is_usable
from storage.moving.copy import Copied, Step, Tell, copy
from storage.moving.unfinished import CopyError


def move(source_url: str, target_url: str, tell: Tell) -> Copied:
    """Copy one database into another, while no Dibs works on the first.

    Raises:
        AlreadyRunning: One does.
        CopyError: One of both is not as it has to be.
    """
    file = file_of(source_url)
    if file is None:
        raise CopyError(
            "DIBS_DATABASE_URL names no SQLite file, and from such a one only is copied. From PostgreSQL a database "
            "goes elsewhere by `dibs db backup` and `dibs db restore`."
        )
    if not file.is_file():
        raise CopyError(f"There is no database at {file}. Name the one to copy in DIBS_DATABASE_URL.")
    _require_postgres(target_url)
    lock = InstanceLock(file)
    lock.take()
    source, target = open_engine(source_url), open_engine(target_url)
    try:
        return copy(source, target, tell)
    finally:
        source.dispose()
        target.dispose()
        lock.release()


def _require_postgres(url: str) -> None:
    if not is_usable(url) or file_of(url) is not None:
        raise CopyError("What --to names is no PostgreSQL. It is written postgresql://user@host:5432/database.")
    if is_ambiguous(url):
        raise CopyError(
            "What --to names has an @ that may be one of its password. Write it there as %40, "
            "or leave the password out and give it in PGPASSWORD."
        )


class Bars:
    """A bar for each thing that is done with all rows; where nobody looks at a terminal, a line for each."""

    def __init__(self) -> None:
        self._doing = ""
        self._bar: Any = None
        self._done = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.__exit__(None, None, None)
            self._bar = None

    def show(self, step: Step) -> None:
        """Show how far it is; a bar that begins anew, or in the middle, is right, too."""
        if step.doing != self._doing or step.done < self._done:
            self.__exit__()
            self._doing, self._done = step.doing, 0
            self._bar = typer.progressbar(
                length=max(step.of, 1), label=f"{step.doing} {step.of:,} rows", file=sys.stderr
            )
            self._bar.__enter__()
        self._bar.update(step.done - self._done)
        self._done = step.done
