"""Offers: what somebody may do next, one press away and for them alone: instead of what was refused, or to undo it.

A card in a channel is one for all, so it offers nobody to take the mention from its owner: who needs that meets the
refusal first, and the owner's name in it. To undo is a verb like any other, by the same person, and in the log.
"""

from dataclasses import replace

from handlers.base.cards import Button
from handlers.base.command import Who
from handlers.base.errors import AlreadyClaimed, BotError, NotYours
from handlers.base.situation import situation
from handlers.base.verb import Verb, button
from handlers.own.take_over import VERB
from handlers.verbs import BY_NAME
from storage.engine.database import Session
from storage.own.mentions import MentionRow
from storage.people import people


def is_offered(refusal: BotError) -> bool:
    """Say whether it was refused because somebody else has it."""
    return isinstance(refusal, AlreadyClaimed | NotYours)


def offer(session: Session, row: MentionRow, who: Who) -> Button | None:
    """Return the button by which somebody takes over what another has; None where nobody else has it."""
    known = people.known(session, who.platform, who.workspace, who.external_id)
    if not VERB.when(situation(row)) or (known is not None and known.id == row.owner_id):
        return None
    return button(VERB, row)


UNDO = "Undo"


def undoing(verb: Verb, row: MentionRow) -> Button | None:
    """Return the button that undoes what was just done to a mention; None where nothing does, or not any more."""
    found = BY_NAME.get(verb.undone_by)
    if found is None or not found.when(situation(row)):
        return None
    return replace(button(found, row), label=UNDO, accessibility_label=f"{UNDO}: {found.label.lower()} #{row.token}")
