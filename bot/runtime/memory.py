"""Memory: what the C library keeps for later goes back to the system.

A start and a burst of polls leave holes between what stays, some megabytes of them, which glibc gives back only when it
is asked. And it gives each thread a heap of its own, whose holes no other thread fills. Other C libraries have no such
questions.
"""

import ctypes

_library = ctypes.CDLL(None)
_trim = getattr(_library, "malloc_trim", None)
_M_ARENA_MAX = -8  # malloc.h


def keep_together() -> None:
    """Let all threads share one heap: Python's own lock lets one of them work at a time. Before the first thread."""
    if _trim is not None:
        _library.mallopt(_M_ARENA_MAX, 1)


async def give_back() -> None:
    """Ask for it; takes a millisecond."""
    if _trim is not None:
        _trim(0)
