"""Steps: what became of a step of a publication, written down in one transaction with all that follows from it.

Every step is bound to the token of who holds the publication: who lost it writes nothing, tells nobody, and returns
False. The publication, its draft, the mention, the log, the cards and the messages to people move together, so that a
crash leaves either all of them or none.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from handlers.base.cards import Button
from handlers.base.command import Context, as_system
from handlers.base.events import Posted
from handlers.base.organisation import Organisation
from handlers.base.replying import Handoff, Published
from handlers.base.timezones import zone_of
from handlers.base.verb import button
from handlers.channels.notify import begin_incident, end_incident, tell_about
from handlers.own.answered import answered_meanwhile
from handlers.reply import confirm, posted_by_hand
from handlers.reply.outcome.parent import learn_edit
from handlers.reply.preconditions import record_step
from handlers.reply.readiness import ready_again
from handlers.reply.record import PublishedReply, person_as_actor, record_published
from handlers.text.times import say_time
from storage.engine.database import Session
from storage.own import mentions
from storage.own.mentions import MentionRow
from storage.reply import drafts, publications
from storage.reply.flights import Delayed, delayed, flights
from storage.reply.publications import PublicationRow
from storage.tables.states import Action, DraftState, PublicationState, Via
from storage.work import incidents
from storage.work.incidents import IncidentKind, Subject

# A reply that has to wait for so long is something that people should know of.
LONG_WAIT = timedelta(minutes=5)
# The longest rest that we choose ourselves, and come back to again and again.
OUR_OWN = timedelta(minutes=17)
_REFUSED = (IncidentKind.ACCOUNT, IncidentKind.PUBLISHING)


@dataclass(frozen=True, slots=True, kw_only=True)
class LeasedPublication:
    """A publication that a worker holds by ``token``, inside one transaction."""

    session: Session
    organisation: Organisation
    now: datetime
    random: Random
    row: PublicationRow
    token: str

    def settle(self, state: PublicationState, **values: Any) -> bool:
        """Write down what became of it; False when it is held by somebody else now."""
        return publications.leases.settle(self.session, self.row.id, self.token, state=str(state), **values)

    def context(self) -> Context:
        """Return what the bookkeeping works with: the mention as it stands, and nobody who acts."""
        found = mentions.get(self.session, self.row.mention_id)
        return as_system(self.session, self.organisation, self.now, self.random, via=Via.SOURCE, found=found)

    @property
    def drafter_id(self) -> int:
        """Who wrote the reply."""
        return drafts.get(self.session, self.row.draft_id).person_id


def published(held: LeasedPublication, found: Published) -> bool:
    """It stands there: the mention is answered."""
    row, context = held.row, held.context()
    reference, url = found.external_id[:512], found.url[:2_048]
    if not held.settle(
        PublicationState.PUBLISHED, reference=reference, url=url, trouble="", next_at=None, settled_at=held.now
    ):
        return False
    end_waiting(held)
    publications.free_draft(held.session, row, DraftState.PUBLISHED, held.now)
    meanwhile(held, but_for=reference)
    drafter_id = held.drafter_id
    changed = record_published(
        context,
        PublishedReply(
            external_id=reference,
            url=url,
            text=row.text,
            drafter_id=drafter_id,
            sender_id=row.person_id,
            since=row.sending_at or row.created_at,
        ),
    )
    tell(held, changed, [drafter_id], f"Your reply to #{changed.token} is published: {url}".rstrip(": "))
    return True


def refused(held: LeasedPublication, why: str) -> bool:
    """It was certainly not published: the drafter is told why and may change it."""
    if not held.settle(PublicationState.FAILED, trouble=why[:500], next_at=None, settled_at=held.now):
        return False
    end_waiting(held)
    publications.free_draft(held.session, held.row, DraftState.FAILED, held.now, why)
    meanwhile(held)
    seen = log(held, Action.NOT_PUBLISHED, why)
    tell(held, seen, [held.drafter_id], f"Your reply to #{seen.token} was not published: {why} You can change it.")
    return True


def handed_off(held: LeasedPublication, handoff: Handoff) -> bool:
    """We cannot publish it there: the draft stays approved, and its drafter posts it with their own hands."""
    if not held.settle(PublicationState.FAILED, trouble=handoff.why[:500], next_at=None, settled_at=held.now):
        return False
    publications.free_draft(held.session, held.row, ready_again(held.session, held.row), held.now, handoff.why)
    seen = log(held, Action.NOT_PUBLISHED, handoff.why)
    text = f"Please post your reply to #{seen.token} yourself: {handoff.why} {handoff.url}".rstrip()
    posted = button(posted_by_hand.VERB, seen)
    tell(held, seen, [held.drafter_id], text, posted)
    return True


def asked(held: LeasedPublication, what: str, posted: Posted | None = None) -> bool:
    """Something is not what it was when the reply was sent: nothing goes out until a person says so.

    An edit that was found by looking (``posted``) is as good as one that was heard: cards and forms show it.
    """
    if not held.settle(PublicationState.ASKED, trouble=what[:500], next_at=None):
        return False
    end_waiting(held)
    if posted is not None:
        learn_edit(held.session, held.row.mention_id, posted, held.now)
    seen = log(held, Action.UNCLEAR, what)
    text = f"Your reply to #{seen.token} was not sent yet: {what} Should it go out all the same?"
    tell(held, seen, [held.drafter_id], text, confirm_button(seen))
    return True


def pointless(held: LeasedPublication, why: str) -> bool:
    """There is nothing to answer any more, or nobody may: it cannot be sent, and a person says that it is not."""
    if not held.settle(PublicationState.ASKED, trouble=why[:500], next_at=None, prepared=publications.NOTHING):
        return False
    end_waiting(held)
    seen = log(held, Action.UNCLEAR, why)
    text = f"Your reply to #{seen.token} was not sent, and cannot be: {why} The draft is kept."
    tell(held, seen, [held.drafter_id], text, confirm_button(seen))
    return True


def unclear(held: LeasedPublication, why: str) -> bool:
    """It may stand there, and nobody but a person can see: the drafter and who pressed are asked."""
    if not held.settle(PublicationState.UNCLEAR, trouble=why[:500], next_at=None):
        return False
    publications.free_draft(held.session, held.row, DraftState.UNCLEAR, held.now, why)
    seen = log(held, Action.UNCLEAR, why)
    text = f"It is not clear whether the reply to #{seen.token} was published: {why} Please look whether it is there."
    tell(held, seen, [held.drafter_id, held.row.person_id], text, confirm_button(seen))
    return True


def certainly_not_there(held: LeasedPublication, next_at: datetime | None) -> bool:
    """A look-up found nothing: the same text is due again."""
    if not held.settle(PublicationState.DUE, next_at=next_at, trouble=""):
        return False
    meanwhile(held)
    return True


def staged(held: LeasedPublication, prepared: str, next_at: datetime | None) -> bool:
    """The first of two steps was done, and nothing of it is public: what comes next is due."""
    if not held.settle(PublicationState.DUE, prepared=prepared, next_at=next_at, trouble=""):
        return False
    end_waiting(held)
    meanwhile(held)
    return True


def meanwhile(held: LeasedPublication, but_for: str = "") -> None:
    """Count what our account answered by hand while it was not known whether that was this reply."""
    if held.row.state in (PublicationState.SENDING, PublicationState.HELD):
        answered_meanwhile(held.context(), held.row, but_for)


def later(held: LeasedPublication, state: PublicationState, next_at: datetime, why: str) -> bool:
    """Nothing was learnt: the same again at a moment, in the state that it was in."""
    return held.settle(state, next_at=next_at, trouble=why[:500])


def waits(held: LeasedPublication, state: PublicationState, next_at: datetime, why: str) -> bool:
    """It goes on by itself, later: as ``later``, and where that is minutes away its drafter is told until when.

    What a source asks for is told anew when it asks for more; our own tries in between are told once.
    """
    if not later(held, state, next_at, why):
        return False
    if next_at - held.now < LONG_WAIT:
        return True
    context = held.context()
    context.actor = person_as_actor(context, held.drafter_id)
    seen, until = context.mention, say_time(next_at, zone_of(context))
    row = held.row
    text = f"Your reply to #{seen.token} waits until {until}, and then goes out by itself: {why}"
    if state == PublicationState.SENDING:
        text = f"Whether your reply to #{seen.token} is published will be looked up on {until}: {why}"
    key = f"waits:{row.id}:{row.attempts}:{state}:{next_at.date() if next_at - held.now <= OUR_OWN else next_at}"
    tell_about(held.session, held.drafter_id, seen, text, key, held.now)
    return True


def waiting(held: LeasedPublication, state: PublicationState, why: str, *, signed_out: bool = False) -> bool:
    """The source refuses us, whatever is sent: its replies wait, and the admins and the drafter hear of it once.

    Where a person has to sign in, that is one trouble, whether it was met by listening or by replying.
    """
    row = held.row
    if not held.settle(state, next_at=None, trouble=why[:500]):
        return False
    what = f"Replies on {row.source} wait, because it refuses us: {why} They are tried again every 15 minutes."
    subject = incident_of(row.source)
    if signed_out:
        subject, what = incidents.account(row.source), f"Replies on {row.source} wait: {why}"
    begin_incident(held.session, held.organisation, subject, what, held.now)
    if not row.trouble:
        seen = mentions.get(held.session, row.mention_id)
        why = f"a person has to sign in at {row.source} again" if signed_out else f"{row.source} refuses us"
        text = f"Your reply to #{seen.token} waits, because {why}. "
        text += "Who keeps it was told." if signed_out else "The admins were told."
        tell(held, seen, [held.drafter_id], text)
    return True


def end_waiting(held: LeasedPublication) -> None:
    """The source lets us in: if it refused us before, the admins hear that it is over."""
    source = held.row.source
    what = f"Replies on {source} go out again."
    for subject in (incident_of(source), incidents.account(source)):
        end_incident(held.session, held.organisation, subject, what, held.now)


def incident_of(source: str) -> Subject:
    """Return by what it is known that a source takes no replies."""
    return Subject(IncidentKind.PUBLISHING, source)


def troubles_of_replies(session: Session, now: datetime) -> dict[str, str]:
    """Say of every source that has replies on their way, or refuses them, what is wrong; nothing where all is well."""
    found = {one.source: _unclear(one.asking) for one in flights(session)}
    for one in delayed(session, now, LONG_WAIT):
        found[one.source] = " ".join(filter(None, (found.get(one.source), _delayed(one))))
    refused = {one.name: one.what for one in incidents.all_of(session) if one.kind in _REFUSED}
    return found | refused


def _unclear(number: int) -> str:
    if not number:
        return ""
    return f"{number} replies wait for a person's word." if number > 1 else "A reply waits for a person's word."


def _delayed(one: Delayed) -> str:
    what = f"{one.number} replies wait" if one.number > 1 else "A reply waits"
    until = f" until {one.until.isoformat(' ', 'minutes')}" if one.until else ""
    return f"{what}{until}{': ' + one.why if one.why else '.'}"


def log(held: LeasedPublication, action: Action, remark: str) -> MentionRow:
    """Write a row of the log in the drafter's name, and let the cards be drawn again; nothing changes hands."""
    context = held.context()
    context.actor = person_as_actor(context, held.drafter_id)
    context.found = mentions.hold(held.session, held.row.mention_id)
    record_step(context, action, remark[:500])
    return context.mention


def confirm_button(seen: MentionRow) -> Button:
    """Return the button by which a person says what is to become of a reply."""
    return button(confirm.VERB, seen)


def tell(
    held: LeasedPublication, seen: MentionRow, people: Iterable[int], text: str, offered: Button | None = None
) -> None:
    """Send a direct message about a step; each step of each attempt is told once."""
    row = held.row
    key = f"reply:{row.id}:{row.attempts}:{held.now.isoformat()}"
    for person_id in dict.fromkeys(people):
        tell_about(held.session, person_id, seen, text, key, held.now, offered)
