"""Replicas: what a process does, who else works on the same database, and whose turn something is among them.

Leases see to it that nothing is done twice; they do not share. Whoever commits work sees it first, and would do all of
it. So each of the living has its turn, by a rule that all of them can work out alone: the number of what is to be done,
and of the second in which we are, count round among their names. What has to stay where it is, because its pace is kept
in memory, has no second in it. Whose turn it is not waits for ``GRACE``: who was just killed, or is busy, or refused,
keeps nothing from being done.

On SQLite there is one process, which does all.
"""

import logging
from collections.abc import Collection, Hashable
from dataclasses import dataclass, field
from zlib import crc32

from bot.runtime.async_database import AsyncDatabase
from bot.runtime.clock import Clock
from bot.runtime.heartbeat import BEAT
from bot.runtime.ids import Ids
from bot.runtime.roles import ALL_ROLES, Role
from storage.engine.database import is_outage
from storage.work import replicas
from storage.work.replicas import ReplicaRow

# So long what changes hands stays in the same.
TERM = 1.0
# So long what is another's turn is left to it; it hears of it within milliseconds.
GRACE = 0.3

log = logging.getLogger("dibs.replicas")


@dataclass(slots=True, kw_only=True)
class Replicas:
    """The processes that work on one database, as one of them knows them.

    Attributes:
        roles: What this one does.
    """

    database: AsyncDatabase
    clock: Clock
    ids: Ids
    roles: Collection[Role] = ALL_ROLES
    term: float = TERM
    _name: str = ""
    _living: list[ReplicaRow] = field(default_factory=list)

    @property
    def said(self) -> str:
        """The roles of this one, with a blank between."""
        return " ".join(sorted(self.roles))

    @property
    def living(self) -> Collection[ReplicaRow]:
        """Those that lived when this one looked last."""
        return self._living

    @property
    def are_several(self) -> bool:
        """Whether there can be more than one."""
        return self.database.sync.engine.dialect.name != "sqlite"

    @property
    def hear_each_other(self) -> bool:
        """Whether another one hears at once that there is something to do; else leaving it to it takes too long."""
        return self.database.sync.hears_others

    async def run(self) -> None:
        """Go on saying that this one lives, and see who else does."""
        while True:
            try:
                await self.look()
            except Exception as error:
                if not is_outage(error):
                    raise
            await self.clock.sleep(BEAT)

    async def look(self) -> None:
        """Say that this one lives, and see who else does."""
        self._name = self._name or self.ids.token()
        name, roles, now = self._name, self.said, self.clock.now()
        self._living = await self.database.tx(lambda session: replicas.beat(session, name, roles, now), urgent=True)

    async def leave(self) -> None:
        """Say that this one ends; who cannot is missed soon."""
        if name := self._name:
            try:
                await self.database.tx(lambda session: replicas.leave(session, name))
            except Exception as error:
                if not is_outage(error):
                    log.exception("It could not be written down that this replica ends.")

    def is_ours(self, what: Hashable, role: Role, *, stays: bool = False) -> bool:
        """Say whether something that one role does is this one's turn now; alone, all is."""
        peers = self._peers(role)
        if len(peers) < 2 or self._name not in peers:
            return True
        number = what if isinstance(what, int) else crc32(str(what).encode())
        return peers[(number + (0 if stays else self.second())) % len(peers)] == self._name

    def second(self) -> int:
        """Return the number of the term in which we are; with the next one turns change."""
        return int(self.clock.now().timestamp() / self.term)

    def _peers(self, role: Role) -> list[str]:
        return [one.name for one in self._living if role in one.roles.split()]
