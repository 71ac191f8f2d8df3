"""The network of the simulator: what a request meets on its way to a server, and what the server says of it.

What has left a process arrives, whatever becomes of the process; no request is on its way for longer than the outbox
reckons with (``bot.outbox.worker``), and a look-up shows late what came late, within the same bound.
"""

import asyncio
from collections.abc import Callable, Collection
from random import Random
from typing import Protocol, TypeVar

from bot.net.permit import may_leave
from bot.outbox.worker import SEND_SECONDS
from tests.simulator.database import NOBODY
from tests.simulator.loop import LIFE, Life, VirtualLoop, for_ever

T = TypeVar("T")
LONGEST_WAY = SEND_SECONDS - 0.3
# What a server has taken, whatever it says.
TAKEN = frozenset({"", "slow", "500 taken", "hang taken"})
# What goes wrong with looking; of what is sent meanwhile, a half is taken and answered 500.
BLINDNESS = frozenset({"no look-ups", "late look-ups", "blind"})
HURTS_READING = frozenset({"slow", "no connection", "cut", "refuses"})


class NoConnection(Exception):
    """The server was not reached; nothing was sent."""


class Answered(Exception):
    """The server said no, with a status; ``taken`` is for nobody to see."""

    def __init__(self, status: int, retry_after: float | None = None) -> None:
        super().__init__(f"It answered {status}.")
        self.status = status
        self.retry_after = retry_after


class Surroundings(Protocol):
    """What the network asks of the world."""

    loop: VirtualLoop

    def fault(self, server: str, life: Life | None) -> str:
        """Return what is wrong with a server for a process at this moment; empty when it is well."""
        ...

    def chance(self, of: str) -> Random:
        """Return the chance of something."""
        ...


def living() -> Life:
    """Return the process that asks."""
    life = LIFE.get()
    if life is None:
        raise RuntimeError("Nobody asks.")
    return life


async def pass_by(seam: str) -> None:
    """Come to a named place; who dies there goes on nowhere, and who is paused there goes on later."""
    life = living()
    if not life.passes(seam):
        await for_ever()
    if life.stalled:
        await asyncio.sleep(0)


async def send(world: Surroundings, server: str, what: str, land: Callable[[], T]) -> T:
    """Send something that changes a server, and return what ``land`` says once it has come there.

    Raises:
        NoConnection: It was certainly not sent.
        Answered: The server answered otherwise.
        Withdrawn: It was not let go at the last moment.
    """
    loop, random, life = world.loop, world.chance(server), living()
    await asyncio.sleep(random.expovariate(50))
    await pass_by(f"before {what}")
    fault = world.fault(server, life)
    if fault in BLINDNESS:
        fault = random.choice(("", "500 taken"))
    if fault in ("no connection", "cut"):
        raise NoConnection
    may_leave()
    way = random.uniform(0.5, LONGEST_WAY) if fault in ("slow", "hang taken") else min(random.expovariate(12), 2.0)
    arrives = loop.time() + way
    landed: asyncio.Future[T] = loop.create_future()
    if fault in TAKEN:
        loop.call_at(arrives, lambda: landed.set_result(land()), context=NOBODY)
    if fault in ("hang", "hang taken"):
        await for_ever()
    await asyncio.sleep(way + min(random.expovariate(20), 1.0))
    await pass_by(f"after {what}")
    if fault in TAKEN and fault != "500 taken":
        return await landed
    raise _answer(fault, random)


async def look(
    world: Surroundings, server: str, seen: Callable[[float], T], heeds: Collection[str] = HURTS_READING | BLINDNESS
) -> T:
    """Ask a server what it has; ``seen`` takes the moment until which it shows what came.

    Only what is wrong with the server in one of the ways that it ``heeds`` is met.

    Raises:
        NoConnection, Answered: It does not say.
    """
    random, life = world.chance(server), living()
    await pass_by("at look-up")
    fault = world.fault(server, life)
    fault = fault if fault in heeds else ""
    if fault in ("no connection", "cut"):
        raise NoConnection
    await asyncio.sleep(random.uniform(0.5, 4) if fault == "slow" else min(random.expovariate(20), 1.0))
    if fault in ("hang", "hang taken"):
        await for_ever()
    if fault not in ("", "slow", "late look-ups"):
        raise _answer(fault, random)
    found = seen(world.loop.time() - (3.0 if fault == "late look-ups" else 0.0))
    await asyncio.sleep(min(random.expovariate(20), 1.0))
    return found


def _answer(fault: str, random: Random) -> Answered:
    if fault == "refuses":
        return Answered(403)
    if fault == "blind":
        return Answered(501)
    if fault.startswith("429"):
        return Answered(429, None if fault == "429 bare" else round(random.uniform(1, 6), 1))
    return Answered(500)
