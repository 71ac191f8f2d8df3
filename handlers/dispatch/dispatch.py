"""Dispatch: one command, one transaction, one answer, once.

The request key, the change, its log row, the raised versions of the messages and the answer are committed together,
refusals too, so a gesture that is delivered eleven times has one effect and eleven equal answers. The handler runs
in a SAVEPOINT: what it refuses leaves nothing behind but the answer.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from datetime import datetime
from random import Random
from typing import Any, TypeVar

from handlers.base.cards import Button
from handlers.base.command import (
    Answer,
    ByToken,
    ByUrl,
    Command,
    Context,
    MentionCommand,
    Reference,
    TimedCommand,
    as_system,
)
from handlers.base.errors import BotError, MentionNotFound, WrongInput
from handlers.base.organisation import Organisation
from handlers.dispatch.offers import is_offered, offer
from handlers.dispatch.react import ReactToCard, react_to_card
from handlers.dispatch.ticks import HANDLERS as TIMED_HANDLERS
from handlers.dispatch.ticks import Prepare
from handlers.people.people import admit
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
        key = command.request_key[:MAX_KEY]
        if key:
            earlier = idempotency.earlier(session, key)
            if earlier is not None:
                return _read_answer(earlier)
        try:
            with savepoint(session):
                answer = self._run(session, command, now)
        except WrongInput as error:
            if error.fields:
                key = ""  # the corrected form comes with another key, the same one may come again
            answer = Answer(text=error.sentence, ok=False, fields=error.fields)
        except BotError as error:
            answer = Answer(text=error.sentence, ok=False, offer=_offer(session, command, error))
        if key and answer.form is None:  # where there is one nothing was done yet: a repeat gets it again
            kept = {"text": _GIVEN if answer.secret else answer.text, "ok": answer.ok}
            idempotency.answered(session, key, json.dumps(kept, ensure_ascii=False), now)
        return answer

    def prepare(self, session: Session, prepare: Prepare, now: datetime) -> TimedCommand | None:
        """Read what a tick has to do now, with nobody as the actor."""
        return prepare(as_system(session, self.organisation, now, self.random, via=Via.TIMER))

    def _run(self, session: Session, command: Command, now: datetime) -> Answer:
        organisation, actor, unknown = self.organisation, None, False
        if command.who is not None:
            actor, unknown = admit(session, command.who, organisation)
        context = Context(
            session=session,
            now=now,
            organisation=organisation,
            actor=actor,
            who=command.who,
            via=command.via,
            random=self.random,
        )
        if isinstance(command, TimedCommand) and not _takes_slot(command, context):
            return Answer(text="It is done already.", ok=False, repeated=True)
        if isinstance(command, MentionCommand):
            context.found = find_mention(session, command.reference)
        answer = _HANDLERS[type(command)](command, context)
        return replace(answer, unknown_person=True) if unknown else answer


def _offer(session: Session, command: Command, refusal: BotError) -> Button | None:
    """Return what may be done instead of what was refused."""
    if not isinstance(command, MentionCommand) or command.who is None or not is_offered(refusal):
        return None
    row = _look(session, command.reference)
    return offer(session, row, command.who) if row is not None else None


def _takes_slot(command: TimedCommand, context: Context) -> bool:
    """Say whether a timed command is ours to do: what has no slot is everybody's."""
    return not command.slot or job_slots.claim_slot(context.session, command.job, command.slot, context.now)


_HANDLERS: dict[type[Command], Handler] = {verb.command: verb.handler for verb in VERBS} | TIMED_HANDLERS
_HANDLERS[ReactToCard] = react_to_card
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
