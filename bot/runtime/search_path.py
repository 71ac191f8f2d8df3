"""Where Python looks for modules: never in the working directory.

``python -m bot`` puts that before all else, and an empty entry in PYTHONPATH means it too, so that a ``feedparser.py``
in the folder where somebody starts Dibs would be run in place of the real one. This module imports nothing that is not
loaded when Python starts, and is the first that the command line imports. Should Dibs itself stand in the working
directory, as in a checkout, that comes last. And for what libraries can go on without, it looks nowhere.
"""

import os
import sys

# What httpx and httpcore go on without: a command line, which where click is installed imports a highlighter of source
# code (11 MB), and a look for what other loop may run, which searches the whole path with each request.
_NOT_WANTED = ("httpx._main", "sniffio")
# What is loaded for another system: tzlocal's names of time zones as Windows has them, a megabyte.
_OF_ANOTHER_SYSTEM = {} if sys.platform == "win32" else {"tzlocal.windows_tz": ("tz_win", "win_tz")}
_HOME = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def leave_out_working_directory() -> None:
    """Take the working directory out of ``sys.path``; Dibs and what it is built on are found all the same."""
    sys.path[:] = without_working_directory(sys.path)
    if _HOME not in sys.path:
        sys.path.append(_HOME)


def without_working_directory(paths: list[str]) -> list[str]:
    """Return ``paths`` without the entries that mean the working directory."""
    try:
        here = os.getcwd()
    except OSError:  # it was deleted
        here = ""
    if here == os.path.dirname(os.__file__) or here.endswith(("site-packages", "dist-packages")):
        return paths
    return [path for path in paths if path and os.path.abspath(path) != here]


def leave_out_what_is_not_wanted() -> None:
    """Let nobody import it: who tries finds at once that it is not there, or that its tables are empty."""
    for name in _NOT_WANTED:
        sys.modules[name] = None  # type: ignore[assignment]
    for name, tables in _OF_ANOTHER_SYSTEM.items():
        sys.modules[name] = type(sys)(name)
        vars(sys.modules[name]).update({table: {} for table in tables})
