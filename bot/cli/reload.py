"""`dibs reload`: let the running process look at its dibs.toml again, and hear what came of it."""

import os
import signal
from pathlib import Path

from bot.runtime.clock import Clock
from bot.runtime.instance_lock import Holder, InstanceLock

_SECONDS = 30.0
_LOOK_EVERY = 0.05
ON_A_SERVER = (
    "The file is well. Replicas on PostgreSQL have each a process and a file of their own: send SIGHUP to each of them "
    "(systemctl reload dibs, or kill -HUP with its process id). Their logs say what came of it."
)
NOBODY = "The file is well, but no Dibs runs on {database}. It is read at the start."


async def reload_running(database: Path | None, clock: Clock) -> tuple[bool, str]:
    """Signal whoever works on a database; returns whether that went well, and what is to be said."""
    if database is None:
        return False, ON_A_SERVER
    lock = InstanceLock(database)
    before = lock.holder()
    if before is None:
        return False, NOBODY.format(database=database)
    os.kill(before.pid, signal.SIGHUP)
    ends = clock.monotonic() + _SECONDS
    while clock.monotonic() < ends:
        now = lock.holder()
        if now is None:
            return False, "Dibs ended meanwhile."
        if _another(now, before):
            return now.well, now.said
        await clock.sleep(_LOOK_EVERY)
    return False, f"Process {before.pid} was asked, and said nothing for {_SECONDS:g} seconds. Its log may say more."


def _another(now: Holder, before: Holder) -> bool:
    return now.pid != before.pid or now.reloads > before.reloads
