"""What is expected to go wrong with a command is said in its own sentence; all else is a bug, with its traceback."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def plain_errors() -> Iterator[None]:
    """Say what is expected to go wrong in its own sentence and end with 1."""
    # When it is entered, so that the imports at the top stay those of every command.
    from bot.runtime.instance_lock import AlreadyRunning
    from bot.runtime.roles import RolesRefused
    from bot.sources.kit.options import OptionError
    from bot.toml.problems import SettingsError
    from storage.engine.database import DatabaseError, why_unusable
    from storage.engine.schema import SchemaError

    try:
        yield
    except (SettingsError, SchemaError, AlreadyRunning, OptionError, RolesRefused) as error:
        print(str(error), file=sys.stderr)
        raise SystemExit(1) from None
    except DatabaseError as error:
        if not (why := why_unusable(error)):
            raise
        print(f"The database cannot be used: {why}", file=sys.stderr)
        raise SystemExit(1) from None
    except OSError as error:
        print(f"{error.strerror or error}: {error.filename or ''}".rstrip(": "), file=sys.stderr)
        raise SystemExit(1) from None
