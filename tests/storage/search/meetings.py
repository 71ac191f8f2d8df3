"""Who changes what a mention says, two at a time, on two replicas: one stands still in the middle, the other comes.

Where one stands still is before it asks for the index, or when it has read the words that it is about to write. The
other one then does all that it can, until it has ended or waits for the first.
"""

import itertools
import threading
import time
from collections.abc import Callable, Collection
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlmodel import Session

from handlers.base.command import Who
from handlers.base.events import Author, AuthorGone, Deleted, Event
from handlers.own.hand_off import HandOffMention
from handlers.own.note import NoteMention
from storage.engine.compiled import dialect_of
from storage.engine.database import Database, DatabaseError
from storage.own.mentions import MentionRow
from storage.search import due, index
from storage.search.tables import mention_words
from storage.tables.base import table_of
from storage.tables.mentions import Mention
from tests.harness.patience import HANG_SECONDS, wait_until
from tests.harness.scene import Scene, at

WORKS = ("filling", "an edit", "a deletion", "an arrival", "a new name", "who is gone", "a note", "a hand-off")
POINTS = {"before the index": "hold", "words read": "_words"}
# On SQLite there is one writer: who comes waits for sure, and nobody can look at it.
WAITS_SECONDS = 0.03


@dataclass(frozen=True, slots=True)
class Round:
    """A mention that the index does not know, and all that may happen to it."""

    mention: MentionRow
    ana: Who
    events: dict[str, Event]

    @classmethod
    def begin(cls, scene: Scene, number: int) -> "Round":
        """Let it arrive."""
        ana, name = scene.person("Ana"), f"kim{number}"
        post = scene.posted("An old refund", author=Author(name=f"Old{number}", handle=name, external_id=name))
        mention = scene.arrive(post.text, external_id=post.external_id, url=post.url, author=post.author)
        scene.database.write(due.begin_anew)
        robin = Author(name=f"New{number}", handle=name, external_id=name)
        edited = scene.posted("A bill", external_id=post.external_id, url=post.url, author=post.author)
        return cls(
            mention,
            ana,
            {
                "an edit": edited,
                "a deletion": Deleted(external_id=post.external_id),
                "an arrival": scene.posted("One more refund", author=post.author),
                "a new name": scene.posted("Another refund", author=robin),
                "who is gone": AuthorGone(author_external_id=name),
            },
        )

    def do(self, name: str, scene: Scene) -> None:
        """Do one of ``WORKS`` on one replica."""
        if name == "filling":
            scene.database.write(due.take_up)
        elif name == "a hand-off":
            scene.do(HandOffMention(who=self.ana, reference=at(scene.look(self.mention)), department="support"))
        elif name == "a note":
            assert scene.do(NoteMention(who=self.ana, reference=at(self.mention), text="She phoned")).ok
        else:
            scene.ingest(self.events[name])


class Stop:
    """Lets the first who passes a point stand still there."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, point: str) -> None:
        self.there, self.go, self._first = threading.Event(), threading.Event(), threading.Lock()
        passed: Callable[..., Any] = vars(index)[POINTS[point]]

        def before(*arguments: Any) -> Any:
            self._pass()
            return passed(*arguments)

        def behind(*arguments: Any) -> Any:
            found = passed(*arguments)
            self._pass()
            return found

        if POINTS[point] == "hold":
            monkeypatch.setattr(due, "hold", before)
        monkeypatch.setattr(index, POINTS[point], before if POINTS[point] == "hold" else behind)

    def _pass(self) -> None:
        if self._first.acquire(blocking=False):
            self.there.set()
            assert self.go.wait(HANG_SECONDS)


def meet(one: Scene, other: Scene, first: str, second: str, point: str, number: int = 1) -> None:
    """Let ``first`` stand still at a point while ``second`` comes, then let both end."""
    begun = Round.begin(one, number)
    with pytest.MonkeyPatch.context() as monkeypatch, ThreadPoolExecutor(2) as pool:
        stop = Stop(monkeypatch, point)
        standing = pool.submit(begun.do, first, other)
        wait_until(lambda: stop.there.is_set() or standing.done())
        coming = pool.submit(begun.do, second, one)
        try:
            _wait_for(coming, one.database)
        finally:
            stop.go.set()
        standing.result(HANG_SECONDS)
        coming.result(HANG_SECONDS)
    require_right(one.database)


def _wait_for(coming: "Future[None]", database: Database) -> None:
    """Wait until it has ended, or waits for somebody."""
    if database.engine.dialect.name == "sqlite":
        time.sleep(WAITS_SECONDS)
        return
    waiting = text("SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")

    def look(session: Session) -> bool:
        return session.connection().scalar(waiting) is not None

    wait_until(lambda: coming.done() or database.read(look))


def require_right(database: Database) -> None:
    """Let what is due come in, and compare the words of each mention with what it says."""
    while database.read(due.left):
        with suppress(DatabaseError):
            database.write(due.take_up)
    assert database.read(wrong) == {}


def wrong(session: Session) -> dict[int, tuple[set[str], set[str]]]:
    """Return the words that stand in the index and those that should, where they differ."""
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        # Fails where the index of words is not that of the texts beside it.
        check = "INSERT INTO mention_words_index (mention_words_index, rank) VALUES ('integrity-check', 1)"
        connection.exec_driver_sql(check)
    there = set(connection.scalars(select(table_of(Mention).c.id)))
    return wrong_among(session, there.union(connection.scalars(select(mention_words.c.mention_id))))


def wrong_among(session: Session, mention_ids: Collection[int]) -> dict[int, tuple[set[str], set[str]]]:
    """Return the same of these mentions."""
    said = index._words(session, mention_ids, ())
    should = {one: set(itertools.chain.from_iterable(portions)) for one, portions in said.items()}
    words: Any = mention_words.c.words
    if dialect_of(session) == "postgresql":
        words = text("array_to_string(tsvector_to_array(words), ' ')")
    rows = select(mention_words.c.mention_id, words).where(mention_words.c.mention_id.in_(mention_ids))
    stands = {row[0]: set(row[1].split()) for row in session.connection().execute(rows)}
    differing = (one for one in {*stands, *should} if stands.get(one) != should.get(one))
    return {one: (stands.get(one, set()), should.get(one, set())) for one in differing}
