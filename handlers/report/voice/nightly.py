"""Nightly: what more people say than usual is looked for once a night, over a bounded number of posts.

The last seven days are held against the eight weeks before. Of a mute, and of what a theme finds already, nothing is
proposed again. No text is kept: phrases that five people used, and in which mentions.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import ClassVar

from handlers.base.command import Answer, Context, TimedCommand
from handlers.report.voice.counting import counted_as
from handlers.report.voice.propose import Found, Said, propose
from handlers.text.bounds import random_token
from storage.engine.database import Session
from storage.report import proposals
from storage.report.proposals import Heard
from storage.work import job_slots

LATELY, BEFORE = timedelta(days=7), timedelta(weeks=8)
# So many of the newest posts are looked through, of the last days and of the weeks before.
MOST_LATELY, MOST_BEFORE = 3_000, 6_000
_JOB = "voice"
_MOST_OURS = 200
_SAME = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposeThemes(TimedCommand):
    """Ask that what was found stands in the place of what was found the night before."""

    found: tuple[Found, ...] = field(repr=False)
    behind: ClassVar[bool] = True


def prepare_proposals(context: Context) -> ProposeThemes | None:
    """Look for what more people say than usual, unless it was done tonight; reads only."""
    slot = context.now.date().isoformat()
    if job_slots.is_taken(context.session, _JOB, slot):
        return None
    return ProposeThemes(job=_JOB, slot=slot, found=look(context.session, context.now))


def propose_themes(command: ProposeThemes, context: Context) -> Answer:
    """Write down what was found; what is called as it was the night before keeps its address."""
    session, now = context.session, context.now
    tokens = {one.label: one.token for one in proposals.listed(session, now)}
    rows = []
    for one in command.found:
        token = tokens.get(one.label) or random_token(context.random)
        values = {"token": token, "label": one.label, "phrases": "\n".join(one.phrases)}
        rows.append((values | {"usual": one.usual, "score": one.score}, one.posts))
    proposals.replace_all(session, now, rows)
    return Answer(text=f"More than usual: {len(rows)}.")


def look(session: Session, now: datetime) -> tuple[Found, ...]:
    """Return what more people say in the last seven days than usual, and nobody named or muted."""
    since = now - LATELY
    lately = proposals.heard(session, since, now, MOST_LATELY)
    before = proposals.heard(session, since - BEFORE, since, MOST_BEFORE)
    if not lately or not before:
        return ()
    ours = proposals.broadcast(session, since - LATELY, _MOST_OURS)
    spans = max((since - before[-1].ingested_at) / LATELY, 1.0)
    found = propose([_said(one) for one in lately], map(_said, before), spans, ours)
    muted = [set(one.phrases.split("\n")) for one in proposals.listed(session, now, muted=True)]
    return tuple(one for one in found if not _is_muted(one, muted) and not is_named(session, one.posts))


def _said(one: Heard) -> Said:
    return Said(one.mention_id, counted_as(one), f"{one.title}\n{one.text}" if one.title else one.text)


def _is_muted(found: Found, muted: list[set[str]]) -> bool:
    return any(found.label in one or len(one & {*found.phrases}) >= _SAME * len(found.phrases) for one in muted)


def is_named(session: Session, mention_ids: Collection[int]) -> bool:
    """Say whether themes find so much of what was found that it has its name already."""
    return len(proposals.named(session, mention_ids)) >= _SAME * len(mention_ids)
