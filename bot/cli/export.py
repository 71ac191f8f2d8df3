"""What operators write down for whoever asks what is kept of them: a new file that its owner alone may read."""

import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TextIO

from bot.cli.people import Outcome
from handlers.base.errors import BotError
from handlers.base.organisation import Organisation
from handlers.privacy.authors import find_author
from handlers.privacy.export import write_author, write_person
from handlers.privacy.person import find_colleague
from storage.engine.database import Database, Session


def export_person(database: Database, who: str, path: Path, now: datetime) -> Outcome:
    """Write all that is kept of a colleague into a new file."""

    def work(session: Session, out: TextIO) -> int:
        return write_person(session, find_colleague(session, who).ids, now, out)

    return _written(database, path, work)


def export_author(
    database: Database, organisation: Organisation, source: str, who: str, path: Path, now: datetime
) -> Outcome:
    """Write all that is kept of an author into a new file."""

    def work(session: Session, out: TextIO) -> int:
        return write_author(session, organisation, find_author(session, organisation, source, who), now, out)

    return _written(database, path, work)


def _written(database: Database, path: Path, work: Callable[[Session, TextIO], int]) -> Outcome:
    """Let a file be written whole, or not be there; what is there already stays as it is."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return Outcome(f"{path} is there already; it was left as it is. Name another file.", 1)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            number = database.read(lambda session: work(session, out))
    except BaseException as error:
        path.unlink()
        if isinstance(error, BotError):
            return Outcome(error.sentence, 1)
        raise
    return Outcome(f"Wrote {number} rows into {path}, which nobody but you may read. Backups and your logs are apart.")
