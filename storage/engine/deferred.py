"""Deferred: what a closure has written at the end of its transaction, once for all closures that share the commit.

A row that everybody wants, such as the log's head, is locked until the commit by whoever touches it first. Taken last,
it is held for one statement and the commit, and not while all else is done; and who holds it waits for nobody, so that
it is part of no deadlock. What is deferred is read by nobody before it was written: who looks settles first.
"""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from sqlmodel import Session

T = TypeVar("T")
# What writes, and one of the things that it writes.
Deferred = tuple[Callable[..., Any], Any]


def begin(session: Session, waiting: Sequence[Deferred] = ()) -> None:
    """Let this session keep what is deferred until its transaction ends; elsewhere it is written at once."""
    session.info["deferred"] = list(waiting)


def defer(session: Session, write: "Callable[..., Any]", *things: Any, first: bool = False) -> None:
    """Call ``write(session, *things)`` at the end of the transaction, together with what else it has to write.

    What is wanted ``first`` comes before all else: it may take longer than a statement, or waits for somebody.
    """
    waiting = session.info.get("deferred")
    if waiting is None:
        write(session, *things)
    elif first:
        waiting[:0] = [(write, one) for one in things]
    else:
        waiting += [(write, one) for one in things]


def waiting(session: Session) -> list[Deferred]:
    """Return what waits, in its order; who undoes a part of the work cuts off what it deferred."""
    found: list[Deferred] = session.info.get("deferred", [])
    return found


def settle(session: Session) -> None:
    """Write now what waits."""
    due = waiting(session)
    for write in dict.fromkeys(write for write, _ in due):
        write(session, *(thing for wanted, thing in due if wanted is write))
    due.clear()
