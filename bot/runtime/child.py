"""A child: work that is done once, in a process of its own, so that what it loads goes with it.

The child is a fork, which costs nothing to start and needs nothing passed on; so there may be no other thread yet, and
what is open to the outside must not be used by both.
"""

import multiprocessing
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any


class ChildEnded(Exception):
    """The child ended without saying what came of its work."""


def in_child(work: Callable[..., None], *args: Any) -> None:
    """Do ``work(*args)`` in a child, and wait for it.

    Raises:
        ChildEnded: It was killed.
        Exception: What the work raised.
    """
    ours, theirs = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.get_context("fork").Process(target=_run, args=(theirs, work, args))
    process.start()
    theirs.close()
    try:
        error = ours.recv()
    except EOFError:
        process.join()
        raise ChildEnded(f"It ended with {process.exitcode}.") from None
    process.join()
    if error is not None:
        raise error


def _run(answer: Connection, work: Callable[..., None], args: tuple[Any, ...]) -> None:
    try:
        work(*args)
    except Exception as error:
        answer.send(error)
    else:
        answer.send(None)
