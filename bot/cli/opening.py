"""Opening: what most commands begin with: the configuration that was meant, and the database as it is.

The options before a command say for all of them where dibs.toml is, and whether to tell more.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # a command imports what it needs when it runs
    from bot.settings.settings import Settings
    from storage.engine.database import Database

MOST = "DEBUG"


@dataclass(frozen=True, slots=True)
class Given:
    """What was said before the command: another dibs.toml than DIBS_CONFIG names, and that more is to be told."""

    config: Path | None = None
    verbose: bool = False


_GIVEN: ContextVar[Given] = ContextVar("given", default=Given())  # noqa: B039 - it is frozen


def remember(given: Given) -> None:
    """Keep what was said before the command, for the command."""
    _GIVEN.set(given)
    if given.verbose:
        from bot.runtime.logs import set_up_logs

        set_up_logs(MOST)


def log_level(default: str) -> str:
    """Return from which level on to tell, where no dibs.toml is read.

    Raises:
        SettingsError: DIBS_LOG_LEVEL is none.
    """
    from bot.settings.settings import load_log_level

    return MOST if _GIVEN.get().verbose else load_log_level(os.environ, default)


def read_settings() -> "Settings":
    """Read the configuration, and say what is probably not meant so.

    Raises:
        SettingsError: Something is wrong; it names all that is.
    """
    from bot.settings.settings import load_settings

    given = _GIVEN.get()
    settings = load_settings(os.environ, config_path=given.config)
    for warning in settings.warnings:
        print(warning, file=sys.stderr)
    return replace(settings, log_level=MOST) if given.verbose else settings


@contextmanager
def open_database(settings: "Settings") -> "Iterator[Database]":
    """Open the database as it is.

    Raises:
        SchemaError: It is not current.
    """
    from storage.engine.database import Database, open_engine
    from storage.engine.schema import SchemaError, look

    engine = open_engine(settings.database_url)
    schema = look(engine)
    if not schema.fits:
        if schema.state == "empty":
            raise SchemaError("The database is empty. `dibs run` creates it; so does `dibs db upgrade`.")
        raise SchemaError(
            f"The database has schema {schema.found}, this release wants {schema.wanted}. Run `dibs db upgrade`."
        )
    database = Database(engine)
    try:
        yield database
    finally:
        database.close()
