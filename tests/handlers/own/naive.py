"""A claim as it must not be written: it reads who owns the mention, and then writes.

It stands here to prove that the race test can fail. SQLite hides the fault, because it has one writer at a time.
"""

import time
from datetime import datetime
from random import SystemRandom

from sqlalchemy import update
from sqlmodel import Session

from handlers.base.command import Answer, Context, Who
from handlers.own.transition import owner_name, record
from handlers.people.people import admit
from storage.own import mentions
from storage.tables.base import table_of
from storage.tables.mentions import Mention
from storage.tables.states import Action, Status, Via
from tests.harness.scene import ORGANISATION

_mention = table_of(Mention)


def naive_claim(session: Session, who: Who, token: str, now: datetime) -> Answer:
    """Read, think, write."""
    actor, _ = admit(session, who, ORGANISATION)
    seen = mentions.by_token(session, token)
    assert seen is not None
    context = Context(
        session=session, now=now, organisation=ORGANISATION, actor=actor, via=Via.API, found=seen, random=SystemRandom()
    )
    if seen.owner_id is not None:
        return Answer(text=f"{owner_name(context, seen)} has #{token} already.", ok=False)
    time.sleep(0.005)  # what thinking takes on a busy day
    values = {"owner_id": actor.id, "status": str(Status.CLAIMED), "version": seen.version + 1}
    session.connection().execute(update(_mention).where(_mention.c.id == seen.id).values(**values))
    record(context, seen, mentions.get(session, seen.id), Action.CLAIMED)
    return Answer(text=f"#{token} is yours.")
