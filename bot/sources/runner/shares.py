"""Shares: which streams this replica holds, and what others tell it of sources.

A stream is held for days, so whoever starts first would hold all of them. Each is one replica's, by its place among the
streams; who holds another's gives it back with its next batch, and takes none unless it was left alone for ``_LEFT``.
The lease and its token see to it that one of them writes, whatever they believe.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from bot.runtime.async_database import AsyncDatabase
from bot.runtime.clock import Clock
from bot.runtime.replicas import Replicas
from bot.runtime.roles import Role
from bot.sources.runner.agenda import Agenda
from bot.sources.runner.poller import Listened
from bot.sources.runner.streamer import is_streamed
from storage.listen import sources as states

_LEFT = timedelta(seconds=1)


@dataclass(slots=True)
class Shares:
    """What is this replica's to listen to."""

    replicas: Replicas | None
    sources: Mapping[str, Listened]
    agenda: Agenda
    database: AsyncDatabase
    clock: Clock
    _told: bool = False
    _left: set[str] = field(default_factory=set)

    def is_anothers(self, name: str) -> bool:
        """Say whether a stream is for another replica to hold, as long as that lives."""
        streams = [one.name for one in self.sources.values() if is_streamed(one.source)]
        return self.replicas is not None and not self.replicas.is_ours(streams.index(name), Role.LISTEN, stays=True)

    def leaves(self, name: str) -> bool:
        """Leave a stream to the replica whose it is for a moment, once; False where it is to be taken."""
        left = name not in self._left and self.is_anothers(name)
        self._left = self._left | {name} if left else self._left - {name}
        if left:
            self.agenda.plan(name, self.clock.now() + _LEFT)
        return left

    def hear(self) -> None:
        """Be told that another replica has something to say of sources."""
        self._told = True
        self.agenda.wake()

    async def heed(self) -> None:
        """Ask at once what a hook of another replica rang for, and take the streams that were given to us."""
        if not self._told:
            return
        self._told, now = False, self.clock.now()
        for row in await self.database.read(lambda session: states.states(session, list(self.sources))):
            streamed = is_streamed(self.sources[row.name].source)
            given = streamed and row.lease is None and not self.is_anothers(row.name)
            if given or (not row.failures and row.next_at is not None and row.next_at <= now):
                self.agenda.hasten(row.name, now)
