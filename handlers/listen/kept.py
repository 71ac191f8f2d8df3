"""Kept: what a vendor sent and could not be read is told once, is there for a day, and is read again when it can be.

A vendor changes a field, and knows nothing of us: to refuse its deliveries would lose them, and some vendors switch off
a hook that refuses. So they are acknowledged and kept as they came, whoever keeps the charter of the source hears which
field it was and what to do, and `dibs source replay` reads them by the options of that moment. What became known since
then is newer than what was kept, and stays.

It is over when all that was kept was read, or with a delivery that can be read, an hour after the last that could not:
a vendor that sends both forms by turns is told of once.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from handlers.base.command import Answer, Context, TimedCommand
from handlers.base.events import Deleted, Event, Posted
from handlers.base.organisation import Organisation, SourceRules
from handlers.channels.notify import begin_incident, end_incident
from handlers.listen.ingest import Arrival
from handlers.listen.polling import Listening, Step, store_received
from storage.engine.database import Session
from storage.listen import kept, posts
from storage.listen.kept import KeptRow
from storage.work import incidents

QUIET = timedelta(hours=1)


def keep_delivery(
    session: Session, organisation: Organisation, rules: SourceRules, row: KeptRow, now: datetime
) -> None:
    """Keep a delivery of which something cannot be read, and tell of it, once."""
    kept.keep(session, row)
    begin_incident(session, organisation, incidents.deliveries(rules.name), _said(rules, row.why), now)


def _said(rules: SourceRules, why: str) -> str:
    who = rules.via or f"Whoever calls {rules.name}"
    return (
        f"{who} sends to {rules.name} what cannot be read. {why} Such deliveries are kept for a day: say in dibs.toml "
        f"where it stands now (map), or take a later release, start again, and run: dibs source replay {rules.name}"
    )


def read_well(
    session: Session, organisation: Organisation, rules: SourceRules, row: KeptRow | None, now: datetime
) -> None:
    """Note that a delivery could be read, where others could not.

    One that says that posts are gone comes as ``row``: it is kept beside those that cannot be read, or a post in them
    would come back when they are.
    """
    latest = kept.newest(session, rules.name)
    if row is not None and latest is not None:
        kept.keep(session, row)
    if latest is None or latest <= now - QUIET:
        _end(session, organisation, rules, now)


def _end(session: Session, organisation: Organisation, rules: SourceRules, now: datetime) -> None:
    what = f"What {rules.via or 'its sender'} sends to {rules.name} can be read again."
    end_incident(session, organisation, incidents.deliveries(rules.name), what, now)


def is_waiting(session: Session, rules: SourceRules) -> bool:
    """Say whether there is anything to note when a delivery can be read."""
    return incidents.is_told(session, incidents.deliveries(rules.name)) or kept.newest(session, rules.name) is not None


def take_kept(session: Session, rules: SourceRules, now: datetime) -> list[KeptRow]:
    """Return what is kept of a source, the oldest first."""
    found = (kept.get(session, rules.name, digest) for digest in kept.names(session, rules.name, now))
    return [row for row in found if row is not None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """A delivery that is read again.

    Attributes:
        row: What was kept.
        unread: Why something of it still cannot be read; empty where all of it can.
        gone: External ids of posts of which a later delivery said that they are gone.
        stays: It is kept on, though all of it can be read: it says of posts that they are gone, and others cannot be
            read yet.
    """

    row: KeptRow
    unread: str
    gone: Collection[str] = ()
    stays: bool = False


def store_again(
    session: Session, listening: Listening, rules: SourceRules, step: Step, again: Again, now: datetime, *, ends: bool
) -> Arrival:
    """Write down some of what a kept delivery says; with the last of it, it is kept no more, or noted anew.

    Whoever reads it at the same time holds it by turns, and the second finds nothing that is new.
    """
    if not kept.hold(session, rules.name, again.row.digest, again.unread):
        return Arrival()
    known = _newer(session, rules, step.events, again)
    events = [one for one in step.events if not isinstance(one, Posted) or one.external_id not in known]
    arrival = store_received(session, listening, rules, replace(step, events=events), now)
    if ends and not (arrival.left or again.unread or again.stays):
        kept.forget(session, rules.name, again.row.digest)
    return arrival


def _newer(session: Session, rules: SourceRules, events: Sequence[Event], again: Again) -> set[str]:
    """Return the posts of which something newer is known than what was kept."""
    shown = [one.external_id for one in events if isinstance(one, Posted)]
    known = posts.known_since(session, rules.name, shown, again.row.at) if shown else set()
    return known | set(again.gone)


def gone_after(read: Sequence[tuple[datetime, Sequence[Event]]], at: datetime) -> set[str]:
    """Return the posts that are gone by what was kept after a moment; ``read`` is what each delivery says, and when."""
    return {one.external_id for then, events in read if then > at for one in events if isinstance(one, Deleted)}


def replayed(session: Session, organisation: Organisation, rules: SourceRules, now: datetime) -> None:
    """Note that all that was kept could be read, where that is so."""
    if kept.newest(session, rules.name) is None:
        _end(session, organisation, rules, now)


# --- and after a day it is gone ---


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgetKept(TimedCommand):
    """Ask that what was kept for a day is let go."""


def prepare_forget(context: Context) -> ForgetKept | None:
    """Return the command when there is something."""
    return ForgetKept(job="kept") if kept.any_old(context.session, context.now) else None


def forget_kept(_command: ForgetKept, context: Context) -> Answer:
    """Let go what was kept for a day; no slot is needed, for it is gone with the first."""
    kept.clean(context.session, context.now)
    return Answer(text="What was kept for a day is gone.", ok=False)
