"""A replica that kills itself: ``python -m tests.storage.search.killed URL WORK POINT NUMBER``.

It does its work in steps of one transaction each, and dies by SIGKILL in the step of that number, from 1 on, at a
point of it. Nothing of the product knows of this.
"""

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from storage.engine.database import Database, open_engine
from storage.listen import posts
from storage.search import due, index
from storage.tables.base import table_of
from storage.tables.posts import Post

POINTS = ("words read", "words written", "committed")
PORTION = 2
_post = table_of(Post)


def fill(session: Session) -> bool:
    """Take up some mentions; returns whether there may be more."""
    return due.take_up(session, PORTION) > 0


def edit(session: Session) -> bool:
    """Change the next post that says something old."""
    post_id = session.connection().scalar(select(_post.c.id).where(_post.c.text.like("%old%")).limit(1))
    if post_id is not None:
        posts.change(session, post_id, text="A bill")
    return post_id is not None


def forget(session: Session) -> bool:
    """Forget the one author."""
    posts.blank_author(session, "blog", "kim")
    return True


WORKS: dict[str, Callable[[Session], bool]] = {"filling": fill, "an edit": edit, "who is gone": forget}


def strike() -> None:
    """Die at once."""
    os.kill(os.getpid(), signal.SIGKILL)


def arm(point: str, number: int) -> None:
    """Let it die in the step of this number."""
    passed = 0

    def passing() -> None:
        nonlocal passed
        passed += 1
        if passed == number:
            strike()

    def behind(work: Callable[..., Any]) -> Callable[..., Any]:
        def worked(*arguments: Any) -> Any:
            found = work(*arguments)
            passing()
            return found

        return worked

    if point == "words read":
        index._words = behind(index._words)
    elif point == "words written":
        due.write_down = index.write_down = behind(index.write_down)  # type: ignore[attr-defined]


def main() -> None:
    """Do the work until it dies."""
    url, work, point, number = sys.argv[1:]
    database = Database(open_engine(url))
    arm(point, int(number))
    steps = 0
    while database.write(WORKS[work]):
        steps += 1
        if point == "committed" and steps == int(number):
            strike()


if __name__ == "__main__":
    main()
