"""`dibs reload`: let the running process look at its dibs.toml again, and hear what came of it.

What topics that are not in force yet would have found is told before they are: by then it is too late to ask.
"""

import os
import signal
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from bot.cli.opening import open_database
from bot.runtime.clock import Clock
from bot.runtime.instance_lock import Holder, InstanceLock
from bot.settings.reload import another
from bot.settings.settings import Settings
from handlers.base.organisation import Organisation
from handlers.listen.preview import preview
from handlers.privacy.by_age import aged, in_words, never
from storage.engine.database import DatabaseError, Session
from storage.engine.schema import SchemaError
from storage.engine.urls import file_of

_SECONDS = 30.0
_LOOK_EVERY = 0.05
ON_A_SERVER = (
    "The file is well. Replicas on PostgreSQL have each a process and a file of their own: send SIGHUP to each of them "
    "(systemctl reload dibs, or kill -HUP with its process id). Their logs say what came of it."
)
NOBODY = "The file is well, but no Dibs runs on {database}. It is read at the start."


def tried(settings: Settings, clock: Clock, *, dry_run: bool) -> list[str]:
    """Try the topics on the mentions of a week: all of them, or those that are not in force and what they change.

    Which are in force is known where a process of this machine runs by them; elsewhere only what changes is told. A
    database that cannot be read hinders no reload.
    """
    holder = InstanceLock(file_of(settings.database_url)).holder()
    topics, now = settings.organisation.topics, clock.now()
    new = another(topics, holder.topics) if holder else ()
    with suppress(*(() if dry_run else (SchemaError, DatabaseError))), open_database(settings) as stored:
        return stored.read(
            lambda session: [
                *preview(session, settings.organisation, now, changes=not dry_run, another=new),
                *_by_age(session, settings.organisation, now, changes=not dry_run),
            ]
        )
    return []


def _by_age(session: Session, organisation: Organisation, now: datetime, *, changes: bool) -> list[str]:
    """Say what [retention] removes; where only changes are asked for, what it removes for the first time."""
    found = list(aged(session, organisation, now, never) if changes else aged(session, organisation, now))
    return [f"[retention] removes what is done with or kept back: {in_words(found)}."] if found else []


async def reload_running(database: Path | None, clock: Clock) -> tuple[bool, str]:
    """Signal whoever works on a database; returns whether that went well, and what is to be said."""
    if database is None:
        return False, ON_A_SERVER
    lock = InstanceLock(database)
    before = lock.holder()
    if before is None:
        return False, NOBODY.format(database=database)
    os.kill(before.pid, signal.SIGHUP)
    ends, absent = clock.monotonic() + _SECONDS, 0
    while clock.monotonic() < ends:
        now = lock.holder()
        absent = absent + 1 if now is None else 0
        if absent > 1:  # once may mean that the file was just being written
            return False, "Dibs ended meanwhile."
        if now is not None and _is_another(now, before):
            return now.well, now.said
        await clock.sleep(_LOOK_EVERY)
    return False, f"Process {before.pid} was asked, and said nothing for {_SECONDS:g} seconds. Its log may say more."


def _is_another(now: Holder, before: Holder) -> bool:
    return now.pid != before.pid or now.reloads > before.reloads
