"""A chain: each credential buys the next one, for all replicas, and none is used before it is committed.

A token that is good for one use ends the account where it is used twice. So one process at a time renews, under the
database's lease; whoever finds it held waits, and takes what the other one got. A renewal that is under way goes on to
its commit, though who waited for it is gone. What is killed between the answer and the commit has lost it: the next one
comes with the token before, which some services still take. Where the service says no, the row is read again, and then
the account rests until a person signs in: nothing asks again by itself. Only where a service is known to forgive it,
the token of one version before is tried first: elsewhere that would end what may be alive.
"""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from bot.net.errors import SignedOut, SourceRefused, SourceUnavailable
from bot.runtime.clock import Clock
from bot.sources.kit.accounts import Accounts, Kept, Pair
from bot.sources.kit.sign_in import how_to_mend

# So long whoever finds a renewal under way waits for it; a request has fifteen seconds.
PATIENCE = timedelta(seconds=20)
LOOK_EVERY = 0.1
# A renewal that could wait and did not work is tried again after this.
TRY_AGAIN = timedelta(hours=1)
_LONG_AGO = datetime.min.replace(tzinfo=UTC)

Exchange = Callable[[Pair], Awaitable[Pair]]


class TokenRefused(Exception):
    """The service does not take a token any more, and says so; the text is a sentence without a secret."""


def is_stale(held: Pair, refused: Pair | None, now: datetime) -> bool:
    """Say whether another one is wanted: it was refused, or is due."""
    return held.is_due(now) or (refused is not None and held.access == refused.access)


def is_good(held: Pair, refused: Pair | None, now: datetime) -> bool:
    """Say whether one that is to be renewed may be used meanwhile."""
    lasts = held.expires_at is None or held.expires_at > now
    return bool(held.access) and lasts and (refused is None or held.access != refused.access)


class Alone:
    """A token that stays as it is, and what it buys, in memory alone."""

    def __init__(self, seed: Pair, exchange: Exchange, mend: str, clock: Clock) -> None:
        """Take the token, what exchanges it, and how to mend it where it is not taken."""
        self._seed = seed
        self._exchange = exchange
        self._mend = mend
        self._clock = clock
        self._refused = ""
        self._held = seed

    async def renew(self, refused: Pair | None) -> Pair:
        """Buy.

        Raises:
            SourceUnavailable: It may work later.
            SourceRefused: The token is not taken; it is not tried again.
        """
        if self._refused:
            raise SourceRefused(self._refused)
        try:
            self._held = await self._exchange(self._seed)
        except SourceUnavailable:
            if not is_good(self._held, refused, self._clock.now()):
                raise
        except TokenRefused as error:
            self._refused = f"{error} {self._mend}"
            raise SourceRefused(self._refused) from None
        return self._held

    def due(self, held: Pair) -> bool:
        """Say whether it is to be renewed before it is refused."""
        return held.is_due(self._clock.now())


class Chain:
    """The account of one source, as all replicas share it."""

    def __init__(
        self,
        source: str,
        accounts: Accounts,
        seed: Pair | None,
        exchange: Exchange,
        *,
        variable: str,
        forgives: bool = False,
        early: bool = False,
    ) -> None:
        """Take what it is known by; nothing is asked yet.

        Args:
            source: The name of the source.
            accounts: Where it is kept.
            seed: What stands in the environment, or None.
            exchange: Buys the next one; raises TokenRefused where the service does not take what it is given.
            variable: The environment variable of the seed.
            forgives: The service takes the token of one version before, too.
            early: It is renewed long before it ends, so a no is no end of it.
        """
        self._source = source
        self._accounts = accounts
        self._clock = accounts.clock
        self._seed = seed
        self._exchange = exchange
        self._variable = variable
        self._forgives = forgives
        self._early = early
        self._try_at = _LONG_AGO

    def due(self, held: Pair) -> bool:
        """Say whether it is to be renewed before it is refused."""
        now = self._clock.now()
        return held.is_due(now) and now >= self._try_at

    async def renew(self, refused: Pair | None) -> Pair:
        """Return the newest, or the next where that was refused or is due.

        Raises:
            SourceUnavailable: It may work later.
            SourceRefused: A person has to sign in.
        """
        until = self._clock.now() + PATIENCE
        while True:
            kept = await self._kept()
            if not self._wants_next(kept, refused):
                return kept.pair
            if token := await self._accounts.hold(self._source):
                renewed = await self._accounts.whole(self._renew(token, refused))
                if renewed is not None:
                    return renewed
            elif self._clock.now() >= until:
                raise SourceUnavailable(f"Another replica is renewing what lets {self._source} in.")
            else:
                await self._clock.sleep(LOOK_EVERY)

    async def _kept(self) -> Kept:
        kept = await self._accounts.read(self._source, self._seed)
        if kept is None:
            raise SignedOut(f"Nobody has signed in yet: run `dibs source login {self._source}`.")
        if kept.refused:
            raise SignedOut(kept.refused)
        return kept

    def _wants_next(self, kept: Kept, refused: Pair | None) -> bool:
        now = self._clock.now()
        return is_stale(kept.pair, refused, now) and not (now < self._try_at and is_good(kept.pair, refused, now))

    async def _renew(self, token: str, refused: Pair | None) -> Pair | None:
        """Renew while we hold it, and give it back; None where it is to be looked at anew."""
        try:
            kept = await self._kept()  # before we held it, somebody else may have renewed it
            return await self._next(kept, refused) if self._wants_next(kept, refused) else kept.pair
        finally:
            await self._accounts.release(self._source, token)

    async def _next(self, kept: Kept, refused: Pair | None) -> Pair | None:
        try:
            fresh = await self._bought(kept)
        except (SourceUnavailable, SourceRefused, TokenRefused) as error:
            if good := self._meanwhile(kept, refused, ends=not isinstance(error, SourceUnavailable)):
                return good
            if not isinstance(error, TokenRefused):
                raise
            why = f"{error} {how_to_mend(self._source, self._variable)}"
            await self._accounts.refuse(kept, why)
            raise SignedOut(why) from None
        if fresh is None or not await self._accounts.go_on(kept, fresh):
            return None
        self._try_at = _LONG_AGO
        return fresh

    async def _bought(self, kept: Kept) -> Pair | None:
        """Buy the next one; None where somebody was quicker."""
        try:
            return await self._exchange(kept.pair)
        except TokenRefused:
            if (await self._kept()).version != kept.version:
                return None
            if not self._forgives or kept.previous is None or kept.previous.ticket == kept.pair.ticket:
                raise
        return await self._exchange(kept.previous)

    def _meanwhile(self, kept: Kept, refused: Pair | None, *, ends: bool) -> Pair | None:
        """Return what is still good where no other was to be had, and let that rest for a while."""
        now = self._clock.now()
        if (ends and not self._early) or not is_good(kept.pair, refused, now):
            return None
        self._try_at = now + TRY_AGAIN
        return kept.pair
