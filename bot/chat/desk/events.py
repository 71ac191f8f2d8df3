"""Events: commits become events in every open page.

A commit only wakes the loop; what happened is read from the log, once for all listeners, so an event says what the
log says. The same read finds what other replicas wrote. Who was away names the last row that they saw and gets what
came after it; after too much of it they load the page anew. Who reads too slowly is dropped and does the same.

When nothing happens a beat says that the stream still stands. It is an event, since a page does not see a comment: what
stands between may hold a stream open that carries nothing any more, and a page that misses three beats connects anew.
"""

import asyncio
import contextlib
import json
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from bot.chat.backend import Backend
from bot.net.files import streams_allowed
from handlers.people.sign_in import still_in
from handlers.report.log import LogRow, in_words
from storage.engine.database import Session
from storage.own import board, ownership
from storage.tables.states import Action

HEARTBEAT_SECONDS = 15.0
PER_SESSION = 20
_QUEUE = 100
_CATCH_UP = 100
_LOOK_SECONDS = 2.0
_LOG = logging.getLogger(__name__)


class TooMany(Exception):
    """There are enough open pages already."""


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened; ``seq`` is 0 where the log has no row for it (an edit at its source)."""

    seq: int
    data: str
    name: str = "mention"

    def frame(self) -> bytes:
        """Write it as a server-sent event."""
        number = f"id: {self.seq}\n" if self.seq else ""
        return f"event: {self.name}\n{number}data: {self.data}\n\n".encode()


BEAT = Event(0, "{}", "beat")


@dataclass(eq=False)
class Listener:
    """One open page."""

    session: str
    queue: "asyncio.Queue[Event | None]" = field(default_factory=lambda: asyncio.Queue(_QUEUE))
    dropped: bool = False
    seen: int = 0

    def begin_at(self, head: int) -> None:
        """Leave out what the page shows already; events may have come while it was asked what that is."""
        came, self.queue, self.seen = self.queue, asyncio.Queue(_QUEUE), head
        while not came.empty():
            self.give(came.get_nowait())

    def give(self, event: Event | None) -> None:
        """Hand over an event that it has not seen; None ends the stream. Who has a full queue is dropped."""
        if event is not None and 0 < event.seq <= self.seen:
            return
        try:
            self.queue.put_nowait(event)
        except asyncio.QueueFull:
            self.dropped = True


class Live:
    """Tell every open page what happened."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._listeners: set[Listener] = set()
        self._touched: set[int] = set()
        self._wake = asyncio.Event()
        self._seq = 0
        self._stopping = False
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to listen for commits."""
        loop = asyncio.get_running_loop()

        def heard(touched: frozenset[int]) -> None:
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody listens any more
                loop.call_soon_threadsafe(self._note, touched)

        self._backend.database.sync.listen(heard)
        self._task = self._backend.parts.keep("live pages", self._run)

    async def stop(self) -> None:
        """End every stream."""
        self._stopping = True
        for listener in self._listeners:
            listener.dropped = True
            listener.give(None)
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def leave(self, session: str) -> None:
        """End the streams of a session."""
        for listener in self._listeners:
            if listener.session == session:
                listener.dropped = True
                listener.give(None)

    @property
    def listening(self) -> int:
        """How many pages are open."""
        return len(self._listeners)

    @contextlib.asynccontextmanager
    async def join(self, session: str, since: int | None) -> AsyncIterator[tuple[Listener, list[Event]]]:
        """Listen; with ``since`` also get what came after that row of the log.

        Raises:
            TooMany: This session, or the desk, has enough open pages.
        """
        own = sum(1 for one in self._listeners if one.session == session)
        if own >= PER_SESSION or len(self._listeners) >= streams_allowed() or self._stopping:
            raise TooMany
        listener, first = Listener(session), not self._listeners
        self._listeners.add(listener)
        try:
            head, missed = await self._backend.read(lambda db: self._missed(db, listener, since))
            if first:  # whoever listens already may not have been told of all up to there
                self._seq = max(self._seq, head)
            listener.begin_at(head)
            yield listener, missed
        finally:
            self._listeners.discard(listener)

    def _note(self, touched: frozenset[int]) -> None:
        if self._listeners:
            self._touched |= touched
            self._wake.set()

    def _missed(self, db: Session, listener: Listener, since: int | None) -> tuple[int, list[Event]]:
        listener.dropped = listener.session not in self._still_in(db, {listener.session})
        return (0, []) if listener.dropped else _missed(db, since)

    def _still_in(self, db: Session, tokens: set[str]) -> set[str]:
        return still_in(db, tokens, self._backend.organisation, self._backend.clock.now())

    async def _run(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), _LOOK_SECONDS)
            self._wake.clear()
            if not self._listeners:
                continue
            touched, self._touched = self._touched, set()
            try:
                await self._tell(touched)
            except Exception:
                _LOG.exception("the desk could not read what happened")
                self._touched |= touched
                await self._backend.clock.sleep(_LOOK_SECONDS)
                self._wake.set()

    async def _tell(self, touched: set[int]) -> None:
        """Tell what happened to those who may still hear it, and end the streams of the others."""
        seq, tokens = self._seq, {one.session for one in self._listeners}
        events, welcome = await self._backend.read(lambda db: (_read(db, seq, touched), self._still_in(db, tokens)))
        for token in tokens - welcome:
            self.leave(token)
        for event in events:
            self._seq = max(self._seq, event.seq)
            for listener in self._listeners:
                listener.give(event)


def _missed(session: Session, since: int | None) -> tuple[int, list[Event]]:
    head, _ = ownership.head(session)
    if since is None or since >= head:
        return head, [Event(head, "{}", "hello")]
    if head - since > _CATCH_UP:
        return head, [Event(head, "{}", "refresh")]
    return head, [Event(since, "{}", "hello"), *_read(session, since, set())]


def _read(session: Session, seq: int, touched: set[int]) -> list[Event]:
    rows = board.log_since(session, seq, _CATCH_UP + 1)
    if len(rows) > _CATCH_UP:
        return [Event(ownership.head(session)[0], "{}", "refresh")]
    edited = touched - {row["mention_id"] for row in rows}
    events = [_event(row) for row in in_words(session, rows)]
    names = board.tokens(session, edited)
    return [*events, *(Event(0, json.dumps({"token": token, "kind": "edited", "say": ""})) for token in names.values())]


def _event(row: LogRow) -> Event:
    if not row.token:  # about a person: no card shows it, and what is seen is counted on
        return Event(row.seq, "{}", "hello")
    return Event(row.seq, _data(row))


def _data(row: LogRow) -> str:
    arrived = row.action == Action.ARRIVED
    say = f"New mention #{row.token} for {row.to_department}" if arrived else row.named
    return json.dumps({"token": row.token, "kind": row.action, "say": say, "by": row.actor_id})
