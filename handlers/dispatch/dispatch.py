"""Dispatch: one command, one transaction, one answer, once.

The request key, the change, its log row, the raised versions of the messages and the answer are committed together,
refusals too, so a gesture that is delivered eleven times has one effect and eleven equal answers. The handler runs
in a SAVEPOINT: what it refuses leaves nothing behind but the answer.

A question writes nothing. It is answered on a snapshot, in a reader's thread, and what is to be written because of it
follows in a short transaction for which nobody waits.
"""

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from datetime import datetime
from random import Random
from typing import Any, TypeVar

from handlers.base.cards import Button
from handlers.base.command import (
    Actor,
    Answer,
    ByToken,
    ByUrl,
    Command,
    Context,
    MentionCommand,
    Reference,
    TimedCommand,
    Who,
    as_system,
)
from handlers.base.errors import BotError, MentionNotFound, NotAllowed, WrongInput
from handlers.base.organisation import Organisation
from handlers.dispatch.offers import is_offered, offer
from handlers.dispatch.react import ReactToCard, react_to_card
from handlers.dispatch.ticks import HANDLERS as TIMED_HANDLERS
from handlers.dispatch.ticks import Prepare
from handlers.people.people import admit, recognise
from handlers.text.bounds import clip
from handlers.text.typed import addresses_in
from handlers.text.urls import canonical_url
from handlers.verbs import VERBS
from storage.channels import messages
from storage.engine.database import Session, savepoint
from storage.own import lately, mentions
from storage.own.mentions import MentionRow
from storage.tables.states import Via
from storage.work import idempotency, job_slots

Handler = Callable[[Any, Context], Answer]
MAX_KEY = 500
MAX_TYPED = 2_000
MAX_TOKEN = 12
C = TypeVar("C", bound=Command)
_GIVEN = "That was answered already, and the answer is not kept. Ask again for a new one."


@dataclass(slots=True)
class Dispatcher:
    """Run commands against one organisation; ``random`` draws tokens and salts.

    A reload puts another organisation in its place between two commands: each looks at it once.
    """

    organisation: Organisation
    random: Random

    def handle(self, session: Session, command: Command, now: datetime) -> Answer:
        """Run one command in the caller's transaction; refusals come back as answers, and so never raise."""
        command = bounded(command)
        if (earlier := _earlier(session, command)) is not None:
            return earlier

        def run() -> Answer:
            with savepoint(session):
                return self._run(session, command, now)

        answer = _answer(session, command, run)
        _keep(session, command, answer, now)
        return answer

    def look(self, session: Session, command: Command, now: datetime) -> Answer | None:
        """Answer a question on a snapshot; None where who asks is new to us, and is to be welcomed first."""
        command = bounded(command)
        if (earlier := _earlier(session, command)) is not None:
            return earlier
        actor = None
        if command.who is not None:
            try:
                actor = recognise(session, command.who, self.organisation)
            except BotError as error:
                return Answer(text=error.sentence, ok=False)
            if actor is None:
                return None
        return _answer(session, command, lambda: self._ask(session, command, now, actor))

    def looks_first(self, command: Command) -> bool:
        """Say whether something is to be looked up before the command's transaction."""
        return type(command) in _LOOKS

    def looked(self, session: Session, command: Command, now: datetime) -> Command:
        """Return a command with what it looked up on a snapshot; what is refused here is refused again when it runs."""
        command = bounded(command)
        with suppress(BotError):
            actor = recognise(session, command.who, self.organisation) if command.who is not None else None
            if actor is not None:
                found: Command = _LOOKS[type(command)](command, self._context(session, command, now, actor))
                return found
        return command

    def welcome(self, session: Session, who: Who) -> bool:
        """Write down who asks for the first time; says whether they were unknown until now."""
        with suppress(NotAllowed):  # their account may have ended meanwhile
            return admit(session, who, self.organisation)[1]
        return False

    def remember(self, session: Session, command: Command, answer: Answer, now: datetime) -> None:
        """Write down that a question was answered, for repeats, and where who asked was last."""
        command = bounded(command)
        if command.who is not None:
            with suppress(NotAllowed):
                admit(session, command.who, self.organisation)
        if _earlier(session, command) is None:
            _keep(session, command, answer, now)

    def prepare(self, session: Session, prepare: Prepare, now: datetime) -> TimedCommand | None:
        """Read what a tick has to do now, with nobody as the actor."""
        return prepare(as_system(session, self.organisation, now, self.random, via=Via.TIMER))

    def _run(self, session: Session, command: Command, now: datetime) -> Answer:
        actor, unknown = None, False
        if command.who is not None:
            actor, unknown = admit(session, command.who, self.organisation)
        if isinstance(command, TimedCommand) and not _takes_slot(session, command, now):
            return Answer(text="It is done already.", ok=False, repeated=True)
        answer = self._ask(session, command, now, actor)
        return replace(answer, unknown_person=True) if unknown else answer

    def _ask(self, session: Session, command: Command, now: datetime, actor: Actor | None) -> Answer:
        return _HANDLERS[type(command)](command, self._context(session, command, now, actor))

    def _context(self, session: Session, command: Command, now: datetime, actor: Actor | None) -> Context:
        context = Context(
            session=session,
            now=now,
            organisation=self.organisation,
            actor=actor,
            who=command.who,
            via=command.via,
            random=self.random,
        )
        if isinstance(command, MentionCommand):
            context.found = find_mention(session, command.reference)
        return context


def _earlier(session: Session, command: Command) -> Answer | None:
    """Return what was answered to the same gesture before; None where it is new, or cannot be repeated."""
    key = command.request_key[:MAX_KEY]
    earlier = idempotency.earlier(session, key) if key else None
    return None if earlier is None else _read_answer(earlier)


def _answer(session: Session, command: Command, run: Callable[[], Answer]) -> Answer:
    """Run a command; what it is refused is an answer too."""
    try:
        return run()
    except WrongInput as error:
        return Answer(text=error.sentence, ok=False, fields=error.fields)
    except BotError as error:
        return Answer(text=error.sentence, ok=False, offer=_offer(session, command, error))


def _keep(session: Session, command: Command, answer: Answer, now: datetime) -> None:
    """Keep an answer for repeats of its gesture.

    A form that was wrong comes again corrected, with another key or the same; and where the answer is a form nothing
    was done yet: a repeat gets it again.
    """
    key = command.request_key[:MAX_KEY]
    if key and answer.form is None and not answer.fields:
        kept = {"text": _GIVEN if answer.secret else answer.text, "ok": answer.ok}
        idempotency.answered(session, key, json.dumps(kept, ensure_ascii=False), now)


def _offer(session: Session, command: Command, refusal: BotError) -> Button | None:
    """Return what may be done instead of what was refused."""
    if not isinstance(command, MentionCommand) or command.who is None or not is_offered(refusal):
        return None
    row = _look(session, command.reference)
    return offer(session, row, command.who) if row is not None else None


def _takes_slot(session: Session, command: TimedCommand, now: datetime) -> bool:
    """Say whether a timed command is ours to do: what has no slot is everybody's."""
    return not command.slot or job_slots.claim_slot(session, command.job, command.slot, now)


_HANDLERS: dict[type[Command], Handler] = {verb.command: verb.handler for verb in VERBS} | TIMED_HANDLERS
_HANDLERS[ReactToCard] = react_to_card
_LOOKS = {verb.command: verb.looks for verb in VERBS if verb.looks is not None}
_FIELDS = {kind: tuple(one.name for one in fields(kind)) for kind in _HANDLERS}


def bounded(command: C) -> C:
    """Return the command with every text that somebody typed in bounds, and without what no database takes."""
    changed: dict[str, Any] = {}
    for name in _FIELDS[type(command)]:
        text = getattr(command, name)
        if type(text) is str and (cut := clip(text, command.limits.get(name, MAX_TYPED))) != text:  # an enum is one too
            changed[name] = cut
    return replace(command, **changed) if changed else command


def find_mention(session: Session, reference: Reference) -> MentionRow:
    """Return the mention that a gesture names.

    Raises:
        MentionNotFound: There is none.
    """
    found = _look(session, reference)
    if found is None:
        newest = lately.newest(session)
        such = f", such as #{newest.token}" if newest else ""
        raise MentionNotFound(f"I know no such mention. Use the reference on its card{such}.")
    return found


def _look(session: Session, reference: Reference) -> MentionRow | None:
    if isinstance(reference, ByToken):
        return mentions.by_token(session, clip(reference.token.lower(), MAX_TOKEN))
    if isinstance(reference, ByUrl):
        known = map(canonical_url, addresses_in(reference.url) or (reference.url,))
        return next((found for one in known if one and (found := mentions.by_url(session, one))), None)
    place = (clip(word, MAX_KEY) for word in (reference.platform, reference.channel, reference.reference))
    message = messages.by_reference(session, *place)
    return mentions.get(session, message.mention_id) if message and message.mention_id else None


def _read_answer(earlier: str) -> Answer:
    if not earlier:
        return Answer(text="", repeated=True)
    stored = json.loads(earlier)
    return Answer(text=stored["text"], ok=stored["ok"], repeated=True)
