"""Steps: what a source brought, cut into pieces that each fit one short transaction, and worked out before it.

What takes long (matching a megabyte of text) is done in a thread: neither the event loop nor the database's writer,
for both of which people wait, has to do more with it than to hand it on.
"""

import asyncio
from collections.abc import Sequence
from functools import partial

from bot.runtime.async_database import AsyncDatabase
from handlers.base.events import AuthorGone, Deleted, Event, Posted
from handlers.base.organisation import SourceRules
from handlers.listen.appraise import Appraisals, appraise
from handlers.listen.deletions import DELETED
from handlers.listen.ingest import BATCH
from handlers.listen.polling import Listening
from storage.listen import posts

# Fewer characters are worked out sooner than they are handed to a thread.
_FEW = 16 * 1024
# What writing them down takes: a deletion may dismiss a mention.
_COST = {Posted: 1, Deleted: BATCH // DELETED, AuthorGone: BATCH}


def steps_of(events: Sequence[Event]) -> list[Sequence[Event]]:
    """Cut a batch into steps that each fit one short transaction; an empty one is a step too.

    Who left may have written thousands of posts: that is a step of its own, which may have to be done several times,
    and never the last, with which the checkpoint is written.
    """
    steps: list[Sequence[Event]] = []
    step: list[Event] = []
    room = BATCH
    for event in events:
        if (cost := _COST[type(event)]) > room:
            steps.append(step)
            step, room = [], BATCH
        step.append(event)
        room -= cost
    if any(isinstance(event, AuthorGone) for event in step):
        steps.append(step)
        step = []
    return [*steps, step]


async def appraised(
    database: AsyncDatabase, listening: Listening, rules: SourceRules, events: Sequence[Event]
) -> Appraisals:
    """Work out what is to be known of the events of one step."""
    names = [event.external_id for event in events if isinstance(event, Posted)] if rules.baseline else []
    known = await database.read(lambda session: posts.known_baseline(session, rules.name, names)) if names else {}
    work = partial(appraise, listening.matcher, listening.organisation, rules, events, known)
    written = sum(len(one.text) for one in known.values()) + sum(map(_length, events))
    return work() if written < _FEW else await asyncio.to_thread(work)


def _length(event: Event) -> int:
    """Return how much there is to read, with something for what is done once for each."""
    if not isinstance(event, Posted):
        return 0
    return 500 + len(event.text) + len(event.title) + sum(map(len, event.links))
