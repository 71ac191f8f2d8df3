"""Processes that tests start with an environment of their own."""

import os


def bytecode() -> dict[str, str]:
    """Return the variables that say where compiled modules are kept: who is started need not compile them again."""
    return {name: os.environ[name] for name in os.environ if name in ("PYTHONPYCACHEPREFIX", "PYTHONDONTWRITEBYTECODE")}
