"""Accounts: what services give our accounts to be let in with, kept sealed in the database for all replicas.

A chain begins with a seed: what stands in the environment, or what a person got by signing in. Each renewal is its next
version, and one is kept behind the newest. A seed that is new in the environment begins a new chain. One that was
taken out of it ends none, since the chain has long left it behind; nor does one begin anew that was left behind, since
it is used up, and a replica may run on with it while others were started with the next.

Without a database (`dibs source test` while dibs.toml is being written) or without DIBS_KEY nothing is kept, and who
needs that is refused. No secret stands in a sentence, a log or a ``repr``.
"""

import asyncio
import json
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from hashlib import sha256
from typing import Any, TypeVar

from bot.net.errors import SourceRefused
from bot.runtime.async_database import AsyncDatabase
from bot.runtime.clock import Clock
from bot.runtime.ids import Ids
from bot.sources.kit.json import mapping, string
from bot.sources.kit.seals import Seal, SealError
from bot.sources.kit.sign_in import how_to_mend
from storage.engine.database import Session, is_outage
from storage.listen import credentials
from storage.listen.credentials import CredentialRow

ResultT = TypeVar("ResultT")

NO_DATABASE = "there is no database yet in which it could be kept; run `dibs db upgrade`."
# What is half done when Dibs stops has so many seconds of the ten that a stop may take; mostly it takes one.
STOP_SECONDS = 2.0
LOOK_AGAIN = 0.5
_MOMENTS = ("expires_at", "due_at", "ends_at")
# So many seeds are remembered of a source.
_SEEDS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """What a service gave.

    Attributes:
        access: What a request carries; empty at the beginning of a chain.
        refresh: What the next one is bought with; empty where ``access`` itself is.
        expires_at: When ``access`` ends; None where nobody said.
        due_at: From when on it is to be renewed; None = when it is refused.
        ends_at: When nothing renews it any more, and a person has to sign in again; None where nobody said.
    """

    access: str = field(default="", repr=False)
    refresh: str = field(default="", repr=False)
    expires_at: datetime | None = None
    due_at: datetime | None = None
    ends_at: datetime | None = None

    @property
    def ticket(self) -> str:
        """What the next one is bought with."""
        return self.refresh or self.access

    def is_due(self, now: datetime) -> bool:
        """Say whether it is to be renewed before it is refused."""
        return not self.access or (self.due_at is not None and self.due_at <= now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One version of a chain, opened.

    Attributes:
        previous: What the version before it was, or None.
        refused: Why the account is not let in any more, or empty.
    """

    row: CredentialRow = field(repr=False)
    pair: Pair
    previous: Pair | None = None

    @property
    def version(self) -> int:
        """Which version it is."""
        return self.row.version

    @property
    def refused(self) -> str:
        """Why the account is not let in any more, or empty."""
        return self.row.refused


class Accounts:
    """What is kept of all accounts; one for the whole bot."""

    def __init__(self, database: AsyncDatabase | None, seal: Seal, clock: Clock, ids: Ids) -> None:
        """Take where things are kept, None where that is nowhere, and what seals them."""
        self._database = database
        self._seal = seal
        self.clock = clock
        self._ids = ids
        self._work: set[asyncio.Task[Any]] = set()

    @property
    def trouble(self) -> str:
        """Why nothing can be sealed here, and how to mend it; empty where all is well."""
        return self._seal.trouble

    @property
    def keeps(self) -> bool:
        """Whether anything can be kept here."""
        return self._database is not None and not self.trouble

    async def read(self, source: str, seed: Pair | None) -> Kept | None:
        """Return the newest version; None where there is none, and no seed to begin with.

        Args:
            source: The name of the source.
            seed: What stands in the environment.

        Raises:
            SourceRefused: It cannot be opened, or nothing can be kept here.
        """
        row = await self._row(source)
        if seed is not None and (row is None or not row.version or seed_hash(seed) not in row.seeds.split()):
            await self._replace(source, row, seed, seed=seed)
            row = await self._row(source)
        if row is None or not row.version:
            return None
        with_pair = partial(self._open, source)
        return Kept(row=row, pair=with_pair(row.sealed), previous=with_pair(row.previous) if row.previous else None)

    async def hold(self, source: str) -> str:
        """Be the one who renews; returns a token, or empty where somebody else does at this moment."""
        token, now = self._ids.token(), self.clock.now()
        held = await self._tx(lambda session: credentials.leases.take(session, source, token, now))
        return token if held else ""

    async def release(self, source: str, token: str) -> None:
        """Let somebody else renew."""
        await self._tx(lambda session: credentials.leases.release(session, source, token))

    async def go_on(self, kept: Kept, pair: Pair) -> bool:
        """Commit the next version, before anybody uses it; False where another one is there by now.

        While the database is away it is tried again and again: what was bought with the one before is nowhere else.
        """
        while True:
            try:
                return await self._replace(kept.row.source, kept.row, pair)
            except Exception as error:
                if not is_outage(error):
                    raise
                await self.clock.sleep(LOOK_AGAIN)

    async def refuse(self, kept: Kept, why: str) -> None:
        """Write down that the account is not let in any more, so that nobody asks again with what is dead."""
        await self._tx(lambda session: credentials.refuse(session, kept.row.source, kept.version, why))

    async def begin(self, source: str, pair: Pair, seed: Pair | None) -> None:
        """Begin a chain with what somebody got by signing in; ``seed``, which it replaces, counts no more."""
        while not await self._replace(source, await self._row(source), pair, seed=seed or Pair()):
            pass

    def draw(self) -> str:
        """Draw what nobody guesses."""
        return self._ids.token(32)

    async def ask(self, source: str, asked: str, until: datetime) -> None:
        """Keep what a sign-in was begun with, sealed; the one before counts no more.

        Raises:
            SourceRefused: Nothing can be kept here.
        """
        sealed = self._close(asked)
        await self._tx(lambda session: credentials.ask(session, source, sealed, until))

    async def asked(self, source: str) -> str:
        """Return what a sign-in was begun with, or empty.

        Raises:
            SourceRefused: It cannot be opened.
        """
        row = await self._row(source)
        return self._seen(source, row.asked) if row is not None and row.asked else ""

    async def take_asked(self, source: str) -> bool:
        """Use a sign-in up; False where that was done before, or it is too old."""
        row, now = await self._row(source), self.clock.now()
        return row is not None and await self._tx(
            lambda session: credentials.take_asked(session, source, row.asked, now)
        )

    async def whole(self, work: Coroutine[Any, Any, ResultT]) -> ResultT:
        """Do to its end what must not stop half-way, also where who waits for it is cancelled."""
        task = asyncio.get_running_loop().create_task(work)
        self._work.add(task)
        task.add_done_callback(self._done)
        return await asyncio.shield(task)

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._work.discard(task)
        if not task.cancelled():
            task.exception()  # whoever waited has it; where nobody does any more, whoever comes next meets it anew

    async def stop(self, seconds: float = STOP_SECONDS) -> None:
        """Wait for what must not stop half-way, for a while."""
        if self._work:
            await asyncio.wait(self._work, timeout=seconds)

    async def seal_anew(self) -> None:
        """Seal everything with the first key that is sealed with another one; what none opens stays as it is."""
        for row in await self._read(credentials.all_of) if self.keeps else ():
            try:
                sealed, previous = (self._seal.seal_anew(one) if one else "" for one in (row.sealed, row.previous))
            except SealError:
                continue  # whoever wants to use it is told
            if (sealed, previous) != (row.sealed, row.previous):
                work = partial(
                    credentials.seal_anew, source=row.source, version=row.version, sealed=sealed, previous=previous
                )
                await self._tx(work)

    async def _row(self, source: str) -> CredentialRow | None:
        return await self._read(lambda session: credentials.get(session, source))

    async def _replace(self, source: str, row: CredentialRow | None, pair: Pair, *, seed: Pair | None = None) -> bool:
        return await self._tx(
            partial(
                credentials.replace,
                source=source,
                version=row.version if row is not None else 0,
                sealed=self._closed(source, pair),
                previous=row.sealed if row is not None and seed is None else "",
                expires_at=pair.expires_at,
                now=self.clock.now(),
                seeds=_seeds(seed, row) if seed is not None else None,
            )
        )

    def _closed(self, source: str, pair: Pair) -> str:
        moments = {name: getattr(pair, name) for name in _MOMENTS}
        told = {name: moment.isoformat() for name, moment in moments.items() if moment is not None}
        return self._close(json.dumps({"source": source, "access": pair.access, "refresh": pair.refresh, **told}))

    def _close(self, text: str) -> str:
        try:
            return self._seal.seal(text)
        except SealError as error:
            raise SourceRefused(f"Nothing can be kept of this account: {error}") from None

    def _seen(self, source: str, sealed: str) -> str:
        try:
            return self._seal.open(sealed)
        except SealError as error:
            why = f"What is kept of this account cannot be opened: {error} {how_to_mend(source)}"
            raise SourceRefused(why) from None

    def _open(self, source: str, sealed: str) -> Pair:
        told = mapping(json.loads(self._seen(source, sealed)))
        if told.get("source") != source:
            raise SourceRefused(f"What is kept of this account is another one's. {how_to_mend(source)}")
        return Pair(
            access=string(told, "access"),
            refresh=string(told, "refresh"),
            **{name: _moment(string(told, name)) for name in _MOMENTS},
        )

    async def _tx(self, work: Callable[[Session], ResultT]) -> ResultT:
        return await self._where().tx(work, urgent=True)

    async def _read(self, work: Callable[[Session], ResultT]) -> ResultT:
        return await self._where().read(work)

    def _where(self) -> AsyncDatabase:
        if self._database is None:
            raise SourceRefused(f"Nothing can be kept of this account: {NO_DATABASE}")
        return self._database


def nowhere() -> Accounts:
    """Return accounts of which nothing is kept."""
    return Accounts(None, Seal(), Clock(), Ids())


def seed_hash(seed: Pair) -> str:
    """Return by what it is known that a seed changed; empty for none."""
    return sha256(f"dibs seed {seed.ticket}".encode()).hexdigest() if seed.ticket else ""


def _seeds(seed: Pair, row: CredentialRow | None) -> str:
    """Return by what seeds are known that begin nothing any more: this one, and those before it."""
    known = dict.fromkeys(filter(None, (seed_hash(seed), *(row.seeds.split() if row is not None else ()))))
    return " ".join(list(known)[:_SEEDS])


def _moment(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
