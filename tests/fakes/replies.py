"""A place where replies stand, in memory: it refuses what a real one refuses, and fails where a test says so.

It keeps what it was sent, twice if it is sent twice, so that a second send shows. It knows parents by their id, and
answers a look-up by what really stands there. Where it is ``moderated`` it shows nothing before somebody let it
through, and where it is ``staged`` it takes a reply in two steps: it makes a container, and shows it once it is asked.
"""

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace

from bot.net.errors import SourceError, SourceUnavailable
from bot.sources.base import Batch, Capabilities
from handlers.base.charter import ReplyRules
from handlers.base.replying import (
    Alive,
    Allowed,
    Changed,
    Found,
    Gone,
    Handoff,
    Outcome,
    Parent,
    ParentState,
    Published,
    Refused,
    Staged,
    Unclear,
)

LIMIT = 300


@dataclass(frozen=True)
class Standing:
    """One reply that stands there."""

    external_id: str
    send_id: str
    parent: str
    text: str
    container: str = ""

    @property
    def url(self) -> str:
        """Where it stands."""
        return f"https://replies.example/{self.external_id}"

    @property
    def names(self) -> set[str]:
        """By what it is known."""
        return {self.external_id, self.url}


@dataclass(frozen=True)
class Fault:
    """What goes wrong with one send.

    Attributes:
        accepts: The reply stands there all the same.
        outcome: What the source says of it.
        error: What it raises instead.
        hangs: It never answers.
    """

    accepts: bool = False
    outcome: Outcome | None = None
    error: BaseException | None = None
    hangs: bool = False


FIVE_HUNDRED = Fault(accepts=True, outcome=Unclear("It answered 502."))
REFUSES = Fault(outcome=Refused("Replies to this post are restricted."))


def too_many(seconds: float) -> Fault:
    """Return a 429, which is certainly not sent."""
    return Fault(error=SourceUnavailable("It asks us to wait (429).", seconds))


@dataclass
class FakeReplies:
    """A source on which we can answer.

    Attributes:
        moderated: What it takes waits in ``queue``, until a test lets it through or rejects it.
        named: It says already while a reply waits what it will be called.
        staged: It takes a reply in two steps, and wants to be left alone for ``pause`` seconds between them.
        containers: What first steps made, by name, and the reply that is in each.
        faults: What goes wrong with the next sends, in order; None = nothing.
        states: How a parent is, by its id, where that is not plain.
        blind: Look-ups raise this.
        locked: Everything raises this: a revoked credential.
        handoff: It may not be answered by us.
        sends: What was asked of it, in order: "check", "publish", "find".
    """

    faults: deque[Fault | None] = field(default_factory=deque)
    states: dict[str, ParentState] = field(default_factory=dict)
    blind: SourceError | None = None
    locked: SourceError | None = None
    handoff: Handoff | None = None
    standing: list[Standing] = field(default_factory=list)
    sends: list[str] = field(default_factory=list)
    prepared: list[str] = field(default_factory=list)
    made: int = 0
    gate: asyncio.Event | None = None
    moderated: bool = False
    named: bool = True
    queue: list[Standing] = field(default_factory=list)
    rejected: dict[str, str] = field(default_factory=dict)
    staged: bool = False
    pause: float = 0.0
    containers: dict[str, str] = field(default_factory=dict)
    capabilities: Capabilities = field(default_factory=lambda: Capabilities(reply=ReplyRules(by_api=True, limit=LIMIT)))

    @property
    def replies(self) -> "FakeReplies":
        """The place answers for itself."""
        return self

    def can_reply(self, parent: Parent) -> Allowed | Handoff:
        """Say whether we may answer."""
        return self.handoff or Allowed()

    async def check(self, parent: Parent) -> ParentState:
        """Say how the parent is now."""
        self._ask("check")
        context = json.dumps({"cid": f"cid-{parent.external_id}"})
        unknown = [one for one in self.standing if one.parent == parent.external_id and not parent.ours & one.names]
        if unknown and parent.external_id not in self.states:
            return Changed(f"Our account answered it already: {unknown[0].url}", context)
        return self.states.get(parent.external_id, Alive(context))

    def prepare(self, parent: Parent, text: str, send_id: str, context: str) -> str:
        """Return the request."""
        if not context:
            raise ValueError("The post that it answers is not there any more.")
        if len(text) > LIMIT:
            raise ValueError(f"It is longer than {LIMIT} characters.")
        self.made += 1  # as a time of day would, so that what was prepared anew is not what was stored
        made = {"send_id": send_id, "parent": parent.external_id, "text": text, "made": self.made}
        made |= json.loads(context)
        return json.dumps(made, sort_keys=True)

    async def publish(self, prepared: str) -> Outcome:
        """Take one reply."""
        self._ask("publish")
        self.prepared.append(prepared)
        fault = self.faults.popleft() if self.faults else None
        if self.gate is not None:
            await self.gate.wait()
        outcome = self._accept(prepared) if fault is None or fault.accepts else None
        if fault is None:
            assert outcome is not None
            return outcome
        if fault.hangs:
            await asyncio.Event().wait()
        if fault.error is not None:
            raise fault.error
        assert fault.outcome is not None
        return fault.outcome

    def _accept(self, prepared: str) -> Outcome:
        asked = json.loads(prepared)
        if isinstance(self.states.get(asked["parent"]), Gone):
            raise AssertionError("A reply to a deleted post was sent.")
        container = str(asked.get("container", ""))
        if self.staged and not container:
            made = f"container-{len(self.containers) + 1}"
            self.containers[made] = asked["send_id"]
            return Staged(json.dumps(asked | {"container": made}, sort_keys=True), self.pause)
        if self.staged and any(one.container == container for one in self._all):
            return Unclear("This container was published already.")
        number = len(self._all) + len(self.rejected) + 1
        one = Standing(f"reply-{number}", asked["send_id"], asked["parent"], asked["text"], container)
        (self.queue if self.moderated else self.standing).append(one)
        return self._published(one)

    @property
    def _all(self) -> list[Standing]:
        return [*self.standing, *self.queue]

    def _published(self, one: Standing) -> Published:
        held = one in self.queue
        return Published(one.external_id, one.url, held) if self.named or not held else Published("", "", held)

    def let_through(self) -> Standing:
        """Let the oldest that waits be seen."""
        self.standing.append(self.queue.pop(0))
        return self.standing[-1]

    def reject(self, why: str = "") -> None:
        """Let the oldest that waits never be seen; it tells why, or nothing."""
        self.rejected[self.queue.pop(0).send_id] = why

    async def find_published(self, prepared: str) -> Found:
        """Look what stands there, and what waits."""
        self._ask("find")
        if self.blind is not None:
            raise self.blind
        asked = json.loads(prepared)
        send_id, container = asked["send_id"], asked.get("container", "")
        found = next((one for one in self._all if (one.send_id, one.container) == (send_id, container)), None)
        if found is None and (why := self.rejected.get(send_id)):
            return Refused(why)
        return self._published(found) if found else None

    def _ask(self, what: str) -> None:
        self.sends.append(what)
        if self.locked is not None:
            raise self.locked


@dataclass
class FakeStream:
    """A source that keeps a connection open and yields what a test gives it.

    Attributes:
        script: What each connection brings, in order: batches, then an error that is raised, or None = it ends.
            A connection without a script stays open in silence.
        opened: From which checkpoint each connection was opened.
    """

    script: deque[tuple[tuple[Batch, ...], SourceError | None]] = field(default_factory=deque)
    opened: list[str] = field(default_factory=list)
    closed: int = 0
    streaming: bool = True
    capabilities: Capabilities = field(default_factory=lambda: Capabilities(streams=True))
    replies: None = None

    async def stream(self, checkpoint: str) -> AsyncIterator[Batch]:
        """Yield batches until the script says otherwise."""
        self.opened.append(checkpoint)
        batches, end = self.script.popleft() if self.script else ((), None)
        silent = not batches and end is None
        try:
            for batch in batches:
                yield replace(batch)
            if silent:
                await asyncio.Event().wait()
            if end is not None:
                raise end
        finally:
            self.closed += 1
