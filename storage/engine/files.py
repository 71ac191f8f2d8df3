"""The files of an SQLite database: what customers and colleagues wrote is in them, so nobody else reads them.

They are made for their owner alone (0600), whatever the umask. SQLite gives its journal, ``-wal`` and ``-shm`` the mode
of the database itself. A file that is there already keeps the mode that somebody gave it.
"""

import os
from pathlib import Path

_OWNER_ONLY = 0o600


def reserve(path: Path) -> None:
    """Make an empty file for the owner alone, unless one is there; where none can be made, SQLite says why."""
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY))
    except OSError:
        return
