"""What every site is: a fake in a loop of its own, a gate, and its own books of what stands there.

All stories are told of all sites, those too in which processes are killed. What differs from one to another it says by
what stands in its class, and each story heeds that: a new site needs no word anywhere but its line in ``served``.
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from bot.sources.registry import secret_variables
from tests.fakes.gate import Gate, Handler
from tests.harness.accounts import KEY
from tests.harness.loops import run_in

CHARTER = 'publish = ["ana@acme.example"]\nreview = "none"'
SOURCE = """
[[sources]]
name = "{name}"
kind = "{kind}"
{options}
every = "{every}"
backfill = true
allow_private = true
[sources.charter]
purpose = "Answer who asks."
{charter}
"""


_T = TypeVar("_T")


@dataclass(frozen=True)
class Reply:
    """What our account has standing there.

    Attributes:
        root: What its thread began with, where the service is told of it.
        text: As it was sent.
    """

    name: str
    parent: str
    root: str
    text: str


@dataclass
class Site(ABC):
    """One source, as dibs.toml names it, and the service behind it. Its methods run in the service's own loop.

    Stories that run as real processes go by the clock of the machine, so what is written there is written now.

    Attributes:
        kind: Its name in the registry.
        every: How often it is polled.
        converses: Whoever was answered there can answer that.
        repeats: It takes the same words again.
        restores: A credential that counted no more can count again, without somebody who signs in.
        keeps: What its account is let in with is kept, under DIBS_KEY.
        rotates: Each of its tokens buys the next one, and is good for that once; ``expire`` and ``sign_in`` are its.
        stages: It takes a reply in two steps.
    """

    name: str
    charter: str = CHARTER
    gate: Gate = field(default_factory=Gate)
    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop, repr=False)

    kind = ""
    every = "1s"
    converses = True
    repeats = True
    restores = True
    keeps = False
    rotates = False
    stages = False

    @abstractmethod
    def serve(self) -> AbstractAsyncContextManager[Any]:
        """Serve for the length of the block."""

    @abstractmethod
    def options(self) -> str:
        """Return the options of its kind in dibs.toml."""

    @abstractmethod
    def credentials(self) -> dict[str, str]:
        """Return its secrets by their names in the registry."""

    @abstractmethod
    def _write(self, text: str) -> str: ...

    @abstractmethod
    def _answer(self, text: str, to: str) -> str: ...

    @abstractmethod
    def _replies(self) -> list[Reply]: ...

    @abstractmethod
    def _revoke(self) -> None: ...

    @abstractmethod
    def _restore(self) -> None: ...

    def write(self, text: str) -> str:
        """Let somebody write a post; returns the service's own name for it."""
        return self._there(lambda: self._write(text))

    def answer(self, text: str, to: str) -> str:
        """Let the same person answer a post that stands there; returns the service's own name for it."""
        return self._there(lambda: self._answer(text, to))

    def replies(self) -> list[Reply]:
        """Return what our account has standing there, in the order in which it came."""
        return self._there(self._replies)

    def answers(self, parent: str) -> list[str]:
        """Return what our account has standing below a post."""
        return [one.text for one in self.replies() if one.parent == parent]

    def revoke(self) -> None:
        """Let our credential count no more."""
        self._there(self._revoke)

    def restore(self) -> None:
        """Let our credential count again."""
        self._there(self._restore)

    def keep_time(self, now: Callable[[], datetime]) -> None:
        """Go by another clock than this machine's, where it matters there what time it is."""
        for one in self._clocks():
            one.now = now

    def _clocks(self) -> list[Any]:
        return []

    def stands_below(self, post: str) -> str:
        """Return below what a reply to a post of its stands there; mostly that post."""
        return post

    def let_through(self) -> bool:
        """Keep nothing back for moderators from now on, for whom stories of processes do not wait; was anything?"""
        return False

    def is_let_in(self) -> bool:
        """Say whether our account is still let in."""
        return True

    def expire(self) -> None:
        """Let what requests carry end, so that the next one is bought."""
        raise NotImplementedError(f"{self.kind} does not rotate.")

    def sign_in(self) -> None:
        """Let a person sign in again; its secrets are other ones then."""
        raise NotImplementedError(f"{self.kind} does not rotate.")

    def toml(self) -> str:
        """Return its table in dibs.toml."""
        told = {"name": self.name, "kind": self.kind, "every": self.every, "charter": self.charter}
        return SOURCE.format(**told, options=self.options())

    def secrets(self) -> dict[str, str]:
        """Return the environment that holds its secrets."""
        variables = secret_variables(self.kind, self.name)
        keys = {"DIBS_KEY": KEY} if self.keeps else {}
        return {variables[field]: value for field, value in self.credentials().items()} | keys

    def _there(self, work: Callable[[], _T]) -> _T:
        async def run() -> _T:
            return work()

        return run_in(self.loop, run())


def put(fake: object, name: str, handler: Handler) -> None:
    """Put a handler in the place of a fake's own, from outside."""
    setattr(fake, name, handler)
