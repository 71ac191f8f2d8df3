"""Deferred: what a closure has written at the end of its transaction, once for all closures that share the commit.

A row that everybody wants, such as the log's head, is locked until the commit by whoever touches it first. Taken last,
it is held for one statement and the commit, and not while all else is done; and who holds it waits for nobody, so that
it is part of no deadlock. What is deferred is read by nobody before it was written: who looks settles first.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeVar

from sqlmodel import Session

T = TypeVar("T")


class Deferred(NamedTuple):
    """What writes, one of the things that it writes, and whether that comes before all else."""

    write: Callable[..., Any]
    thing: Any
    first: bool = False


def begin(session: Session, waiting: Sequence[Deferred] = ()) -> None:
    """Let this session keep what is deferred until its transaction ends; elsewhere it is written at once."""
    session.info["deferred"] = list(waiting)


def defer(session: Session, write: "Callable[..., Any]", *things: Any, first: bool = False) -> None:
    """Call ``write(session, *things)`` at the end of the transaction, together with what else it has to write.

    What is wanted ``first`` comes before all else: it may take longer than a statement, waits for somebody, or asks by
    SQLAlchemy. All else runs hot statements only (``storage.engine.compiled``), which may go out with the commit.
    """
    waiting = session.info.get("deferred")
    if waiting is None:
        write(session, *things)
    elif first:
        waiting[:0] = [Deferred(write, one, first) for one in things]
    else:
        waiting += [Deferred(write, one) for one in things]


def waiting(session: Session) -> list[Deferred]:
    """Return what waits, in its order; who undoes a part of the work cuts off what it deferred."""
    found: list[Deferred] = session.info.get("deferred", [])
    return found


def settle(session: Session) -> None:
    """Write now what waits."""
    _write(session, waiting(session))
    waiting(session).clear()


def settle_first(session: Session) -> None:
    """Write now what is to come before all else."""
    due = waiting(session)
    _write(session, [one for one in due if one.first])
    due[:] = [one for one in due if not one.first]


def _write(session: Session, due: Sequence[Deferred]) -> None:
    for write in dict.fromkeys(one.write for one in due):
        write(session, *(one.thing for one in due if one.write is write))
