"""The command line of Dibs, whose `run` lets Procrastinate pump: ``python -m tests.bench.engine run``."""

import sys

from bot.__main__ import main
from bot.app import App
from bot.runtime.roles import Role
from storage.engine.database import Database
from tests.bench.engine import installed

parts_of = App._parts


def parts_with_pump(built: App) -> dict[str, object]:
    """Return what the app does as long as it runs, and the pump where it sends."""
    from tests.bench.engine.pump import Pump

    parts: dict[str, object] = dict(parts_of(built))
    return parts | ({"pump": Pump(built).run} if Role.WORKER in built.replicas.roles else {})


def ring_nobody(_database: Database) -> None:
    """Tell nobody what a lane has left: Procrastinate knows."""


if __name__ == "__main__":
    # Behind all else, so that what both have is the same for both.
    sys.path.append(str(installed()))
    App._parts = parts_with_pump  # type: ignore[method-assign, assignment]
    Database.ring_others = ring_nobody  # type: ignore[method-assign, assignment]
    main()
