"""A process that asks the service once with the account of a source; its arguments: database, service, seed."""

import asyncio
import sys

from storage.engine.database import Database, open_engine
from tests.fakes.letting_in import LettingIn
from tests.harness.accounts import Replica


async def renew(url: str, service: str, seed: str) -> None:
    """Ask."""
    replica = Replica(LettingIn(base_url=service), Database(open_engine(url)), seed)
    await replica.ask()


if __name__ == "__main__":
    asyncio.run(renew(*sys.argv[1:]))
