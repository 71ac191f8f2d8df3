"""One attempt to publish: one reply that is on its way, brought one step further.

    due ── check ── prepare ── sending ── publish ── published | failed
     ^        └── asked ┘        │           ├── staged: the second step is due
     │                           │           └── held ── look up, again and again ── published | failed | unclear
     │                           └── look up ── published | held | failed | unclear
     └───────────────────────────────┘ certainly not there: the same text again

Each step asks its source one thing at most, outside of any transaction, and writes down what came of it in one
(``handlers.reply.outcome.steps``). What is sent was stored before. It goes out for the post, in the words and under
the charter that whoever pressed had before their eyes: that is compared before the source is asked, and once more in
the commit just before the send. What a source does wrong ends here: it is
unavailable, refuses, is too slow or meets a bug of ours, and the reply rests, or is looked up, or a person is asked.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar

from bot.net.errors import SignedOut, SourceError, SourceRefused, SourceUnavailable
from bot.net.permit import Withdrawn, permitted
from bot.net.retry_after import LONGEST_REST
from bot.outbox.attempt_tools import AttemptTools
from bot.outbox.worker import BEGIN_WITHIN, LOOK_AFTER, SEND_SECONDS
from bot.sources.base import CannotLook, Replier
from bot.sources.runner.backoff import REFUSED_REST, SIGNED_OUT_REST
from handlers.base.replying import (
    MAX_STAGED,
    Allowed,
    Changed,
    Found,
    Gone,
    Handoff,
    Outcome,
    Parent,
    Published,
    Refused,
    Staged,
    Unclear,
)
from handlers.reply.outcome import moderation, steps
from handlers.reply.outcome.parent import changed_since, parent_of
from handlers.reply.outcome.steps import LeasedPublication
from storage.engine.database import Session
from storage.reply import publications
from storage.reply.publications import PublicationRow
from storage.tables.states import PublicationState

ASK_SECONDS = 20.0

T = TypeVar("T")
Step = Callable[[LeasedPublication], bool]

log = logging.getLogger("dibs.publishing")


@dataclass(slots=True)
class PublicationAttempt:
    """One publication that we hold by ``token``."""

    tools: AttemptTools
    row: PublicationRow
    token: str
    marked: float = 0.0

    async def go_on(self) -> None:
        """Take the next step."""
        await (self.send() if self.row.state == PublicationState.DUE else self.look())

    async def look(self) -> None:
        """See whether it stands there already: it may have been sent, or was, and moderators have to let it through."""
        row, tools, state = self.row, self.tools, PublicationState(self.row.state)
        if state == PublicationState.SENDING and (left := tools.sights.left((row.id, row.sending_at))) > 0:
            # A request of a killed process may still be on its way: what is looked up too soon is missed.
            early = tools.clock.now() + timedelta(seconds=left)
            await self._settle(lambda held: steps.later(held, PublicationState.SENDING, early, row.trouble))
            return
        replier = tools.replier(row.source)
        if replier is None or row.prepared is None:
            why = row.trouble or f"{row.source} takes no replies from us any more."
            await self._settle(lambda held: steps.unclear(held, why))
            return
        self._log("Looking up whether a reply stands there.")
        try:
            found = await _bounded(replier.find_published(row.prepared), ASK_SECONDS)
        except CannotLook as error:
            reason = error.reason
            await self._settle(lambda held: steps.unclear(held, reason))
        except SourceRefused as error:
            await self.park(state, error)
        except SourceError as error:
            await self.later(state, error)
        else:
            await self._looked(found)

    async def _looked(self, found: Found) -> None:
        match found:
            case Published():
                await self._found(found)
            case Refused(why):
                await self._refuse(why)
            case None if self.row.state == PublicationState.HELD:
                self._log("A reply was not let through.")
                await self._settle(moderation.rejected)
            case None:
                await self._not_there()

    async def _found(self, found: Published) -> None:
        """Write down that its network has it."""
        if found.held:
            self._log("A reply waits for the moderators there.")
            await self._settle(lambda held: moderation.held(held, found))
        else:
            self._log("The reply stands there.")
            await self._settle(lambda held: steps.published(held, found))

    async def _not_there(self) -> None:
        if (why := self.tools.refusals.get(self.row.id)) is not None:
            await self._refuse(why)
            return
        self._log("The reply does not stand there; it is sent again.")
        again = self.row.attempts > 1
        at = self.tools.clock.now() + self.tools.back_off(self.row) if again else None
        await self._settle(lambda held: steps.certainly_not_there(held, at), forget=False)

    async def send(self) -> None:
        """Look at the parent, store what is sent, send it once, and write down what came of it."""
        self.tools.refusals.pop(self.row.id, None)
        replier = self.tools.replier(self.row.source)
        parent, changed = await self.tools.database.read(self._read)
        if changed is not None:
            await self._ask(changed)
            return
        allowed = replier.can_reply(parent) if replier is not None else _nobody_there(self.row.source, parent)
        if replier is None or not isinstance(allowed, Allowed):
            await self._hand_off(allowed)
            return
        prepared = await self._prepare(replier, parent)
        if prepared is None or not await self._mark(prepared):
            return
        await self._publish(replier, prepared)

    def _read(self, session: Session) -> tuple[Parent, Changed | Gone | None]:
        """Return the post, and what is different from what was seen by whoever pressed."""
        return parent_of(session, self.row.mention_id), changed_since(session, self.tools.organisation, self.row)

    async def _ask(self, state: Changed | Gone) -> None:
        if isinstance(state, Gone):
            self._log("A reply waits for a person: there is nothing to answer any more.")
            await self._settle(lambda held: steps.pointless(held, state.why))
        else:
            self._log("A reply waits for a person: it is not what was seen any more.")
            await self._settle(lambda held: steps.asked(held, state.what, state.posted))

    async def _hand_off(self, allowed: Allowed | Handoff) -> None:
        if isinstance(allowed, Handoff):
            self._log("A reply is handed to its drafter's own hands.")
            await self._settle(lambda held: steps.handed_off(held, allowed))

    async def _prepare(self, replier: Replier, parent: Parent) -> str | None:
        """Check the parent, and return what is to be sent; None when nothing is."""
        row = self.row
        try:
            state = await _bounded(replier.check(parent), ASK_SECONDS)
        except SourceRefused as error:
            await self.park(PublicationState.DUE, error)
            return None
        except SourceError as error:
            await self.later(PublicationState.DUE, error)
            return None
        # Who sends it all the same saw the post as it was known then, and not how it reads by now.
        if isinstance(state, Gone) or (
            isinstance(state, Changed) and (state.posted is not None or not row.despite_change)
        ):
            await self._ask(state)
            return None
        try:
            # What was stored once is what is sent again.
            return row.prepared or replier.prepare(parent, row.text, row.send_id, state.context)
        except ValueError as error:
            await self._refuse(str(error))
            return None

    async def _refuse(self, why: str) -> None:
        self._log("A reply was not published.")
        await self._settle(lambda held: steps.refused(held, why))

    async def _mark(self, prepared: str) -> bool:
        """Store what is about to be sent, before it is; False when it may not be sent."""
        if self.tools.stopping:
            return False
        now, self.marked = self.tools.clock.now(), self.tools.clock.monotonic()
        row, token = self.row, self.token

        def work(session: Session) -> PublicationRow | Changed | Gone | None:
            changed = changed_since(session, self.tools.organisation, row)
            return changed or publications.mark_sending(session, row.id, token, prepared, now)

        marked = await self.tools.database.tx(work)
        if isinstance(marked, Changed | Gone):
            await self._ask(marked)
            return False
        if marked is None:
            await self._refuse("The draft was not on its way any more.")
            return False
        self.row = marked
        self.tools.sights.note((marked.id, marked.sending_at), self.marked)
        # Who slept so long between the mark and the send does not send: somebody may be looking already.
        return self.tools.clock.monotonic() - self.marked < BEGIN_WITHIN

    async def _publish(self, replier: Replier, prepared: str) -> None:
        try:
            outcome = await self._send_once(replier, prepared)
        except SourceRefused as error:
            await self.park(PublicationState.DUE, error)
            return
        except SourceUnavailable as error:
            await self.later(PublicationState.DUE, error)
            return
        self._log(f"A reply was sent: {type(outcome).__name__.lower()}.")
        match outcome:
            case Published():
                await self._found(outcome)
            case Staged():
                await self._stage(outcome)
            case Refused(why):
                await self._refuse(why)
            case Unclear(why):
                if outcome.refused:
                    self.tools.refusals[self.row.id] = why
                at = (self.row.sending_at or self.tools.clock.now()) + LOOK_AFTER
                await self._settle(lambda held: steps.later(held, PublicationState.SENDING, at, why))

    async def _stage(self, outcome: Staged) -> None:
        """Store what the second step sends, before it does; a network that is never done with the first is slowed."""
        if not 0 < len(outcome.prepared) <= MAX_STAGED:
            await self._refuse(f"{self.row.source} cannot go on with it: what it wants sent next cannot be kept.")
            return
        rest = timedelta(seconds=min(max(outcome.after_seconds, 0.0), LONGEST_REST))
        if self.row.attempts > 1:
            rest = max(rest, self.tools.back_off(self.row))
        at = self.tools.clock.now() + rest if rest else None
        await self._settle(lambda held: steps.staged(held, outcome.prepared, at), forget=False)

    async def _send_once(self, replier: Replier, prepared: str) -> Outcome:
        """Send, and take for unclear whatever does not say that it was certainly not sent.

        Raises:
            SourceUnavailable: Certainly not sent.
            SourceRefused: Certainly not sent, and a person has to mend something.
        """
        left = False

        def permit() -> bool:
            nonlocal left
            may = self.tools.clock.monotonic() - self.marked < BEGIN_WITHIN
            left = left or may
            return may

        try:
            async with asyncio.timeout(SEND_SECONDS):
                with permitted(permit):
                    return await replier.publish(prepared)
        except Withdrawn:
            if left:  # one request of this send went out, and another was held back
                return Unclear("It took too long to reach it.")
            raise SourceUnavailable("It took too long to reach it.") from None
        except (SourceUnavailable, SourceRefused):
            raise
        except TimeoutError:
            return Unclear(f"It did not answer within {SEND_SECONDS:g} seconds.")
        except SourceError as error:
            return Unclear(error.reason)
        except Exception:
            log.exception("A send ended in a bug; it is looked up before it is tried again.", extra=self._extra())
            return Unclear("A bug in Dibs met the answer.")

    async def later(self, state: PublicationState, error: SourceError) -> None:
        """Try the same again after a rest."""
        asked = error.retry_after if isinstance(error, SourceUnavailable) else None
        at = self.tools.clock.now() + self.tools.back_off(self.row, asked)
        if asked is not None:
            self.tools.leave(self.row.source, at)
        await self.wait(state, at, error.reason)

    async def wait(self, state: PublicationState, at: datetime, why: str) -> None:
        """Go on at a moment; its drafter hears of it where that is far away."""
        self._log(f"A reply waits: {why}")
        if state == PublicationState.HELD:
            await self._settle(lambda held: moderation.put_off(held, at, why), forget=False)
            return
        await self._settle(lambda held: steps.waits(held, state, at, why), forget=False)

    async def park(self, state: PublicationState, error: SourceError) -> None:
        """Let all replies of this source wait: a person has to mend something."""
        signed_out = isinstance(error, SignedOut)
        self.tools.rest(self.row.source, self.tools.clock.now() + (SIGNED_OUT_REST if signed_out else REFUSED_REST))
        log.warning("A source refuses us; its replies wait: %s", error.reason, extra=self._extra())
        await self._settle(lambda held: steps.waiting(held, state, error.reason, signed_out=signed_out))

    async def _settle(self, step: Step, *, forget: bool = True) -> None:
        """Write a step down, with all that follows from it, unless somebody else holds the publication now."""
        await self.tools.database.tx(partial(self._run, step))
        if forget:
            self.tools.failures.pop(self.row.id, None)

    def _run(self, step: Step, session: Session) -> bool:
        tools = self.tools
        return step(
            LeasedPublication(
                session=session,
                organisation=tools.organisation,
                now=tools.clock.now(),
                random=tools.ids.random,
                row=self.row,
                token=self.token,
            )
        )

    def _extra(self) -> dict[str, Any]:
        return {"source": self.row.source, "publication": self.row.id}

    def _log(self, what: str) -> None:
        log.info(what, extra=self._extra())


def _nobody_there(source: str, parent: Parent) -> Handoff:
    return Handoff(parent.url, f"Dibs cannot publish on {source}.")


async def _bounded(asking: Awaitable[T], seconds: float) -> T:
    """Wait for an answer, but not for ever.

    Raises:
        SourceUnavailable: It took too long.
    """
    try:
        async with asyncio.timeout(seconds):
            return await asking
    except TimeoutError as error:
        raise SourceUnavailable(f"It did not answer within {seconds:g} seconds.") from error
