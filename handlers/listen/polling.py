"""Polling: a polled source is asked by one replica at a time, and what came of it is written down in whole steps.

The right to poll is a lease (``storage.engine.leases``), and every step is bound to its token, so a replica that slept
through its lease can no longer write: what it fetched is thrown away, and who holds the lease now fetches the same
again. The checkpoint moves with the last step only, in one transaction with the posts of that step. A crash in between
repeats posts, which are known by their ids, and never skips one.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from random import Random
from typing import Any

from handlers.base.events import Event, Posted
from handlers.base.organisation import Organisation, SourceRules
from handlers.base.timezones import named_zone
from handlers.channels.notify import begin_incident, end_incident
from handlers.listen.appraise import Appraisals
from handlers.listen.entries import Renamed, take_names
from handlers.listen.ingest import Arrival, ingest
from handlers.text.match import Matcher
from storage.engine.database import Session
from storage.listen import posts, sources
from storage.work import idempotency, incidents
from storage.work.incidents import IncidentKind, Subject

_ANOTHER_PLACE = timedelta(minutes=1)
_SOON = timedelta(seconds=1)


class LeaseLost(Exception):
    """Another replica polls the source now; nothing of this step was written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listening:
    """What every step needs and no step changes."""

    organisation: Organisation
    matcher: Matcher
    random: Random


@dataclass(frozen=True, slots=True)
class NotNow:
    """The source is not due, or another replica polls it; look again at ``until``."""

    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """What is written with the last step of a batch; without ``next_at`` the poll goes on with another page."""

    checkpoint: str
    next_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Some events of one batch, at most 100; the last step of a batch has its ``end``.

    Attributes:
        baseline: External ids that only count as known from now on.
        appraisals: What was worked out of the events before the transaction.
        renamed: Posts that we have, under the names that they bear from now on.
    """

    events: Sequence[Event]
    baseline: Collection[str] = ()
    renamed: Sequence[Renamed] = ()
    end: End | None = None
    appraisals: Appraisals | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a hook was given, as far as a step has to know it.

    Attributes:
        known_by: By what it is known when it comes again; empty where nothing tells.
        ends: This is its last step.
    """

    known_by: str = ""
    ends: bool = True

    def key(self, rules: SourceRules) -> str:
        """Return the key under which it is kept, of one length whatever the sender writes; empty where it has none."""
        return f"hook:{rules.name}:{sha256(self.known_by.encode()).hexdigest()}" if self.known_by else ""


NAMELESS = Delivery()


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why a poll brought nothing, and when to try again; ``alarm`` is what the admins should hear, or empty.

    ``signed_out``: it is the account that is not let in, until a person signs in.
    """

    reason: str
    next_at: datetime
    alarm: str = ""
    signed_out: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PollLease:
    """The right to poll a source now.

    Attributes:
        baseline: Nothing was ever fetched from this place: what it shows first is old news.
        failures: In a row, before this poll.
        down_since: When the failures began; None while it is well.
    """

    rules: SourceRules
    token: str
    checkpoint: str
    baseline: bool
    failures: int
    down_since: datetime | None

    def store_poll(self, session: Session, listening: Listening, step: Step, now: datetime) -> Arrival:
        """Write down one step of a batch; with its end the checkpoint moves and the source is well.

        Raises:
            LeaseLost: The lease is another replica's; the caller throws the batch away.
        """
        if not self._write_step(session, step, now):
            raise LeaseLost
        if step.end is not None and self.down_since is not None:
            what = f"The source {self.rules.name} works again."
            for subject in (incident_of(self.rules), incidents.account(self.rules.name)):
                end_incident(session, listening.organisation, subject, what, now)
        return _store(session, listening, self.rules, step, now)

    def _write_step(self, session: Session, step: Step, now: datetime) -> bool:
        name, leases = self.rules.name, sources.leases
        if step.end is None:
            return leases.keep(session, name, self.token, now)
        well: dict[str, Any] = {
            "checkpoint": step.end.checkpoint,
            "baselined": True,
            "last_ok_at": now,
            "failures": 0,
            "down_since": None,
            "trouble": "",
        }
        if step.end.next_at is None:
            return leases.keep(session, name, self.token, now, **well)
        return leases.settle(session, name, self.token, next_at=step.end.next_at, **well)

    def record_failure(self, session: Session, organisation: Organisation, failure: Failure, now: datetime) -> bool:
        """Write down that a poll failed, and tell the admins if they should hear of it; False when it was not ours."""
        held = sources.leases.settle(
            session,
            self.rules.name,
            self.token,
            failures=self.failures + 1,
            trouble=failure.reason[:500],
            down_since=self.down_since or now,
            next_at=failure.next_at,
        )
        if held and failure.alarm:
            account = incidents.account(self.rules.name)
            subject = account if failure.signed_out else incident_of(self.rules)
            begin_incident(session, organisation, subject, failure.alarm, now)
        return held


def acquire(session: Session, rules: SourceRules, token: str, now: datetime) -> PollLease | NotNow:
    """Take the source if it is due and nobody has it."""
    taken = sources.leases.take(session, rules.name, token, now)
    state = sources.get(session, rules.name)
    if not taken:
        known = (state.next_at, state.leased_until if state.lease else None)
        return NotNow(max((one for one in known if one is not None and one > now), default=now + _SOON))
    if state.place != rules.place:  # a replica with another configuration made it its own
        release(session, rules, token)
        return NotNow(now + _ANOTHER_PLACE)
    return PollLease(
        rules=rules,
        token=token,
        checkpoint=state.checkpoint,
        baseline=rules.baseline and not state.baselined,
        failures=state.failures,
        down_since=state.down_since,
    )


def release(session: Session, rules: SourceRules, token: str) -> None:
    """Give a source back without having learnt anything."""
    sources.leases.release(session, rules.name, token)


def store_received(
    session: Session, listening: Listening, rules: SourceRules, step: Step, now: datetime, delivery: Delivery = NAMELESS
) -> Arrival:
    """Write down some of what a hook was given; its first delivery is as new as any other.

    A delivery counts as taken with its last step, so that one that was cut short is taken when it comes again. Whoever
    brings the same one meanwhile, here or to another replica, finds it taken, or has the same to say.
    """
    key = delivery.key(rules)
    if key and idempotency.earlier(session, key) is not None:
        return Arrival()
    sources.heard(session, rules.name, now)
    arrival = _store(session, listening, rules, step, now)
    if key and delivery.ends and not arrival.left:
        idempotency.answered(session, key, "", now)
    return arrival


def _store(session: Session, listening: Listening, rules: SourceRules, step: Step, now: datetime) -> Arrival:
    take_names(session, step.renamed)
    arrival = ingest(
        session,
        rules,
        listening.matcher,
        listening.organisation,
        step.events,
        now,
        listening.random,
        baseline=step.baseline,
        appraisals=step.appraisals,
    )
    if arrival.dropped:
        dropped = sources.remember_dropped(
            session, rules.name, _dropped(session, rules, step.events, arrival.forgotten)
        )
        again = arrival.dropped - dropped
        arrival = replace(arrival, seen=arrival.seen - again, dropped=dropped)
    if arrival.seen:
        sources.add_counts(
            session,
            rules.name,
            seen=arrival.seen,
            matched=arrival.matched,
            dropped=arrival.dropped,
            last_post_at=now,
        )
    if arrival.dropped:
        today = now.astimezone(named_zone(listening.organisation.timezone)).date()
        sources.count_dropped(session, rules.name, today, arrival.dropped)
    return arrival


def _dropped(session: Session, rules: SourceRules, events: Sequence[Event], forgotten: Collection[str]) -> list[str]:
    """Return the posts that were not stored, which is what dropping means, in the order in which they came."""
    shown = dict.fromkeys(event.external_id for event in events if isinstance(event, Posted))
    known = posts.known(session, rules.name, shown)
    return [external_id for external_id in shown if external_id not in known and external_id not in forgotten]


def incident_of(rules: SourceRules) -> Subject:
    """Return by what it is known that a source is down."""
    return Subject(IncidentKind.SOURCE, rules.name)
