"""Each: what a tick does to many mentions, in one transaction, in which one that fails stops no other.

With whom it failed is left alone for a while, for a minute at first and each time for twice as long, and is told in
one line of the log each time. Whoever looks for what is due passes those over (``storage.own.put_off``); a start tries
them all again.
"""

import logging
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TypeVar

from handlers.base.command import Context
from storage.engine.database import is_passing, savepoint
from storage.own import put_off

T = TypeVar("T")
log = logging.getLogger("dibs.ticks")

SHORTEST, LONGEST = timedelta(minutes=1), timedelta(hours=6)


def with_each(context: Context, job: str, found: Mapping[int, T], do: Callable[[T], int]) -> int:
    """Do something with each of what was found, by the ids of mentions; returns the sum of what it returns.

    All are done together. Where that fails, which of them it was is found out by doing each alone, and it is left as it
    was. What the database says of itself, as that two wait for each other, is raised: the transaction runs again.
    """
    tries = put_off.tries(context.session, job) if found else {}
    done, failed = _together(context, found, do), set[int]()
    if done is None:
        done, failed = _one_by_one(context, job, found, do, tries)
    if well := tries.keys() & (found.keys() - failed):
        put_off.forget(context.session, job, well)
    return done


def _together(context: Context, found: Mapping[int, T], do: Callable[[T], int]) -> int | None:
    """Do all of them; None where one failed."""
    try:
        with savepoint(context.session):
            return sum(map(do, found.values()))
    except Exception as error:
        if is_passing(error):
            raise
        return None


def _one_by_one(
    context: Context, job: str, found: Mapping[int, T], do: Callable[[T], int], tries: Mapping[int, int]
) -> tuple[int, set[int]]:
    done, failed = 0, set()
    for mention_id, one in found.items():
        try:
            with savepoint(context.session):
                done += do(one)
        except Exception as error:
            if is_passing(error):
                raise
            failed.add(mention_id)
            _leave_alone(context, job, mention_id, tries.get(mention_id, 0) + 1, error)
    return done, failed


def _leave_alone(context: Context, job: str, mention_id: int, tries: int, error: Exception) -> None:
    """Put a mention off; the first time, the log has the traceback, too."""
    until = context.now + distance(tries)
    put_off.put(context.session, job, mention_id, tries, until, type(error).__name__)
    text = "%s: mention %d failed (%d in a row, %s) and is left alone until %s UTC."
    said = (job, mention_id, tries, type(error).__name__, f"{until:%Y-%m-%d %H:%M}")
    log.error(text, *said, exc_info=error if tries == 1 else None)


def distance(tries: int) -> timedelta:
    """Return for how long what failed so often in a row is left alone."""
    return min(SHORTEST * (1 << min(tries - 1, 16)), LONGEST)
