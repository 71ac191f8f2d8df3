"""Each: what a tick does to many of a kind, in one transaction, in which one that fails stops no other."""

import logging
from collections.abc import Callable, Iterable
from typing import TypeVar

from storage.engine.database import DatabaseError, Session, savepoint

T = TypeVar("T")
log = logging.getLogger("dibs.ticks")


def with_each(session: Session, found: Iterable[T], do: Callable[[T], int], failed: Callable[[T], str]) -> int:
    """Do something with each of what was found; returns the sum of what it returns.

    All are done together. Where that fails, which of them it was is found out by doing each alone: it is left as it
    was, and its error is logged under the sentence that ``failed`` returns, which may also put it off. What the
    database says, as of two that wait for each other, is raised: the transaction runs again.
    """
    some = list(found)
    try:
        with savepoint(session):
            return sum(map(do, some))
    except DatabaseError:
        raise
    except Exception:
        return sum(_alone(session, one, do, failed) for one in some)


def _alone(session: Session, one: T, do: Callable[[T], int], failed: Callable[[T], str]) -> int:
    try:
        with savepoint(session):
            return do(one)
    except DatabaseError:
        raise
    except Exception:
        log.exception("%s", failed(one))
        return 0
