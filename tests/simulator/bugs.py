"""Planted bugs: what people get wrong about order, loss and repetition, put into the imported code one at a time.

Each is a patch of a name where the house looks it up, and stands nowhere else. ``make simulate-bugs`` says after how
many days each is found: a bug that no day finds is a hole in the simulator.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from typing import Any
from unittest.mock import patch

from sqlalchemy import update
from sqlmodel import Session

from bot.chat.backend import Backend
from bot.chat.base import Unclear
from bot.outbox import attempt, delivery
from bot.outbox.attempt import Sent
from bot.outbox.delivery import Delivery
from bot.outbox.publication import PublicationAttempt
from bot.sources.runner.poller import Poller
from bot.sources.runner.runner import SourceRunner
from handlers.base.command import Answer, Command, Context
from handlers.dispatch import dispatch
from handlers.listen.ingest import Arrival
from handlers.own import claim, held, join, transition
from handlers.own.claim import ClaimMention
from handlers.own.transition import record
from handlers.reply.outcome import steps
from handlers.reply.outcome.steps import certainly_not_there
from storage.channels import lanes, messages
from storage.channels.lanes import Outcome
from storage.engine.leases import LEASE, Leases
from storage.own import mentions, threads
from storage.reply import publications
from storage.tables.base import table_of
from storage.tables.mentions import Mention
from storage.tables.states import Action, Held, MessageState, PublicationState, Status
from storage.work import idempotency

Plant = Callable[[ExitStack], None]
BUGS: "dict[str, Bug]" = {}
_mention = table_of(Mention)


@dataclass(frozen=True, slots=True)
class Bug:
    """One bug.

    Attributes:
        name: What it is called.
        what: What is wrong, in a sentence.
        plant: Puts it in.
    """

    name: str
    what: str
    plant: Plant


def bug(name: str, what: str) -> Callable[[Plant], Plant]:
    """Put a bug into the list."""

    def add(plant: Plant) -> Plant:
        BUGS[name] = Bug(name, what, plant)
        return plant

    return add


@contextmanager
def planted(name: str) -> Iterator[None]:
    """Let the imported code have a bug."""
    with ExitStack() as stack:
        BUGS[name].plant(stack)
        yield


def put(stack: ExitStack, where: Any, name: str, what: Any) -> Any:
    """Put something else in the place of a name; returns what stood there."""
    former = getattr(where, name)
    stack.enter_context(patch.object(where, name, what))
    return former


# --- messages ---


@bug("a look-up skipped", "what may stand in a channel is posted again without a look")
def _look_up_skipped(stack: ExitStack) -> None:
    async def look(_self: Any, _lane: Any, _messenger: Any, turn: Any) -> list[Sent]:
        return [Sent(outcome=Outcome(message_id=row.id, state=MessageState.DUE)) for row in turn.look]

    put(stack, Delivery, "_look", look)


@bug("retried after unclear", "what was answered 500, or not at all, counts as not sent")
def _retried_after_unclear(stack: ExitStack) -> None:
    def after(row: Any, failure: Any, now: Any, random: Any) -> Sent:
        sent: Sent = former(row, failure, now, random)
        if isinstance(failure, Unclear) and row.reference is None:
            return replace(sent, outcome=replace(sent.outcome, state=MessageState.DUE))
        return sent

    former = put(stack, attempt, "_after", after)


@bug("sent before it was marked", "a message is marked as being sent only with its outcome")
def _sent_before_marked(stack: ExitStack) -> None:
    put(stack, lanes, "mark_sending", lambda _session, _ids, _now: None)


@bug("no permit asked", "who stood still between the mark and the send sends all the same")
def _no_permit(stack: ExitStack) -> None:
    put(stack, delivery, "BEGIN_WITHIN", 3600.0)


@bug("a lease not fenced", "who lost a lane while it stood still goes on with it")
def _not_fenced(stack: ExitStack) -> None:
    def renew(self: Leases, session: Session, key: Any, token: str, now: Any) -> Any:
        if self is lanes.leases:
            here = update(self._table).where(self._key == key).values(lease=token, leased_until=now + LEASE)
            session.connection().execute(here)
        return former(self, session, key, token, now)

    former = put(stack, Leases, "renew", renew)


@bug("shown as it is now", "an update that was overtaken counts as showing the latest version")
def _shown_as_it_is_now(stack: ExitStack) -> None:
    def settle(session: Session, outcomes: Sequence[Outcome]) -> None:
        found = messages.several(session, [one.message_id for one in outcomes])
        former(
            session,
            [one if one.shown is None else replace(one, shown=found[one.message_id].version) for one in outcomes],
        )

    former = put(stack, lanes, "settle", settle)


@bug("a card not touched", "a change of hands does not raise the version of the cards that show it")
def _not_touched(stack: ExitStack) -> None:
    def touch(session: Session, mention_id: int, *, by_person: bool) -> None:
        if not by_person:
            former(session, mention_id, by_person=by_person)

    former = put(stack, messages, "touch", touch)


@bug("an arrival without message", "of several mentions that arrive together, the last gets no card")
def _without_message(stack: ExitStack) -> None:
    def put_cards(session: Session, cards: Sequence[Any], now: Any) -> None:
        former(session, cards[:-1] if len(cards) > 1 else cards, now)

    former = put(stack, messages, "put_cards", put_cards)


# --- public threads ---


@bug("a thread left behind", "what stands on the card of a thread stays there when that is closed")
def _left_behind(stack: ExitStack) -> None:
    put(stack, threads, "adrift", lambda _session, limit: [])


@bug("a leader not touched", "what leaves the card of its thread does not raise the version of that card")
def _leader_not_touched(stack: ExitStack) -> None:
    for where in (held, transition, join):
        put(stack, where, "show_lead", lambda _session, _folded: None)


@bug("joined without a look", "what goes back on the card of its thread is not asked whether somebody has it")
def _joined_without_a_look(stack: ExitStack) -> None:
    def join_mention(command: Any, context: Context) -> Answer:
        lead = join._lead(context)
        if lead is not None and not context.mention.held:
            here = _mention.c.id == context.mention.id
            values = {"held": str(Held.THREAD), "held_by": lead.mention_id, "version": _mention.c.version + 1}
            context.session.connection().execute(update(_mention).where(here).values(**values))
        return Answer(text="It stands there now.")

    stack.enter_context(patch.dict(dispatch._HANDLERS, {join.JoinMention: join_mention}))


# --- replies ---


@bug("published at restart", "a reply that was on its way when a process died is sent again without a look")
def _published_at_restart(stack: ExitStack) -> None:
    async def look(self: PublicationAttempt) -> None:
        if self.row.state != PublicationState.SENDING or self.row.id in self.tools.failures:
            await former(self)
            return
        await self._settle(lambda held: certainly_not_there(held, None))

    former = put(stack, PublicationAttempt, "look", look)


@bug("a reply retried blind", "a reply of which nothing was heard is due again")
def _reply_retried(stack: ExitStack) -> None:
    def later(held: Any, state: PublicationState, next_at: Any, why: str) -> bool:
        return bool(former(held, PublicationState.DUE, next_at, why))

    former = put(stack, steps, "later", later)


@bug("a settle without its token", "who lost a reply meanwhile writes down all the same what became of it")
def _without_token(stack: ExitStack) -> None:
    def settle(self: Leases, session: Session, key: Any, token: str, **values: Any) -> bool:
        if self is publications.leases:
            statement = update(self._table).where(self._key == key).values(lease=None, leased_until=None, **values)
            session.connection().execute(statement)
            return True
        return bool(former(self, session, key, token, **values))

    former = put(stack, Leases, "settle", settle)


# --- gestures ---


@bug("a key forgotten", "nobody looks whether a gesture was answered before")
def _key_forgotten(stack: ExitStack) -> None:
    def keep(session: Session, key: str, answer: str, now: Any) -> None:
        if former(session, key) is None:
            kept(session, key, answer, now)

    former, kept = idempotency.earlier, idempotency.answered
    put(stack, idempotency, "earlier", lambda _session, _key: None)
    put(stack, idempotency, "answered", keep)


@bug("a request key not stored", "a gesture is answered, and its key is not written down")
def _key_not_stored(stack: ExitStack) -> None:
    put(stack, idempotency, "answered", lambda _session, _key, _answer, _now: None)


@bug("acknowledged before commit", "a gesture is answered while its transaction waits still")
def _before_commit(stack: ExitStack) -> None:
    class Undone(Exception):
        pass

    async def commit(self: Backend, command: Command) -> Answer:
        answers: list[Answer] = []

        def rehearse(session: Session) -> None:
            answers.append(self.dispatcher.handle(session, command, self.clock.now()))
            raise Undone

        with suppress(Undone):
            await self.database.tx(rehearse)
        asyncio.get_running_loop().create_task(former(self, command))
        return answers[0]

    former = put(stack, Backend, "_commit", commit)


@bug("a claim as read-then-write", "whether somebody has it is read before the transaction that takes it")
def _read_then_write(stack: ExitStack) -> None:
    free: dict[int, bool] = {}

    async def commit(self: Backend, command: Command) -> Answer:
        if isinstance(command, ClaimMention):

            def look(session: Session) -> None:
                found = dispatch.find_mention(session, command.reference)
                free[id(command)] = found.owner_id is None and found.status not in ("resolved", "dismissed")

            await self.database.read(look)
        answer: Answer = await former(self, command)
        return answer

    def claim_mention(command: ClaimMention, context: Context) -> Answer:
        if not free.pop(id(command), False):
            return claimed(command, context)
        values = {"owner_id": context.person.id, "status": str(Status.CLAIMED), "version": _mention.c.version + 1}
        here = _mention.c.id == context.mention.id
        context.session.connection().execute(update(_mention).where(here).values(**values))
        taken = mentions.get(context.session, context.mention.id)
        record(context, replace(taken, owner_id=None), taken, Action.CLAIMED)
        return Answer(text=f"#{taken.token} is yours.")

    claimed = claim.claim_mention
    former = put(stack, Backend, "_commit", commit)
    put(stack, dispatch, "bounded", lambda command: command)
    stack.enter_context(patch.dict(dispatch._HANDLERS, {ClaimMention: claim_mention}))


@bug("a version not raised", "a verb changes a mention and leaves its version")
def _version_not_raised(stack: ExitStack) -> None:
    def swap(session: Session, seen: Any, now: Any, **values: Any) -> Any:
        changed = former(session, seen, now, **values)
        if changed is None or values.get("status") != str(Status.NEW):
            return changed
        here = update(_mention).where(_mention.c.id == seen.id).values(version=seen.version)
        session.connection().execute(here)
        return replace(changed, version=seen.version)

    former = put(stack, mentions, "swap", swap)


# --- sources ---


@bug("a checkpoint before its posts", "how far a source was read is committed before what was read")
def _checkpoint_first(stack: ExitStack) -> None:
    async def keep(self: Poller, one: Any, lease: Any, batch: Any, next_at: Any) -> Any:
        empty = replace(batch, events=())
        await former(self, one, lease, empty, None)
        return await former(self, one, lease, batch, next_at)

    former = put(stack, Poller, "keep", keep)


@bug("a delivery thanked before it is stored", "a hook is acknowledged while its posts wait still")
def _thanked_first(stack: ExitStack) -> None:
    async def receive(self: SourceRunner, name: str, headers: Any, raw: bytes) -> Any:
        asyncio.get_running_loop().create_task(former(self, name, headers, raw))
        await self._clock.sleep(0)
        return Arrival()

    former = put(stack, SourceRunner, "receive", receive)
