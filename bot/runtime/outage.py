"""Outage: whether a database that went is back is looked at, also where nobody else would write to it for a while."""

from bot.runtime.async_database import AsyncDatabase
from bot.runtime.clock import Clock
from storage.engine.database import is_outage, prove_readable, prove_writable

LOOK_AGAIN = 2.0


async def watch_database(database: AsyncDatabase, clock: Clock) -> None:
    """Look, for as long as Dibs runs."""
    while True:
        await clock.sleep(LOOK_AGAIN)
        if database.sync.watch.is_away:
            await _look(database)


async def _look(database: AsyncDatabase) -> None:
    try:
        await database.read(prove_readable)
        await database.tx(prove_writable)
    except Exception as error:
        if not is_outage(error):  # that it is still away is told already
            raise
