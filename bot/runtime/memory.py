"""Memory: what the C library keeps for later goes back to the system.

A start and a burst of polls leave holes between what stays, some megabytes of them, which glibc gives back only when it
is asked. Other C libraries have no such question.
"""

import ctypes

_trim = getattr(ctypes.CDLL(None), "malloc_trim", None)


async def give_back() -> None:
    """Ask for it; takes a millisecond."""
    if _trim is not None:
        _trim(0)
