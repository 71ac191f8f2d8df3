"""Collector: it rests while very many rows are read that all are kept.

Python looks for garbage whenever there are some hundreds of new objects, through all that are young, and finds none
among rows: that takes as long as to read them.
"""

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_lock = threading.Lock()
_resting, _was_on = 0, True


@contextmanager
def collector_rests() -> Iterator[None]:
    """Let nothing be collected meanwhile, in any thread; it is as it was when the last that asked for it is done."""
    global _resting, _was_on
    with _lock:
        _was_on = _was_on if _resting else gc.isenabled()
        _resting += 1
        gc.disable()
    try:
        yield
    finally:
        with _lock:
            _resting -= 1
            if _was_on and not _resting:
                gc.enable()
